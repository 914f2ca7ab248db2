package web

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/causemap"
	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/suspect"
)

// AnalysisService is what the pages and the API of the analysis ask of the application.
type AnalysisService interface {
	// Compare ranks what the bad images of an incident have in common that the good ones have not.
	Compare(ctx context.Context, id string, q suspect.Query) (suspect.Comparison, error)
	// Programs lists the programs of the house by which hypotheses are tested, by their names.
	Programs() []experiment.Program
	// Suggest finds causes in the evidence of an incident that are not noted yet.
	Suggest(ctx context.Context, c Case) ([]postmortem.Suggestion, error)
	// MakeTest makes an incident test, or says why it would not guard.
	MakeTest(ctx context.Context, by people.Actor, id string, t MakeTest) error
	// RunTest runs a falsification test and records its outcome.
	RunTest(ctx context.Context, by people.Actor, id string, t RunTest) (postmortem.Result, error)
}

// analysisModel is the workspace of the morning after.
type analysisModel struct {
	incidentModel
	Suggested []postmortem.Suggestion
	Asked     bool // for suggestions
}

func (s *Server) analysisRoutes() []route {
	return []route{
		{"GET /incidents/{id}/analysis", person, 0, s.analysisPage},
		{"GET /incidents/{id}/compare", person, 0, s.comparePage},
		{"GET /incidents/{id}/test", person, 0, s.testPage},
		{"GET /incidents/{id}/map/{format}", person, 0, s.mapFile},
		{"POST /incidents/{id}/map", person, causemap.MaxBytes + formLimit, s.takeMap},
	}
}

func analysisPath(id, part string) string {
	return "/incidents/" + url.PathEscape(id) + "/analysis#" + part
}

func (s *Server) analysisPage(w http.ResponseWriter, v *visit) error {
	p, err := s.incidentModel(v)
	if err != nil {
		return err
	}
	p.URL.Path = "/incidents/" + p.ID + "/analysis"
	m := analysisModel{incidentModel: p, Asked: v.URL.Query().Has("suggest")}
	if m.Asked {
		if m.Suggested, err = s.service.Suggest(v.Context(), p.Case); err != nil {
			return err
		}
	}
	return s.render(w, "analysis", http.StatusOK, m)
}

// MapNodes gives the map of causes as it is drawn and exported, the incident first.
func MapNodes(c Case, l phrase.Lang) []causemap.Node {
	nodes := []causemap.Node{{ID: causemap.Incident, Text: c.Incident.Opened.Title, Note: c.Incident.ID}}
	for _, cause := range c.Analysis.Causes {
		standing := c.Analysis.Standing(cause.ID)
		leads := c.Analysis.Leads(cause)
		if len(leads) == 0 {
			leads = []string{causemap.Incident}
		}
		nodes = append(nodes, causemap.Node{
			ID: cause.ID, Text: causeText(cause.CauseFields).In(l), Kind: string(cause.Kind), Domain: string(cause.Domain), Standing: string(standing), LeadsTo: leads,
			Note: phrase.Say(l, phrase.Key("document.kind."+string(cause.Kind))) + " · " + phrase.Say(l, phrase.Key("analysis.standing."+string(standing))),
		})
	}
	return nodes
}

func drawMap(c Case, l phrase.Lang) template.HTML {
	if len(c.Analysis.Causes) == 0 {
		return ""
	}
	return template.HTML(causemap.Layout(MapNodes(c, l)).SVG(phrase.Say(l, "analysis.map.label", c.Incident.ID))) // escaped where it is written
}

// mapFile gives the map as a file.
func (s *Server) mapFile(w http.ResponseWriter, v *visit) error {
	c, err := s.service.Case(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	if c, err = c.For(v.actor()); err != nil {
		return err
	}
	format, ok := strings.CutPrefix(v.PathValue("format"), "causes.")
	if !ok {
		return errNoPage
	}
	data, kind, err := MapAs(c, v.lang, format)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.ToLower(c.Incident.ID)+`-causes.`+format+`"`)
	_, _ = w.Write(data) // the client may have gone
	return nil
}

