package postmortem

import (
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// SealInput is what is known at publication.
type SealInput struct {
	Checklist []Line
	Approvals []Approval
	Revision  int
	SHA256    string       // that was approved
	Head      journal.Head // just before the publication event
	Withheld  *Restriction // what the document lacks; nil for nothing
}

// Seal adds the sealed part to a document, which is as it will be published: redacted where something is withheld.
func Seal(d Document, in SealInput) (Document, error) {
	s := &Sealed{Revision: in.Revision, SHA256: in.SHA256, HeadSize: in.Head.Size, HeadHash: in.Head.Hash.String()}
	for _, l := range in.Checklist {
		s.Checklist = append(s.Checklist, SealedLine{Text: l.Text.In(d.Lang), Say: sayOf(l.Text), Done: l.Done})
	}
	for _, a := range in.Approvals {
		s.Approvals = append(s.Approvals, SealedApproval{string(a.Domain), stamp(a.At), a.Revision, a.SHA256})
	}
	if in.Withheld != nil {
		hash, err := d.Hash()
		if err != nil {
			return d, err
		}
		s.Withheld, s.Reason, s.Redacted = in.Withheld.named(), oneLine(in.Withheld.Reason), hash
	}
	d.Sealed = s
	return d, nil
}

// named says what is withheld, without giving away what it is called.
func (r Restriction) named() []string {
	var list []string
	for _, name := range r.Sections {
		if _, ok := kindOf(Field(name)); ok {
			list = append(list, name)
		} else {
			list = append(list, "section")
		}
	}
	if len(r.Evidence) > 0 {
		list = append(list, "evidence files")
	}
	if r.Persons {
		list = append(list, "persons")
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// stamp writes a moment as documents do.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func approvalParts() []part[SealedApproval] {
	domains := make([]string, 0, 3)
	for _, d := range people.Domains() {
		domains = append(domains, string(d))
	}
	return []part[SealedApproval]{
		enumPart("document.domain", "board", domains, func(v *SealedApproval) *string { return &v.Domain }),
		textPart("document.approved-at", func(v *SealedApproval) *string { return &v.At }),
		intPart("document.revision", func(v *SealedApproval) *int { return &v.Revision }),
		textPart("document.sha256", func(v *SealedApproval) *string { return &v.SHA256 }),
	}
}

func sealParts() []part[Sealed] {
	return []part[Sealed]{
		intPart("document.revision", func(v *Sealed) *int { return &v.Revision }),
		textPart("document.content", func(v *Sealed) *string { return &v.SHA256 }),
		intPart("document.head-size", func(v *Sealed) *int64 { return &v.HeadSize }),
		textPart("document.head-hash", func(v *Sealed) *string { return &v.HeadHash }),
		listPart("document.withheld", func(v *Sealed) *[]string { return &v.Withheld }).maybe(),
		textPart("document.withheld.reason", func(v *Sealed) *string { return &v.Reason }).maybe(),
		textPart("document.withheld.hash", func(v *Sealed) *string { return &v.Redacted }).maybe(),
	}
}

// writeSealed writes the three sections of the sealed part.
func writeSealed(w *writer) {
	s := w.doc.Sealed
	w.line("## ", phrase.Say(w.lang, "document.checklist"))
	for _, l := range s.Checklist {
		box := "- [ ] "
		if l.Done {
			box = "- [x] "
		}
		w.line(box, w.spoken(l.Text, l.Say))
	}
	w.line("## ", phrase.Say(w.lang, "document.approvals"))
	writeTable(w, approvalParts(), s.Approvals)
	w.line("## ", phrase.Say(w.lang, "document.seal"))
	writeLines(w, sealParts(), s)
}

// sealed reads the end of the file as the sealed part, if it is exactly one.
func (p *parser) sealed(tail string) bool {
	if hasControl(tail) {
		return false
	}
	lang := p.doc.Lang
	checklist, rest, ok1 := strings.Cut(tail, "## "+phrase.Say(lang, "document.approvals")+"\n")
	approvals, seal, ok2 := strings.Cut(rest, "## "+phrase.Say(lang, "document.seal")+"\n")
	if !ok1 || !ok2 {
		return false
	}
	s := &Sealed{}
	if !readChecklist(checklist, s) || !readLines(lang, lines(seal), sealParts(), s) {
		return false
	}
	r := &reader{lang, lines(approvals)}
	if s.Approvals, ok1 = readTable(r, approvalParts()); !ok1 || len(r.lines) > 0 {
		return false
	}
	w := &writer{lang: lang, doc: &Document{Lang: lang, Sealed: s}}
	writeSealed(w)
	if w.String() != tail {
		return false
	}
	p.doc.Sealed = s
	p.known += 3
	return true
}

// lines splits a text that ends with a newline.
func lines(text string) []string {
	list := strings.Split(text, "\n")
	return list[:len(list)-1]
}

func readChecklist(text string, s *Sealed) bool {
	list := lines(text)
	if len(list) == 0 {
		return false
	}
	for _, line := range list[1:] {
		open, isOpen := strings.CutPrefix(line, "- [ ] ")
		done, isDone := strings.CutPrefix(line, "- [x] ")
		switch {
		case isOpen:
			s.Checklist = append(s.Checklist, SealedLine{Text: open})
		case isDone:
			s.Checklist = append(s.Checklist, SealedLine{Text: done, Done: true})
		default:
			return false
		}
	}
	return true
}
