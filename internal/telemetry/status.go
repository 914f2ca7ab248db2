package telemetry

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/rules"
)

// Kind tells alerting from recording rules.
type Kind string

// The kinds of rules.
const (
	Alerting  Kind = "alerting"
	Recording Kind = "recording"
)

// Health says whether the last evaluation of a rule worked.
type Health string

// Before its first evaluation the health of a rule is unknown.
const (
	HealthUnknown Health = "unknown"
	HealthGood    Health = "good"
	HealthBad     Health = "bad"
)

// RuleStatus is one rule as it stands after the last evaluation.
type RuleStatus struct {
	// ID names the rule in addresses, in 16 hexadecimal digits. It stays over restarts and reloads as long as source,
	// group, name and labels do.
	ID string
	// Source is the file of the group, as [Group.From] was told.
	Source        string
	Group         string
	Rule          string
	Kind          Kind
	Expr          string
	For           time.Duration
	KeepFiringFor time.Duration
	Labels        map[string]string // templates not expanded
	Annotations   map[string]string // templates not expanded
	Health        Health
	// Err is why the last evaluation did not work, nil unless Health is bad.
	Err error
	// State is that of the rule's worst alert: firing, pending or inactive.
	State State
	// Pending and Firing count the alerts of the rule.
	Pending, Firing int
	// Interval is how often the group of the rule is evaluated.
	Interval time.Duration
	// EvaluatedAt is the time given to the last evaluation of the rule, zero before the first.
	EvaluatedAt time.Time
	// Took is how long that took, on the wall clock.
	Took time.Duration
}

// Active returns the alerts that are pending or firing after the last
// evaluation, in the order of [Engine.Evaluate].
func (e *Engine) Active() []Alert {
	e.view.Lock()
	defer e.view.Unlock()
	all := make([]Alert, len(e.active))
	for i, a := range e.active {
		all[i] = a.clone()
	}
	return all
}

// Rules returns all rules, in the order they were given, as they stand after
// the last evaluation.
func (e *Engine) Rules() []RuleStatus {
	e.view.Lock()
	defer e.view.Unlock()
	all := slices.Clone(e.status)
	for i := range all {
		all[i].Labels, all[i].Annotations = maps.Clone(all[i].Labels), maps.Clone(all[i].Annotations)
	}
	return all
}

// publish sets what the pages read, so that they need not wait for an evaluation.
func (e *Engine) publish(at time.Time) {
	now := e.current(at)
	for s, r := range e.reported {
		if _, ok := now[s]; !ok {
			now[s] = r // of a rule that is broken, or left by the last process
		}
	}
	var slots []slot
	var all []reported
	for s, r := range now {
		slots, all = append(slots, s), append(all, r)
	}
	var status []RuleStatus
	row := map[place]int{} // where a rule stands in status
	for i, g := range e.groups {
		for j, rule := range g.Rules() {
			row[place{i, j}] = len(status)
			status = append(status, g.describe(rule))
			status[len(status)-1].ID = g.ids[j]
		}
	}
	for i, s := range slots {
		rs := &status[row[place{s.group, s.rule}]]
		rs.count(all[i].State)
		all[i].RuleID = rs.ID
	}
	active := inOrder(slots, all)
	e.view.Lock()
	defer e.view.Unlock()
	e.active, e.status = active, status
}

func (s *RuleStatus) count(state State) {
	switch {
	case state == Firing:
		s.Firing++
		s.State = Firing
	case state == Pending:
		s.Pending++
		if s.State != Firing {
			s.State = Pending
		}
	}
}

// ruleID stays the same while source, group, name and labels of a rule do; seen counts rules that share all four.
func ruleID(g *group, rule rules.Rule, seen map[string]int) string {
	of := strings.Join([]string{g.source, g.Name(), identity(rule)}, "\x00")
	seen[of]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%d", of, seen[of])
	return fmt.Sprintf("%016x", h.Sum64())
}

func (g *group) describe(rule rules.Rule) RuleStatus {
	s := RuleStatus{
		Source:      g.source,
		Group:       g.Name(),
		Rule:        rule.Name(),
		Kind:        Recording,
		Expr:        rule.Query().String(),
		Labels:      rule.Labels().Map(),
		Health:      HealthUnknown,
		State:       Inactive,
		Interval:    g.Interval(),
		EvaluatedAt: g.last,
		Took:        rule.GetEvaluationDuration(),
	}
	if a, ok := rule.(*rules.AlertingRule); ok {
		s.Kind = Alerting
		s.For, s.KeepFiringFor = a.HoldDuration(), a.KeepFiringFor()
		s.Annotations = a.Annotations().Map()
	}
	switch rule.Health() {
	case rules.HealthGood:
		s.Health = HealthGood
	case rules.HealthBad:
		s.Health, s.Err = HealthBad, rule.LastError()
	}
	return s
}
