package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
)

// verdict looks at what has become of everything, once the providers are well again and nothing is on its way.
func (w *world) verdict(p *process) {
	states, err := p.Incidents(p.ctx)
	if err != nil {
		w.t.Errorf("list the incidents: %v", err)
		return
	}
	w.lawOfAnswers(states)
	for _, s := range states {
		w.lawOfLedger(s)
		w.lawOfTheNamed(p, s)
		w.lawOfNextStep(s)
		w.lawOfSettling(s)
		w.lawOfRestart(s)
	}
	w.lawOfFence()
	w.lawOfDuplicates()
	w.lawOfKeys()
	w.lawOfEffects(p)
}

// lawOfAnswers: what was answered is there after every crash.
func (w *world) lawOfAnswers(states []incident.State) {
	for _, id := range w.opened {
		if !slices.ContainsFunc(states, func(s incident.State) bool { return s.ID == id }) {
			w.t.Errorf("lost: incident %s was answered to be open and is not in the journal", id)
		}
	}
	for _, id := range w.acked {
		if !slices.ContainsFunc(states, func(s incident.State) bool { return s.ID == id && s.Ack != nil }) {
			w.t.Errorf("lost: the acknowledgement of %s was answered and is not in the journal", id)
		}
	}
}

// lawOfLedger: each page that was planned has an outcome, and the outcome is true.
func (w *world) lawOfLedger(s incident.State) {
	for _, p := range s.Pages {
		switch {
		case p.Status == incident.PagePlanned:
			w.t.Errorf("page lost: %s of %s is still only planned: %+v", p.Key, s.ID, p)
		case p.Status == incident.PageDropped && p.Purpose == incident.ToAcknowledge && !w.wasAnswered(s.ID):
			w.t.Errorf("page lost: %s of %s was dropped although nobody has acknowledged or resolved", p.Key, s.ID)
		}
		for _, d := range p.Deliveries {
			w.lawOfDelivery(s, p, d)
		}
	}
}

// lawOfDelivery: what is said to be sent was taken, and what is said to have failed was refused for good.
func (w *world) lawOfDelivery(s incident.State, p incident.Page, d incident.PageDelivery) {
	taken := func(c *call) bool { return c.channel == d.Method && c.receipt == d.Receipt && c.taken > 0 }
	refused := func(c *call) bool {
		return c.channel == d.Method && c.mood == refuses && (c.address == "everybody" || c.address == w.addressOf(p.To, d.Method)) && !c.at.Before(p.PlannedAt)
	}
	switch {
	case d.Status == incident.PageSent && !slices.ContainsFunc(w.calls, taken):
		w.t.Errorf("page lost: the ledger says that %s of %s was sent by %s as %q, and nobody took it", p.Key, s.ID, d.Method, d.Receipt)
	case d.Status == incident.PageFailed && d.Method != "" && !slices.ContainsFunc(w.calls, refused):
		w.t.Errorf("page lost: %s of %s has failed, and %s did not refuse it for good", p.Key, s.ID, d.Method)
	}
}

func (w *world) addressOf(id people.ID, method string) string {
	contact := w.config.OnCall.Contacts[strings.TrimPrefix(string(id), "u-")]
	switch method {
	case "slack":
		return contact.Slack
	case "e-mail":
		return contact.Email
	}
	return ""
}

// wasAnswered tells whether there was a time at which pages of an incident had lost their purpose.
func (w *world) wasAnswered(id string) bool {
	return slices.ContainsFunc(w.facts, func(f fact) bool {
		return f.stream == id && (f.kind == incident.TypeAcknowledged || f.kind == incident.TypeResolved)
	})
}

// lawOfNextStep: while nobody has acknowledged there is a next step, and it is not late.
func (w *world) lawOfNextStep(s incident.State) {
	next := s.Escalation.NextAt
	switch open := s.Ack == nil && s.Resolved == nil; {
	case open && next == nil:
		w.t.Errorf("escalation lost: nobody has acknowledged %s and there is no next step: %+v", s.ID, s.Escalation)
	case open && w.stopped.Sub(*next) > 2*tickEvery:
		w.t.Errorf("escalation lost: the next step of %s was due at %v and had not been taken at %v", s.ID, *next, w.stopped)
	case !open && next != nil:
		w.t.Errorf("%s is acknowledged or resolved and goes on paging at %v", s.ID, *next)
	}
}

// lawOfTheNamed: whom the policy names has been paged, where an incident stayed unanswered for long enough.
func (w *world) lawOfTheNamed(p *process, s incident.State) {
	if w.wasAnswered(s.ID) || s.Escalation.Policy.Quiet != nil {
		return
	}
	since := s.DetectedAt
	for _, f := range w.facts {
		if f.stream == s.ID && f.kind == incident.TypeSeverityChanged {
			since = f.at
		}
	}
	due := since
	for i, step := range s.Escalation.Policy.Steps {
		due = due.Add(step.After)
		if due.Add(w.slack()).After(w.stopped) {
			return
		}
		for _, t := range step.Page {
			w.namedWasPaged(p, s, pagedFor{i, t, due})
		}
	}
}

