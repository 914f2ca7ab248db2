package postmortem

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// TypeRestricted is the event of a decision on who may read all of a postmortem.
const TypeRestricted = "postmortem.restricted"

// Restriction says what of a postmortem not everybody may read, and why.
type Restriction struct {
	// Reason is printed wherever something is withheld.
	Reason string `json:"reason" yaml:"reason"`
	// Sections are fields of the document ("whys"), or headings of sections that people wrote themselves.
	Sections []string `json:"sections,omitempty" yaml:"sections"`
	// Evidence are paths; [AllEvidence] is all of it.
	Evidence []string `json:"evidence,omitempty" yaml:"evidence"`
	// Persons withholds the names and logins of all accounts.
	Persons bool `json:"persons,omitempty" yaml:"persons"`
}

// AllEvidence stands for every piece of evidence in a [Restriction].
const AllEvidence = "*"

// Empty tells whether nothing is withheld.
func (r Restriction) Empty() bool {
	return len(r.Sections) == 0 && len(r.Evidence) == 0 && !r.Persons
}

// Withholds tells whether a field of the document is withheld.
func (r Restriction) Withholds(f Field) bool { return slices.Contains(r.Sections, string(f)) }

// withholds tells whether a piece of evidence is withheld.
func (r Restriction) withholds(path string) bool {
	return slices.Contains(r.Evidence, AllEvidence) || slices.Contains(r.Evidence, path)
}

// Kept gives the evidence that everybody may read.
func (r *Restriction) Kept(list []Evidence) []Evidence {
	if r == nil {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(e Evidence) bool { return r.withholds(e.Path) })
}

// RestrictPolicy is what safelight.yaml says of restricted postmortems.
type RestrictPolicy struct {
	// Severities and Pipelines whose postmortems are restricted unless a lead decides otherwise.
	Severities []pipeline.Severity `yaml:"severities"`
	Pipelines  []string            `yaml:"pipelines"`
	// Withhold is what is withheld of them.
	Withhold Restriction `yaml:"withhold"`
}

// Validate says what is wrong with it, or nil.
func (p RestrictPolicy) Validate() error {
	if len(p.Severities) == 0 && len(p.Pipelines) == 0 {
		return nil
	}
	for _, s := range p.Severities {
		if !slices.Contains([]pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3}, s) {
			return fmt.Errorf("restricted: severity %q: use S0, S1, S2 or S3: %w", s, journal.ErrInvalid)
		}
	}
	if err := p.Withhold.check(); err != nil {
		return fmt.Errorf("restricted: withhold: %w", err)
	}
	return nil
}

// RestrictionDecided is what a lead has decided of a postmortem. One that withholds nothing lifts what a policy would withhold.
type RestrictionDecided struct {
	Duty people.Duty `json:"duty"`
	Restriction
}

// Restrict decides what of the postmortem not everybody may read. Once it is published, it is published again as decided.
type Restrict struct{ Restriction }

func (c Restrict) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "restrict"); err != nil {
		return journal.Change{}, err
	}
	if c.Empty() {
		if err := checkText("lifted", c.Reason, true); err != nil {
			return journal.Change{}, err
		}
	} else if err := c.check(); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.restrict", s.inc.ID, err)
	}
	for _, p := range c.Evidence {
		if p != AllEvidence && !s.hasEvidence(p) {
			return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.restrict.evidence", s.inc.ID, p)
		}
	}
	c.Reason = oneLine(c.Reason)
	change := s.event(TypeRestricted, RestrictionDecided{s.inc.DutyOf(s.env.By), c.Restriction})
	if s.Publication != nil && s.Complete {
		key := fmt.Sprintf("%d-%s-%d", s.Revision, s.SHA256, len(s.Restrictions)+1)
		change.Effects = append(change.Effects, s.effect(EffectPublish, key, PublishEffect{s.inc.ID, s.Revision, s.SHA256}))
	}
	return change, nil
}

