package alert

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Suppression says by what an alert is kept from opening anything; all empty: by nothing.
type Suppression struct {
	SilencedBy  []string `json:"silencedBy,omitempty"`  // ids of silences
	InhibitedBy []string `json:"inhibitedBy,omitempty"` // fingerprints of alerts
	MutedBy     []string `json:"mutedBy,omitempty"`     // names of maintenance windows
}

// Any tells whether anything suppresses.
func (s Suppression) Any() bool {
	return len(s.SilencedBy)+len(s.InhibitedBy)+len(s.MutedBy) > 0
}

// Scene is what else is going on.
type Scene struct {
	Now      time.Time
	Silences []Silence // in any state
	Firing   []Alert   // those that may inhibit; the judged one may be among them
}

// Suppression tells by what an alert is suppressed in a scene. Only what has
// not ended inhibits; whether the inhibiting alert is itself suppressed does
// not matter, as in Alertmanager.
func (p *Policy) Suppression(l Labels, s Scene) Suppression {
	var by Suppression
	for _, silence := range s.Silences {
		if silence.Mutes(l, s.Now) {
			by.SilencedBy = append(by.SilencedBy, silence.ID)
		}
	}
	slices.Sort(by.SilencedBy)
	for _, w := range p.windows {
		if _, open := w.covers(s.Now); open && w.matchers.Match(l) {
			by.MutedBy = append(by.MutedBy, w.name)
		}
	}
	for _, rule := range p.inhibit {
		if source, ok := rule.inhibits(l, s); ok {
			by.InhibitedBy = []string{source} // one is enough, as Alertmanager tells it
			break
		}
	}
	return by
}

// Inhibits tells whether the alerts that fire matter to each other at all.
func (p *Policy) Inhibits() bool { return len(p.inhibit) > 0 }

// Windows lists the names of the maintenance windows that are open at a time,
// and until when.
func (p *Policy) Windows(now time.Time) map[string]time.Time {
	open := map[string]time.Time{}
	for _, w := range p.windows {
		if until, ok := w.covers(now); ok {
			open[w.name] = until
		}
	}
	return open
}

// inhibition is a parsed [Inhibition].
type inhibition struct {
	source, target Matchers
	equal          []string
}

func (r Inhibition) parse() (inhibition, error) {
	// Unlike a silence, a side may be all that lacks a label.
	source, err := parseList(r.Source)
	if err != nil {
		return inhibition{}, err
	}
	target, err := parseList(r.Target)
	if err == nil && (len(source) == 0 || len(target) == 0) {
		err = fmt.Errorf("name matchers of source and target: %w", journal.ErrInvalid)
	}
	return inhibition{source, target, r.Equal}, err
}

// inhibits finds an alert that inhibits labels. An alert that is source and
// target at once does not inhibit another that is both, and so not itself.
func (r inhibition) inhibits(l Labels, s Scene) (fingerprint string, ok bool) {
	if !r.target.Match(l) {
		return "", false
	}
	both := r.source.Match(l)
	for _, a := range s.Firing {
		if a.Resolved(s.Now) || !r.source.Match(a.Labels) || both && r.target.Match(a.Labels) {
			continue
		}
		// A label that both lack is equal, too.
		if !slices.ContainsFunc(r.equal, func(name string) bool { return a.Labels[name] != l[name] }) {
			return a.Fingerprint, true
		}
	}
	return "", false
}

// Outcome is what is to happen to an alert.
type Outcome string

// The outcomes.
const (
	Opens      Outcome = "opens"      // a new incident
	Joins      Outcome = "joins"      // the incident of its group
	Suppressed Outcome = "suppressed" // it is kept and judged again
	Known      Outcome = "known"      // this activation has its incident
	Lapsed     Outcome = "lapsed"     // it ended while it was suppressed
)

// Standing is what is known of an alert before it is judged.
type Standing struct {
	FiredAt    time.Time      // when this activation was told first
	Incident   string         // of this activation; empty: none yet
	Suppressed bool           // it was when it was judged last
	Group      *GroupIncident // the last incident of its group; nil: none
}

// GroupIncident is an incident as far as joining it goes.
type GroupIncident struct {
	ID         string
	Closed     bool
	ResolvedAt *time.Time
}

// takes tells whether an alert that fired then belongs to the incident: what
// fires after the cause was removed is new harm.
func (g *GroupIncident) takes(firedAt time.Time) bool {
	return g != nil && !g.Closed && (g.ResolvedAt == nil || firedAt.Before(*g.ResolvedAt))
}

// Verdict is what is to happen to an alert, and why.
type Verdict struct {
	Outcome  Outcome
	Incident string // that it joins or has
	By       Suppression
}

// Judge says what is to happen to an alert. One that ended before it could be
// judged opens its incident all the same, unless it was suppressed.
func (p *Policy) Judge(a Alert, st Standing, s Scene) Verdict {
	if st.Incident != "" {
		return Verdict{Outcome: Known, Incident: st.Incident}
	}
	if st.Suppressed && a.Resolved(s.Now) {
		return Verdict{Outcome: Lapsed}
	}
	if by := p.Suppression(a.Labels, s); by.Any() {
		return Verdict{Outcome: Suppressed, By: by}
	}
	fired := st.FiredAt
	if st.Suppressed {
		fired = s.Now // nobody was told of it before
	}
	if st.Group.takes(fired) {
		return Verdict{Outcome: Joins, Incident: st.Group.ID}
	}
	return Verdict{Outcome: Opens}
}
