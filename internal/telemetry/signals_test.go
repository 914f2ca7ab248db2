package telemetry

import (
	"math"
	"strings"
	"testing"
)

func TestSignalSeries(t *testing.T) {
	m := NewMeter()
	m.CountSignals("catalogue", "zendesk", "negative", 2)
	m.CountSignals("catalogue", "zendesk", "negative", 3)
	m.CountSignals("catalogue", "zendesk\xff", "neutral", 1)
	m.SetTrend("catalogue", "zendesk", "negativeShare", 1.5)
	m.SetTrend("catalogue", "zendesk", "negativeShare", -2.5)
	m.SetTrend("catalogue", "zendesk", "storm", math.Inf(1))
	got := map[string]float64{}
	for _, s := range m.Samples() {
		if strings.HasPrefix(s.Name, "user_") {
			got[s.Name+"/"+s.Labels["source"]+"/"+s.Labels["sentiment"]+s.Labels["metric"]] = s.Value
		}
	}
	want := map[string]float64{
		"user_signals_total/zendesk/negative":      5,
		"user_signals_total/zendesk\uFFFD/neutral": 1,
		"user_signal_trend/zendesk/negativeShare":  -2.5,
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %v, want %v", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the series of signals are %v, want those of %v", got, want)
	}
	var text strings.Builder
	if err := m.WriteText(&text); err != nil || !strings.Contains(text.String(), "# TYPE user_signal_trend gauge") {
		t.Errorf("the text has no gauge of the trend: %v", err)
	}
	m.ForgetSignals("catalogue", "zendesk")
	for _, s := range m.Samples() {
		if s.Labels["source"] == "zendesk" {
			t.Errorf("%s%v was forgotten and is still there", s.Name, s.Labels)
		}
	}
}
