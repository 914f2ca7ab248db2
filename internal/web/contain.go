package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// ContainService is what the page and the API of a containment ask of the application. Planning changes nothing.
type ContainService interface {
	// PlanRoute says what disabling a route would change.
	PlanRoute(ctx context.Context, incident, route string) (RoutePlan, error)
	// PlanIsolation says which images would be taken out of delivery, and what that would change.
	PlanIsolation(ctx context.Context, incident string, s Selection) (IsolationPlan, error)
	// PlanPurge says what a purge of the caches of a route would have each edge forget.
	PlanPurge(ctx context.Context, incident string, c incident.PurgeRoute) (PurgePlan, error)
	// PlanNoStore says what keeping caches from storing a route would change.
	PlanNoStore(ctx context.Context, incident string, c incident.NoStoreRoute) (NoStorePlan, error)
	// Isolate takes images out of delivery.
	Isolate(ctx context.Context, by people.Actor, incident string, c Isolate) error
	// PlanRollBack says what going back to what was delivered before would change.
	PlanRollBack(ctx context.Context, incident string, c RollBack) (RollBackPlan, error)
	// RollBack has what is delivered become good again.
	RollBack(ctx context.Context, by people.Actor, incident string, c RollBack) error
}

const (
	// PlanSample is how many images a plan names.
	PlanSample = 12
	// PlanRecent is how far back a plan looks for deliveries.
	PlanRecent = time.Hour
)

// RoutePlan is what disabling a route would change.
type RoutePlan struct {
	Route      string        `json:"route"`
	URLs       []string      `json:"urls"` // all addresses below them are affected
	Disabled   bool          `json:"disabled"`
	Assets     int           `json:"assets"`     // images that the origin delivers; -1 where it is a server and they cannot be counted
	References int           `json:"references"` // images that would be served instead
	Missing    int           `json:"missing"`    // images without a reference: a placeholder would be served
	Sample     []string      `json:"sample,omitempty"`
	Edges      []PlannedEdge `json:"edges,omitempty"`
	Recent                   // of the route
}

// PlannedEdge is a server in front of the route, and how it follows.
type PlannedEdge struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	How  string `json:"how"` // asks, diverts or fetches
	// Forgets tells whether it can be told to forget what it has stored of the route; Stores whether it stores anything.
	Stores  bool `json:"stores"`
	Forgets bool `json:"forgets"`
	// Untagged: what it has stored past the gateway it cannot be told to forget.
	Untagged bool `json:"untagged,omitempty"`
}

// Selection says which images of the incident's pipeline are meant. What is given is joined by and.
type Selection struct {
	Over     bool     `json:"over,omitempty"`     // over budget since the incident began
	Paths    []string `json:"paths,omitempty"`    // of images, or of folders, which end in a slash
	Digests  []string `json:"digests,omitempty"`  // SHA-256 of delivered files
	Software string   `json:"software,omitempty"` // that images say they were made with
	Model    string   `json:"model,omitempty"`    // that images say they were made by
	Run      string   `json:"run,omitempty"`      // of the pipeline, that made them
	LUT      string   `json:"lut,omitempty"`      // the version of the colour transform that made them
}

// maxNamed bounds the paths and digests of a selection.
const maxNamed = 500

// Check demands that something is selected.
func (s Selection) Check() error {
	switch {
	case !s.Over && s.Model == "" && s.Software == "" && s.Run == "" && s.LUT == "" && len(s.Paths) == 0 && len(s.Digests) == 0:
		return phrase.Errorf("contain.select", journal.ErrInvalid)
	case len(s.Paths)+len(s.Digests) > maxNamed:
		return phrase.Errorf("contain.named", maxNamed, journal.ErrTooLarge)
	}
	return nil
}

// String is how the journal keeps it.
func (s Selection) String() string {
	var words []string
	if s.Over {
		words = append(words, "over budget")
	}
	if s.Software != "" {
		words = append(words, "software "+s.Software)
	}
	if s.Model != "" {
		words = append(words, "model "+s.Model)
	}
	if s.Run != "" {
		words = append(words, "run "+s.Run)
	}
	if s.LUT != "" {
		words = append(words, "LUT "+s.LUT)
	}
	for _, named := range [][]string{s.Paths, s.Digests} {
		if n := len(named); n == 1 {
			words = append(words, named[0])
		} else if n > 1 {
			words = append(words, fmt.Sprintf("%s and %d more", named[0], n-1))
		}
	}
	return strings.Join(words, ", ")
}

