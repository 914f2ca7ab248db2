package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/trend"
)

func heard(source, id string, at time.Time, label intake.Label) intake.Heard {
	return intake.Heard{
		Signal: intake.Signal{
			Source: source, SourceID: id, Pipeline: "catalogue", Kind: intake.Ticket, At: at, Text: "text of " + id, URL: "https://example.org/" + id,
		},
		Opinion: intake.Opinion{Label: label, Score: -0.5, Lang: "fr", Scorer: "lexicon-1"}, ReceivedAt: at.Add(time.Minute), Masked: 1,
	}
}

// verify opens a verification of a stream and gives its id.
func verify(t *testing.T, s *Store, of intake.Stream, at time.Time) (id string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *Tx) (err error) {
		if id, err = tx.NextVerificationID(at); err != nil {
			return err
		}
		o := intake.Opened{Stream: of, Metric: trend.NegativeShare, Value: 0.3, Baseline: 0.15, Limit: 0.2, Z: 4, Since: at.Add(-48 * time.Hour), Until: at}
		change, err := intake.OpenVerification(id, o, intake.Env{Now: at, By: people.Monitor()})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
	if err != nil {
		t.Fatalf("open a verification: %v", err)
	}
	return id
}

func TestSignalsAreKnownBySourceAndID(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	first := []intake.Heard{
		heard("zendesk", "1", night, intake.Negative),
		heard("zendesk", "2", night.Add(-3*time.Hour), intake.Neutral), // out of order
		heard("zendesk", "1", night, intake.Negative),                  // twice in one batch
		heard("shop", "1", night.Add(time.Minute), intake.Positive),    // another source's id
	}
	fresh, err := s.AddSignals(t.Context(), first)
	if err != nil || fmt.Sprint(fresh) != "[true true false true]" {
		t.Fatalf("AddSignals = %v, %v; want the repetition left out", fresh, err)
	}
	again := heard("zendesk", "1", night.Add(time.Hour), intake.Positive)
	again.Text = "another text"
	if fresh, err := s.AddSignals(t.Context(), []intake.Heard{again}); err != nil || fresh[0] {
		t.Errorf("telling a signal again = %v, %v; want it to be known", fresh, err)
	}
	got, err := s.Signals(t.Context(), intake.Query{Limit: 10})
	if err != nil || len(got) != 3 || got[0].Source != "shop" || got[1].Text != "text of 1" || got[2].SourceID != "2" {
		t.Errorf("Signals = %+v, %v; want the three, the newest first, as they were told first", got, err)
	}
	counts, err := s.SignalCounts(t.Context(), intake.Stream{Pipeline: "catalogue", Source: "zendesk"}, night.Add(-24*time.Hour), night.Add(time.Hour))
	want := []trend.Count{{At: night.Add(-3 * time.Hour).Truncate(time.Hour), Signals: 1}, {At: night.Truncate(time.Hour), Signals: 1, Negative: 1}}
	if err != nil || fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("SignalCounts = %v, %v; want %v", counts, err, want)
	}
	streams, err := s.SignalStreams(t.Context())
	if err != nil || len(streams) != 2 || streams[1].Negative != 1 || streams[1].Neutral != 1 || !streams[1].Since.Equal(night.Add(time.Minute-3*time.Hour)) {
		t.Errorf("SignalStreams = %+v, %v; want shop and zendesk with their totals, since the first reception", streams, err)
	}
	old := heard("zendesk", "3", night.Add(-50*time.Hour), intake.Neutral)
	old.ReceivedAt = night.Add(time.Hour)
	past := heard("zendesk", "4", night.Add(-48*time.Hour), intake.Neutral)
	past.ReceivedAt, past.History = old.ReceivedAt, true
	if _, err := s.AddSignals(t.Context(), []intake.Heard{old, past}); err != nil {
		t.Fatal(err)
	}
	if streams, err = s.SignalStreams(t.Context()); err != nil || !streams[1].Since.Equal(past.At) {
		t.Errorf("with a late signal and a history it is watched since %v, %v; want the begin of the history, %v", streams[1].Since, err, past.At)
	}
}

