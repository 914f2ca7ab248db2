package provenance

import (
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/metadata"
)

const a1111 = `a lighthouse at dusk, (film grain:1.2),
35mm photo <lora:film:0.8>
Negative prompt: blurry, extra "fingers",
text
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 2841963, Size: 512x768, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, Lora hashes: "film: 0123abcd, grain: 4567", Version: v1.9.4`

const comfy = `{"3": {"inputs": {"seed": 156680208700286, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
 "model": ["4", 0], "positive": ["10", 0], "negative": ["7", 0]}, "class_type": "KSampler", "is_changed": NaN},
 "4": {"inputs": {"ckpt_name": "dreamshaper_8.safetensors"}, "class_type": "CheckpointLoaderSimple"},
 "6": {"inputs": {"text": "a lighthouse at dusk", "clip": ["4", 1]}, "class_type": "CLIPTextEncode"},
 "7": {"inputs": {"text": "text, watermark", "clip": ["4", 1]}, "class_type": "CLIPTextEncode"},
 "10": {"inputs": {"strength": 1, "conditioning": ["6", 0]}, "class_type": "ControlNetApply"},
 "9": {"inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}, "class_type": "SaveImage"}}`

const invoke = `{"generation_mode": "txt2img", "positive_prompt": "a lighthouse at dusk", "negative_prompt": "blurry", "width": 512, "seed": 1234567890,
 "cfg_scale": 7.5, "steps": 30, "scheduler": "euler_a", "model": {"key": "k", "hash": "blake3:42", "name": "stable-diffusion-v1-5", "base": "sd-1"},
 "loras": [], "app_version": "5.1.1"}`

const oldInvoke = `{"model": "stable diffusion", "model_weights": "stable-diffusion-1.4", "model_hash": "fe4efff1", "app_id": "invoke-ai/InvokeAI", "app_version": "v2.2.3",
 "image": {"prompt": [{"prompt": "a lighthouse", "weight": 1.0}], "steps": 50, "cfg_scale": 7.5, "seed": 99, "sampler": "k_lms"}}`

// TestGenerators reads what generators write, wherever they write it.
func TestGenerators(t *testing.T) {
	t.Parallel()
	text := func(keyword, value string) metadata.Field {
		return metadata.Field{Standard: metadata.Text, Group: "tEXt", Name: keyword, Value: value}
	}
	exif := func(name, value string) metadata.Field {
		return metadata.Field{Standard: metadata.Exif, Group: "ExifIFD", Name: name, Value: value}
	}
	for name, c := range map[string]struct {
		field metadata.Field
		want  []string // property: value
	}{
		"AUTOMATIC1111, PNG": {text("parameters", a1111), []string{"prompt: a lighthouse at dusk, (film grain:1.2),\n35mm photo <lora:film:0.8>",
			"negative prompt: blurry, extra \"fingers\",\ntext", "steps: 28", "sampler: DPM++ 2M Karras", "guidance: 6.5", "seed: 2841963",
			"model hash: 6ce0161689", "model: v1-5-pruned-emaonly", "LoRA: film: 0123abcd, grain: 4567", "software version: v1.9.4"}},
		"AUTOMATIC1111, JPEG": {exif("UserComment", a1111), []string{"seed: 2841963", "model: v1-5-pruned-emaonly"}},
		"ComfyUI": {text("prompt", comfy), []string{"software: ComfyUI", "seed: 156680208700286", "steps: 20", "guidance: 8", "sampler: euler",
			"model: dreamshaper_8.safetensors", "prompt: a lighthouse at dusk", "negative prompt: text, watermark"}},
		"ComfyUI, WebP": {exif("Make", "Prompt:"+comfy), []string{"model: dreamshaper_8.safetensors", "prompt: a lighthouse at dusk"}},
		"InvokeAI": {text("invokeai_metadata", invoke), []string{"prompt: a lighthouse at dusk", "negative prompt: blurry", "seed: 1234567890", "guidance: 7.5",
			"steps: 30", "sampler: euler_a", "model: stable-diffusion-v1-5", "model hash: blake3:42", "software version: 5.1.1"}},
		"InvokeAI 2": {text("sd-metadata", oldInvoke), []string{"model: stable-diffusion-1.4", "model hash: fe4efff1", "prompt: a lighthouse", "seed: 99",
			"sampler: k_lms", "software: invoke-ai/InvokeAI"}},
		"InvokeAI 1": {text("Dream", `"a lighthouse -no ship" -s 50 -S 123 -W512 -C7.5 -A k_lms`), []string{"prompt: a lighthouse -no ship", "steps: 50", "seed: 123",
			"guidance: 7.5", "sampler: k_lms"}},
		"SwarmUI": {text("parameters", `{"sui_image_params": {"prompt": "a lighthouse", "model": "flux-dev", "seed": 7, "cfgscale": 1.0, "swarm_version": "0.9.2"}}`),
			[]string{"prompt: a lighthouse", "model: flux-dev", "seed: 7", "software version: 0.9.2"}},
		"Fooocus": {text("parameters", `{"prompt": "a lighthouse", "negative_prompt": "ugly", "base_model": "juggernautXL", "base_model_hash": "aeb7e9e689", "seed": "42", "sampler": "dpmpp_2m", "version": "Fooocus v2.5.5"}`),
			[]string{"prompt: a lighthouse", "negative prompt: ugly", "model: juggernautXL", "model hash: aeb7e9e689", "seed: 42", "software version: Fooocus v2.5.5"}},
		"NovelAI":       {text("Comment", `{"prompt": "a lighthouse", "steps": 28, "seed": 5, "sampler": "k_euler", "uc": "lowres"}`), []string{"prompt: a lighthouse", "negative prompt: lowres", "seed: 5"}},
		"NovelAI model": {text("Source", "Stable Diffusion XL 7BCCAA2C"), []string{"model: Stable Diffusion XL", "model hash: 7BCCAA2C"}},
		"IPTC 2025.1": {metadata.Field{Standard: metadata.XMP, Group: "Iptc4xmpExt", Name: "Iptc4xmpExt:AISystemUsed", Value: "Imagen"},
			[]string{"AI system: Imagen"}},
		"source type": {metadata.Field{Standard: metadata.XMP, Group: "Iptc4xmpExt", Name: "Iptc4xmpExt:DigitalSourceType",
			Value: " http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"}, []string{"digital source type: trainedAlgorithmicMedia"}},
	} {
		o := Generation(&metadata.Document{Fields: []metadata.Field{c.field}}, nil)
		var got []string
		for _, e := range o.Evidence {
			got = append(got, string(e.Property)+": "+e.Value)
			if e.Source == "" || e.Signed {
				t.Errorf("%s: %+v has no source, or is signed", name, e)
			}
		}
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %q is missing in %q", name, w, got)
			}
		}
		if name != "source type" && !o.Generated() && !strings.Contains(name, "type") {
			t.Errorf("%s: not taken for generated", name)
		}
	}
}

