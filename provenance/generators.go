package provenance

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/cbor"
)

// text takes a text chunk by its keyword.
func (o *Origin) text(keyword, value, source string) {
	switch keyword {
	case "parameters", "prompt", "workflow", "invokeai_metadata", "sd-metadata", "Comment", "Description", "comment", "generation_data",
		"fooocus_scheme", "UserComment":
		o.generator(value, source)
	case "Dream":
		o.dream(value, source)
	case "Software", "software":
		o.add(Software, value, source)
	case "Source": // NovelAI: "Stable Diffusion F1022A28"
		if name, hash, ok := cutLast(value, " "); ok && len(hash) == 8 && strings.HasPrefix(name, "Stable Diffusion") {
			o.add(Model, name, source)
			o.add(ModelHash, hash, source)
		}
	}
}

// generator reads a text that a generator may have written: JSON, or parameters in lines.
func (o *Origin) generator(text, source string) {
	if len(text) > maxGenerator {
		return
	}
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		var fields map[string]any
		// ComfyUI writes NaN, which is no JSON.
		if json.Unmarshal([]byte(strings.ReplaceAll(text, ": NaN", ": null")), &fields) == nil {
			o.object(fields, source)
		}
		return
	}
	o.parameters(text, source)
}

// parameterLine is the last line of the parameters: "Steps: 20, Sampler: Euler a, …".
var parameterLine = regexp.MustCompile(`(?m)^\s*Steps: \d+,? .*`)

// parameterNames are the words of the parameters.
var parameterNames = map[string]Property{
	"Steps": Steps, "Sampler": Sampler, "CFG scale": Guidance, "Seed": Seed, "Model hash": ModelHash, "Model": Model, "Version": SoftwareVersion,
	"Lora hashes": LoRA, "App": Software,
}

// parameters reads what AUTOMATIC1111's web UI and its kin write: the prompt, "Negative prompt: …", and a line that
// begins with "Steps:". The prompts may have several lines.
func (o *Origin) parameters(text, source string) {
	lines := parameterLine.FindAllStringIndex(text, -1)
	if len(lines) == 0 {
		return
	}
	at := lines[len(lines)-1]
	prompt, negative, _ := strings.Cut(text[:at[0]], "Negative prompt:")
	o.add(Prompt, prompt, source)
	o.add(NegativePrompt, negative, source)
	for _, pair := range splitParameters(text[at[0]:at[1]]) {
		name, value, _ := strings.Cut(pair, ":")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		if p, ok := parameterNames[strings.TrimSpace(name)]; ok {
			o.add(p, value, source)
		}
	}
}

// splitParameters splits at commas outside of quotes.
func splitParameters(line string) []string {
	var list []string
	from, quoted := 0, false
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			list = append(list, line[from:i])
			from = i + 1
		}
	}
	return append(list, line[from:])
}

// dreamOption is an option of InvokeAI's first command line: "a cat" -s 50 -S 123 -A k_lms.
var dreamOption = regexp.MustCompile(`\s-([sSCA])\s?([^\s-]\S*)`)

func (o *Origin) dream(text, source string) {
	if len(text) > maxGenerator {
		return
	}
	end := len(text)
	if m := dreamOption.FindStringIndex(text); m != nil {
		end = m[0]
	}
	o.add(Prompt, strings.Trim(strings.TrimSpace(text[:end]), `"`), source)
	for _, m := range dreamOption.FindAllStringSubmatch(text[end:], 8) {
		o.add(map[string]Property{"s": Steps, "S": Seed, "C": Guidance, "A": Sampler}[m[1]], m[2], source)
	}
}

// jsonNames are the names that generators give to properties in JSON, in small letters without separators.
var jsonNames = map[string]Property{
	"prompt": Prompt, "positiveprompt": Prompt, "negativeprompt": NegativePrompt, "uc": NegativePrompt, "seed": Seed, "noiseseed": Seed,
	"sampler": Sampler, "samplername": Sampler, "scheduler": Sampler, "steps": Steps, "numsteps": Steps, "cfg": Guidance, "cfgscale": Guidance, "guidancescale": Guidance,
	"model": Model, "modelname": Model, "basemodel": Model, "ckptname": Model, "unetname": Model, "modelweights": Model, "basemodelname": Model,
	"modelhash": ModelHash, "basemodelhash": ModelHash, "appversion": SoftwareVersion, "swarmversion": SoftwareVersion, "version": SoftwareVersion, "appid": Software, "software": Software,
	"loraname": LoRA,
}

func normal(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(name))
}

// scalar is a value of CBOR as text, empty for arrays and maps.
func scalar(v cbor.Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	if n, ok := v.Int(); ok {
		return strconv.FormatInt(n, 10)
	}
	if f, ok := v.Float(); ok {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return ""
}

// object reads the JSON of a generator. A graph of ComfyUI is a map of nodes, each with its class and inputs; the others
// have names and values, some in objects of their own.
func (o *Origin) object(fields map[string]any, source string) {
	if isGraph(fields) {
		o.graph(fields, source)
		return
	}
	// What is used as a generator's text has one of these; a caption in JSON has none.
	known := false
	for key := range fields {
		_, ok := jsonNames[normal(key)]
		known = known || ok || slices.Contains([]string{"sui_image_params", "image", "prompt"}, key)
	}
	if known {
		o.names(fields, source, 0)
	}
}

const maxDepth = 4

// names takes the values of known names, objects inside of objects included.
func (o *Origin) names(fields map[string]any, source string, depth int) {
	for _, key := range sorted(fields) {
		p, known := jsonNames[normal(key)]
		switch v := fields[key].(type) {
		case string:
			if strings.HasPrefix(v, "{") && depth < maxDepth {
				o.generator(v, source)
			} else if known {
				o.add(p, v, source)
			}
		case float64:
			if known {
				o.add(p, strconv.FormatFloat(v, 'f', -1, 64), source)
			}
		case map[string]any:
			if p == Model {
				o.model(v, source)
			} else if depth < maxDepth {
				o.names(v, source, depth+1)
			}
		case []any:
			o.list(v, p, source, depth)
		}
	}
}

// list takes prompts and models that stand in a list, as InvokeAI has them.
func (o *Origin) list(items []any, p Property, source string, depth int) {
	for _, item := range items[:min(len(items), 32)] {
		if m, ok := item.(map[string]any); ok && depth < maxDepth {
			o.names(m, source, depth+1)
		} else if s, ok := item.(string); ok && p == Prompt {
			o.add(p, s, source)
		}
	}
}

// model takes a model that is an object: InvokeAI's {"name": …, "hash": …}, or {"model_name": …}.
func (o *Origin) model(m map[string]any, source string) {
	for _, key := range []string{"name", "model_name", "key"} {
		if s, ok := m[key].(string); ok {
			o.add(Model, s, source)
			break
		}
	}
	for _, key := range []string{"hash", "model_hash"} {
		if s, ok := m[key].(string); ok {
			o.add(ModelHash, s, source)
		}
	}
}

func sorted(fields map[string]any) []string {
	keys := make([]string, 0, len(fields))
	for k := range fields {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
