package postmortem

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// SchemaID names the JSON Schema of [Document]; see [Schema].
const SchemaID = "https://safelight.dev/schema/postmortem-1.json"

// Limits of a document.
const (
	MaxMarkdown = 1 << 20 // bytes that Parse accepts
	MaxJSON     = 8 << 20 // bytes that ParseJSON accepts; control characters take six
	// maxAuthored bounds the canonical JSON of a revision, so that its event fits into a journal entry.
	maxAuthored = journal.MaxEntry - 16<<10
)

// Document is the model of a postmortem: what is stored, hashed and published
// as JSON. Sections gives the order of the file; a field that it does not name
// is empty. The zero Document is the empty file.
type Document struct {
	Schema   string         `json:"schema"`
	Lang     phrase.Lang    `json:"lang"`
	ID       string         `json:"id,omitempty"`
	Sections []Section      `json:"sections,omitempty"`
	Context  Context        `json:"context,omitzero"`
	Timeline []Row          `json:"timeline,omitempty"`
	RCA      RCA            `json:"rca,omitzero"`
	Actions  []Action       `json:"actions,omitempty"`
	Lessons  []string       `json:"lessons,omitempty"`
	Systemic []Statement    `json:"systemic,omitempty"`
	Impact   ImpactReport   `json:"impact,omitzero"`
	Causes   []CauseNode    `json:"causes,omitempty"`
	Whys     []WhyFields    `json:"whys,omitempty"`
	Tests    TestReport     `json:"tests,omitzero"`
	Evidence []EvidenceRow  `json:"evidence,omitempty"`
	Details  []ActionDetail `json:"details,omitempty"`
	Links    []LessonLink   `json:"links,omitempty"`
	Barriers []Barrier      `json:"barriers,omitempty"`
	Sealed   *Sealed        `json:"sealed,omitempty"`
}

// Field names what a section is parsed into.
type Field string

// The fields, in the order of a draft.
const (
	FieldTitle    Field = "title"
	FieldContext  Field = "context"
	FieldTimeline Field = "timeline"
	FieldRCA      Field = "rca"
	FieldActions  Field = "actions"
	FieldLessons  Field = "lessons"
	FieldSystemic Field = "systemic"
	FieldImpact   Field = "impact"
	FieldCauses   Field = "causes"
	FieldWhys     Field = "whys"
	FieldTests    Field = "tests"
	FieldEvidence Field = "evidence"
	FieldDetails  Field = "details"
	FieldLinks    Field = "links"
	FieldBarriers Field = "barriers"
)

// Section is one part of the file: a field, or verbatim Markdown.
type Section struct {
	Field    Field  `json:"field,omitempty"`
	Markdown string `json:"markdown,omitempty"`
}

// Statement is one line of text, with the sentence it was made of where the
// product said it itself.
type Statement struct {
	Text string           `json:"text"`
	Say  *phrase.Sentence `json:"say,omitempty"`
}

// Context says what happened to what, and who must know.
type Context struct {
	Detected     string           `json:"detected,omitempty"` // as written: "2025-09-27 04:12 UTC"
	Severity     string           `json:"severity,omitempty"`
	Impact       string           `json:"impact,omitempty"`
	Say          *phrase.Sentence `json:"say,omitempty"` // of the impact
	Stakeholders []string         `json:"stakeholders,omitempty"`
}

// Row is one line of the timeline. Duty is the owner where it is a duty of ours.
type Row struct {
	Time  string           `json:"time"` // as written: "04:12"
	Event string           `json:"event"`
	Say   *phrase.Sentence `json:"say,omitempty"`
	Owner string           `json:"owner"`
	Duty  string           `json:"duty,omitempty"`
}

// RCA holds the causes that the design's template shows.
type RCA struct {
	Direct       Statement   `json:"direct,omitzero"`
	Contributing []Statement `json:"contributing,omitempty"`
}

