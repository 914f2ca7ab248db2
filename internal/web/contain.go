package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/incident"
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

// containPath is the page on which a mitigation is followed.
func containPath(id string, q url.Values) string {
	return "/incidents/" + url.PathEscape(id) + "/contain?" + q.Encode()
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
