package incident

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// DisableRoute contains: the route serves its last known good reference until undone.
type DisableRoute struct {
	Route  string `json:"route"`
	Reason string `json:"reason,omitempty"`
}

func (c DisableRoute) decide(s State, env Env) (journal.Change, error) {
	return DisableRoutes{[]string{c.Route}, c.Reason}.decide(s, env)
}

// DisableRoutes is [DisableRoute] of several, by one decision.
type DisableRoutes struct {
	Routes []string `json:"routes"`
	Reason string   `json:"reason,omitempty"`
}

func (c DisableRoutes) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Contain); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("contain"); err != nil {
		return journal.Change{}, err
	}
	if len(c.Routes) == 0 || len(c.Routes) > maxRoutes {
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("contain"), "routes", len(c.Routes), maxRoutes)
	}
	d, asked := decideOn(s.ID, env), 0
	for i, route := range c.Routes {
		if err := text("route", route, true); err != nil {
			return journal.Change{}, err
		}
		if _, active := s.Active(route); active || slices.Contains(c.Routes[:i], route) {
			continue // it is on its way or in force
		}
		asked++
		askForMitigation(d, s, MitigationRequested{
			Duty: s.DutyOf(env.By), ID: fmt.Sprintf("M%d", len(s.Mitigations)+asked),
			Kind: KindDisableRoute, Route: route, Reason: c.Reason, Via: env.Via,
		})
	}
	return d.change, text("reason", c.Reason, false)
}

// maxRoutes bounds the routes of one decision.
const maxRoutes = 100

// askForMitigation has a mitigation carried out; or asks for a second person, where the policy wants one, and pages those who
// may be it.
func askForMitigation(d *decision, s State, m MitigationRequested) {
	if !s.Policy.ApproveContainment || d.env.By.System {
		requestMitigation(d, m)
		return
	}
	m.Proposed = true
	d.event(TypeMitigationRequested, m)
	if d.approvers {
		return // one page asks for all that one decision proposes
	}
	d.approvers = true
	ids := append(s.answerable(d.env.Crew), s.admins(d.env.Crew)...)
	slices.Sort(ids)
	for _, to := range slices.Compact(ids) {
		if to != d.env.By.ID {
			d.page(s, Paged{To: to, Duty: s.DutyOf(people.Actor{ID: to}), Purpose: ToApprove})
		}
	}
}

func requestMitigation(d *decision, m MitigationRequested) {
	d.event(TypeMitigationRequested, m)
	startMitigation(d, m)
}

func startMitigation(d *decision, m MitigationRequested) {
	switch m.Kind {
	case KindIsolate:
		d.effect(EffectIsolate, m.ID, ImagesEffect{d.stream, m.ID, *m.Images})
	case KindNoStore:
		d.effect(EffectNoStore, m.ID, NoStoreEffect{RouteEffect{d.stream, m.ID, m.Route}, m.Lasting})
	case KindPurge:
		d.effect(EffectPurge, m.ID, PurgeEffect{RouteEffect{d.stream, m.ID, m.Route}, *m.Purge})
	case KindRollBack:
		d.effect(EffectRollBack, m.ID, m.backEffect(d.stream))
	default:
		d.effect(EffectDisableRoute, m.ID, RouteEffect{d.stream, m.ID, m.Route})
	}
}

// inForce says what a mitigation does while it is proven.
func (m MitigationRequested) inForce() phrase.Sentence {
	switch m.Kind {
	case KindIsolate:
		return phrase.Of("refusal.force.isolate", m.Images.Count, m.Images.Pipeline)
	case KindNoStore:
		return phrase.Of("refusal.force.no-store", m.Route)
	}
	return phrase.Of("refusal.force.route", m.Route)
}

// Isolate contains: single images are taken out of delivery until undone. The list is the caller's to keep.
type Isolate struct {
	Images ImageList
	Reason string
}

