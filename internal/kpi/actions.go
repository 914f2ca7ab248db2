package kpi

import (
	"cmp"
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// held is an action as it stood at the end of a period, and as it stands.
type held struct {
	then, now prevention.Action
}

// actionsIn gives the actions that had been agreed by the end of a period.
func actionsIn(cases []Case, p Period) ([]held, error) {
	var list []held
	for _, k := range cases {
		then, err := k.preventionIn(p)
		if err != nil {
			return nil, err
		}
		for i, a := range then.Actions {
			list = append(list, held{a, k.Prevention.Actions[i]}) // none is ever taken away
		}
	}
	return list, nil
}

// preventionIn folds what had happened by the end of a period. Where nothing has since, that is the state.
func (k Case) preventionIn(p Period) (prevention.State, error) {
	later := func(e journal.Entry) bool { return !p.before(e.OccurredAt) }
	if !slices.ContainsFunc(k.Entries, later) {
		return k.Prevention, nil
	}
	return prevention.Fold(slices.DeleteFunc(slices.Clone(k.Entries), later))
}

// actions gives the stock of open actions with its age, and how long actions take.
func (c *count) actions() []Figure {
	open, overdue := 0, 0
	var ages, taken []span
	for _, a := range c.acts {
		if a.then.Closed == nil {
			open++
			ages = append(ages, between(a.then.AddedAt, c.stock, c.stock))
		}
		if a.then.Overdue(c.stock) {
			overdue++
		}
		if c.query.Period.contains(a.then.AddedAt) {
			taken = append(taken, between(a.now.AddedAt, at(a.now.Closed), c.now))
		}
	}
	age := timesOf("openActionAge", ages)
	if len(ages) > 0 {
		oldest := slices.MaxFunc(ages, func(a, b span) int { return cmp.Compare(a.seconds, b.seconds) }).seconds
		age.Max, age.Open = &oldest, len(ages)
	}
	return []Figure{
		number("openActions", "", open, len(c.acts), open), number("overdueActions", "", overdue, open, open),
		age, timesOf("resolveAction", taken),
	}
}