func TestSignalsAreAllOrNone(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	bad := heard("zendesk", "2", night, intake.Negative)
	bad.Text = "a\x00b\xff"
	if _, err := s.writer.Exec(`create trigger no_two before insert on signals when new.source_id = '2' begin select raise(abort, 'no'); end`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddSignals(t.Context(), []intake.Heard{heard("zendesk", "1", night, intake.Negative), bad}); err == nil {
		t.Error("a batch that breaks was stored without an error")
	}
	got, err := s.Signals(t.Context(), intake.Query{Limit: 10})
	streams, err2 := s.SignalStreams(t.Context())
	if err := errors.Join(err, err2); err != nil || len(got)+len(streams) != 0 {
		t.Errorf("after a broken batch there are %d signals and %d streams, %v; want none", len(got), len(streams), err)
	}
}

func TestSignalQueries(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	var batch []intake.Heard
	for i := range 20 {
		label := intake.Neutral
		if i%4 == 0 {
			label = intake.Negative
		}
		h := heard("zendesk", fmt.Sprint(i), night.Add(time.Duration(i/2)*time.Minute), label)
		h.Opinion.Score = -float64(i) / 20
		batch = append(batch, h)
	}
	if _, err := s.AddSignals(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	var ids []string
	q := intake.Query{Limit: 7}
	for page := range 4 {
		got, err := s.Signals(t.Context(), q)
		if err != nil {
			t.Fatalf("page %d: %v", page, err)
		}
		for _, h := range got {
			ids = append(ids, h.SourceID)
		}
		if len(got) < q.Limit {
			break
		}
		q.After = &intake.Place{At: got[len(got)-1].At, ID: got[len(got)-1].ID}
	}
	slices.Reverse(ids)
	if strings.Join(ids, " ") != "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19" {
		t.Errorf("the pages together are %v; want each signal once, the newest first", ids)
	}
	if got, err := s.Signals(t.Context(), intake.Query{MostNegative: true, Limit: 2}); err != nil || len(got) != 2 || got[0].SourceID != "19" {
		t.Errorf("the most negative are %+v, %v; want 19 and 18", got, err)
	}
	if got, err := s.Signals(t.Context(), intake.Query{Label: intake.Negative, From: night.Add(2 * time.Minute), Until: night.Add(6 * time.Minute), Limit: 9}); err != nil || len(got) != 2 {
		t.Errorf("negative ones of four minutes: %d, %v; want 4 and 8", len(got), err)
	}
	if got, err := s.Signals(t.Context(), intake.Query{Stream: intake.Stream{Pipeline: "other"}, Limit: 9}); err != nil || len(got) != 0 {
		t.Errorf("signals of another pipeline: %d, %v", len(got), err)
	}
}

func TestSignalsAreForgotten(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	of := intake.Stream{Pipeline: "catalogue", Source: "zendesk"}
	batch := []intake.Heard{heard("zendesk", "old", night.Add(-100*time.Hour), intake.Negative), heard("zendesk", "new", night, intake.Negative)}
	if _, err := s.AddSignals(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if more, err := s.ForgetTexts(t.Context(), night.Add(-50*time.Hour)); err != nil || more {
		t.Fatalf("ForgetTexts = %v, %v", more, err)
	}
	got, err := s.Signals(t.Context(), intake.Query{Limit: 10})
	if err != nil || len(got) != 1 || got[0].SourceID != "new" {
		t.Errorf("after forgetting old texts there is %+v, %v; want the new signal alone", got, err)
	}
	if fresh, err := s.AddSignals(t.Context(), batch[:1]); err != nil || fresh[0] {
		t.Errorf("a forgotten signal that is told again = %v, %v; want it to be known", fresh, err)
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.EraseSignal(got[0].ID) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.EraseSignal(999) }); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("erasing no signal = %v, want not found", err)
	}
	var left int
	if err := s.readers.QueryRow(`select count(*) from signals where text <> '' or url <> ''`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d texts or addresses are left, %v", left, err)
	}
	if at, err := s.OldestSignal(t.Context(), of); err != nil || !at.Equal(night.Add(-100*time.Hour)) {
		t.Errorf("OldestSignal = %v, %v", at, err)
	}
	if more, gone, err := s.ForgetSignals(t.Context(), of, night.Add(-50*time.Hour)); err != nil || more || gone {
		t.Fatalf("ForgetSignals = %v, %v, %v", more, gone, err)
	}
	counts, err := s.SignalCounts(t.Context(), of, night.Add(-1000*time.Hour), night.Add(time.Hour))
	if at, err2 := s.OldestSignal(t.Context(), of); errors.Join(err, err2) != nil || !at.Equal(night) || len(counts) != 1 {
		t.Errorf("after forgetting old signals the oldest is %v and the counts are %v, %v", at, counts, errors.Join(err, err2))
	}
	_, gone, err := s.ForgetSignals(t.Context(), of, night.Add(time.Hour))
	if streams, err2 := s.SignalStreams(t.Context()); errors.Join(err, err2) != nil || !gone || len(streams) != 0 {
		t.Errorf("after the last signal was forgotten there are %d streams, gone %v, %v; want none", len(streams), gone, errors.Join(err, err2))
	}
}

func TestVerificationView(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	of := intake.Stream{Pipeline: "catalogue", Source: "zendesk"}
	first := verify(t, s, of, night)
	if first != "V-2025-09-27-01" {
		t.Errorf("the first verification is %s", first)
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		id, err := tx.NextVerificationID(night)
		if err != nil {
			return err
		}
		change, err := intake.OpenVerification(id, intake.Opened{Stream: of, Metric: trend.NegativeShare}, intake.Env{Now: night, By: people.Monitor()})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
	if !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a second open verification of one chart = %v, want a conflict", err)
	}
	dismiss(t, s, first, night.Add(time.Hour))
	second := verify(t, s, of, night.Add(2*time.Hour))
	list, err := s.Verifications(t.Context(), 10)
	if err != nil || len(list) != 2 || list[0].ID != second || list[1].Status != intake.StatusDismissed || list[1].Reason != "a newsletter" {
		t.Errorf("Verifications = %+v, %v; want the open one first", list, err)
	}
	if got, err := s.StreamVerifications(t.Context(), of, night.Add(90*time.Minute)); err != nil || len(got) != 1 || got[0].ID != second {
		t.Errorf("StreamVerifications = %+v, %v; want the later one", got, err)
	}
	if _, err := s.Verification(t.Context(), "V-1"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("an unknown verification = %v, want not found", err)
	}
}

func dismiss(t *testing.T, s *Store, id string, at time.Time) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *Tx) error {
		entries, err := tx.Stream(id)
		if err != nil {
			return err
		}
		v, err := intake.Fold(entries)
		if err != nil {
			return err
		}
		change, err := v.Dismiss(intake.Dismissed{Reason: "a newsletter"}, intake.Env{Now: at, By: people.Actor{ID: "p-1", Role: people.Responder}})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
	if err != nil {
		t.Fatalf("dismiss %s: %v", id, err)
	}
}
