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
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

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
	Rule  string
	State State
	// Labels are those of the expression's result and of the rule, with alertname.
	Labels map[string]string
	// Annotations are expanded for this alert; none where it ended while the process was down.
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

// Evaluate evaluates all rules at the given time and returns the alerts whose
// state has changed since the last evaluation, ordered by group, rule and
// labels. It is to be called every [Engine.Interval] with a time that does not
// go back. The first call restores (see [Engine.Restore]) if that was not done.
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
	e.last = at
	for _, g := range e.groups {
		g.Eval(ctx, at)
	}
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
		if e.groups[s.group].Rules()[s.rule].Health() == rules.HealthBad {
			now[s] = r // unknown, not ended
			continue
		}
		r.At = at
		if r.State == Firing {
			r.State = Resolved
		} else {
			r.State = Inactive
		}
		tell(s, r)
	}
	e.reported = now
	return inOrder(slots, changed)
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

// Restore takes up the "for" of the rules where the last process left it: it
// evaluates at the given time, and an alert that was active within the last hour
// and is again goes on with the time it had spent pending, the outage not
// counted. Changes are not reported here but by the next [Engine.Evaluate], which
// may be of the same time. After the first evaluation it is too late: an error of
// kind [journal.ErrConflict].
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
	left, err := e.leftFiring(ctx, at)
	if err != nil {
		return err
	}
	if left != nil { // else there is nothing to take up, and no need to evaluate twice
		if err := e.evaluate(ctx, at); err != nil {
			return err
		}
	}
	for _, g := range e.groups {
		g.RestoreForState(at)
	}
	for s := range e.current(at) {
		// Active again: to be reported as such by the next evaluation, whichever rule it belongs to.
		maps.DeleteFunc(left, func(l slot, _ reported) bool { return l.fingerprint == s.fingerprint })
	}
	maps.Copy(e.reported, left)
	e.restored = true
	return nil
}

// leftFiring gives the alerts that were firing when the last process ended; nil if none was even pending.
func (e *Engine) leftFiring(ctx context.Context, at time.Time) (map[slot]reported, error) {
	q, err := e.db.Querier(at.Add(-outageTolerance).UnixMilli(), at.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer q.Close()
	var left map[slot]reported
	for i, g := range e.groups {
		for j, rule := range g.Rules() {
			alerting, ok := rule.(*rules.AlertingRule)
			if !ok {
				continue
			}
			found, err := leftBy(ctx, q, alerting)
			if err != nil {
				return nil, fmt.Errorf("read the state of rule %q: %w", rule.Name(), err)
			}
			if found != nil && left == nil {
				left = map[slot]reported{}
			}
			for _, r := range found {
				left[slot{i, j, r.Fingerprint}] = r
			}
		}
	}
	return left, nil
}

// leftBy reads the series ALERTS_FOR_STATE of a rule: at each evaluation the Unix time since which an alert is
// active, and a stale marker when it ended. The result is nil if the rule left nothing, and holds what was firing.
func leftBy(ctx context.Context, q storage.Querier, rule *rules.AlertingRule) ([]reported, error) {
	set, err := rule.QueryForStateSeries(ctx, q)
	if err != nil {
		return nil, err
	}
	var found []reported
	for set.Next() {
		at, active, err := lastValue(set.At())
		if err != nil {
			return nil, err
		}
		if value.IsStaleNaN(active) {
			continue
		}
		if found == nil {
			found = []reported{}
		}
		since := time.Unix(int64(active), 0).UTC()
		if at.Sub(since) < rule.HoldDuration() {
			continue // was pending
		}
		ls := set.At().Labels().DropReserved(isName)
		found = append(found, reported{labels: ls, Alert: Alert{
			Rule: rule.Name(), State: Firing, Labels: ls.Map(), ActiveAt: since, At: at, Fingerprint: fingerprint(ls),
		}})
	}
	return found, set.Err()
}

func lastValue(s storage.Series) (at time.Time, v float64, err error) {
	it := s.Iterator(nil)
	for it.Next() == chunkenc.ValFloat {
		var ms int64
		ms, v = it.At()
		at = time.UnixMilli(ms).UTC()
	}
	return at, v, it.Err()
}
