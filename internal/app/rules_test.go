package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

const ruled = `language: en
ruleFiles: ["rules/*.yml"]
alertRules: [{name: short, expr: vector(1) > 0, labels: {severity: S3}}]
notify: {console: false}
onCall: {rotation: {members: [nora], handOff: monday 09:00, every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}}
`

const ruledFile = "groups: [{name: g, rules: [{alert: up, expr: vector(2) > 1, labels: {severity: S3}}]}]\n"

// ruledApp opens an app on a configuration on disk, as serve does.
func ruledApp(t *testing.T) (a *App, write func(name, text string)) {
	t.Helper()
	dir := t.TempDir()
	at := time.Now()
	write = func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Second) // file systems tell apart what was written a second later
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write(ConfigName, ruled)
	write("rules/a.yml", ruledFile)
	return openRuled(t, dir, slog.DiscardHandler), write
}

func openRuled(t *testing.T, dir string, log slog.Handler) *App {
	t.Helper()
	c, source, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), Options{Dir: dir, Config: c, Source: source, Log: slog.New(log), Now: (&house{at: theStart()}).clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// A server that starts with a broken rule file works without its rules, says so, and takes it up when it is repaired.
func TestStartWithABrokenRuleFile(t *testing.T) {
	t.Parallel()
	a, write := ruledApp(t)
	dir := a.dir
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	write("rules/b.yml", "groups: [{name: g, rules: [{alert: more, expr: 'vector('}, {alert: other, expr: ')'}]}]\n")
	write(ConfigName, strings.Replace(ruled, `["rules/*.yml"]`, `["rules/*.yml", none.yml]`, 1))
	a = openRuled(t, dir, slog.DiscardHandler)
	if got := ruleNames(a); !slices.Equal(got, []string{"short", "up"}) {
		t.Errorf("rules %v, want those of the good file and of the configuration", got)
	}
	l := a.RulesLoaded()
	if !l.LeftOut || l.FailedAt.IsZero() || !strings.Contains(l.Error, "b.yml") || !strings.Contains(l.Error, "none.yml") {
		t.Errorf("loaded %+v, want both broken files", l)
	}
	warnings, err := a.Warnings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told := slices.DeleteFunc(warnings, func(w error) bool { return !strings.Contains(w.Error(), "left out until it is repaired") })
	if len(told) != 2 || slices.ContainsFunc(told, func(w error) bool { return strings.Contains(w.Error(), "\n") }) {
		t.Errorf("warnings %q, want one line for each of two files", told)
	}
	if text := metrics(t, a); !strings.Contains(text, "safelight_rules_last_reload_successful 0") {
		t.Error("the metrics do not tell that rules are missing")
	}
	if err := a.watchRules(t.Context()); err != nil {
		t.Errorf("said again though nothing changed: %v", err)
	}
	write("rules/b.yml", strings.ReplaceAll(ruledFile, "alert: up", "alert: more"))
	write("none.yml", strings.ReplaceAll(ruledFile, "alert: up", "alert: most"))
	if err := a.watchRules(t.Context()); err != nil || !slices.Equal(ruleNames(a), []string{"short", "up", "more", "most"}) {
		t.Errorf("repaired: %v, %v", ruleNames(a), err)
	}
	if l := a.RulesLoaded(); l.Error != "" || l.LeftOut {
		t.Errorf("loaded %+v, want nothing to complain of", l)
	}
}

// An alert whose rule cannot be read has not ended: nobody knows.
func TestABrokenRuleFileEndsNoAlert(t *testing.T) {
	t.Parallel()
	a, write := ruledApp(t)
	evaluate := func(want int) {
		t.Helper()
		if err := a.evaluate(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows, err := a.store.AlertsFiring(t.Context(), theStart(), 10)
		if err != nil || len(rows) != want {
			t.Fatalf("%d alerts fire, %v; want %d", len(rows), err, want)
		}
	}
	restart := func() {
		t.Helper()
		dir := a.dir
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		a = openRuled(t, dir, slog.DiscardHandler)
	}
	evaluate(2) // of the configuration and of the file
	write("rules/a.yml", "groups: [")
	restart()
	evaluate(2)
	write(ConfigName, strings.Replace(ruled, "vector(1) > 0", "vector(1) > 2", 1))
	restart()
	evaluate(1) // what is read ends all the same
	write("rules/a.yml", ruledFile)
	if err := a.watchRules(t.Context()); err != nil {
		t.Fatal(err)
	}
	evaluate(1)
	if states, err := a.Incidents(t.Context()); err != nil || len(states) != 2 {
		t.Errorf("%d incidents, %v; want the two from before", len(states), err)
	}
	write("rules/a.yml", strings.Replace(ruledFile, "alert: up", "alert: other", 1))
	if err := a.watchRules(t.Context()); err != nil {
		t.Fatal(err)
	}
	evaluate(1) // the other, and up is over
	if states, err := a.Incidents(t.Context()); err != nil || len(states) != 3 {
		t.Errorf("%d incidents, %v; want that of the other rule, too", len(states), err)
	}
}

func theStart() time.Time { return time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC) }

func ruleNames(a *App) []string {
	var names []string
	for _, r := range a.Rules() {
		names = append(names, r.Name)
	}
	return names
}

// loads counts the configurations that the journal knows.
func loads(t *testing.T, a *App) int {
	t.Helper()
	n := 0
	err := a.store.Update(t.Context(), func(tx *store.Tx) error {
		entries, err := tx.Stream(configStream)
		n = len(entries)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func metrics(t *testing.T, a *App) string {
	t.Helper()
	var b bytes.Buffer
	if err := a.meter.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// From good to changed to broken to repaired, all while the app runs.
func TestRulesAreReloaded(t *testing.T) {
	t.Parallel()
	a, write := ruledApp(t)
	watch := func(want ...string) error {
		t.Helper()
		err := a.watchRules(t.Context())
		if got := ruleNames(a); !slices.Equal(got, want) {
			t.Errorf("rules %v, want %v", got, want)
		}
		return err
	}
	if err := watch("short", "up"); err != nil || loads(t, a) != 1 {
		t.Errorf("nothing changed: %v, %d loads in the journal", err, loads(t, a))
	}
	if _, err := a.series.Evaluate(t.Context(), theStart()); err != nil {
		t.Fatal(err)
	}

	write("rules/b.yml", strings.ReplaceAll(ruledFile, "alert: up", "alert: more"))
	if err := watch("short", "up", "more"); err != nil || loads(t, a) != 2 {
		t.Errorf("a new file: %v, %d loads in the journal, want 2", err, loads(t, a))
	}
	if r := a.Rules()[1]; r.Firing != 1 || r.Source != "rules/a.yml" {
		t.Errorf("after the reload: %+v, want its alert and its file", r)
	}

	write("rules/b.yml", strings.ReplaceAll(ruledFile, "vector(2)", "vector("))
	err := watch("short", "up", "more")
	if !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "b.yml") || !strings.Contains(err.Error(), "the old ones stay") {
		t.Errorf("a broken file: %v, want kind invalid with the file's name", err)
	}
	if l := a.RulesLoaded(); l.Error == "" || l.FailedAt.IsZero() || loads(t, a) != 2 {
		t.Errorf("loaded %+v, %d loads in the journal; want the error and no new load", l, loads(t, a))
	}
	if text := metrics(t, a); !strings.Contains(text, "safelight_rules_last_reload_successful 0") {
		t.Error("the metrics do not tell that the reload failed")
	}
	if err := watch("short", "up", "more"); err != nil {
		t.Errorf("said twice: %v", err)
	}

	write("rules/b.yml", ruledFile)
	write(ConfigName, strings.Replace(ruled, "short", "renamed", 1)+"serve: {listen: '127.0.0.1:1'}\nclasses: {hero: {deltaE00P95: 3}}\n")
	if err := watch("renamed", "up", "up"); err != nil || loads(t, a) != 3 {
		t.Errorf("repaired: %v, %d loads in the journal, want 3", err, loads(t, a))
	}
	if l := a.RulesLoaded(); l.Error != "" || !slices.Equal(l.Restart, []string{"serve", "classes"}) {
		t.Errorf("loaded %+v, want no error, and serve and classes waiting for a restart", l)
	}
	if text := metrics(t, a); !strings.Contains(text, "safelight_rules_last_reload_successful 1") {
		t.Error("the metrics do not tell that the reload worked")
	}
	write(ConfigName, "alertRules: [")
	if err := watch("renamed", "up", "up"); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a broken configuration: %v, want kind invalid", err)
	}
}

// Only rules are reloaded. What else has changed is named once, whether the rules are good or not, and again when it is
// something else.
func TestReloadTellsWhatNeedsARestart(t *testing.T) {
	t.Parallel()
	for name, replayed := range map[string]bool{"live": false, "replayed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, write := ruledApp(t)
			dir := first.dir
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			config := strings.Replace(ruled, "console: false", "console: true", 1)
			write(ConfigName, config)
			var log bytes.Buffer
			c, source, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if replayed {
				c.Notify = notify.Config{} // as serve does
			}
			o := Options{Dir: dir, Config: c, Source: source, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: (&house{at: theStart()}).clock, Replayed: replayed}
			a, err := New(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.Close() })
			for i, step := range []struct {
				more, rules string
				warns       string // with these parts; nothing if empty
				restart     []string
			}{
				{"", ruledFile, "", nil},
				{"alerts: {severities: {warning: S3}}\n", ruledFile, "parts=alerts", []string{"alerts"}},
				{"alerts: {severities: {warning: S3}}\n", ruledFile, "", []string{"alerts"}},
				{"alerts: {severities: {warning: S3}}\ngit: {name: Nora}\n", "groups: [", `parts="alerts, git"`, []string{"alerts", "git"}},
				{"", ruledFile, "", nil},
				{"git: {name: Nora}\n", ruledFile, "parts=git", []string{"git"}},
			} {
				log.Reset()
				write(ConfigName, config+step.more)
				write("rules/a.yml", step.rules)
				err := a.ReloadRules(t.Context())
				if bad := step.rules != ruledFile; (err != nil) != bad {
					t.Fatalf("step %d: %v", i, err)
				}
				if said := log.String(); strings.Contains(said, "restart") != (step.warns != "") || !strings.Contains(said, step.warns) {
					t.Errorf("step %d: said %q, want %q", i, said, step.warns)
				}
				if got := a.RulesLoaded().Restart; !slices.Equal(got, step.restart) {
					t.Errorf("step %d: parts %v, want %v", i, got, step.restart)
				}
			}
		})
	}
}