// Action is one corrective action as a line.
type Action struct {
	Done  bool   `json:"done,omitempty"`
	Text  string `json:"text"`
	Owner string `json:"owner,omitempty"`
	Due   string `json:"due,omitempty"` // 2025-10-01
}

// ImpactReport is the measured blast radius.
type ImpactReport struct {
	Checked     int           `json:"checked"`
	Affected    int           `json:"affected"`
	OverDeltaE  int           `json:"overDeltaE"`
	OverPalette int           `json:"overPalette"`
	MedianDelta float64       `json:"medianDeltaE00"`
	WorstDelta  float64       `json:"worstDeltaE00"`
	WorstPath   string        `json:"worstPath,omitempty"`
	FirstBad    string        `json:"firstBad,omitempty"` // as written: "2025-09-27 04:01 UTC"
	LastBad     string        `json:"lastBad,omitempty"`
	Pipelines   []string      `json:"pipelines,omitempty"`
	Routes      []string      `json:"routes,omitempty"`
	Deliveries  *int          `json:"deliveries,omitempty"`
	Method      string        `json:"method,omitempty"`
	Text        string        `json:"text,omitempty"`
	Palette     []ColourDrift `json:"palette,omitempty"`
	Images      []ImageRow    `json:"images,omitempty"`
}

// ColourDrift is the drift of one brand colour.
type ColourDrift struct {
	Name   string  `json:"name"`
	Images int     `json:"images"`
	Median float64 `json:"medianDeltaE00"`
	Worst  float64 `json:"worstDeltaE00"`
}

// ImageRow is one of the worst images; its pictures are named by SHA-256.
type ImageRow struct {
	Path      string  `json:"path"`
	DeltaE00  float64 `json:"deltaE00P95"`
	SSIM      float64 `json:"ssim"`
	Reference string  `json:"reference,omitempty"`
	Candidate string  `json:"candidate,omitempty"`
	Heatmap   string  `json:"heatmap,omitempty"`
}

// CauseNode is a cause of the map.
type CauseNode struct {
	ID       string           `json:"id"`
	Kind     CauseKind        `json:"kind"`
	Domain   Domain           `json:"domain"`
	Text     string           `json:"text"`
	Say      *phrase.Sentence `json:"say,omitempty"`
	LeadsTo  []string         `json:"leadsTo,omitempty"` // ids; empty leads to the incident
	Evidence []string         `json:"evidence,omitempty"`
}

// TestReport holds the hypotheses and the runs of their tests.
type TestReport struct {
	Hypotheses []HypothesisFields `json:"hypotheses,omitempty"`
	Runs       []TestFields       `json:"runs,omitempty"`
}

// EvidenceRow is one file of evidence.
type EvidenceRow struct {
	Path   string       `json:"path"`
	Kind   EvidenceKind `json:"kind"`
	Size   int64        `json:"size"`
	SHA256 string       `json:"sha256"`
	Source string       `json:"source,omitempty"`
	Tool   string       `json:"tool,omitempty"`
	Added  string       `json:"added,omitempty"` // as written
}

// ActionDetail says more about the action in that line, counted from 1.
type ActionDetail struct {
	Line   int    `json:"line"`
	Owner  string `json:"owner,omitempty"`
	Domain Domain `json:"domain,omitempty"`
	Impact string `json:"impact,omitempty"`
	Effort string `json:"effort,omitempty"`
	Ticket string `json:"ticket,omitempty"`
	Proof  string `json:"proof,omitempty"`
}

// LessonLink names the document that holds the lesson in that line, counted from 1.
type LessonLink struct {
	Line int    `json:"line"`
	Link string `json:"link"`
}

// Barrier is something that keeps the defect from coming back, with the proof that it does.
type Barrier struct {
	Text  string           `json:"text"`
	Say   *phrase.Sentence `json:"say,omitempty"`
	Guard string           `json:"guard,omitempty"`
	Proof string           `json:"proof,omitempty"`
}

