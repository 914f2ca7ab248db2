package kpi

import (
	"cmp"
	"slices"
	"time"
)

// span is how long something took; or how long it has taken so far, where it has not ended.
type span struct {
	seconds float64
	open    bool
}

// between is the span from one moment to another, or up to now where the other has not come. What had happened before it could begin
// took no time.
func between(from, to, now time.Time) span {
	if to.IsZero() {
		return span{max(now.Sub(from).Seconds(), 0), true}
	}
	return span{max(to.Sub(from).Seconds(), 0), false}
}

// slack is far below the step of any population, and above what the product of the estimator is rounded by.
const slack = 1e-9

// quantile is the shortest time by which the share q has ended: where Kaplan and Meier's product-limit estimate (1958, eq. 2b) of
// those that go on is at most 1-q. A span that has not ended counts among those at risk as long as it was seen, so that it can only
// make a quantile longer. Where the estimate does not come down so far, the quantile is more than the longest span.
func quantile(spans []span, q float64) (seconds float64, atLeast bool) {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.seconds, b.seconds), compareBool(a.open, b.open)) // at one time, the ended ones first
	})
	going := 1.0
	for i := 0; i < len(spans); {
		at, ended, j := spans[i].seconds, 0, i
		for ; j < len(spans) && spans[j].seconds == at; j++ {
			if !spans[j].open {
				ended++
			}
		}
		risk := float64(len(spans) - i)
		if going *= (risk - float64(ended)) / risk; going <= 1-q+slack {
			return at, false
		}
		i = j
	}
	return spans[len(spans)-1].seconds, true
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// timesOf gives the median and the 90th percentile of spans.
func timesOf(key string, spans []span) Figure {
	f := Figure{Key: key, Unit: Seconds, N: len(spans)}
	if len(spans) == 0 {
		return f
	}
	for _, s := range spans {
		if s.open {
			f.Open++
		}
	}
	median, atLeast := quantile(spans, 0.5)
	p90, p90AtLeast := quantile(spans, 0.9)
	f.Value, f.AtLeast, f.P90, f.P90AtLeast = &median, atLeast, &p90, p90AtLeast
	return f
}