func TestReloadOnRequest(t *testing.T) {
	t.Parallel()
	a, write := ruledApp(t)
	ask := func() (int, string) {
		w := httptest.NewRecorder()
		a.reload(w, httptest.NewRequest("POST", "/-/reload", nil))
		return w.Code, w.Body.String()
	}
	write("rules/b.yml", strings.ReplaceAll(ruledFile, "alert: up", "alert: more"))
	if code, body := ask(); code != 200 || !strings.Contains(body, `"rules":3`) {
		t.Errorf("got %d %s, want three rules", code, body)
	}
	write("rules/b.yml", "groups: [")
	if code, body := ask(); code != 422 || !strings.Contains(body, `"rules":3`) || !strings.Contains(body, "the old ones stay") {
		t.Errorf("got %d %s, want the error and the old rules", code, body)
	}
	mounts := a.ruleMounts()
	if len(mounts) != 1 || mounts[0].Need != people.ManageUser {
		t.Errorf("mounts %+v, want one for administrators", mounts)
	}
}

// The starter rules come where they are asked for, and in the template that init writes.
func TestStarterRules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{ruled: false, "starterRules: true\n": true, string(template): true} {
		c, err := Parse([]byte(text), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		groups, err := c.groups()
		if err != nil {
			t.Fatal(err)
		}
		if got := len(groups) > 0 && strings.HasPrefix(groups[0].Source(), "starter/"); got != want {
			t.Errorf("starter rules %t, want %t, with\n%.80s", got, want, text)
		}
	}
}