// TestNotGenerated takes nothing of what people and cameras write.
func TestNotGenerated(t *testing.T) {
	t.Parallel()
	for _, f := range []metadata.Field{
		{Standard: metadata.Exif, Name: "UserComment", Value: "Steps: we climbed 300 of them"},
		{Standard: metadata.Exif, Name: "ImageDescription", Value: `{"caption": "a lighthouse"}`},
		{Standard: metadata.Exif, Name: "Make", Value: "NIKON CORPORATION"},
		{Standard: metadata.Text, Name: "Comment", Value: "Created with GIMP"},
		{Standard: metadata.XMP, Name: "Iptc4xmpExt:DigitalSourceType", Value: "nil"},
		{Standard: metadata.XMP, Name: "Iptc4xmpExt:DigitalSourceType", Value: "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"},
		{Standard: metadata.Text, Name: "prompt", Value: strings.Repeat(`{"a":`, 5000)},
	} {
		if o := Generation(&metadata.Document{Fields: []metadata.Field{f}}, nil); o.Generated() {
			t.Errorf("%+v: taken for generated: %+v", f, o.Evidence)
		}
	}
}

// TestSignedOrigin tells what is signed from what anybody wrote.
func TestSignedOrigin(t *testing.T) {
	t.Parallel()
	prompt := madeAssertion{label: "c2pa.ingredient.v3", value: pairs{{"relationship", "inputTo"}, {"dc:title", "a lighthouse"},
		{"dataTypes", []any{pairs{{"type", "c2pa.types.generator.prompt"}}}}}}
	data := made{assertions: []madeAssertion{created, prompt}}.build(t)
	d, err := metadata.Read(data, metadata.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r := validate(t, data, Options{})
	o := Generation(d, r)
	if !o.Generated() || o.First(SourceType) != "trainedAlgorithmicMedia" || o.First(Prompt) != "a lighthouse" || !o.Evidence[0].Signed {
		t.Errorf("got %+v", o.Evidence)
	}
	data[len(data)-20] ^= 1
	if o := Generation(d, validate(t, data, Options{})); !o.Generated() || o.Evidence[0].Signed {
		t.Errorf("after a change: got %+v, want the same and nothing signed", o.Evidence)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	valid := func(active string, more ...string) *Report {
		r := &Report{State: Valid, Active: active, Manifests: []*Manifest{{Label: active}}}
		for _, label := range more {
			r.Manifests = append(r.Manifests, &Manifest{Label: label})
		}
		return r
	}
	absent, invalid := &Report{}, &Report{State: Invalid}
	for _, c := range []struct {
		reference, candidate *Report
		want                 Verdict
	}{
		{absent, absent, NeverThere}, {valid("a"), absent, Lost}, {valid("a"), valid("a"), Kept}, {valid("a"), valid("b", "a"), Kept},
		{valid("a"), valid("b"), Replaced}, {absent, valid("b"), Added}, {valid("a"), invalid, Stale}, {absent, invalid, Stale}, {invalid, absent, Lost},
	} {
		if got := Compare(c.reference, c.candidate); got != c.want {
			t.Errorf("%v to %v: got %v, want %v", c.reference.State, c.candidate.State, got, c.want)
		}
	}
}

// FuzzGenerator holds: no panic, and no more evidence than the limits allow.
func FuzzGenerator(f *testing.F) {
	for _, s := range []string{a1111, comfy, invoke, oldInvoke, `"a" -s 5 -S 1`, `{"1":{"class_type":"A","inputs":{"positive":["1",0]}}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var o Origin
		o.generator(text, "text")
		o.dream(text, "text")
		if len(o.Evidence) > maxEvidence {
			t.Errorf("%d pieces of evidence", len(o.Evidence))
		}
	})
}
