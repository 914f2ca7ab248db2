package telemetry

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// Prometheus writes down since when an alert is active (ALERTS_FOR_STATE) and not since when it is only kept firing
// (its issue 13957), so a restart resolves an alert in the middle of keep_firing_for. We write that down in a series of
// our own beside it, and carry such an alert on ourselves until its condition is back or its time is over.
const (
	alertsSeries    = "ALERTS"
	activeSince     = "ALERTS_FOR_STATE"
	keptSince       = "ALERTS_KEEP_FIRING_SINCE"
	alertStateLabel = "alertstate"
)

// keeper remembers alerts of one rule that Prometheus' own state does not hold.
type keeper struct {
	// alerts are known from their series alone, by fingerprint.
	alerts map[string]remembered
	// written are the series that the last evaluation wrote here, by their text.
	written map[string]labels.Labels
}

// remembered is an alert as the series tell it.
type remembered struct {
	reported           // ActiveAt moved by the outage where it was pending
	since    time.Time // its condition does not hold; moved by the outage
}

// recall reads what the series hold of the alerts of rules that have no state yet. It gives those that were firing; nil
// if none was even pending.
func (e *Engine) recall(ctx context.Context, at time.Time) (map[slot]reported, error) {
	var firing map[slot]reported
	var q storage.Querier
	for i, g := range e.groups {
		for j, rule := range g.Rules() {
			alerting, ok := rule.(*rules.AlertingRule)
			if !ok || alerting.Restored() {
				continue
			}
			if q == nil {
				var err error
				if q, err = e.db.Querier(at.Add(-outageTolerance).UnixMilli(), at.UnixMilli()); err != nil {
					return nil, err
				}
				defer q.Close()
			}
			found, err := recallRule(ctx, q, alerting, at)
			if err != nil {
				return nil, fmt.Errorf("read the state of rule %q: %w", rule.Name(), err)
			}
			alerting.SetRestored(true)
			if len(found) == 0 {
				continue
			}
			if firing == nil {
				firing = map[slot]reported{}
			}
			g.kept[j].alerts = found
			for fp, m := range found {
				if m.State == Firing {
					firing[slot{i, j, fp}] = m.reported
				}
			}
		}
	}
	return firing, nil
}

// recallRule reads two series of each alert: at each evaluation the Unix time since which it is active, and since which
// it is only kept firing, each with a stale marker where that ended.
func recallRule(ctx context.Context, q storage.Querier, rule *rules.AlertingRule, at time.Time) (map[string]remembered, error) {
	set, err := rule.QueryForStateSeries(ctx, q)
	if err != nil {
		return nil, err
	}
	found := map[string]remembered{}
	for set.Next() {
		seen, since, err := lastValue(set.At())
		if err != nil {
			return nil, err
		}
		if value.IsStaleNaN(since) {
			continue
		}
		m := remembered{since: at}
		m.labels = set.At().Labels().DropReserved(isName)
		m.Alert = Alert{
			Rule: rule.Name(), State: Firing, Labels: m.labels.Map(), Annotations: plain(rule.Annotations()),
			ActiveAt: time.Unix(int64(since), 0).UTC(), At: seen, Fingerprint: fingerprint(m.labels),
		}
		if seen.Sub(m.ActiveAt) < rule.HoldDuration() {
			m.State, m.ActiveAt = Pending, m.ActiveAt.Add(at.Sub(seen))
		} else if err := m.recallKept(ctx, q, at); err != nil {
			return nil, err
		}
		found[m.Fingerprint] = m
	}
	return found, set.Err()
}

// recallKept finds how much of keep_firing_for was over when the alert was last seen.
func (m *remembered) recallKept(ctx context.Context, q storage.Querier, at time.Time) error {
	matchers := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, keptSince)}
	m.labels.Range(func(l labels.Label) {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
	})
	set := q.Select(ctx, false, nil, matchers...)
	for set.Next() {
		if set.At().Labels().Len() != m.labels.Len()+1 {
			continue // has more labels: another alert's
		}
		seen, since, err := lastValue(set.At())
		if err != nil {
			return err
		}
		if !value.IsStaleNaN(since) {
			m.since = at.Add(-seen.Sub(time.Unix(int64(since), 0)))
		}
	}
	return set.Err()
}