// The page says what the policy makes of a severity, and where no policy knows it.
func TestRuleSeverities(t *testing.T) {
	t.Parallel()
	first, write := ruledApp(t)
	dir := first.dir
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	write(ConfigName, ruled+"alerts: {severities: {gold: S0}}\n")
	write("rules/a.yml", `groups: [{name: g, rules: [{alert: a, expr: up, labels: {severity: warning}}, {alert: b, expr: up, labels: {severity: gold}},
  {alert: c, expr: up, labels: {severity: urgent}}, {alert: d, expr: up, labels: {severity: "{{ $labels.severity }}"}}, {alert: e, expr: up},
  {record: f, expr: up, labels: {severity: urgent}}]}]`)
	a := openRuled(t, dir, slog.DiscardHandler)
	want := map[string]string{"short": "S3 false", "a": "S2 false", "b": "S0 false", "c": "S2 true", "d": " false", "e": " false", "f": " false"}
	for _, r := range a.Rules() {
		if got := fmt.Sprint(r.Severity, " ", r.Unknown); got != want[r.Name] {
			t.Errorf("rule %s: severity %q, want %q", r.Name, got, want[r.Name])
		}
	}
	// So does the start, of rule files as of the configuration itself.
	warnings, err := a.Warnings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	warnings = slices.DeleteFunc(warnings, func(w error) bool { return !strings.Contains(w.Error(), "no policy knows") })
	if len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "rule c has severity “urgent”") {
		t.Errorf("warnings %q, want one, of the rule c", warnings)
	}
}

// What a graph is of, and where its limit is.
func TestRuleGraph(t *testing.T) {
	t.Parallel()
	a, _ := ruledApp(t)
	rules := a.Rules()
	r, alerts, err := a.Rule(rules[0].ID)
	if err != nil || r.Name != "short" || len(alerts) != 0 {
		t.Fatalf("rule %+v, alerts %v, %v", r, alerts, err)
	}
	g, err := a.RuleGraph(t.Context(), r, 6*time.Hour)
	if err != nil || g.Limit == nil || *g.Limit != 0 || g.Op != ">" || g.Expr != "vector(1)" || len(g.Lines) != 1 || len(g.Lines[0].Points) != graphSteps+1 {
		t.Errorf("graph %+v, %v; want vector(1) with the limit 0", g, err)
	}
	if _, _, err := a.Rule("none"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("no such rule: %v", err)
	}
}
