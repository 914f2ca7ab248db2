package delivery

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestPlanPurge: what the plan of a purge says of an edge is what the edge is then told, and the plan changes nothing.
func TestPlanPurge(t *testing.T) {
	t.Parallel()
	many := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("p%03d.png", i))
		}
		return list
	}
	all := Abilities{Stores: true, PurgesTags: true, PurgesPaths: true, PurgesPrefixes: true}
	few := Abilities{Stores: true, PurgesPaths: true, PurgesPrefixes: true, MostPaths: 2}
	tagged := Abilities{Stores: true, PurgesTags: true, PurgesPaths: true, MostPaths: 2}
	for name, c := range map[string]struct {
		can         Abilities
		paths, tags []string
		untold      bool
		want        Forgetting
	}{
		"stores nothing":      {can: Abilities{Diverts: true}, paths: many(1), want: Forgetting{How: ForgetsNothing}},
		"asks":                {can: Abilities{Asks: true, Stores: true, PurgesPrefixes: true}, paths: many(1), want: Forgetting{How: ForgetsKey, Prefixes: true}},
		"cannot":              {can: Abilities{Stores: true}, want: Forgetting{How: ForgetsCannot}},
		"paths":               {can: all, paths: many(2), want: Forgetting{How: ForgetsNamed, Tags: true, Paths: true}},
		"tags":                {can: all, tags: []string{"safelight-catalogue-1"}, want: Forgetting{How: ForgetsNamed, Tags: true, Untagged: true}},
		"both":                {can: all, paths: many(2), tags: []string{"safelight-catalogue-1"}, want: Forgetting{How: ForgetsNamed, Tags: true, Paths: true}},
		"all":                 {can: all, want: Forgetting{How: ForgetsRoute, Tags: true, Prefixes: true}},
		"too many":            {can: all, paths: many(manyPaths + 1), want: Forgetting{How: ForgetsRoute, Tags: true, Prefixes: true}},
		"too many for it":     {can: few, paths: many(3), want: Forgetting{How: ForgetsRoute, Prefixes: true}},
		"few for it":          {can: few, paths: many(2), want: Forgetting{How: ForgetsNamed, Paths: true}},
		"no tags":             {can: few, tags: []string{"safelight-catalogue-1"}, want: Forgetting{How: ForgetsRoute, Prefixes: true}},
		"no prefixes":         {can: tagged, want: Forgetting{How: ForgetsRoute, Tags: true, Untagged: true}},
		"addresses too many":  {can: tagged, paths: many(3), want: Forgetting{How: ForgetsNamed, Tags: true, Untagged: true}},
		"was never told":      {can: all, paths: many(1), untold: true, want: Forgetting{How: ForgetsRoute, Tags: true, Prefixes: true, Behind: true}},
		"never told, of all":  {can: all, untold: true, want: Forgetting{How: ForgetsRoute, Tags: true, Prefixes: true}},
		"never told, of both": {can: all, paths: many(1), tags: []string{"safelight-catalogue-1"}, untold: true, want: Forgetting{How: ForgetsRoute, Tags: true, Paths: true, Prefixes: true, Behind: true}},
	} {
		s := open(t, "")
		f := &fake{can: c.can}
		s.before(f)
		if c.untold {
			s.control.edges.told.forget("front", "catalogue")
		}
		before, err := s.control.State()
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.control.PlanPurge("catalogue", c.paths, c.tags)
		c.want.Name, c.want.Kind, c.want.Abilities = "front", "fake", c.can
		if err != nil || len(p.Edges) != 1 || p.Edges[0] != c.want {
			t.Errorf("%s: planned %+v, %v; want %+v", name, p.Edges, err, c.want)
			continue
		}
		if after, err := s.control.State(); err != nil || after.Routes[0].Generation != before.Routes[0].Generation || len(f.purged) > 0 {
			t.Errorf("%s: the plan has changed something: %v, %v", name, f.purged, err)
		}
		if _, err := s.control.Purge(t.Context(), "catalogue", c.paths, c.tags); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := Forgetting{}
		for _, told := range f.purged {
			got.Tags, got.Paths, got.Prefixes = got.Tags || len(told.Tags) > 0, got.Paths || len(told.Paths) > 0, got.Prefixes || len(told.Prefixes) > 0
		}
		if got.Tags != c.want.Tags || got.Paths != c.want.Paths || got.Prefixes != c.want.Prefixes {
			t.Errorf("%s: told %+v, planned %+v", name, f.purged, c.want)
		}
	}
}

// TestPlanPurgeCounts: the images that are meant are those of the origin that are named, or carry a tag.
func TestPlanPurgeCounts(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	whole, err := s.control.PlanPurge("catalogue", nil, nil)
	if err != nil || whole.Images < 2 || whole.Disabled || !whole.Until.IsZero() {
		t.Fatalf("of all %+v, %v", whole, err)
	}
	for _, c := range []struct {
		paths, tags   []string
		images, found int
	}{
		{[]string{"a1.png", "none.png"}, nil, 1, 1},
		{nil, []string{tagOf("catalogue", "a2.png"), "other"}, 1, 0},
		{[]string{"a1.png"}, []string{tagOf("catalogue", "a1.png"), tagOf("catalogue", "a2.png")}, 2, 1},
		{nil, []string{Tag("catalogue")}, whole.Images, 0},
		{nil, []string{"other"}, 0, 0},
	} {
		if p, err := s.control.PlanPurge("catalogue", c.paths, c.tags); err != nil || p.Images != c.images || p.Unfound != len(c.paths)-c.found {
			t.Errorf("%v, %v: %d images, %d not found, %v; want %d, %d found", c.paths, c.tags, p.Images, p.Unfound, err, c.images, c.found)
		}
	}
	if err := s.control.NoStore(t.Context(), "catalogue", "PM-1", "M1", time.Hour); err != nil {
		t.Fatal(err)
	}
	if p, err := s.control.PlanPurge("catalogue", nil, nil); err != nil || time.Until(p.Until) < 59*time.Minute {
		t.Errorf("stored nowhere until %v, %v", p.Until, err)
	}
	for kind, named := range map[error][]string{journal.ErrInvalid: {"catalogue", "../a"}, journal.ErrNotFound: {"none"}} {
		if _, err := s.control.PlanPurge(named[0], slices.Clone(named[1:]), nil); !errors.Is(err, kind) {
			t.Errorf("%v: %v", named, err)
		}
	}
}
