package provenance

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/cbor"
)

// maxDescribed bounds actions and ingredients of a manifest that are told one by one.
const maxDescribed = 1000

// describe is what a manifest says, without a judgement.
func describe(m *manifest) *Manifest {
	c := m.claim
	d := &Manifest{Label: m.label, ClaimVersion: c.version, Update: m.update, Generator: c.generator, Title: c.title, Format: c.format,
		InstanceID: c.instance, Redacted: c.redacted}
	for i := range m.declared {
		a := &m.declared[i]
		d.Assertions = append(d.Assertions, a.label)
		switch {
		case a.again:
		case a.name == "c2pa.actions":
			d.addActions(a.value)
		case strings.HasSuffix(a.name, "training-mining"):
			d.addMining(a.value)
		case a.name == "cawg.identity":
			d.Identities = append(d.Identities, a.label)
		case a.json != nil:
			d.addJSON(a.json)
		case a.name == "c2pa.metadata", a.name == "cawg.metadata":
			d.addMetadata(a.value)
		}
	}
	for _, i := range m.ingredients[:min(len(m.ingredients), maxDescribed)] {
		in := Ingredient{Label: i.label, Title: i.title, Format: i.format, Relationship: i.relationship, SourceType: i.sourceType}
		if i.manifest != nil {
			in.Manifest = i.manifest.label
		}
		d.Ingredients = append(d.Ingredients, in)
	}
	return d
}

func (d *Manifest) addActions(v cbor.Value) {
	agents := v.Get("softwareAgents")
	for _, item := range v.Get("actions").Items() {
		if len(d.Actions) == maxDescribed {
			return
		}
		agent := item.Get("softwareAgent")
		if n, ok := item.Get("softwareAgentIndex").Int(); ok && agent.Kind() == cbor.Missing {
			agent = agents.At(int(min(n, 1<<20)))
		}
		a := Action{Action: item.Get("action").String(), When: item.Get("when").Untagged().String(), SoftwareAgent: agentName(agent),
			SourceType: item.Get("digitalSourceType").String(), Description: item.Get("description").String(), parameters: item.Get("parameters")}
		if d.SourceType == "" {
			d.SourceType = a.SourceType
		}
		d.Actions = append(d.Actions, a)
	}
}

// agentName is the name of a software agent, which is a text in version 1 and a map in version 2.
func agentName(v cbor.Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	name := v.Get("name").String()
	if version := v.Get("version").String(); version != "" {
		name += " " + version
	}
	return name
}

func (d *Manifest) addMining(v cbor.Value) {
	for key, entry := range v.Get("entries").Pairs() {
		m := MiningEntry{Use: key.String(), Permission: entry.Get("use").String(), Constraint: entry.Get("constraint_info").String()}
		if s, ok := entry.Text(); ok {
			m.Permission = s
		}
		d.Mining = append(d.Mining, m)
	}
	slices.SortStableFunc(d.Mining, func(a, b MiningEntry) int { return strings.Compare(a.Use, b.Use) })
}

// maxJSON bounds a JSON assertion that is read for its authors.
const maxJSON = 1 << 20

// addJSON takes authors and named values out of a JSON-LD assertion: CreativeWork and metadata.
func (d *Manifest) addJSON(data []byte) {
	var fields map[string]any
	if len(data) > maxJSON || json.Unmarshal(data, &fields) != nil {
		return
	}
	for _, key := range []string{"author", "creator", "dc:creator", "copyrightHolder"} {
		d.addAuthors(fields[key])
	}
	for key, value := range fields {
		if s, ok := value.(string); ok && !strings.HasPrefix(key, "@") {
			d.metadata = append(d.metadata, namedValue{key, s})
		}
	}
	slices.SortFunc(d.metadata, func(a, b namedValue) int { return strings.Compare(a.name, b.name) })
}

func (d *Manifest) addAuthors(v any) {
	switch v := v.(type) {
	case string:
		if v != "" && !slices.Contains(d.Authors, v) {
			d.Authors = append(d.Authors, v)
		}
	case []any:
		for _, item := range v {
			d.addAuthors(item)
		}
	case map[string]any:
		d.addAuthors(v["name"])
	}
}

// addMetadata is addJSON for metadata in CBOR.
func (d *Manifest) addMetadata(v cbor.Value) {
	for key, value := range v.Pairs() {
		if key.String() == "dc:creator" {
			for _, item := range value.Items() {
				d.addAuthors(item.String())
			}
			d.addAuthors(value.String())
		}
		if s, ok := value.Text(); ok {
			d.metadata = append(d.metadata, namedValue{key.String(), s})
		}
	}
}
