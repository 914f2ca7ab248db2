package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// openIncidents opens a store with the product's own views.
func openIncidents(t *testing.T) *Store {
	t.Helper()
	registry, err := journal.NewRegistry(incident.Types(), postmortem.Types(), prevention.Types(), alert.Types(), intake.Types(), quarantine.Types(), consent.Types(), oncall.Types())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Registry: registry, Views: Views()})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// declare opens an incident in the way of the write path: read, fold, decide, append.
func declare(t *testing.T, s *Store, at time.Time) string {
	t.Helper()
	var id string
	update(t, s, func(tx *Tx) (err error) {
		if id, err = tx.NextIncidentID(at); err != nil {
			return err
		}
		change, err := incident.Decide(incident.State{}, incident.Open{ID: id, Opened: incident.Opened{
			Severity: "S1", Policy: pipeline.DefaultPolicies()["S1"], Pipeline: "packshot-eu",
			Title: "Dérive couleur marque", Routes: []string{"packshot"}, OnCall: "p-1", Lead: "p-2",
		}}, incident.Env{Now: at, By: people.Monitor()})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
	return id
}

// decide issues one command to an incident.
func decide(t *testing.T, s *Store, id string, command func(inc incident.State, p prevention.State) (journal.Change, error)) {
	t.Helper()
	update(t, s, func(tx *Tx) error {
		entries, err := tx.Stream(id)
		if err != nil {
			return err
		}
		inc, err := incident.Fold(entries)
		if err != nil {
			return err
		}
		p, err := prevention.Fold(entries)
		if err != nil {
			return err
		}
		change, err := command(inc, p)
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
}

func TestIncidentViews(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	id := declare(t, s, night)
	if id != "PM-2025-09-27-01" {
		t.Fatalf("id = %s, want PM-2025-09-27-01", id)
	}
	list, err := s.Incidents(t.Context(), IncidentQuery{}, nil, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("Incidents = %+v, %v; want one", list, err)
	}
	if r := list[0]; r.ID != id || r.Severity != "S1" || r.State != "detected" || r.Pipeline != "packshot-eu" ||
		r.Title != "Dérive couleur marque" || !r.DetectedAt.Equal(night) || !r.ContainedAt.IsZero() || !strings.Contains(string(r.StateJSON), id) {
		t.Errorf("row = %+v", r)
	}
	env := incident.Env{Now: night.Add(5 * time.Minute), By: people.Actor{ID: "p-1", Role: people.Responder}}
	decide(t, s, id, func(inc incident.State, _ prevention.State) (journal.Change, error) {
		return incident.Decide(inc, incident.Acknowledge{}, env)
	})
	if list, err := s.Incidents(t.Context(), IncidentQuery{State: "acknowledged", Open: true}, nil, 10); err != nil || len(list) != 1 {
		t.Errorf("acknowledged incidents = %+v, %v; want one", list, err)
	}
	due, err := s.Deadlines(t.Context(), night.Add(30*time.Minute))
	if err != nil || len(due) == 0 || due[0].Stream != id || due[0].Name != "contain" {
		t.Errorf("Deadlines half an hour in = %+v, %v; want the clock contain", due, err)
	}
	if effects, err := s.Effects(t.Context(), id); err != nil || len(effects) == 0 {
		t.Errorf("Effects = %+v, %v; want the pages", effects, err)
	}
}

func TestActionView(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	id := declare(t, s, night)
	env := incident.Env{Now: night.Add(time.Hour), By: people.Actor{ID: "p-2", Role: people.Lead}}
	for i, due := range []string{"2025-10-03", "2025-10-01"} {
		decide(t, s, id, func(inc incident.State, p prevention.State) (journal.Change, error) {
			return prevention.Decide(p, inc, prevention.AddAction{
				Title: fmt.Sprint("action ", i+1), Domain: postmortem.Operations, Owner: "p-1", Due: due,
				Impact: prevention.Large, Effort: prevention.Small,
			}, env)
		})
	}
	decide(t, s, id, func(inc incident.State, p prevention.State) (journal.Change, error) {
		return prevention.Decide(p, inc, prevention.CloseAction{ID: "A2", Proof: "commit 1234567"}, env)
	})
	decide(t, s, id, func(inc incident.State, p prevention.State) (journal.Change, error) {
		other := env
		other.By.ID = "p-3"
		return prevention.Decide(p, inc, prevention.ConfirmAction{ID: "A2"}, other)
	})
	want := []ActionRow{
		{id, "A2", "action 2", "p-1", "2025-10-01", "closed", env.Now, "", "", 0},
		{id, "A1", "action 1", "p-1", "2025-10-03", "open", time.Time{}, "", "", 0},
	}
	if got, err := s.Actions(t.Context(), false); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Actions = %+v, %v; want %+v", got, err, want)
	}
	if got, err := s.Actions(t.Context(), true); err != nil || fmt.Sprint(got) != fmt.Sprint(want[1:]) {
		t.Errorf("open Actions = %+v, %v; want %+v", got, err, want[1:])
	}
	analyse(t, s, id, night.Add(2*time.Hour), learned("Watch the exit status"))
	decide(t, s, id, func(inc incident.State, _ prevention.State) (journal.Change, error) {
		return incident.Decide(inc, incident.Resolve{Text: "the old table is back"}, env)
	})
	silence(t, s, "11111111-1111-4111-8111-111111111111", night, night.Add(time.Hour))
	verify(t, s, intake.Stream{Pipeline: "catalogue", Source: "zendesk"}, night)
	holdImage(t, s, night, nil)
	agree(t, s, 1, nil)
	setOverride(t, s, night, night.Add(time.Hour))
	checkRebuild(t, s)
}

// checkRebuild demands that all views come back byte for byte from the journal.
func checkRebuild(t *testing.T, s *Store) {
	t.Helper()
	before := map[string]string{}
	for _, v := range Views() {
		for _, table := range v.Tables() {
			before[table] = dump(t, s, table)
			if before[table] == "" {
				t.Errorf("table %s is empty: the test proves nothing of it", table)
			}
			if _, err := s.writer.Exec(`delete from ` + table); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.RebuildViews(t.Context()); err != nil {
		t.Fatalf("RebuildViews: %v", err)
	}
	for table, want := range before {
		if got := dump(t, s, table); got != want {
			t.Errorf("table %s was rebuilt as\n%s, want\n%s", table, got, want)
		}
	}
}

func TestIncidentPages(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	const n = 25
	for i := range n {
		declare(t, s, night.Add(time.Duration(i/2)*time.Minute)) // pairs at one time: the id decides
	}
	var seen []string
	var after *IncidentRow
	for {
		page, err := s.Incidents(t.Context(), IncidentQuery{Severity: "S1", Pipeline: "packshot-eu"}, after, 4)
		if err != nil {
			t.Fatalf("Incidents: %v", err)
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			seen = append(seen, r.ID)
		}
		after = &page[len(page)-1]
	}
	if len(seen) != n {
		t.Fatalf("the pages list %d incidents %v, want %d", len(seen), seen, n)
	}
	for i, id := range seen {
		if want := fmt.Sprintf("PM-2025-09-27-%02d", n-i); id != want {
			t.Errorf("place %d has %s, want %s", i, id, want)
		}
	}
	if list, err := s.Incidents(t.Context(), IncidentQuery{Severity: "S0"}, nil, 10); err != nil || len(list) != 0 {
		t.Errorf("S0 incidents = %+v, %v; want none", list, err)
	}
	if _, err := s.Incident(t.Context(), "PM-2025-09-27-99"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("Incident of an unknown id = %v, want ErrNotFound", err)
	}
	if r, err := s.Incident(t.Context(), seen[0]); err != nil || r.ID != seen[0] {
		t.Errorf("Incident(%s) = %+v, %v", seen[0], r, err)
	}
}
