package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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

// Scene is what else is going on at a time; [Policy.Scene] makes it.
type Scene struct {
	Now        time.Time
	silences   []Silence               // that are in force
	inhibitors []map[string]inhibitors // of each rule, by the values of its equal labels
}

// Scene gives the scene of silences in any state and of the alerts that may
// inhibit; the judged ones may be among them. It is made once for all that are
// judged: to look for each among all others takes minutes in a storm.
func (p *Policy) Scene(now time.Time, silences []Silence, firing []Alert) Scene {
	s := Scene{Now: now}
	for _, silence := range silences {
		if silence.State(now) == SilenceActive {
			s.silences = append(s.silences, silence)
		}
	}
	for _, rule := range p.inhibit {
		s.inhibitors = append(s.inhibitors, rule.index(now, firing))
	}
	return s
}

// Suppression tells by what an alert is suppressed in a scene. Only what has
// not ended inhibits; whether the inhibiting alert is itself suppressed does
// not matter, as in Alertmanager.
func (p *Policy) Suppression(l Labels, s Scene) Suppression {
	var by Suppression
	for _, silence := range s.silences {
		if silence.Matchers.Match(l) {
			by.SilencedBy = append(by.SilencedBy, silence.ID)
		}
	}
	slices.Sort(by.SilencedBy)
	for _, w := range p.windows {
		if _, open := w.covers(s.Now); open && w.matchers.Match(l) {
			by.MutedBy = append(by.MutedBy, w.name)
		}
	}
	for i, rule := range p.inhibit {
		if i == len(s.inhibitors) {
			break // the zero Scene: nothing fires
		}
		if source := rule.inhibits(l, s.inhibitors[i]); source != "" {
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

// inhibitors are the fingerprints of alerts that inhibit; empty: there is none.
type inhibitors struct {
	first string // source of the rule
	pure  string // and not its target
}

// index gives what inhibits, by the values of the labels that must be equal.
func (r inhibition) index(now time.Time, firing []Alert) map[string]inhibitors {
	sources := map[string]inhibitors{}
	for _, a := range firing {
		if a.Resolved(now) || !r.source.Match(a.Labels) {
			continue
		}
		key := r.key(a.Labels)
		of := sources[key]
		of.first = cmp.Or(of.first, a.Fingerprint)
		if of.pure == "" && !r.target.Match(a.Labels) {
			of.pure = a.Fingerprint
		}
		sources[key] = of
	}
	return sources
}

// key writes the values of the labels that must be equal; a label that both
// lack is equal, too.
func (r inhibition) key(l Labels) string {
	var b strings.Builder
	for _, name := range r.equal {
		fmt.Fprintf(&b, "%d:%s", len(l[name]), l[name])
	}
	return b.String()
}

// inhibits finds an alert that inhibits labels, by its fingerprint. An alert
// that is source and target at once does not inhibit another that is both, and
// so not itself.
func (r inhibition) inhibits(l Labels, by map[string]inhibitors) (fingerprint string) {
	switch {
	case !r.target.Match(l):
		return ""
	case r.source.Match(l):
		return by[r.key(l)].pure
	}
	return by[r.key(l)].first
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
