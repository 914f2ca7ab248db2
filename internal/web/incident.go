package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/paper"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// incidentModel is the page of one incident, the page of 04:12. Its parts
// read the case by themselves; what needs thinking is worked out here.
type incidentModel struct {
	frame
	Case
	ID         string
	Phase      incident.Phase
	State      string // changes whenever something on the page does
	Decision   decision
	Clocks     []clockView
	Lines      []postmortem.Line
	Told       []told
	Can        can
	Options    options
	Generators []generator // that an incident test may be made of
	Tracker    string      // that actions stand in too; none if empty
	Missing    string      // approvals that the board still owes
	Draft      Draft
	Markdown   string // of the document, for the editor
	HTML       template.HTML
	Status     PublicationStatus
	Steps      []incident.Standing
	// StepsOver are those of the runbook that are done or skipped; Elsewhere is the address of the alert's own runbook.
	StepsOver int
	Elsewhere string
	Map       template.HTML // of the causes; empty where there are none
	Similar   []Similar
	Early     bool // nothing is contained, and nothing has been measured: what comes later is folded away
	who       names
}

// can says which forms the page shows: those that the visitor may send and
// the state would take.
type can struct {
	Respond, Contain, Analyse, Author, Waive, Close, Answer, See, Conclude, Approve, Draft, Edit, Submit, Restrict, Redact, Reopen, Resolve, Comment bool
}

// options are what the controls of the page offer to choose from.
type options struct {
	Severities, Leads, Owners, Routes, CauseKinds, Domains, Evidence, EvidenceKinds, Causes, Sizes, Withheld, Sections, Sources, Originals []option
}

func (s *Server) incident(w http.ResponseWriter, v *visit) error {
	p, err := s.incidentModel(v)
	if err != nil {
		return err
	}
	return s.render(w, "incident", http.StatusOK, p)
}

// incidentLive is the part of the page that the script refreshes.
func (s *Server) incidentLive(w http.ResponseWriter, v *visit) error {
	p, err := s.incidentModel(v)
	if err != nil {
		return err
	}
	return s.renderPart(w, "incident", "live", http.StatusOK, p)
}

func (s *Server) incidentModel(v *visit) (incidentModel, error) {
	c, persons, err := s.caseAndPeople(v.Context(), v.PathValue("id"))
	if err != nil {
		return incidentModel{}, err
	}
	whole := c
	if c, err = c.For(v.actor()); err != nil {
		return incidentModel{}, err
	}
	id, a := c.Incident.ID, v.actor()
	p := incidentModel{
		frame: s.frame(v, id+" · "+c.Incident.Opened.Title), Case: c, ID: id, Phase: c.Incident.Phase(), State: stateOf(c),
		Decision: nextDecision(c, a), Can: canDo(c, a), who: namesOf(persons), Early: early(c), Tracker: s.service.Backlog().Tracker,
	}
	p.URL.Path = "/incidents/" + id // also when only the live part is asked for
	p.Similar = s.similarTo(v, id)
	p.Clocks = clockViews(c.Incident, p.Lang, p.Now, p.Replayed)
	p.Steps, p.Elsewhere = c.Incident.Standings(), runbook.Elsewhere(c.Incident.Opened.Runbook, s.base)
	for _, st := range p.Steps {
		if st.Status.Over() {
			p.StepsOver++
		}
	}
	p.Lines, p.Told = c.Checklist(p.Now), timeline(c.Entries, p.who)
	p.Missing = joined(p.Lang, missingApprovals(c))
	p.Options, p.Map = p.choices(persons), drawMap(c, p.Lang)
	p.Generators = p.generatorsOf(s.service.Programs())
	p.Options.Sources = sourceOptions(p.Lang, s.service.EvidenceSources())
	if p.Draft, err = s.service.Document(v.Context(), whole); err != nil {
		return p, err
	}
	if !p.Whole() && p.Draft.Written() {
		p.Draft.News, p.Draft.Problems = nil, nil // they quote it
		if p.Draft.Document, err = c.Public(p.Draft.Document); err != nil {
			return p, err
		}
	}
	p.Status = StatusOf(c, p.Draft, persons, p.Now)
	return p, p.document()
}

// Problems are what the lint finds in the document, as the page shows them.
func (p incidentModel) Problems() []LintProblem { return ProblemsOf(p.Draft, p.who, p.Lang) }

// Formats are the forms in which the document is handed out.
func (p incidentModel) Formats() []string { return []string{"pdf", "html", "md", "json"} }

// OpenProblems counts those that nobody has overruled.
func (p incidentModel) OpenProblems() int { return len(postmortem.OpenProblems(p.Draft.Problems)) }

