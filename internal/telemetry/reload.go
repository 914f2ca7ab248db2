package telemetry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"

	"github.com/safelight-dev/safelight/internal/journal"
)

// maxEarly is how much before its time a group may be evaluated: the caller's clock ticks a little unevenly.
const maxEarly = 100 * time.Millisecond

// group is a rule group with its place in time.
type group struct {
	*rules.Group
	opts   *rules.ManagerOptions
	source string
	due    time.Time // of the next evaluation; zero before the first
	last   time.Time // given to the last evaluation; zero before the first
	ids    []string  // of the rules
	kept   []keeper  // for each rule
}

// isDue tells whether the group is to be evaluated at a time.
func (g *group) isDue(at time.Time) bool {
	return !at.Before(g.due.Add(-min(g.Interval()/10, maxEarly)))
}

// Due tells whether a group of rules is to be evaluated at a time.
func (e *Engine) Due(at time.Time) bool {
	e.evaluating.Lock()
	defer e.evaluating.Unlock()
	return len(e.ended) > 0 || len(e.leavers) > 0 || slices.ContainsFunc(e.groups, func(g *group) bool { return g.isDue(at) })
}

// done notes an evaluation. The cadence is that of the first one, however late a caller may come; what was missed
// meanwhile is not made up for.
func (g *group) done(at time.Time) {
	if g.due.IsZero() {
		g.due = at
	}
	for !g.due.After(at) || g.isDue(at) {
		behind := max(0, at.Sub(g.due)/g.Interval())
		g.due = g.due.Add((behind + 1) * g.Interval())
	}
	g.last = at
}

// load builds the rule groups over the engine's series.
func (e *Engine) load(groups []Group) ([]*group, error) {
	opts := &rules.ManagerOptions{
		QueryFunc:       e.ruleQuery(),
		Appendable:      e.db,
		Queryable:       e.db,
		Logger:          e.log,
		OutageTolerance: outageTolerance,
		ForGracePeriod:  forGracePeriod,
	}
	loaded, err := loadGroups(opts, groups, surroundings{interval: DefaultInterval})
	if err != nil {
		return nil, err
	}
	all := make([]*group, len(loaded))
	seen := map[string]int{}
	for i, g := range loaded {
		all[i] = &group{Group: g, opts: opts, source: groups[i].source, kept: make([]keeper, len(g.Rules()))}
		for _, rule := range g.Rules() {
			all[i].ids = append(all[i].ids, ruleID(all[i], rule, seen))
		}
	}
	return all, nil
}

// Reload replaces the rules and keeps the state of those that have not changed: a rule of the same name and labels in a
// group of the same name and source goes on with its alerts, whatever else of it is new. One that moved to another group
// takes up its alerts from the series at the next evaluation, as after a restart. Alerts of rules that are gone are told
// as ended by the next [Engine.Evaluate]. When the new rules cannot be built, the old ones stay and the error says why.
func (e *Engine) Reload(groups []Group) error {
	leave, err := e.enter()
	if err != nil {
		return fmt.Errorf("reload rules: %w", err)
	}
	defer leave()
	e.evaluating.Lock()
	defer e.evaluating.Unlock()
	fresh, err := e.load(groups)
	if err != nil {
		return fmt.Errorf("reload rules: %w", err)
	}
	m := move{from: e.groups, to: fresh, rules: map[place]place{}}
	m.groups()
	m.strays()
	e.leavers = append(e.leavers, m.leavers()...)
	reported := map[slot]reported{}
	for s, r := range e.reported {
		if to, ok := m.rules[place{s.group, s.rule}]; ok {
			reported[slot{to.group, to.rule, s.fingerprint}] = r
		} else {
			e.ended = append(e.ended, r)
		}
	}
	e.reported = reported
	e.view.Lock()
	e.groups = fresh
	e.view.Unlock()
	e.publish(e.last)
	return nil
}

// place is where a rule stands.
type place struct{ group, rule int }

// move carries state from old groups to new ones.
type move struct {
	from, to []*group
	rules    map[place]place // from old to new
	stayed   []bool          // of the old groups
	settled  map[place]bool  // new rules that have a predecessor
}

// groups pairs the groups of the same name and source, and their rules.
func (m *move) groups() {
	m.stayed, m.settled = make([]bool, len(m.from)), map[place]bool{}
	for i, g := range m.to {
		old := slices.IndexFunc(m.from, func(o *group) bool { return o.source == g.source && o.Name() == g.Name() })
		for old >= 0 && m.stayed[old] { // two groups may share a name where nobody told their source
			next := slices.IndexFunc(m.from[old+1:], func(o *group) bool { return o.source == g.source && o.Name() == g.Name() })
			if next < 0 {
				old = -1
			} else {
				old += 1 + next
			}
		}
		if old < 0 {
			continue
		}
		m.stayed[old] = true
		g.follow(m.from[old])
		m.pair(old, i)
	}
}

