package incident

import (
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/pipeline"
)

// TestPause: a paused clock moves its deadline and its risk by the time that it stands still, and no further.
func TestPause(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	l := opened(t, pipeline.S1, nil)
	l.do(onCall, Acknowledge{})
	l.now = night().Add(10 * hour)
	l.do(lead, PauseClock{ClockPublish, l.now.Add(20 * hour), "the supplier answers tomorrow"})
	c := l.state.Clock(ClockPublish)
	if !c.DueAt.Equal(night().Add(68*hour)) || !c.RiskAt().Equal(night().Add(56*hour)) || c.Span() != 48*hour || !c.Stands(l.now) {
		t.Errorf("paused for 20 h the clock is %+v, at risk at %v", *c, c.RiskAt())
	}
	if got := types(l.at(37 * hour)); strings.Contains(got, "at-risk") {
		t.Errorf("when it would have been at risk a tick gives %q", got)
	}
	l.now = night().Add(15 * hour)
	l.do(lead, ResumeClock{ClockPublish})
	if c = l.state.Clock(ClockPublish); !c.DueAt.Equal(night().Add(53*hour)) || c.Paused != 5*hour || c.Stands(l.now) {
		t.Errorf("resumed after 5 h the clock is %+v", *c)
	}
	l.do(onCall, ChangeSeverity{To: pipeline.S2, Policy: pipeline.DefaultPolicies()[pipeline.S2], Reason: "few images"})
	if c = l.state.Clock(ClockPublish); !c.DueAt.Equal(night().Add(125 * hour)) {
		t.Errorf("another severity makes it %+v, want 5 days and the pause of 5 h", *c)
	}
}

// TestPauseIsRefused where harm goes on, the law does not wait, or the pauses grow too long.
func TestPauseIsRefused(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	l.do(onCall, Acknowledge{})
	until := l.now.Add(time.Hour)
	for _, c := range []Command{
		PauseClock{ClockContain, until, "a reason"}, PauseClock{ClockPublish, l.now, "a reason"}, PauseClock{ClockPublish, until, " "},
		PauseClock{ClockPublish, l.now.Add(maxPaused + 1), "a reason"}, PauseClock{ClockLegal, until, "a reason"}, ResumeClock{ClockPublish},
	} {
		if _, err := l.try(lead, c); err == nil {
			t.Errorf("%T %+v is taken", c, c)
		}
	}
	if _, err := l.try(onCall, PauseClock{ClockPublish, until, "a reason"}); err == nil {
		t.Error("a responder paused the publication")
	}
	l.do(lead, PauseClock{ClockPublish, until, "a reason"})
	if _, err := l.try(lead, PauseClock{ClockPublish, until.Add(time.Hour), "longer"}); err == nil {
		t.Error("a paused clock was paused again")
	}
}

// TestOverdue: a deadline that was missed is told again, to the administrators too, and not without end.
func TestOverdue(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, nil)
	l.do(onCall, Acknowledge{})
	l.at(23 * minute)
	told := 0
	for at := 30 * minute; at < 6*time.Hour; at += minute {
		got := types(l.at(at))
		switch {
		case at == 30*minute && got != "clock-breached paged paged":
			t.Errorf("at the deadline a tick gives %q", got)
		case strings.Contains(got, "overdue"):
			told++
			if want := 30*minute + time.Duration(told)*15*minute; at != want || got != "clock-overdue paged paged paged" {
				t.Errorf("at %v a tick gives %q, want people told at %v", at, got, want)
			}
		}
	}
	if told != maxOverdue {
		t.Errorf("people were told again %d times, want %d", told, maxOverdue)
	}
}

// TestShareOfRisk is what the policy says.
func TestShareOfRisk(t *testing.T) {
	t.Parallel()
	l := opened(t, pipeline.S1, func(o *Open) { o.Policy.AtRisk = 50 })
	if at := l.state.Clock(ClockContain).RiskAt(); !at.Equal(night().Add(15 * minute)) {
		t.Errorf("half of the time is over at %v", at)
	}
}
