package delivery

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestNoStore holds for all answers of a route, for as long as somebody asks for it.
func TestNoStore(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	if a := s.get("GET", "/catalogue/a1.png"); a.cache != cacheShort {
		t.Fatalf("before: %q", a.cache)
	}
	for _, mitigation := range []string{"M1", "M2", "M1"} {
		if err := s.control.NoStore(t.Context(), "catalogue", "PM-1", mitigation, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	a := s.get("GET", "/catalogue/a1.png")
	if a.cache != cacheNever || a.route != "catalogue; enabled" || a.body != "bad 1" || a.header.Get("Cache-Tag") != "" {
		t.Errorf("stored nowhere: %+v", a)
	}
	if a := s.get("GET", askPath, askedHeader, "/catalogue/a1.png"); a.status != 403 {
		t.Errorf("an edge that asks: %d", a.status)
	}
	if p, err := s.control.Plan("catalogue"); err != nil || !p.NoStore {
		t.Errorf("plan %+v, %v", p, err)
	}
	again, err := NewControl(s.control.edges.config, s.path("gateway.json")) // the next start of the server keeps it
	if err != nil {
		t.Fatal(err)
	}
	again.URL = s.control.URL
	if _, err := again.ProbeNoStore(t.Context(), "catalogue", true); err != nil {
		t.Error(err)
	}
	s.disable()
	if a := s.get("GET", "/catalogue/a1.png"); a.body != "reference 1" || a.cache != cacheNever {
		t.Errorf("disabled too: %+v", a)
	}
	if _, err := s.control.ProbeNoStore(t.Context(), "catalogue", true); err != nil {
		t.Error(err)
	}
	if err := enabled(s.control, "catalogue"); err != nil {
		t.Fatal(err)
	}
	for mitigation, want := range map[string]bool{"M1": true, "M3": true} {
		if kept, err := s.control.Store(t.Context(), "catalogue", "PM-1", mitigation); err != nil || kept != want {
			t.Errorf("%s lets go: kept %v, %v", mitigation, kept, err)
		}
	}
	if kept, err := s.control.Store(t.Context(), "catalogue", "PM-1", "M2"); err != nil || kept {
		t.Errorf("the last lets go: kept %v, %v", kept, err)
	}
	if a := s.get("GET", "/catalogue/a1.png"); a.cache != cacheShort {
		t.Errorf("after: %q", a.cache)
	}
	if _, err := s.control.ProbeNoStore(t.Context(), "catalogue", false); err != nil {
		t.Error(err)
	}
	for _, lasting := range []time.Duration{0, -time.Second, maxNoStore + 1} {
		if err := s.control.NoStore(t.Context(), "catalogue", "PM-1", "M1", lasting); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("for %v: %v", lasting, err)
		}
	}
	if err := s.control.NoStore(t.Context(), "none", "PM-1", "M1", time.Hour); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("no route: %v", err)
	}
}

// TestNoStoreEnds by itself.
func TestNoStoreEnds(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC)
	r := Route{NoStore: []NoStore{{Until: until.Add(-time.Hour)}, {Until: until}}}
	for at, want := range map[time.Time]bool{until.Add(-2 * time.Hour): true, until.Add(-time.Nanosecond): true, until: false, until.Add(time.Hour): false} {
		if got := r.storedNowhere(at); got != want {
			t.Errorf("at %v: %v", at, got)
		}
	}
}

// TestPurge says for each edge what it did, and does all of it though one is away.
func TestPurge(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	tagged, away, none := &fake{can: Abilities{Stores: true, PurgesTags: true, PurgesPrefixes: true}}, &fake{can: Abilities{Stores: true, PurgesPrefixes: true}, fails: true}, &fake{can: Abilities{Diverts: true}}
	s.before(none)
	route := s.control.edges.config.Routes["catalogue"]
	route.Edges = []string{"front", "away", "tagged"}
	s.control.edges.config.Routes["catalogue"] = route
	s.control.edges.named["away"], s.control.edges.named["tagged"] = &edge{driver: away, name: "away", kind: "fake"}, &edge{driver: tagged, name: "tagged", kind: "fake"}
	for _, name := range []string{"away", "tagged"} {
		if err := s.control.edges.told.set(name, "catalogue", 0); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.control.Purge(t.Context(), "catalogue", []string{"a1.png", "a2.png"}, nil)
	if err == nil || len(list) != 3 || list[0].Scope != ForgetsNothing || list[0].Done || list[1].Err == nil || list[1].Done || !list[2].Done || list[2].Scope != purgedPaths {
		t.Fatalf("%+v, %v", list, err)
	}
	if got := tagged.purged[0].Tags; !slices.Equal(got, []string{tagOf("catalogue", "a1.png"), tagOf("catalogue", "a2.png")}) {
		t.Errorf("purged %v", got)
	}
	away.fails, tagged.purged = false, nil
	list, err = s.control.Purge(t.Context(), "catalogue", nil, []string{"safelight-catalogue-0123"})
	if err != nil || !list[1].Done || list[1].Scope != purgedRoute || list[2].Scope != purgedTags || !slices.Equal(tagged.purged[0].Tags, []string{"safelight-catalogue-0123"}) {
		t.Errorf("%+v, %v; purged %v", list, err, tagged.purged)
	}
	for _, path := range []string{"../a", "", ".hidden", "/a"} {
		if _, err := s.control.Purge(t.Context(), "catalogue", []string{path}, nil); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("path %q: %v", path, err)
		}
	}
	for _, tags := range [][]string{{"a b"}, {"a)|("}, make([]string, MaxHeld+1)} {
		if _, err := s.control.Purge(t.Context(), "catalogue", nil, tags); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%d tags: %v", len(tags), err)
		}
	}
	if _, err := s.control.Purge(t.Context(), "none", nil, nil); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("no route: %v", err)
	}
}

// TestPlanOfEdges says what stands in front of a route and what it forgets of it.
func TestPlanOfEdges(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		can      Abilities
		how      string
		untagged bool
	}{
		{Abilities{Diverts: true}, ForgetsNothing, false},
		{Abilities{Stores: true, PurgesTags: true, PurgesPaths: true, PurgesPrefixes: true}, ForgetsRoute, false},
		{Abilities{Asks: true, Stores: true, PurgesPrefixes: true}, ForgetsKey, false},
		{Abilities{Stores: true, PurgesTags: true, PurgesPaths: true}, ForgetsRoute, true},
		{Abilities{Stores: true}, ForgetsCannot, false},
	} {
		s := open(t, "")
		s.before(&fake{can: row.can})
		p, err := s.control.Plan("catalogue")
		if err != nil || len(p.Edges) != 1 || p.Edges[0].Name != "front" || p.Edges[0].Kind != "fake" || p.Edges[0].Abilities != row.can || p.Edges[0].How != row.how || p.Edges[0].Untagged != row.untagged {
			t.Errorf("%+v, %v; want %+v", p.Edges, err, row)
		}
	}
}
