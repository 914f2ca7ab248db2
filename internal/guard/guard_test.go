package guard

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/owners"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func config() Config {
	return Config{
		LUTs:     []LUT{{"luts/**/*.cube", 2}},
		Owners:   []Owner{{"luts/**", "@oree/brand"}, {"models.yaml", "@oree/ml"}},
		Together: []Together{{"prompts/**", "incident-tests/**"}},
	}
}

func TestTables(t *testing.T) {
	c := config()
	l, ok := c.Table("luts/a/b.cube")
	if _, other := c.Table("luts/a.png"); !ok || other {
		t.Fatal("which files are tables")
	}
	if got := l.Judge(Drift{1.99, map[string]float64{"brand red": 2}}, phrase.English); len(got) != 0 {
		t.Errorf("within the limit: %+v", got)
	}
	got := l.Judge(Drift{4.314, map[string]float64{"brand red": 2.5, "brand teal": 1, "brand blue": 3}}, phrase.English)
	want := []string{"DeltaE00 4.31 exceeds 2.00", "DeltaE00 (brand blue) 3.00 exceeds 2.00", "DeltaE00 (brand red) 2.50 exceeds 2.00"}
	for i, f := range got {
		if len(got) != len(want) || f.Text != want[i] {
			t.Fatalf("%+v, want %q", got, want)
		}
	}
}

func TestOwners(t *testing.T) {
	c := config()
	names := []string{"luts/a.cube", "luts/b.cube", "models.yaml", "README.md"}
	for name, x := range map[string]struct {
		file  Codeowners
		wrong map[string]string // file to a part of the sentence
	}{
		"good":          {Codeowners{"CODEOWNERS", "", owners.Parse([]byte("* @dev\n/luts/ @oree/Brand @dev\nmodels.yaml @oree/ml\n"))}, nil},
		"a subfolder":   {Codeowners{"CODEOWNERS", "apps/shop", owners.Parse([]byte("/luts/ @oree/brand\n/apps/shop/luts/ @oree/brand\n/apps/*/models.yaml @oree/ml\n"))}, nil},
		"none":          {Codeowners{}, map[string]string{"luts/a.cube": "there is no CODEOWNERS", "luts/b.cube": "there is no CODEOWNERS", "models.yaml": "there is no CODEOWNERS"}},
		"others":        {Codeowners{"docs/CODEOWNERS", "", owners.Parse([]byte("* @dev\nmodels.yaml @oree/ml\n"))}, map[string]string{"luts/a.cube": "line 1 of docs/CODEOWNERS, which decides, asks for another: * @dev", "luts/b.cube": "line 1 of docs/CODEOWNERS"}},
		"one of both":   {Codeowners{"CODEOWNERS", "", owners.Parse([]byte("/luts/ @oree/brand\n/luts/b.cube\nmodels.yaml @oree/ml\n"))}, map[string]string{"luts/b.cube": "line 2 of CODEOWNERS"}},
		"nobody at all": {Codeowners{"CODEOWNERS", "", owners.Parse([]byte("/luts/ @oree/brand\n"))}, map[string]string{"models.yaml": "no rule of CODEOWNERS"}},
	} {
		got := c.JudgeOwners(x.file, names, phrase.English)
		if len(got) != len(x.wrong) {
			t.Errorf("%s: %+v, want %v", name, got, x.wrong)
		}
		for file, text := range x.wrong {
			if list := got[file]; len(list) != 1 || !strings.Contains(list[0].Text, text) {
				t.Errorf("%s: %s: %+v, want %q", name, file, list, text)
			}
		}
	}
}

// TestTogether names every file that changed alone, so that none hides behind another that is excepted.
func TestTogether(t *testing.T) {
	for _, c := range []struct{ changed, gone, alone string }{
		{"prompts/a.txt prompts/b.txt", "", "prompts/a.txt prompts/b.txt"}, {"README.md prompts/x/b.txt", "", "prompts/x/b.txt"},
		{"prompts/a.txt incident-tests/pm/test.yaml", "prompts/b.txt", ""}, {"incident-tests/a README.md", "", ""},
		{"prompts/a.txt", "incident-tests/a", "prompts/a.txt"}, {"", "prompts/a.txt incident-tests/a", ""}, {"", "prompts/a.txt", "prompts/a.txt"},
	} {
		got := config().JudgeTogether(strings.Fields(c.changed), strings.Fields(c.gone), phrase.English)
		if alone := strings.Join(slices.Sorted(maps.Keys(got)), " "); alone != c.alone {
			t.Errorf("changed %q, removed %q: %q, want %q", c.changed, c.gone, alone, c.alone)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := config().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"no limit": {LUTs: []LUT{{Path: "a"}}}, "no pattern": {LUTs: []LUT{{MaxDeltaE: 2}}}, "no owner": {Owners: []Owner{{Path: "a", Owner: "brand"}}},
		"two owners": {Owners: []Owner{{Path: "a", Owner: "@a @b"}}}, "no other": {Together: []Together{{Change: "a"}}},
	} {
		if err := c.Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