// follow takes over the state of Prometheus' group and its cadence.
func (g *group) follow(old *group) {
	g.CopyState(old.Group)
	g.last = old.last
	if g.Interval() == old.Interval() {
		g.due = old.due
	} else if !old.last.IsZero() {
		g.due = old.last.Add(g.Interval())
	}
}

// pair finds the predecessor of each rule as CopyState does: by name and labels, in order.
func (m *move) pair(old, now int) {
	from, to := m.from[old], m.to[now]
	used := make([]bool, len(from.Rules()))
	for j, rule := range to.Rules() {
		for k, before := range from.Rules() {
			if used[k] || identity(before) != identity(rule) {
				continue
			}
			used[k] = true
			m.settle(place{old, k}, place{now, j})
			to.kept[j] = from.kept[k]
			inherit(rule, before)
			break
		}
	}
}

func (m *move) settle(from, to place) { m.rules[from], m.settled[to] = to, true }

func identity(rule rules.Rule) string {
	_, alerting := rule.(*rules.AlertingRule)
	return fmt.Sprint(alerting, " ", rule.Name(), rule.Labels())
}

// inherit takes over what the pages show, so that a rule is not said to be unknown until its turn comes.
func inherit(rule, before rules.Rule) {
	if a, ok := rule.(*rules.AlertingRule); ok {
		a.SetRestored(before.(*rules.AlertingRule).Restored())
	}
	rule.SetHealth(before.Health())
	rule.SetLastError(before.LastError())
	rule.SetEvaluationDuration(before.GetEvaluationDuration())
	rule.SetEvaluationTimestamp(before.GetEvaluationTimestamp())
}

// strays pairs rules that moved to another group, so that their alerts are not told as ended. Their groups are due at
// once: the series that their state is taken from end with the next evaluation.
func (m *move) strays() {
	left := map[string][]place{}
	for i, g := range m.from {
		for j, rule := range g.Rules() {
			if _, ok := m.rules[place{i, j}]; !ok {
				left[identity(rule)] = append(left[identity(rule)], place{i, j})
			}
		}
	}
	for i, g := range m.to {
		for j, rule := range g.Rules() {
			if m.settled[place{i, j}] {
				continue
			}
			g.due = time.Time{}
			if found := left[identity(rule)]; len(found) > 0 {
				m.settle(found[0], place{i, j})
				left[identity(rule)] = found[1:]
			}
		}
	}
}

// leavers makes, of each group that is gone, one without rules whose next evaluation marks its series as ended.
func (m *move) leavers() []*rules.Group {
	var all []*rules.Group
	for i, old := range m.from {
		if m.stayed[i] {
			continue
		}
		gone := rules.NewGroup(rules.GroupOptions{Name: old.Name(), File: old.File(), Interval: old.Interval(), Opts: old.opts})
		gone.CopyState(old.Group)
		all = append(all, gone)
	}
	return all
}

// surroundings is what rules know beside themselves.
type surroundings struct {
	interval       time.Duration // of groups that do not say one
	externalLabels labels.Labels
	externalURL    string
}

// loadGroups builds the groups through Prometheus' manager, whose loop is not run: Evaluate is the loop.
func loadGroups(opts *rules.ManagerOptions, groups []Group, s surroundings) ([]*rules.Group, error) {
	u, err := url.Parse(s.externalURL)
	if err != nil {
		return nil, fmt.Errorf("external address: %w: %w", err, journal.ErrInvalid)
	}
	opts.ExternalURL = u
	opts.NotifyFunc = func(context.Context, string, ...*rules.Alert) {} // Evaluate reports changes itself
	opts.Context = context.Background()
	loader, names := memoryFiles(groups)
	opts.GroupLoader = loader
	opts.DefaultRuleQueryOffset = func() time.Duration { return 0 }
	files := slices.Sorted(maps.Keys(loader))
	loaded, errs := rules.NewManager(opts).LoadGroups(s.interval, s.externalLabels, s.externalURL, nil, false, files...)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	ordered := make([]*rules.Group, len(groups))
	for i, g := range groups {
		ordered[i] = loaded[rules.GroupKey(names[i], g.Name())]
	}
	return ordered, nil
}
