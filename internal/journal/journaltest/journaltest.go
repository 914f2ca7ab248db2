// Package journaltest is the conformance suite that every store of the journal passes.
//
// A store's own tests call [Run] with a function that opens it in a folder.
package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Log is a store under test: the journal, and what the suite must see besides.
type Log interface {
	journal.Log
	// EffectKeys gives the keys of all effects that were ever queued, in any order.
	EffectKeys(ctx context.Context) ([]string, error)
	// Close lets go of the folder, so that it can be opened again.
	Close() error
}

// Opener opens the store of a folder, anew or again. It calls t.Fatal if it cannot.
type Opener func(t *testing.T, dir string) Log

// Types are the event types that the opened store must know.
func Types() []journal.Type {
	return []journal.Type{{Name: "test.happened", Version: 1}, {Name: "test.changed", Version: 2}}
}

// Registry holds [Types].
func Registry(t *testing.T) *journal.Registry {
	t.Helper()
	r, err := journal.NewRegistry(Types())
	if err != nil {
		t.Fatalf("register the suite's types: %v", err)
	}
	return r
}

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, log Log)
	}{
		{"Empty", testEmpty},
		{"Order", testOrder},
		{"Fields", testFields},
		{"Atomic", testAtomic},
		{"Types", testTypes},
		{"Effects", testEffects},
		{"EffectsAlone", testEffectsAlone},
		{"Scan", testScan},
		{"YieldError", testYieldError},
		{"AppendWhileScanning", testAppendWhileScanning},
		{"Concurrent", testConcurrent},
		{"Cancelled", testCancelled},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			log := open(t, t.TempDir())
			t.Cleanup(func() {
				if err := log.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			test.run(t, log)
		})
	}
	t.Run("Reopen", func(t *testing.T) {
		t.Parallel()
		testReopen(t, open)
	})
}

type payload struct {
	N    int    `json:"n"`
	Text string `json:"text,omitempty"`
}

var night = time.Date(2025, 9, 27, 4, 12, 0, 7_000_000, time.UTC)

func draft(stream string, n int) journal.Draft {
	return journal.Draft{
		Stream: stream, Type: "test.happened", Version: 1, Actor: "p-1",
		OccurredAt: night.Add(time.Duration(n) * time.Second), Data: payload{N: n},
	}
}

func change(drafts ...journal.Draft) journal.Change { return journal.Change{Events: drafts} }

func mustAppend(t *testing.T, log Log, c journal.Change) []journal.Entry {
	t.Helper()
	entries, err := log.Append(t.Context(), c)
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	if len(entries) != len(c.Events) {
		t.Fatalf("Append of %d events gave %d entries", len(c.Events), len(entries))
	}
	return entries
}

