package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// guarded is a repository before and after, with a table and delivered images that incident tests guard.
func newGuarded(t *testing.T) gateSite {
	t.Helper()
	s := newGateSite(t)
	s.write("base/luts/brand.cube", string(tableText(t, func(r, g, b float64) (float64, float64, float64) { return r, g, b })))
	for _, name := range []string{"base/incident-tests/table/a.png", "base/incident-tests/images/a.png", "base/shop/a.png"} {
		s.put(name, 1, logo)
	}
	digest := digestHex(s.read("base/shop/a.png"))
	for name, guards := range map[string]string{"table": "lut: luts/brand.cube", "images": "images: shop"} {
		s.write("base/incident-tests/"+name+"/test.yaml", fmt.Sprintf(
			"name: %s\nincident: PM-2026-01-01-01\nclass: product\nbudget: {deltaE00P95: 6}\n%s\nreferences: [{file: a.png, sha256: %s}]\n", name, guards, digest))
	}
	return s
}

func (s gateSite) read(name string) []byte {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

func (s gateSite) write(name, text string) {
	s.t.Helper()
	at := filepath.Join(s.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o644)); err != nil {
		s.t.Fatal(err)
	}
}

func (s gateSite) remove(name string) {
	s.t.Helper()
	if err := os.RemoveAll(filepath.Join(s.dir, name)); err != nil {
		s.t.Fatal(err)
	}
}

func (s gateSite) move(from, to string) {
	s.t.Helper()
	if err := os.Rename(filepath.Join(s.dir, from), filepath.Join(s.dir, to)); err != nil {
		s.t.Fatal(err)
	}
}

func (s gateSite) replace(name, old, with string) {
	s.t.Helper()
	s.write(name, strings.Replace(string(s.read(name)), old, with, 1))
}

// guards runs all guards, and gives what fails and what is warned of, by metric.
func (s gateSite) guards(config string, l phrase.Lang) (found string, g Gated) {
	s.t.Helper()
	g = s.judge(config, GateOptions{Lang: l, Guards: true})
	var words []string
	for _, r := range g.Results {
		for _, f := range r.Findings {
			words = append(words, fmt.Sprintf("%s %s %s", f.Level, r.Path, f.Metric))
		}
	}
	return strings.Join(words, "\n"), g
}

// TestGuardTests: what an incident has taught is not undone by taking away or loosening a test, or what it guards; and what cannot be tested
// is found, with a report.
func TestGuardTests(t *testing.T) {
	t.Parallel()
	const config = "gate: {classes: [{path: \"shop/**\", class: product}]}\nguards: {luts: [{path: \"luts/**\", maxDeltaE: 50}]}\n"
	except := func(path, metric string) string {
		return strings.Replace(config, "class: product}]", "class: product}], exceptions: [{path: \""+path+"\", metric: "+metric+", until: \"2099-01-01\", owner: claire, reason: the new look}]", 1)
	}
	for name, c := range map[string]struct {
		change       func(s gateSite)
		config, want string
	}{
		"nothing":                {func(gateSite) {}, "", ""},
		"a comment":              {func(s gateSite) { s.replace("change/incident-tests/table/test.yaml", "name", "# as ever\nname") }, "", ""},
		"the table is gone":      {func(s gateSite) { s.remove("change/luts") }, "", "fail luts/brand.cube test.gone\nwarn luts/brand.cube removed"},
		"the images are gone":    {func(s gateSite) { s.remove("change/shop") }, "", "fail shop test.gone\nwarn shop/a.png removed"},
		"gone, excepted":         {func(s gateSite) { s.remove("change/luts") }, except("luts/**", "test.gone"), "warn luts/brand.cube removed\naccepted luts/brand.cube test.gone"},
		"the table is moved":     {func(s gateSite) { s.move("change/luts/brand.cube", "change/luts/new.cube") }, "", "fail luts/brand.cube test.gone\nwarn luts/brand.cube removed\nwarn luts/new.cube added"},
		"a test is removed":      {func(s gateSite) { s.remove("change/incident-tests/table") }, "", "fail incident-tests/table/test.yaml test.removed"},
		"all tests are removed":  {func(s gateSite) { s.remove("change/incident-tests") }, "", "fail incident-tests/images/test.yaml test.removed\nfail incident-tests/table/test.yaml test.removed"},
		"removed, excepted":      {func(s gateSite) { s.remove("change/incident-tests/table") }, except("incident-tests/**", "test.removed"), "accepted incident-tests/table/test.yaml test.removed"},
		"a test is loosened":     {func(s gateSite) { s.replace("change/incident-tests/table/test.yaml", "P95: 6", "P95: 20") }, "", "fail incident-tests/table/test.yaml test.changed"},
		"another table":          {func(s gateSite) { s.replace("change/incident-tests/table/test.yaml", "brand.cube", "x.cube") }, "", "fail incident-tests/table/test.yaml test.changed"},
		"a test is broken":       {func(s gateSite) { s.write("change/incident-tests/table/test.yaml", "nmae: x") }, "", "fail incident-tests/table/test.yaml unmeasured"},
		"another reference":      {func(s gateSite) { s.put("change/incident-tests/table/a.png", 2, wall) }, "", "fail luts/brand.cube test.table"},
		"the table is truncated": {func(s gateSite) { s.write("change/luts/brand.cube", "LUT_3D_SIZE 2\n0 0 0\n") }, "", "fail luts/brand.cube unmeasured\nfail luts/brand.cube test.table"},
		"a table is repaired": {func(s gateSite) {
			s.write("base/luts/other.cube", "LUT_3D_SIZE 2\n0 0 0\n")
			s.write("change/luts/other.cube", string(s.read("base/luts/brand.cube")))
		}, "", "warn luts/other.cube added"},
		"moved with its test": {func(s gateSite) {
			s.move("change/luts/brand.cube", "change/luts/new.cube")
			s.replace("change/incident-tests/table/test.yaml", "brand.cube", "new.cube")
		}, "", "warn incident-tests/table/test.yaml test.moved\nwarn luts/brand.cube removed\nwarn luts/new.cube added"},
		"the images are bad": {func(s gateSite) { s.write("change/shop/a.png", "no picture") }, "", "fail shop test.images\nfail shop/a.png unmeasured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newGuarded(t)
			if err := os.CopyFS(filepath.Join(s.dir, "change"), os.DirFS(filepath.Join(s.dir, "base"))); err != nil {
				t.Fatal(err)
			}
			c.change(s)
			if c.config == "" {
				c.config = config
			}
			if found, g := s.guards(c.config, phrase.French); found != c.want {
				t.Errorf("found\n%s\nwant\n%s\n%+v", found, c.want, g.Results)
			}
		})
	}
}

// TestGuardTestsInTheReadersLanguage: a finding of an incident test is said in one language.
func TestGuardTestsInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := newGuarded(t)
	for name, text := range map[string]string{"shop/b.png": "", "luts/brand.cube": string(tableText(t, warm))} {
		s.write("change/"+name, text)
	}
	if err := os.CopyFS(filepath.Join(s.dir, "change/incident-tests"), os.DirFS(filepath.Join(s.dir, "base/incident-tests"))); err != nil {
		t.Fatal(err)
	}
	_, g := s.guards("", phrase.French)
	text, err := g.Write("text")
	if err != nil || !strings.Contains(string(text), "test d’incident table : a.png: DeltaE00 ") || !strings.Contains(string(text), " dépasse 6,00") || strings.Contains(string(text), "exceeds") {
		t.Errorf("%v\n%s", err, text)
	}
}
