package provenance

import (
	"slices"
	"strconv"
	"strings"
)

// A graph of ComfyUI, as it runs it ("prompt"), is a map from numbers to nodes: {"3": {"class_type": "KSampler",
// "inputs": {"seed": 1, "positive": ["6", 0]}}}. An input is a value, or a node's number and that of its output.

type graph map[string]any

func isGraph(fields map[string]any) bool {
	for _, v := range fields {
		node, ok := v.(map[string]any)
		if !ok || node["class_type"] == nil || node["inputs"] == nil {
			return false
		}
	}
	return len(fields) > 0
}

// maxNodes bounds the nodes that are looked at.
const maxNodes = 500

// graph takes what the nodes of a graph say: samplers lead to their prompts and model, loaders name models.
func (o *Origin) graph(fields map[string]any, source string) {
	g := graph(fields)
	keys := sorted(fields)
	slices.SortStableFunc(keys, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	o.add(Software, "ComfyUI", source)
	for _, key := range keys[:min(len(keys), maxNodes)] {
		class, inputs := g.node(key)
		for _, name := range sorted(inputs) {
			p, known := jsonNames[normal(name)]
			switch {
			case !known || p == SoftwareVersion || p == Prompt:
			case p == Model && !strings.Contains(class, "Loader"):
			default:
				o.add(p, g.value(inputs[name]), source)
			}
		}
		if inputs["positive"] != nil {
			o.add(Prompt, g.prompt(inputs["positive"], map[string]bool{}), source)
		}
		if inputs["negative"] != nil {
			o.add(NegativePrompt, g.prompt(inputs["negative"], map[string]bool{}), source)
		}
	}
	if o.First(Prompt) == "" { // samplers of other kinds: whatever is encoded as text
		for _, key := range keys[:min(len(keys), maxNodes)] {
			if class, inputs := g.node(key); strings.Contains(class, "TextEncode") {
				o.add(Prompt, g.prompt(inputs["text"], map[string]bool{}), source)
			}
		}
	}
}

func (g graph) node(key string) (class string, inputs map[string]any) {
	node, _ := g[key].(map[string]any)
	class, _ = node["class_type"].(string)
	inputs, _ = node["inputs"].(map[string]any)
	return class, inputs
}

// value is an input that is a text or a number.
func (g graph) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// maxLinks bounds the nodes that a prompt passes through.
const maxLinks = 100

// prompt follows an input to the text that is encoded behind it, through every node once.
func (g graph) prompt(v any, seen map[string]bool) string {
	if s, ok := v.(string); ok {
		return s
	}
	link, _ := v.([]any)
	if len(link) == 0 || len(seen) > maxLinks {
		return ""
	}
	key, _ := link[0].(string)
	if seen[key] {
		return ""
	}
	seen[key] = true
	_, inputs := g.node(key)
	for _, name := range []string{"text", "text_g", "t5xxl", "clip_l", "string", "value", "prompt", "conditioning", "positive", "conditioning_1", "text1"} {
		if s := g.prompt(inputs[name], seen); s != "" {
			return s
		}
	}
	return ""
}