func scan(t *testing.T, log Log, q journal.Query) []journal.Entry {
	t.Helper()
	var entries []journal.Entry
	err := log.Scan(t.Context(), q, func(e journal.Entry) error {
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		t.Fatalf("Scan(%+v): %v", q, err)
	}
	return entries
}

// checkChain demands that the journal is whole, has size entries and ends at its head.
func checkChain(t *testing.T, log Log, size int64) {
	t.Helper()
	var v journal.Verifier
	for _, e := range scan(t, log, journal.Query{}) {
		if _, err := v.Next(e.Text, e.Hash); err != nil {
			t.Fatalf("the chain is broken: %v", err)
		}
	}
	head, err := log.Head(t.Context())
	if err != nil {
		t.Fatalf("Head: %v", err)
	}
	if head != v.Head() || head.Size != size {
		t.Errorf("Head = %d %s; the chain has %d %s, want %d entries", head.Size, head.Hash, v.Head().Size, v.Head().Hash, size)
	}
}

func numbers(t *testing.T, entries []journal.Entry) []int {
	t.Helper()
	var list []int
	for _, e := range entries {
		p, err := journal.Decode[payload](e)
		if err != nil {
			t.Fatalf("Decode entry %d: %v", e.Seq, err)
		}
		list = append(list, p.N)
	}
	return list
}

func testEmpty(t *testing.T, log Log) {
	checkChain(t, log, 0)
	mustAppend(t, log, journal.Change{})
	checkChain(t, log, 0)
	if got := scan(t, log, journal.Query{Stream: "a", After: 7}); len(got) != 0 {
		t.Errorf("an empty journal yields %d entries", len(got))
	}
}

func testOrder(t *testing.T, log Log) {
	mustAppend(t, log, change(draft("a", 1), draft("b", 2), draft("a", 3)))
	mustAppend(t, log, change(draft("a", 4)))
	mustAppend(t, log, change(draft("c", 5), draft("b", 6)))
	entries := scan(t, log, journal.Query{})
	if got, want := numbers(t, entries), []int{1, 2, 3, 4, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("order of entries = %v, want %v", got, want)
	}
	for i, e := range entries {
		if e.Seq != int64(i+1) {
			t.Errorf("entry %d has sequence %d: there is a gap", i+1, e.Seq)
		}
	}
	checkChain(t, log, 6)
}

func testFields(t *testing.T, log Log) {
	d := draft("PM-2025-09-27-01", 1)
	d.Type, d.Version = "test.changed", 2
	d.Data = payload{N: 4200, Text: "Dérive couleur marque \U0001F4F7 <&> \u2028"}
	given := mustAppend(t, log, change(d))[0]
	kept := scan(t, log, journal.Query{})[0]
	if string(given.Text) != string(kept.Text) || given.Hash != kept.Hash {
		t.Errorf("Append gave %s, Scan gives %s", given.Text, kept.Text)
	}
	if kept.Stream != d.Stream || kept.Type != d.Type || kept.Version != d.Version || kept.Actor != d.Actor || !kept.OccurredAt.Equal(d.OccurredAt) {
		t.Errorf("kept %+v, appended %+v", kept, d)
	}
	if kept.RecordedAt.IsZero() {
		t.Error("recordedAt is not set")
	}
	if p, err := journal.Decode[payload](kept); err != nil || p != d.Data {
		t.Errorf("Decode = %+v, %v; want %+v", p, err, d.Data)
	}
}

// testAtomic: whatever is wrong with a change, nothing of it is written.
func testAtomic(t *testing.T, log Log) {
	mustAppend(t, log, change(draft("a", 1)))
	noStream := draft("", 2)
	noObject := draft("a", 2)
	noObject.Data = "text"
	noJSON := draft("a", 2)
	noJSON.Data = func() {}
	huge := draft("a", 2)
	huge.Data = payload{Text: strings.Repeat("x", journal.MaxEntry)}
	for name, bad := range map[string]journal.Change{
		"no stream":       change(draft("a", 2), noStream),
		"data no object":  change(draft("a", 2), noObject),
		"data no JSON":    change(draft("a", 2), noJSON),
		"too large":       change(draft("a", 2), huge, draft("a", 3)),
		"effect no key":   {Events: []journal.Draft{draft("a", 2)}, Effects: []journal.Effect{effect("k1"), {Kind: "page", Stream: "a"}}},
		"effect no kind":  {Events: []journal.Draft{draft("a", 2)}, Effects: []journal.Effect{effect("k1"), {Key: "k2", Stream: "a"}}},
		"effect bad data": {Events: []journal.Draft{draft("a", 2)}, Effects: []journal.Effect{effect("k1"), {Key: "k2", Kind: "page", Stream: "a", Data: func() {}}}},
	} {
		if entries, err := log.Append(t.Context(), bad); err == nil || entries != nil {
			t.Errorf("%s: Append = %d entries, %v; want an error and nothing", name, len(entries), err)
		}
		checkChain(t, log, 1)
		checkKeys(t, log)
	}
	mustAppend(t, log, change(draft("a", 2)))
	checkChain(t, log, 2)
}

func testTypes(t *testing.T, log Log) {
	unknown, other := draft("a", 2), draft("a", 2)
	unknown.Type = "test.unheard-of"
	other.Version = 2
	for _, bad := range []journal.Draft{unknown, other} {
		_, err := log.Append(t.Context(), journal.Change{
			Events: []journal.Draft{draft("a", 1), bad}, Effects: []journal.Effect{effect("k")},
		})
		if !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Append of %s version %d = %v, want ErrInvalid", bad.Type, bad.Version, err)
		}
	}
	checkChain(t, log, 0)
	checkKeys(t, log)
}

func effect(key string) journal.Effect {
	return journal.Effect{Kind: "page", Key: key, Stream: "a", Data: payload{N: 1}}
}

func checkKeys(t *testing.T, log Log, want ...string) {
	t.Helper()
	got, err := log.EffectKeys(t.Context())
	if err != nil {
		t.Fatalf("EffectKeys: %v", err)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("queued effects = %q, want %q", got, want)
	}
}

// testEffects: a key is queued once, in one change or in several.
func testEffects(t *testing.T, log Log) {
	mustAppend(t, log, journal.Change{
		Events: []journal.Draft{draft("a", 1)}, Effects: []journal.Effect{effect("k1"), effect("k2"), effect("k1")},
	})
	checkKeys(t, log, "k1", "k2")
	mustAppend(t, log, journal.Change{
		Events: []journal.Draft{draft("a", 2)}, Effects: []journal.Effect{effect("k2"), effect("k3")},
	})
	checkKeys(t, log, "k1", "k2", "k3")
	checkChain(t, log, 2)
}

func testEffectsAlone(t *testing.T, log Log) {
	mustAppend(t, log, journal.Change{Effects: []journal.Effect{effect("k1")}})
	checkKeys(t, log, "k1")
	checkChain(t, log, 0)
}

