package app

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

func TestEmbeddedConfigurationIsTheDefaults(t *testing.T) {
	t.Parallel()
	c, err := Parse(template, "/house")
	if err != nil {
		t.Fatal(err)
	}
	if want := pipeline.DefaultBudgets(); !reflect.DeepEqual(c.Watch.Classes, want) {
		t.Errorf("the written budgets are %+v, the defaults %+v", c.Watch.Classes, want)
	}
	if want := DefaultConfig(); c.Serve != want.Serve || c.Root != want.Root || c.Language != want.Language || c.Limits != want.Limits || c.Git != want.Git {
		t.Errorf("the written configuration is %+v, want the defaults where it states them", c)
	}
	if p := c.Watch.Pipelines["catalogue"]; p.Reference != "/house/reference" || c.Gateway.Routes["catalogue"].Origin != "/house/delivered" {
		t.Errorf("folders are not resolved: %+v", p)
	}
}

func TestEachMistakeIsOneSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"langage: fr\n":                                                 `line 1: unknown field "langage"`,
		"serve:\n  listen: a\n  port: 1\n":                              `line 3: unknown field "port"`,
		"language: de\n":                                                `language "de": use fr or en`,
		"root: ../elsewhere\n":                                          "name a folder inside the repository",
		"limits: {maxBytes: many}\n":                                    "write a number and B, KB",
		"classes: {hero: {ssim: 2}}\n":                                  "between 0 and 1",
		"palette: [{name: red, hex: c81e28}]\n":                         `palette colour "red"`,
		"severities: {S7: {containment: manual}}\n":                     "use S0, S1, S2 or S3",
		"pipelines: {p: {reference: a, delivered: b, class: poster}}\n": `class "poster" has no budget`,
		"pipelines: {p: {reference: a, delivered: b, class: hero, routes: [x]}}\n": `route "x" is not among the gateway's routes`,
		"alertRules: [{name: a, expr: 'sum('}]\n":                                  "a",
		"ruleFiles: [nowhere.yml]\n":                                               "read rule file",
		"onCall: {rotation: {members: [a]}}\n":                                     "rotation",
		"language: [\n":                                                            "line",
	} {
		_, err := Parse([]byte(text), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gave %q, want one sentence with %q", text, err, want)
		}
	}
	if _, err := Parse(make([]byte, maxConfig+1), ""); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a huge configuration gave %v, want ErrTooLarge", err)
	}
	if _, _, err := Load(t.TempDir()); !errors.Is(err, journal.ErrNotFound) || !strings.Contains(err.Error(), "safelight init") {
		t.Errorf("a missing configuration gave %v, want ErrNotFound and what to do", err)
	}
}

func TestInitLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	written, err := Init(dir)
	if err != nil || len(written) != 3 {
		t.Fatalf("init wrote %v, %v; want the configuration and both templates", written, err)
	}
	mine := []byte("language: en\n")
	if err := os.WriteFile(filepath.Join(dir, ConfigName), mine, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a second init gave %v, want ErrConflict", err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, ConfigName)); err != nil || string(got) != string(mine) {
		t.Errorf("the configuration is now %q, %v; want it left alone", got, err)
	}
}

func TestWriteFileIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.Mkdir(path, 0o755); err != nil { // a rename onto a folder fails after everything was written
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte("x")); err == nil {
		t.Error("writing onto a folder did not fail")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("a failed write left %v, %v; want nothing behind", entries, err)
	}
}
