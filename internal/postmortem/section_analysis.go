package postmortem

import (
	"strings"

	"github.com/safelight-dev/safelight/internal/causemap"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func causeParts() []part[CauseNode] {
	return []part[CauseNode]{
		textPart("document.cause", func(c *CauseNode) *string { return &c.ID }),
		enumPart("document.kind", "kind", CauseKinds(), func(c *CauseNode) *CauseKind { return &c.Kind }),
		enumPart("document.domain", "domain", Domains(), func(c *CauseNode) *Domain { return &c.Domain }),
		spokenPart("document.text", func(c *CauseNode) spoken { return spoken{&c.Text, &c.Say} }),
		listPart("document.leads-to", func(c *CauseNode) *[]string { return &c.LeadsTo }),
		listPart("document.proofs", func(c *CauseNode) *[]string { return &c.Evidence }),
		enumPart("document.standing", "standing", Standings(), func(c *CauseNode) *Standing { return &c.Standing }),
	}
}

// Map gives the causes of the document as they are drawn, the incident first.
func (d Document) Map(l phrase.Lang) []causemap.Node {
	if len(d.Causes) == 0 {
		return nil
	}
	nodes := d.mermaidNodes(l)
	w := writer{doc: &d, lang: l}
	nodes[0].Text, nodes[0].Note = w.spoken(d.Context.Impact, d.Context.Say), d.ID
	for i, c := range d.Causes {
		n := &nodes[i+1]
		if len(n.LeadsTo) == 0 {
			n.LeadsTo = []string{causemap.Incident}
		}
		n.Domain, n.Standing, n.Note = string(c.Domain), string(c.Standing), phrase.Say(l, phrase.Key("document.kind."+string(c.Kind)))
		if c.Standing != "" {
			n.Note += " · " + phrase.Say(l, phrase.Key("analysis.standing."+string(c.Standing)))
		}
	}
	return nodes
}

// mermaidNodes gives the causes as the Markdown has them: changing a node changes the text of every document.
func (d Document) mermaidNodes(l phrase.Lang) []causemap.Node {
	w := writer{doc: &d, lang: l}
	nodes := []causemap.Node{{ID: causemap.Incident, Text: d.ID}}
	for _, c := range d.Causes {
		nodes = append(nodes, causemap.Node{ID: c.ID, Kind: string(c.Kind), Text: w.spoken(c.Text, c.Say), LeadsTo: c.LeadsTo})
	}
	return nodes
}

// writeCauses writes the map as Mermaid and then as a table, from which it is read, and the evidence of its arrows, where there is any, as another.
func writeCauses(w *writer) {
	w.line("```mermaid")
	for _, line := range causemap.Mermaid(w.doc.mermaidNodes(w.lang)) {
		w.line(line)
	}
	w.line("```")
	w.line()
	writeTable(w, causeParts(), w.doc.Causes)
	if len(w.doc.Arrows) > 0 {
		w.line()
		writeTable(w, arrowParts(), w.doc.Arrows)
	}
}

func arrowParts() []part[ArrowRow] {
	return []part[ArrowRow]{
		textPart("document.cause", func(v *ArrowRow) *string { return &v.From }),
		textPart("document.leads-to", func(v *ArrowRow) *string { return &v.To }),
		listPart("document.proofs", func(v *ArrowRow) *[]string { return &v.Evidence }),
	}
}

func readCauses(r *reader, d *Document) (ok bool) {
	if !r.next("```mermaid") {
		return false
	}
	r.take() // the drawing is made from the table and compared afterwards
	if !r.next("") {
		return false
	}
	if d.Causes, ok = readTable(r, causeParts()); !ok {
		return false
	}
	for _, c := range d.Causes {
		if !causeID.MatchString(c.ID) || c.Kind == "" {
			return false
		}
	}
	if r.next("") {
		d.Arrows, ok = readTable(r, arrowParts())
	}
	return ok
}

func whyParts() []part[WhyFields] {
	return []part[WhyFields]{
		intPart("document.level", func(v *WhyFields) *int { return &v.Level }),
		textPart("document.question", func(v *WhyFields) *string { return &v.Question }),
		textPart("document.answer", func(v *WhyFields) *string { return &v.Answer }),
		listPart("document.proofs", func(v *WhyFields) *[]string { return &v.Evidence }),
		textPart("document.stop", func(v *WhyFields) *string { return &v.Stop }),
		enumPart("document.reaches", "reaches", Reaches(), func(v *WhyFields) *Reach { return &v.Reaches }),
	}
}

func hypothesisParts() []part[HypothesisFields] {
	return []part[HypothesisFields]{
		textPart("document.hypothesis", func(v *HypothesisFields) *string { return &v.ID }),
		textPart("document.text", func(v *HypothesisFields) *string { return &v.Text }),
		textPart("document.cause", func(v *HypothesisFields) *string { return &v.Cause }),
		textPart("document.refuted-if", func(v *HypothesisFields) *string { return &v.RefutedIf }),
	}
}

func testParts() []part[TestRow] {
	return []part[TestRow]{
		textPart("document.hypothesis", func(v *TestRow) *string { return &v.Hypothesis }),
		textPart("document.method", func(v *TestRow) *string { return &v.Method }),
		enumPart("document.result", "result", Results(), func(v *TestRow) *Result { return &v.Result }),
		{label: "document.numbers", write: writeNumbers, read: readNumbers},
		listPart("document.proofs", func(v *TestRow) *[]string { return &v.Evidence }),
		textPart("document.remark", func(v *TestRow) *string { return &v.Text }),
	}
}

// writeNumbers writes "name = 1,25 unit; name = 3".
func writeNumbers(w *writer, v *TestRow) string {
	texts := make([]string, len(v.Numbers))
	for i, n := range v.Numbers {
		texts[i] = n.Name + " = " + writeDecimal(w.lang, n.Value)
		if n.Unit != "" {
			texts[i] += " " + n.Unit
		}
	}
	return strings.Join(texts, "; ")
}

func readNumbers(lang phrase.Lang, s string, v *TestRow) bool {
	if s == "" {
		return true
	}
	for text := range strings.SplitSeq(s, "; ") {
		name, rest, found := strings.Cut(text, " = ")
		value, unit, _ := strings.Cut(rest, " ")
		f, ok := readDecimal(lang, value)
		if !found || !ok || name == "" {
			return false
		}
		v.Numbers = append(v.Numbers, Number{name, f, unit})
	}
	return true
}

func gapParts() []part[GapRow] {
	return []part[GapRow]{
		textPart("document.gap", func(v *GapRow) *string { return &v.ID }),
		textPart("document.hypothesis", func(v *GapRow) *string { return &v.Hypothesis }),
		textPart("document.missing", func(v *GapRow) *string { return &v.Missing }),
		textPart("document.owner", func(v *GapRow) *string { return &v.Owner }),
		textPart("document.due", func(v *GapRow) *string { return &v.Due }),
		textPart("document.closed", func(v *GapRow) *string { return &v.Closed }),
	}
}

// writeTests writes the hypotheses and the runs of their tests as two tables, and the data gaps, where there are any, as a third.
func writeTests(w *writer) {
	writeTable(w, hypothesisParts(), w.doc.Tests.Hypotheses)
	w.line()
	writeTable(w, testParts(), w.doc.Tests.Runs)
	if len(w.doc.Tests.Gaps) > 0 {
		w.line()
		writeTable(w, gapParts(), w.doc.Tests.Gaps)
	}
}

func readTests(r *reader, d *Document) (ok bool) {
	if d.Tests.Hypotheses, ok = readTable(r, hypothesisParts()); !ok || !r.next("") {
		return false
	}
	if d.Tests.Runs, ok = readTable(r, testParts()); !ok || !r.next("") {
		return ok
	}
	d.Tests.Gaps, ok = readTable(r, gapParts())
	return ok
}

func evidenceParts() []part[EvidenceRow] {
	return []part[EvidenceRow]{
		textPart("document.file", func(v *EvidenceRow) *string { return &v.Path }),
		textPart("document.kind", func(v *EvidenceRow) *EvidenceKind { return &v.Kind }),
		intPart("document.size", func(v *EvidenceRow) *int64 { return &v.Size }),
		textPart("document.sha256", func(v *EvidenceRow) *string { return &v.SHA256 }),
		textPart("document.source", func(v *EvidenceRow) *string { return &v.Source }),
		textPart("document.tool", func(v *EvidenceRow) *string { return &v.Tool }),
		textPart("document.added", func(v *EvidenceRow) *string { return &v.Added }),
	}
}

func detailParts() []part[ActionDetail] {
	return []part[ActionDetail]{
		intPart("document.line", func(v *ActionDetail) *int { return &v.Line }),
		textPart("document.owner", func(v *ActionDetail) *string { return &v.Owner }),
		enumPart("document.domain", "domain", Domains(), func(v *ActionDetail) *Domain { return &v.Domain }),
		textPart("document.gain", func(v *ActionDetail) *string { return &v.Impact }),
		textPart("document.effort", func(v *ActionDetail) *string { return &v.Effort }),
		textPart("document.ticket", func(v *ActionDetail) *string { return &v.Ticket }),
		textPart("document.proof", func(v *ActionDetail) *string { return &v.Proof }),
	}
}

func linkParts() []part[LessonLink] {
	return []part[LessonLink]{
		intPart("document.line", func(v *LessonLink) *int { return &v.Line }),
		textPart("document.link", func(v *LessonLink) *string { return &v.Link }),
	}
}

func barrierParts() []part[Barrier] {
	return []part[Barrier]{
		spokenPart("document.barrier", func(v *Barrier) spoken { return spoken{&v.Text, &v.Say} }),
		textPart("document.guard", func(v *Barrier) *string { return &v.Guard }),
		textPart("document.proof", func(v *Barrier) *string { return &v.Proof }),
	}
}