func testScan(t *testing.T, log Log) {
	const n = 700 // more than a store is likely to read at once
	var all, even []int
	for i := 1; i <= n; i += 7 {
		var c journal.Change
		for j := i; j < i+7; j++ {
			stream := []string{"even", "odd"}[j%2]
			c.Events = append(c.Events, draft(stream, j))
			all = append(all, j)
			if stream == "even" {
				even = append(even, j)
			}
		}
		mustAppend(t, log, c)
	}
	for _, test := range []struct {
		q    journal.Query
		want []int
	}{
		{journal.Query{}, all},
		{journal.Query{After: 3}, all[3:]},
		{journal.Query{After: n - 1}, all[n-1:]},
		{journal.Query{After: n}, nil},
		{journal.Query{After: n + 5}, nil},
		{journal.Query{Stream: "even"}, even},
		{journal.Query{Stream: "even", After: 4}, even[2:]},
		{journal.Query{Stream: "even", After: 5}, even[2:]},
		{journal.Query{Stream: "eve"}, nil},
	} {
		if got := numbers(t, scan(t, log, test.q)); !slices.Equal(got, test.want) {
			t.Errorf("Scan(%+v) = %d entries %v, want %d", test.q, len(got), got, len(test.want))
		}
	}
}

func testYieldError(t *testing.T, log Log) {
	mustAppend(t, log, change(draft("a", 1), draft("a", 2), draft("a", 3)))
	enough := errors.New("enough")
	calls := 0
	err := log.Scan(t.Context(), journal.Query{}, func(journal.Entry) error {
		calls++
		if calls == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || calls != 2 {
		t.Errorf("Scan = %v after %d calls, want the error of the second call", err, calls)
	}
}

// testAppendWhileScanning: yield may append, and the scan still ends.
func testAppendWhileScanning(t *testing.T, log Log) {
	mustAppend(t, log, change(draft("a", 1), draft("a", 2)))
	calls := 0
	err := log.Scan(t.Context(), journal.Query{}, func(e journal.Entry) error {
		if calls++; calls > 2 {
			return fmt.Errorf("entry %d was appended after the scan began", e.Seq)
		}
		_, err := log.Append(t.Context(), change(draft("a", 10+calls)))
		return err
	})
	if err != nil {
		t.Errorf("Scan: %v", err)
	}
	checkChain(t, log, 4)
}

func testConcurrent(t *testing.T, log Log) {
	const writers, each = 8, 12
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				c := change(draft(fmt.Sprint("s", w), i), draft(fmt.Sprint("s", w), i+1000))
				c.Effects = []journal.Effect{effect(fmt.Sprint("shared", i))}
				if _, err := log.Append(t.Context(), c); err != nil {
					t.Errorf("writer %d: Append: %v", w, err)
				}
				if err := log.Scan(t.Context(), journal.Query{Stream: fmt.Sprint("s", w)}, func(journal.Entry) error { return nil }); err != nil {
					t.Errorf("writer %d: Scan: %v", w, err)
				}
			}
		})
	}
	wg.Wait()
	checkChain(t, log, writers*each*2)
	for w := range writers {
		var want []int
		for i := range each {
			want = append(want, i, i+1000)
		}
		if got := numbers(t, scan(t, log, journal.Query{Stream: fmt.Sprint("s", w)})); !slices.Equal(got, want) {
			t.Errorf("stream of writer %d = %v, want %v", w, got, want)
		}
	}
	keys, err := log.EffectKeys(t.Context())
	if err != nil || len(keys) != each {
		t.Errorf("EffectKeys = %d keys, %v; want %d", len(keys), err, each)
	}
}

func testCancelled(t *testing.T, log Log) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := log.Append(ctx, change(draft("a", 1))); !errors.Is(err, context.Canceled) {
		t.Errorf("Append with a cancelled context = %v, want context.Canceled", err)
	}
	checkChain(t, log, 0)
}

// testReopen: what was acknowledged is there after the folder was closed and opened again.
func testReopen(t *testing.T, open Opener) {
	dir := t.TempDir()
	var want []string
	for round := range 3 {
		log := open(t, dir)
		var got []string
		for _, e := range scan(t, log, journal.Query{}) {
			got = append(got, string(e.Text))
		}
		if !slices.Equal(got, want) {
			t.Errorf("round %d: the reopened journal has %d entries, want the %d acknowledged", round, len(got), len(want))
		}
		c := change(draft("a", round), draft("b", round))
		c.Effects = []journal.Effect{effect("k")}
		for _, e := range mustAppend(t, log, c) {
			want = append(want, string(e.Text))
		}
		checkChain(t, log, int64(len(want)))
		checkKeys(t, log, "k")
		if err := log.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
}
