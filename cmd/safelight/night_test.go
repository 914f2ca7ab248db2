package main

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// night is a house in which one night passes on a clock of its own; mail server, Slack and web server are outside of it.
type night struct {
	t      *testing.T
	dir    string
	config app.Config
	office *postOffice
	tried  atomic.Int32 // calls of Slack, which is down
	site   *httptest.Server
	logins map[people.ID]string

	browser *http.Client // of the second responder
	form    string       // what the form on the last page hides

	mu    sync.Mutex
	at    time.Time
	app   *app.App
	pages http.Handler // nil while the server is down
}

const nightConfig = `language: en
serve: {url: %q}
pipelines:
  catalogue: {reference: reference, delivered: delivered, class: product}
severities:
  S1:
    containment: manual
    board: {members: 1}
    escalation: {steps: [{page: [on-call]}, {page: ["on-call:secondary"], after: 5m}], repeat: 3, every: 10m}
notify:
  console: false
  smtp: {addr: %q, from: safelight@house.example, tls: none}
  slack: {tokenEnv: SAFELIGHT_TEST_SLACK, url: %q}
onCall:
  schedules:
    primary: {timeZone: Europe/Paris, layers: [{members: [nora], handOff: "monday 09:00", every: weekly, start: "2025-01-06"}]}
    secondary: {timeZone: Europe/Paris, layers: [{members: [omar], handOff: "monday 09:00", every: weekly, start: "2025-01-06"}]}
  contacts:
    nora: {email: nora@house.example, slack: U0NORA}
    omar: {email: omar@house.example, slack: U0OMAR}
`

// nightLedger is what the ledger tells the morning after.
var nightLedger = []string{
	"04:12:00 opened, S1: deltaE-spike",
	"04:12:00 page acknowledge-nora-1 planned by e-mail, slack",
	"04:12:00 page acknowledge-nora-1 sent by e-mail",
	"04:12:00 step 1 taken, the next at 04:17:00",
	"04:17:00 page acknowledge-omar-1 planned by e-mail, slack",
	"04:17:00 page acknowledge-omar-1 sent by e-mail",
	"04:17:00 step 2 taken, the next at 04:27:00",
	"04:19:30 acknowledged by omar",
	"04:19:30 page acknowledge-nora-1 dropped by slack",
	"04:19:30 page acknowledge-omar-1 dropped by slack",
}

// TestNight is the whole night: an alert at 04:12, the first responder silent, the second reached by e-mail, acknowledged
// by the link in it, Slack down all along, the server restarted twice. The ledger tells exactly that. It is not parallel:
// it changes the environment.
func TestNight(t *testing.T) {
	t.Setenv("SAFELIGHT_TEST_SLACK", "xoxb-not-a-token")
	n := newNight(t)
	n.start()
	n.clock("04:12:00")
	n.alert()
	first := n.letterTo("nora@house.example")
	n.until("the page to be in the ledger", func() bool { return len(n.ledger()) == 4 })
	n.clock("04:14:00")
	n.restart()
	n.clock("04:16:59")
	n.tick()
	n.clock("04:17:00")
	n.tick()
	second := n.letterTo("omar@house.example")
	n.until("the second page to be in the ledger", func() bool { return len(n.ledger()) == 7 })
	n.clock("04:18:00")
	n.restart()
	link := linkToAck.FindString(second.text)
	for range 2 { // a scanner of mail opens what it finds
		if status, _ := n.ask(http.MethodGet, link); status != http.StatusOK {
			t.Errorf("opening the link gave %d", status)
		}
	}
	if s := n.incident(); s.Ack != nil {
		t.Fatalf("opening the link acknowledged: %+v", s.Ack)
	}
	n.clock("04:19:30")
	if status, page := n.ask(http.MethodPost, link); status != http.StatusOK {
		t.Fatalf("acknowledging by the link gave %d\n%s", status, page)
	}
	n.until("the pages of Slack to be given up", func() bool { return len(n.ledger()) == 10 })
	n.clock("05:30:00")
	n.tick()
	if got := n.ledger(); !slices.Equal(got, nightLedger) {
		t.Errorf("the ledger tells\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(nightLedger, "\n"))
	}
	if letters := n.office.all(); len(letters) != 2 || first.id == second.id {
		t.Errorf("%d letters came, want one to each responder: %+v", len(letters), letters)
	}
	if n.tried.Load() < 4 { // for two pages, before and after a restart
		t.Errorf("Slack was called %d times in a night of two pages and two restarts", n.tried.Load())
	}
}

func newNight(t *testing.T) *night {
	n := &night{t: t, dir: t.TempDir(), logins: map[people.ID]string{}}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	n.browser = &http.Client{Jar: jar}
	n.at = time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)
	n.office = openPostOffice(t, func() time.Duration { return 0 })
	slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n.tried.Add(1)
		http.Error(w, "down", http.StatusServiceUnavailable)
	}))
	t.Cleanup(slack.Close)
	n.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		pages := n.pages
		n.mu.Unlock()
		if pages == nil {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		pages.ServeHTTP(w, r)
	}))
	t.Cleanup(n.site.Close)
	for _, name := range []string{"reference", "delivered"} {
		if err := os.Mkdir(filepath.Join(n.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if n.config, err = app.Parse(fmt.Appendf(nil, nightConfig, n.site.URL, n.office.addr, slack.URL), n.dir); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), n.options())
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"nora", "omar"} {
		p, err := a.AddPerson(t.Context(), people.Person{Login: login, Role: people.Responder}, "")
		if err != nil {
			t.Fatal(err)
		}
		n.logins[p.ID] = login
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *night) options() app.Options {
	return app.Options{Dir: n.dir, Config: n.config, Now: n.now, Replayed: true, Log: slog.New(slog.DiscardHandler)}
}

