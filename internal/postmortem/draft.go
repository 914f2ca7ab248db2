package postmortem

import (
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// DraftInput is all that a draft is made of.
type DraftInput struct {
	Lang       phrase.Lang
	Incident   incident.State
	Postmortem State
	Entries    []journal.Entry // of the incident's stream
	Actions    []ActionLine
	Barriers   []Barrier
	Names      map[people.ID]string // of those who own a data gap
}

// Draft writes the document from the journal. The sections of the design's
// template are always there, ours where there is something to say.
func Draft(in DraftInput) Document {
	d := Document{
		Schema: SchemaID, Lang: in.Lang, ID: in.Incident.ID,
		Context: draftContext(in), RCA: draftRCA(in), Timeline: draftTimeline(in),
	}
	draftActions(&d, in.Actions)
	for i, l := range in.Postmortem.Lessons {
		d.Lessons = append(d.Lessons, oneLine(l.Text))
		for _, link := range l.links() {
			d.Links = append(d.Links, LessonLink{i + 1, link})
		}
	}
	if i := in.Incident.Impact; i != nil {
		d.Impact = draftImpact(*i)
	}
	draftAnalysis(&d, in)
	d.Sections = draftSections(d, in.Incident.Impact != nil)
	return d
}

var dueDate = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// draftActions writes the lines of the actions, and the details of those that have any.
func draftActions(d *Document, actions []ActionLine) {
	for i, a := range actions {
		action := Action{Done: a.Done, Text: plain(a.Text), Due: a.Due}
		if a.Due != "" && !dueDate.MatchString(a.Due) {
			// What is no date cannot stand as one, but must not be lost.
			action.Text, action.Due = action.Text+" – "+plain(a.Due), ""
		}
		d.Actions = append(d.Actions, action)
		detail := ActionDetail{
			Line: i + 1, Owner: oneLine(a.Owner), Domain: a.Domain, Impact: oneLine(a.Impact),
			Effort: oneLine(a.Effort), Ticket: oneLine(a.Ticket), Proof: oneLine(a.Proof),
		}
		if detail != (ActionDetail{Line: i + 1}) {
			d.Details = append(d.Details, detail)
		}
	}
}

// draftSections names the template's sections, and of ours those with content.
func draftSections(d Document, impact bool) []Section {
	fields := []Field{FieldTitle, FieldContext, FieldTimeline, FieldRCA, FieldActions, FieldLessons}
	for _, own := range []struct {
		field Field
		has   bool
	}{
		{FieldSystemic, len(d.Systemic) > 0}, {FieldImpact, impact}, {FieldCauses, len(d.Causes) > 0},
		{FieldWhys, len(d.Whys) > 0}, {FieldTests, len(d.Tests.Hypotheses) > 0}, {FieldEvidence, len(d.Evidence) > 0},
		{FieldDetails, len(d.Details) > 0}, {FieldLinks, len(d.Links) > 0}, {FieldBarriers, len(d.Barriers) > 0},
	} {
		if own.has {
			fields = append(fields, own.field)
		}
	}
	sections := make([]Section, len(fields))
	for i, f := range fields {
		sections[i] = Section{Field: f}
	}
	return sections
}

// sayOf keeps a sentence as it will be read back from JSON: numbers are
// float64 there. Arguments are brought onto one line.
func sayOf(s phrase.Sentence) *phrase.Sentence {
	args := make([]any, len(s.Args))
	for i, a := range s.Args {
		switch a := a.(type) {
		case int:
			args[i] = float64(a)
		case int64:
			args[i] = float64(a)
		case string:
			args[i] = oneLine(a)
		default:
			args[i] = a
		}
	}
	if len(args) == 0 {
		args = nil
	}
	return &phrase.Sentence{Key: s.Key, Args: args}
}

func draftContext(in DraftInput) Context {
	inc := in.Incident
	say := sayOf(impactSentence(inc.Impact))
	c := Context{Detected: stamp(inc.DetectedAt), Severity: string(inc.Severity), Impact: say.In(in.Lang), Say: say}
	for _, s := range inc.Opened.Stakeholders {
		c.Stakeholders = append(c.Stakeholders, item(s))
	}
	return c
}

func impactSentence(i *incident.Impact) phrase.Sentence {
	switch {
	case i == nil:
		return phrase.Of("impact.unfiled")
	case i.OverPalette > 0:
		return phrase.Of("impact.palette", i.OverPalette)
	case i.OverDeltaE > 0:
		return phrase.Of("impact.colour", i.OverDeltaE)
	case i.Affected > 0:
		return phrase.Of("document.affected", i.Affected)
	}
	return phrase.Of("impact.none")
}

// draftTimeline gives the milestones; the journal has the rest.
func draftTimeline(in DraftInput) []Row {
	automatic := map[string]string{} // route by mitigation
	joined := map[string]bool{}      // alerts by name: a storm is told once
	var rows []Row
	for _, e := range in.Entries {
		say, duty := milestone(e, automatic)
		if say.IsZero() {
			say, duty = alertMilestone(e, joined)
		}
		if say.IsZero() {
			say, duty = runbookMilestone(e, in)
		}
		if say.IsZero() {
			continue
		}
		s := sayOf(say)
		row := Row{
			Time: clockTime(e.OccurredAt, in.Incident.DetectedAt), Event: oneLine(s.In(in.Lang)), Say: s,
			Owner: phrase.Say(in.Lang, phrase.Key("duty."+string(duty))), Duty: string(duty),
		}
		// Several routes stopped in the same minute are one milestone.
		if n := len(rows); n == 0 || rows[n-1].Time != row.Time || rows[n-1].Event != row.Event {
			rows = append(rows, row)
		}
	}
	return rows
}

// milestone says what an entry means for the timeline, and whose duty it was.
func milestone(e journal.Entry, automatic map[string]string) (phrase.Sentence, people.Duty) {
	var say phrase.Sentence
	var duty people.Duty
	switch e.Type {
	case incident.TypeOpened:
		_ = on(e, func(v incident.Opened) { say, duty = detection(v), v.Duty })
	case incident.TypeMitigationRequested:
		_ = on(e, func(v incident.MitigationRequested) {
			if v.Automatic {
				automatic[v.ID] = v.Route
			}
		})
	case incident.TypeLeakFound:
		_ = on(e, func(v incident.LeakFound) { say, duty = phrase.Of("timeline.leak-found", v.Item), v.Duty })
	case incident.TypeQuarantined:
		_ = on(e, func(v incident.Quarantined) { say, duty = phrase.Of("timeline.quarantined-unseen", v.Item), v.Duty })
	case incident.TypeMitigationApplied:
		_ = on(e, func(v incident.MitigationApplied) { say, duty = containment(v, automatic[v.ID]), v.Duty })
	case incident.TypeAnalysisCompleted:
		say, duty = phrase.Of("timeline.analysis-completed"), people.Analyst
	case incident.TypeResolved:
		_ = on(e, func(v incident.Reasoned) { say, duty = phrase.Of("timeline.resolved", v.Text), v.Duty })
	}
	return say, duty
}

// alertMilestone says that another alert joined, or that none is left.
func alertMilestone(e journal.Entry, joined map[string]bool) (phrase.Sentence, people.Duty) {
	var say phrase.Sentence
	var duty people.Duty
	switch e.Type {
	case incident.TypeAlertJoined:
		_ = on(e, func(v incident.AlertJoined) {
			if !joined[v.Name] {
				joined[v.Name] = true
				say, duty = phrase.Of("timeline.alert-joined", v.Name, string(v.Severity)), v.Duty
			}
		})
	case incident.TypeAlertsResolved:
		_ = on(e, func(v incident.AlertsResolved) { say, duty = phrase.Of("timeline.alerts-resolved", v.Count), v.Duty })
	}
	return say, duty
}

func detection(v incident.Opened) phrase.Sentence {
	switch {
	case v.Rule == "":
		return phrase.Of("timeline.declared", v.Title)
	case v.ColourDrift:
		return phrase.Of("timeline.detected.colour")
	case v.Quarantine:
		return phrase.Of("timeline.detected.quarantine", v.Title)
	}
	return phrase.Of("timeline.detected", v.Rule)
}

func containment(v incident.MitigationApplied, automaticRoute string) phrase.Sentence {
	switch {
	case automaticRoute != "":
		return phrase.Of("timeline.mitigation-automatic", automaticRoute)
	case v.Duty == people.OnCall:
		return phrase.Of("timeline.mitigation-applied")
	}
	return phrase.Of("timeline.mitigation-applied-by")
}

// clockTime writes "04:12", with the date in front on another day than the detection's.
func clockTime(at, detected time.Time) string {
	at, detected = at.UTC(), detected.UTC()
	if at.Format(time.DateOnly) == detected.Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return at.Format("2006-01-02 15:04")
}

func draftRCA(in DraftInput) RCA {
	var rca RCA
	direct := in.Postmortem.CausesOf(Direct)
	switch len(direct) {
	case 0:
	case 1:
		rca.Direct = causeStatement(in.Lang, direct[0], oneLine)
	default:
		texts := make([]string, len(direct))
		for i, c := range direct {
			texts[i] = causeStatement(in.Lang, c, oneLine).Text
		}
		rca.Direct.Text = strings.Join(texts, "; ")
	}
	for _, c := range in.Postmortem.CausesOf(Contributing) {
		rca.Contributing = append(rca.Contributing, causeStatement(in.Lang, c, item))
	}
	return rca
}

// causeStatement prefers the sentence of a suggested cause, which can be said in the document's language.
func causeStatement(lang phrase.Lang, c Cause, tidy func(string) string) Statement {
	if c.Say == nil {
		return Statement{Text: tidy(c.Text)}
	}
	say := sayOf(*c.Say)
	return Statement{Text: tidy(say.In(lang)), Say: say}
}

// item makes one line that can stand in a list separated by commas.
func item(s string) string { return strings.ReplaceAll(oneLine(s), ", ", " – ") }

// plain makes one line that can stand before the owner and the date of an action.
func plain(s string) string { return strings.ReplaceAll(oneLine(s), " — ", " – ") }

// round keeps the decimals that a reader can use; the journal has all of them.
func round(f float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	if r := math.Round(f*scale) / scale; r != 0 && !math.IsInf(r, 0) && !math.IsNaN(r) {
		return r
	}
	return 0
}

// draftAnalysis fills the sections of ours that come from the analysis.
func draftAnalysis(d *Document, in DraftInput) {
	for _, c := range in.Postmortem.CausesOf(Systemic) {
		d.Systemic = append(d.Systemic, causeStatement(in.Lang, c, oneLine))
	}
	d.Causes, d.Arrows = draftCauses(in), draftArrows(in)
	for _, w := range in.Postmortem.Whys {
		d.Whys = append(d.Whys, WhyFields{w.Level, oneLine(w.Question), oneLine(w.Answer), listOf(w.Evidence), oneLine(w.Stop), w.Reaches})
	}
	for _, h := range in.Postmortem.Hypotheses {
		d.Tests.Hypotheses = append(d.Tests.Hypotheses, HypothesisFields{h.ID, oneLine(h.Text), h.Cause, oneLine(h.RefutedIf)})
		for _, t := range h.Tests {
			d.Tests.Runs = append(d.Tests.Runs, TestRow{
				t.Hypothesis, oneLine(t.Method), t.Result, draftNumbers(t.Numbers), listOf(t.Evidence), oneLine(t.Text),
			})
		}
	}
	for _, g := range in.Postmortem.Gaps {
		d.Tests.Gaps = append(d.Tests.Gaps, draftGap(in, g))
	}
	for _, e := range in.Postmortem.Evidence {
		d.Evidence = append(d.Evidence, EvidenceRow{e.Path, e.Kind, e.Size, e.SHA256, oneLine(e.Source), oneLine(e.Tool), stamp(e.At)})
	}
	for _, b := range in.Barriers {
		d.Barriers = append(d.Barriers, Barrier{oneLine(b.Text), b.Say, oneLine(b.Guard), oneLine(b.Proof)})
	}
}

// draftGap says how a gap ended in the words of the document: by the result of a test, or by a reason.
func draftGap(in DraftInput, g Gap) GapRow {
	row := GapRow{ID: g.ID, Hypothesis: g.Hypothesis, Missing: oneLine(g.Missing), Owner: string(g.Owner), Due: g.Due}
	if name := in.Names[g.Owner]; name != "" {
		row.Owner = oneLine(name)
	}
	if g.Closed != nil {
		row.Closed = oneLine(g.Reason)
		if g.Result != "" {
			row.Closed = phrase.Say(in.Lang, phrase.Key("document.result."+string(g.Result)))
		}
	}
	return row
}

func draftNumbers(numbers []Number) []Number {
	var list []Number
	tidy := strings.NewReplacer(";", ",", "=", ":") // the separators of the cell
	for _, n := range numbers {
		list = append(list, Number{tidy.Replace(oneLine(n.Name)), round(n.Value, 6), tidy.Replace(oneLine(n.Unit))})
	}
	return list
}

// listOf copies a list, with nothing for an empty one.
func listOf(list []string) []string { return append([]string(nil), list...) }

// draftCauses draws the map.
func draftCauses(in DraftInput) []CauseNode {
	var nodes []CauseNode
	for _, c := range in.Postmortem.Causes {
		s := causeStatement(in.Lang, c, oneLine)
		nodes = append(nodes, CauseNode{
			ID: c.ID, Kind: c.Kind, Domain: c.Domain, Text: s.Text, Say: s.Say,
			LeadsTo: listOf(in.Postmortem.Leads(c)), Evidence: listOf(c.Evidence), Standing: in.Postmortem.Standing(c.ID),
		})
	}
	return nodes
}

func draftArrows(in DraftInput) []ArrowRow {
	var rows []ArrowRow
	for _, c := range in.Postmortem.Causes {
		for _, to := range c.LeadsTo {
			if proofs := c.Proofs[to]; len(proofs) > 0 {
				rows = append(rows, ArrowRow{c.ID, to, listOf(proofs)})
			}
		}
	}
	return rows
}

// Template gives the empty postmortem that is laid beside the written ones.
func Template(lang phrase.Lang) Document {
	say := func(k phrase.Key) string { return phrase.Say(lang, "document.template."+k) }
	d := Document{
		Schema: SchemaID, Lang: lang, ID: "PM-YYYY-MM-DD-NN",
		Context:  Context{Detected: say("detected"), Severity: "S1", Impact: say("impact"), Stakeholders: []string{say("stakeholder")}},
		Timeline: []Row{{Time: "HH:MM", Event: say("event"), Owner: say("owner")}},
		RCA:      RCA{Statement{Text: say("direct")}, []Statement{{Text: say("contributing")}}},
		Actions:  []Action{{Text: say("action"), Owner: say("owner"), Due: "2025-10-01"}},
		Lessons:  []string{say("lesson")},
	}
	d.Sections = draftSections(d, false)
	return d
}
