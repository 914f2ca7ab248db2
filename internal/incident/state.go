package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Phase is the displayed state of an incident.
type Phase string

// The phases, in their order.
const (
	PhaseNone         Phase = "none"
	PhaseDetected     Phase = "detected"
	PhaseAcknowledged Phase = "acknowledged"
	PhaseContained    Phase = "contained"
	PhaseResolved     Phase = "resolved"
	PhasePublished    Phase = "published"
	PhaseClosed       Phase = "closed"
)

// Mark says when something came to hold, and by whom.
type Mark struct {
	At time.Time `json:"at"`
	By people.ID `json:"by"`
}

// State is the fold of an incident's entries. It is a value: Fold owns it.
type State struct {
	ID         string            `json:"id"`
	Opened     Opened            `json:"opened"`
	DetectedAt time.Time         `json:"detectedAt"`
	RecordedAt time.Time         `json:"recordedAt"` // wall clock of the detection
	Severity   pipeline.Severity `json:"severity"`
	Policy     pipeline.Policy   `json:"policy"`
	Ack        *Mark             `json:"ack,omitempty"`
	Contained  *Mark             `json:"contained,omitempty"` // what is proven and in force stops the harm, or the images are quarantined
	// FirstContained is when the harm had stopped for the first time. An undo does not take it back.
	FirstContained *Mark `json:"firstContained,omitempty"`
	Resolved       *Mark `json:"resolved,omitempty"`
	// HarmEnded is when the harm had stopped for good, of an incident that is resolved and was ever contained.
	HarmEnded   *Mark             `json:"harmEnded,omitempty"`
	PublishedAt *Mark             `json:"published,omitempty"`
	Publication *Published        `json:"publication,omitempty"`
	Closed      *Mark             `json:"closed,omitempty"`
	Waived      map[string]string `json:"waived,omitempty"`
	Prevented   *Mark             `json:"prevented,omitempty"`
	Analysed    *Mark             `json:"analysed,omitempty"`
	Lead        *Handover         `json:"lead,omitempty"`
	Pages       []Page            `json:"pages,omitempty"`
	Updates     []Update          `json:"updates,omitempty"`
	Impact      *Impact           `json:"impact,omitempty"` // as filed last
	Filings     []Filing          `json:"filings,omitempty"`
	Mitigations []Mitigation      `json:"mitigations,omitempty"`
	Clocks      []Clock           `json:"clocks,omitempty"`
	Steps       []StepState       `json:"steps,omitempty"`   // of the runbook that have been begun, ended or skipped
	Rated       *Mark             `json:"rated,omitempty"`   // a person has changed the severity
	Removed     []Clock           `json:"removed,omitempty"` // clocks that a severity knows none of: their pauses count where another brings them back
	Escalation  oncall.Escalation `json:"escalation"`
	// AlertsJoined counts the alerts written here that joined the first;
	// AlertsEnded counts how often the last one ended.
	AlertsJoined int `json:"alertsJoined,omitempty"`
	AlertsEnded  int `json:"alertsEnded,omitempty"`
	// LeakAt is when personal data was found to have been public, where that was
	// not known at the opening; QuarantinedAt is when the first image was out of delivery.
	LeakAt        *time.Time `json:"leakAt,omitempty"`
	QuarantinedAt *time.Time `json:"quarantinedAt,omitempty"`
	Seq           int64      `json:"seq"` // of the last entry folded
}

// Handover is the request to a named lead.
type Handover struct {
	To       people.ID `json:"to"`
	AskedAt  time.Time `json:"askedAt"`
	Accepted *Mark     `json:"accepted,omitempty"`
	Refused  *Mark     `json:"refused,omitempty"`
}

// PageStatus is where a page stands.
type PageStatus string

// The states of a page.
const (
	PagePlanned PageStatus = "planned"
	PageSent    PageStatus = "sent"
	PageFailed  PageStatus = "failed"
	PageDropped PageStatus = "dropped"
)