// early tells whether the incident still burns: then the page shows what
// stops the harm, and the rest is one click away.
func early(c Case) bool {
	return c.Incident.Contained == nil && c.Incident.Impact == nil && c.Incident.Resolved == nil && c.Incident.Closed == nil &&
		len(c.Analysis.Causes) == 0 && c.Analysis.Revision == 0 && len(c.Prevention.Actions) == 0
}

func (s *Server) caseAndPeople(ctx context.Context, id string) (Case, []people.Person, error) {
	c, err := s.service.Case(ctx, id)
	if err != nil {
		return c, nil, err
	}
	persons, err := s.service.People(ctx)
	return c, persons, err
}

// stateOf is short for what the page shows: the last event and the effects.
func stateOf(c Case) string {
	sum := sha256.Sum256(fmt.Append(nil, c.Incident.Seq, c.Analysis.Seq, len(c.Entries), c.Effects))
	return hex.EncodeToString(sum[:6])
}

// document prepares the document as it stands for reading and editing.
func (p *incidentModel) document() error {
	if !p.Draft.Written() {
		return nil
	}
	d := p.Draft.Document
	p.Can.Edit = p.Can.Edit || p.Can.Author && p.Incident.Closed == nil && p.Draft.Living
	p.Can.Submit = p.Can.Submit || p.Can.Author && p.Incident.Closed == nil && p.Draft.Living
	p.Markdown = string(d.Markdown(d.Lang))
	var err error
	p.HTML, err = paper.Fragment([]byte(p.Markdown), 2, paperMap(d, d.Lang)) // below the heading of the section
	return err
}

func canDo(c Case, a people.Actor) can {
	open := c.Incident.Closed == nil
	stage, lead := c.Analysis.Stage(), c.Incident.Lead
	may := func(p people.Permission) bool { return open && a.May(p) }
	return can{
		Respond: may(people.Respond), Contain: may(people.Contain), Analyse: may(people.Analyse),
		Author:   a.May(people.Author), // actions are followed after closing too
		Close:    may(people.CloseCase) && closable(c.Incident),
		Waive:    may(people.CloseCase) && a.Role == people.Board,
		Answer:   open && lead != nil && lead.To == a.ID && lead.Accepted == nil && lead.Refused == nil,
		See:      may(people.Approve),
		Conclude: may(people.Analyse) && c.Incident.Analysed == nil && c.Incident.Impact != nil,
		Approve:  mayApprove(c, a),
		Draft:    may(people.Author) && stage == postmortem.StageNone,
		Edit:     may(people.Author) && stage != postmortem.StageNone,
		Redact:   may(people.Author),
		Restrict: may(people.Author) && stage != postmortem.StageNone,
		Submit:   may(people.Author) && stage == postmortem.StageDrafting,
		Resolve:  may(people.Respond) && c.Incident.Resolved == nil,
		Reopen:   may(people.Respond) && c.Incident.Resolved != nil,
		Comment:  (may(people.Author) || may(people.Approve)) && c.Analysis.Revision > 0,
	}
}

// sourceOptions are what evidence may be collected from.
func sourceOptions(l phrase.Lang, s EvidenceSources) []option {
	var list []option
	for _, own := range []string{"series", "versions", "configuration"} {
		list = append(list, option{Value: own, Label: phrase.Say(l, phrase.Key("page.collect."+own))})
	}
	for _, k := range []struct {
		from  string
		names []string
	}{{"git", s.Git}, {"ci", s.CI}, {"command", s.Commands}} {
		for _, name := range k.names {
			list = append(list, option{Value: k.from + "/" + name, Label: phrase.Say(l, phrase.Key("page.collect."+k.from), name)})
		}
	}
	return list
}

// closable tells whether closing would be taken, but for the checklist: the
// cause is gone, what must be published is, and no route is changed any more.
func closable(s incident.State) bool {
	changed := slices.ContainsFunc(s.Mitigations, func(m incident.Mitigation) bool {
		return !m.Status.Over()
	})
	return s.Resolved != nil && !changed && (s.PublishedAt != nil || !s.Policy.Postmortem)
}