func selectionOf(f fields) Selection {
	s := SelectionOf(f.text("images"))
	s.Over, s.Software, s.Model, s.Run, s.LUT = f.Get("over") == "yes", f.text("software"), f.text("model"), f.text("run"), f.text("lut")
	return s
}

// SelectionOf reads which images are named: one image, folder or digest a line.
func SelectionOf(lines string) (s Selection) {
	for line := range strings.Lines(lines) {
		switch line = strings.TrimSpace(line); {
		case line == "":
		case len(line) == 64 && strings.Trim(line, "0123456789abcdef") == "":
			s.Digests = append(s.Digests, line)
		default:
			s.Paths = append(s.Paths, line)
		}
	}
	return s
}

// IsolationPlan is what taking images out of delivery would change.
type IsolationPlan struct {
	Pipeline string   `json:"pipeline"`
	Chosen   string   `json:"chosen"`
	Images   int      `json:"images"`
	Sample   []string `json:"sample,omitempty"`
	Over     int      `json:"over"`  // images of the pipeline that are over budget
	Whole    bool     `json:"whole"` // none of these is left out
	Held     int      `json:"held"`  // out of delivery already
	Routes   []string `json:"routes,omitempty"`
	SHA256   string   `json:"sha256"` // of the list: who isolates by it gets these images, or none
	Recent            // of these images
}

// Said is the plan in sentences.
func (p RoutePlan) Said() (list []phrase.Sentence) {
	add := func(k phrase.Key, args ...any) { list = append(list, phrase.Of(k, args...)) }
	for _, u := range p.URLs {
		add("contain.will.url", u)
	}
	if p.Assets < 0 {
		add("contain.will.uncounted", p.References)
	} else {
		add("contain.will.assets", p.Assets, p.Referenced())
	}
	if p.Missing > 0 {
		add("contain.will.missing", p.Missing)
	}
	list = append(list, p.Lately())
	for _, e := range p.Edges {
		list = append(list, e.Said()...)
	}
	add("contain.will.proof")
	add("contain.will.undo")
	return list
}

// Referenced is how many of the images have a reference.
func (p RoutePlan) Referenced() int { return p.Assets - p.Missing }

// Said is how the edge follows.
func (e PlannedEdge) Said() []phrase.Sentence {
	list := []phrase.Sentence{phrase.Of(phrase.Key("contain.edge."+e.How), e.Name, e.Kind)}
	switch {
	case e.Keeps():
		list = append(list, phrase.Of("contain.edge.keeps"))
	case e.Stores:
		list = append(list, phrase.Of("contain.edge.forgets"))
	}
	if e.Untagged {
		list = append(list, phrase.Of("caches.edge.untagged"))
	}
	return list
}

// Keeps tells whether the edge goes on serving what it has stored.
func (e PlannedEdge) Keeps() bool { return e.Stores && !e.Forgets }

// Warns tells whether a person must not overlook it.
func (e PlannedEdge) Warns() bool { return e.Keeps() || e.Untagged }

// Said is the plan in sentences.
func (p IsolationPlan) Said() (list []phrase.Sentence) {
	add := func(k phrase.Key, args ...any) { list = append(list, phrase.Of(k, args...)) }
	if p.Images == 0 {
		add("contain.isolate.none", p.Pipeline)
		return list
	}
	add("contain.isolate.what", p.Images, p.Pipeline)
	if p.Held > 0 {
		add("contain.isolate.held", p.Held)
	}
	list = append(list, p.Lately())
	switch {
	case p.Whole:
		add("contain.isolate.whole")
	case p.Over > 0:
		add("contain.isolate.part", p.Over)
	default:
		add("contain.isolate.nothing")
	}
	if len(p.Routes) == 0 {
		add("contain.isolate.unheld")
	} else {
		add("contain.will.proof")
	}
	add("contain.will.undo")
	add("cli.isolate.plan", p.SHA256)
	return list
}

// Isolate takes the images of a selection out of delivery.
type Isolate struct {
	Selection
	Plan   string `json:"plan,omitempty"` // the SHA-256 of the plan that the person has seen; any where it is empty
	Reason string `json:"reason,omitempty"`
}

// containModel is the page of one decision: what will happen, and a button.
type containModel struct {
	frame
	ID        string
	Incident  incident.State
	State     string
	Pressing  *clockView
	Routes    []string // that may be chosen
	Plan      *RoutePlan
	All       []RoutePlan       // of all routes that may be chosen, where there are several and none is named
	Proposed  []phrase.Sentence // what a second person is asked to agree to
	Isolation *IsolationPlan
	Back      *RollBackPlan
	Caches    *caching // what a purge or a no-store would change
	Selection Selection
	Choosing  bool // images are to be chosen
	Backing   bool // it is about going back to what was delivered before
	Mine      bool // the visitor may contain
	Current   *incident.Mitigation
	Failed    []incident.Mitigation // that the page is about, or that nothing has taken the place of
	Query     string                // of this page, for the part that refreshes itself
	who       names
}