func (c Isolate) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Contain); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("contain"); err != nil {
		return journal.Change{}, err
	}
	if c.Images.Count < 1 || c.Images.SHA256 == "" || c.Images.Pipeline == "" {
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("isolate"), "no-images")
	}
	for _, m := range s.Mitigations {
		if m.Kind == KindIsolate && m.Images.SHA256 == c.Images.SHA256 && !m.Status.Over() && m.Status != IsUndoing {
			return journal.Change{}, nil // it is on its way or in force
		}
	}
	d := decideOn(s.ID, env)
	askForMitigation(d, s, MitigationRequested{
		Duty: s.DutyOf(env.By), ID: fmt.Sprintf("M%d", len(s.Mitigations)+1),
		Kind: KindIsolate, Images: &c.Images, Reason: c.Reason, Via: env.Via,
	})
	return d.change, text("reason", c.Reason, false)
}

// MaxNoStore is the longest that caches are kept from storing a route by one mitigation.
const MaxNoStore = 24 * time.Hour

// NoStoreRoute keeps caches from storing a route for a while, and makes them forget what they have stored of it. It
// contains nothing: the images are served on.
type NoStoreRoute struct {
	Route   string        `json:"route"`
	Lasting time.Duration `json:"lasting"` // nanoseconds
	Reason  string        `json:"reason,omitempty"`
}

func (c NoStoreRoute) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Contain); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("no-store"); err != nil {
		return journal.Change{}, err
	}
	if err := text("route", c.Route, true); err != nil {
		return journal.Change{}, err
	}
	if c.Lasting <= 0 || c.Lasting > MaxNoStore {
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("no-store"), "no-store.for", c.Route, c.Lasting, int(MaxNoStore.Hours()))
	}
	for _, m := range s.Mitigations {
		if m.Kind == KindNoStore && m.Route == c.Route && !m.Status.Over() {
			return journal.Change{}, s.conflict(s.doing("no-store"), "no-store.twice", m.ID)
		}
	}
	d := decideOn(s.ID, env)
	askForMitigation(d, s, MitigationRequested{
		Duty: s.DutyOf(env.By), ID: fmt.Sprintf("M%d", len(s.Mitigations)+1),
		Kind: KindNoStore, Route: c.Route, Lasting: c.Lasting, Reason: c.Reason, Via: env.Via,
	})
	return d.change, text("reason", c.Reason, false)
}

// ApproveMitigation agrees to what another person has proposed.
type ApproveMitigation struct {
	ID string `json:"id"`
}

func (c ApproveMitigation) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Contain); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("approve-any"); err != nil {
		return journal.Change{}, err
	}
	m, ok := s.Mitigation(c.ID)
	switch {
	case !ok:
		return journal.Change{}, refuse(journal.ErrNotFound, s.doing("approve-any"), "mitigation", strconv.Quote(c.ID))
	case m.Status == IsRefused:
		return journal.Change{}, s.conflict(s.doing("approve", c.ID), "refused")
	case m.Status != IsProposed:
		return journal.Change{}, nil
	case m.By == env.By.ID:
		return journal.Change{}, refuse(journal.ErrForbidden, s.doing("approve", c.ID), "second-person")
	}
	d := decideOn(s.ID, env)
	approve(d, s, m)
	return d.change, nil
}

func approve(d *decision, s State, m Mitigation) {
	d.event(TypeMitigationApproved, MitigationDecided{Duty: s.DutyOf(d.env.By), ID: m.ID})
	startMitigation(d, m.MitigationRequested)
}

// Undo takes a mitigation back, also one that is not proven yet; or refuses one that was proposed.
type Undo struct {
	ID     string `json:"id"`
	Reason string `json:"reason,omitempty"`
}

