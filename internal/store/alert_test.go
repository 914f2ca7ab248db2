package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// silence makes a silence of the alert "a".
func silence(t *testing.T, s *Store, id string, from, until time.Time) {
	t.Helper()
	m, err := alert.NewMatcher("alertname", alert.Equal, "a")
	if err != nil {
		t.Fatal(err)
	}
	terms := alert.Terms{Matchers: alert.Matchers{m}, StartsAt: from, EndsAt: until, Comment: "deploy"}
	change, _, err := alert.SetSilence(alert.Silence{}, terms, id, alert.Env{Now: from, By: people.Actor{ID: "p-1", Role: people.Responder}})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, change)
}

func alertRow(name string, phase AlertPhase, ends time.Time) AlertRow {
	a := alert.Alert{
		Source: alert.FromAPI, Labels: alert.Labels{"alertname": name}, Annotations: alert.Labels{"summary": "é"},
		StartsAt: night, EndsAt: ends, UpdatedAt: night, GeneratorURL: "http://prometheus/graph",
	}
	a.Fingerprint = a.Labels.Fingerprint()
	return AlertRow{Alert: a, Group: "{" + name + "}", FiredAt: night, Phase: phase}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	later := night.Add(time.Hour)
	fresh, mute := alertRow("new", AlertNew, time.Time{}), alertRow("mute", AlertSuppressed, later)
	burning, over := alertRow("burning", AlertOpen, later), alertRow("over", AlertEnded, night)
	burning.Incident, over.Incident, burning.Timeout = "PM-1", "PM-1", true
	update(t, s, func(tx *Tx) error { return tx.PutAlerts([]AlertRow{fresh, mute, burning, over}) })
	names := func(rows []AlertRow, err error) string {
		t.Helper()
		list := map[string]bool{}
		for _, r := range rows {
			list[r.Name()] = true
		}
		return fmt.Sprint(list, err)
	}
	for what, c := range map[string]struct{ got, want string }{
		"firing at night":    {names(s.AlertsFiring(t.Context(), night, 10)), "map[burning:true mute:true new:true] <nil>"},
		"firing later":       {names(s.AlertsFiring(t.Context(), later, 10)), "map[new:true] <nil>"},
		"suppressed":         {names(s.AlertsIn(t.Context(), AlertSuppressed)), "map[mute:true] <nil>"},
		"over too early":     {names(s.AlertsOver(t.Context(), later.Add(-time.Microsecond))), "map[] <nil>"},
		"over":               {names(s.AlertsOver(t.Context(), later)), "map[burning:true] <nil>"},
		"of the API":         {names(s.AlertsFrom(t.Context(), alert.FromAPI)), "map[burning:true mute:true new:true] <nil>"},
		"of another source":  {names(s.AlertsFrom(t.Context(), alert.FromRules)), "map[] <nil>"},
		"two at most firing": {fmt.Sprint(lengthOf(s.AlertsFiring(t.Context(), night, 2))), "2"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", what, c.got, c.want)
		}
	}
	update(t, s, func(tx *Tx) error {
		got, ok, err := tx.Alert(alert.FromAPI, burning.Fingerprint)
		if !ok || !reflect.DeepEqual(got, burning) {
			t.Errorf("read %+v, %v; want what was written, %+v", got, ok, burning)
		}
		if _, ok, err := tx.Alert(alert.FromRules, burning.Fingerprint); ok || err != nil {
			t.Errorf("the same labels of another source are known: %v, %v", ok, err)
		}
		all, open, err2 := tx.IncidentAlerts("PM-1")
		n, err3 := tx.CountAlerts(alert.FromAPI)
		other, err5 := tx.CountAlerts(alert.FromRules)
		if all != 2 || open != 1 || n != 3 || other != 0 {
			t.Errorf("%d alerts of the incident, %d open, %d of the API, %d of rules; want 2, 1, 3, 0", all, open, n, other)
		}
		pruned, err4 := tx.PruneAlerts(night.Add(time.Second))
		if pruned != 1 {
			t.Errorf("%d alerts forgotten, want the one that ended", pruned)
		}
		return errors.Join(err, err2, err3, err4, err5)
	})
}

func lengthOf(rows []AlertRow, _ error) int { return len(rows) }

func TestGroupIncident(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	opened := func(fingerprint, group string, at time.Time) string {
		t.Helper()
		var id string
		update(t, s, func(tx *Tx) (err error) {
			if id, err = tx.NextIncidentID(at); err != nil {
				return err
			}
			active := at.Add(-time.Minute)
			o := incident.Opened{Severity: pipeline.S2, Title: "t", Rule: "r", Fingerprint: fingerprint, Group: group, ActiveAt: &active}
			change, err := incident.Decide(incident.State{}, incident.Open{ID: id, Opened: o}, incident.Env{Now: at, By: people.Monitor()})
			if err != nil {
				return err
			}
			_, err = tx.Append(change)
			return err
		})
		return id
	}
	old := opened("aaaa", "", night)
	opened("bbbb", "{g}", night.Add(time.Minute))
	last := opened("cccc", "{g}", night.Add(2*time.Minute))
	update(t, s, func(tx *Tx) error {
		for _, c := range []struct{ group, fingerprint, want string }{
			{"{g}", "dddd", last}, {"{h}", "aaaa", old}, {"{h}", "bbbb", ""}, {"", "", ""},
		} {
			if got, err := tx.GroupIncident(c.group, c.fingerprint); err != nil || got != c.want {
				t.Errorf("incident of group %q, fingerprint %q = %q, %v; want %q", c.group, c.fingerprint, got, err, c.want)
			}
		}
		if got, err := tx.AlertIncident("cccc", night.Add(time.Minute)); err != nil || got != last {
			t.Errorf("incident of the activation = %q, %v; want %q", got, err, last)
		}
		got, err := tx.AlertIncident("cccc", night)
		if got != "" {
			t.Errorf("another activation has the incident %q, want none", got)
		}
		return err
	})
}

func TestSilences(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	silence(t, s, "1", night, night.Add(time.Hour))
	silence(t, s, "2", night, night.Add(2*time.Hour))
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.SetAuthor("1", "zoé"), tx.SetAuthor("2", "x"), tx.SetAuthor("2", ""))
	})
	list, err := s.Silences(t.Context(), night.Add(time.Hour), 10)
	if err != nil || len(list) != 1 || list[0].ID != "2" || list[0].Author != "" {
		t.Errorf("silences that end after an hour = %+v, %v; want the second, its author forgotten", list, err)
	}
	got, err := s.Silence(t.Context(), "1")
	if err != nil || got.Author != "zoé" || got.By != "p-1" || got.Comment != "deploy" || !got.Matchers.Match(alert.Labels{"alertname": "a"}) {
		t.Errorf("silence 1 = %+v, %v; want what was set, by p-1, the matcher compiled", got, err)
	}
	if _, err := s.Silence(t.Context(), "3"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("an unknown silence gave %v, want not found", err)
	}
}