func (s *Server) containRoutes() []route {
	return []route{
		{"GET /incidents/{id}/contain", person, 0, s.containPage},
		{"GET /incidents/{id}/contain/live", person, 0, s.containLive},
	}
}

func (s *Server) containPage(w http.ResponseWriter, v *visit) error {
	m, err := s.containModel(v)
	if err != nil {
		return err
	}
	return s.render(w, "contain", http.StatusOK, m)
}

func (s *Server) containLive(w http.ResponseWriter, v *visit) error {
	m, err := s.containModel(v)
	if err != nil {
		return err
	}
	return s.renderPart(w, "contain", "live", http.StatusOK, m)
}

func (s *Server) containModel(v *visit) (containModel, error) {
	c, persons, err := s.caseAndPeople(v.Context(), v.PathValue("id"))
	if err != nil {
		return containModel{}, err
	}
	q := fields{v.URL.Query()}
	m := containModel{
		frame: s.frame(v, v.say("contain.title", c.Incident.ID)), ID: c.Incident.ID, Incident: c.Incident, State: stateOf(c),
		Mine: canDo(c, v.actor()).Contain, Selection: selectionOf(q), Query: v.URL.RawQuery, who: namesOf(persons),
	}
	clocks := clockViews(c.Incident, m.Lang, m.Now, m.Replayed)
	m.Pressing = incidentModel{Clocks: clocks}.Pressing()
	for _, r := range c.Incident.Opened.Routes {
		if _, active := c.Incident.Active(r); !active {
			m.Routes = append(m.Routes, r)
		}
	}
	m.Choosing, m.Backing = q.Get("what") == "images", q.Get("what") == "back"
	return m, s.planned(v, &m, q)
}

// planned finds out what the page is about: a mitigation that is on its way, images, or a route.
func (s *Server) planned(v *visit, m *containModel, q fields) error {
	route := q.text("route")
	if err := m.readCaches(q); err != nil {
		return err
	}
	for i := range m.Incident.Mitigations {
		mine := &m.Incident.Mitigations[i]
		last := q.text("mitigation") == lastMitigation && i == len(m.Incident.Mitigations)-1
		of := q.text("mitigation") == "" && !m.Choosing && !m.Backing && m.Caches == nil && route != "" && mine.Kind == incident.KindDisableRoute && mine.Route == route
		if last || q.text("mitigation") == mine.ID || m.Caches.at(*mine) || of && mine.Status != incident.IsUndoing { // what is being taken back may be disabled again
			m.Current = mine // the last of a route
		}
	}
	if m.Standing() {
		return s.proposed(v.Context(), m)
	}
	m.Failed = m.failed(route)
	if m.Caches != nil {
		return s.planCaches(v.Context(), m)
	}
	if m.Choosing {
		if m.Selection.Check() != nil {
			return nil // nothing is chosen yet
		}
		plan, err := s.service.PlanIsolation(v.Context(), m.ID, m.Selection)
		m.Isolation = &plan
		return err
	}
	if m.Backing {
		plan, err := s.service.PlanRollBack(v.Context(), m.ID, rollBackOf(q))
		m.Back = &plan
		return err
	}
	if route == "" && len(m.Routes) > 1 {
		for _, r := range m.Routes {
			plan, err := s.service.PlanRoute(v.Context(), m.ID, r)
			if err != nil {
				return err
			}
			m.All = append(m.All, plan)
		}
		return nil
	}
	if route == "" && len(m.Routes) > 0 {
		route = m.Routes[0]
	}
	if route == "" {
		return nil
	}
	plan, err := s.service.PlanRoute(v.Context(), m.ID, route)
	m.Plan = &plan
	return err
}

// failed lists what has failed and is to be known before it is decided anew: what the page is about, or all where it is about nothing yet.
func (m containModel) failed(route string) (list []incident.Mitigation) {
	about := map[bool]incident.MitigationKind{m.Choosing: incident.KindIsolate, m.Backing: incident.KindRollBack}[true]
	for _, x := range m.Incident.Mitigations {
		switch {
		case m.Current != nil && x.ID == m.Current.ID && x.Status == incident.IsFailed,
			m.Current == nil && m.Caches == nil && route == "" && m.Incident.Fails(x) && (about == "" || about == x.Kind):
			list = append(list, x)
		}
	}
	return list
}

