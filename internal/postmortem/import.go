package postmortem

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Form is how a postmortem is written.
type Form string

// The forms that Import reads.
const (
	FormSafelight Form = "safelight"  // the design's template, as Document.Markdown writes it
	FormGoogleSRE Form = "google-sre" // the template of the SRE book
	FormGeneric   Form = "generic"    // any Markdown with headings
)

// Forms lists all forms.
func Forms() []Form { return []Form{FormSafelight, FormGoogleSRE, FormGeneric} }

// Mapping says that a part of an imported text became a field.
type Mapping struct {
	From string     `json:"from"` // the heading, as written
	To   phrase.Key `json:"to"`   // the name of the field
	// Kept says that the words had to be changed, so that the part also stands verbatim.
	Kept bool `json:"kept,omitempty"`
}

// Imported is what Import made of a text: the document, what became fields, and the headings that stand verbatim.
type Imported struct {
	Document Document
	Form     Form
	Mapped   []Mapping
	Kept     []string
}

// ImportOptions say how a text is read. The zero value finds it out.
type ImportOptions struct {
	Form Form
	Lang phrase.Lang
	ID   string // of the incident; the template's placeholder where it is empty
}

// Import reads the postmortem of another house: what has a place in the document becomes a field, all else stays verbatim
// under its heading, so that no word is lost. Text in Safelight's own form is read as Parse does.
func Import(src []byte, o ImportOptions) (Imported, error) {
	own, err := Parse(src)
	if err != nil {
		return Imported{}, err
	}
	foreign := chunks(string(src))
	form := o.Form
	switch {
	case form == "":
		form = recognise(own, foreign)
	case !slices.Contains(Forms(), form):
		return Imported{}, fmt.Errorf("import a postmortem written as %q: use one of %v: %w", form, Forms(), journal.ErrInvalid)
	}
	if form == FormSafelight {
		return importOwn(src, own, o)
	}
	im := importer{id: cmp.Or(o.ID, "PM-YYYY-MM-DD-NN"), lang: cmp.Or(o.Lang, languageOf(foreign))}
	im.impactTold = slices.ContainsFunc(foreign, func(c chunk) bool { first, _ := paragraph(c.body); return c.name == "impact" && first != "" })
	for _, c := range foreign {
		im.take(c)
	}
	doc, err := ParseIn(im.markdown(), im.lang)
	return Imported{Document: doc, Form: form, Mapped: im.mapped, Kept: im.kept}, err
}

// importOwn changes nothing but the title, where the text goes into an incident.
func importOwn(src []byte, d Document, o ImportOptions) (Imported, error) {
	if o.Lang != "" && o.Lang != d.Lang {
		var err error
		if d, err = ParseIn(src, o.Lang); err != nil {
			return Imported{}, err
		}
	}
	if o.ID != "" {
		d.ID = o.ID
		if !slices.Contains(d.Sections, Section{Field: FieldTitle}) {
			d.Sections = slices.Insert(d.Sections, 0, Section{Field: FieldTitle})
		}
	}
	im := Imported{Document: d, Form: FormSafelight}
	for _, s := range d.Sections {
		if k, known := kindOf(s.Field); known && k.heading != "" {
			im.Mapped = append(im.Mapped, Mapping{From: phrase.Say(d.Lang, k.heading), To: k.heading})
			continue
		}
		for _, c := range chunks(s.Markdown) {
			if c.heading != "" {
				im.Kept = append(im.Kept, c.heading)
			}
		}
	}
	return im, nil
}

// recognise tells which form a text has: our own where its sections can be read, Google's where most of the headings that only it has are there.
func recognise(own Document, foreign []chunk) Form {
	known, sre := 0, 0
	for _, s := range own.Sections {
		if s.Field != "" {
			known++
		}
	}
	for _, c := range foreign {
		switch c.name {
		case "root cause", "trigger", "resolution", "detection", "what went well", "what went wrong", "where we got lucky", "supporting information":
			sre++
		}
	}
	switch {
	case known >= 2:
		return FormSafelight
	case sre >= 5:
		return FormGoogleSRE
	}
	return FormGeneric
}

// chunk is a heading with the text below it, up to the next heading.
type chunk struct {
	level   int
	heading string // as written, without its marks
	name    string // what the table of places knows it by
	inside  string // the name of the heading above it
	body    string
}

var (
	atx     = regexp.MustCompile(`^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$`)
	bracket = regexp.MustCompile(`\s*\([^)]*\)`)
	article = regexp.MustCompile(`^(the|our|les|le|la) `)
)

