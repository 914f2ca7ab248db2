package provenance

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/metadata"
)

// Property is what a piece of evidence is about.
type Property string

// The properties.
const (
	Prompt          Property = "prompt"
	NegativePrompt  Property = "negative prompt"
	PromptWriter    Property = "prompt writer" // a person's name
	Model           Property = "model"
	ModelHash       Property = "model hash"
	LoRA            Property = "LoRA" // a smaller model that changes the model
	Seed            Property = "seed"
	Sampler         Property = "sampler"
	Steps           Property = "steps"
	Guidance        Property = "guidance" // CFG scale
	Software        Property = "software"
	SoftwareVersion Property = "software version"
	AISystem        Property = "AI system"
	AIVersion       Property = "AI system version"
	SourceType      Property = "digital source type" // the last word of IPTC's and C2PA's URIs
)

// Evidence is one value and where it stands.
type Evidence struct {
	Property Property `json:"property"`
	Value    string   `json:"value"`
	Source   string   `json:"source"` // "tEXt parameters", "XMP Iptc4xmpExt:DigitalSourceType", "C2PA c2pa.created"
	// Signed says that it stands in the active manifest of an image whose state is Valid or Trusted. Everything else
	// anybody may have written.
	Signed bool `json:"signed,omitempty"`
}

// Origin is what an image says of how it was made, each value with where it was found.
type Origin struct {
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Limits of what is gathered.
const (
	maxEvidence  = 200
	maxValue     = 16 << 10
	maxGenerator = 4 << 20 // bytes of a generator's text that is read; graphs of ComfyUI have up to some hundred thousand
)

// First is the first value of a property, empty without one.
func (o Origin) First(p Property) string {
	for _, e := range o.Evidence {
		if e.Property == p {
			return e.Value
		}
	}
	return ""
}

// All are the different values of a property.
func (o Origin) All(p Property) []string {
	var values []string
	seen := map[string]bool{}
	for _, e := range o.Evidence {
		if e.Property == p && !seen[e.Value] {
			seen[e.Value] = true
			values = append(values, e.Value)
		}
	}
	return values
}

// Generated says whether the image says that a model made it or a part of it: by a digital source type, or by what a
// generator wrote into it. That it does not say so means nothing.
func (o Origin) Generated() bool {
	for _, e := range o.Evidence {
		switch e.Property {
		case Prompt, NegativePrompt, Model, ModelHash, LoRA, Seed, Sampler, AISystem:
			return true
		case SourceType:
			switch e.Value {
			case "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic", "trainedAlgorithmicData":
				return true
			}
		}
	}
	return false
}

func (o *Origin) add(p Property, value, source string) {
	value = strings.TrimSpace(strings.ToValidUTF8(value, "\uFFFD"))
	if value == "" || len(o.Evidence) >= maxEvidence {
		return
	}
	if len(value) > maxValue {
		value = value[:maxValue]
		for !utf8.ValidString(value) {
			value = value[:len(value)-1]
		}
	}
	for _, e := range o.Evidence {
		if e.Property == p && e.Value == value && e.Source == source {
			return
		}
	}
	o.Evidence = append(o.Evidence, Evidence{Property: p, Value: value, Source: source})
}

// Generation gathers what an image says of how it was made: from the actions, ingredients and metadata of its
// manifests, from IPTC's fields in XMP (2025.1), and from what generators write into texts and comments: the
// parameters of AUTOMATIC1111's web UI and its kin, and the JSON of ComfyUI, InvokeAI, Fooocus, SwarmUI and NovelAI.
// Either argument may be nil.
func Generation(d *metadata.Document, r *Report) Origin {
	var o Origin
	if r != nil {
		for _, m := range r.Manifests {
			from := len(o.Evidence)
			o.manifest(m)
			if m.Label == r.Active && r.State >= Valid {
				for i := range o.Evidence[from:] {
					o.Evidence[from+i].Signed = true
				}
			}
		}
	}
	if d != nil {
		for _, f := range d.Fields {
			o.field(f)
		}
	}
	return o
}

// manifest takes what a manifest says.
func (o *Origin) manifest(m *Manifest) {
	o.add(Software, m.Generator, "C2PA claim generator")
	for _, a := range m.Actions {
		source := "C2PA " + a.Action
		o.sourceType(a.SourceType, source)
		o.add(Software, a.SoftwareAgent, source)
		for key, value := range a.parameters.Pairs() {
			if p, ok := jsonNames[normal(key.String())]; ok {
				o.add(p, scalar(value), source+" "+key.String())
			}
		}
	}
	for _, i := range m.Ingredients {
		o.sourceType(i.SourceType, "C2PA "+i.Label)
	}
	for _, v := range m.evidence {
		o.add(v.Property, v.Value, v.Source)
	}
	for _, v := range m.metadata {
		o.property(v.name, v.value, "C2PA metadata "+v.name)
	}
}

// field takes what a field of the metadata says.
func (o *Origin) field(f metadata.Field) {
	switch f.Standard {
	case metadata.XMP:
		name := f.Name
		if i := strings.IndexAny(name, "[/"); i >= 0 {
			if strings.Contains(name, "?") {
				return // a qualifier, such as the language
			}
			name = name[:i]
		}
		o.property(name, f.Value, "XMP "+f.Name)
	case metadata.Exif:
		o.exif(f)
	case metadata.Text:
		o.text(f.Name, f.Value, f.Group+" "+f.Name)
	case metadata.Comment:
		o.generator(f.Value, "comment")
	}
}

// exif takes fields that name software, and those in which generators keep their texts.
func (o *Origin) exif(f metadata.Field) {
	source := "Exif " + f.Name
	switch f.Name {
	case "Software", "ProcessingSoftware":
		o.add(Software, f.Value, source)
	case "UserComment", "XPComment":
		o.generator(f.Value, source)
	case "ImageDescription", "Make", "Model":
		// ComfyUI writes "Workflow:{…}" and "Prompt:{…}" into them.
		if kind, json, ok := strings.Cut(f.Value, ":{"); ok && (strings.EqualFold(kind, "prompt") || strings.EqualFold(kind, "workflow")) {
			o.generator("{"+json, source)
		} else if f.Name == "ImageDescription" {
			o.generator(f.Value, source)
		}
	}
}

// xmpProperties are properties of XMP, and of metadata assertions, that speak of the origin.
var xmpProperties = map[string]Property{
	"Iptc4xmpExt:AISystemUsed": AISystem, "Iptc4xmpExt:AISystemVersionUsed": AIVersion, "Iptc4xmpExt:AIPromptInformation": Prompt,
	"Iptc4xmpExt:AIPromptWriterName": PromptWriter, "xmp:CreatorTool": Software,
}

func (o *Origin) property(name, value, source string) {
	switch p := xmpProperties[name]; {
	case name == "Iptc4xmpExt:DigitalSourceType", name == "Iptc4xmpExt:DigitalSourcefileType":
		o.sourceType(value, source)
	case p != "":
		o.add(p, value, source)
	case name == "exif:UserComment", name == "dc:description", name == "parameters":
		o.generator(value, source)
	}
}

// sourceType takes a digital source type, a URI of IPTC's NewsCodes or of C2PA, as its last word. Some writers put
// blanks before it, and some the word nil.
func (o *Origin) sourceType(uri, source string) {
	uri = strings.TrimSpace(uri)
	if u, err := url.Parse(uri); err == nil && u.Path != "" {
		uri = u.Path
	}
	word := uri[strings.LastIndex(uri, "/")+1:]
	if word == "nil" || word == "null" || strings.ContainsAny(word, " \t\n") {
		return
	}
	o.add(SourceType, word, source)
}
