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
