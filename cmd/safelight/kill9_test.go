package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

const (
	killsEnv   = "SAFELIGHT_KILLS" // how often the server is killed; bench/kill9.sh sets it
	shareKills = 4
	// leads is so many that none gets more than a few pages: a storm to one person is put together.
	leads = 80
	// grace is how long a message that was begun may take to reach the mail server on a busy machine.
	grace = 2 * time.Second
)

// TestKill9 kills a real server again and again while incidents are declared and acknowledged, and starts it again: what
// it has answered is there, each page reaches the mail server, at most once more for each kill in its sending, and none
// begins after the answer to the acknowledgement.
func TestKill9(t *testing.T) {
	kills := shareKills
	if text := os.Getenv(killsEnv); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s is %q, want a number", killsEnv, text)
		}
		kills = n
	}
	chance := rand.New(rand.NewPCG(9, 9))
	var mu sync.Mutex
	upTo := func(most time.Duration) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(chance.Int64N(int64(most)))
	}
	k := &killed{t: t, upTo: upTo, dir: t.TempDir(), acked: map[string]time.Time{}}
	k.office = openPostOffice(t, func() time.Duration { return upTo(200 * time.Millisecond) })
	k.settle()
	for range kills {
		k.round()
	}
	k.rest()
	k.verdict()
}

// killed is a house whose server is killed.
type killed struct {
	t       *testing.T
	upTo    func(time.Duration) time.Duration
	dir     string
	address string
	token   string
	office  *postOffice
	number  int // of incidents declared

	mu     sync.Mutex
	opened []string
	acked  map[string]time.Time // when it was answered
	at     []time.Time          // of the kills
}

// settle writes the configuration and makes the accounts: so many leads, each of a pipeline.
func (k *killed) settle() {
	k.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		k.t.Fatal(err)
	}
	k.address = l.Addr().String()
	l.Close()
	for _, name := range []string{"reference", "delivered"} {
		if err := os.Mkdir(filepath.Join(k.dir, name), 0o755); err != nil {
			k.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(k.dir, app.ConfigName), []byte(k.config()), 0o644); err != nil {
		k.t.Fatal(err)
	}
	c, source, err := app.Load(k.dir)
	if err != nil {
		k.t.Fatal(err)
	}
	a, err := app.New(k.t.Context(), app.Options{Dir: k.dir, Config: c, Source: source})
	if err != nil {
		k.t.Fatal(err)
	}
	k.people(a)
	if err := a.Close(); err != nil {
		k.t.Fatal(err)
	}
}

func (k *killed) config() string {
	var pipelines strings.Builder
	for i := range leads {
		fmt.Fprintf(&pipelines, "  p%d: {reference: reference, delivered: delivered, class: product, lead: lead%d}\n", i, i)
	}
	return fmt.Sprintf(`language: en
serve: {listen: %q}
pipelines:
%sseverities:
  S1: {containment: manual, board: {members: 1}, escalation: {steps: [{page: [lead]}], every: 168h}}
notify: {console: false, smtp: {addr: %q, from: safelight@house.example, tls: none}}
onCall: {rotation: {members: [oncall], handOff: "monday 09:00", every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}}
`, k.address, &pipelines, k.office.addr)
}

func (k *killed) people(a *app.App) {
	k.t.Helper()
	list := []people.Person{{Login: "oncall", Role: people.Responder}}
	for i := range leads {
		login := fmt.Sprint("lead", i)
		list = append(list, people.Person{Login: login, Role: people.Lead, Email: login + "@house.example"})
	}
	for _, p := range list {
		if _, err := a.AddPerson(k.t.Context(), p, ""); err != nil {
			k.t.Fatal(err)
		}
	}
	var err error
	if k.token, err = a.AddToken(k.t.Context(), "oncall", "kill9", time.Time{}); err != nil {
		k.t.Fatal(err)
	}
}

// start starts the server and waits until it answers.
func (k *killed) start() *exec.Cmd {
	k.t.Helper()
	server := exec.Command("safelight", "serve", "--dir", k.dir)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		k.t.Fatal(err)
	}
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for begun := time.Now(); time.Since(begun) < time.Minute; <-look.C {
		if answer, err := http.Get("http://" + k.address + "/api/v1/incidents"); err == nil {
			answer.Body.Close()
			return server
		}
	}
	_ = server.Process.Kill()
	_ = server.Wait()
	k.t.Fatalf("the server does not answer; it said\n%s", said.String())
	return nil
}

// round is one life of the server: people declare and acknowledge, and at some moment it is killed. The sleeps draw the
// moments; nothing waits for what they hope to be done by then.
func (k *killed) round() {
	server := k.start()
	var clients sync.WaitGroup
	for range 1 + int(k.upTo(3)) {
		k.number++
		n := k.number
		clients.Go(func() {
			time.Sleep(k.upTo(200 * time.Millisecond))
			id, err := k.post("/api/v1/incidents", fmt.Sprintf(`{"pipeline":"p%d","severity":"S1","title":"drift %d"}`, n%leads, n))
			if err != nil {
				return // it died before it answered
			}
			k.mu.Lock()
			k.opened = append(k.opened, id)
			k.mu.Unlock()
			if k.upTo(2) == 0 {
				return // nobody acknowledges
			}
			time.Sleep(k.upTo(300 * time.Millisecond))
			if _, err := k.post("/api/v1/incidents/"+id+"/acknowledge", ""); err == nil {
				k.mu.Lock()
				k.acked[id] = time.Now()
				k.mu.Unlock()
			}
		})
	}
	time.Sleep(k.upTo(900 * time.Millisecond))
	if err := server.Process.Signal(syscall.SIGKILL); err != nil {
		k.t.Fatalf("the server ended by itself: %v", err)
	}
	k.at = append(k.at, time.Now())
	_ = server.Wait() // killed: its error is what was asked for
	clients.Wait()
}

