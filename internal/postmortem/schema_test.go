package postmortem

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestPublishedSchemaIsTheEmbeddedOne(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/postmortem.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, Schema()) {
		t.Error("docs/postmortem.schema.json is not internal/postmortem/schema.json: copy it")
	}
}

// TestSchemaKeepsItsOwnRules holds the schema against the metaschema of JSON Schema 2020-12.
func TestSchemaKeepsItsOwnRules(t *testing.T) {
	t.Parallel()
	meta, err := jsonschema.NewCompiler().Compile("https://json-schema.org/draft/2020-12/schema")
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := meta.Validate(v); err != nil {
		t.Error(err)
	}
	if m := v.(map[string]any); m["$schema"] != "https://json-schema.org/draft/2020-12/schema" || m["$id"] != SchemaID {
		t.Errorf("$schema %v, $id %v", m["$schema"], m["$id"])
	}
}

// TestSchemaRefusesEachBrokenField takes a whole document and gives each of its values another type, or takes a required one away: the schema
// must notice every time.
func TestSchemaRefusesEachBrokenField(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	b, err := full(t, "fr").JSON()
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, spoil := range []func(any) any{
		func(v any) any { // another type
			if _, is := v.(bool); is {
				return "yes"
			}
			return true
		},
		func(v any) any { // a key that is not known
			if m, is := v.(map[string]any); is {
				m["unknown"] = 1
			}
			return v
		},
	} {
		for n := 0; ; n++ {
			var doc any
			if err := json.Unmarshal(b, &doc); err != nil {
				t.Fatal(err)
			}
			path, left := "", n
			doc = visit(doc, "", &left, func(p string, v any) any { path = p; return spoil(v) })
			if path == "" {
				break
			}
			after, _ := json.Marshal(doc)
			var before any
			_ = json.Unmarshal(b, &before)
			if same, _ := json.Marshal(before); bytes.Equal(same, after) || freeValue.MatchString(path) {
				continue
			}
			broken++
			v, _ := jsonschema.UnmarshalJSON(bytes.NewReader(after))
			if s.Validate(v) == nil {
				t.Errorf("the schema accepts a broken %s", path)
			}
		}
	}
	if broken < 200 {
		t.Errorf("only %d broken documents were tried", broken)
	}
}

// freeValue are the arguments of sentences, which are whatever a sentence is made of.
var freeValue = regexp.MustCompile(`/say/args(/|$)`)

// visit changes the nth value of a JSON tree, counted in the order of sorted keys.
func visit(v any, path string, n *int, change func(string, any) any) any {
	if *n < 0 {
		return v
	}
	if *n--; *n < 0 {
		return change(path+"/", v)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			v[k] = visit(v[k], path+"/"+k, n, change)
		}
	case []any:
		for i := range v {
			v[i] = visit(v[i], path+"/"+strconv.Itoa(i), n, change)
		}
	}
	return v
}
