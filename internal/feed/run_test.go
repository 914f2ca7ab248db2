package feed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
)

// memory is a network inside the process: in a bubble of synctest, where time
// passes when all wait, a real socket counts as work. Each host is a handler.
type memory struct {
	conns map[string]chan net.Conn
	done  chan struct{}
}

type listener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (m *memory) dial(ctx context.Context, _, address string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case m.conns[address] <- theirs:
		return ours, nil
	case <-m.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

// cursors keep places as the store does.
type cursors struct {
	mu sync.Mutex
	at map[string]string
}

func (c *cursors) Cursor(_ context.Context, source string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cursor, ok := c.at[source]
	if !ok {
		return "", journal.ErrNotFound
	}
	return cursor, nil
}

func (c *cursors) SetCursor(_ context.Context, source, cursor string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at[source] = cursor
	return nil
}

// world is hosts, a runner that asks them, and what it took.
type world struct {
	*Runner
	cursors *cursors

	mu   sync.Mutex
	took []intake.Signal
	fail error
}

func (w *world) take(_ context.Context, list []intake.Signal) (intake.Taken, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return intake.Taken{}, w.fail
	}
	w.took = append(w.took, list...)
	return intake.Taken{Accepted: len(list)}, nil
}

// ids gives the ids of what was taken.
func (w *world) ids() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for _, s := range w.took {
		ids = append(ids, s.SourceID)
	}
	return ids
}

// start runs the sources of a configuration against hosts until the test ends.
func start(t *testing.T, text string, hosts map[string]http.HandlerFunc) *world {
	t.Helper()
	m := &memory{conns: map[string]chan net.Conn{}, done: make(chan struct{})}
	var servers []*http.Server
	var stopped sync.WaitGroup
	for host, h := range hosts {
		l := &listener{make(chan net.Conn), m.done}
		m.conns[host+":80"] = l.conns
		s := &http.Server{Handler: h}
		servers = append(servers, s)
		stopped.Go(func() { s.Serve(l) })
	}
	w := &world{cursors: &cursors{at: map[string]string{}}}
	var err error
	if w.Runner, err = newRunner(config(t, text), w.cursors, m.dial); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped.Go(func() { w.Run(ctx, time.Now, w.take) })
	t.Cleanup(func() {
		cancel()
		close(m.done)
		for _, s := range servers {
			s.Close()
		}
		stopped.Wait()
	})
	return w
}