// post sends a command and gives the id of the incident that the answer tells of.
func (k *killed) post(path, body string) (id string, err error) {
	r, err := http.NewRequest(http.MethodPost, "http://"+k.address+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+k.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode/100 != 2 {
		k.t.Errorf("%s %s was answered by %s: %s", path, body, answer.Status, text)
		return "", errors.New(answer.Status)
	}
	var summary struct{ ID string }
	return summary.ID, json.Unmarshal(text, &summary)
}

// rest lets the server live until no page is on its way, and stops it.
func (k *killed) rest() {
	k.t.Helper()
	server := k.start()
	s, err := app.OpenReader(k.t.Context(), k.dir)
	if err != nil {
		k.t.Fatal(err)
	}
	defer s.Close()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	pending := -1
	for begun := time.Now(); pending != 0 && time.Since(begun) < 10*time.Minute; <-look.C {
		list, err := s.PendingEffects(k.t.Context())
		if err != nil {
			k.t.Fatal(err)
		}
		pending = len(list)
	}
	if pending != 0 {
		k.t.Errorf("%d effects never end", pending)
	}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		k.t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		k.t.Errorf("the server ends with %v", err)
	}
}

// verdict compares what the mail server got with what the journal says.
func (k *killed) verdict() {
	s, err := app.OpenReader(k.t.Context(), k.dir)
	if err != nil {
		k.t.Fatal(err)
	}
	defer s.Close()
	streams := map[string][]journal.Entry{}
	if err := s.Scan(k.t.Context(), journal.Query{}, func(e journal.Entry) error {
		streams[e.Stream] = append(streams[e.Stream], e)
		return nil
	}); err != nil {
		k.t.Errorf("the journal does not verify: %v", err)
	}
	letters := map[linkedPage][]letter{}
	for _, l := range k.office.all() {
		for _, p := range l.pages {
			letters[p] = append(letters[p], l)
		}
	}
	for _, id := range k.opened {
		if len(streams[id]) == 0 {
			k.t.Errorf("lost: %s was answered to be open and is not in the journal", id)
		}
	}
	incidents, pages, again := 0, 0, 0
	for id, entries := range streams {
		if !strings.HasPrefix(id, "PM-") {
			continue
		}
		state, err := incident.Fold(entries)
		if err != nil {
			k.t.Fatal(err)
		}
		incidents++
		if _, ok := k.acked[id]; ok && state.Ack == nil {
			k.t.Errorf("lost: the acknowledgement of %s was answered and is not in the journal", id)
		}
		for _, p := range state.Pages {
			pages++
			again += k.judge(state, p, letters[linkedPage{id, p.Key}])
		}
	}
	k.t.Logf("%d kills, %d incidents, %d acknowledged, %d pages, %d letters, %d of them again after a kill",
		len(k.at), incidents, len(k.acked), pages, len(k.office.all()), again)
}

// judge holds one page against its letters, and counts those that a kill explains.
func (k *killed) judge(s incident.State, p incident.Page, letters []letter) (again int) {
	switch {
	case p.Status == incident.PageSent && len(letters) == 0:
		k.t.Errorf("page lost: %s of %s is said to be sent, and never came: %+v", p.Key, s.ID, p.Deliveries)
	case p.Status == incident.PageDropped && s.Ack == nil, p.Status == incident.PagePlanned, p.Status == incident.PageFailed:
		k.t.Errorf("page lost: %s of %s is %s", p.Key, s.ID, p.Status)
	}
	for i, l := range letters {
		if at, ok := k.acked[s.ID]; ok && l.begun.After(at.Add(grace)) {
			k.t.Errorf("sent after the acknowledgement: %s of %s %v later", p.Key, s.ID, l.begun.Sub(at))
		}
		if i == 0 {
			continue
		}
		before := letters[i-1]
		if !slices.ContainsFunc(k.at, func(at time.Time) bool { return before.begun.Before(at) && at.Before(l.begun) }) {
			k.t.Errorf("duplicate: %s of %s came at %v and again at %v, and no kill lies between", p.Key, s.ID, before.taken, l.taken)
		}
		again++
	}
	for _, d := range p.Deliveries {
		if s.Ack != nil && d.Status == incident.PageSent && d.BegunAt.After(s.Ack.At) {
			k.t.Errorf("sent after the acknowledgement: by the ledger %s of %s began at %v, acknowledged at %v", p.Key, s.ID, d.BegunAt, s.Ack.At)
		}
	}
	return again
}
