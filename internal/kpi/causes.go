package kpi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/postmortem"
)

// CauseOf is what two statements of one cause have in common: the sentence, where it was suggested, else the words, whatever their
// case, spaces and full stop.
func CauseOf(c postmortem.CauseFields) string {
	if c.Say != nil {
		return string(c.Say.Key)
	}
	return strings.TrimRight(strings.ToLower(strings.Join(strings.Fields(c.Text), " ")), ".!")
}

// Recurrence is a direct cause that came back.
type Recurrence struct {
	Cause  postmortem.Cause // as it was stated last
	Seen   []Case           // the incidents with it, in the order of their detection
	Before int              // how many of them are of before the period
}

// Recurring lists the direct causes of the period's incidents that were those of earlier incidents too, the most frequent first.
func Recurring(cases []Case, q Query) []Recurrence {
	found := map[string]*Recurrence{}
	var order []string
	for _, k := range ordered(cases) {
		if !q.Period.before(k.Incident.DetectedAt) || !q.wants(k.Incident.Severity) {
			continue
		}
		for _, c := range directCauses(k) {
			of := CauseOf(c.CauseFields)
			if found[of] == nil {
				found[of] = &Recurrence{}
				order = append(order, of)
			}
			r := found[of]
			r.Cause, r.Seen = c, append(r.Seen, k)
			if !q.Period.contains(k.Incident.DetectedAt) {
				r.Before++
			}
		}
	}
	var list []Recurrence
	for _, of := range order {
		if r := found[of]; len(r.Seen) > 1 && r.Before < len(r.Seen) {
			list = append(list, *r)
		}
	}
	slices.SortStableFunc(list, func(a, b Recurrence) int { return cmp.Compare(len(b.Seen), len(a.Seen)) })
	return list
}

func ordered(cases []Case) []Case {
	return slices.SortedStableFunc(slices.Values(cases), func(a, b Case) int {
		return cmp.Or(a.Incident.DetectedAt.Compare(b.Incident.DetectedAt), cmp.Compare(a.Incident.ID, b.Incident.ID))
	})
}

// directCauses gives the direct causes of a case, each once.
func directCauses(k Case) []postmortem.Cause {
	var list []postmortem.Cause
	for _, c := range k.Analysis.CausesOf(postmortem.Direct) {
		same := func(o postmortem.Cause) bool { return CauseOf(o.CauseFields) == CauseOf(c.CauseFields) }
		if !slices.ContainsFunc(list, same) {
			list = append(list, c)
		}
	}
	return list
}

// recurrence is the share of the period's incidents of which a direct cause was that of an earlier incident, whenever that was, and how
// many there are of each domain. An incident without a stated direct cause is undecided.
func (c *count) recurrence() []Figure {
	known := map[string]bool{}
	stated, again, unstated := 0, 0, 0
	in, came := map[postmortem.Domain]int{}, map[postmortem.Domain]int{}
	for _, k := range ordered(c.all) {
		causes := directCauses(k)
		counts := c.query.Period.contains(k.Incident.DetectedAt)
		recurs := map[postmortem.Domain]bool{}
		for _, cause := range causes {
			recurs[cause.Domain] = recurs[cause.Domain] || known[CauseOf(cause.CauseFields)]
		}
		for _, cause := range causes {
			known[CauseOf(cause.CauseFields)] = true
		}
		if !counts {
			continue
		}
		any := false
		for domain, yes := range recurs {
			in[domain]++
			if yes {
				came[domain]++
				any = true
			}
		}
		switch {
		case len(causes) == 0:
			unstated++
		case any:
			again++
			stated++
		default:
			stated++
		}
	}
	list := []Figure{share("recurrence", "", again, stated+unstated, unstated)}
	for _, d := range postmortem.Domains() {
		list = append(list, share("recurrenceIn", string(d), came[d], in[d], 0))
	}
	return list
}