// Page is one line of the page ledger.
type Page struct {
	Paged
	PlannedAt time.Time  `json:"plannedAt"`
	DoneAt    *time.Time `json:"doneAt,omitempty"`
	Status    PageStatus `json:"status"`
	Channels  []string   `json:"channels,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	// Deliveries are what became of it by each method.
	Deliveries []PageDelivery `json:"deliveries,omitempty"`
}

// PageDelivery is what became of a page by one method.
type PageDelivery struct {
	Method    string     `json:"method,omitempty"`
	Status    PageStatus `json:"status"`
	At        time.Time  `json:"at"` // when the channel had taken it, or it was given up
	Receipt   string     `json:"receipt,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	BegunAt   *time.Time `json:"begunAt,omitempty"`
	Attempts  int        `json:"attempts,omitempty"`
	Delivered bool       `json:"delivered,omitempty"`
	Together  int        `json:"together,omitempty"`
}

// Ways lists the methods of a page: those that were planned, or by which anything became of it.
func (p Page) Ways() []string {
	ways := slices.Clone(p.Methods)
	for _, d := range p.Deliveries {
		if !slices.Contains(ways, d.Method) {
			ways = append(ways, d.Method)
		}
	}
	if len(ways) == 0 && p.Status == PagePlanned {
		return anyMethod
	}
	return ways
}

// EffectKey names the effect that sends a page of an incident by a method.
func (p Page) EffectKey(id, method string) string {
	key := id + ":" + EffectPage + ":" + p.Key
	if method != "" {
		key += ":" + method
	}
	return key
}

// Delivered finds what became of a page by a method, or nil while nothing has.
func (p Page) Delivered(method string) *PageDelivery {
	i := slices.IndexFunc(p.Deliveries, func(d PageDelivery) bool { return d.Method == method })
	if i < 0 {
		return nil
	}
	return &p.Deliveries[i]
}

// Update is a status update with those who have seen it.
type Update struct {
	Updated
	Mark
	SeenBy []people.ID `json:"seenBy,omitempty"`
}

// MitigationStatus is where a mitigation stands.
type MitigationStatus string

// The states of a mitigation.
const (
	IsProposed  MitigationStatus = "proposed"
	IsRefused   MitigationStatus = "refused"
	IsRequested MitigationStatus = "requested"
	IsApplied   MitigationStatus = "applied"
	IsProven    MitigationStatus = "proven"
	IsFailed    MitigationStatus = "failed"
	IsUndoing   MitigationStatus = "undoing"
	IsUndone    MitigationStatus = "undone"
)

// Over tells whether nothing is or will be changed by the mitigation.
func (m MitigationStatus) Over() bool { return m == IsUndone || m == IsFailed || m == IsRefused }

// Mitigation is one containment with its proof.
type Mitigation struct {
	MitigationRequested
	Mark
	Status    MitigationStatus `json:"status"`
	Approved  *Mark            `json:"approved,omitempty"` // by the second person, where one had to agree
	AppliedAt *time.Time       `json:"appliedAt,omitempty"`
	ProvenAt  *time.Time       `json:"provenAt,omitempty"`
	UndoneAt  *time.Time       `json:"undoneAt,omitempty"`
	Probe     *Probe           `json:"probe,omitempty"`
	Problem   string           `json:"problem,omitempty"` // why the last attempt did not succeed, or for what it was refused
	Said      phrase.Said      `json:"said,omitempty"`    // the problem in each language, where it was journalled so
	// ProblemAt is when the problem was journalled, FailingSince when the first one was since the mitigation or its undo was asked for;
	// Stuck says that people were paged because it goes on.
	ProblemAt    *time.Time `json:"problemAt,omitempty"`
	FailingSince *time.Time `json:"failingSince,omitempty"`
	Stuck        bool       `json:"stuck,omitempty"`
	UndoFailed   bool       `json:"undoFailed,omitempty"` // it was its undo that failed
}