// Nothing says why there is no route to decide on.
func (m containModel) Nothing() string {
	switch served := m.Incident.Served(); {
	case len(m.Incident.Opened.Routes) == 0:
		return m.Say("contain.no-route")
	case len(served) > 0:
		return m.Say("contain.under-way", strings.Join(served, ", "))
	}
	return m.Say("contain.nothing")
}

// proposed finds out what whoever agrees to a mitigation agrees to: what disabling the route would change as things are now, or
// what was decided of the images when it was asked for.
func (s *Server) proposed(ctx context.Context, m *containModel) error {
	x := *m.Current
	switch {
	case x.Status != incident.IsProposed:
	case x.Kind == incident.KindDisableRoute:
		plan, err := s.service.PlanRoute(ctx, m.ID, x.Route)
		m.Proposed = plan.Said()
		return err
	case x.Images != nil:
		m.Proposed = imagesSaid(x.MitigationRequested)
	}
	return nil
}

// imagesSaid says what a mitigation of images would change, by the list that was kept of it.
func imagesSaid(m incident.MitigationRequested) (list []phrase.Sentence) {
	if m.Kind == incident.KindIsolate {
		list = append(list, phrase.Of("contain.isolate.what", m.Images.Count, m.Images.Pipeline), phrase.Of("contain.will.proof"))
	} else {
		list = append(list, phrase.Of("back.will.proof"))
	}
	if m.Images.Whole {
		list = append(list, phrase.Of("contain.isolate.whole"))
	} else {
		list = append(list, phrase.Of("contain.isolate.rest"))
	}
	if m.Kind == incident.KindRollBack && !m.Back.Undoable {
		return append(list, phrase.Of("back.will.no-undo"))
	}
	return append(list, phrase.Of("contain.will.undo"))
}

// Others are the mitigations beside the one that the page is about, as far as they change anything; one that leaves nothing to be taken
// back does so until it is proven.
func (m containModel) Others() (list []incident.Mitigation) {
	for _, x := range m.Incident.Mitigations {
		if !x.Status.Over() && (x.Reversible() || x.Status != incident.IsProven) && (m.Current == nil || x.ID != m.Current.ID) {
			list = append(list, x)
		}
	}
	return list
}

// What says what a mitigation is.
func (m containModel) What(x incident.Mitigation) string {
	return MitigationText(x.MitigationRequested).In(m.Lang)
}

// Problem says why a roll back cannot be done.
func (m containModel) Problem(p RollBackPlan) string { return p.Problem.In(m.Lang) }

// WayOf names a way of rolling back.
func (m containModel) WayOf(w incident.BackWay) string {
	return m.Say("back.way." + string(w))
}

// Stands says where a mitigation stands.
func (m containModel) Stands(x incident.Mitigation) string {
	return StandsText(m.Incident, x).In(m.Lang)
}

// undoModel is the form that takes a mitigation back.
type undoModel struct {
	frame
	Incident, Mitigation string
	Words                string // on the button
	Follow               bool   // leads to the page on which it is followed
}

// Undo is the form that takes a mitigation back, where the visitor may.
func (m containModel) Undo(x incident.Mitigation) *undoModel {
	if !m.Mine || !m.Incident.MayUndo(x) {
		return nil
	}
	return &undoModel{m.frame, m.ID, x.ID, undoText(x).In(m.Lang), true}
}

// Undo is the form that takes a mitigation back, where the visitor may.
func (p incidentModel) Undo(x incident.Mitigation) *undoModel {
	if !p.Can.Contain || !p.Incident.MayUndo(x) {
		return nil
	}
	return &undoModel{p.frame, p.ID, x.ID, undoText(x).In(p.Lang), false}
}

// What says what a mitigation is.
func (p incidentModel) What(x incident.Mitigation) string {
	return MitigationText(x.MitigationRequested).In(p.Lang)
}

// Stands says where a mitigation stands.
func (p incidentModel) Stands(x incident.Mitigation) string {
	return StandsText(p.Incident, x).In(p.Lang)
}

// ProbeText says what a probe saw. Of several images it is the last, whose time says nothing of the others'.
func (f frame) ProbeText(p incident.Probe) string {
	if p.Images > 0 {
		return f.Say("page.probe.images", strconv.Itoa(p.Status), p.State, p.Images)
	}
	return f.Say("page.probe", strconv.Itoa(p.Status), p.State, strconv.FormatInt(p.Millis, 10))
}

