package telemetry

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"

	"github.com/safelight-dev/safelight/internal/journal"
)

// State is where an alert stands.
type State string

// The states of an alert; the package comment says how it moves.
const (
	Pending  State = "pending"
	Firing   State = "firing"
	Resolved State = "resolved"
	// Inactive is the end of an alert that was pending and never fired.
	Inactive State = "inactive"
)

// Alert is one alert of a rule: one set of labels for which its expression holds.
type Alert struct {
	Rule string
	// RuleID is that of its rule; set by [Engine.Active] alone.
	RuleID string
	State  State
	// Labels are those of the expression's result and of the rule, with alertname.
	Labels map[string]string
	// Annotations are expanded for this alert. Where it ended while the process was down, or was carried over a
	// restart by keep_firing_for alone, only those without a template.
	Annotations map[string]string
	// ActiveAt is when the condition began to hold, in whole seconds UTC. A restart while
	// pending moves it by the length of the outage; once firing it stays.
	ActiveAt time.Time
	// At is the time of the evaluation that tells this.
	At time.Time
	// Value is the last value of the expression while it held.
	Value float64
	// Fingerprint identifies the labels, in 16 hexadecimal digits, as Alertmanager computes it.
	Fingerprint string
}

// slot is the identity of an alert within the engine: two rules may give the same labels.
type slot struct {
	group, rule int
	fingerprint string
}

type reported struct {
	Alert
	labels labels.Labels // for the order
}

// Evaluate evaluates the groups that are due at the given time, one after the
// other, and returns the alerts whose state has changed since the last
// evaluation, ordered by group, rule and labels. A group is due when its own
// interval has passed, all are at the first call. It is to be called as often as
// every second, and its time does not go back. The first call restores (see [Engine.Restore]) if that was not done.
//
// A rule that cannot be evaluated is no error here: the others are evaluated,
// and [Engine.Rules] says what is wrong with it. After an error nothing is taken
// as told: the next call reports the changes.
func (e *Engine) Evaluate(ctx context.Context, at time.Time) ([]Alert, error) {
	leave, err := e.enter()
	if err != nil {
		return nil, fmt.Errorf("evaluate rules: %w", err)
	}
	defer leave()
	e.evaluating.Lock()
	defer e.evaluating.Unlock()
	if !e.restored {
		if err := e.restore(ctx, at); err != nil {
			return nil, fmt.Errorf("evaluate rules: %w", err)
		}
	}
	if err := e.evaluate(ctx, at); err != nil {
		return nil, fmt.Errorf("evaluate rules: %w", err)
	}
	changes := e.changes(at)
	e.publish(at)
	return changes, nil
}

func (e *Engine) evaluate(ctx context.Context, at time.Time) error {
	if at.Before(e.last) {
		return fmt.Errorf("at %s, before the last evaluation at %s: %w",
			at.UTC().Format(time.RFC3339), e.last.UTC().Format(time.RFC3339), journal.ErrInvalid)
	}
	if _, err := e.recall(ctx, at); err != nil { // for rules that came by Reload
		return err
	}
	for _, g := range e.groups {
		if !g.isDue(at) {
			continue
		}
		e.foresee(ctx, g, at)
		g.Eval(ctx, at)
		if err := ctx.Err(); err != nil {
			return err
		}
		e.carryOn(ctx, g, at)
		g.done(at)
	}
	for _, g := range e.leavers {
		g.Eval(ctx, at)
	}
	e.leavers, e.last = nil, at
	return ctx.Err()
}

// changes compares the alerts of the rules with what was reported last, and takes them as reported.
func (e *Engine) changes(at time.Time) []Alert {
	now := e.current(at)
	var changed []reported
	var slots []slot
	tell := func(s slot, r reported) {
		changed, slots = append(changed, r), append(slots, s)
	}
	for s, r := range now {
		if before, ok := e.reported[s]; !ok || before.State != r.State {
			tell(s, r)
		}
	}
	for s, r := range e.reported {
		if _, ok := now[s]; ok {
			continue
		}
		if e.groups[s.group].Rules()[s.rule].Health() != rules.HealthGood {
			now[s] = r // unknown, not ended
			continue
		}
		tell(s, r.over(at))
	}
	for _, r := range e.ended {
		if !active(now, r.Fingerprint) {
			tell(slot{group: len(e.groups), fingerprint: r.Fingerprint}, r.over(at))
		}
	}
	e.reported, e.ended = now, nil
	return inOrder(slots, changed)
}

// over is the end of an alert.
func (r reported) over(at time.Time) reported {
	r.At = at
	if r.State == Firing {
		r.State = Resolved
	} else {
		r.State = Inactive
	}
	return r
}

