package telemetry

import (
	"maps"
	"slices"
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
	// EvaluatedAt is the time given to the last evaluation, zero before the first.
	EvaluatedAt time.Time
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
	for i, g := range e.groups {
		for j, rule := range g.Rules() {
			rs := describe(g.Name(), rule)
			rs.EvaluatedAt = e.last
			for s, r := range now {
				if s.group == i && s.rule == j {
					rs.count(r.State)
				}
			}
			status = append(status, rs)
		}
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

func describe(group string, rule rules.Rule) RuleStatus {
	s := RuleStatus{
		Group:  group,
		Rule:   rule.Name(),
		Kind:   Recording,
		Expr:   rule.Query().String(),
		Labels: rule.Labels().Map(),
		Health: HealthUnknown,
		State:  Inactive,
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
