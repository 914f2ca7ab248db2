package app

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// floodPatience bounds each stage of the flood: what takes longer is told as a failure.
const floodPatience = 10 * time.Minute

// floodSize is how many images arrive at once: SAFELIGHT_FLOOD, 4 000 by default.
func floodSize(b *testing.B) int {
	text := os.Getenv("SAFELIGHT_FLOOD")
	if text == "" {
		return 4000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > delivery.MaxHeld {
		b.Fatalf("SAFELIGHT_FLOOD=%q: want 1 to %d images", text, delivery.MaxHeld)
	}
	return n
}

// flood is a ward under thousands of images that arrive at once.
type flood struct {
	ward
	b      testing.TB
	names  []string
	client *http.Client
	began  time.Time
	seen   int // images that were seen not to be public any more
}

// BenchmarkFlood lets a metadata stripper that has gone wrong deliver thousands
// of located images at once into the watched folder of a live app with its
// gateway, and prints how long each promise takes to come true. It runs once.
func BenchmarkFlood(b *testing.B) {
	n := floodSize(b)
	w := newWardWith(b, func(h *house) { h.live, h.wall = true, true })
	f := &flood{ward: w, b: b, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}}
	r := w.visitor("rita", people.Responder)
	f.arrive(n)
	f.say("first image not public any more", f.wait(func() bool { return f.out(1) }))
	f.say("last image not public any more", f.wait(func() bool { return f.out(n) }))
	f.say("all gone from the folder", f.wait(func() bool { return f.left() <= 3 }))
	if f.seen = 0; !f.out(n) {
		b.Errorf("%s is public again", f.names[f.seen])
	}
	f.say("all journalled as moved", f.wait(func() bool { return f.standing(quarantine.StatusHeld) == n }))
	f.say("all proven from outside", f.wait(f.quiet))
	f.sizes()
	incident := f.incidents()
	f.page(r, "page /quarantine", "/quarantine")
	f.page(r, "page of the incident", "/incidents/"+incident)
	f.page(r, "API, all items", "/api/v1/quarantine?limit=5000")
	f.restart()
	f.release(incident)
	b.ReportMetric(float64(n), "images")
}

func (f *flood) say(what string, v any) { fmt.Printf("| %s | %v |\n", what, v) }

// arrive makes the images beside the folder, and renames all into it at once.
func (f *flood) arrive(n int) {
	f.place("seed.png", 120, true)
	seed := []byte(f.read("delivered/seed.png"))
	if err := os.Remove(filepath.Join(f.dir, "delivered/seed.png")); err != nil {
		f.b.Fatal(err)
	}
	reference := []byte(f.read("reference/0.png"))
	if err := os.Mkdir(filepath.Join(f.dir, "new"), 0o755); err != nil {
		f.b.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprintf("p%04d.png", i)
		f.names = append(f.names, name)
		f.write("reference/"+name, reference)
		// Bytes after the end of a PNG make each a version of its own.
		f.write("new/"+name, fmt.Appendf(append([]byte{}, seed...), "%d", i))
	}
	f.until("the first sweep", func() bool {
		c, err := f.store.CheckTotals(f.b.Context(), store.CheckQuery{Pipeline: "catalogue"})
		return err == nil && c.Count >= 3
	})
	list, err := f.Quarantine(f.b.Context(), web.HeldQuery{})
	if err != nil || len(list) > 1 {
		f.b.Fatalf("before the flood %d are held, %v", len(list), err)
	}
	f.began = time.Now()
	for _, name := range f.names {
		if err := os.Rename(filepath.Join(f.dir, "new", name), filepath.Join(f.dir, "delivered", name)); err != nil {
			f.b.Fatal(err)
		}
	}
	f.say("images", n)
}

// wait polls and gives the time since the flood began.
func (f *flood) wait(holds func() bool) time.Duration {
	deadline := time.Now().Add(floodPatience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			f.b.Fatalf("waited %v in vain; held are %d, in the folder %d", floodPatience, f.standing(quarantine.StatusHeld), f.left())
		}
		<-tick.C
	}
	return time.Since(f.began).Round(10 * time.Millisecond)
}

