package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
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
		"faces: {command: ['']}\n":                                      "faces: command: its first part is empty",
		"faces: {timeout: 1h}\n":                                        "faces: timeout 1h0m0s",
		"faces: {maxSide: 32}\n":                                        "faces: maxSide 32",
		"faces: {atOnce: -1}\n":                                         "faces: atOnce -1",
		"faces: {confidence: 2}\n":                                      "faces: confidence 2",
		"limits: {maxBytes: many}\n":                                    "write a number and B, KB",
		"classes: {hero: {ssim: 2}}\n":                                  "between 0 and 1",
		"palette: [{name: red, hex: c81e28}]\n":                         `palette colour "red"`,
		"severities: {S7: {containment: manual}}\n":                     "use S0, S1, S2 or S3",
		"pipelines: {p: {reference: a, delivered: b, class: poster}}\n": `class "poster" has no budget`,
		"pipelines: {p: {reference: a, delivered: b, class: hero, routes: [x]}}\n": `route "x" is not among the gateway's routes`,
		"alertRules: [{name: a, expr: 'sum('}]\n":                                  "a",
		"ruleFiles: ['rules/[.yml']\n":                                             "syntax error in pattern",
		"onCall: {rotation: {members: [a]}}\n":                                     "rotation",
		"language: [\n":                                                            "line",
		"serve:\n  listen: a:1\n  listen: b:1\n":                                   "line 3: mapping key",
		"language: fr\n---\nlanguage: en\n":                                        "a second document",
		"language: [fr]\n":                                                         "line 1: text is wanted here",
		"limits:\n  maxPixels: many\n":                                             "line 2: a number is wanted here",
		"quarantine: {keepDiscarded: -1}\n":                                        "keepDiscarded -1",
		"quarantine: {keepDiscarded: 99999}\n":                                     "name 0 to 36500 days",
		"limits: {maxPixels: -1}\n":                                                "maxPixels -1",
		"# sizes\nlimits:\n  maxBytes: many\n":                                     `line 3: size "many"`,
		"notify:\n  console: maybe\n":                                              "line 2: true or false is wanted here",
		"notify: {smtp: {addr: mail, from: a@b.c}}\n":                              `addr "mail" is not host:port`,
		"pipelines: [a]\n":                                                         "line 1: sequence was used where mapping",
		"pipelines: {p: {reference: a, delivered: ./a, class: hero}}\n":            "one folder",
		"severities:\n  S1: {containment: manual,\n    ackWithin: soon}\n":         `line 3: time: invalid duration "soon"`,
		"severities: {S1: {containment: perhaps}}\n":                               `containment "perhaps"`,
		"palette: [{name: red, hex: '#c81e2g'}]\n":                                 `palette colour "red"`,
		"alertRules: [{name: a, expr: 'vector(1)', for: soon}]\n":                  `rule 1, "a": for`,
		"root: .git/x\n":                                                           "name a folder inside the repository",
		"root: /tmp\n":                                                             "name a folder inside the repository",
		"root: .safelight/postmortems\n":                                           "name a folder inside the repository",
		"serve: {listen: nowhere}\n":                                               `listen "nowhere"`,
		"serve: {url: 'javascript:alert(1)'}\n":                                    "write the address that people use",
		"gateway: {listen: nowhere}\n":                                             `gateway: listen "nowhere"`,
		"gateway: {routes: {r: {prefix: r, origin: a, fallback: b}}}\n":            `route r: prefix "r"`,
		"onCall: {contacts: {nora: {email: nora}}}\n":                              "rotation",
		rotation("noon", "weekly", "Europe/Paris"):                                 `hand-off "noon"`,
		rotation("09:00", "weekly", "Europe/Paris"):                                "need a weekday",
		rotation("monday 09:00", "fortnight", "Europe/Paris"):                      `every "fortnight"`,
		rotation("monday 09:00", "weekly", "Mars/Base"):                            `time zone "Mars/Base"`,
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

func rotation(handOff, every, zone string) string {
	return fmt.Sprintf("onCall: {rotation: {members: [nora], handOff: %q, every: %q, timeZone: %q, start: \"2025-01-06\"}}\n", handOff, every, zone)
}

func TestWhatIsNotSaidKeepsItsDefault(t *testing.T) {
	t.Parallel()
	want := DefaultConfig()
	for _, text := range []string{"", "# nothing but a remark\n", "serve:\nlimits:\n"} {
		if got, err := Parse([]byte(text), "/house"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q gave %+v, %v; want the defaults", text, got, err)
		}
	}
	got, err := Parse([]byte("limits: {maxPixels: 5}\nserve: {url: 'https://s.example'}\nclasses: {poster: {palette: 4}}\n"), "/house")
	if err != nil || got.Limits.MaxBytes != want.Limits.MaxBytes || got.Serve.Listen != want.Serve.Listen ||
		!reflect.DeepEqual(got.Watch.Severities, pipeline.DefaultPolicies()) || got.Watch.Classes["hero"].AverageBytes != 180e3 {
		t.Errorf("one key of a part gave %+v, %v; want the others as they were", got, err)
	}
}