func (c Undo) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Contain); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("undo-any"); err != nil {
		return journal.Change{}, err
	}
	m, ok := s.Mitigation(c.ID)
	if !ok {
		return journal.Change{}, refuse(journal.ErrNotFound, s.doing("undo-any"), "mitigation", strconv.Quote(c.ID))
	}
	switch {
	case m.Status == IsUndoing, m.Status == IsUndone, m.Status == IsRefused:
		return journal.Change{}, nil
	case m.leavesNothing():
		return decideOn(s.ID, env).event(TypeMitigationRefused, MitigationDecided{s.DutyOf(env.By), c.ID, c.Reason}).change, text("reason", c.Reason, false)
	}
	if err := s.standsFast(m); err != nil {
		return journal.Change{}, err
	}
	// An undo may fail and be asked for again, so each has its own key.
	key := fmt.Sprintf("%s-%d", m.ID, s.Seq)
	d := decideOn(s.ID, env).event(TypeUndoRequested, UndoRequested{s.DutyOf(env.By), c.ID, c.Reason})
	switch m.Kind {
	case KindIsolate:
		d.effect(EffectPutBack, key, ImagesEffect{s.ID, m.ID, *m.Images})
	case KindNoStore:
		d.effect(EffectStoreAgain, key, RouteEffect{s.ID, m.ID, m.Route})
	case KindRollBack:
		d.effect(EffectRollForward, key, m.backEffect(s.ID))
	default:
		d.effect(EffectEnableRoute, key, RouteEffect{s.ID, m.ID, m.Route})
	}
	return d.change, text("reason", c.Reason, false)
}

// leavesNothing tells whether the mitigation has changed nothing yet that had to be taken back: it is withdrawn. What caches have not
// forgotten by now they need not.
func (m Mitigation) leavesNothing() bool {
	return m.Status == IsProposed || m.Kind == KindPurge && m.Status == IsRequested
}

// standsFast says why a mitigation cannot be taken back as it stands, or nil.
func (s State) standsFast(m Mitigation) error {
	refuse := func(why phrase.Key, args ...any) error { return s.conflict(s.doing("undo", m.ID), why, args...) }
	if other, ok := s.Active(m.Route); ok && m.Status == IsFailed && m.Kind == KindDisableRoute {
		return refuse("replaced", other.ID)
	}
	switch {
	case m.Kind == KindPurge:
		return refuse("forgotten")
	case m.Kind == KindRollBack && !m.Back.Undoable:
		return refuse("no-way-back")
	case m.Kind == KindRollBack && m.Status == IsRequested && (m.Back.Way == BackGit || m.Back.Way == BackCommand):
		return refuse("at-it")
	}
	return nil
}

// MayUndo tells whether a mitigation can be taken back, or withdrawn, as it stands.
func (s State) MayUndo(m Mitigation) bool {
	switch {
	case s.Closed != nil, m.Status == IsUndoing, m.Status == IsUndone, m.Status == IsRefused:
		return false
	}
	return m.leavesNothing() || s.standsFast(m) == nil
}

// RecordApplied is the outcome of a route change: the edge took it.
type RecordApplied struct{ ID string }

func (c RecordApplied) decide(s State, env Env) (journal.Change, error) {
	m, ok := s.Mitigation(c.ID)
	if !ok || !env.By.System {
		return journal.Change{}, fmt.Errorf("record mitigation %q of %s: %w", c.ID, s.ID, journal.ErrInvalid)
	}
	if m.Status != IsRequested {
		return journal.Change{}, nil
	}
	d := decideOn(s.ID, env).event(TypeMitigationApplied, MitigationApplied{m.Duty, c.ID})
	if m.Kind == KindRollBack {
		measureAgain(d, m.MitigationRequested)
	}
	return d.change, nil
}

// Left counts the images that are over budget and delivered all the same.
type Left struct {
	Images  int
	Example string
}

// RecordProbe is the outcome of a probe after a change: what a client from outside saw.
type RecordProbe struct {
	ID    string
	Undo  bool // the change was an undo
	Probe Probe
	Left  Left // where the change was of images
}

func (c RecordProbe) decide(s State, env Env) (journal.Change, error) {
	m, ok := s.Mitigation(c.ID)
	if !ok || !env.By.System {
		return journal.Change{}, fmt.Errorf("record the probe of mitigation %q of %s: %w", c.ID, s.ID, journal.ErrInvalid)
	}
	d := decideOn(s.ID, env)
	if !m.Awaits(c.Undo) {
		return d.change, nil // the late report of a repeated effect
	}
	if s.Resolved == nil { // after the repair images are measured as ever
		outgrow(d, s, c.Left, m)
	}
	switch {
	case c.Undo:
		d.event(TypeUndone, MitigationProven{c.ID, c.Probe})
	case m.Status == IsRequested:
		d.event(TypeMitigationApplied, MitigationApplied{m.Duty, c.ID})
		d.event(TypeMitigationProven, MitigationProven{c.ID, c.Probe})
	default:
		d.event(TypeMitigationProven, MitigationProven{c.ID, c.Probe})
	}
	return d.change, nil
}

