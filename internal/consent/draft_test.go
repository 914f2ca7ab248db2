package consent

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// TestDraftIsWrittenByColumns: every field that is read can be written, gives the same text again, and is taken away by
// an empty one.
func TestDraftIsWrittenByColumns(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"given_at": "2025-01-02T00:00:00Z", "valid_from": "2025-01-02T03:04:05Z", "valid_until": "2026-01-02T03:04:05Z",
		"revoked_since": "2025-06-01T00:00:00Z", "paths": "catalogue:a/|catalogue:b/*.jpg",
	}
	var d Draft
	for _, c := range columns() {
		if c.set == nil {
			if err := d.Set(c.name, "x"); !errors.Is(err, journal.ErrInvalid) {
				t.Errorf("%s is computed, and was written: %v", c.name, err)
			}
			continue
		}
		text := texts[c.name]
		if text == "" {
			text = "a"
		}
		if err := d.Set(c.name, text); err != nil || d.Text(c.name) != text {
			t.Errorf("%s is %q, %v; want %q", c.name, d.Text(c.name), err, text)
		}
	}
	for _, c := range columns() {
		if c.set != nil {
			if err := d.Set(c.name, ""); err != nil {
				t.Errorf("take %s away: %v", c.name, err)
			}
		}
	}
	if !reflect.DeepEqual(d, Draft{}) {
		t.Errorf("with all taken away there is left %+v", d)
	}
	if err := d.Set("no-column", "x"); !errors.Is(err, journal.ErrInvalid) || d.Text("no-column") != "" {
		t.Errorf("a field that is not there: %v", err)
	}
	if err := d.Set("valid_until", "soon"); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a moment that is none: %v", err)
	}
}

// TestChangeOfAnotherStateIsRefused: what was written for an earlier state of the record must not undo what came since.
func TestChangeOfAnotherStateIsRefused(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	terms := Terms{Subject: "S-00112233", Uses: []string{"press"}, Channels: []string{"web"}, Territories: []string{"FR"}}.normal(now)
	r := Record{State: State{ID: "C-2026-11-26-01", Terms: terms, Seq: 7}, Values: Values{Salt: make([]byte, SaltSize), Name: "A"}}
	to := terms
	to.Uses = []string{"advertising"}
	env := Env{Now: now, By: people.Actor{ID: "u-1", Role: people.Lead}}
	for seq, want := range map[int64]error{0: nil, 7: nil, 6: journal.ErrConflict, 8: journal.ErrConflict} {
		o, err := Decide(r, Change{Terms: to, Values: r.Values, Reason: "she wrote", Seq: seq}, env)
		if !errors.Is(err, want) || (err == nil) != (len(o.Events) == 1) {
			t.Errorf("written for %d: %v, %d events; want %v", seq, err, len(o.Events), want)
		}
		if err != nil && !strings.Contains(err.Error(), "in the meantime") {
			t.Errorf("the refusal is %q", err)
		}
	}
}