func atomFeed(ids ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Forum</title>`)
	for _, id := range slices.Backward(ids) { // the newest first
		fmt.Fprintf(&b, `<entry><id>%s</id><title>Fil %s</title><updated>1999-12-31T23:00:00Z</updated><content type="html">&lt;p&gt;Le rouge est fade&lt;/p&gt;</content></entry>`, id, id)
	}
	b.WriteString(`</feed>`)
	return b.String()
}

const oneFeed = "feeds:\n  forum: {url: 'http://forum.example/atom.xml', every: 10m, pipeline: catalogue, lang: fr}\n"

// TestPoll: a feed is read at its interval, with the validators that it gave;
// what is new comes once it is there, oldest first.
func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		body, tag := atomFeed("a", "b"), `"1"`
		fresh, same := 0, 0
		w := start(t, oneFeed, map[string]http.HandlerFunc{"forum.example": func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			rw.Header().Set("ETag", tag)
			rw.Header().Set("Last-Modified", "Thu, 26 Nov 2026 04:12:00 GMT")
			if r.Header.Get("If-None-Match") == tag && r.Header.Get("If-Modified-Since") == "Thu, 26 Nov 2026 04:12:00 GMT" {
				same++
				rw.WriteHeader(http.StatusNotModified)
				return
			}
			fresh++
			rw.Write([]byte(body))
		}})
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := w.ids(); !slices.Equal(got, []string{"a", "b"}) || fresh != 1 || same < 5 || same > 7 {
			t.Fatalf("in an hour: %q, read %d times and unchanged %d times", got, fresh, same)
		}
		s := w.took[0]
		want := intake.Signal{Source: "forum", SourceID: "a", Kind: intake.Post, Pipeline: "catalogue", Lang: "fr", Text: "Fil a\nLe rouge est fade", At: time.Date(1999, 12, 31, 23, 0, 0, 0, time.UTC)}
		if fmt.Sprintf("%+v", s) != fmt.Sprintf("%+v", want) {
			t.Errorf("signal =\n%+v, want\n%+v", s, want)
		}
		mu.Lock()
		body, tag = atomFeed("b", "c"), `"2"`
		mu.Unlock()
		time.Sleep(12 * time.Minute)
		synctest.Wait()
		// b comes again: the store knows it by its id.
		if got := w.ids(); !slices.Equal(got, []string{"a", "b", "b", "c"}) {
			t.Errorf("took %q", got)
		}
		if st := w.Status()[0]; st.Taken != 4 || st.LastError != "" || st.Kind != "feed" || st.LastSuccess.IsZero() || !st.NextTry.After(time.Now()) {
			t.Errorf("status = %+v", st)
		}
	})
}

// TestDown: a source that fails is asked less and less, says why, delays no
// other, and is read when it is back; what could not be taken is read again.
func TestDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		up, asked := false, 0
		w := start(t, oneFeed+"  other: {url: 'http://other.example/', every: 10m}\n", map[string]http.HandlerFunc{
			"forum.example": func(rw http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if asked++; !up {
					rw.WriteHeader(500)
					return
				}
				rw.Write([]byte(atomFeed("a")))
			},
			"other.example": func(rw http.ResponseWriter, r *http.Request) { rw.Write([]byte(atomFeed("x"))) },
		})
		time.Sleep(6 * time.Hour)
		synctest.Wait()
		// 10, 20, 40 minutes, then each hour: 8 or so in six hours.
		if asked < 7 || asked > 10 {
			t.Errorf("asked %d times in six hours", asked)
		}
		st := w.Status()
		if st[0].LastError != "it answered 500 Internal Server Error" || !st[0].LastSuccess.IsZero() || st[1].LastError != "" || st[1].Taken < 30 {
			t.Errorf("status = %+v", st)
		}
		mu.Lock()
		up = true
		mu.Unlock()
		w.mu.Lock()
		w.fail, w.took = errors.New("disk full"), nil
		w.mu.Unlock()
		time.Sleep(70 * time.Minute)
		if st := w.Status()[0]; st.LastError != "its signals could not be taken: “disk full”" || w.cursors.at["forum"] != "" {
			t.Errorf("status = %+v, place %q; want the error of take and no place", st, w.cursors.at["forum"])
		}
		w.mu.Lock()
		w.fail = nil
		w.mu.Unlock()
		time.Sleep(70 * time.Minute)
		synctest.Wait()
		if !slices.Contains(w.ids(), "a") || w.Status()[0].LastError != "" {
			t.Errorf("took %q, status %+v", w.ids(), w.Status()[0])
		}
	})
}

// TestFaults: each fault of a feed is one sentence in its status and takes nothing.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		says string
	}{
		"404":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "it answered 404 Not Found: look for the source's new address"},
		"a page":  {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html><p>hello</p></html>")) }, "it is no RSS, Atom or JSON feed: look for the feed's own address"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(atomFeed("a")[:200])) }, "it is a broken feed: “"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(atomFeed("a") + strings.Repeat(" ", maxBody)))
		}, "its answer is longer than 5 MB"},
		"many elements": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte("<rss>" + strings.Repeat("<item/>", maxElements)))
		}, "it holds some 50,001 elements, the limit is 50,000"},
		"hangs": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "it did not answer within 30 s"},
		"other scheme": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://forum.example/", http.StatusMovedPermanently)
		}, "it redirects from http to https: configure the new address"},
		"a file": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "it redirects from http to file: configure the new address"},
		"for ever round": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, "it redirects more than 5 times"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, oneFeed, map[string]http.HandlerFunc{"forum.example": c.h})
				time.Sleep(50 * time.Second)
				synctest.Wait()
				if st := w.Status()[0]; !strings.HasPrefix(st.LastError, c.says) || journal.WithoutKind(st.LastError) != st.LastError || len(w.ids()) > 0 {
					t.Errorf("status says %q, want %q; took %q", st.LastError, c.says, w.ids())
				}
			})
		})
	}
}

// TestHeld: a source that says when it wants to be asked again is not asked before.
func TestHeld(t *testing.T) {
	for name, h := range map[string]func(http.ResponseWriter){
		"seconds": func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7200"); w.WriteHeader(429) },
		"date": func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", time.Now().Add(2*time.Hour).UTC().Format(http.TimeFormat))
			w.WriteHeader(503)
		},
		"rate limit": func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", time.Now().Add(2*time.Hour).UTC().Format(time.RFC3339Nano))
			w.Write([]byte(atomFeed("a")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []time.Time
				var mu sync.Mutex
				start(t, oneFeed, map[string]http.HandlerFunc{"forum.example": func(w http.ResponseWriter, _ *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					asked = append(asked, time.Now())
					h(w)
				}})
				time.Sleep(5 * time.Hour)
				synctest.Wait()
				if len(asked) < 2 || len(asked) > 3 || asked[1].Sub(asked[0]) < 2*time.Hour-time.Second { // a date has no parts of a second
					t.Errorf("asked at %v, want two hours between", asked)
				}
			})
		})
	}
}
