package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/store"
)

// world is one run of the simulation: the time, the providers and the people, who live on while processes die.
type world struct {
	t         *testing.T
	seed      uint64
	dir       string
	config    Config
	begun     time.Time
	horizon   time.Duration
	providers []*provider

	mu       sync.Mutex
	order    int // of all that happens
	well     bool
	now      *process // that lives; nil between two
	calls    []*call
	facts    []fact
	deaths   []int    // in the order of all that happened
	lives    []span   // of the processes that came up
	opened   []string // incidents whose opening was answered
	acked    []string // incidents whose acknowledgement was answered
	history  []string
	stopped  time.Time // when the escalations were looked at last
	downtime time.Duration
	tally    tally
	ended    chan struct{}
	acting   sync.WaitGroup
}

// fact is an event that has committed, at its place in the order of all that happened.
type fact struct {
	order  int
	at     time.Time
	stream string
	kind   string
	page   incident.PageResult // of the outcome of a page
}

// span is when a process was up; died is zero for the last.
type span struct {
	number   int
	up, died time.Time
}

const maxHistory = 5000

func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteLocked(format, args...)
}

func (w *world) noteLocked(format string, args ...any) {
	w.order++
	if len(w.history) < maxHistory {
		w.history = append(w.history, fmt.Sprintf("%6d %v %s", w.order, time.Since(w.begun), fmt.Sprintf(format, args...)))
	}
}

func (w *world) isWell() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.well
}

// committed takes note of what a process has written for good.
func (w *world) committed(l *life, events []appended) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		w.noteLocked("process %d commits %s of %s: %s", l.number, e.Type, e.Stream, e.Data)
		f := fact{order: w.order, at: time.Now(), stream: e.Stream, kind: e.Type}
		switch e.Type {
		case incident.TypePageSent, incident.TypePageFailed, incident.TypePageDropped:
			if err := json.Unmarshal(e.Data, &f.page); err != nil {
				panic(err)
			}
		}
		w.facts = append(w.facts, f)
	}
}

// begins takes note of a call as it reaches the provider.
func (w *world) begins(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, old := range w.calls {
		if old.channel == c.channel && old.key == c.key {
			c.number++
		}
	}
	w.noteLocked("process %d begins to send %s with %v to %s by %s", c.process, c.key, c.pages, c.address, c.channel)
	c.begun, c.at, c.receipt = w.order, time.Now(), fmt.Sprintf("%s-%d", c.channel, len(w.calls))
	w.calls = append(w.calls, c)
}

// takes delivers, and whoever it reaches may act on it.
func (w *world) takes(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteLocked("%s delivers %s to %s, which it %s", c.channel, c.key, c.address, c.mood)
	if c.taken++; c.takenAt == 0 {
		c.takenAt = w.order
	}
	if c.purpose == string(incident.ToAcknowledge) && !w.well {
		w.react(c)
	}
}

func (w *world) ends(c *call, err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteLocked("%s ends the call of %s: %v", c.channel, c.key, err)
	c.ended = w.order
	return err
}

// process is one App that pages, for as long as its life lasts.
type process struct {
	*App
	life *life
	ctx  context.Context // ends with it
	quit func()          // ends the ticking
}

// tickEvery and pollEvery are less often than outside: nothing depends on them but how late a step or an attempt may be.
const (
	tickEvery = 5 * time.Second
	pollEvery = 8 * time.Second
)

func (w *world) folder(number int) string { return filepath.Join(w.dir, fmt.Sprint(number)) }

// start brings a process up on the database as the one before left it. It may have died when it returns.
func (w *world) start(number int, end death) (*process, error) {
	p := &process{life: &life{w: w, number: number, dir: w.folder(number), next: w.folder(number + 1), end: end, died: make(chan struct{})}}
	if err := os.MkdirAll(p.life.next, 0o700); err != nil {
		return nil, err
	}
	if c := w.chance("aim", number); c.of(50) {
		p.life.aim = 1 + c.IntN(20)
	}
	p.App = &App{dir: p.life.dir, config: w.config, now: time.Now, log: slog.New(slog.DiscardHandler)}
	p.ctx, p.stop = context.WithCancel(context.Background())
	if err := p.open(); err != nil {
		if p.life.over() {
			return p, nil
		}
		return nil, errors.Join(fmt.Errorf("start process %d: %w", number, err), p.bury())
	}
	ticking, quit := context.WithCancel(p.ctx)
	p.quit = quit
	p.loop(ticking, tickEvery, p.tickIncidents)
	p.life.hasSlowDisk(true)
	p.life.mu.Lock() // before that of the world, as whoever dies or commits takes them
	defer p.life.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = p
	w.lives = append(w.lives, span{number: number, up: time.Now()})
	w.noteLocked("process %d is up", number)
	if p.life.dead {
		w.lives[len(w.lives)-1].died = time.Now()
	}
	return p, nil
}

// open builds what pages people, and nothing else of the app.
func (p *process) open() error {
	types, err := registry()
	if err != nil {
		return err
	}
	p.store, err = store.Open(p.ctx, store.Options{Dir: p.life.dir, Registry: types, Views: store.Views(), Connect: p.life.connect, Classes: classes})
	if err != nil {
		return err
	}
	if err := p.openSchedules(p.ctx); err != nil {
		return err
	}
	if err := p.openPageKey(p.ctx); err != nil {
		return err
	}
	for _, provider := range p.life.w.providers {
		p.sender.Channels = append(p.sender.Channels, wire{provider, p.life})
	}
	work := p.work()
	work.Poll = pollEvery
	return p.store.Start(p.ctx, work)
}

// bury gives back what a process held, dead or not.
func (p *process) bury() error {
	w := p.life.w
	w.mu.Lock()
	w.now = nil
	w.mu.Unlock()
	p.life.hasSlowDisk(false)
	time.Sleep(time.Second) // what was under way has ended by then
	p.stop()
	p.loops.Wait()
	if p.store == nil {
		return nil
	}
	return p.store.Close()
}

// pass lets processes live and die until the scenario is over. The last one lives on.
func (w *world) pass(ends []death) (*process, error) {
	for n, end := range append(ends, death{}) {
		p, err := w.start(n, end)
		if err != nil {
			return nil, err
		}
		left := max(w.horizon-time.Since(w.begun), w.chance("at least", n).duration(2*time.Minute))
		select {
		case <-time.After(left):
		case <-p.life.died:
		}
		if n == len(ends) {
			return p, nil
		}
		p.life.kill()
		_ = p.bury() // it is dead: nothing that it says matters
		begun, down := time.Now(), w.chance("down", n)
		if time.Sleep(time.Second); !down.of(60) {
			time.Sleep(down.duration(5 * time.Minute))
		}
		w.downtime += time.Since(begun) + 10*time.Second
	}
	panic("unreachable")
}

// act has a person do something, again and again while no process takes it. The answer of a process that is alive counts.
func (w *world) act(what string, do func(*process) error) error {
	for {
		w.mu.Lock()
		p := w.now
		w.mu.Unlock()
		if p != nil {
			err := do(p)
			if !p.life.over() || err == nil {
				w.note("%s: %v", what, err)
				return err
			}
		}
		select {
		case <-w.ended:
			return errDead
		case <-time.After(time.Second):
		}
	}
}

func (w *world) dies(l *life, at string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteLocked("process %d dies at %s, after %d steps and %d looks", l.number, at, l.steps, l.looks)
	w.deaths = append(w.deaths, w.order)
	if n := len(w.lives); n > 0 && w.lives[n-1].number == l.number {
		w.lives[n-1].died = time.Now()
	}
}
