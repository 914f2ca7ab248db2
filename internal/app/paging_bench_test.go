package app

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/store"
)

// benchSize reads how many of something a benchmark makes.
func benchSize(b *testing.B, name string, usual int) int {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s=%q: want a number", name, text)
	}
	return n
}

func row(what string, v any) { fmt.Printf("| %s | %v |\n", what, v) }

// percentiles prints the median, the 99th percentile and the greatest.
func percentiles(what string, list []time.Duration) {
	slices.Sort(list)
	at := func(share int) time.Duration {
		return list[min(len(list)*share/100, len(list)-1)].Round(time.Millisecond / 10)
	}
	row(what, fmt.Sprintf("median %v, p99 %v, worst %v (n = %d)", at(50), at(99), list[len(list)-1].Round(time.Millisecond/10), len(list)))
}

// firing is an alert of a rule of its own, so that it opens an incident of its own.
func firing(n int, at time.Time) alert.Alert {
	return alert.Alert{
		Source: alert.FromAPI, StartsAt: at,
		Labels: map[string]string{"alertname": fmt.Sprintf("rule-%05d", n), "pipeline": "catalogue", "severity": "S1"},
	}
}

// BenchmarkPaging fires alerts that each open an incident and page the one person on call, through a channel that takes 20 ms
// for a message: many at once, and then one by one while all of them are open. It runs once.
func BenchmarkPaging(b *testing.B) {
	n := benchSize(b, "SAFELIGHT_INCIDENTS", 1000)
	h := newHouseWith(b, func(h *house) {
		h.live, h.wall = true, true
		h.channel.begin = func(ctx context.Context, _ notify.Message) error {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
			}
			return ctx.Err()
		}
	})
	paged := func() (list []time.Duration, left int) {
		for _, s := range h.incidents() {
			for _, p := range s.Pages {
				if p.Purpose != incident.ToAcknowledge || p.To != h.persons["nora"].ID || p.Step == nil || p.Step.Round+p.Step.Step > 0 {
					continue
				}
				if p.DoneAt == nil {
					left++
					continue
				}
				list = append(list, p.DoneAt.Sub(s.DetectedAt))
			}
		}
		return list, left
	}
	until := func(want int) []time.Duration {
		var list []time.Duration
		ctx, cancel := context.WithTimeout(b.Context(), floodPatience)
		defer cancel()
		if err := h.Idle(ctx); err != nil { // a look at all of them costs more than a page
			b.Fatal(err)
		}
		h.until("the pages to go out", func() bool {
			got, left := paged()
			list = got
			return left == 0 && len(got) >= want
		})
		return list
	}

	// As a rule engine tells them: in batches of 64.
	began := time.Now()
	for i := 0; i < n; i += 64 {
		var batch []alert.Alert
		for j := i; j < min(i+64, n); j++ {
			batch = append(batch, firing(j, h.clock()))
		}
		h.take(batch...)
	}
	row(fmt.Sprintf("%d alerts taken, each with an incident and a page", n), time.Since(began).Round(time.Millisecond))
	percentiles(fmt.Sprintf("from firing to the page that somebody has, %d at once", n), until(n))
	row("messages that the one person got", h.channel.count("/acknowledge-"))

	var ticks []time.Duration
	for range 50 {
		start := time.Now()
		if err := h.Tick(b.Context()); err != nil {
			b.Fatal(err)
		}
		ticks = append(ticks, time.Since(start))
	}
	percentiles("a tick with all of them open", ticks)

	before, _ := paged()
	const more = 60
	for i := range more {
		h.take(firing(n+i, h.clock()))
		select {
		case <-time.After(250 * time.Millisecond):
		case <-b.Context().Done():
		}
	}
	all := until(len(before) + more)
	// The incidents come in the order of their ids or its reverse: the new ones are those that were not there before.
	late := map[string]bool{}
	for i := range more {
		late[fmt.Sprintf("rule-%05d", n+i)] = true
	}
	var list []time.Duration
	for _, s := range h.incidents() {
		if late[s.Opened.Rule] {
			list = append(list, s.Pages[0].DoneAt.Sub(s.DetectedAt))
		}
	}
	if len(all) < n+more || len(list) != more {
		b.Fatalf("%d pages of %d, %d of the last %d", len(all), n+more, len(list), more)
	}
	percentiles(fmt.Sprintf("from firing to the page, four a second in the same storm, %d open", n), list)
}