// Withholdable lists the fields of a document that may be withheld, in the order of a draft.
func Withholdable() []Field {
	var list []Field
	for _, k := range kinds() {
		if k.field != FieldTitle && k.field != FieldContext {
			list = append(list, k.field)
		}
	}
	return list
}

// Heading is what a field's section is called in a language.
func (f Field) Heading(l phrase.Lang) string {
	k, _ := kindOf(f)
	return phrase.Say(l, k.heading)
}

// maxWithheld bounds what one decision names.
const maxWithheld = 100

func (r Restriction) check() error {
	if r.Empty() {
		return phrase.Refusal(journal.ErrInvalid, "refusal.restrict.nothing")
	}
	if len(r.Sections) > maxWithheld || len(r.Evidence) > maxList {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.restrict.many", maxWithheld, maxList)
	}
	for _, name := range r.Sections {
		if f := Field(name); f == FieldTitle || f == FieldContext || strings.TrimSpace(name) == "" || hasControl(name) {
			return phrase.Refusal(journal.ErrInvalid, "refusal.restrict.section", name)
		}
	}
	return checkText("withheld", r.Reason, true)
}

// RestrictionMark is a decision with who took it and when.
type RestrictionMark struct {
	RestrictionDecided
	incident.Mark
}

// Restriction gives what is withheld: as was decided last, or else as the policy says; nil for nothing.
func (s State) Restriction(p RestrictPolicy, inc incident.State) *Restriction {
	if n := len(s.Restrictions); n > 0 {
		if r := s.Restrictions[n-1].RestrictionDecided.Restriction; !r.Empty() {
			return &r
		}
		return nil
	}
	if slices.Contains(p.Severities, inc.Severity) || slices.Contains(p.Pipelines, inc.Opened.Pipeline) {
		r := p.Withhold
		return &r
	}
	return nil
}