// plain are the annotations that say the same of every alert.
func plain(annotations labels.Labels) map[string]string {
	kept := map[string]string{}
	annotations.Range(func(l labels.Label) {
		if !strings.Contains(l.Value, "{{") {
			kept[l.Name] = l.Value
		}
	})
	return kept
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

// restored says of all alerting rules whether they write their state.
func (g *group) restored(is bool) {
	for _, rule := range g.Rules() {
		if a, ok := rule.(*rules.AlertingRule); ok {
			a.SetRestored(is)
		}
	}
}

// foresee evaluates the rules that have remembered alerts once more than their group does, without writing: an alert
// whose condition holds again gets its age back before its group writes that down.
func (e *Engine) foresee(ctx context.Context, g *group, at time.Time) {
	for j, rule := range g.Rules() {
		alerting, ok := rule.(*rules.AlertingRule)
		if !ok || len(g.kept[j].alerts) == 0 {
			continue
		}
		// An error is the rule's own, which its group meets again and notes.
		if _, err := alerting.Eval(ctx, g.QueryOffset(), at, e.ruleQuery(), &url.URL{}, g.Limit()); err == nil {
			g.takeUp(j)
		}
	}
}

// takeUp gives the active alerts of a rule the age that is remembered, and forgets what it gave.
func (g *group) takeUp(j int) {
	alerting, ok := g.Rules()[j].(*rules.AlertingRule)
	if !ok {
		return
	}
	alerting.ForEachActiveAlert(func(a *rules.Alert) {
		m, ok := g.kept[j].alerts[fingerprint(a.Labels)]
		if !ok || a.State == rules.StateInactive {
			return
		}
		if m.ActiveAt.Before(a.ActiveAt) {
			a.ActiveAt = m.ActiveAt
		}
		if m.State == Firing && a.State == rules.StatePending {
			a.State, a.FiredAt = rules.StateFiring, m.At
		}
		delete(g.kept[j].alerts, m.Fingerprint)
	})
}

// drop forgets the alerts that have ended: pending ones, and those with nothing left of keep_firing_for.
func (g *group) drop(j int, at time.Time) {
	alerting, ok := g.Rules()[j].(*rules.AlertingRule)
	if !ok || alerting.Health() != rules.HealthGood {
		return // unknown, not ended
	}
	for fp, m := range g.kept[j].alerts {
		if m.State != Firing || at.Sub(m.since) >= alerting.KeepFiringFor() {
			delete(g.kept[j].alerts, fp)
		}
	}
}

// carryOn writes down, after an evaluation, which alerts of a group are only kept firing, and ends those whose time is
// over.
func (e *Engine) carryOn(ctx context.Context, g *group, at time.Time) {
	for j, rule := range g.Rules() {
		alerting, ok := rule.(*rules.AlertingRule)
		if !ok || alerting.KeepFiringFor() == 0 && len(g.kept[j].alerts) == 0 && len(g.kept[j].written) == 0 {
			continue
		}
		g.takeUp(j)
		g.drop(j, at)
		if err := e.writeKept(ctx, &g.kept[j], alerting, at.Add(-g.QueryOffset())); err != nil {
			// The alerts are as they are: a restart may end one too early, and that is no reason to tell of none now.
			e.log.Warn("write down which alerts are kept firing", "rule", rule.Name(), "error", err)
		}
	}
}

func (e *Engine) writeKept(ctx context.Context, k *keeper, rule *rules.AlertingRule, at time.Time) error {
	now := map[string]labels.Labels{}
	app := e.db.AppenderV2(ctx)
	var failed error
	add := func(ls labels.Labels, v float64) {
		if _, err := app.Append(0, ls, 0, at.UnixMilli(), v, nil, nil, storage.AOptions{}); err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", ls, err)
		}
	}
	write := func(ls labels.Labels, v float64) {
		now[ls.String()] = ls
		add(ls, v)
	}
	rule.ForEachActiveAlert(func(a *rules.Alert) {
		if a.State == rules.StateFiring && !a.KeepFiringSince.IsZero() {
			write(named(a.Labels, keptSince), float64(a.KeepFiringSince.Unix()))
		}
	})
	for _, m := range k.alerts {
		// What the rule would write if it knew the alert.
		write(labels.NewBuilder(named(m.labels, alertsSeries)).Set(alertStateLabel, string(Firing)).Labels(), 1)
		write(named(m.labels, activeSince), float64(m.ActiveAt.Unix()))
		write(named(m.labels, keptSince), float64(m.since.Unix()))
	}
	for text, ls := range k.written {
		if _, ok := now[text]; !ok && !e.writes(rule, ls) {
			add(ls, math.Float64frombits(value.StaleNaN))
		}
	}
	k.written = now
	if failed != nil {
		_ = app.Rollback() // the first failure says it
		return failed
	}
	return app.Commit()
}

// writes tells whether the rule itself now writes a series that was written for it.
func (e *Engine) writes(rule *rules.AlertingRule, ls labels.Labels) bool {
	if ls.Get(model.MetricNameLabel) == keptSince {
		return false
	}
	found := false
	alert := labels.NewBuilder(ls).Del(model.MetricNameLabel, alertStateLabel).Labels()
	rule.ForEachActiveAlert(func(a *rules.Alert) {
		found = found || a.State != rules.StateInactive && labels.Equal(a.Labels, alert)
	})
	return found
}

func named(ls labels.Labels, name string) labels.Labels {
	return labels.NewBuilder(ls).Set(model.MetricNameLabel, name).Labels()
}
