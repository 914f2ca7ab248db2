package owners

import (
	"slices"
	"testing"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, file string
		want          bool
	}{
		{"*", "luts/brand.cube", true}, {"*.cube", "luts/brand.cube", true}, {"*.cube", "a.png", false},
		{"/luts/", "luts/a/b.cube", true}, {"/luts/", "x/luts/b.cube", false}, {"luts/", "x/luts/b.cube", true},
		{"luts", "luts/b.cube", true}, {"/luts", "luts/b.cube", true}, {"luts/*", "luts/b.cube", true}, {"luts/*", "luts/a/b.cube", false},
		{"/luts/**", "luts/a/b.cube", true}, {"**/brand.cube", "a/b/brand.cube", true}, {"/**/brand.cube", "brand.cube", true},
		{"/brand.cube", "luts/brand.cube", false}, {"luts/brand.cube", "luts/brand.cube", true}, {"brand.cube/", "luts/brand.cube", false},
		{"[", "a", false}, {"/", "a", true},
	} {
		if got := match(c.pattern, c.file); got != c.want {
			t.Errorf("pattern %q on %q = %v, want %v", c.pattern, c.file, got, c.want)
		}
	}
}

// TestTheLastRuleCounts, also where it names nobody; comments, sections and what GitHub does not know are passed over.
func TestTheLastRuleCounts(t *testing.T) {
	t.Parallel()
	rules := Parse([]byte("# who\r\n[Section]\n!/luts/ @nobody\n*       @dev\n/luts/  @brand @org/colour # the look\n*.md\n"))
	if len(rules) != 3 || rules[1].Line != 5 || rules[1].Text != "/luts/  @brand @org/colour # the look" {
		t.Fatalf("rules %+v", rules)
	}
	for file, want := range map[string][]string{"luts/a.cube": {"@brand", "@org/colour"}, "main.go": {"@dev"}, "luts/README.md": {}} {
		if r, ok := Of(rules, file); !ok || !slices.Equal(r.Owners, want) {
			t.Errorf("%s is owned by %v, want %v", file, r.Owners, want)
		}
	}
	if _, ok := Of(nil, "a"); ok {
		t.Error("no rules decide about a file")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("* @a\n/x/**/y[ @b # c\n"), "x/y")
	f.Fuzz(func(t *testing.T, text []byte, file string) {
		for _, r := range Parse(text) {
			if r.Line < 1 || r.Pattern == "" {
				t.Errorf("rule %+v", r)
			}
		}
		Of(Parse(text), file)
	})
}