func (n *night) now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.at
}

// clock sets the time of the night.
func (n *night) clock(at string) {
	n.t.Helper()
	clock, err := time.Parse(time.TimeOnly, at)
	if err != nil {
		n.t.Fatal(err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at = time.Date(2025, 9, 27, clock.Hour(), clock.Minute(), clock.Second(), 0, time.UTC)
}

// start opens the app and serves it.
func (n *night) start() {
	n.t.Helper()
	a, err := app.New(n.t.Context(), n.options())
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { a.Close() })
	if err := a.Start(context.WithoutCancel(n.t.Context())); err != nil {
		n.t.Fatal(err)
	}
	s, err := web.New(web.Options{Service: a, OnCall: a, Sessions: a.Store().Sessions(), Log: slog.New(slog.DiscardHandler), InsecureCookies: true, Mounts: a.Mounts(), OpenLoopback: true, Base: n.site.URL})
	if err != nil {
		n.t.Fatal(err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.app, n.pages = a, s.Handler()
}

func (n *night) restart() {
	n.t.Helper()
	n.mu.Lock()
	n.pages = nil
	n.mu.Unlock()
	if err := n.app.Close(); err != nil {
		n.t.Fatalf("stop the server: %v", err)
	}
	n.start()
	n.tick()
}

func (n *night) tick() {
	n.t.Helper()
	if err := n.app.Tick(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
}

// alert is what a Prometheus sends.
func (n *night) alert() {
	n.t.Helper()
	body := fmt.Sprintf(`[{"labels": {"alertname": "deltaE-spike", "pipeline": "catalogue", "severity": "S1"}, "startsAt": %q}]`, n.now().Format(time.RFC3339))
	answer, err := http.Post(n.site.URL+"/api/v2/alerts", "application/json", strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		n.t.Fatalf("the alert was answered by %s", answer.Status)
	}
	n.tick()
}

// ask opens a page, or sends the form that was on the last one.
func (n *night) ask(method, address string) (int, string) {
	n.t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(url.Values{"csrf": {n.form}}.Encode()))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := n.browser.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	if m := csrfField.FindSubmatch(text); m != nil {
		n.form = html.UnescapeString(string(m[1]))
	}
	return answer.StatusCode, string(text)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]*)"`)

// until polls what goes on beside the clock of the night.
func (n *night) until(what string, holds func() bool) {
	n.t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for begun := time.Now(); !holds(); <-look.C {
		if time.Since(begun) > time.Minute {
			n.t.Fatalf("waited in vain for %s; the ledger tells\n%s", what, strings.Join(n.ledger(), "\n"))
		}
	}
}

func (n *night) letterTo(address string) (found letter) {
	n.t.Helper()
	n.until("a letter to "+address, func() bool {
		list := n.office.all()
		i := slices.IndexFunc(list, func(l letter) bool { return l.to == address })
		if i >= 0 {
			found = list[i]
		}
		return i >= 0
	})
	return found
}

func (n *night) incident() incident.State {
	n.t.Helper()
	list, err := n.app.Incidents(n.t.Context())
	if err != nil || len(list) != 1 {
		n.t.Fatalf("%d incidents, %v, want one", len(list), err)
	}
	return list[0]
}

// ledger tells the paging of the night, line by line; what happened at the same time in the order of the alphabet.
func (n *night) ledger() (lines []string) {
	n.t.Helper()
	err := n.app.Store().Scan(n.t.Context(), journal.Query{Stream: n.incident().ID}, func(e journal.Entry) error {
		line, err := ledgerLine(e)
		if err == nil && line != "" {
			lines = append(lines, e.OccurredAt.Format(time.TimeOnly)+" "+line)
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	for i := range lines {
		for id, login := range n.logins {
			lines[i] = strings.ReplaceAll(lines[i], string(id), login)
		}
	}
	slices.SortFunc(lines, cmp.Compare[string])
	return lines
}

func ledgerLine(e journal.Entry) (string, error) {
	switch e.Type {
	case incident.TypeOpened:
		o, err := journal.Decode[incident.Opened](e)
		return fmt.Sprintf("opened, %s: %s", o.Severity, o.Rule), err
	case incident.TypePaged:
		p, err := journal.Decode[incident.Paged](e)
		return fmt.Sprintf("page %s planned by %s", p.Key, strings.Join(p.Methods, ", ")), err
	case incident.TypeStepped:
		s, err := journal.Decode[incident.Stepped](e)
		return fmt.Sprintf("step %d taken, the next at %s", s.Taken+1, s.NextAt.Format(time.TimeOnly)), err
	case incident.TypeAcknowledged:
		return "acknowledged by " + e.Actor, nil
	case incident.TypePageSent, incident.TypePageFailed, incident.TypePageDropped:
		r, err := journal.Decode[incident.PageResult](e)
		return fmt.Sprintf("page %s %s by %s", r.Key, strings.TrimPrefix(e.Type, "incident.page-"), r.Method), err
	}
	return "", nil
}
