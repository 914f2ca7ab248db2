package feed

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
)

// toots is a Mastodon server that holds statuses with the ids 1 to n.
type toots struct {
	mu      sync.Mutex
	n       int
	paths   []string
	refused bool // knows no min_id
}

func (s *toots) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths = append(s.paths, r.URL.Path)
	if r.URL.Path == "/api/v1/accounts/lookup" {
		fmt.Fprintf(w, `{"id":"109","acct":%q}`, r.URL.Query().Get("acct"))
		return
	}
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	last := s.n
	if after, err := strconv.Atoi(r.URL.Query().Get("min_id")); err == nil && !s.refused {
		last = min(after+limit, s.n)
		limit = last - after
	}
	var list []string
	for id := last; id > max(0, last-limit); id-- {
		list = append(list, toot(id))
	}
	w.Header().Set("X-RateLimit-Remaining", "290")
	fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
}

// toot writes a status. Each tenth is a reblog, each tenth after it private.
func toot(id int) string {
	reblog, visibility := "null", "public"
	switch id % 10 {
	case 0:
		reblog = `{"id":"1","content":"else"}`
	case 1:
		visibility = "private"
	}
	return fmt.Sprintf(`{"id":"%d","created_at":"1999-11-26T04:12:00.000Z","spoiler_text":"","visibility":"%s","language":"fr","url":"https://m.example/@ada/%d",
		"content":"<p>Le rouge est <b>fade</b>&#39; <a href=\"https://m.example/tags/marque\" class=\"mention hashtag\">#<span>marque</span></a></p>",
		"reblog":%s,"tags":[{"name":"marque","url":""}],"account":{"acct":"ada"}}`, id, visibility, id, reblog)
}

// TestMastodon: a hashtag is followed without a gap, however much comes
// between two turns; reblogs and private statuses are left out; the token goes out.
func TestMastodon(t *testing.T) {
	t.Setenv("FEED_TEST_TOKEN", "s3cret")
	synctest.Test(t, func(t *testing.T) {
		s := &toots{n: 65}
		w := start(t, "mastodon:\n  tag: {server: 'http://localhost', hashtag: marque, every: 10m, tokenEnv: FEED_TEST_TOKEN}\n",
			map[string]http.HandlerFunc{"localhost": func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer s3cret" || r.URL.Path != "/api/v1/timelines/tag/marque" {
					t.Errorf("%s with %q", r.URL, r.Header.Get("Authorization"))
				}
				s.serve(w, r)
			}})
		time.Sleep(time.Minute)
		synctest.Wait()
		want := wantToots(26, 65) // the newest page
		if got := w.ids(); !slices.Equal(got, want) {
			t.Fatalf("first took %q, want %q", got, want)
		}
		got := w.took[0]
		sig := intake.Signal{Source: "tag", SourceID: "26", Kind: intake.Post, Lang: "fr", Text: "Le rouge est fade' #marque", URL: "https://m.example/@ada/26",
			At: time.Date(1999, 11, 26, 4, 12, 0, 0, time.UTC), Tags: []string{"marque"}}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", sig) {
			t.Errorf("signal =\n%+v, want\n%+v", got, sig)
		}
		s.mu.Lock()
		s.n = 240
		s.mu.Unlock()
		time.Sleep(12 * time.Minute)
		synctest.Wait()
		if got := w.ids(); !slices.Equal(got, append(want, wantToots(66, 240)...)) {
			t.Errorf("then took %q", got[len(want):])
		}
	})
}

func wantToots(from, to int) []string {
	var ids []string
	for id := from; id <= to; id++ {
		if id%10 > 1 {
			ids = append(ids, strconv.Itoa(id))
		}
	}
	return ids
}

// TestMastodonAccount: an account is looked up once; a server that does not
// go forward is not asked for ever.
func TestMastodonAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &toots{n: 100, refused: true}
		w := start(t, "mastodon:\n  us: {server: 'http://m.example/', account: '@brand@other.example', every: 10m}\n",
			map[string]http.HandlerFunc{"m.example": s.serve})
		time.Sleep(time.Hour)
		synctest.Wait()
		counts := map[string]int{}
		for _, p := range s.paths {
			counts[p]++
		}
		if counts["/api/v1/accounts/lookup"] != 1 || counts["/api/v1/accounts/109/statuses"] > 8 || len(counts) != 2 {
			t.Errorf("asked %v", slices.Sorted(maps.Keys(counts)))
		}
		if st := w.Status()[0]; st.LastError != "" || st.Kind != "mastodon" {
			t.Errorf("status = %+v", st)
		}
	})
}
