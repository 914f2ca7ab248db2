package alertmanager

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// refused tells whether an error is one that a client is told.
func refused(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.status >= 400 && r.status < 500 && r.message != "" ||
		errors.Is(err, journal.ErrInvalid) || errors.Is(err, journal.ErrTooLarge)
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	one := `{"labels":{"a":"b"}},`
	if list, err := parseAlerts([]byte("[" + strings.TrimSuffix(strings.Repeat(one, MaxAlerts), ",") + "]")); err != nil || len(list) != MaxAlerts {
		t.Errorf("%d alerts gave %d, %v; want all", MaxAlerts, len(list), err)
	}
	if _, err := parseAlerts([]byte("[" + strings.Repeat(one, MaxAlerts+1))); err == nil || !strings.Contains(err.Error(), "more than 1000 alerts") {
		t.Errorf("one alert more gave %v, want it refused by the count", err)
	}
	for _, bad := range []string{`[{"labels":{"a":"b"}}`, `[1]`, `[{"labels":[]}]`, `[{"labels":{"a":null}},{"labels":7}]`, `"x"`, `[{"labels":{"a":"b"},"endsAt":12}]`, "\xff"} {
		if list, err := parseAlerts([]byte(bad)); !refused(err) {
			t.Errorf("%s gave %v, %v; want it refused", bad, list, err)
		}
	}
}

func FuzzParseAlerts(f *testing.F) {
	for _, seed := range []string{`[]`, `null`, `[{"labels":{"alertname":"a","x":""},"annotations":{"s":"é"},"startsAt":"2024-11-26T17:00:00.1+02:00","endsAt":"","generatorURL":"http://x","foo":[1]}]`,
		`[{"labels":{"a":"b"},"startsAt":"2035-09-27T04:00:00Z"}]`, `[{"labels":{"a":"b"},"endsAt":"2035-09-27T04:00:00Z"}]`, `[{"labels":{}},{`, `{}`} {
		f.Add([]byte(seed))
	}
	now := time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := parseAlerts(text)
		if err != nil && !refused(err) {
			t.Errorf("%q gave %v, which no client is told", text, err)
		}
		for _, p := range list {
			a := p.alert(alert.FromAPI).Settled(now, time.Minute)
			if a.Validate() == nil && (a.StartsAt.After(now) || a.EndsAt.IsZero() || len(a.Fingerprint) != 16) {
				t.Errorf("%q is settled as %+v", text, a)
			}
		}
	})
}

func FuzzParseWebhook(f *testing.F) {
	for _, seed := range []string{`{"version":"4","status":"firing","truncatedAlerts":3,"alerts":[{"status":"resolved","labels":{"a":"b"},"endsAt":"0001-01-01T00:00:00Z"}]}`,
		`{"version":"1","orgId":1,"alerts":[{"status":"firing","labels":{"a":"b"},"values":{"A":1}}]}`, `{"alerts":null}`, `{"truncatedAlerts":-1,"alerts":[]}`} {
		f.Add([]byte(seed))
	}
	now := time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text []byte) {
		list, truncated, err := parseWebhook(text, now)
		if err != nil && !refused(err) || truncated < 0 {
			t.Errorf("%q gave %d, %v", text, truncated, err)
		}
		for _, a := range list {
			if a.EndsAt.After(now) {
				t.Errorf("%q has an end in the future: %v", text, a.EndsAt)
			}
		}
	})
}

func FuzzParseSilence(f *testing.F) {
	for _, seed := range []string{`{"matchers":[{"name":"a","value":"b|c","isRegex":true,"isEqual":false}],"startsAt":"2025-01-01T00:00:00Z","endsAt":"2025-01-02T00:00:00Z","createdBy":"","comment":""}`,
		`{"matchers":[{}]}`, `{"matchers":[null],"comment":"","createdBy":"","startsAt":null,"endsAt":""}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, terms, err := parseSilence(text)
		switch {
		case err != nil && !refused(err):
			t.Errorf("%q gave %v, which no client is told", text, err)
		case err == nil && (len(terms.Matchers) == 0 || p.CreatedBy == nil):
			t.Errorf("%q is read as %+v", text, terms)
		case err == nil:
			_ = terms.Matchers.Match(alert.Labels{"a": "b"}) // compiled
		}
	})
}

func FuzzParseEvent(f *testing.F) {
	for _, seed := range []string{`{"routing_key":"k","event_action":"trigger","payload":{"summary":"s","source":"x","severity":"info","timestamp":"2025-01-01T00:00:00Z","custom_details":{"pipeline":"p","n":1}}}`,
		`{"routing_key":"k","event_action":"trigger","payload":{"summary":"s","source":"x","severity":"info","timestamp":"2035-01-01T00:00:00Z"}}`,
		`{"routing_key":"k","event_action":"resolve","dedup_key":"d"}`, `{"payload":{"custom_details":"text"}}`, `[]`, `{"payload":[]}`} {
		f.Add([]byte(seed))
	}
	now := time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text []byte) {
		e, wrong := parseEvent(text, now)
		if len(wrong) > 0 {
			return
		}
		if e.DedupKey == "" {
			e.DedupKey = "drawn"
		}
		a := e.alert(people.Actor{ID: "p"}, now).Settled(now, 0)
		if err := a.Validate(); err != nil || a.Fingerprint != e.fingerprint(people.Actor{ID: "p"}) || a.Labels[alert.NameLabel] == "" {
			t.Errorf("%q gives the alert %+v, %v", text, a, err)
		}
	})
}

// What PagerDuty limits is limited here; a long summary is cut, for it must not cost its event.
func TestEventLimits(t *testing.T) {
	t.Parallel()
	event := func(key, summary string) []byte {
		return fmt.Appendf(nil, `{"routing_key":"k","event_action":"trigger","dedup_key":%q,"payload":{"summary":%q,"source":"s","severity":"info"}}`, key, summary)
	}
	if _, wrong := parseEvent(event(strings.Repeat("é", maxDedupKey), "s"), time.Time{}); len(wrong) > 0 {
		t.Errorf("a key of %d characters gave %v", maxDedupKey, wrong)
	}
	if _, wrong := parseEvent(event(strings.Repeat("k", maxDedupKey+1), "s"), time.Time{}); len(wrong) != 1 {
		t.Errorf("a longer key gave %v, want it refused", wrong)
	}
	e, wrong := parseEvent(event("k", strings.Repeat("é", 3*maxSummary)), time.Time{})
	a := e.alert(people.Actor{ID: "p"}, time.Time{})
	if n := utf8.RuneCountInString(a.Annotations["summary"]); len(wrong) > 0 || n != maxSummary {
		t.Errorf("a long summary gave %v and %d characters, want %d", wrong, n, maxSummary)
	}
	if e.fingerprint(people.Actor{ID: "p"}) == e.fingerprint(people.Actor{ID: "q"}) {
		t.Error("the same key of two senders is one alert")
	}
}
