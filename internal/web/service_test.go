package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
	"github.com/safelight-dev/safelight/internal/review"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/suspect"
)

// night is the detection of the reference incident.
func night() time.Time { return time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC) }

// The people of the tests; each signs in with its login as password.
func testPeople() []people.Person {
	return []people.Person{
		{ID: "u-oncall", Login: "ana", Name: "Ana Lopez", Role: people.Responder},
		{ID: "u-lead", Login: "paul", Name: "Paul Martin", Role: people.Lead},
		{ID: "u-brand", Login: "bea", Name: "Béa Roy", Role: people.Board, Domain: people.Brand},
		{ID: "u-sre", Login: "sam", Name: "Sam Keller", Role: people.Board, Domain: people.SRE},
		{ID: "u-admin", Login: "root", Name: "Rita Adam", Role: people.Administrator},
		{ID: "u-bot", Login: "robot", Name: "Robot", Role: people.Watcher},
		{ID: "u-view", Login: "vic", Name: "Vic Nault", Role: people.Viewer},
	}
}

// memory is a Service over the domain itself: entries sealed into a chain in
// memory, commands decided by the domain. Only the world is missing: effects
// wait until settle does them.
type memory struct {
	days     []kpi.Day
	held     *review.HeldMark
	mu       sync.Mutex
	t        testing.TB
	now      time.Time
	replayed bool
	head     journal.Head
	streams  map[string][]journal.Entry
	order    []string
	effects  []journal.Effect
	blobs    map[string][]byte
	files    map[string][]byte
	pubs     []Publication
	sick     error
	checks   int // passwords looked at
}

func newMemory(t testing.TB) *memory {
	return &memory{
		t: t, now: night(), replayed: true, streams: map[string][]journal.Entry{}, blobs: map[string][]byte{}, files: map[string][]byte{},
	}
}

func (m *memory) Now() (time.Time, bool) { return m.now, m.replayed }