// MapAs writes the map of causes in a format: svg, mmd (Mermaid) or excalidraw.
func MapAs(c Case, l phrase.Lang, format string) (data []byte, kind string, err error) {
	nodes := MapNodes(c, l)
	switch format {
	case "svg":
		return causemap.Layout(nodes).SVG(phrase.Say(l, "analysis.map.label", c.Incident.ID)), "image/svg+xml", nil
	case "mmd":
		return []byte(strings.Join(causemap.Mermaid(nodes), "\n") + "\n"), "text/plain; charset=utf-8", nil
	case "excalidraw":
		data, err = causemap.Layout(nodes).Excalidraw()
		return data, "application/vnd.excalidraw+json", err
	}
	return nil, "", phrase.Refusal(journal.ErrNotFound, "refusal.map.format", fmt.Sprintf("%.20q", format))
}

// ReadMap reads a map that was drawn elsewhere: a scene of Excalidraw, or else Mermaid. Its causes get ids of ours; those that it knows keep them.
func ReadMap(state postmortem.State, data []byte) (postmortem.TakeMap, error) {
	read := causemap.ParseMermaid
	if strings.HasPrefix(strings.TrimSpace(string(data[:min(len(data), 200)])), "{") {
		read = causemap.ParseExcalidraw
	}
	nodes, err := read(data)
	if err != nil {
		return postmortem.TakeMap{}, err
	}
	return postmortem.MapCommand(state, nodes), nil
}

// takeMap takes over a map that was drawn elsewhere.
func (s *Server) takeMap(w http.ResponseWriter, v *visit) error {
	file, _, err := v.FormFile("file")
	if err != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.map.upload", err)
	}
	defer func() { _ = file.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(file, causemap.MaxBytes+1))
	if err != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.map.upload", err)
	}
	id := v.PathValue("id")
	c, err := s.service.Case(v.Context(), id)
	if err != nil {
		return err
	}
	command, err := ReadMap(c.Analysis, data)
	if err != nil {
		return err
	}
	if err := s.service.Do(v.Context(), v.actor(), id, command); err != nil {
		return err
	}
	return s.back(w, v, analysisPath(id, "map"), "page.done.map")
}

// Todo says what the analysis still lacks, in the order in which it is usually done.
func (m analysisModel) Todo() []string {
	var list []string
	add := func(lacks bool, key phrase.Key, args ...any) {
		if lacks {
			list = append(list, phrase.Say(m.Lang, key, args...))
		}
	}
	a := m.Analysis
	add(len(a.CausesOf(postmortem.Direct)) == 0, "analysis.todo.direct")
	add(len(a.CausesOf(postmortem.Systemic)) == 0, "analysis.todo.systemic")
	var untested []string
	for _, h := range a.Hypotheses {
		if len(h.Tests) == 0 {
			untested = append(untested, h.ID)
		}
	}
	add(len(a.Hypotheses) == 0, "analysis.todo.hypothesis")
	add(len(untested) > 0, "analysis.todo.untested", strings.Join(untested, ", "))
	whys := a.Whys
	add(len(whys) < 5 && !postmortem.EndsWell(whys), "analysis.todo.whys", len(whys))
	add(len(whys) == 5 && !postmortem.EndsWell(whys), "analysis.todo.reach")
	for _, g := range a.OpenGaps() {
		late := g.Due < m.Now.UTC().Format(time.DateOnly)
		add(!late, "analysis.todo.gap", g.ID, g.Missing, m.Name(g.Owner), g.Due)
		add(late, "analysis.todo.gap.late", g.ID, g.Missing, m.Name(g.Owner), g.Due)
	}
	return list
}

// Standing says how well a cause is founded.
func (m analysisModel) Standing(c postmortem.Cause) postmortem.Standing {
	return m.Analysis.Standing(c.ID)
}

// Judgeable tells whether the visitor may accept a cause.
func (m analysisModel) Judgeable(c postmortem.Cause) bool {
	standing := m.Standing(c)
	return m.Can.Analyse && standing != postmortem.Proven && standing != postmortem.Disproven && standing != postmortem.Accepted &&
		!slices.ContainsFunc(m.Analysis.JudgementsOf(c.ID), func(j postmortem.Judgement) bool { return j.By == m.Who.ID })
}

// Removable tells whether nothing needs a cause.
func (m analysisModel) Removable(c postmortem.Cause) bool {
	return m.Can.Analyse && !slices.ContainsFunc(m.Analysis.Hypotheses, func(h postmortem.Hypothesis) bool { return h.Cause == c.ID }) &&
		!slices.ContainsFunc(m.Analysis.Causes, func(o postmortem.Cause) bool { return slices.Contains(o.LeadsTo, c.ID) })
}