// out asks the gateway as a client would, until one of the images is public
// still; it goes on there the next time.
func (f *flood) out(to int) bool {
	for _, name := range f.names[f.seen:to] {
		res, err := f.client.Get(f.edge.URL + "/catalogue/" + name)
		if err != nil {
			f.b.Fatal(err)
		}
		res.Body.Close()
		if _, state, _ := strings.Cut(res.Header.Get(delivery.RouteHeader), "; "); state != "disabled" {
			return false
		}
		f.seen++
	}
	return true
}

func (f *flood) left() int {
	list, err := os.ReadDir(filepath.Join(f.dir, "delivered"))
	if err != nil {
		f.b.Fatal(err)
	}
	return len(list)
}

func (f *flood) standing(s quarantine.Status) (n int) {
	list, err := f.Quarantine(f.b.Context(), web.HeldQuery{Limit: 2 * delivery.MaxHeld})
	if err != nil {
		f.b.Fatal(err)
	}
	for _, i := range list {
		if i.Status == s && i.Path != "seed.png" {
			n++
		}
	}
	return n
}

func (f *flood) quiet() bool {
	pending, err := f.store.PendingEffects(f.b.Context())
	if err != nil {
		f.b.Fatal(err)
	}
	return len(pending) == 0
}

// incidents tells how many were opened and who was told how often; it gives the incident of the flood.
func (f *flood) incidents() string {
	list, err := f.Quarantine(f.b.Context(), web.HeldQuery{Limit: 2 * delivery.MaxHeld})
	if err != nil {
		f.b.Fatal(err)
	}
	ids := map[string]bool{}
	for _, i := range list {
		ids[i.Incident] = true
	}
	f.say("incidents opened", len(ids))
	f.say("messages sent", f.channel.count(""))
	return list[0].Incident
}

// sizes tells the memory of the process at its highest, and the size of the database.
func (f *flood) sizes() {
	status, err := os.Open("/proc/self/status")
	if err == nil {
		defer status.Close()
		for lines := bufio.NewScanner(status); lines.Scan(); {
			if peak, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
				f.say("memory, peak of server and gateway in one process", strings.TrimSpace(peak))
			}
		}
	}
	var size int64
	for _, name := range []string{"safelight.db", "safelight.db-wal"} {
		if info, err := os.Stat(filepath.Join(StateDir(f.dir), name)); err == nil {
			size += info.Size()
		}
	}
	head, err := f.Head(f.b.Context())
	if err != nil {
		f.b.Fatal(err)
	}
	f.say("journal", fmt.Sprintf("%d entries, database of %.1f MB with its log", head.Size, float64(size)/1e6))
}

func (f *flood) page(r *reader, what, path string) {
	began := time.Now()
	status, text := r.get(path)
	f.say(what, fmt.Sprintf("%v, %d kB, status %d", time.Since(began).Round(time.Millisecond), len(text)/1000, status))
}

func (f *flood) restart() {
	if err := f.Close(); err != nil {
		f.b.Fatal(err)
	}
	began := time.Now()
	f.open()
	f.say("restart of the server", time.Since(began).Round(time.Millisecond))
}

func (f *flood) release(incident string) {
	f.began = time.Now()
	n, err := f.ChangeQuarantineOf(f.b.Context(), f.as("nora"), web.HeldQuery{Incident: incident}, quarantine.Release{Reason: "a false alarm"})
	if err != nil {
		f.b.Fatal(err)
	}
	f.say("release decided for all", fmt.Sprintf("%v, %d images", time.Since(f.began).Round(10*time.Millisecond), n.Changed))
	f.say("all released images public again", f.wait(func() bool { return f.standing(quarantine.StatusRestored) == len(f.names) }))
	f.say("all proven from outside again", f.wait(f.quiet))
	f.seen = 0
	if held, err := f.edge.HeldPaths("catalogue"); err != nil || len(held) > 1 || f.out(1) {
		f.b.Errorf("after the release %d paths are held, %v", len(held), err)
	}
}
