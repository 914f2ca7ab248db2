package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// consentForm is the form by which a consent is recorded or changed.
type consentForm struct {
	frame
	ID     string // of the record; empty for a new one
	Seq    string // what of the record the form shows
	Reason string
	Groups []consentGroup
	// Fault says why the form was not taken, and what to do; In is the language of Detail.
	Fault, Detail string
	In            phrase.Lang
}

// consentGroup are the controls of one part of the form.
type consentGroup struct {
	Title    string
	Controls []consentControl
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

// consentParts is the one table of the form.
func consentParts() []struct {
	title  string
	fields []consentField
} {
	return []struct {
		title  string
		fields []consentField
	}{
		{"consent.part.who", []consentField{
			{"name", "name", lineControl, "", false}, {"contact", "contact", lineControl, "", false},
			{"aliases", "aliases", areaControl, "consent.hint.lines", true}, {"kind", "kind", choiceControl, "", false},
			{"minor_age", "age", choiceControl, "", false}, {"guardian_name", "guardianName", lineControl, "consent.hint.minor", false},
			{"guardian_contact", "guardianContact", lineControl, "", false}, {"pii_controller", "controller", lineControl, "", false},
		}},
		{"consent.part.scope", []consentField{
			{"level", "level", choiceControl, "", false}, {"consent_type", "type", choiceControl, "", false},
			{"uses", "uses", lineControl, "consent.hint.list", true}, {"channels", "channels", lineControl, "consent.hint.list", true},
			{"territories", "territories", lineControl, "consent.hint.list", true}, {"ai_training", "ai", choiceControl, "", false},
		}},
		{"consent.part.period", []consentField{
			{"given_at", "givenAt", dayControl, "consent.hint.now", false}, {"valid_from", "validFrom", dayControl, "", false},
			{"valid_until", "validUntil", dayControl, "consent.hint.until", false},
			{"privacy_notice", "notice", lineControl, "", false}, {"language", "language", lineControl, "", false}, {"collection_method", "method", lineControl, "", false},
		}},
		{"consent.part.evidence", []consentField{
			{"evidence_link", "evidenceLink", lineControl, "", false}, {"evidence_sha256", "evidenceSHA256", lineControl, "", false},
			{"external_id", "external", lineControl, "", false}, {"release_ids", "releases", lineControl, "", true},
			{"paths", "paths", areaControl, "consent.hint.places", true}, {"images", "images", areaControl, "consent.hint.lines", true}, {"note", "note", areaControl, "", false},
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
			add(string(a), ageOf(f, a))
		}
	}
	return list
}

// ageOf says an age of PLUS with its code.
func ageOf(f frame, a consent.Age) string {
	key := phrase.Key("consent.age." + string(a))
	if !phrase.Known(key) {
		return f.Say("consent.age.years", strings.TrimPrefix(string(a), "AG-A")) + " · " + string(a)
	}
	return phrase.Say(f.Lang, key) + " · " + string(a)
}

// control draws a field with a text in it.
func (c consentField) control(f frame, text string) consentControl {
	label := f.Say("consent.field." + c.label)
	first, size := utf8.DecodeRuneInString(label)
	k := consentControl{field{ID: "consent-" + c.column, Name: c.column, Label: string(unicode.ToUpper(first)) + label[size:], Value: text}, string(c.kind)}
	if c.hint != "" {
		k.Hint = f.Say(c.hint)
	}
	k.Options = c.options(f, text)
	k.Required = c.column == "kind" || c.column == "level" || c.column == "consent_type"
	if c.kind == dayControl && strings.Contains(text, "T") { // not a whole day
		k.Kind, k.Hint = string(lineControl), f.Say("consent.hint.moment")
	}
	return k
}

// formOf draws the form; text gives what stands in each control.
func (s *Server) formOf(v *visit, id string, text func(consentField) string) consentForm {
	title := "consent.new"
	if id != "" {
		title = "consent.change"
	}
	m := consentForm{frame: s.frame(v, phrase.Say(v.lang, phrase.Key(title))), ID: id}
	for _, part := range consentParts() {
		g := consentGroup{Title: m.Say(part.title)}
		for _, c := range part.fields {
			g.Controls = append(g.Controls, c.control(m.frame, text(c)))
		}
		m.Groups = append(m.Groups, g)
	}
	return m
}

func (s *Server) newConsentPage(w http.ResponseWriter, v *visit) error {
	if err := consent.Keeps(v.actor()); err != nil {
		return err
	}
	usual := consent.Draft{Terms: consent.Terms{Kind: consent.Model, Level: consent.Limited, Type: consent.Expressed}}
	return s.render(w, "consentform", http.StatusOK, s.formOf(v, "", func(c consentField) string { return c.shown(usual) }))
}

func (s *Server) addConsent(w http.ResponseWriter, v *visit) error {
	var d consent.Draft
	id := ""
	err := writeDraft(v, &d)
	if err == nil {
		id, err = s.consents.AddConsent(v.Context(), v.actor(), d)
	}
	if err != nil {
		return s.formAgain(w, v, "", err)
	}
	return s.back(w, v, "/consents/"+url.PathEscape(id), "consent.done.added")
}

func (s *Server) changeConsentPage(w http.ResponseWriter, v *visit) error {
	before, err := s.draftOf(v)
	if err != nil {
		return err
	}
	m := s.formOf(v, before.ID, func(c consentField) string { return c.shown(before.Draft) })
	m.Seq = strconv.FormatInt(before.seq, 10)
	return s.render(w, "consentform", http.StatusOK, m)
}

func (s *Server) changeConsent(w http.ResponseWriter, v *visit) error {
	before, err := s.draftOf(v)
	if err != nil {
		return err
	}
	seq, err := strconv.ParseInt(fields{v.PostForm}.text("seq"), 10, 64)
	if err != nil {
		return errForm
	}
	if err = writeDraft(v, &before.Draft); err == nil {
		err = s.consents.DecideConsent(v.Context(), v.actor(), before.ID, consent.Change{
			Terms: before.Terms, Values: before.Values, Reason: fields{v.PostForm}.text("reason"), Seq: seq,
		})
	}
	if err != nil {
		return s.formAgain(w, v, before.ID, err)
	}
	return s.back(w, v, "/consents/"+url.PathEscape(before.ID), "consent.done.changed")
}

// shownDraft is a record as a draft, and the entry that it stands at.
type shownDraft struct {
	consent.Draft
	seq int64
}

// draftOf reads the record that a page is about, for whoever may write it.
func (s *Server) draftOf(v *visit) (shownDraft, error) {
	if err := consent.Keeps(v.actor()); err != nil {
		return shownDraft{}, err
	}
	c, err := s.consents.Consent(v.Context(), v.actor(), v.PathValue("id"))
	if err != nil {
		return shownDraft{}, err
	}
	return shownDraft{consent.DraftOf(consent.Record{State: c.State, Values: *c.Values}), c.Seq}, nil
}

// writeDraft puts what was posted into a draft. A moment that was not touched stays as it is, to the second.
func writeDraft(v *visit, d *consent.Draft) error {
	for _, part := range consentParts() {
		for _, c := range part.fields {
			text := fields{v.PostForm}.text(c.column)
			if !v.PostForm.Has(c.column) || text == strings.TrimSpace(c.shown(*d)) {
				continue
			}
			if err := d.Set(c.column, c.posted(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// formAgain shows the form with what was written and why it was not taken: nobody types thirty fields twice. What is no
// fault of the form is answered as everywhere.
func (s *Server) formAgain(w http.ResponseWriter, v *visit, id string, err error) error {
	if !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) && !errors.Is(err, journal.ErrConflict) {
		return err
	}
	f := fields{v.PostForm}
	m := s.formOf(v, id, func(c consentField) string { return f.text(c.column) })
	m.Seq, m.Reason = f.text("seq"), f.text("reason")
	d := judge(err)
	m.Fault = m.Say(string(d.say))
	m.Detail, m.In = d.detailOf(v.lang, err)
	return s.render(w, "consentform", d.status, m)
}
