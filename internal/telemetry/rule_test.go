package telemetry

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/safelight-dev/safelight/internal/journal"
)

// The design's YAML of the short form, to the letter.
func TestShortFormFromYAML(t *testing.T) {
	t.Parallel()
	const text = `
    alertRules:
      - name: deltaE-spike
        expr: sum(rate(image_delta_e_over_threshold_total[5m])) by (pipeline) > 0
        for: 10m
        labels:
          severity: S1
        annotations:
          summary: "Dérive couleur marque ({{ $labels.pipeline }})"
          runbook: "https://runbooks/ui/color-drift"
`
	var config struct {
		AlertRules []ShortRule `yaml:"alertRules"`
	}
	if err := yaml.UnmarshalWithOptions([]byte(text), &config, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if len(config.AlertRules) != 1 {
		t.Fatalf("%d rules, want 1", len(config.AlertRules))
	}
	got, want := config.AlertRules[0], designShort[0]
	if got.Name != want.Name || got.Expr != want.Expr || got.For != want.For || !maps.Equal(got.Labels, want.Labels) || !maps.Equal(got.Annotations, want.Annotations) {
		t.Errorf("decoded %+v, want %+v", got, want)
	}
}

func TestParseShortRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule ShortRule
		want string
	}{
		"no name":       {ShortRule{Expr: "up"}, "name is needed"},
		"no expression": {ShortRule{Name: "r"}, "'expr' must be set"},
		"not PromQL":    {ShortRule{Name: "r", Expr: "sum(rate(x[5m])) by (pipeline >"}, "1:31: parse error"},
		"second line":   {ShortRule{Name: "r", Expr: "sum(x)\n  > > 1"}, "2:5: parse error"},
		"for":           {ShortRule{Name: "r", Expr: "up", For: "ten minutes"}, `for: not a valid duration`},
		"keep":          {ShortRule{Name: "r", Expr: "up", KeepFiringFor: "-1m"}, `keepFiringFor: not a valid duration`},
		"label name":    {ShortRule{Name: "r", Expr: "up", Labels: map[string]string{"__name__": "x"}}, "invalid label name"},
		"label value":   {ShortRule{Name: "r", Expr: "up", Labels: map[string]string{"x": "\xff"}}, "invalid label value"},
		"template":      {ShortRule{Name: "r", Expr: "up", Annotations: map[string]string{"summary": "{{ $labels.pipeline"}}, `annotation "summary"`},
		"long":          {ShortRule{Name: "r", Expr: strings.Repeat("1+", 10_000) + "1"}, "at most"},
		"twice":         {ShortRule{Name: "fine", Expr: "up > 2"}, "same name and labels as rule 1"},
	} {
		_, err := ParseShort([]ShortRule{{Name: "fine", Expr: "up"}, c.rule})
		var in *RuleError
		if !errors.As(err, &in) || !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want a RuleError of kind invalid", name, err)
			continue
		}
		if in.Index != 2 || in.Rule != c.rule.Name || in.Group != "alertRules" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, want rule 2 of alertRules and %q", name, err, c.want)
		}
	}
	if _, err := ParseShort(make([]ShortRule, maxRules+1)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("too many rules: %v", err)
	}
}

// each counts the errors that were joined.
func each(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

func TestOneErrorForEachBrokenRule(t *testing.T) {
	t.Parallel()
	_, err := ParseShort([]ShortRule{{Name: "a", Expr: "("}, {Name: "fine", Expr: "up"}, {Name: "b", Expr: "up", For: "x"}})
	if got := each(err); len(got) != 2 || !strings.Contains(got[0].Error(), `rule 1, "a"`) || !strings.Contains(got[1].Error(), `rule 3, "b"`) {
		t.Errorf("short form: %q, want one error for a and one for b", got)
	}
	_, err = ParseFile([]byte(`groups:
  - name: g
    rules:
      - alert: a
        expr: sum(
      - alert: fine
        expr: up
      - alert: b
        expr: up
        annotations: {x: "{{ end }}"}
`))
	if got := each(err); len(got) != 2 || !strings.Contains(got[0].Error(), `group "g", rule 1, "a": 5:15:`) || !strings.Contains(got[1].Error(), `rule 3, "b"`) {
		t.Errorf("file: %q, want one error for a with its line and column, and one for b", got)
	}
}

func TestParseFile(t *testing.T) {
	t.Parallel()
	groups := fileGroups(t, "groups:\n- name: a\n  interval: 5m\n  rules: [{record: r, expr: up}]\n- name: b\n  rules: [{alert: x, expr: up, for: 1h}, {alert: y, expr: up}]\n")
	if len(groups) != 2 || groups[0].Name() != "a" || groups[1].Name() != "b" || groups[0].Len() != 1 || groups[1].Len() != 2 {
		t.Errorf("groups %v, want a with one rule and b with two", groups)
	}
	// The same file twice, as two groups of one name, is no conflict.
	e := open(t, Options{Groups: append(groups, groups...)})
	if got := len(e.Rules()); got != 6 {
		t.Errorf("%d rules, want 6", got)
	}
	if got := e.Rules()[1]; got.Rule != "x" || got.For != time.Hour || got.Health != HealthUnknown || !got.EvaluatedAt.IsZero() {
		t.Errorf("second rule %+v, want x for 1h, not evaluated yet", got)
	}
	if none := fileGroups(t, ""); len(none) != 0 {
		t.Errorf("an empty file: %v", none)
	}
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":     {"groups:\n- name: a\n  rulez: []\n", "line 3: field rulez not found"},
		"not YAML":        {"groups: [", "line 1"},
		"two documents":   {"groups: []\n---\ngroups: []\n", "more than one YAML document"},
		"same group name": {"groups:\n- name: a\n- name: a\n", `groupname: "a" is repeated`},
		"no name":         {"groups:\n- name: a\n  rules:\n  - {expr: up}\n", `group "a", rule 1, "": one of 'record' or 'alert'`},
		"record and for":  {"groups:\n- name: a\n  rules:\n  - {record: r, expr: up, for: 1m}\n", "4:14: invalid field 'for'"},
	} {
		if _, err := ParseFile([]byte(c.text)); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want kind invalid and %q", name, err, c.want)
		}
	}
	if _, err := ParseFile([]byte("groups:\n- name: a\n  rules: [{alert: x\n")); err == nil || strings.Contains(err.Error(), "document") {
		t.Errorf("one broken document: %v, want nothing said of a second", err)
	}
	if _, err := ParseFile(make([]byte, maxRuleFile+1)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// Whatever the bytes, there is an error or there are groups that load.
func FuzzParseFile(f *testing.F) {
	f.Add([]byte(designFile))
	f.Add([]byte("groups:\n- &a {name: a, rules: []}\n- <<: *a\n  name: b\n"))
	f.Add([]byte("groups: [{name: g, limit: -1, query_offset: 1m, rules: [{record: r, expr: 'up{a=\"b\"}'}]}]"))
	f.Add([]byte("groups:\n- rules:\n  - alert: *x\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		groups, err := ParseFile(content)
		if err != nil {
			return
		}
		loader, names := memoryFiles(groups)
		for i, g := range groups {
			if _, errs := loader.Load(names[i], false, 0); len(errs) > 0 {
				t.Errorf("group %d, %q, does not load: %v", i, g.Name(), errs)
			}
			for _, r := range g.spec.Rules {
				if _, err := loader.Parse(r.Expr); err != nil {
					t.Errorf("accepted %q: %v", r.Expr, err)
				}
			}
		}
	})
}
