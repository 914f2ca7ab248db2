package incident

import "slices"

// SettleEffect asks the notifier to tell a service that several people read how an incident stands by now, so that it
// stops calling people.
type SettleEffect struct {
	Incident string `json:"incident"`
	Method   string `json:"method"`
	Key      string `json:"key"`                // the same for each attempt, different for every other
	Resolved bool   `json:"resolved,omitempty"` // or else it is acknowledged
}

// settle has the shared services told that have been paged; cause tells one telling from the next.
func (d *decision) settle(s State, cause string, resolved bool) *decision {
	for _, m := range d.env.Crew.Shared {
		if slices.ContainsFunc(s.Pages, func(p Page) bool { return slices.Contains(p.Methods, m) }) {
			d.effect(EffectSettle, m+":"+cause, SettleEffect{d.stream, m, cause, resolved})
		}
	}
	return d
}

// overtaken tells a service whose page to acknowledge was on its way meanwhile.
func (d *decision) overtaken(s State, p Page, r PageResult) {
	if s.Ack != nil && p.Purpose == ToAcknowledge && slices.Contains(d.env.Crew.Shared, r.Method) {
		d.effect(EffectSettle, r.Method+":"+r.Key, SettleEffect{d.stream, r.Method, r.Key, s.Resolved != nil})
	}
}
