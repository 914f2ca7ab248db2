package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/safelight-dev/safelight/internal/store"
)

// The whole of the simulation is run by bench/killpoints.sh, a share of it by go test.
const (
	seedsEnv = "SAFELIGHT_SEEDS" // how many seeds
	seedEnv  = "SAFELIGHT_SEED"  // the first one
)

// tally counts what a run has come through.
type tally struct {
	seeds, crashes, calls, deliveries, together, duplicates, worst int

	idle time.Duration // after a restart, with a page due
}

// TestKillPoints simulates incidents under a virtual clock, with providers that fail, hang, double and lie, and ends the
// process at seeded points: before and after each statement and commit, in the middle of a commit, and at each stage of
// a send. Queue, decisions and database are the real ones; only the clock, the providers and the people are not.
func TestKillPoints(t *testing.T) {
	t.Parallel()
	first, n := number(t, seedEnv, 1), number(t, seedsEnv, 0)
	if n == 0 {
		n = share
		if os.Getenv(seedEnv) != "" {
			n = 1
		}
	}
	if err := clockOfBubble(); err != nil {
		t.Fatal(err)
	}
	house := simulatedHouse(t)
	var sum tally
	for seed := first; seed < first+n; seed++ {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { simulate(t, seed, house, &sum) }) {
			t.Errorf("seed %d failed; to see it alone: %s=%d go test -run TestKillPoints ./internal/app", seed, seedEnv, seed)
		}
	}
	t.Logf("%d seeds, %d crashes, %d calls of providers, %d of them with several pages, %d deliveries, %d duplicates by crashes, at most %d by one crash; at most %v idle after a restart",
		sum.seeds, sum.crashes, sum.calls, sum.together, sum.deliveries, sum.duplicates, sum.worst, sum.idle.Round(time.Second/10))
}

func number(t *testing.T, env string, otherwise uint64) uint64 {
	text := os.Getenv(env)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t.Fatalf("%s is %q, want a number", env, text)
	}
	return n
}

// blueprint is what every seed begins with: a configuration and a database with the accounts.
type blueprint struct {
	config Config
	dir    string
}

func simulatedHouse(t *testing.T) blueprint {
	t.Helper()
	b := blueprint{dir: t.TempDir()}
	var err error
	if b.config, err = Parse([]byte(simulated), b.dir); err != nil {
		t.Fatal(err)
	}
	types, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: b.dir, Registry: types, Views: store.Views()})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(settleIn(tx), tx.SetSetting(pageKeyName, strings.Repeat("5a", 32)))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

// simulate runs one seed.
func simulate(t *testing.T, seed uint64, house blueprint, sum *tally) {
	dir, err := os.MkdirTemp("", "killpoints")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, seed: seed, dir: dir, config: house.config, ended: make(chan struct{})}
		defer func() {
			if t.Failed() {
				t.Log(strings.Join(w.history, "\n"))
			}
		}()
		w.prepare(house)
		p, err := w.live()
		if err != nil {
			t.Fatal(err)
		}
		last := p.life.dir
		w.verdict(p)
		if err := p.bury(); err != nil {
			t.Errorf("the last process ends with %v", err)
		}
		w.lawOfJournal(last)
		w.count(sum)
	})
}

// prepare draws the time of day, the providers and their outages, and puts the database where the first process looks for it.
func (w *world) prepare(house blueprint) {
	c := w.chance("world")
	time.Sleep(time.Duration(c.IntN(24*60)) * time.Minute)
	if c.of(30) {
		// In Paris it is an hour later.
		time.Sleep(24*time.Hour - time.Duration(time.Now().UnixNano())%(24*time.Hour) + 5*time.Hour + 58*time.Minute) // quiet hours end soon
	}
	w.begun, w.horizon = time.Now(), 90*time.Second+c.duration(10*time.Minute)
	for _, name := range []string{"e-mail", "slack", "webhook-house"} {
		p := &provider{w: w, name: name, shared: name == "webhook-house"}
		p.down = w.outages(name)
		w.providers = append(w.providers, p)
	}
	if err := os.MkdirAll(w.folder(0), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := copyPart(filepath.Join(w.folder(0), "safelight.db"), filepath.Join(house.dir, "safelight.db"), -1); err != nil {
		w.t.Fatal(err)
	}
}

// drawDeaths draws one to three deaths.
func (w *world) drawDeaths() (list []death) {
	c := w.chance("deaths")
	for range 1 + c.IntN(3) {
		d := death{step: 1 + int(c.duration(600)), torn: c.of(20)}
		if c.of(20) {
			d = death{look: 1 + c.IntN(300)}
		}
		list = append(list, d)
	}
	return list
}

// live lets the scenario happen, and then everything come to rest.
func (w *world) live() (*process, error) {
	var acts sync.WaitGroup
	deeds := w.scenario()
	acts.Go(func() { w.play(deeds) })
	p, err := w.pass(w.drawDeaths())
	close(w.ended)
	acts.Wait()
	w.acting.Wait()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.well = true
	w.mu.Unlock()
	time.Sleep(time.Minute)
	p.quit()
	w.stopped = time.Now()
	rest, cancel := context.WithTimeout(p.ctx, 2*time.Hour)
	defer cancel()
	p.life.hasSlowDisk(false)
	if err := p.Idle(rest); err != nil {
		w.t.Errorf("effects that never end: %v", err)
	}
	return p, nil
}

func (w *world) count(sum *tally) {
	sum.seeds++
	sum.crashes += len(w.deaths)
	sum.calls += len(w.calls)
	sum.duplicates += w.tally.duplicates
	sum.worst = max(sum.worst, w.tally.worst)
	sum.idle = max(sum.idle, w.tally.idle)
	for _, c := range w.calls {
		sum.deliveries += c.taken
		if len(c.pages) > 1 {
			sum.together++
		}
	}
}
