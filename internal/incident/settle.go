package incident

import "slices"

// SettleEffect asks the notifier to tell a service that several people read how an incident stands by now, so that it
// stops calling people, or to rewrite a message that lies before somebody.
type SettleEffect struct {
	Incident string `json:"incident"`
	Method   string `json:"method"`
	Key      string `json:"key"`                // the same for each attempt, different for every other
	Resolved bool   `json:"resolved,omitempty"` // or else it is acknowledged
	Page     string `json:"page,omitempty"`     // whose message is rewritten; empty: the service is told
}

// settle has the shared services told that have been paged, and the messages rewritten that ask somebody to acknowledge;
// cause tells one telling from the next.
func (d *decision) settle(s State, cause string, resolved bool) *decision {
	for _, m := range d.env.Crew.Shared {
		if slices.ContainsFunc(s.Pages, func(p Page) bool { return slices.Contains(p.Methods, m) }) {
			d.effect(EffectSettle, m+":"+cause, SettleEffect{Incident: d.stream, Method: m, Key: cause, Resolved: resolved})
		}
	}
	for _, p := range s.Pages {
		for _, v := range p.Deliveries {
			if v.Status == PageSent && d.rewritable(p, v.Method, v.Receipt, v.Together) {
				d.rewrite(p, v.Method, cause, resolved)
			}
		}
	}
	return d
}

// rewritable tells whether the message of a page asks somebody to acknowledge, and can be changed where it lies. One that
// carries several pages is left as it is: the others may still be wanted.
func (d *decision) rewritable(p Page, method, receipt string, together int) bool {
	return p.Purpose == ToAcknowledge && together < 2 && receipt != "" && slices.Contains(d.env.Crew.Rewritable, method)
}

func (d *decision) rewrite(p Page, method, cause string, resolved bool) {
	d.effect(EffectSettle, method+":"+p.Key+":"+cause, SettleEffect{d.stream, method, cause, resolved, p.Key})
}

// overtaken tells a service whose page to acknowledge was on its way meanwhile.
func (d *decision) overtaken(s State, p Page, r PageResult) {
	if s.Ack == nil && s.Resolved == nil {
		return
	}
	if d.rewritable(p, r.Method, r.Receipt, r.Together) {
		d.rewrite(p, r.Method, r.Key, s.Resolved != nil)
	}
	if s.Ack != nil && p.Purpose == ToAcknowledge && slices.Contains(d.env.Crew.Shared, r.Method) {
		d.effect(EffectSettle, r.Method+":"+r.Key, SettleEffect{Incident: d.stream, Method: r.Method, Key: r.Key, Resolved: s.Resolved != nil})
	}
}
