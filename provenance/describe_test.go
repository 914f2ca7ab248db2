package provenance

import (
	"fmt"
	"testing"

	"github.com/safelight-dev/safelight/container"
)

// TestDescribe reads what a manifest says.
func TestDescribe(t *testing.T) {
	t.Parallel()
	actions := madeAssertion{label: "c2pa.actions.v2", value: pairs{{"softwareAgents", []any{pairs{{"name", "Painter"}, {"version", "3"}}}},
		{"actions", []any{pairs{{"action", "c2pa.created"}, {"softwareAgent", "Camera"}, {"when", "2026-11-26T12:00:00Z"}},
			pairs{{"action", "c2pa.edited"}, {"softwareAgentIndex", 0}, {"description", "sky"}}}}}}
	mining := madeAssertion{label: "cawg.training-mining", value: pairs{{"entries", pairs{{"cawg.ai_training", pairs{{"use", "notAllowed"}}},
		{"cawg.data_mining", pairs{{"use", "constrained"}, {"constraint_info", "ask us"}}}}}}}
	author := madeAssertion{label: "stds.schema-org.CreativeWork", box: superBox("json", "stds.schema-org.CreativeWork",
		jumbfBox("json", []byte(`{"@type":"CreativeWork","author":[{"@type":"Person","name":"A. Author"},{"name":"B. Author"}]}`)))}
	m := validate(t, made{assertions: []madeAssertion{actions, mining, author}}.build(t), Options{}).ActiveManifest()
	got := fmt.Sprintf("%v %v %v %q %q %v", m.Actions[0].SoftwareAgent, m.Actions[1].SoftwareAgent, m.Actions[1].Description, m.Authors, m.Generator, m.Mining)
	const want = `Camera Painter 3 sky ["A. Author" "B. Author"] "safelight 1" [{cawg.ai_training notAllowed } {cawg.data_mining constrained ask us}]`
	if got != want || m.Title != "made" || m.Actions[0].When != "2026-11-26T12:00:00Z" {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRemote tells where an image says that its manifest is kept.
func TestRemote(t *testing.T) {
	t.Parallel()
	for packet, want := range map[string]string{
		`<rdf:Description dcterms:provenance="https://example.org/a.c2pa?x=1&amp;y=2"/>`: "https://example.org/a.c2pa?x=1&y=2",
		`<dcterms:provenance> https://example.org/b.c2pa </dcterms:provenance>`:          "https://example.org/b.c2pa",
		`<x dcterms:provenance='https://example.org/c'/>`:                                "https://example.org/c",
		`dcterms:provenance`:   "",
		`dcterms:provenance="`: "",
	} {
		f := &container.File{Parts: []container.Part{{Kind: container.XMP, Data: []byte(packet)}}}
		if r := Validate(nil, f, Options{Now: day}); r.State != Absent || r.Remote != want {
			t.Errorf("%s: got %v and %q, want %q", packet, r.State, r.Remote, want)
		}
	}
}