func (p *incidentModel) choices(persons []people.Person) options {
	o := options{
		Severities: severityOptions(p.Lang, p.Incident.Severity),
		CauseKinds: said(p.Lang, "document.kind.", postmortem.CauseKinds()),
		Domains:    said(p.Lang, "document.domain.", postmortem.Domains()),
	}
	for _, person := range persons {
		choice := option{Value: string(person.ID), Label: p.who.Of(person.ID)}
		o.Owners = append(o.Owners, choice)
		if person.Actor().May(people.Author) {
			o.Leads = append(o.Leads, choice)
		}
	}
	for _, r := range p.Incident.Opened.Routes {
		if _, active := p.Incident.Active(r); !active {
			o.Routes = append(o.Routes, option{Value: r, Label: r})
		}
	}
	for _, e := range p.Analysis.Evidence {
		o.Evidence = append(o.Evidence, option{Value: e.Path, Label: e.Path})
	}
	o.Withheld = []option{{Value: postmortem.AllEvidence, Label: phrase.Say(p.Lang, "form.restrict.all")}}
	o.Withheld = append(o.Withheld, o.Evidence...)
	for _, e := range p.Analysis.Evidence {
		o.Originals = append(o.Originals, option{Value: e.Path + "@" + e.SHA256, Label: e.Path})
	}
	for _, f := range postmortem.Withholdable() {
		o.Sections = append(o.Sections, option{Value: string(f), Label: f.Heading(p.Lang)})
	}
	for _, k := range postmortem.EvidenceKinds() {
		o.EvidenceKinds = append(o.EvidenceKinds, option{Value: string(k), Label: string(k), Selected: k == postmortem.OtherKind})
	}
	for _, c := range p.Analysis.Causes {
		o.Causes = append(o.Causes, option{Value: c.ID, Label: c.ID + " · " + causeText(c.CauseFields).In(p.Lang)})
	}
	for _, s := range prevention.Sizes() {
		o.Sizes = append(o.Sizes, option{Value: string(s), Label: string(s), Selected: s == prevention.Medium})
	}
	return o
}

// said makes options of values that have a sentence each.
func said[T ~string](l phrase.Lang, area string, values []T) []option {
	list := make([]option, len(values))
	for i, v := range values {
		list[i] = option{Value: string(v), Label: phrase.Say(l, phrase.Key(area+string(v)))}
	}
	return list
}

// Pressing is the running clock that ends first, or nil: on a phone it stands
// beside the decision.
func (p incidentModel) Pressing() *clockView {
	var first *clockView
	for i, c := range p.Clocks {
		running := c.State == clockRunning || c.State == clockRisk || c.State == clockOver
		if running && (first == nil || c.DueAt.Before(first.DueAt)) {
			first = &p.Clocks[i]
		}
	}
	return first
}

// Whole tells whether the visitor reads all of the postmortem.
func (p incidentModel) Whole() bool { return p.Restriction == nil || ReadsWhole(p.Who.Actor()) }

// Name gives the name of a person.
func (p incidentModel) Name(id people.ID) string { return p.who.Of(id) }

// Names joins the names of several people.
func (p incidentModel) Names(ids []people.ID) string { return p.who.all(ids) }

// Causes lists the causes by kind: direct, contributing, systemic.
func (p incidentModel) Causes() []postmortem.Cause {
	var list []postmortem.Cause
	for _, k := range postmortem.CauseKinds() {
		list = append(list, p.Analysis.CausesOf(k)...)
	}
	return list
}

// Cause says a cause.
func (p incidentModel) Cause(c postmortem.Cause) string { return causeText(c.CauseFields).In(p.Lang) }

// Resolvable tells whether the visitor may say what became of a comment.
func (p incidentModel) Resolvable(c postmortem.Comment) bool {
	return p.Incident.Closed == nil && (p.Can.Author || c.By == p.Who.ID)
}

// DocumentSections offers the sections of the document to comment on.
func (p incidentModel) DocumentSections() (list []option) {
	for _, s := range p.Draft.Document.Sections {
		if s.Field != "" && s.Field != postmortem.FieldTitle {
			list = append(list, option{Value: string(s.Field), Label: p.Say("document." + string(s.Field))})
		}
	}
	return list
}

// Seen tells whether the visitor has acknowledged a status update.
func (p incidentModel) Seen(u incident.Update) bool { return slices.Contains(u.SeenBy, p.Who.ID) }

// Overdue tells whether an action is late.
func (p incidentModel) Overdue(a prevention.Action) bool { return a.Overdue(p.Now) }

// Tables are the colour tables of the evidence, which an incident test may be tried on.
func (p incidentModel) Tables() (list []option) {
	for _, e := range p.Analysis.Evidence {
		if e.Kind == postmortem.LUT {
			list = append(list, option{Value: e.Path, Label: e.Path})
		}
	}
	return list
}

// generator is a program that makes images from settings alone, of which an incident test may be made.
type generator struct {
	experiment.Program
	Settings []setting
}