// Linkable offers the causes that a cause does not lead to yet and that do not lead to it.
func (m analysisModel) Linkable(c postmortem.Cause) (list []option) {
	for i, o := range m.Analysis.Causes {
		nodes := []causemap.Node{{ID: c.ID, LeadsTo: append(slices.Clone(c.LeadsTo), o.ID)}}
		for _, x := range m.Analysis.Causes {
			if x.ID != c.ID {
				nodes = append(nodes, causemap.Node{ID: x.ID, LeadsTo: x.LeadsTo})
			}
		}
		if o.ID != c.ID && !slices.Contains(c.LeadsTo, o.ID) && causemap.Cycle(nodes) == nil {
			list = append(list, m.Options.Causes[i])
		}
	}
	return list
}

// NextWhy is the number of the next answer of the why chain, 0 after the fifth or where it was ended.
func (m analysisModel) NextWhy() int {
	whys := m.Analysis.Whys
	if n := len(whys); n < 5 && (n == 0 || whys[n-1].Stop == "") {
		return n + 1
	}
	return 0
}

// Again gives the test of a gap as the fields of a form: names, and as labels their values.
func (m analysisModel) Again(g postmortem.Gap) (list []option) {
	add := func(name, value string) {
		if value != "" {
			list = append(list, option{Value: name, Label: value})
		}
	}
	r := g.Test
	add("hypothesis", g.Hypothesis)
	add("kind", string(r.Kind))
	add("lut", r.LUT)
	add("program", r.Program)
	add("expr", r.Expr)
	if r.Attribute != "" {
		add("attribute", r.Attribute+"="+r.Value)
	}
	if r.Sample > 0 {
		add("sample", strconv.Itoa(r.Sample))
	}
	for name, at := range map[string]*time.Time{"since": r.Since, "until": r.Until} {
		if at != nil {
			add(name, at.UTC().Format(time.RFC3339))
		}
	}
	for _, path := range r.Evidence {
		add("evidence", path)
	}
	for _, key := range slices.Sorted(maps.Keys(r.Parameters)) {
		add("p."+key, r.Parameters[key])
	}
	return list
}

// Chosen marks the options that are chosen already.
func (m analysisModel) Chosen(options []option, chosen ...string) []option {
	list := slices.Clone(options)
	for i := range list {
		list[i].Selected = slices.Contains(chosen, list[i].Value)
	}
	return list
}

// KindsOf offers the kinds of cause, that of a cause chosen.
func (m analysisModel) KindsOf(c postmortem.Cause) []option {
	return m.Chosen(m.Options.CauseKinds, string(c.Kind))
}

// DomainsOf offers the domains, that of a cause chosen.
func (m analysisModel) DomainsOf(c postmortem.Cause) []option {
	return m.Chosen(m.Options.Domains, string(c.Domain))
}

// EvidenceOf offers the evidence, that of a cause chosen.
func (m analysisModel) EvidenceOf(c postmortem.Cause) []option {
	return m.Chosen(m.Options.Evidence, c.Evidence...)
}

// Proofs offers the evidence, that of an answer chosen.
func (m analysisModel) Proofs(chosen []string) []option {
	return m.Chosen(m.Options.Evidence, chosen...)
}

// ReachesOf offers what an answer may have come to, that of an answer chosen.
func (m analysisModel) ReachesOf(w postmortem.WhyFields) []option {
	return m.Chosen(m.Reaches(), string(w.Reaches))
}

// Reaches offers what an answer may have come to.
func (m analysisModel) Reaches() []option {
	return said(m.Lang, "document.reaches.", postmortem.Reaches())
}

// Pictures offers the pictures among the evidence.
func (m analysisModel) Pictures() (list []option) {
	for _, e := range m.Analysis.Evidence {
		if e.Kind == postmortem.Image || e.Kind == postmortem.OtherKind {
			list = append(list, option{Value: e.Path, Label: e.Path})
		}
	}
	return list
}

// Snapshot is the address of a board's picture, or "".
func (m analysisModel) Snapshot(b postmortem.Whiteboard) string {
	for _, e := range m.Analysis.Evidence {
		if e.Path == b.Snapshot {
			return m.Blob(e.SHA256)
		}
	}
	return ""
}

// Digest gives the address of a file of the evidence.
func (m incidentModel) Digest(path string) string {
	for _, e := range m.Analysis.Evidence {
		if e.Path == path {
			return m.Blob(e.SHA256)
		}
	}
	return ""
}