func (m *memory) Incidents(context.Context) ([]incident.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []incident.State
	for _, id := range slices.Backward(m.order) {
		s, err := incident.Fold(m.streams[id])
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func (m *memory) Case(_ context.Context, id string) (Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fold(id)
}

func (m *memory) fold(id string) (Case, error) {
	entries := m.streams[id]
	c := Case{Entries: entries}
	var err error
	if c.Incident, err = incident.Fold(entries); err != nil {
		return c, err
	}
	if !c.Incident.Exists() {
		return c, fmt.Errorf("find incident %s: %w", id, journal.ErrNotFound)
	}
	if c.Analysis, err = postmortem.Fold(entries); err != nil {
		return c, err
	}
	for _, e := range m.effects {
		if e.Stream == id {
			c.Effects = append(c.Effects, Effect{Kind: e.Kind, Key: e.Key, State: "queued", Attempts: 2, LastError: "connection refused", QueuedAt: m.now})
		}
	}
	if c.Lessons, err = lesson.Fold(entries); err != nil {
		return c, err
	}
	c.Analysis = c.Lessons.Feed(c.Analysis)
	if c.Retrospective, err = retrospective.Fold(entries); err != nil {
		return c, err
	}
	c.Prevention, err = prevention.Fold(entries)
	return c, err
}

func (m *memory) Do(_ context.Context, by people.Actor, id string, command any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, err := m.fold(id)
	if err != nil {
		return err
	}
	env := incident.Env{Now: m.now, By: by}
	var change journal.Change
	switch cmd := command.(type) {
	case incident.Close:
		for _, l := range c.Checklist(m.now) {
			if !l.Done {
				cmd.Open = append(cmd.Open, l.Name)
			}
		}
		change, err = incident.Decide(c.Incident, cmd, env)
	case incident.ChangeSeverity:
		cmd.Policy = pipeline.DefaultPolicies()[cmd.To]
		change, err = incident.Decide(c.Incident, cmd, env)
	case incident.Command:
		change, err = incident.Decide(c.Incident, cmd, env)
	case postmortem.Submit, postmortem.OverruleProblem:
		var judged postmortem.Command
		if judged, err = Judged(c, cmd, testPeople(), journalled(c)); err == nil {
			change, err = postmortem.Decide(c.Analysis, c.Incident, judged, env)
		}
	case postmortem.Command:
		change, err = postmortem.Decide(c.Analysis, c.Incident, cmd, env)
	case retrospective.Command:
		change, err = retrospective.Decide(c.Retrospective, c.Incident, c.Analysis, c.Prevention, cmd, env)
	case lesson.Command:
		change, err = lesson.Decide(c.Lessons, c.Incident, cmd, env)
	case prevention.Command:
		change, err = prevention.Decide(c.Prevention, c.Incident, cmd, env)
	default:
		err = fmt.Errorf("decide %T: %w", command, journal.ErrInvalid)
	}
	if err != nil {
		return err
	}
	return m.append(id, change)
}

func (m *memory) append(id string, change journal.Change) error {
	for _, d := range change.Events {
		e, err := journal.Seal(d, m.head, m.now)
		if err != nil {
			return err
		}
		m.head = journal.Head{Size: e.Seq, Hash: e.Hash}
		if len(m.streams[id]) == 0 {
			m.order = append(m.order, id)
		}
		m.streams[id] = append(m.streams[id], e)
	}
	m.effects = append(m.effects, change.Effects...)
	return nil
}

func (m *memory) open(by people.Actor, o incident.Opened) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := fmt.Sprintf("PM-%s-%02d", m.now.Format(time.DateOnly), len(m.order)+1)
	change, err := incident.Decide(incident.State{}, incident.Open{ID: id, Opened: o}, incident.Env{Now: m.now, By: by})
	if err != nil {
		return "", err
	}
	return id, m.append(id, change)
}

func (m *memory) Declare(_ context.Context, by people.Actor, d Declaration) (string, error) {
	severity, known := pipeline.ParseSeverity(string(d.Severity))
	if !known || !slices.Contains(m.Pipelines(), d.Pipeline) {
		return "", fmt.Errorf("declare an incident of %q, %q: %w", d.Pipeline, d.Severity, journal.ErrInvalid)
	}
	return m.open(by, incident.Opened{
		Severity: severity, Pipeline: d.Pipeline, Routes: []string{"shop"}, Title: d.Title, PersonalData: d.PersonalData,
		Policy: pipeline.DefaultPolicies()[severity], OnCall: "u-oncall", Lead: "u-lead",
	})
}

// journalled says what the journal writes up to an entry.
func journalled(c Case) JournalDraft {
	return func(through int64) (postmortem.Document, error) {
		then := Case{}
		for _, e := range c.Entries {
			if e.Seq <= through {
				then.Entries = append(then.Entries, e)
			}
		}
		var err error
		if then.Incident, err = incident.Fold(then.Entries); err != nil {
			return postmortem.Document{}, err
		}
		if then.Analysis, err = postmortem.Fold(then.Entries); err != nil {
			return postmortem.Document{}, err
		}
		if then.Lessons, err = lesson.Fold(then.Entries); err != nil {
			return postmortem.Document{}, err
		}
		then.Analysis = then.Lessons.Feed(then.Analysis)
		then.Prevention, err = prevention.Fold(then.Entries)
		return postmortem.Draft(postmortem.DraftInput{
			Lang: phrase.French, Incident: then.Incident, Postmortem: then.Analysis, Entries: then.Entries, Actions: then.ActionLines(nil),
		}), err
	}
}

func (m *memory) Document(_ context.Context, c Case) (Draft, error) {
	return StandingDraft(c, testPeople(), journalled(c))
}

func (m *memory) Backlog() Backlog { return Backlog{Tracker: "github acme/shop", ReadAt: m.now} }

func (m *memory) Roadmap(ctx context.Context, by people.Actor, openOnly bool) ([]RoadmapAction, error) {
	var list []RoadmapAction
	for _, id := range m.order {
		c, err := m.Case(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, RoadmapOf(c, namesOf(testPeople()).Of, m.now, openOnly)...)
	}
	return list, nil
}

func (m *memory) EditBase(_ context.Context, c Case, e EditPostmortem) (postmortem.Document, error) {
	return BaseOf(c, e, journalled(c))
}

func (m *memory) DraftPostmortem(ctx context.Context, by people.Actor, id string) error {
	c, err := m.Case(ctx, id)
	if err != nil {
		return err
	}
	d, err := journalled(c)(c.Analysis.Seq)
	if err != nil {
		return err
	}
	return m.Do(ctx, by, id, postmortem.SaveDraft{Document: d, Through: c.Analysis.Seq})
}

func (m *memory) EditPostmortem(ctx context.Context, by people.Actor, id string, e EditPostmortem) error {
	c, err := m.Case(ctx, id)
	if err != nil {
		return err
	}
	edit, err := e.Command(c, phrase.French, journalled(c))
	if err != nil {
		return err
	}
	return m.Do(ctx, by, id, edit)
}

func (m *memory) TakeIn(ctx context.Context, by people.Actor, id string, t TakeIn) error {
	c, err := m.Case(ctx, id)
	if err != nil {
		return err
	}
	if err := by.Require(people.Author); err != nil {
		return err
	}
	edit, err := t.Command(c, journalled(c))
	if err != nil {
		return err
	}
	return m.Do(ctx, by, id, edit)
}

// keep stores a blob under its digest.
func (m *memory) keep(b []byte) string {
	sum := sha256.Sum256(b)
	digest := hex.EncodeToString(sum[:])
	m.blobs[digest] = b
	return digest
}

// swatch is a picture of two colours.
func swatch(t testing.TB, a, b color.Color) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 240, 240))
	for y := range 240 {
		for x := range 240 {
			c := a
			if (x-120)*(x-120)+(y-120)*(y-120) < 80*80 {
				c = b
			}
			img.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Compare finds the colour table of the night.
func (m *memory) Compare(_ context.Context, _ string, q suspect.Query) (suspect.Comparison, error) {
	if q.Harm == "" {
		q.Harm = suspect.Quality
	}
	if q.Since.IsZero() {
		q.Since = night().Add(-7 * 24 * time.Hour)
	}
	if q.Until.IsZero() {
		q.Until = night().Add(time.Hour)
	}
	attribute := func(key, value string, origin suspect.Origin) suspect.Attribute {
		return suspect.Attribute{Key: key, Value: value, Origin: origin}
	}
	group := func(bad, good int, lut, run, host string) suspect.Group {
		return suspect.Group{Bad: bad, Good: good, SinceBad: bad, Attributes: []suspect.Attribute{
			attribute("lut", lut, suspect.Told), attribute("run", run, suspect.Identity), attribute("host", host, suspect.Told), attribute("software", "", suspect.Said),
		}}
	}
	return suspect.Comparison{
		Pipeline: "catalogue", Since: q.Since, Until: q.Until, Harm: q.Harm, Onset: night().Add(-11 * time.Minute), Untold: 12,
		Ranking: suspect.Rank([]suspect.Group{
			group(0, 2100, "v7", "811", "render-1"), group(0, 2088, "v7", "811", "render-2"), group(2100, 0, "v8", "812", "render-1"), group(2100, 12, "v8", "812", "render-2"),
		}),
	}, nil
}

// Programs are one of each kind.
func (m *memory) Programs() []experiment.Program {
	return []experiment.Program{
		{Name: "encode", Text: "as the pipeline encodes", Replay: []string{"./encode", "{in}", "{out}", "{quality}"}, Parameters: map[string]string{"quality": "[0-9]{1,3}"}},
		{Name: "last-release", Text: "as before the update", Measure: []string{"./old", "check", "{in}", "{delivered}"}},
		{Name: "sdxl", Generate: []string{"./generate.sh", "{model}", "{prompt}", "{out}"}, Parameters: map[string]string{"model": "v[0-9]+", "prompt": "[^{}]+"}},
		{Name: "ask-ci", Command: []string{"./ask"}},
	}
}

// Suggest finds one cause.
func (m *memory) Suggest(_ context.Context, c Case) ([]postmortem.Suggestion, error) {
	return []postmortem.Suggestion{{
		Kind: postmortem.Contributing, Domain: postmortem.Operations, Say: phrase.Of("cause.ci"),
		Lines: []postmortem.Support{{Path: "git/ci.yml", Number: 3, Text: "run: validate"}},
	}}, nil
}

// MakeTest accepts every test.
func (m *memory) MakeTest(ctx context.Context, by people.Actor, id string, t MakeTest) error {
	controls := make([]prevention.Run, len(t.Controls))
	for i, c := range t.Controls {
		controls[i] = prevention.Run{Subject: c.Path, SHA256: c.Path, Images: 1}
	}
	for i := range 3 { // good images of the pipeline
		controls = append(controls, prevention.Run{Subject: fmt.Sprint(i), SHA256: fmt.Sprint(i), Images: 1})
	}
	return m.Do(ctx, by, id, prevention.AcceptTest{TestAccepted: prevention.TestAccepted{
		Name: strings.ToLower(id), Bad: prevention.Run{Subject: t.Bad.Path, Images: 1, Violations: []prevention.Violation{{File: "a.jpg"}}},
		Fix: prevention.Run{Subject: t.Fix.Path, Images: 1}, Controls: controls,
	}})
}

// RunTest has every test confirm.
func (m *memory) RunTest(ctx context.Context, by people.Actor, id string, t RunTest) (postmortem.Result, error) {
	if err := by.Require(people.Analyse); err != nil {
		return "", err
	}
	if err := t.Request.Validate(); err != nil {
		return "", err
	}
	return postmortem.Confirmed, m.Do(ctx, by, id, postmortem.RecordTest{TestFields: postmortem.TestFields{
		Hypothesis: t.Hypothesis, Method: string(t.Kind), Result: postmortem.Confirmed, Request: &t.Request,
	}})
}

func (m *memory) FileImpact(ctx context.Context, by people.Actor, id, text string) error {
	first, last := night().Add(-11*time.Minute), night().Add(5*time.Minute)
	red, drifted := color.RGBA{200, 30, 45, 255}, color.RGBA{205, 80, 40, 255}
	paper, black, heat := color.RGBA{240, 238, 234, 255}, color.RGBA{10, 5, 30, 255}, color.RGBA{250, 190, 40, 255}
	return m.Do(ctx, by, id, incident.FileImpact{Impact: incident.Impact{
		Checked: 4200, Affected: 4200, OverDeltaE: 4187, OverPalette: 4200, MedianDelta: 5.21, WorstDelta: 9.874, WorstPath: "shoes/0042.jpg",
		Palette:  []incident.ColourImpact{{Name: "brand red", Images: 4200, Median: 5.1, Worst: 9.9}},
		FirstBad: &first, LastBad: &last, Pipelines: []string{"catalogue"}, Routes: []string{"shop"}, Method: "CIEDE2000, p95, sRGB D65", Text: text,
		Images: []incident.ImageProof{{
			Path: "shoes/0042.jpg", DeltaE00: 9.874, SSIM: 0.9931, Reference: m.keep(swatch(m.t, paper, red)),
			Candidate: m.keep(swatch(m.t, paper, drifted)), Heatmap: m.keep(swatch(m.t, black, heat)),
		}},
	}})
}

func lately(n int) Recent {
	return Recent{Delivered: &n, Logs: []string{"front", GatewayLog}, AtLeast: true}
}

func (m *memory) PlanRoute(_ context.Context, _, route string) (RoutePlan, error) {
	return RoutePlan{
		Route: route, URLs: []string{"https://img.example.org/" + route + "/"}, Assets: 4200, References: 4197, Missing: 3, Sample: []string{"shoes/new.jpg"}, Recent: lately(1240),
		Edges: []PlannedEdge{{Name: "front", Kind: "nginx", How: "asks", Stores: true, Forgets: true}, {Name: "old", Kind: "command", How: "fetches", Stores: true}},
	}, nil
}

func (m *memory) PlanIsolation(_ context.Context, _ string, s Selection) (IsolationPlan, error) {
	if err := s.Check(); err != nil {
		return IsolationPlan{}, err
	}
	return IsolationPlan{
		Pipeline: "catalogue", Chosen: s.String(), Images: 3, Sample: []string{"shoes/0042.jpg"}, Over: 4, Whole: s.Over, Held: 1, Recent: lately(2), Routes: []string{"shop"},
		SHA256: strings.Repeat("ab", 32),
	}, nil
}

func (m *memory) PlanPurge(_ context.Context, _ string, c incident.PurgeRoute) (PurgePlan, error) {
	if slices.Contains(c.Paths, "../a") {
		return PurgePlan{}, fmt.Errorf("purge %q: name a path below the route: %w", c.Paths, journal.ErrInvalid)
	}
	p := PurgePlan{Route: c.Route, URLs: []string{"https://img.example.org/" + c.Route + "/"}, Paths: c.Paths, Tags: c.Tags, Images: 4200, Recent: lately(1240), Edges: []ForgettingEdge{
		{Name: "front", Kind: "nginx", How: "key", Wider: !c.Whole()}, {Name: "cdn", Kind: "fastly", How: "route", By: []string{"tags"}, Untagged: true},
		{Name: "own", Kind: "command", How: "hook", By: []string{"tags"}}, {Name: "lb", Kind: "haproxy", How: "nothing"}, {Name: "old", Kind: "x", How: "cannot"},
	}}
	if !c.Whole() {
		p.Images, p.Unfound, p.Edges[1].How, p.Edges[1].By = len(c.Paths), 1, "named", []string{"tags", "paths"}
	}
	return p, nil
}

func (m *memory) PlanNoStore(_ context.Context, _ string, c incident.NoStoreRoute) (NoStorePlan, error) {
	return NoStorePlan{Route: c.Route, URLs: []string{"https://img.example.org/" + c.Route + "/"}, Lasting: c.Lasting, Until: m.now.Add(c.Lasting), Images: -1, Recent: lately(1240), Edges: []ForgettingEdge{
		{Name: "front", Kind: "nginx", How: "key", Meanwhile: "asks"}, {Name: "lb", Kind: "haproxy", How: "nothing", Meanwhile: "diverts"},
		{Name: "cdn", Kind: "cloudflare", How: "route", By: []string{"tags", "prefixes"}, Meanwhile: "fetches"},
	}}, nil
}

func (m *memory) PlanRollBack(_ context.Context, _ string, c RollBack) (RollBackPlan, error) {
	p := RollBackPlan{
		Pipeline: "catalogue", Ways: []incident.BackWay{incident.BackKept, incident.BackGit}, Way: cmp.Or(c.Way, incident.BackKept), Over: 4200, Images: 4190,
		Missing: 10, Sample: []string{"new/1.jpg"}, Oldest: &m.now, Recent: lately(812), Routes: []string{"catalogue"}, Undoable: true, SHA256: strings.Repeat("b", 64), Within: 15 * time.Minute,
	}
	if p.Way == incident.BackGit {
		p.Images, p.Missing, p.Sample, p.Whole = 4200, 0, nil, true
		p.Commits = []PlannedCommit{{Hash: strings.Repeat("c", 40), Subject: "The <b>season's</b> look", Author: "Ana", At: m.now}}
		p.Commit, p.Files = p.Commits[0], []string{"luts/season.cube"}
	}
	return p, nil
}

func (m *memory) RollBack(ctx context.Context, by people.Actor, id string, c RollBack) error {
	if err := by.Require(people.Contain); err != nil {
		return err
	}
	plan, err := m.PlanRollBack(ctx, id, c)
	if err != nil {
		return err
	}
	return m.Do(ctx, by, id, incident.RollBack{Reason: c.Reason, Back: incident.Back{Way: plan.Way, Within: plan.Within, Undoable: true}, Images: incident.ImageList{
		Pipeline: plan.Pipeline, Count: plan.Images, SHA256: plan.SHA256, Chosen: "over budget", Whole: plan.Whole,
	}})
}

func (m *memory) Isolate(ctx context.Context, by people.Actor, id string, c Isolate) error {
	if err := by.Require(people.Contain); err != nil {
		return err
	}
	plan, err := m.PlanIsolation(ctx, id, c.Selection)
	if err != nil {
		return err
	}
	return m.Do(ctx, by, id, incident.Isolate{Reason: c.Reason, Images: incident.ImageList{Pipeline: plan.Pipeline, Count: plan.Images, SHA256: plan.SHA256, Chosen: plan.Chosen, Whole: plan.Whole}})
}

func (m *memory) Runbooks() []ListedRunbook {
	return []ListedRunbook{{Runbook: runbook.Default(), BuiltIn: true}, {Runbook: house(), Pipelines: []string{"catalogue"}}}
}

// house is a runbook with a command.
func house() runbook.Runbook {
	return runbook.Runbook{Name: "colour-drift", Title: runbook.Words{FR: "Dérive de couleur", EN: "Colour drift"}, Steps: []runbook.Step{
		{Name: "take", Text: runbook.Words{FR: "Prendre", EN: "Take"}, DoneBy: runbook.Acknowledged},
		{Name: "rebuild", Text: runbook.Words{FR: "Refaire les dérivés", EN: "Rebuild the derivatives"}, Command: []string{"/usr/local/bin/rebuild", "--all", "a b"}, Within: runbook.Window{From: 5, To: 15}},
		{Name: "caches", Text: runbook.Words{FR: "Vider les caches", EN: "Clear the caches"}, Contain: runbook.NoStore},
		{Name: "call", Text: runbook.Words{FR: "Appeler l’agence", EN: "Call the agency"}},
	}}
}

func (m *memory) RunStep(ctx context.Context, by people.Actor, id string, c incident.RunStep) error {
	cased, err := m.Case(ctx, id)
	if err != nil {
		return err
	}
	if st, _ := cased.Incident.Standing(c.Step); st.Contain == runbook.NoStore {
		return m.Do(ctx, by, id, incident.NoStoreRoute{Route: st.Routes[0], Lasting: time.Hour})
	}
	return m.Do(ctx, by, id, c)
}

func (m *memory) AddEvidence(ctx context.Context, by people.Actor, id string, e EvidenceUpload) error {
	b, err := io.ReadAll(e.Data)
	if err != nil {
		return err
	}
	return m.Do(ctx, by, id, postmortem.AddEvidence{EvidenceFields: postmortem.EvidenceFields{
		Path: e.Path, SHA256: m.keep(b), Size: int64(len(b)), Kind: postmortem.EvidenceKind(e.Kind), Source: e.Source, Tool: e.Tool,
	}})
}

func (m *memory) CollectEvidence(ctx context.Context, by people.Actor, id string, c CollectEvidence) error {
	return m.AddEvidence(ctx, by, id, EvidenceUpload{Path: "collected/" + c.From + ".txt", Kind: "other", Data: strings.NewReader(c.Source)})
}

func (m *memory) RedactEvidence(ctx context.Context, by people.Actor, id string, r RedactEvidence) error {
	return m.Do(ctx, by, id, postmortem.RedactEvidence{EvidenceRedacted: postmortem.EvidenceRedacted{
		Path: r.Path, From: r.From, SHA256: m.keep(r.Data), Size: int64(len(r.Data)), Reason: r.Reason, Erase: r.Erase, Tool: r.Tool,
	}})
}

func (m *memory) EvidenceSources() EvidenceSources {
	return EvidenceSources{Git: []string{"pipeline"}, CI: []string{"build"}, Commands: []string{"kernel"}}
}

func (m *memory) Blob(_ context.Context, digest string) (io.ReadCloser, error) {
	b, ok := m.blobs[digest]
	if !ok {
		return nil, fmt.Errorf("open blob %s: %w", digest, journal.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (m *memory) Publications(context.Context) ([]Publication, error) { return m.pubs, nil }

func (m *memory) PublishedRevisions(_ context.Context, id string) ([]Publication, error) {
	var list []Publication
	for _, p := range m.pubs {
		if p.ID == id {
			list = append(list, p)
		}
	}
	return list, nil
}

func (m *memory) Published(_ context.Context, name, commit string) ([]byte, error) {
	b, ok := m.files[name]
	if commit != "" {
		b, ok = m.files[commit+":"+name]
	}
	if !ok {
		return nil, fmt.Errorf("read published file %s: %w", name, journal.ErrNotFound)
	}
	return b, nil
}

func (m *memory) KPIs(ctx context.Context, q kpi.Query) (kpi.Report, error) {
	states, err := m.Incidents(ctx)
	if err != nil {
		return kpi.Report{}, err
	}
	facts := kpi.Facts{Days: m.days}
	for _, s := range states {
		c, err := m.Case(ctx, s.ID)
		if err != nil {
			return kpi.Report{}, err
		}
		facts.Cases = append(facts.Cases, kpi.Case{Incident: c.Incident, Analysis: c.Analysis, Prevention: c.Prevention, Entries: c.Entries})
	}
	return kpi.Compute(facts, q, m.now)
}

func (m *memory) Reviews(context.Context) ([]ListedReview, error) {
	q := review.Last(m.now)
	return []ListedReview{{Quarter: q.Name, DueAt: review.DueAt(q), Held: m.held}}, nil
}

func (m *memory) Review(ctx context.Context, _ people.Actor, quarter string) (review.Pack, error) {
	q, err := review.QuarterNamed(quarter)
	if err != nil {
		return review.Pack{}, err
	}
	in := review.Input{Quarter: q, At: m.now, Owner: func(id people.ID) string { return string(id) }, State: review.State{Held: m.held}}
	in.Facts.Days = m.days
	states, err := m.Incidents(ctx)
	for _, s := range states {
		c, err := m.Case(ctx, s.ID)
		if err != nil {
			return review.Pack{}, err
		}
		in.Cases = append(in.Cases, kpi.Case{Incident: c.Incident, Analysis: c.Analysis, Prevention: c.Prevention, Entries: c.Entries})
	}
	if err != nil {
		return review.Pack{}, err
	}
	in.Facts.Cases = in.Cases
	return review.New(in)
}

func (m *memory) HoldReview(_ context.Context, by people.Actor, h HeldReview) error {
	q, err := review.QuarterNamed(h.Quarter)
	if err != nil {
		return err
	}
	c := review.Hold{Quarter: q, On: h.On, Minutes: h.Minutes}
	for _, login := range h.People {
		c.People = append(c.People, people.ID(login))
	}
	change, err := review.Decide(review.State{}, c, review.Env{Now: m.now, By: by})
	if err == nil {
		held, _ := change.Events[0].Data.(review.Held)
		m.held = &review.HeldMark{Held: held, At: m.now, By: by.ID}
	}
	return err
}

func (m *memory) People(context.Context) ([]people.Person, error) { return testPeople(), nil }

func (m *memory) Pipelines() []string { return []string{"catalogue", "heroes"} }

func (m *memory) SignIn(_ context.Context, login, password string) (people.Person, error) {
	m.mu.Lock()
	m.checks++
	m.mu.Unlock()
	for _, p := range testPeople() {
		if p.Login == login && password == login {
			return p, nil
		}
	}
	return people.Person{}, fmt.Errorf("sign in as %s: %w", login, journal.ErrForbidden)
}

func (m *memory) ByToken(_ context.Context, token string) (people.Person, error) {
	for _, p := range testPeople() {
		if token == "token-of-"+p.Login {
			return p, nil
		}
	}
	return people.Person{}, fmt.Errorf("find the token: %w", journal.ErrForbidden)
}

func (m *memory) Person(_ context.Context, id people.ID) (people.Person, error) {
	for _, p := range testPeople() {
		if p.ID == id {
			return p, nil
		}
	}
	return people.Person{}, fmt.Errorf("find person %s: %w", id, journal.ErrNotFound)
}

func (m *memory) AckLink(ctx context.Context, token string) (AckLink, error) {
	if token != theLink {
		return AckLink{}, fmt.Errorf("open the link: %w", journal.ErrNotFound)
	}
	c, err := m.Case(ctx, theIncident)
	s := c.Incident
	l := AckLink{Incident: s.ID, Title: s.Opened.Title, Severity: s.Severity, Pipeline: s.Opened.Pipeline, DetectedAt: s.DetectedAt, To: "Nora", Open: s.Ack == nil}
	if s.Ack != nil {
		l.By, l.ByYou, l.At = "Nora", s.Ack.By == "u-oncall", s.Ack.At
	}
	return l, err
}

func (m *memory) AcknowledgeByLink(ctx context.Context, token string) error {
	if token != theLink {
		return fmt.Errorf("open the link: %w", journal.ErrNotFound)
	}
	return m.Do(ctx, people.Actor{ID: "u-oncall", Role: people.Responder}, theIncident, incident.Acknowledge{})
}

// AckLinks has the incident, and one that somebody else took.
func (m *memory) AckLinks(ctx context.Context, token string) (AckLinks, error) {
	l, err := m.AckLink(ctx, token)
	other := AckLink{Incident: "PM-2025-09-27-02", Title: "A title that is long: thumbnails of the autumn collection lose their white background", Severity: "S2", Pipeline: "thumbnails", DetectedAt: night(), By: "Ada", At: night()}
	all := AckLinks{To: "Nora", Pages: []AckLink{l, other}}
	if l.Open {
		all.Open = 1
	}
	return all, err
}

func (m *memory) AcknowledgeByLinks(ctx context.Context, token string) error {
	return m.AcknowledgeByLink(ctx, token)
}

func (m *memory) SeenLink(ctx context.Context, token string) (SeenLink, error) {
	if token != theLink {
		return SeenLink{}, fmt.Errorf("open the link: %w", journal.ErrNotFound)
	}
	c, err := m.Case(ctx, theIncident)
	s := c.Incident
	if err != nil || len(s.Updates) == 0 {
		return SeenLink{}, fmt.Errorf("open the link: %w", journal.ErrNotFound)
	}
	seen := slices.Contains(s.Updates[0].SeenBy, "u-seen")
	return SeenLink{Incident: s.ID, Title: s.Opened.Title, Severity: s.Severity, Number: 1, Update: s.Updates[0], To: "Cleo", By: "Paul", Seen: seen}, nil
}

func (m *memory) SeeByLink(ctx context.Context, token string) error {
	if token != theLink {
		return fmt.Errorf("open the link: %w", journal.ErrNotFound)
	}
	return m.Do(ctx, people.Actor{ID: "u-seen", Role: people.Board, Domain: people.Legal}, theIncident, incident.SeeUpdate{Number: 1})
}

// theLink is the token of a page to u-oncall.
const theLink = "bGluaw"

func (m *memory) Head(context.Context) (journal.Head, error) { return m.head, nil }

func (m *memory) Healthy(context.Context) error { return m.sick }

// settle does the effects of all streams, as their performers would.
func (m *memory) settle() {
	m.t.Helper()
	ctx, system := context.Background(), people.Monitor()
	for len(m.effects) > 0 {
		e := m.effects[0]
		m.effects = m.effects[1:]
		var err error
		switch data := e.Data.(type) {
		case incident.PageEffect:
			status := incident.PageSent
			if c, _ := m.Case(ctx, e.Stream); !c.Incident.PageWanted(data.Key, data.Method) {
				status = incident.PageDropped
			}
			err = m.Do(ctx, system, e.Stream, incident.RecordPage{Status: status, PageResult: incident.PageResult{Key: data.Key, Method: data.Method, Channels: []string{"console", "e-mail"}}})
		case incident.RouteEffect:
			probe := incident.Probe{URL: "http://127.0.0.1:8322/shop/0001.jpg", Status: 200, CacheControl: "no-store", State: "disabled", Millis: 41}
			undo := e.Kind == incident.EffectEnableRoute
			if undo {
				probe.State, probe.CacheControl = "enabled", "max-age=60"
			}
			err = m.Do(ctx, system, e.Stream, incident.RecordProbe{ID: data.Mitigation, Undo: undo, Probe: probe})
		case incident.PurgeEffect:
			err = m.Do(ctx, system, e.Stream, incident.RecordProbe{ID: data.Mitigation, Probe: incident.Probe{Status: 200, State: "enabled"}})
		case incident.NoStoreEffect:
			err = m.Do(ctx, system, e.Stream, incident.RecordProbe{ID: data.Mitigation, Probe: incident.Probe{Status: 200, State: "enabled", CacheControl: "no-store"}})
		case postmortem.PublishEffect:
			err = m.publish(data)
		}
		if err != nil {
			m.t.Fatalf("effect %s: %v", e.Key, err)
		}
	}
}

func (m *memory) publish(e postmortem.PublishEffect) error {
	ctx := context.Background()
	c, err := m.Case(ctx, e.Incident)
	if err != nil {
		return err
	}
	d := c.Analysis.Document
	m.files[e.Incident+".md"], m.files[e.Incident+".en.md"] = d.Markdown(phrase.French), d.Markdown(phrase.English)
	if m.files[e.Incident+".json"], err = d.JSON(); err != nil {
		return err
	}
	m.files["reports.csv"] = []byte("id\r\n" + e.Incident + "\r\n")
	m.pubs = append(m.pubs, Publication{ID: e.Incident, Severity: string(c.Incident.Severity), Title: c.Incident.Opened.Title, PublishedAt: m.now, Revision: e.Revision, Commit: "4f1c9a22d07be551"})
	return m.Do(ctx, people.Monitor(), e.Incident, incident.RecordPublished{Published: incident.Published{
		Revision: e.Revision, Commit: "4f1c9a22d07be551", SHA256: e.SHA256, Path: "run/_/postmortems/" + e.Incident + ".md",
	}})
}