type pagedFor struct {
	step   int
	target pipeline.Target
	due    time.Time
}

func (w *world) namedWasPaged(p *process, s incident.State, f pagedFor) {
	found := false
	var named []people.ID
	for at := f.due; !at.After(f.due.Add(w.slack())); at = at.Add(time.Minute) { // a hand-off may lie within
		records, err := p.store.Persons(p.ctx)
		if err != nil {
			w.t.Error(err)
			return
		}
		for _, r := range p.crew(records, at).Roster(s.Escalation.Policy, s.Opened.Lead)[f.target] {
			named = append(named, r.ID)
			paged := slices.ContainsFunc(s.Pages, func(p incident.Page) bool { return p.To == r.ID && p.Purpose == incident.ToAcknowledge })
			found = found || paged || len(r.Methods) == 0
		}
	}
	if !found && len(named) > 0 {
		w.t.Errorf("page lost: step %d of %s names %s, none of %v was ever paged", f.step+1, s.ID, f.target, named)
	}
}

// slack is how late a step may be: processes were down, and look only now and then.
func (w *world) slack() time.Duration { return w.downtime + 4*tickEvery + time.Minute }

// afterRestart is how long nothing may begin of what was due when a process came up: the queue has to be looked at, and a send
// that hangs holds up others to the same person by the same channel.
const afterRestart = 40 * time.Second

// lawOfRestart: what was to be sent when a process died begins soon after the next one is up, whatever wait it was in. The
// queue by itself would take up what was cut off a minute later at the earliest. Looked at are the pages that ask to
// acknowledge: a message with several pages shows no others.
func (w *world) lawOfRestart(s incident.State) {
	for _, l := range w.lives {
		for _, p := range s.Pages {
			for _, d := range p.Deliveries {
				if l.number == 0 || d.Method == "" || p.Purpose != incident.ToAcknowledge || !p.PlannedAt.Before(l.up) {
					continue
				}
				begun := w.takenUp(s.ID, p.Key, d.Method, l.up)
				if !l.died.IsZero() && (begun.IsZero() || begun.After(l.died)) {
					begun = l.died // nothing was missed before
				}
				idle := w.idleBetween(l.up, begun, d.Method, w.addressOf(p.To, d.Method))
				w.tally.idle = max(w.tally.idle, idle)
				if idle > afterRestart {
					w.t.Errorf("late: %s of %s by %s was due when process %d came up at %v, and began %v later, nothing else to them for %v of that",
						p.Key, s.ID, d.Method, l.number, l.up.Sub(w.begun), begun.Sub(l.up), idle)
				}
			}
		}
	}
}

// idleBetween is the longest time between two moments in which nothing began to be sent to an address by a channel. A person
// gets one message at a time, and each that fails makes room for another.
func (w *world) idleBetween(from, until time.Time, method, address string) (longest time.Duration) {
	for _, c := range w.calls {
		if c.channel == method && c.address == address && c.at.After(from) && c.at.Before(until) {
			longest, from = max(longest, c.at.Sub(from)), c.at
		}
	}
	return max(longest, until.Sub(from))
}

