package app

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/telemetry"
	"github.com/safelight-dev/safelight/internal/web"
)

// graphSteps is how many points the graph of a rule has at most: one for every few dots of a screen.
const graphSteps = 240

// Rules lists the rules as they stand after their last evaluation.
func (a *App) Rules() []web.Rule {
	var all []web.Rule
	for _, s := range a.series.Rules() {
		all = append(all, a.ruleRow(s))
	}
	return all
}

func (a *App) ruleRow(s telemetry.RuleStatus) web.Rule {
	r := web.Rule{
		ID: s.ID, Source: s.Source, Group: s.Group, Name: s.Rule, Alerting: s.Kind == telemetry.Alerting, Expr: s.Expr,
		For: s.For, KeepFiringFor: s.KeepFiringFor, Interval: s.Interval, Labels: s.Labels, Annotations: s.Annotations,
		Health: string(s.Health), State: string(s.State), Pending: s.Pending, Firing: s.Firing,
		EvaluatedAt: s.EvaluatedAt, Took: s.Took,
	}
	if label := s.Labels[alert.SeverityLabel]; label != "" && r.Alerting {
		severity, known := severityOf(a.alerts.policy, label)
		r.Severity, r.Unknown = string(severity), !known
	}
	if s.Err != nil {
		r.Error, _, _ = strings.Cut(s.Err.Error(), "\n")
	}
	if strings.HasPrefix(s.Source, "starter/") || s.Source == ConfigName {
		return r // no file of this machine
	}
	// Where the server keeps its files is nothing that every reader of the page must know.
	if rel, err := filepath.Rel(a.dir, s.Source); err == nil && filepath.IsLocal(rel) {
		r.Source = filepath.ToSlash(rel)
	} else {
		r.Source = filepath.Base(s.Source)
	}
	return r
}

// Rule reads one rule with its active alerts, or gives journal.ErrNotFound.
func (a *App) Rule(id string) (web.Rule, []web.RuleAlert, error) {
	all := a.series.Rules()
	i := slices.IndexFunc(all, func(s telemetry.RuleStatus) bool { return s.ID == id })
	if i < 0 {
		return web.Rule{}, nil, fmt.Errorf("rule %q: %w", id, journal.ErrNotFound)
	}
	var alerts []web.RuleAlert
	for _, alert := range a.series.Active() {
		if alert.RuleID == id {
			alerts = append(alerts, web.RuleAlert{
				State: string(alert.State), Labels: alert.Labels, Annotations: alert.Annotations, ActiveAt: alert.ActiveAt, Value: alert.Value,
			})
		}
	}
	return a.ruleRow(all[i]), alerts, nil
}

// RuleGraph evaluates the expression of a rule over the time up to now. Where it compares with a number, the graph is of
// what is compared, and the number is its limit.
func (a *App) RuleGraph(ctx context.Context, r web.Rule, span time.Duration) (web.RuleGraph, error) {
	g := web.RuleGraph{To: a.now().UTC(), Step: max(span/graphSteps, 15*time.Second)}
	g.From = g.To.Add(-span)
	expr, op, limit, compares := telemetry.Comparison(r.Expr)
	if g.Expr = expr; compares {
		g.Op, g.Limit = op, &limit
	}
	series, err := a.series.QueryRange(ctx, expr, g.From, g.To, g.Step)
	if err != nil {
		return g, fmt.Errorf("draw rule %s: %w", r.Name, err)
	}
	for _, s := range series {
		labels := maps.Clone(s.Labels)
		delete(labels, "__name__")
		line := web.RuleLine{Labels: labels}
		for _, p := range s.Points {
			line.Points = append(line.Points, web.RulePoint{At: p.At, Value: p.Value})
		}
		g.Lines = append(g.Lines, line)
	}
	return g, nil
}