// chunks splits a text at its headings, of whatever level, that are not inside fenced blocks. Line ends become newlines.
func chunks(src string) []chunk {
	list := []chunk{{}}
	parents := [7]string{}
	fence := ""
	for line := range strings.Lines(strings.ReplaceAll(strings.TrimPrefix(src, "\ufeff"), "\r\n", "\n")) {
		was := fence
		fence = stepFence(fence, line)
		m := atx.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || was != "" || fence != "" {
			list[len(list)-1].body += line
			continue
		}
		c := chunk{level: len(m[1]), heading: m[2], name: nameOf(m[2])}
		c.inside = parents[c.level-1]
		for i := c.level; i < len(parents); i++ {
			parents[i] = c.name
		}
		list = append(list, c)
	}
	return list
}

// nameOf is what the table of places knows a heading by.
func nameOf(heading string) string {
	s := plainHeading(heading)
	for _, names := range []map[string]string{englishHeadings, frenchHeadings} {
		if n, ok := names[s]; ok {
			return n
		}
	}
	return s
}

// plainHeading is a heading in lower case, without marks and remarks in brackets.
func plainHeading(heading string) string {
	s := strings.ToLower(bracket.ReplaceAllString(heading, ""))
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' || r == '-' || r == '’' || r == '\'' {
			return r
		}
		return -1
	}, s)
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "’", "'")), " ")
	return article.ReplaceAllString(s, "")
}

// headings that houses use, by the plain name of what stands below them. Words that are the same in both languages stand with the English ones.
var (
	englishHeadings = byHeading(map[string][]string{
		"summary":      {"summary", "executive summary", "issue summary", "incident summary", "summary of impact", "what happened", "overview", "abstract", "outage description", "description"},
		"impact":       {"impact", "customer impact", "user impact", "end user impact", "affected users", "business impact"},
		"date":         {"date", "start date/time", "start datetime", "incident date", "detected", "detected at"},
		"severity":     {"severity", "incident severity", "priority"},
		"timeline":     {"timeline", "incident timeline", "chain of events", "chronology"},
		"root cause":   {"root cause", "root causes", "root cause analysis", "root cause and mitigation", "cause", "causes", "what caused the incident"},
		"contributing": {"contributing factors", "contributing factor", "contributing causes", "contributing conditions analysis", "contributing conditions", "process breakdowns"},
		"actions": {"action items", "action item", "actions", "corrective actions", "corrective and preventative measures", "corrective and preventive measures", "next steps",
			"recommendations", "follow-ups", "follow-up actions", "remediation"},
		"lessons":            {"lessons learned", "lessons learnt", "lessons", "learnings", "key learnings", "takeaways"},
		"what went well":     {"what went well", "what worked"},
		"what went wrong":    {"what went wrong", "what could have gone better", "what didn't go well"},
		"where we got lucky": {"where we got lucky"},
	})
	frenchHeadings = byHeading(map[string][]string{
		"summary":            {"résumé", "résumé exécutif", "synthèse", "que s'est-il passé", "contexte"},
		"impact":             {"impact client", "impact utilisateur", "conséquences"},
		"date":               {"date de l'incident", "détecté", "détection le"},
		"severity":           {"sévérité", "gravité", "criticité"},
		"timeline":           {"chronologie", "déroulé", "frise chronologique"},
		"root cause":         {"cause racine", "causes racines", "cause principale", "cause directe", "analyse des causes"},
		"contributing":       {"facteurs contributifs", "facteurs aggravants", "causes contributives"},
		"actions":            {"actions correctives", "plan d'action", "plan d'actions", "prochaines étapes", "mesures correctives", "recommandations"},
		"lessons":            {"leçons", "leçons apprises", "enseignements", "ce que nous avons appris"},
		"what went well":     {"ce qui a bien fonctionné", "ce qui a fonctionné", "points positifs"},
		"what went wrong":    {"ce qui n'a pas fonctionné", "ce qui a mal fonctionné", "points à améliorer"},
		"where we got lucky": {"où nous avons eu de la chance"},
	})
)

// byHeading turns the table round.
func byHeading(table map[string][]string) map[string]string {
	names := map[string]string{}
	for name, list := range table {
		for _, s := range list {
			names[s] = name
		}
	}
	return names
}

// languageOf guesses the language from the headings.
func languageOf(list []chunk) phrase.Lang {
	french, english := 0, 0
	for _, c := range list {
		_, fr := frenchHeadings[plainHeading(c.heading)]
		_, en := englishHeadings[plainHeading(c.heading)]
		switch {
		case fr, strings.ContainsAny(strings.ToLower(c.heading), "éèêàùçœ"):
			french++
		case en:
			english++
		}
	}
	if french > english {
		return phrase.French
	}
	return phrase.English
}