// Name gives the name of a person.
func (m containModel) Name(id people.ID) string { return m.who.Of(id) }

// Images is the selection as the form has it.
func (m containModel) Images() string {
	return strings.Join(append(slices.Clone(m.Selection.Paths), m.Selection.Digests...), "\n")
}

// Standing tells whether the mitigation is on its way or in force.
func (m containModel) Standing() bool {
	return m.Current != nil && !m.Current.Status.Over()
}

// MitigationText names a mitigation by what it does.
func MitigationText(m incident.MitigationRequested) phrase.Sentence {
	switch m.Kind {
	case incident.KindIsolate:
		return phrase.Of("page.mitigation.isolate", m.Images.Count, m.Images.Pipeline)
	case incident.KindNoStore:
		return phrase.Of("page.mitigation.no-store", m.Route, m.Lasting)
	case incident.KindPurge:
		return phrase.Of("page.mitigation.purge", m.Route)
	case incident.KindRollBack:
		return phrase.Of("page.mitigation.roll-back", m.Images.Count, m.Images.Pipeline)
	}
	return phrase.Of("page.mitigation.disable", m.Route)
}

// containPath is the page on which a mitigation is followed.
func containPath(id string, q url.Values) string {
	return "/incidents/" + url.PathEscape(id) + "/contain?" + q.Encode()
}

// StandsText says where a mitigation of an incident stands.
func StandsText(s incident.State, m incident.Mitigation) phrase.Sentence {
	if m.Status == incident.IsFailed && m.UndoFailed {
		return phrase.Of("page.mitigation.undo-failed")
	}
	key := "page.mitigation." + string(m.Status)
	if m.Status == incident.IsProven || m.Status == incident.IsUndone {
		switch m.Kind {
		case incident.KindIsolate:
			key += ".images"
		case incident.KindNoStore:
			key += ".no-store"
		case incident.KindRollBack:
			key += ".roll-back"
		case incident.KindPurge:
			key += ".purge"
		}
	}
	switch {
	case s.HeldByAnother(m):
		key += ".held"
	case s.LetGoWhileHeld(m):
		key += ".was-held"
	}
	return phrase.Of(phrase.Key(key))
}

func undoText(m incident.Mitigation) phrase.Sentence {
	if m.Status == incident.IsProposed {
		return phrase.Of("page.refuse-mitigation")
	}
	switch m.Kind {
	case incident.KindPurge:
		return phrase.Of("page.give-up-purge")
	case incident.KindIsolate:
		return phrase.Of("page.put-back", m.Images.Count)
	case incident.KindNoStore:
		return phrase.Of("page.store-again")
	case incident.KindRollBack:
		return phrase.Of("page.roll-forward")
	}
	return phrase.Of("page.undo")
}

// lastMitigation is the one that was asked for last, in the address of the page.
const lastMitigation = "last"

// after is where a form of the containment page leads to.
func (f fields) after(id string) (to string, ok bool) {
	switch f.Get("then") {
	case "contain":
		return containPath(id, url.Values{"route": {f.text("route")}}), true
	case "all":
		return containPath(id, url.Values{"what": {"all"}, "mitigation": {lastMitigation}}), true
	case "isolate":
		return containPath(id, url.Values{"what": {"images"}, "mitigation": {lastMitigation}}), true
	case "back":
		return containPath(id, url.Values{"what": {"back"}, "mitigation": {lastMitigation}}), true
	case "purge", "no-store":
		return containPath(id, url.Values{"what": {f.Get("then")}, "mitigation": {lastMitigation}}), true
	case "lessons":
		return "/lessons", true
	case "runbook":
		return "/incidents/" + url.PathEscape(id) + "/runbook", true
	case "undone":
		return containPath(id, url.Values{"mitigation": {f.text("id")}}), true
	}
	return "", false
}

func (a *api) containing() {
	s := a.server.service
	a.planningCaches()
	get(a, "plan-route", "/api/v1/incidents/{id}/plans/route", func(ctx context.Context, in *struct {
		ID    string `path:"id"`
		Route string `query:"route" required:"true"`
	}) (RoutePlan, error) {
		return s.PlanRoute(ctx, in.ID, in.Route)
	})
	huma.Register(a.huma, huma.Operation{OperationID: "plan-isolation", Method: http.MethodPost, Path: "/api/v1/incidents/{id}/plans/isolation", MaxBodyBytes: formLimit},
		answering(a, func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body Selection
		}) (IsolationPlan, error) {
			return s.PlanIsolation(ctx, in.ID, in.Body)
		}))
}