// takenUp is when, from a time on, a page begins to be sent by a channel or comes to its end; that time itself if it had come before.
func (w *world) takenUp(id, key, method string, from time.Time) (at time.Time) {
	sooner := func(t time.Time) {
		if t.Before(from) {
			t = from
		}
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	for _, f := range w.facts {
		ended := f.stream == id && (f.kind == incident.TypeAcknowledged || f.kind == incident.TypeResolved)
		if ended || f.stream == id && f.page.Key == key && f.page.Method == method {
			sooner(f.at)
		}
	}
	for _, c := range w.calls {
		if c.channel == method && c.carries(id, key) && !c.at.Before(from) {
			sooner(c.at)
		}
	}
	return at
}

// lawOfFence: no page begins to be sent after what takes its purpose away has committed, nor after its own outcome.
func (w *world) lawOfFence() {
	for _, c := range w.calls {
		for _, f := range w.facts {
			if f.order > c.begun {
				break
			}
			if c.purpose == string(incident.ToAcknowledge) && c.about(f.stream) && w.endsPaging(f, c) {
				w.t.Errorf("sent after %s: the sending of %s by %s began at %d, and it had committed at %d", f.kind, c.key, c.channel, c.begun, f.order)
			}
			if f.page.Key != "" && f.page.Method == c.channel && c.carries(f.stream, f.page.Key) {
				w.t.Errorf("sent after its end: the sending of %s by %s began at %d, and %s of %s had committed at %d", c.key, c.channel, c.begun, f.kind, f.page.Key, f.order)
			}
		}
	}
}

// endsPaging tells whether an event keeps a call from beginning: an acknowledgement always, a resolution until the incident is reopened.
func (w *world) endsPaging(f fact, c *call) bool {
	switch f.kind {
	case incident.TypeAcknowledged:
		return true
	case incident.TypeResolved:
		return !slices.ContainsFunc(w.facts, func(r fact) bool {
			return r.stream == f.stream && r.kind == incident.TypeReopened && r.order > f.order && r.order < c.begun
		})
	}
	return false
}

// lawOfDuplicates: a page is delivered once, and once more for each crash that cut its sending off, and for each time
// that its provider delivered it and did not say so.
func (w *world) lawOfDuplicates() {
	type by struct {
		channel string
		page    pageOf
	}
	last, repeated := map[by]*call{}, map[*call]int{} // the crash that explains the second call
	for _, c := range w.calls {
		if c.taken == 0 || c.purpose == settling {
			continue
		}
		for _, page := range c.pages {
			name := by{c.channel, page}
			before := last[name]
			last[name] = c
			if before == nil || before.mood == lies || before.mood == hangsTaken {
				continue
			}
			// Each crash explains one: between two that are ours there is another crash.
			crash := slices.IndexFunc(w.deaths, func(d int) bool { return before.begun < d && d < c.begun })
			if crash < 0 {
				w.t.Errorf("duplicate: %v was sent at %d and again at %d, and no crash lies between", name, before.begun, c.begun)
				continue
			}
			repeated[c] = crash
		}
	}
	byCrash := map[int]int{}
	for _, crash := range repeated {
		w.tally.duplicates++
		byCrash[crash]++
		w.tally.worst = max(w.tally.worst, byCrash[crash])
	}
}

// lawOfKeys: what is sent under one key is one message, or whoever takes a key once would miss the second.
func (w *world) lawOfKeys() {
	purposes := map[string]string{}
	for _, c := range w.calls {
		name := c.channel + " " + c.key
		if known, ok := purposes[name]; ok && known != c.purpose {
			w.t.Errorf("two messages under the key %s: %q and %q", name, known, c.purpose)
		}
		purposes[name] = c.purpose
	}
}

// lawOfSettling: whoever reads along in a shared service is told that it is over, if it was told that it began.
func (w *world) lawOfSettling(s incident.State) {
	paged := slices.ContainsFunc(w.calls, func(c *call) bool {
		return c.about(s.ID) && c.address == "everybody" && c.taken > 0 && c.purpose == string(incident.ToAcknowledge)
	})
	told := slices.ContainsFunc(w.calls, func(c *call) bool {
		return c.about(s.ID) && c.purpose == settling && (c.taken > 0 || c.mood == refuses)
	})
	if paged && (s.Ack != nil || s.Resolved != nil) && !told {
		w.t.Errorf("lost: a shared service was paged for %s and never told that it is over", s.ID)
	}
}

// lawOfEffects: everything that was asked for has come to its end.
func (w *world) lawOfEffects(p *process) {
	list, err := p.store.PendingEffects(p.ctx)
	if err != nil || len(list) > 0 {
		w.t.Errorf("effects that never end: %v, %v", list, err)
	}
}

// lawOfJournal: the journal verifies, and the views are what it says. The process is over.
func (w *world) lawOfJournal(dir string) {
	kept, err := viewRows(dir)
	if err != nil {
		w.t.Error(err)
		return
	}
	ctx := context.Background()
	types, err := registry()
	if err != nil {
		w.t.Error(err)
		return
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, Registry: types, Views: store.Views(), Connect: unsynced})
	if err != nil {
		w.t.Error(err)
		return
	}
	_, verified := s.Verify(ctx)
	if err := errors.Join(verified, s.RebuildViews(ctx), s.Close()); err != nil {
		w.t.Errorf("the journal does not verify: %v", err)
	}
	if rebuilt, err := viewRows(dir); err != nil || !slices.Equal(rebuilt, kept) {
		w.t.Errorf("the views are not what the journal says, %v:\n%s\nrebuilt\n%s", err, strings.Join(kept, "\n"), strings.Join(rebuilt, "\n"))
	}
}

// viewRows reads all rows of all views.
func viewRows(dir string) ([]string, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "safelight.db"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var list []string
	for _, v := range store.Views() {
		for _, table := range v.Tables() {
			more, err := tableRows(db, table)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", table, err)
			}
			list = append(list, more...)
		}
	}
	slices.Sort(list)
	return list, nil
}

func tableRows(db *sql.DB, table string) (list []string, err error) {
	rows, err := db.Query("select * from " + table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		list = append(list, fmt.Sprint(table, values))
	}
	return list, rows.Err()
}
