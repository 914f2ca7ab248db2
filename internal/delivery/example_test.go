package delivery

import (
	"os"
	"strings"
	"testing"
)

// TestExamples fills in every configuration that docs/edges.md links to, and leaves nothing open.
func TestExamples(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/edges.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind, file := range exampleOf {
		e := Example{Listen: "127.0.0.1:1", Gateway: "127.0.0.1:2", Origin: "127.0.0.1:3", Admin: "127.0.0.1:4", Dir: "/edge"}
		name, text, err := e.Config(kind)
		if err != nil || name != file {
			t.Fatalf("%s: %s, %v", kind, name, err)
		}
		for _, open := range []string{"LISTEN", "GATEWAYHOST", "ORIGINPORT", "ADMIN", "DIR/"} {
			if strings.Contains(string(text), open) {
				t.Errorf("%s leaves %s open", name, open)
			}
		}
		if !strings.Contains(string(doc), "../internal/delivery/examples/"+name) {
			t.Errorf("docs/edges.md does not link to %s", name)
		}
	}
	if format := VarnishLog[len(VarnishLog)-1]; !strings.Contains(string(doc), format) {
		t.Errorf("docs/edges.md does not have the format of varnishncsa that is tested: %s", format)
	}
	for _, e := range []Example{{Gateway: "x", Origin: "h:1"}, {Gateway: "h:1", Origin: "x"}} {
		if _, _, err := e.Config("nginx"); err == nil {
			t.Errorf("%+v was accepted", e)
		}
	}
	if _, _, err := (Example{}).Config("fastly"); err == nil {
		t.Error("a CDN has no configuration of ours")
	}
}