// Gaps lists the data gaps, the open ones first.
func (m analysisModel) Gaps() []postmortem.Gap {
	list := slices.Clone(m.Analysis.Gaps)
	slices.SortStableFunc(list, func(a, b postmortem.Gap) int {
		return boolInt(a.Closed != nil) - boolInt(b.Closed != nil)
	})
	return list
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Late tells whether a gap is open after its day.
func (m analysisModel) Late(g postmortem.Gap) bool {
	return g.Late(m.Now)
}

// comparisonModel is the comparison of good and bad images.
type comparisonModel struct {
	incidentModel
	Result suspect.Comparison
	Harms  []option
	More   int // suspects that are not shown
	Since  string
	Until  string
}

// maxSuspects is how many lines of a ranking are worth reading.
const maxSuspects = 15

func (s *Server) comparePage(w http.ResponseWriter, v *visit) error {
	p, err := s.incidentModel(v)
	if err != nil {
		return err
	}
	if !p.Whole() {
		return compareRestricted(p.ID)
	}
	p.URL.Path = "/incidents/" + p.ID + "/compare"
	q := suspect.Query{Harm: suspect.Harm(v.URL.Query().Get("harm"))}
	f := fields{v.URL.Query()}
	q.Since, q.Until = f.moment("since"), f.moment("until")
	m := comparisonModel{incidentModel: p}
	if m.Result, err = s.service.Compare(v.Context(), p.ID, q); err != nil {
		return err
	}
	m.Since, m.Until = m.Result.Since.Format(momentLayout), m.Result.Until.Format(momentLayout)
	for _, h := range []suspect.Harm{suspect.Quality, suspect.Metadata} {
		m.Harms = append(m.Harms, option{Value: string(h), Label: phrase.Say(p.Lang, h.Phrase()), Selected: m.Result.Harm == h})
	}
	if m.More = len(m.Result.Suspects) - maxSuspects; m.More > 0 {
		m.Result.Suspects = m.Result.Suspects[:maxSuspects]
	}
	return s.render(w, "compare", http.StatusOK, m)
}

// Of gives a count among a population: "36 of 36".
func (m comparisonModel) Of(n int, among suspect.Among, bad bool) string {
	b, g := m.Result.Of(among)
	if bad {
		return phrase.Say(m.Lang, "analysis.of", n, b)
	}
	return phrase.Say(m.Lang, "analysis.of", n, g)
}

// Value writes the value of an attribute, or that there is none.
func (m comparisonModel) Value(a suspect.Attribute) string {
	if a.Value == "" {
		return phrase.Say(m.Lang, "compare.empty")
	}
	return a.Value
}

// Score writes a score with the two decimals that matter.
func (m comparisonModel) Score(v float64) string { return phrase.Decimal(m.Lang, v, 2) }

// Bar is the width of a score's bar, of 60.
func (m comparisonModel) Bar(v float64) string { return strconv.FormatFloat(max(v, 0)*60, 'f', 1, 64) }

// TestLink is where an attribute is tested.
func (m comparisonModel) TestLink(a suspect.Attribute) string {
	return "/incidents/" + url.PathEscape(m.ID) + "/test?" + url.Values{"attribute": {a.Key + "=" + a.Value}}.Encode()
}

// testModel chooses how a hypothesis is tested.
type testModel struct {
	incidentModel
	Hypothesis *postmortem.Hypothesis // nil where it is still to be chosen
	Hypotheses []option
	LUTs       []option
	Replays    []experiment.Program
	Measures   []experiment.Program
	Commands   []experiment.Program
	Attribute  string
	Results    []option
}

func (s *Server) testPage(w http.ResponseWriter, v *visit) error {
	p, err := s.incidentModel(v)
	if err != nil {
		return err
	}
	p.URL.Path = "/incidents/" + p.ID + "/test"
	q := v.URL.Query()
	m := testModel{incidentModel: p, Attribute: q.Get("attribute"), Results: said(p.Lang, "document.result.", postmortem.Results())}
	for i, h := range p.Analysis.Hypotheses {
		if h.ID == q.Get("hypothesis") {
			m.Hypothesis = &p.Analysis.Hypotheses[i]
		}
		m.Hypotheses = append(m.Hypotheses, option{Value: h.ID, Label: h.ID + " · " + h.Text, Selected: h.ID == q.Get("hypothesis")})
	}
	if m.Hypothesis == nil && len(p.Analysis.Hypotheses) > 0 {
		m.Hypothesis = &p.Analysis.Hypotheses[len(p.Analysis.Hypotheses)-1]
	}
	for _, e := range p.Analysis.Evidence {
		if e.Kind == postmortem.LUT {
			m.LUTs = append(m.LUTs, option{Value: e.Path, Label: e.Path})
		}
	}
	for _, program := range s.service.Programs() {
		switch program.Kind() {
		case experiment.Replay:
			m.Replays = append(m.Replays, program)
		case experiment.Remeasure:
			m.Measures = append(m.Measures, program)
		case experiment.Command:
			m.Commands = append(m.Commands, program)
		}
	}
	return s.render(w, "test", http.StatusOK, m)
}

// Parameters lists the parameters of a program as controls, hinted with their patterns.
func (m testModel) Parameters(p experiment.Program) (list []field) {
	for _, key := range slices.Sorted(maps.Keys(p.Parameters)) {
		list = append(list, field{ID: p.Name + "-" + key, Name: "p." + key, Label: key, Hint: p.Parameters[key], Required: true})
	}
	return list
}

// experimentForms are those of tests, gaps and judgements.
func experimentForms() map[string]form {
	return map[string]form{
		"run-test": {func(f fields) any { return runTestOf(f) }, "page.done.tested", "analysis/tests"},
		"record-test": {func(f fields) any {
			return postmortem.NoteTest{
				Hypothesis: f.text("hypothesis"), Method: f.text("method"), Result: postmortem.Result(f.text("result")),
				Evidence: f.chosen("evidence"), Text: f.text("text"), Missing: f.text("missing"),
			}
		}, "page.done.tested", "analysis/tests"},
		"set-gap": {func(f fields) any {
			return postmortem.SetGap{ID: f.text("id"), Missing: f.text("missing"), Owner: people.ID(f.text("owner")), Due: f.text("due")}
		}, "page.done.gap", "analysis/gaps"},
		"close-gap": {func(f fields) any { return postmortem.CloseGap{ID: f.text("id"), Reason: f.text("reason")} }, "page.done.gap-closed", "analysis/gaps"},
		"judge-cause": {func(f fields) any {
			return postmortem.JudgeCause{Cause: f.text("id"), Reason: f.text("reason")}
		}, "page.done.judged", "analysis/map"},
		"link-causes": {func(f fields) any {
			return postmortem.LinkCauses{From: f.text("from"), To: f.text("to"), Evidence: f.chosen("evidence")}
		}, "page.done.linked", "analysis/map"},
		"unlink-causes": {func(f fields) any {
			return postmortem.UnlinkCauses{From: f.text("from"), To: f.text("to")}
		}, "page.done.unlinked", "analysis/map"},
		"link-board": {func(f fields) any {
			return postmortem.LinkBoard{BoardLinked: postmortem.BoardLinked{URL: f.text("url"), Text: f.text("text"), Snapshot: f.text("snapshot")}}
		}, "page.done.board", "analysis/map"},
	}
}

func runTestOf(f fields) RunTest {
	t := RunTest{Hypothesis: f.text("hypothesis"), Request: experiment.Request{
		Kind: experiment.Kind(f.text("kind")), LUT: f.text("lut"), Program: f.text("program"), Evidence: f.chosen("evidence"), Expr: f.text("expr"),
	}}
	t.Sample, _ = strconv.Atoi(f.text("sample")) // 0 is the default
	t.Attribute, t.Value, _ = strings.Cut(f.text("attribute"), "=")
	for name, to := range map[string]**time.Time{"since": &t.Since, "until": &t.Until} {
		if at, err := time.Parse(time.RFC3339, f.text(name)); err == nil {
			*to = &at
		}
	}
	t.Parameters = f.under("p.")
	return t
}

func (a *api) analysing() {
	get(a, "compare", "/api/v1/incidents/{id}/comparison", func(ctx context.Context, in *struct {
		ID    string    `path:"id"`
		Harm  string    `query:"harm" doc:"quality, metadata or a kind of breach; by the incident where it is empty"`
		Since time.Time `query:"since"`
		Until time.Time `query:"until"`
	}) (suspect.Comparison, error) {
		c, err := a.server.service.Case(ctx, in.ID)
		if err != nil {
			return suspect.Comparison{}, err
		}
		if c.Restriction != nil && !ReadsWhole(visitIn(ctx).actor()) {
			return suspect.Comparison{}, compareRestricted(in.ID)
		}
		return a.server.service.Compare(ctx, in.ID, suspect.Query{Since: in.Since, Until: in.Until, Harm: suspect.Harm(in.Harm)})
	})
}

func compareRestricted(id string) error {
	return phrase.Refusal(journal.ErrForbidden, "refusal.compare.restricted", id)
}
