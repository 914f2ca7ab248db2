package web

import (
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/trend"
)

// TestAlarmsLeadOn: each alarm says what becomes of it.
func TestAlarmsLeadOn(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
	shop := intake.Stream{Pipeline: "catalogue", Source: "zendesk"}
	asked := func(id string, status intake.Status, opened time.Time) intake.Verification {
		v := intake.Verification{ID: id, Status: status, OpenedAt: opened, Opened: intake.Opened{Stream: shop, Metric: trend.NegativeShare}}
		switch v.Status {
		case intake.StatusConfirmed:
			v.Incident = "PM-2025-09-25-01"
		case intake.StatusDismissed:
			v.DecidedAt = opened.Add(time.Hour)
		}
		return v
	}
	since := now.AddDate(0, 0, -4)
	alarm := Chart{Metric: trend.NegativeShare, State: trend.Alarm, Value: 0.4, Limit: 0.2, Since: since}
	back, quiet, other := alarm, alarm, alarm
	back.Value, quiet.State, other.Metric = 0.1, trend.Quiet, trend.Storm
	open := asked("V-1", intake.StatusOpen, now.AddDate(0, 0, -2))
	confirmed := asked("V-2", intake.StatusConfirmed, now.AddDate(0, 0, -2))
	dismissed := asked("V-3", intake.StatusDismissed, now.AddDate(0, 0, -1))
	ages := now.AddDate(0, -2, 0)
	tests := []struct {
		name        string
		chart       Chart
		list        []intake.Verification
		words, path string
	}{
		{"one that is open", alarm, []intake.Verification{open}, "to verify", "/signals/verifications/V-1"},
		{"an open one beside a newer one", alarm, []intake.Verification{open, dismissed}, "to verify", "/signals/verifications/V-1"},
		{"an open one of a chart that is quiet", quiet, []intake.Verification{open}, "to verify", "/signals/verifications/V-1"},
		{"one that is confirmed", alarm, []intake.Verification{confirmed}, "confirmed", "/incidents/PM-2025-09-25-01"},
		{"one that was confirmed, quiet", quiet, []intake.Verification{confirmed}, "", ""},
		{"one that was confirmed long before", alarm, []intake.Verification{asked("V-4", intake.StatusConfirmed, ages)}, "within a minute", ""},
		{"one that was dismissed yesterday", alarm, []intake.Verification{dismissed}, "until 2025-09-29", "/signals/verifications/V-3"},
		{"one that was dismissed long before", alarm, []intake.Verification{asked("V-5", intake.StatusDismissed, ages)}, "within a minute", ""},
		{"one of another chart", other, []intake.Verification{open}, "within a minute", ""},
		{"none", alarm, nil, "within a minute", ""},
		{"none, and back below the limit", back, nil, "below its limit", ""},
		{"none, and quiet", quiet, nil, "", ""},
	}
	for _, test := range tests {
		got := follower{phrase.English, test.list, now, 3 * 24 * time.Hour}.of(shop, test.chart)
		if !strings.Contains(got.Words, test.words) || (test.words == "") != (got.Words == "") || got.Path != test.path || (got.Path == "") != (got.Name == "") {
			t.Errorf("%s: %+v, want %q at %q", test.name, got, test.words, test.path)
		}
	}
}
