package web

import (
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func TestClocks(t *testing.T) {
	t.Parallel()
	after := func(d time.Duration) *time.Time { at := night().Add(d); return &at }
	for name, c := range map[string]struct {
		stop, close *time.Time
		now         time.Duration
		state, says string
		percent     int
		live        bool
	}{
		"running":     {nil, nil, 70 * time.Second, clockRunning, "28 min 50 s left", 3, true},
		"at risk":     {nil, nil, 23 * time.Minute, clockRisk, "7 min left", 76, true},
		"due now":     {nil, nil, 30 * time.Minute, clockOver, "over by 0 s", 100, true},
		"over":        {nil, nil, 35 * time.Minute, clockOver, "over by 5 min", 100, true},
		"met":         {after(5 * time.Minute), nil, time.Hour, clockMet, "met in 5 min", 16, false},
		"just met":    {after(30 * time.Minute), nil, time.Hour, clockMet, "met in 30 min", 100, false},
		"missed":      {after(31 * time.Minute), nil, time.Hour, clockMissed, "missed by 1 min", 100, false},
		"closed over": {nil, after(time.Hour), 2 * time.Hour, clockFrozen, "stopped at closing", 100, false},
	} {
		s := incident.State{Clocks: []incident.Clock{{
			Name: incident.ClockContain, StartedAt: night(), DueAt: night().Add(30 * time.Minute), StoppedAt: c.stop,
		}}}
		if c.close != nil {
			s.Closed = &incident.Mark{At: *c.close}
		}
		v := clockViews(s, phrase.English, night().Add(c.now), false)[0]
		if v.State != c.state || v.Says.In(phrase.English) != c.says || v.Percent != c.percent || v.Live != c.live || v.Span != "30 min" {
			t.Errorf("%s: %s, %q, %d %%, live %v, span %s; want %s, %q, %d %%, %v", name,
				v.State, v.Says.In(phrase.English), v.Percent, v.Live, v.Span, c.state, c.says, c.percent, c.live)
		}
		if replayed := clockViews(s, phrase.English, night().Add(c.now), true)[0]; replayed.Live || replayed.State != c.state {
			t.Errorf("%s, replayed: live %v, state %s; want it to stand still", name, replayed.Live, replayed.State)
		}
	}
}