// setting is a parameter as the test has it, and as it was where that was bad.
type setting struct{ Good, Bad field }

// generatorsOf are the house's programs that make images.
func (p incidentModel) generatorsOf(all []experiment.Program) (list []generator) {
	for _, program := range all {
		if program.Kind() != experiment.Generate {
			continue
		}
		g := generator{Program: program}
		for _, key := range slices.Sorted(maps.Keys(program.Parameters)) {
			id := "generate-" + program.Name + "-" + key
			g.Settings = append(g.Settings, setting{
				Good: field{ID: id, Name: "p." + key, Label: key, Hint: program.Parameters[key], Required: true},
				Bad:  field{ID: id + "-bad", Name: "bad." + key, Label: p.Say("page.make-test.was", key), Hint: program.Parameters[key]},
			})
		}
		list = append(list, g)
	}
	return list
}

// Doubtable tells whether the reader may look at the proof of an action.
func (p incidentModel) Doubtable(a prevention.Action) bool {
	by := p.Who.Actor()
	return a.Waits() && (by.May(people.Author) || by.May(people.Approve))
}

// Closable tells whether the reader may give a proof that an action is done.
func (p incidentModel) Closable(a prevention.Action) bool {
	return a.Closed == nil && a.ProvenBy(p.Who.Actor())
}

// Confirmable tells whether the reader may confirm it: whoever gave it may not.
func (p incidentModel) Confirmable(a prevention.Action) bool {
	return p.Doubtable(a) && a.Given.By != p.Who.ID
}

// Blob is the address of a file of this incident.
func (p incidentModel) Blob(digest string) string { return "/incidents/" + p.ID + "/blobs/" + digest }

// Short is the beginning of a digest, enough to compare by eye.
func (p incidentModel) Short(digest string) string { return digest[:min(12, len(digest))] }

// Join joins words for reading.
func (p incidentModel) Join(list []string) string { return strings.Join(list, ", ") }

// OpenLines lists the lines of the checklist that are not true.
func (p incidentModel) OpenLines() []postmortem.Line {
	return slices.DeleteFunc(slices.Clone(p.Lines), func(l postmortem.Line) bool { return l.Done })
}

// Newest gives the told events, the latest first: that is what changed.
func (p incidentModel) Newest() []told {
	list := slices.Clone(p.Told)
	slices.Reverse(list)
	return list
}

// Moment writes the time of day, with the date in front on another day than the detection's.
func (p incidentModel) Moment(t time.Time) string {
	if t, d := t.UTC(), p.Incident.DetectedAt.UTC(); t.YearDay() != d.YearDay() || t.Year() != d.Year() {
		return t.Format("01-02 15:04:05")
	}
	return t.UTC().Format("15:04:05")
}

// Tomorrow is this time of the next day, for a control of moments.
func (p incidentModel) Tomorrow() string { return p.Now.UTC().Add(24 * time.Hour).Format(momentLayout) }

// Ordinal counts from 1, as people do.
func (p incidentModel) Ordinal(i int) int { return i + 1 }

// Bytes writes a size in kB of 1000 bytes, as budgets do.
func (p incidentModel) Bytes(n int64) string {
	if n < 1000 {
		return phrase.Say(p.Lang, "page.bytes", n)
	}
	return phrase.Say(p.Lang, "page.kilobytes", phrase.Decimal(p.Lang, float64(n)/1000, 1))
}

// Ratio writes an SSIM with the four decimals that matter.
func (p incidentModel) Ratio(v float64) string { return phrase.Decimal(p.Lang, v, 4) }

// Measure writes a number of a test.
func (p incidentModel) Measure(v float64) string { return phrase.Word(p.Lang, v) }

// Effect names a kind of effect, or gives the kind where there is no name.
func (p incidentModel) Effect(kind string) string {
	if k := phrase.Key("page.effect." + kind); phrase.Known(k) {
		return phrase.Say(p.Lang, k)
	}
	return kind
}

// EffectState says where an effect stands, or gives the queue's own word.
func (p incidentModel) EffectState(state string) string {
	if k := phrase.Key("page.effect.state." + state); phrase.Known(k) {
		return phrase.Say(p.Lang, k)
	}
	return state
}

// LineText says a line of the checklist by its name.
func (p incidentModel) LineText(name string) string {
	for _, l := range p.Lines {
		if l.Name == name {
			return l.Text.In(p.Lang)
		}
	}
	return name
}

// Outside is the target of a link that a person gave: a web address, or
// nothing for a path of the repository, which no page serves.
func (p incidentModel) Outside(link string) string {
	if strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://") {
		return link
	}
	return "#lessons"
}