// RecordLeft says that images are over budget and delivered, although what is in force was to take care of all of them.
type RecordLeft struct{ Left }

func (c RecordLeft) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System {
		return journal.Change{}, fmt.Errorf("record which images of %s are delivered: %w", s.ID, journal.ErrForbidden)
	}
	d := decideOn(s.ID, env)
	if s.Closed != nil || s.Resolved != nil {
		return d.change, nil
	}
	after := s
	after.Mitigations = slices.Clone(s.Mitigations)
	for _, id := range outgrow(d, s, c.Left) {
		after.outgrown(id)
	}
	if s.Contained == nil || after.Contained != nil {
		return d.change, nil
	}
	for _, to := range s.answerable(env.Crew) {
		d.page(s, Paged{To: to, Duty: s.DutyOf(people.Actor{ID: to}), Purpose: HarmAgain})
	}
	return d.change, nil
}

// outgrow notes of what is in force, and of what is about to be, that it does not take care of all images. It gives the mitigations.
func outgrow(d *decision, s State, left Left, proven ...Mitigation) (ids []string) {
	if left.Images == 0 {
		return nil
	}
	for _, m := range s.Mitigations {
		about := slices.ContainsFunc(proven, func(p Mitigation) bool { return p.ID == m.ID && m.Status != IsUndoing })
		if m.Images != nil && m.Images.Whole && (m.InForce() || about) {
			d.event(TypeMitigationOutgrown, MitigationOutgrown{m.ID, left.Images, left.Example})
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// RecordFailure says why a change or its probe did not succeed.
type RecordFailure struct {
	ID     string
	Undo   bool
	Final  bool // it is not tried again
	Reason string
	Said   phrase.Said // the reason in each language
}

// Failed is the record of an error.
func Failed(mitigation string, undo, final bool, why error) RecordFailure {
	return RecordFailure{ID: mitigation, Undo: undo, Final: final, Reason: journal.Sentence(why), Said: phrase.SaidOf(why)}
}

const (
	// stuckAfter is how long something is tried in vain before people are paged: an edge that is started anew is there again by then.
	stuckAfter = time.Minute
	// problemAgain is how often another reason is journalled while the tries go on; the first one is at once.
	problemAgain = 10 * time.Minute
)

func (c RecordFailure) decide(s State, env Env) (journal.Change, error) {
	m, ok := s.Mitigation(c.ID)
	if !ok || !env.By.System {
		return journal.Change{}, fmt.Errorf("record the failure of mitigation %q of %s: %w", c.ID, s.ID, journal.ErrInvalid)
	}
	if !m.Awaits(c.Undo) {
		return journal.Change{}, nil // the late report of a repeated effect
	}
	stuck := !c.Final && !m.Stuck && m.FailingSince != nil && env.Now.Sub(*m.FailingSince) >= stuckAfter
	another := m.ProblemAt != nil && m.Problem != c.Reason && env.Now.Sub(*m.ProblemAt) >= problemAgain
	if !c.Final && !stuck && !another && m.FailingSince != nil {
		return journal.Change{}, nil // people know
	}
	d := decideOn(s.ID, env).event(TypeMitigationFailed, MitigationFailed{ID: m.ID, Reason: c.Reason, Said: c.Said, Undo: c.Undo, Final: c.Final, Stuck: stuck})
	if c.Final || stuck {
		// Harm goes on, or the route is in doubt, and no machine has mended it: a person must know.
		for _, to := range s.answerable(d.env.Crew) {
			d.page(s, Paged{To: to, Duty: s.DutyOf(people.Actor{ID: to}), Purpose: EdgeFailed})
		}
	}
	return d.change, nil
}
