package main

import (
	"os/exec"
	"testing"
)

// TestAlertMixin: Prometheus' own tool takes the alerts of deploy/ and passes their tests, and so does ours.
func TestAlertMixin(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	const rules, tests = "../../deploy/prometheus/safelight.rules.yaml", "../../deploy/prometheus/safelight_test.yaml"
	for _, args := range [][]string{{"check", "rules", rules}, {"test", "rules", tests}} {
		if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
		if code, out := runIn(t, "rules", args[0], args[2]); code != exitGood {
			t.Errorf("safelight rules %v ends with %d:\n%s", args, code, out)
		}
	}
}