func TestFoldersStartAtTheConfiguration(t *testing.T) {
	t.Parallel()
	rules := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(rules, []byte("groups: []\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Parse(fmt.Appendf(nil, `
pipelines: {p: {reference: a, delivered: /b, class: hero, routes: [r, s]}}
gateway:
  routes:
    r: {prefix: /r/, origin: ./o, fallback: ../f, placeholder: grey.png}
    s: {prefix: /s/, origin: "https://images.example/x", fallback: f}
ruleFiles: [%q]
`, rules), "/house")
	if err != nil {
		t.Fatal(err)
	}
	p, r, s := got.Watch.Pipelines["p"], got.Gateway.Routes["r"], got.Gateway.Routes["s"]
	for _, c := range [][2]string{
		{p.Reference, "/house/a"}, {p.Delivered, "/b"}, {r.Origin, "/house/o"}, {r.Fallback, "/f"}, {r.Placeholder, "/house/grey.png"},
		{s.Origin, "https://images.example/x"}, {s.Fallback, "/house/f"}, {got.RuleFiles[0], rules}, {got.Root, "run/_/postmortems"},
	} {
		if c[0] != c[1] {
			t.Errorf("folder %s, want %s", c[0], c[1])
		}
	}
}

// Whoever writes a password into the file, where it does not belong, must not
// find it in a log.
func TestConfigurationErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, text := range []string{
		"notify: {smtp: {addr: 'mail:25', from: a@b.c, username: u, password: hunter2}}\n",
		"notify: {smtp: {addr: 'mail:25', from: a@b.c, username: u, passwordEnv: hunter2=x}}\n",
		"notify: {smtp: {addr: 'mail:25', from: a@b.c, username: u, passwordEnv: [hunter2]}}\n",
		"notify:\n  smtp:\n    passwordEnv: \"hunter2\n",
		"notify:\n  smtp:\n    passwordEnv: hunter2: x\n",
		"serve: {url: 'https://u:hunter2@safelight.example'}\n",
	} {
		if _, err := Parse([]byte(text), "/house"); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q gave %v, want an error without the secret", text, err)
		}
	}
}

// TestInitInALanguage: documents are in the language of whoever set the folder up.
func TestInitInALanguage(t *testing.T) {
	t.Parallel()
	for _, l := range phrase.Langs() {
		dir := t.TempDir()
		if _, err := Init(dir, l); err != nil {
			t.Fatal(err)
		}
		c, _, err := Load(dir)
		if err != nil || c.Language != l {
			t.Errorf("%s: documents are in %q, %v", l, c.Language, err)
		}
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Root), "template.md"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := postmortem.ParseIn(text, l); err != nil {
			t.Errorf("%s: the template cannot be imported: %v", l, err)
		}
	}
}

func TestInitLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	written, err := Init(dir, phrase.English)
	if err != nil || len(written) != 3 {
		t.Fatalf("init wrote %v, %v; want the configuration and both templates", written, err)
	}
	mine := []byte("language: en\n")
	if err := os.WriteFile(filepath.Join(dir, ConfigName), mine, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir, phrase.English); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a second init gave %v, want ErrConflict", err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, ConfigName)); err != nil || string(got) != string(mine) {
		t.Errorf("the configuration is now %q, %v; want it left alone", got, err)
	}
	for _, path := range written[1:] {
		text, err := os.ReadFile(path)
		if err != nil || len(text) == 0 {
			t.Errorf("template %s has %d bytes, %v", path, len(text), err)
		}
		if strings.HasSuffix(path, ".md") {
			if _, err := postmortem.ParseIn(text, phrase.English); err != nil {
				t.Errorf("the template cannot be imported: %v", err)
			}
		}
	}
	fresh := t.TempDir() // one of the templates is there already
	template := filepath.Join(fresh, filepath.FromSlash(DefaultConfig().Root), "template.md")
	if err := os.MkdirAll(filepath.Dir(template), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(template, mine, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(fresh, phrase.French); !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "template.md") {
		t.Errorf("init over a template gave %v, want ErrConflict that names it", err)
	}
	if got, err := os.ReadFile(template); err != nil || string(got) != string(mine) {
		t.Errorf("the template is now %q, %v; want it left alone", got, err)
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
	missing := filepath.Join(dir, "missing", "b")
	if err := WriteFile(missing, []byte("x")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("writing into a missing folder gave %v, want an error that names the file", err)
	}
	file := filepath.Join(dir, "c")
	for _, text := range []string{"first", "second"} {
		if err := WriteFile(file, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("the file holds %q, %v; want %q", got, err, text)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the file's mode is %v, %v; want 0644", info.Mode(), err)
	}
	if entries, err = os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v, %v; want the file and the folder", entries, err)
	}
}

// TestProgramsBesideTheConfiguration: "./name" is the file beside safelight.yaml, also where the folder is named as ".", and never a
// program of that name on PATH.
func TestProgramsBesideTheConfiguration(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse([]byte("language: en\ntests:\n  list: {command: [./ls]}\nrunbooks:\n  look:\n    steps: [{name: list, text: List, command: [./ls]}]\n"), ".")
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(here, "ls")
	if got := c.Tests["list"].Command[0]; got != want {
		t.Errorf("the program of a test is %q, want %q", got, want)
	}
	if got := c.Runbooks["look"].Steps[0].Command[0]; got != want {
		t.Errorf("the program of a runbook is %q, want %q", got, want)
	}
}
