package telemetry

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Condition is what a condition on the series has said over a time.
type Condition struct {
	Held    int  // moments at which it held for any series
	Moments int  // that were looked at
	Known   bool // there were samples of a series that it looks at
	Least   float64
	Most    float64 // of the values of the series for which it held
}

// conditionMoments is how many moments are looked at: one in ten seconds of 40 minutes, one in six minutes of a day.
const conditionMoments = 240

// Hold tells how long a condition held from one time to another. A condition is a comparison, or several of them joined by and, or,
// unless; or absent(). Any other expression has a value whether or not it is true. Errors are as in [Engine.Query].
func (e *Engine) Hold(ctx context.Context, expr string, from, to time.Time) (Condition, error) {
	parsed, err := newParser().ParseExpr(expr)
	if err != nil {
		return Condition{}, fmt.Errorf("read the condition: %w: %w", err, journal.ErrInvalid)
	}
	if !isCondition(parsed) {
		return Condition{}, fmt.Errorf("read the condition %q: it compares nothing; write one such as rate(image_checks_total[5m]) > 0: %w", expr, journal.ErrInvalid)
	}
	step := max(to.Sub(from)/conditionMoments, time.Second)
	series, err := e.QueryRange(ctx, expr, from, to, step)
	if err != nil {
		return Condition{}, err
	}
	c := Condition{Moments: int(to.Sub(from)/step) + 1}
	held := map[time.Time]bool{}
	for _, s := range series {
		for _, p := range s.Points {
			if len(held) == 0 {
				c.Least, c.Most = p.Value, p.Value
			}
			held[p.At] = true
			c.Least, c.Most = min(c.Least, p.Value), max(c.Most, p.Value)
		}
	}
	c.Held = len(held)
	c.Known, err = e.known(ctx, parsed, from, to, step)
	return c, err
}

// known tells whether there is any sample of what an expression selects. absent() knows by itself.
func (e *Engine) known(ctx context.Context, expr parser.Expr, from, to time.Time, step time.Duration) (bool, error) {
	var selectors []string
	absent := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			plain := *n
			plain.OriginalOffset, plain.Offset, plain.Timestamp, plain.StartOrEnd = 0, 0, nil, 0
			selectors = append(selectors, plain.String())
		case *parser.Call:
			absent = absent || n.Func.Name == "absent" || n.Func.Name == "absent_over_time"
		}
		return nil
	})
	if absent || len(selectors) == 0 {
		return true, nil
	}
	for _, s := range selectors {
		series, err := e.QueryRange(ctx, "count("+s+")", from, to, step)
		if err != nil {
			return false, err
		}
		if len(series) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// isCondition tells whether an expression has a value only where it is true.
func isCondition(e parser.Expr) bool {
	switch n := e.(type) {
	case *parser.ParenExpr:
		return isCondition(n.Expr)
	case *parser.StepInvariantExpr:
		return isCondition(n.Expr)
	case *parser.BinaryExpr:
		switch {
		case n.Op.IsComparisonOperator():
			return !n.ReturnBool
		case n.Op == parser.LAND:
			return isCondition(n.LHS) || isCondition(n.RHS)
		case n.Op == parser.LOR:
			return isCondition(n.LHS) && isCondition(n.RHS)
		case n.Op == parser.LUNLESS:
			return true
		}
	case *parser.Call:
		return n.Func.Name == "absent" || n.Func.Name == "absent_over_time"
	}
	return false
}
