package postmortem

import (
	"regexp"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// kind is how a field is written as a section and read from one. write writes
// the whole section; read gets the lines after the heading.
type kind struct {
	field   Field
	heading phrase.Key // empty for the title
	body    func(*writer)
	read    func(*reader, *Document) bool
}

// kinds lists all kinds of section in the order of a draft.
func kinds() []kind {
	return []kind{
		{FieldTitle, "", writeTitle, nil},
		{FieldContext, "document.context",
			func(w *writer) { writeLines(w, contextParts(), &w.doc.Context) },
			func(r *reader, d *Document) bool { return readLines(r.lang, r.take(), contextParts(), &d.Context) }},
		tableKind(FieldTimeline, "document.timeline", timelineParts(), func(d *Document) *[]Row { return &d.Timeline }),
		{FieldRCA, "document.rca",
			func(w *writer) { writeLines(w, rcaParts(), &w.doc.RCA) },
			func(r *reader, d *Document) bool { return readLines(r.lang, r.take(), rcaParts(), &d.RCA) }},
		{FieldActions, "document.actions", writeActions, readActions},
		{FieldLessons, "document.lessons", writeLessons, readLessons},
		{FieldSystemic, "document.systemic", writeSystemic, readSystemic},
		{FieldImpact, "document.impact", writeImpact, readImpact},
		{FieldCauses, "document.causes", writeCauses, readCauses},
		tableKind(FieldWhys, "document.whys", whyParts(), func(d *Document) *[]WhyFields { return &d.Whys }),
		{FieldTests, "document.tests", writeTests, readTests},
		tableKind(FieldEvidence, "document.evidence", evidenceParts(), func(d *Document) *[]EvidenceRow { return &d.Evidence }),
		tableKind(FieldDetails, "document.details", detailParts(), func(d *Document) *[]ActionDetail { return &d.Details }),
		tableKind(FieldLinks, "document.links", linkParts(), func(d *Document) *[]LessonLink { return &d.Links }),
		tableKind(FieldBarriers, "document.barriers", barrierParts(), func(d *Document) *[]Barrier { return &d.Barriers }),
	}
}

func kindOf(f Field) (kind, bool) {
	for _, k := range kinds() {
		if k.field == f {
			return k, true
		}
	}
	return kind{}, false
}

func (k kind) write(w *writer) {
	if k.heading != "" {
		w.line("## ", phrase.Say(w.lang, k.heading))
	}
	k.body(w)
}

// tableKind is a section of one table.
func tableKind[T any](f Field, heading phrase.Key, parts []part[T], at func(*Document) *[]T) kind {
	return kind{f, heading,
		func(w *writer) { writeTable(w, parts, *at(w.doc)) },
		func(r *reader, d *Document) (ok bool) { *at(d), ok = readTable(r, parts); return ok },
	}
}

const titlePrefix = "# Incident "

var titleID = regexp.MustCompile(`^PM-[0-9A-Z-]{1,40}$`)

func writeTitle(w *writer) { w.line(titlePrefix, w.doc.ID) }

func contextParts() []part[Context] {
	return []part[Context]{
		textPart("document.detected", func(c *Context) *string { return &c.Detected }),
		textPart("document.severity", func(c *Context) *string { return &c.Severity }),
		spokenPart("document.impact", func(c *Context) spoken { return spoken{&c.Impact, &c.Say} }),
		listPart("document.stakeholders", func(c *Context) *[]string { return &c.Stakeholders }),
	}
}

func timelineParts() []part[Row] {
	owner := textPart("document.owner", func(r *Row) *string { return &r.Owner })
	owner.write = func(w *writer, r *Row) string {
		if r.Duty == "" || w.lang == w.doc.Lang {
			return r.Owner
		}
		return phrase.Say(w.lang, phrase.Key("duty."+r.Duty))
	}
	return []part[Row]{
		textPart("document.time", func(r *Row) *string { return &r.Time }),
		spokenPart("document.event", func(r *Row) spoken { return spoken{&r.Event, &r.Say} }),
		owner,
	}
}

func rcaParts() []part[RCA] {
	return []part[RCA]{
		spokenPart("document.direct", func(r *RCA) spoken { return spoken{&r.Direct.Text, &r.Direct.Say} }),
		{label: "document.contributing",
			write: func(w *writer, r *RCA) string {
				texts := make([]string, len(r.Contributing))
				for i, s := range r.Contributing {
					texts[i] = w.spoken(s.Text, s.Say)
				}
				return strings.Join(texts, ", ")
			},
			read: func(_ phrase.Lang, s string, r *RCA) bool {
				r.Contributing = nil
				for text := range strings.SplitSeq(s, ", ") {
					if s != "" {
						r.Contributing = append(r.Contributing, Statement{Text: text})
					}
				}
				return true
			}},
	}
}

var (
	actionDue   = regexp.MustCompile(`^(.+) — ([0-9]{4}-[0-9]{2}-[0-9]{2})$`)
	actionOwner = regexp.MustCompile(`^(.+) — @([^\s@]+)$`)
)

func writeActions(w *writer) {
	for _, a := range w.doc.Actions {
		box := "- [ ] "
		if a.Done {
			box = "- [x] "
		}
		w.WriteString(box + a.Text)
		if a.Owner != "" {
			w.WriteString(" — @" + a.Owner)
		}
		if a.Due != "" {
			w.WriteString(" — " + a.Due)
		}
		w.line()
	}
}

func readActions(r *reader, d *Document) bool {
	for _, line := range r.take() {
		text, open := strings.CutPrefix(line, "- [ ] ")
		text, done := strings.CutPrefix(text, "- [x] ")
		if open == done {
			return false
		}
		a := Action{Done: done, Text: text}
		if m := actionDue.FindStringSubmatch(a.Text); m != nil {
			a.Text, a.Due = m[1], m[2]
		}
		if m := actionOwner.FindStringSubmatch(a.Text); m != nil {
			a.Text, a.Owner = m[1], m[2]
		}
		if strings.TrimSpace(a.Text) == "" {
			return false
		}
		d.Actions = append(d.Actions, a)
	}
	return true
}

// readItems reads a plain list. A task is not an item of one.
func readItems(r *reader, add func(string)) bool {
	for _, line := range r.take() {
		text, ok := strings.CutPrefix(line, "- ")
		if !ok || strings.TrimSpace(text) == "" {
			return false
		}
		add(text)
	}
	return true
}

func writeLessons(w *writer) {
	for _, l := range w.doc.Lessons {
		w.line("- ", l)
	}
}

func readLessons(r *reader, d *Document) bool {
	return readItems(r, func(s string) { d.Lessons = append(d.Lessons, s) })
}

func writeSystemic(w *writer) {
	for _, s := range w.doc.Systemic {
		w.line("- ", w.spoken(s.Text, s.Say))
	}
}

func readSystemic(r *reader, d *Document) bool {
	return readItems(r, func(s string) { d.Systemic = append(d.Systemic, Statement{Text: s}) })
}
