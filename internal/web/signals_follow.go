package web

import (
	"net/url"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/trend"
)

// follow says what becomes of a chart's alarm, with the page to read on if there is one.
type follow struct{ Words, Name, Path string }

// follower finds what people do about alarms.
type follower struct {
	lang          phrase.Lang
	verifications []intake.Verification
	now           time.Time
	rest          time.Duration // of a chart whose alarm was dismissed
}

// newest gives the last verification of a chart; one that is none if there was no alarm yet.
func (f follower) newest(s intake.Stream, m trend.Metric) intake.Verification {
	var last intake.Verification
	for _, v := range f.verifications {
		if v.Stream == s && v.Metric == m && (v.Status == intake.StatusOpen || last.Status != intake.StatusOpen && v.OpenedAt.After(last.OpenedAt)) {
			last = v
		}
	}
	return last
}

// of says what becomes of the alarm of a chart; nothing where it has none and nobody is asked.
func (f follower) of(s intake.Stream, c Chart) follow {
	say := func(k phrase.Key, args ...any) string { return phrase.Say(f.lang, k, args...) }
	v := f.newest(s, c.Metric)
	path := "/signals/verifications/" + url.PathEscape(v.ID)
	switch {
	case v.Status == intake.StatusOpen:
		return follow{say("signal.follow.open"), v.ID, path}
	case c.State != trend.Alarm:
		return follow{}
	case v.Status == intake.StatusConfirmed && !v.OpenedAt.Before(c.Since):
		return follow{say("signal.follow.confirmed"), v.Incident, incidentPath(v.Incident, "")}
	case v.Status == intake.StatusDismissed && f.now.Before(v.DecidedAt.Add(f.rest)):
		return follow{say("signal.follow.dismissed", v.DecidedAt.Add(f.rest).UTC().Format(time.DateOnly)), v.ID, path}
	case c.Value <= c.Limit:
		return follow{Words: say("signal.follow.back")}
	}
	return follow{Words: say("signal.follow.soon")}
}
