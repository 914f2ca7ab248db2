package app

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/web"
)

// tamper changes the database behind the app's back.
func (h *house) tamper(query string, args ...any) {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(StateDir(h.dir), "safelight.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	res, err := db.ExecContext(h.t.Context(), query, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		h.t.Fatalf("%s changed %d rows, %v", query, n, err)
	}
}

func (h *house) audit() AuditReport {
	h.t.Helper()
	if err := h.runAudit(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.audits.mu.Lock()
	defer h.audits.mu.Unlock()
	return h.audits.last
}

// retriesLater has effects tried again after an hour, so that what waits goes on waiting until it is hurried.
func (h *house) retriesLater() {
	h.t.Helper()
	if err := h.store.Stop(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	work := h.work()
	work.Backoff = func(int) time.Duration { return time.Hour }
	if err := h.store.Start(context.WithoutCancel(h.t.Context()), work); err != nil {
		h.t.Fatal(err)
	}
}

// hurry has everything tried now that waits for its next attempt.
func (h *house) hurry() {
	h.t.Helper()
	jobs, err := h.store.EffectJobs(h.t.Context())
	for _, e := range jobs {
		if e.Job == audit.Waiting {
			err = errors.Join(err, h.store.Hurry(h.t.Context(), e.Key))
		}
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// unsent declares an incident whose page waits for its next attempt.
func (h *house) unsent() string {
	h.t.Helper()
	h.channel.mu.Lock()
	h.channel.broken = errors.New("away")
	h.channel.mu.Unlock()
	id := h.declare()
	h.until("the first attempt", func() bool {
		jobs, err := h.store.EffectJobs(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		return len(jobs) > 0 && !slices.ContainsFunc(jobs, func(e audit.Effect) bool { return e.Job != audit.Waiting })
	})
	return id
}

// TestAuditMends: what was lost from the views and the queue is found, and is in order again. A page whose job was lost or
// put off goes out by the mending alone.
func TestAuditMends(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.retriesLater()
	const job = `delete from river_job where finalized_at is null and json_extract(args, '$.key') like ?`
	theIncident := func(id string) any { return id }
	itsPages := func(id string) any { return id + ":page:%" }
	for name, c := range map[string]struct {
		query string
		arg   func(id string) any
		want  audit.Kind
		sends bool // the mending has the page sent
	}{
		"a deadline":         {`delete from deadlines where name = 'ack' and stream = ?`, theIncident, audit.Deadlines, false},
		"a moved deadline":   {`update deadlines set due_at = due_at + 1 where name = 'ack' and stream = ?`, theIncident, audit.Deadlines, false},
		"a row":              {`delete from incidents where id = ?`, theIncident, audit.View, false},
		"a wrong row":        {`update incidents set closed_at = 1, state = 'closed' where id = ?`, theIncident, audit.View, false},
		"a wrong state":      {`update incidents set state_json = '{}' where id = ?`, theIncident, audit.View, false},
		"the job of a page":  {job, itsPages, audit.Orphan, true},
		"the effect of page": {`delete from effects where key like ?`, itsPages, audit.LostPage, true},
		"an effect ended":    {`update effects set state = 'done' where key like ?`, itsPages, audit.LostPage, false},
		"a job put off":      {`update river_job set scheduled_at = '2099-01-01 00:00:00.000' where json_extract(args, '$.key') like ?`, itsPages, audit.Late, true},
		"a job never woken":  {`update river_job set state = 'scheduled', scheduled_at = '2020-01-01 00:00:00.000' where finalized_at is null and json_extract(args, '$.key') like ?`, itsPages, audit.Late, true},
		"a ghost":            {`insert into deadlines (stream, name, due_at) values ('PM-2020-01-01-01', ?, 0)`, func(string) any { return "ack" }, audit.View, false},
	} {
		id := h.unsent()
		open := h.audit()
		if !open.Passed() || len(open.Mended) != 0 {
			t.Fatalf("%s: before: %+v", name, open)
		}
		h.channel.repair()
		h.tamper(c.query, c.arg(id))
		r := h.audit()
		if !slices.ContainsFunc(r.Mended, func(f audit.Finding) bool { return f.Kind == c.want }) || !r.Passed() {
			t.Fatalf("%s: mended %v, left %v; want %s mended", name, r.Mended, r.Open, c.want)
		}
		if r = h.audit(); !r.Passed() || len(r.Mended) != 0 {
			t.Errorf("%s, again: mended %v, left %v", name, r.Mended, r.Open)
		}
		if !c.sends {
			h.hurry()
		}
		h.until("the page", func() bool { return h.channel.count(id+"/acknowledge") == 1 })
		h.idle()
		if p := h.state(id).Pages[0]; p.Status != incident.PageSent {
			t.Errorf("%s: the page is %s", name, p.Status)
		}
	}
}

// TestAuditTicks: an incident whose deadline has passed unseen is looked at.
func TestAuditTicks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.idle()
	h.move(10 * time.Minute)
	r := h.audit()
	if want := []audit.Finding{{Kind: audit.Missed, Stream: id, Subject: "ack"}}; !slices.Equal(r.Mended, want) || !r.Passed() {
		t.Errorf("mended %v, left %v; want %v mended", r.Mended, r.Open, want)
	}
	h.idle()
	if n := h.channel.count("acknowledge-" + string(h.persons["nora"].ID)); n != 2 {
		t.Errorf("the on-call was paged %d times, want again", n)
	}
}

// TestAuditShouts: what cannot be mended is told to the administrators, once an hour.
func TestAuditShouts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.do("nora", id, incident.Acknowledge{})
	h.idle()
	h.move(80 * time.Hour)
	for range 4 { // the breach, and people are told of it three times more
		if err := h.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.idle()
		h.move(24 * time.Hour)
	}
	if r := h.audit(); !r.Passed() {
		t.Fatalf("while its owner is there: %v", r.Open)
	}
	h.tamper(`update persons set disabled = 1 where login = 'nora'`)
	told := func() (n int, last string) {
		h.channel.mu.Lock()
		defer h.channel.mu.Unlock()
		for _, m := range h.channel.sent {
			if strings.HasPrefix(m.Key, "watch/") {
				n, last = n+1, m.Text
			}
		}
		return n, last
	}
	r := h.audit()
	if want := []audit.Finding{{Kind: audit.Unowned, Stream: id}}; !slices.Equal(r.Open, want) {
		t.Fatalf("left %v, want %v", r.Open, want)
	}
	if n, text := told(); n != 1 || !strings.Contains(text, "Incident "+id+" has neither a deadline nor an owner") || !strings.Contains(text, "/watch") {
		t.Errorf("the administrator was told %d times: %s", n, text)
	}
	for range 59 {
		h.move(time.Minute)
		h.audit()
	}
	if n, _ := told(); n != 1 {
		t.Errorf("within the hour the administrator was told %d times", n)
	}
	if err := h.Close(); err != nil { // a restart does not make it forget
		t.Fatal(err)
	}
	h.open()
	h.audit()
	if n, _ := told(); n != 1 {
		t.Errorf("after a restart the administrator was told %d times", n)
	}
	h.move(2 * time.Minute)
	h.audit()
	if n, _ := told(); n != 2 {
		t.Errorf("after an hour the administrator was told %d times, want 2", n)
	}
	h.tamper(`update persons set disabled = 0 where login = 'nora'`)
	if r := h.audit(); !r.Passed() {
		t.Errorf("with its owner back: %v", r.Open)
	}
}

// TestAuditOfDamage: entries that were changed are not folded but told.
func TestAuditOfDamage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	other, err := h.Declare(t.Context(), h.as("nora"), web.Declaration{Pipeline: "catalogue", Severity: "S3", Title: "logo is blue"})
	if err != nil {
		t.Fatal(err)
	}
	h.idle()
	h.tamper(`drop trigger journal_no_update; update journal set text = replace(text, 'blue', 'teal') where stream = ?`, other)
	r := h.audit()
	if !slices.Contains(r.Open, audit.Finding{Kind: audit.Unreadable, Stream: other}) || slices.ContainsFunc(r.Open, func(f audit.Finding) bool { return f.Stream == id }) {
		t.Errorf("left %v, want %s unreadable and %s in order", r.Open, other, id)
	}
}
