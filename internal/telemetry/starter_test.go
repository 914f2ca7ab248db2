package telemetry

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each file of starter rules has unit tests, which pass by Debian's promtool and by ours and test every alert.
func TestStarterRulesPassTheirTests(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatal("promtool is missing: apt-get install prometheus")
	}
	files, groups, err := Starter()
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v; want one for each layer", len(files), err)
	}
	for _, f := range files {
		path := filepath.Join("starter", strings.TrimSuffix(f.Name, ".yaml")+"_test.yaml")
		if out, err := exec.Command(tool, "test", "rules", path).CombinedOutput(); err != nil {
			t.Errorf("promtool on %s: %v\n%s", path, err, out)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		u, err := ParseUnitTests(text)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if !slices.Equal(u.RuleFiles, []string{f.Name}) {
			t.Errorf("%s is about %v, want %s", path, u.RuleFiles, f.Name)
		}
		its, err := ParseFile(f.Text)
		if err != nil {
			t.Fatal(err)
		}
		results, err := u.Run(t.Context(), its)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if len(r.Faults) > 0 {
				t.Errorf("%s, %s: %+v", path, r.Name, r.Faults)
			}
		}
		for _, g := range its {
			checkStarter(t, string(text), g)
		}
	}
	if len(groups) != 3 || groups[0].Source() != "starter/image-quality.yaml" {
		t.Errorf("%d groups, the first from %q; want three with their sources", len(groups), groups[0].Source())
	}
}

// checkStarter demands of each alert what a person needs at night, and a test in which it fires.
func checkStarter(t *testing.T, tests string, g Group) {
	t.Helper()
	for _, r := range g.spec.Rules {
		if r.Alert == "" {
			continue
		}
		if s := r.Labels["severity"]; len(s) != 2 || s[0] != 'S' || r.Labels["layer"] == "" {
			t.Errorf("%s: labels %v, want a severity and its layer", r.Alert, r.Labels)
		}
		if r.Annotations["summary"] == "" || r.Annotations["summary_fr"] == "" || !strings.HasPrefix(r.Annotations["runbook"], "https://") {
			t.Errorf("%s: annotations %v, want a summary in both languages and a runbook", r.Alert, r.Annotations)
		}
		if !strings.Contains(tests, "alertname: "+r.Alert+"\n") {
			t.Errorf("%s fires in no test", r.Alert)
		}
	}
}

// What people say opens no incident by itself.
func TestNoStarterAlertFromSentimentAlone(t *testing.T) {
	t.Parallel()
	_, groups, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, r := range g.spec.Rules {
			about := strings.Contains(r.Expr, "negative") || strings.Contains(r.Expr, "user_signal_trend")
			if r.Alert != "" && about && !strings.Contains(r.Expr, "image_delta_e_over_threshold_total") {
				t.Errorf("%s fires on sentiment alone: %s", r.Alert, r.Expr)
			}
		}
	}
}
