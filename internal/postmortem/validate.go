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
