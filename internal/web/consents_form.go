package web

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// consentForm is the form by which a consent is recorded or changed.
type consentForm struct {
	frame
	ID     string // of the record; empty for a new one
	Seq    string // what of the record the form shows
	Reason string
	Groups []consentGroup
	// Fault says why the form was not taken; Faults are what is to be mended, in the order of the controls. Where no
	// control is to blame, Detail says what to do, and In is its language.
	Fault, Detail string
	In            phrase.Lang
	Faults        []consentFault
}

// consentFault is what is wrong with one control.
type consentFault struct{ ID, Text string }

// consentGroup are the controls of one part of the form; the rare ones are folded away under a line of their own.
type consentGroup struct {
	Title, Hint, Fold string
	Controls, Rare    []consentControl
	Open              bool // something stands in the rare ones
}

// consentControl is a control: a line, a day, a choice or an area.
type consentControl struct {
	field
	Kind string
}

// controlKind is what a control of a field is.
type controlKind string

const (
	lineControl   controlKind = "line"
	dayControl    controlKind = "day"
	choiceControl controlKind = "choose"
	areaControl   controlKind = "area"
)

// consentField is one field of the form: its column, the word of its label, its hint. Entries of lists are separated by
// commas in a line and stand one a line in an area.
type consentField struct {
	column, label string
	kind          controlKind
	hint          string
	list          bool
}

// formPart is one part of the form: the name of its sentences, and its fields.
type formPart struct {
	name         string
	fields, rare []consentField
}

func (p formPart) all() []consentField { return slices.Concat(p.fields, p.rare) }

// consentParts is the one table of the form.
func consentParts() []formPart {
	return []formPart{
		{"who", []consentField{
			{"name", "name", lineControl, "", false}, {"contact", "contact", lineControl, "", false}, {"kind", "kind", choiceControl, "", false},
		}, []consentField{
			{"external_id", "external", lineControl, "", false}, {"pii_controller", "controller", lineControl, "", false},
			{"aliases", "aliases", areaControl, "consent.hint.lines", true},
		}},
		{"scope", []consentField{
			{"level", "level", choiceControl, "", false}, {"consent_type", "type", choiceControl, "", false},
			{"ai_training", "ai", choiceControl, "consent.hint.ai", false},
			{"uses", "uses", lineControl, "consent.hint.uses", true}, {"channels", "channels", lineControl, "consent.hint.channels", true},
			{"territories", "territories", lineControl, "consent.hint.territories", true},
		}, nil},
		{"period", []consentField{
			{"given_at", "givenAt", dayControl, "consent.hint.now", false}, {"valid_from", "validFrom", dayControl, "consent.hint.from", false},
			{"valid_until", "validUntil", dayControl, "consent.hint.until", false},
		}, nil},
		{"release", nil, []consentField{
			{"minor_age", "age", choiceControl, "", false}, {"guardian_name", "guardianName", lineControl, "", false},
			{"guardian_contact", "guardianContact", lineControl, "", false}, {"release_ids", "releases", lineControl, "consent.hint.commas", true},
		}},
		{"evidence", []consentField{
			{"evidence_link", "evidenceLink", lineControl, "consent.hint.evidence", false}, {"paths", "paths", areaControl, "consent.hint.places", true},
		}, []consentField{
			{"evidence_sha256", "evidenceSHA256", lineControl, "", false}, {"collection_method", "method", lineControl, "consent.hint.method", false},
			{"privacy_notice", "notice", lineControl, "", false}, {"language", "language", lineControl, "consent.hint.language", false},
			{"images", "images", areaControl, "consent.hint.images", true}, {"note", "note", areaControl, "", false},
		}},
	}
}

// shown is a field's text as its control has it.
func (c consentField) shown(d consent.Draft) string {
	text := d.Text(c.column)
	switch {
	case c.list && c.kind == areaControl:
		return strings.ReplaceAll(text, "|", "\n")
	case c.list:
		return strings.ReplaceAll(text, "|", ", ")
	case c.column == "valid_until" && dayOf(text) != "":
		return dayOf(d.ValidUntil.AddDate(0, 0, -1).UTC().Format("2006-01-02T15:04:05Z"))
	case c.kind == dayControl && dayOf(text) != "":
		return dayOf(text)
	}
	return text
}

// dayOf is the day that a moment begins; empty where it begins none.
func dayOf(moment string) string {
	day, begins := strings.CutSuffix(moment, "T00:00:00Z")
	if !begins {
		return ""
	}
	return day
}