// Redact gives the document as everybody may read it: what is withheld is replaced by a note that says so and why. Names
// are those of persons, for a restriction that withholds them. A sealed part is dropped.
func (d Document) Redact(r Restriction, names []string) (Document, error) {
	d = d.Authored()
	names = slices.Clone(names)
	if !r.Persons {
		names = nil
	}
	d.redactSections(r)
	hidden := d.redactEvidence(r)
	text, err := json.Marshal(d)
	if err != nil {
		return d, fmt.Errorf("redact the postmortem of %s: %w", d.ID, err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return d, fmt.Errorf("redact the postmortem of %s: %w", d.ID, err)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // a full name before its parts
	scrub := scrubber{words: names, paths: hidden, mark: phrase.Say(d.Lang, "document.withheld.mark")}
	if text, err = json.Marshal(scrub.value("", tree)); err != nil {
		return d, fmt.Errorf("redact the postmortem of %s: %w", d.ID, err)
	}
	again, err := ParseJSON(text)
	if err != nil {
		return d, fmt.Errorf("redact the postmortem of %s: %w", d.ID, err)
	}
	return again, again.Validate()
}

// redactSections puts notes in the place of sections. Neighbours without a field become one, as reading the Markdown gives them.
func (d *Document) redactSections(r Restriction) {
	var list []Section
	verbatim := func(text string) {
		if n := len(list); n > 0 && list[n-1].Field == "" {
			list[n-1].Markdown += text
			return
		}
		list = append(list, Section{Markdown: text})
	}
	for _, s := range d.Sections {
		k, _ := kindOf(s.Field)
		switch {
		case s.Field == "":
			verbatim(redactOwn(s.Markdown, r))
		case slices.Contains(r.Sections, string(s.Field)):
			verbatim("## " + phrase.Say(d.Lang, k.heading) + "\n" + withheldNote(r))
			d.clear(s.Field)
		default:
			list = append(list, s)
		}
	}
	d.Sections = list
}

// withheldNote says in both languages that something is withheld: a document's own Markdown is never translated.
func withheldNote(r Restriction) string {
	note := ""
	for _, l := range phrase.Langs() {
		note += "> " + phrase.Say(l, "document.withheld.note", oneLine(r.Reason)) + "\n"
	}
	return note
}

// redactOwn redacts the sections that people wrote themselves, by their headings.
func redactOwn(text string, r Restriction) string {
	starts := headings(text)
	out, at := "", 0
	for i, from := range starts {
		to := len(text)
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		heading, _, _ := strings.Cut(text[from:to], "\n")
		if slices.Contains(r.Sections, strings.TrimSpace(strings.TrimPrefix(heading, "## "))) {
			out, at = out+text[at:from]+heading+"\n"+withheldNote(r), to
		}
	}
	return out + text[at:]
}

// clear empties a field.
func (d *Document) clear(f Field) {
	switch f {
	case FieldTimeline:
		d.Timeline = nil
	case FieldRCA:
		d.RCA = RCA{}
	case FieldActions:
		d.Actions = nil
	case FieldLessons:
		d.Lessons = nil
	case FieldSystemic:
		d.Systemic = nil
	case FieldImpact:
		d.Impact = ImpactReport{}
	case FieldCauses:
		d.Causes, d.Arrows = nil, nil
	case FieldWhys:
		d.Whys = nil
	case FieldTests:
		d.Tests = TestReport{}
	case FieldEvidence:
		d.Evidence = nil
	case FieldDetails:
		d.Details = nil
	case FieldLinks:
		d.Links = nil
	case FieldBarriers:
		d.Barriers = nil
	}
}

// redactEvidence renames withheld files, whose digests stay, and gives the new names by the old: they are cited elsewhere.
func (d *Document) redactEvidence(r Restriction) map[string]string {
	hidden := map[string]string{}
	rows := slices.Clone(d.Evidence)
	for i, e := range rows {
		if r.withholds(e.Path) {
			hidden[e.Path] = fmt.Sprintf("withheld-%d", len(hidden)+1)
			rows[i].Path, rows[i].Source, rows[i].Tool = hidden[e.Path], "", ""
		}
	}
	for _, path := range r.Evidence { // those that the document has no row of, and may speak of all the same
		if _, known := hidden[path]; !known && path != AllEvidence {
			hidden[path] = fmt.Sprintf("withheld-%d", len(hidden)+1)
		}
	}
	d.Evidence = rows
	return hidden
}

// scrubber replaces words in all texts of a document.
type scrubber struct {
	words []string          // as whole words
	paths map[string]string // wherever they stand
	mark  string
}

// enums are the keys of a document whose values are not texts of people.
var enums = [...]string{"schema", "lang", "id", "field", "kind", "domain", "duty", "sha256", "key", "harm", "counted", "reference", "candidate", "heatmap", "sheet", "due", "effort", "result"}

func (s scrubber) value(key string, v any) any {
	switch v := v.(type) {
	case string:
		if slices.Contains(enums[:], key) {
			return v
		}
		return s.text(v)
	case []any:
		for i := range v {
			v[i] = s.value(key, v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = s.value(k, v[k])
		}
	}
	return v
}

func (s scrubber) text(text string) string {
	for old, name := range s.paths {
		text = strings.ReplaceAll(text, old, name)
	}
	for _, w := range s.words {
		text = replaceWord(text, w, s.mark)
	}
	return text
}

// replaceWord replaces a word, whatever its case, where no letter or digit stands beside it.
func replaceWord(text, word, with string) string {
	if utf8.RuneCountInString(word) < 2 {
		return text
	}
	inside := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	var b strings.Builder
	for at := 0; at < len(text); {
		rest := text[at:]
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		if len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) && (at == 0 || !inside(before)) {
			after, _ := utf8.DecodeRuneInString(rest[len(word):])
			if len(rest) == len(word) || !inside(after) {
				b.WriteString(with)
				at += len(word)
				continue
			}
		}
		_, n := utf8.DecodeRuneInString(rest)
		b.WriteString(rest[:n])
		at += n
	}
	return b.String()
}