// Stopped tells whether what is in force stops the harm: all images over budget are dealt with, or every route of the incident is
// disabled. Single images may leave others to be served, one route leaves the others, and a route that nobody stores is served.
// Of an incident that names no route, whoever has disabled one knows which it is about.
func (s State) Stopped() bool {
	open := map[string]bool{}
	for _, r := range s.Opened.Routes {
		open[r] = true
	}
	disabled := false
	for _, m := range s.Mitigations {
		switch {
		case !m.InForce():
		case m.StopsAll():
			return true
		case m.Kind == KindDisableRoute:
			delete(open, m.Route)
			disabled = true
		}
	}
	return disabled && len(open) == 0
}

// InForce tells whether a mitigation is proven, and not being taken back.
func (m Mitigation) InForce() bool { return m.Status == IsProven }

// StopsAll tells whether the mitigation is in force and takes care of all images over budget.
func (m Mitigation) StopsAll() bool { return m.InForce() && m.Images != nil && m.Images.Whole }

// Awaits tells whether the mitigation, or its undo, is under way. What comes late of the other direction changes nothing any more.
func (m Mitigation) Awaits(undo bool) bool {
	if undo {
		return m.Status == IsUndoing
	}
	return m.Status == IsRequested || m.Status == IsApplied
}

// settled forgets what was in the way.
func (m *Mitigation) settled() {
	m.Problem, m.Said, m.ProblemAt, m.FailingSince, m.Stuck = "", nil, nil, nil, false
}

// Why is the problem as readers of each language read it.
func (m Mitigation) Why() phrase.Said { return m.Said.Else(m.Problem) }

// Foreign tells whether the problem is there in English only, which is not the reader's language. What a person wrote is in the person's.
func (m Mitigation) Foreign(l phrase.Lang) bool { return m.Status != IsRefused && m.Why().Foreign(l) }

// Proven tells whether a mitigation was proven at some time; undoing after the repair does not take that back.
func (m Mitigation) Proven() bool { return m.ProvenAt != nil }

// Reversible tells whether there is a way back from the mitigation once it is carried out.
func (m Mitigation) Reversible() bool {
	return m.Kind != KindPurge && (m.Back == nil || m.Back.Undoable)
}

// Exists tells whether the incident has been opened.
func (s State) Exists() bool { return s.ID != "" }

// Phase derives the displayed state from the facets.
func (s State) Phase() Phase {
	switch {
	case !s.Exists():
		return PhaseNone
	case s.Closed != nil:
		return PhaseClosed
	case s.PublishedAt != nil:
		return PhasePublished
	case s.Resolved != nil:
		return PhaseResolved
	case s.Contained != nil:
		return PhaseContained
	case s.Ack != nil:
		return PhaseAcknowledged
	}
	return PhaseDetected
}

// LeadID is the person who leads: who accepted, or nobody.
func (s State) LeadID() people.ID {
	if s.Lead != nil && s.Lead.Accepted != nil {
		return s.Lead.To
	}
	return ""
}

// PageWanted tells whether a planned page still has a purpose, by a method. Its performer
// asks before it sends.
func (s State) PageWanted(key, method string) bool {
	i := slices.IndexFunc(s.Pages, func(p Page) bool { return p.Key == key })
	if i < 0 || s.Closed != nil || s.Pages[i].Delivered(method) != nil || s.Pages[i].Status == PageDropped {
		return false
	}
	switch s.Pages[i].Purpose {
	case ToAcknowledge:
		return s.Ack == nil && s.Resolved == nil
	case ToLead:
		if s.Lead == nil || s.Pages[i].Duty == people.OnCall { // told that the lead refused
			return s.Lead != nil && s.Lead.Refused != nil
		}
		return s.Lead.To == s.Pages[i].To && s.Lead.Accepted == nil && s.Lead.Refused == nil
	case ToApprove:
		return slices.ContainsFunc(s.Mitigations, func(m Mitigation) bool { return m.Status == IsProposed })
	case HarmAgain:
		return s.Contained == nil && s.Resolved == nil
	case EdgeFailed:
		return slices.ContainsFunc(s.Mitigations, func(m Mitigation) bool { return m.Status == IsFailed || m.Stuck })
	}
	c := s.Clock(s.Pages[i].Clock)
	return c != nil && c.StoppedAt == nil
}