// posted is what was written into a control, as the draft takes it.
func (c consentField) posted(text string) string {
	switch {
	case c.list && c.kind == areaControl:
		return strings.ReplaceAll(text, "\n", "|")
	case c.list:
		return strings.ReplaceAll(text, ",", "|")
	}
	return text
}

// options are what a choice is made from; none for what is no choice.
func (c consentField) options(f frame, selected string) []option {
	var list []option
	add := func(value, label string) { list = append(list, option{value, label, value == selected}) }
	switch c.column {
	case "kind":
		for _, k := range consent.Kinds() {
			add(string(k), f.Say("consent.kind."+string(k)))
		}
	case "level":
		for _, l := range consent.Levels() {
			add(string(l), f.Say("consent.level."+string(l)))
		}
	case "consent_type":
		for _, t := range consent.TypesOfConsent() {
			add(string(t), f.Say("consent.type."+string(t)))
		}
	case "ai_training":
		for _, a := range consent.AIs() {
			if a != consent.AIUnstated { // the control's own empty choice
				add(string(a), f.Say("consent.ai."+string(a)))
			}
		}
	case "minor_age":
		for _, a := range consent.Ages() {
			add(string(a), ageOf(f.Lang, a))
		}
	}
	return list
}

// ageOf says an age of PLUS with its code.
func ageOf(l phrase.Lang, a consent.Age) string {
	key := phrase.Key("consent.age." + string(a))
	if !phrase.Known(key) {
		return phrase.Say(l, "consent.age.years", strings.TrimPrefix(string(a), "AG-A")) + " · " + string(a)
	}
	return phrase.Say(l, key) + " · " + string(a)
}

// control draws a field with a text in it, and what is wrong with that.
func (c consentField) control(f frame, text, fault string) consentControl {
	k := consentControl{field{ID: "consent-" + c.column, Name: c.column, Label: upperFirst(f.Say("consent.field." + c.label)), Value: text, Fault: fault}, string(c.kind)}
	if c.hint != "" {
		k.Hint = f.Say(c.hint)
	}
	k.Options = c.options(f, text)
	if c.column == "kind" || c.column == "level" || c.column == "consent_type" {
		k.field = k.must(f)
	}
	if _, err := time.Parse(time.DateOnly, text); c.kind == dayControl && text != "" && err != nil { // a control of days would drop it
		k.Kind, k.Hint = string(lineControl), f.Say("consent.hint.moment")
	}
	return k
}

// upperFirst begins a text with a capital.
func upperFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// must marks a control that has to be filled in among others that may stay empty.
func (c field) must(f frame) field {
	c.Required, c.Must = true, f.Say("form.must")
	return c
}

// written is what stands in the form: a text for each control, and what is wrong with it.
type written struct {
	text   func(consentField) string
	faults consent.Faults
}

// formOf draws the form.
func (s *Server) formOf(v *visit, id string, w written) consentForm {
	m := consentForm{frame: s.frame(v, phrase.Say(v.lang, "consent.new")), ID: id}
	if id != "" {
		m.Title = m.Say("consent.change.of", id)
	}
	for _, part := range consentParts() {
		g := consentGroup{Title: m.Say("consent.part." + part.name)}
		if len(part.rare) > 0 {
			g.Fold = m.Say("consent.fold." + part.name)
		}
		if key := "consent.part." + part.name + ".hint"; phrase.Known(phrase.Key(key)) {
			g.Hint = m.Say(key)
		}
		g.Controls, g.Rare = m.controls(part.fields, w), m.controls(part.rare, w)
		g.Open = slices.ContainsFunc(g.Rare, func(c consentControl) bool { return c.Value != "" || c.Fault != "" })
		m.Groups = append(m.Groups, g)
	}
	return m
}

// controls draws fields, and lists what is wrong with them.
func (m *consentForm) controls(list []consentField, w written) (drawn []consentControl) {
	for _, c := range list {
		fault := ""
		if at := slices.IndexFunc(w.faults, func(f consent.Fault) bool { return f.Column == c.column }); at >= 0 {
			fault = upperFirst(w.faults[at].Says.In(m.Lang))
		}
		k := c.control(m.frame, w.text(c), fault)
		if fault != "" {
			m.Faults = append(m.Faults, consentFault{k.ID, m.Say("form.fault", k.Label, fault)})
		}
		drawn = append(drawn, k)
	}
	return drawn
}

// Why is the control of the reason for a change.
func (m consentForm) Why() field {
	return m.Field("consent", "reason", "reason").With(m.Reason).must(m.frame)
}
