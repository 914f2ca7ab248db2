package app

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
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

// BenchmarkStatus changes the status of incidents by the API's way in a store that is full.
func BenchmarkStatus(b *testing.B) {
	incidents, alerts := benchSize(b, "SAFELIGHT_INCIDENTS", 10_000), benchSize(b, "SAFELIGHT_ALERTS", 100_000)
	h := newHouseWith(b, func(h *house) { h.wall = true }) // replayed: nothing ticks by itself
	if err := h.store.Stop(b.Context()); err != nil {
		b.Fatal(err) // effects would page all night; what is measured is the change
	}
	// So many may not fire at once from one source: those after the first of each rule join its incident, and end.
	for i := 0; i < alerts; i += 1000 {
		var batch []alert.Alert
		for j := i; j < min(i+1000, alerts); j++ {
			a := firing(j%incidents, h.clock())
			a.Labels["instance"] = strconv.Itoa(j)
			batch = append(batch, a)
		}
		h.take(batch...)
		if i < incidents {
			continue
		}
		for j := range batch {
			batch[j].EndsAt = h.clock()
		}
		h.take(batch...)
	}
	list := h.incidents()
	row("alerts and incidents in the store", fmt.Sprintf("%d and %d", alerts, len(list)))
	if len(list) < incidents {
		b.Fatalf("%d incidents, want %d", len(list), incidents)
	}
	by := h.as("nora")
	for _, step := range []struct {
		what    string
		command incident.Command
	}{{"acknowledge", incident.Acknowledge{}}, {"change the severity", incident.ChangeSeverity{To: "S2", Reason: "few images"}}, {"resolve", incident.Resolve{Text: "rolled back"}}} {
		var took []time.Duration
		for i := range 300 {
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