// Mitigation finds a mitigation by its id.
func (s State) Mitigation(id string) (Mitigation, bool) {
	for _, m := range s.Mitigations {
		if m.ID == id {
			return m, true
		}
	}
	return Mitigation{}, false
}

// Active finds the mitigation of a route that is in force or on its way. One that is being taken back is not: the route may be
// disabled again by another meanwhile.
func (s State) Active(route string) (Mitigation, bool) {
	for _, m := range s.Mitigations {
		if m.Kind == KindDisableRoute && m.Route == route && !m.Status.Over() && m.Status != IsUndoing {
			return m, true
		}
	}
	return Mitigation{}, false
}

// Served lists the routes of the incident of which it is not proven that they serve references.
func (s State) Served() (routes []string) {
	for _, r := range s.Opened.Routes {
		if m, ok := s.Active(r); !ok || !m.InForce() {
			routes = append(routes, r)
		}
	}
	return routes
}

// LetGoWhileHeld tells whether something else still held what a mitigation let go of, and the incident has not seen since that it is let
// go of. What it was may be of another incident.
func (s State) LetGoWhileHeld(m Mitigation) bool {
	if m.Status != IsUndone || m.Probe == nil || !m.Probe.StillShows(m.Kind) {
		return false
	}
	return !slices.ContainsFunc(s.Mitigations, func(x Mitigation) bool {
		return x.Kind == m.Kind && x.Images == nil && x.Route == m.Route && x.Status == IsUndone && x.UndoneAt.After(*m.UndoneAt) && !x.Probe.StillShows(x.Kind)
	})
}

// HeldByAnother tells whether another mitigation of the incident holds on to what a mitigation let go of.
func (s State) HeldByAnother(m Mitigation) bool {
	return s.LetGoWhileHeld(m) && slices.ContainsFunc(s.Mitigations, func(x Mitigation) bool {
		return x.ID != m.ID && x.holds() && x.holdsLike(m)
	})
}

// holds tells whether the edges may still do as the mitigation told them.
func (m Mitigation) holds() bool {
	return m.Status == IsApplied || m.Status == IsProven || m.Status == IsUndoing || m.Status == IsFailed && m.UndoFailed
}

// holdsLike tells whether a probe after the undo of another mitigation may have seen this one.
func (m Mitigation) holdsLike(other Mitigation) bool {
	switch m.Kind {
	case KindDisableRoute:
		return other.Kind == KindIsolate || m.Route == other.Route
	case KindIsolate:
		return other.Kind == KindIsolate
	case KindNoStore:
		return other.Kind == KindNoStore && m.Route == other.Route
	}
	return false
}

// DutyOf says in which duty a person acts in this incident.
func (s State) DutyOf(a people.Actor) people.Duty {
	switch {
	case a.System:
		return people.MonitorBot
	case a.ID == s.LeadID():
		return people.LeadDuty
	case a.ID == s.Opened.OnCall:
		return people.OnCall
	case a.ID == s.Opened.Lead:
		return people.LeadDuty
	case a.Role == people.Board:
		return people.Member
	case a.Role == people.Lead:
		return people.LeadDuty
	case a.Role == people.Administrator:
		return people.Admin
	}
	return people.OnCall
}

// Fold computes the state from the entries of one stream, in their order.
// Entries of types that this package does not know are passed over.
func Fold(entries []journal.Entry) (State, error) {
	var s State
	for _, e := range entries {
		if err := s.apply(e); err != nil {
			return s, fmt.Errorf("fold incident %s: %w", e.Stream, err)
		}
	}
	return s, nil
}
