package alert

import (
	"testing"
)

// The fingerprints that Alertmanager 0.25 gave for these labels.
func TestFingerprintsAreAlertmanagers(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]Labels{
		"a3581440328a2901": {"alertname": "a", "pipeline": "cat", "severity": "critical"},
		"ad6251e3301055f0": {"alertname": "a", "severity": "warning"},
		"fff7f30401697f7b": {"alertname": "good"},
	} {
		if got := l.Fingerprint(); got != want {
			t.Errorf("fingerprint of %v = %s, want %s", l, got, want)
		}
	}
}

// TestSummary: the summary of a language, or the one without; and which annotations are summaries.
func TestSummary(t *testing.T) {
	t.Parallel()
	both := Labels{"summary": "a drift", "summary_fr": "une dérive"}
	for _, c := range []struct {
		annotations Labels
		lang, want  string
	}{{both, "fr", "une dérive"}, {both, "en", "a drift"}, {Labels{"summary": "a drift"}, "fr", "a drift"}, {Labels{"summary_fr": "une dérive"}, "en", ""}, {nil, "fr", ""}} {
		if got := Summary(c.annotations, c.lang); got != c.want {
			t.Errorf("%v in %s: %q, want %q", c.annotations, c.lang, got, c.want)
		}
	}
	for name, want := range map[string]bool{"summary": true, "summary_fr": true, "summary_of_it": false, "summaryfr": false, "description": false, "": false} {
		if IsSummary(name) != want {
			t.Errorf("%q is a summary: %v", name, !want)
		}
	}
}
