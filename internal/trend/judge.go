package trend

import "time"

// Judge gives the verdicts at a moment: share, rate and storm, in this order. Only whole days and hours before now are
// judged, and no more than 400 days. It is a replay of the charts from the beginning, so that the same series always
// gives the same answer.
func Judge(s Series, now time.Time) []Verdict {
	hours := s.hours(now)
	all := days(hours)
	return []Verdict{
		judgeDays(&chart{metric: NegativeShare, standard: &share{}, limit: shareLimit}, all, s.Episodes, now),
		judgeDays(&chart{metric: SignalRate, standard: &rate{}, limit: rateLimit}, all, s.Episodes, now),
		judgeStorm(hours, s.Episodes, now),
	}
}

func judgeDays(c *chart, days []cell, episodes []Episode, now time.Time) Verdict {
	until := time.Time{}
	for _, d := range days {
		c.day(d, episodes)
		until = d.end
	}
	return c.verdict(until, now)
}