// Sealed is the part that is written at publication, outside the hash.
type Sealed struct {
	Checklist []SealedLine     `json:"checklist,omitempty"`
	Approvals []SealedApproval `json:"approvals,omitempty"`
	Revision  int              `json:"revision"`
	SHA256    string           `json:"sha256"` // of the canonical JSON of the authored part
	HeadSize  int64            `json:"headSize"`
	HeadHash  string           `json:"headHash"` // of the journal, just before the publication event
}

// SealedLine is a line of the checklist.
type SealedLine struct {
	Text string           `json:"text"`
	Say  *phrase.Sentence `json:"say,omitempty"`
	Done bool             `json:"done,omitempty"`
}

// SealedApproval is an approval. The journal knows the person, the document the domain.
type SealedApproval struct {
	Domain   string `json:"domain"`
	At       string `json:"at"`
	Revision int    `json:"revision"`
	SHA256   string `json:"sha256"`
}

// Authored gives the document without its sealed part.
func (d Document) Authored() Document {
	d.Sealed = nil
	return d
}

// Hash is the SHA-256, in hexadecimal, of the canonical JSON of the authored part.
func (d Document) Hash() (string, error) {
	b, err := journal.Canonical(d.Authored())
	if err != nil {
		return "", fmt.Errorf("hash document %s: %w", d.ID, err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// JSON gives the published form: indented, with a newline at its end.
func (d Document) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("encode document %s: %w", d.ID, err)
	}
	return b.Bytes(), nil
}

// ParseJSON reads what [Document.JSON] wrote. A key that is not known is an
// error, since what is not understood would be lost.
func ParseJSON(b []byte) (Document, error) {
	if len(b) > MaxJSON {
		return Document{}, fmt.Errorf("read document of %d bytes, limit %d: %w", len(b), MaxJSON, journal.ErrTooLarge)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var d Document
	if err := dec.Decode(&d); err != nil {
		return Document{}, fmt.Errorf("read document as JSON: %w: %w", err, journal.ErrInvalid)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Document{}, fmt.Errorf("read document as JSON: text after the document: %w", journal.ErrInvalid)
	}
	return d, d.checkForm()
}

// checkForm checks schema, language and the list of sections.
func (d Document) checkForm() error {
	if d.Schema != SchemaID {
		return fmt.Errorf("read document: schema %q, want %q: %w", d.Schema, SchemaID, journal.ErrInvalid)
	}
	if !slices.Contains(phrase.Langs(), d.Lang) {
		return fmt.Errorf("read document: language %q, use one of %v: %w", d.Lang, phrase.Langs(), journal.ErrInvalid)
	}
	seen := map[Field]bool{}
	for i, s := range d.Sections {
		_, known := kindOf(s.Field)
		switch {
		case s.Field == "" && s.Markdown != "":
		case s.Field == "" || s.Markdown != "" || !known:
			return fmt.Errorf("read document: section %d is neither one known field nor Markdown: %w", i+1, journal.ErrInvalid)
		case seen[s.Field]:
			return fmt.Errorf("read document: section %q stands twice: %w", s.Field, journal.ErrInvalid)
		}
		seen[s.Field] = true
	}
	return nil
}

// Validate says in one sentence what is wrong with a document, or nil: its
// Markdown must be within the limit and give the same document when it is
// read, but for what Markdown does not carry (the sentences behind the text).
func (d Document) Validate() error {
	if err := d.checkForm(); err != nil {
		return err
	}
	b, err := journal.Canonical(d.Authored())
	if err != nil {
		return fmt.Errorf("check document %s: %w", d.ID, err)
	}
	if len(b) > maxAuthored {
		return fmt.Errorf("check document %s: its JSON has %d bytes, the limit is %d: %w", d.ID, len(b), maxAuthored, journal.ErrTooLarge)
	}
	again, err := ParseIn(d.Markdown(d.Lang), d.Lang)
	if err != nil {
		return fmt.Errorf("check document %s: %w", d.ID, err)
	}
	if want := d.carried(); !reflect.DeepEqual(again, want) {
		return fmt.Errorf("check document %s: section %q does not survive being written as Markdown; "+
			"keep each value on one line and out of the way of its separators: %w", d.ID, differing(want, again), journal.ErrInvalid)
	}
	return nil
}

// differing names the first section that two documents do not share.
func differing(want, got Document) string {
	for _, k := range kinds() {
		a, b := &writer{lang: want.Lang, doc: &want}, &writer{lang: want.Lang, doc: &got}
		k.write(a)
		k.write(b)
		if a.String() != b.String() {
			return string(k.field)
		}
	}
	return "order of sections"
}

// carried gives what the Markdown of a document carries: no sentences and
// duties, adjacent verbatim sections as one.
func (d Document) carried() Document {
	c := d.clone()
	for _, s := range c.statements() {
		*s.say = nil
	}
	for i := range c.Timeline {
		c.Timeline[i].Duty = ""
	}
	c.Sections = nil
	for _, s := range d.Sections {
		if n := len(c.Sections); n > 0 && s.Field == "" && c.Sections[n-1].Field == "" {
			c.Sections[n-1].Markdown += s.Markdown
			continue
		}
		c.Sections = append(c.Sections, s)
	}
	return c
}

// clone copies the document so deeply that its statements may be changed.
func (d Document) clone() Document {
	d.Timeline = slices.Clone(d.Timeline)
	d.RCA.Contributing, d.Systemic = slices.Clone(d.RCA.Contributing), slices.Clone(d.Systemic)
	d.Causes, d.Barriers = slices.Clone(d.Causes), slices.Clone(d.Barriers)
	if d.Sealed != nil {
		sealed := *d.Sealed
		sealed.Checklist = slices.Clone(sealed.Checklist)
		d.Sealed = &sealed
	}
	return d
}

// spoken points at a text and the sentence behind it.
type spoken struct {
	text *string
	say  **phrase.Sentence
}

// statements lists all texts that may have a sentence behind them.
func (d *Document) statements() []spoken {
	list := []spoken{{&d.Context.Impact, &d.Context.Say}, {&d.RCA.Direct.Text, &d.RCA.Direct.Say}}
	for i := range d.Timeline {
		list = append(list, spoken{&d.Timeline[i].Event, &d.Timeline[i].Say})
	}
	for _, s := range [][]Statement{d.RCA.Contributing, d.Systemic} {
		for i := range s {
			list = append(list, spoken{&s[i].Text, &s[i].Say})
		}
	}
	for i := range d.Causes {
		list = append(list, spoken{&d.Causes[i].Text, &d.Causes[i].Say})
	}
	for i := range d.Barriers {
		list = append(list, spoken{&d.Barriers[i].Text, &d.Barriers[i].Say})
	}
	if d.Sealed != nil {
		for i := range d.Sealed.Checklist {
			list = append(list, spoken{&d.Sealed.Checklist[i].Text, &d.Sealed.Checklist[i].Say})
		}
	}
	return list
}

// Inherit gives the document with the sentences and duties that old has for
// the same texts. A document edited as Markdown has lost them.
func (d Document) Inherit(old Document) Document {
	if d.Lang != old.Lang {
		return d
	}
	says, duties := map[string]*phrase.Sentence{}, map[string]string{}
	for _, s := range old.statements() {
		if *s.say != nil {
			says[*s.text] = *s.say
		}
	}
	for _, r := range old.Timeline {
		duties[r.Owner] = r.Duty
	}
	d = d.clone()
	for _, s := range d.statements() {
		if *s.say == nil {
			*s.say = says[*s.text]
		}
	}
	for i := range d.Timeline {
		if r := &d.Timeline[i]; r.Duty == "" {
			r.Duty = duties[r.Owner]
		}
	}
	return d
}

// oneLine makes one line of a person's text: no line breaks, no control
// characters, no runs of white space.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return strings.Join(strings.Fields(s), " ")
}