// active tells whether any rule has an alert of the labels.
func active(now map[slot]reported, fingerprint string) bool {
	for s := range now {
		if s.fingerprint == fingerprint {
			return true
		}
	}
	return false
}

// inOrder sorts by group, rule and labels; all[i] stands in slots[i].
func inOrder(slots []slot, all []reported) []Alert {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(
			cmp.Compare(slots[i].group, slots[j].group),
			cmp.Compare(slots[i].rule, slots[j].rule),
			labels.Compare(all[i].labels, all[j].labels))
	})
	sorted := make([]Alert, len(all))
	for k, i := range order {
		sorted[k] = all[i].clone()
	}
	return sorted
}

func (a Alert) clone() Alert {
	a.Labels, a.Annotations = maps.Clone(a.Labels), maps.Clone(a.Annotations)
	return a
}

// current gives the pending and firing alerts of all rules.
func (e *Engine) current(at time.Time) map[slot]reported {
	now := map[slot]reported{}
	for i, g := range e.groups {
		for j, rule := range g.Rules() {
			alerting, ok := rule.(*rules.AlertingRule)
			if !ok {
				continue
			}
			for _, a := range alerting.ActiveAlerts() {
				r := report(alerting.Name(), a, at)
				now[slot{i, j, r.Fingerprint}] = r
			}
			for fp, m := range g.kept[j].alerts {
				m.At = at
				now[slot{i, j, fp}] = m.reported
			}
		}
	}
	return now
}

func report(rule string, a *rules.Alert, at time.Time) reported {
	state := Pending
	if a.State == rules.StateFiring {
		state = Firing
	}
	return reported{labels: a.Labels, Alert: Alert{
		Rule:        rule,
		State:       state,
		Labels:      a.Labels.Map(),
		Annotations: a.Annotations.Map(),
		ActiveAt:    a.ActiveAt.UTC().Truncate(time.Second), // as it is stored, so that a restart does not change it
		At:          at,
		Value:       a.Value,
		Fingerprint: fingerprint(a.Labels),
	}}
}

// fingerprint is stable between versions and processes, unlike the hash of labels.Labels.
func fingerprint(l labels.Labels) string {
	set := model.LabelSet{}
	l.Range(func(l labels.Label) { set[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
	return set.Fingerprint().String()
}

// Restore takes up the alerts where the last process left them: it evaluates at
// the given time, and an alert that was active within the last hour and is again
// goes on with the time it had spent pending, the outage not counted. One that
// was firing and whose condition does not hold goes on firing for what its rule's
// keep_firing_for has left, the outage not counted either. Changes are not
// reported here but by the next [Engine.Evaluate], which may be of the same time.
// After the first evaluation it is too late: an error of kind [journal.ErrConflict].
//
// Series must have come in again before, where the outage was longer than the
// ranges that the rules look back over.
func (e *Engine) Restore(ctx context.Context, at time.Time) error {
	leave, err := e.enter()
	if err != nil {
		return fmt.Errorf("restore alerts: %w", err)
	}
	defer leave()
	e.evaluating.Lock()
	defer e.evaluating.Unlock()
	if e.restored {
		return fmt.Errorf("restore alerts: rules have been evaluated before: %w", journal.ErrConflict)
	}
	if err := e.restore(ctx, at); err != nil {
		return fmt.Errorf("restore alerts: %w", err)
	}
	e.publish(at)
	return nil
}

func (e *Engine) restore(ctx context.Context, at time.Time) error {
	left, err := e.recall(ctx, at)
	if err != nil {
		return err
	}
	if left != nil { // else there is nothing to take up, and no need to evaluate twice
		if err := e.evaluateUnwritten(ctx, at); err != nil {
			return err
		}
	}
	for s := range e.current(at) {
		// Active again: to be reported as such by the next evaluation, whichever rule it belongs to.
		maps.DeleteFunc(left, func(l slot, _ reported) bool { return l.fingerprint == s.fingerprint })
	}
	maps.Copy(e.reported, left)
	e.restored = true
	return nil
}

// evaluateUnwritten evaluates all rules and gives their alerts the age that is remembered. Rules that are not restored
// write no state of alerts: what they find is mended before they do.
func (e *Engine) evaluateUnwritten(ctx context.Context, at time.Time) error {
	for _, g := range e.groups {
		g.restored(false)
	}
	for _, g := range e.groups {
		g.Eval(ctx, at)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for _, g := range e.groups {
		g.restored(true)
		for j := range g.kept {
			g.takeUp(j)
			g.drop(j, at)
		}
	}
	return nil
}