// fill opens the incidents from one number to another, with so many alerts each, of which all but one end. Everything is
// heard and decided as always; what is not as always is that many groups are settled in one transaction.
func (h *house) fill(from, until, alerts int) {
	h.t.Helper()
	ctx, now := h.t.Context(), h.clock()
	told := make([]alert.Alert, 0, (until-from)*alerts)
	for i := from; i < until; i++ {
		for j := range alerts {
			a := firing(i, now)
			a.Labels["instance"] = strconv.Itoa(j)
			told = append(told, a.Settled(now, time.Hour))
		}
	}
	h.alerts.mu.Lock()
	defer h.alerts.mu.Unlock()
	if full, err := h.keepAlerts(ctx, told, now); err != nil || full != nil {
		h.t.Fatal(err, full)
	}
	waiting, err := h.store.AlertsIn(ctx, store.AlertNew)
	if err != nil {
		h.t.Fatal(err)
	}
	scene, err := h.scene(ctx, now)
	if err != nil {
		h.t.Fatal(err)
	}
	err = h.store.Update(ctx, func(tx *store.Tx) error {
		for _, group := range byGroup(waiting) {
			if err := h.settleIn(ctx, tx, group, scene); err != nil {
				return err
			}
			if err := endButOne(tx, group, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// keptAlerts counts what is in the store.
func (h *house) keptAlerts() (n int) {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(StateDir(h.dir), "safelight.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(h.t.Context(), `select count(*) from alerts`).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// endButOne leaves alerts as they are when their end has been settled and one of their incident still fires.
func endButOne(tx *store.Tx, group []store.AlertRow, at time.Time) error {
	ended := make([]store.AlertRow, 0, len(group))
	for _, a := range group[1:] {
		row, _, err := tx.Alert(a.Source, a.Fingerprint)
		if err != nil {
			return err
		}
		row.EndsAt, row.Phase = at, store.AlertEnded
		ended = append(ended, row)
	}
	return tx.PutAlerts(ended)
}

// BenchmarkStatus changes the status of incidents by the API's way in a store that is full.
func BenchmarkStatus(b *testing.B) {
	incidents, alerts := benchSize(b, "SAFELIGHT_INCIDENTS", 10_000), benchSize(b, "SAFELIGHT_ALERTS", 100_000)
	h := newHouseWith(b, func(h *house) { h.wall = true }) // replayed: nothing ticks by itself
	if err := h.store.Stop(b.Context()); err != nil {
		b.Fatal(err) // effects would page all night; what is measured is the change
	}
	const together = 250 // incidents in a batch
	began := time.Now()
	for i := 0; i < incidents; i += together {
		h.fill(i, min(i+together, incidents), max(alerts/incidents, 1))
	}
	row("filled in", time.Since(began).Round(time.Second))
	list := h.incidents()
	kept := h.keptAlerts()
	row("alerts and incidents in the store", fmt.Sprintf("%d and %d", kept, len(list)))
	if len(list) != incidents || kept < alerts {
		b.Fatalf("%d incidents and %d alerts, want %d and %d", len(list), kept, incidents, alerts)
	}
	by := h.as("nora")
	for _, step := range []struct {
		what    string
		command incident.Command
	}{{"acknowledge", incident.Acknowledge{}}, {"change the severity", incident.ChangeSeverity{To: "S2", Reason: "few images"}}, {"resolve", incident.Resolve{Text: "rolled back"}}} {
		var took []time.Duration
		for i := range min(1000, len(list)) {
			id := list[(i*7919)%len(list)].ID
			start := time.Now()
			if err := h.Do(b.Context(), by, id, step.command); err != nil {
				b.Fatalf("%s %s: %v", step.what, id, err)
			}
			took = append(took, time.Since(start))
		}
		percentiles(step.what, took)
	}
}
