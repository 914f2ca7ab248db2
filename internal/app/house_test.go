package app

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// patience bounds every wait of these tests.
const patience = 30 * time.Second

// channel is a way to reach people that a test can break.
type channel struct {
	mu     sync.Mutex
	broken error
	sent   []notify.Message
	begin  func(context.Context, notify.Message) error // called as a send begins; may be nil
}

func (c *channel) Name() string { return "test" }

func (c *channel) Reaches(notify.Recipient) bool { return true }

func (c *channel) Send(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	if c.begin != nil {
		if err := c.begin(ctx, m); err != nil {
			return notify.Receipt{}, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil {
		c.sent = append(c.sent, m)
	}
	return notify.Receipt{}, c.broken
}

func (c *channel) repair() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = nil
}

func (c *channel) count(part string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, m := range c.sent {
		if strings.Contains(m.Key, part) {
			n++
		}
	}
	return n
}

// house is an app over a small real world: images, a gateway, accounts.
type house struct {
	*App
	t       testing.TB
	dir     string
	config  Config
	channel *channel
	more    []notify.Channel // beside it
	live    bool             // the app's loops run, as on the wall clock
	// accessLog is where the gateway logs its deliveries; empty: nowhere.
	accessLog string
	wall      bool // the clock is the wall clock: for programs that have no other
	mu        sync.Mutex
	at        time.Time
	persons   map[string]people.Person
}

func (h *house) clock() time.Time {
	if h.wall {
		return time.Now()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *house) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return newHouseWith(t, func(*house) {})
}

// newHouseWith lets a test change the house before its app is opened.
func newHouseWith(t testing.TB, change func(*house)) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), channel: &channel{}, at: time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC), persons: map[string]people.Person{}}
	for i := range 3 {
		h.image(fmt.Sprintf("reference/%d.png", i), 100)
		h.image(fmt.Sprintf("delivered/%d.png", i), 100)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if h.config, err = Parse([]byte(fmt.Sprintf(houseConfig, l.Addr())), h.dir); err != nil {
		t.Fatal(err)
	}
	change(h)
	h.open()
	g, err := delivery.NewGateway(delivery.Options{StateFile: GatewayState(h.dir), Config: h.config.Gateway, AccessLog: h.accessLog})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- delivery.ServeOn(ctx, l, g) }()
	t.Cleanup(func() { stop(); <-ended; g.Close() })
	for login, role := range map[string]people.Role{"nora": people.Responder, "lea": people.Lead, "ada": people.Administrator} {
		p, err := h.AddPerson(t.Context(), people.Person{Login: login, Role: role, Email: login + "@house.example"}, "")
		if err != nil {
			t.Fatal(err)
		}
		h.persons[login] = p
	}
	return h
}

const houseConfig = `
language: en
pipelines:
  catalogue: {reference: reference, delivered: delivered, class: product, routes: [catalogue], lead: lea}
gateway:
  listen: %q
  routes: {catalogue: {prefix: /catalogue/, origin: delivered, fallback: reference}}
alertRules:
  - name: deltaE-spike
    expr: sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 0
    for: 10m
    labels: {severity: "%%s"}
    annotations: {summary: "drift ({{ $labels.pipeline }})"}
onCall: {rotation: {members: [nora], handOff: "monday 09:00", every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}}
`

// open opens and starts the app on the replayed clock; a test may close and open it again.
func (h *house) open() {
	h.t.Helper()
	var err error
	h.App, err = New(h.t.Context(), Options{Dir: h.dir, Config: h.config, Now: h.clock, Replayed: !h.live, Log: slog.New(slog.DiscardHandler), Channels: append([]notify.Channel{h.channel}, h.more...)})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.Start(context.WithoutCancel(h.t.Context())); err != nil {
		h.t.Fatal(err)
	}
	opened := h.App
	h.t.Cleanup(func() { opened.Close() })
}

func (h *house) image(name string, level uint8) {
	h.t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
	for i := range 32 * 32 {
		copy(m.Pix[4*i:], []uint8{level, 80, 80, 255})
	}
	path := filepath.Join(h.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) as(login string) people.Actor { return h.persons[login].Actor() }

func (h *house) do(login, id string, command any) {
	h.t.Helper()
	if err := h.Do(h.t.Context(), h.as(login), id, command); err != nil {
		h.t.Fatalf("%s: %T: %v", login, command, err)
	}
}

func (h *house) state(id string) incident.State {
	h.t.Helper()
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return c.Incident
}

func (h *house) declare() string {
	h.t.Helper()
	id, err := h.Declare(h.t.Context(), h.as("nora"), web.Declaration{Pipeline: "catalogue", Severity: "S1", Title: "logo is orange"})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *house) idle() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	if err := h.Idle(ctx); err != nil {
		h.t.Fatalf("effects do not end: %v", err)
	}
}

// until polls what the effects bring about.
func (h *house) until(what string, holds func() bool) {
	h.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			h.t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}
