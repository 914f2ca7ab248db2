package app

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/trend"
	"github.com/safelight-dev/safelight/internal/web"
)

// shop makes the tickets of one source, day by day.
type shop struct {
	source string
	chance *rand.Rand
	mean   float64 // tickets a day
	share  float64 // of negative ones
	count  int
}

func newShop(source string, seed uint64) *shop {
	return &shop{source: source, chance: rand.New(rand.NewPCG(seed, 7)), mean: 40, share: 0.15}
}

var (
	angry = []string{
		"Les couleurs sont horribles, je suis très déçu. Appelez-moi au 06 12 34 56 78", "La photo est affreuse, un vrai scandale",
		"Terrible colours, I hate this picture, write to me at jane.roe@example.org", "Awful thumbnail, the product looks disgusting",
		"Image floue et moche, très mauvaise qualité", "This is the worst photo I have ever seen",
	}
	plain = []string{
		"Où puis-je télécharger la facture de ma commande 48213 ?", "Which size is shown in the picture?",
		"Bonjour, la livraison est prévue pour quel jour ?", "Please change the address of my order", "Merci, les photos sont superbes",
	}
)

// day gives the tickets of one day. Days differ by more than chance alone, and weekends are quieter.
func (s *shop) day(at time.Time) []intake.Signal {
	mean := s.mean
	if w := at.Weekday(); w == time.Saturday || w == time.Sunday {
		mean *= 0.6
	}
	n := int(math.Round(mean + s.chance.NormFloat64()*math.Sqrt(mean)))
	share := min(max(s.share+s.chance.NormFloat64()*0.03, 0), 1)
	list := make([]intake.Signal, 0, max(n, 0))
	for range n {
		texts := plain
		if s.chance.Float64() < share {
			texts = angry
		}
		s.count++
		list = append(list, intake.Signal{
			Source: s.source, SourceID: fmt.Sprint(s.count), At: at.Add(time.Duration(7*60+s.chance.IntN(13*60)) * time.Minute),
			Text: texts[s.chance.IntN(len(texts))],
		})
	}
	return list
}

// post sends signals as NDJSON and demands that all are taken.
func (h *house) post(url string, signals []intake.Signal) intake.Taken {
	h.t.Helper()
	return h.postTo(url+"/api/v1/signals", signals)
}

// postHistory sends signals that are all that came since the first of them.
func (h *house) postHistory(url string, signals []intake.Signal) intake.Taken {
	h.t.Helper()
	return h.postTo(url+"/api/v1/signals?history=true", signals)
}

func (h *house) postTo(address string, signals []intake.Signal) intake.Taken {
	h.t.Helper()
	var body bytes.Buffer
	for _, s := range signals {
		if err := json.NewEncoder(&body).Encode(s); err != nil {
			h.t.Fatal(err)
		}
	}
	status, taken := h.sendTo(address, "application/x-ndjson", &body)
	if status != http.StatusOK || taken.Accepted != len(signals) {
		h.t.Fatalf("posting %d signals gave %d, %+v", len(signals), status, taken)
	}
	return taken
}

func (h *house) send(url, kind string, body io.Reader) (int, intake.Taken) {
	h.t.Helper()
	return h.sendTo(url+"/api/v1/signals", kind, body)
}

func (h *house) sendTo(address, kind string, body io.Reader) (int, intake.Taken) {
	h.t.Helper()
	r, err := http.Post(address, kind, body)
	if err != nil {
		h.t.Fatal(err)
	}
	defer r.Body.Close()
	var taken intake.Taken
	if err := json.NewDecoder(r.Body).Decode(&taken); err != nil {
		h.t.Fatalf("%s: %v", r.Status, err)
	}
	return r.StatusCode, taken
}

// signalHouse is a house whose clock stands at the begin of a day.
func signalHouse(t *testing.T) *house {
	return newHouseWith(t, func(h *house) { h.at = time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC) })
}

// history is how long the shops are watched before the test looks, in days.
const history = 60

// pastOf gives what came in the days before the clock.
func pastOf(h *house, shops []*shop) []intake.Signal {
	var all []intake.Signal
	for d := history; d > 0; d-- {
		for _, s := range shops {
			all = append(all, s.day(h.clock().AddDate(0, 0, -d))...)
		}
	}
	return all
}

// TestShiftIsCaught: ten shops as usual and one whose share of negative tickets
// doubles. The one is found within a week, the ten stay silent, and nothing is
// declared by itself. A chart gives one false alarm in 200 days or more (proven
// in package trend), so that ten shops with three charts each are silent in some
// weeks and not in all: the seeds are of one in which they are.
func TestShiftIsCaught(t *testing.T) {
	t.Parallel()
	h := signalHouse(t)
	url := h.site()
	shops := []*shop{newShop("shifted", 100)}
	for i := range 10 {
		s := newShop(fmt.Sprintf("quiet-%d", i), uint64(400+i))
		s.mean = 20
		shops = append(shops, s)
	}
	h.postHistory(url, pastOf(h, shops))
	if opened, err := h.JudgeSignals(t.Context()); err != nil || len(opened) > 0 {
		t.Fatalf("before anything has changed: %v, %v; want silence", opened, err)
	}
	shops[0].share *= 2
	delay := 0
	for day := range 7 {
		var today []intake.Signal
		for _, s := range shops {
			today = append(today, s.day(h.clock())...)
		}
		h.move(24 * time.Hour)
		h.post(url, today)
		opened, err := h.JudgeSignals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if delay == 0 && len(opened) > 0 {
			delay = day + 1
		}
	}
	list, err := h.Verifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		if v.Source != "shifted" {
			t.Errorf("%s is an alarm of a shop in which nothing has changed: %s", v.ID, v.Say("en"))
		}
	}
	if delay == 0 {
		t.Errorf("the shift was found after %d days, want within 7", delay)
	}
	t.Logf("found after %d days: %d verifications", delay, len(list))
	if incidents, err := h.Incidents(t.Context()); err != nil || len(incidents) != 0 {
		t.Errorf("%d incidents, %v; want none from sentiment alone", len(incidents), err)
	}
	h.idle()
	if n := h.channel.count(list[0].ID + "/opened"); n != 1 {
		t.Errorf("the person on call heard of %s %d times, want once", list[0].ID, n)
	}
}

// upset is a house with an alarm in its charts that nobody has read.
func upset(t *testing.T, change func(*house)) *house {
	t.Helper()
	h := newHouseWith(t, func(h *house) {
		h.at = time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
		change(h)
	})
	s := newShop("zendesk", 5)
	url := h.site()
	h.postHistory(url, pastOf(h, []*shop{s}))
	s.share = 0.7
	for range 3 {
		today := s.day(h.clock())
		h.move(24 * time.Hour)
		h.post(url, today)
	}
	return h
}

// alarmed is a house with one open verification.
func alarmed(t *testing.T, change func(*house)) (*house, intake.Verification) {
	t.Helper()
	h := upset(t, change)
	h.judge()
	list, err := h.Verifications(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatalf("%d verifications, %v; want one", len(list), err)
	}
	i := slices.IndexFunc(list, func(v intake.Verification) bool { return v.Metric == trend.NegativeShare })
	if i < 0 {
		t.Fatalf("none of the %d verifications is of the share of negatives", len(list))
	}
	return h, list[i]
}

func TestConfirmDeclaresWithEvidence(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(*house) {})
	if _, err := h.ConfirmVerification(t.Context(), h.as("nora"), v.ID, web.Confirmation{Severity: "S9"}); err == nil {
		t.Error("a severity that is none was taken")
	}
	id, err := h.ConfirmVerification(t.Context(), h.as("nora"), v.ID, web.Confirmation{Severity: "S2", Title: "Colours are off"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil || c.Incident.Opened.Title != "Colours are off" || c.Incident.Opened.Labels["verification"] != v.ID {
		t.Fatalf("the incident is %+v, %v; want it to name the verification", c.Incident.Opened, err)
	}
	if len(c.Analysis.Evidence) != 1 || c.Analysis.Evidence[0].Path != "signals/"+v.ID+".csv" {
		t.Fatalf("the evidence is %+v, want the signals", c.Analysis.Evidence)
	}
	f, err := h.Blob(t.Context(), c.Analysis.Evidence[0].SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 50 || rows[1][3] != "negative" {
		t.Fatalf("the evidence has %d rows, %v; want the signals since the change, the most negative first", len(rows), err)
	}
	for _, row := range rows {
		if len(row) != 8 || strings.Contains(strings.ToLower(strings.Join(row, " ")), "colour") {
			t.Fatalf("the evidence holds %q, want no text: what is there cannot be erased", row)
		}
	}
	after, err := h.Verification(t.Context(), v.ID)
	if err != nil || after.Incident != id || after.Status != intake.StatusConfirmed || after.DecidedBy != h.persons["nora"].ID {
		t.Errorf("the verification is %+v, %v; want it confirmed by nora", after, err)
	}
	if _, err := h.ConfirmVerification(t.Context(), h.as("nora"), v.ID, web.Confirmation{Severity: "S2"}); err == nil {
		t.Error("a verification was confirmed twice")
	}
	if opened := h.judge(); len(opened) > 0 {
		t.Errorf("while its incident lasts the chart opened %v", opened)
	}
}

func (h *house) judge() []string {
	h.t.Helper()
	opened, err := h.JudgeSignals(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return opened
}

func TestConfirmAddsToAnOpenIncident(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(*house) {})
	id := h.declare()
	if _, err := h.ConfirmVerification(t.Context(), h.as("nora"), v.ID, web.Confirmation{Incident: "PM-2025-01-01-01"}); err == nil {
		t.Error("signals were added to an incident that is not there")
	}
	got, err := h.ConfirmVerification(t.Context(), h.as("nora"), v.ID, web.Confirmation{Incident: id})
	if err != nil || got != id {
		t.Fatalf("ConfirmVerification = %s, %v; want %s", got, err, id)
	}
	c, err := h.Case(t.Context(), id)
	if incidents, err2 := h.Incidents(t.Context()); err != nil || err2 != nil || len(incidents) != 1 || len(c.Analysis.Evidence) != 1 {
		t.Errorf("%d incidents with %d pieces of evidence, %v, %v; want the one with its signals", len(incidents), len(c.Analysis.Evidence), err, err2)
	}
}

func TestDismissGivesTheChartARest(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(*house) {})
	if err := h.DismissVerification(t.Context(), h.as("nora"), v.ID, intake.Dismissed{}); err == nil {
		t.Error("an alarm was dismissed without a reason")
	}
	if err := h.DismissVerification(t.Context(), h.as("nora"), v.ID, intake.Dismissed{Reason: "a newsletter went out"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range h.judge() {
		if again, err := h.Verification(t.Context(), id); err != nil || again.Metric == v.Metric {
			t.Errorf("right after it was dismissed the chart opened %s, %v", id, err)
		}
	}
	list, err := h.Verifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range intake.Reports(list) {
		if r.Metric == v.Metric && (r.Dismissed != 1 || r.Confirmed != 0) {
			t.Errorf("the detector's record is %+v, want one dismissed", r)
		}
	}
}

func TestPolicyMayDeclare(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(h *house) { h.config.Signals.Declare = "S3" })
	if v.Status != intake.StatusConfirmed || !v.ByPolicy {
		t.Fatalf("the verification is %+v; want it confirmed by policy", v)
	}
	if s := h.state(v.Incident); s.Severity != "S3" || s.Opened.Pipeline != "catalogue" {
		t.Errorf("the incident is %+v", s.Opened)
	}
}

func TestRestartKeepsSignalsAndVerifications(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(*house) {})
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.open()
	h.judge()
	list, err := h.Verifications(t.Context())
	if err != nil || !slices.ContainsFunc(list, func(o intake.Verification) bool { return o.ID == v.ID && o.Status == intake.StatusOpen }) {
		t.Errorf("after a restart the verifications are %+v, %v; want %s open", list, err, v.ID)
	}
	again := intake.Signal{Source: "zendesk", SourceID: "1", At: h.clock(), Text: "told again"}
	body, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if status, taken := h.send(h.site(), "application/json", bytes.NewReader(body)); status != http.StatusOK || taken.Duplicate != 1 {
		t.Errorf("a signal of before the restart gives %d, %+v; want it to be known", status, taken)
	}
	n := 0
	for _, s := range h.meter.Samples() {
		if s.Name != "user_signals_total" {
			continue
		}
		if n++; s.Value != 0 || !s.Start.Equal(h.clock()) {
			t.Errorf("after a restart %v is %v since %v, want it to begin at 0 again, as of now", s.Labels, s.Value, s.Start)
		}
	}
	if n != 3 {
		t.Errorf("after a restart there are %d counters, want those of the three sentiments", n)
	}
}

// The first signals of a source are a rise, too.
func TestFirstSignalsAreCounted(t *testing.T) {
	t.Parallel()
	h := signalHouse(t)
	if err := h.AppendSeries(t.Context(), h.clock()); err != nil {
		t.Fatal(err)
	}
	h.move(time.Minute)
	h.post(h.site(), []intake.Signal{
		{Source: "zendesk", SourceID: "1", At: h.clock(), Text: angry[3]}, {Source: "zendesk", SourceID: "2", At: h.clock(), Text: angry[3]},
	})
	for range 2 {
		h.move(time.Minute)
		if err := h.AppendSeries(t.Context(), h.clock()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := h.series.Query(t.Context(), `increase(user_signals_total{sentiment="negative"}[5m])`, h.clock())
	if err != nil || len(got) != 1 || got[0].Value < 2 {
		t.Errorf("the first two signals are an increase of %v, %v; want 2", got, err)
	}
}

// An old ticket that comes late is one, and not a history: days of which nothing
// was heard teach the charts nothing.
func TestLateSignalIsNoHistory(t *testing.T) {
	t.Parallel()
	h := signalHouse(t)
	url := h.site()
	h.post(url, []intake.Signal{{Source: "zendesk", SourceID: "late", At: h.clock().AddDate(0, 0, -60), Text: plain[0]}})
	s := newShop("zendesk", 5)
	for range 5 {
		today := s.day(h.clock())
		h.move(24 * time.Hour)
		h.post(url, today)
	}
	one, err := h.SignalTrend(t.Context(), intake.Stream{Pipeline: "catalogue", Source: "zendesk"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range one.Charts {
		if c.State != trend.Learning {
			t.Errorf("after five days the chart of %s is %s with a baseline of %v over %d days, want it to learn", c.Metric, c.State, c.Baseline, c.Days)
		}
	}
	if opened := h.judge(); len(opened) > 0 {
		t.Errorf("after five days of the usual the charts opened %v", opened)
	}
}

func TestSignalsAreRoutedMaskedAndRefused(t *testing.T) {
	t.Parallel()
	h := signalHouse(t)
	url := h.site()
	body := `{"source":"zendesk","id":"1","at":"2025-08-31T10:00:00Z","text":"Écrivez-moi à jeanne@example.org, c'est horrible","author":"Jeanne"}
{"source":"zendesk","id":"2","at":"2025-08-31T10:00:00Z","text":"  "}
{"source":"zendesk","id":"3","at":"2025-08-31T10:00:00Z"
{"source":"zendesk","id":"4","at":"2035-08-31T10:00:00Z","text":"from the future"}
{"source":"zendesk","id":"5","at":"2025-08-31T10:00:00Z","text":"no such pipeline","pipeline":"other"}

{"source":"zendesk","id":"https://social.example/@jeanne/1","url":"https://social.example/@jeanne/1","at":"2025-08-31T10:00:00Z","text":"fine","kind":"post"}
{"source":"zendesk","id":"1","at":"2025-08-31T11:00:00Z","text":"again"}
`
	status, taken := h.send(url, "application/x-ndjson", strings.NewReader(body))
	if status != http.StatusOK || taken.Accepted != 2 || taken.Duplicate != 1 || taken.Refused != 4 || len(taken.Refusals) != 4 {
		t.Fatalf("the answer is %d, %+v; want 2 accepted, 1 duplicate, 4 refused", status, taken)
	}
	for i, line := range []int{2, 3, 4, 5} {
		if taken.Refusals[i].Line != line {
			t.Errorf("refusal %d is of line %d, want %d: %s", i, taken.Refusals[i].Line, line, taken.Refusals[i].Reason)
		}
	}
	list, err := h.Signals(t.Context(), intake.Query{Limit: 10})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d signals, %v", len(list), err)
	}
	for _, s := range list {
		if all := fmt.Sprintf("%+v", s); strings.Contains(strings.ToLower(all), "jeanne") {
			t.Errorf("the author is kept: %s", all)
		}
	}
	i := slices.IndexFunc(list, func(s intake.Heard) bool { return s.SourceID == "1" })
	if s := list[i]; s.Text != "Écrivez-moi à [EMAIL_ADDRESS], c'est horrible" || s.Masked != 1 || s.Opinion.Label != intake.Negative || s.Opinion.Lang != "fr" || s.Pipeline != "catalogue" {
		t.Errorf("the signal is kept as %+v", s)
	}
	if status, taken := h.send(url, "application/json", strings.NewReader(`{"source":"zendesk","id":"9"}`)); status != http.StatusUnprocessableEntity || taken.Refused != 1 {
		t.Errorf("a body of which nothing is good gives %d, %+v; want 422", status, taken)
	}
}

func TestSignalsAreErasedOnRequest(t *testing.T) {
	t.Parallel()
	h := signalHouse(t)
	h.post(h.site(), []intake.Signal{{Source: "zendesk", SourceID: "1", At: h.clock(), Text: "my name is in here"}})
	list, err := h.Signals(t.Context(), intake.Query{Limit: 10})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d signals, %v", len(list), err)
	}
	if err := h.EraseSignal(t.Context(), h.as("nora"), list[0].ID, "asked for"); err == nil {
		t.Error("a responder erased a text")
	}
	if err := h.EraseSignal(t.Context(), h.as("lea"), list[0].ID, "asked for"); err != nil {
		t.Fatal(err)
	}
	if list, err = h.Signals(t.Context(), intake.Query{Limit: 10}); err != nil || len(list) != 0 {
		t.Errorf("after erasure there are %d texts, %v", len(list), err)
	}
}

func TestOldTextsAreForgotten(t *testing.T) {
	t.Parallel()
	h := signalHouse(t)
	h.post(h.site(), []intake.Signal{
		{Source: "zendesk", SourceID: "old", At: h.clock().AddDate(0, 0, -100), Text: "long ago"},
		{Source: "zendesk", SourceID: "new", At: h.clock(), Text: "today"},
	})
	if err := h.forgetSignals(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := h.Signals(t.Context(), intake.Query{Limit: 10}); err != nil || len(list) != 1 || list[0].SourceID != "new" {
		t.Errorf("after 90 days there is %+v, %v; want the new text alone", list, err)
	}
	h.move(3 * 366 * 24 * time.Hour)
	if err := h.forgetSignals(t.Context()); err != nil {
		t.Fatal(err)
	}
	counts, err := h.Store().SignalCounts(t.Context(), intake.Stream{Pipeline: "catalogue", Source: "zendesk"}, time.Time{}.AddDate(1970, 0, 0), h.clock())
	if err != nil || len(counts) != 0 {
		t.Errorf("after three years the counts are %v, %v; want none", counts, err)
	}
	if streams, err := h.Store().SignalStreams(t.Context()); err != nil || len(streams) != 0 || len(h.signals.roster.streams) != 0 {
		t.Errorf("after three years there are the streams %v and %v, %v; want none", streams, h.signals.roster.streams, err)
	}
	for _, s := range h.meter.Samples() {
		if s.Name == "user_signals_total" {
			t.Errorf("after three years %v is still counted", s.Labels)
		}
	}
}

// What was posted is read within the minute, once.
func TestNewsIsRead(t *testing.T) {
	t.Parallel()
	h := signalHouse(t)
	s, url := newShop("zendesk", 5), h.site()
	h.postHistory(url, pastOf(h, []*shop{s}))
	s.share = 0.7
	for range 3 {
		today := s.day(h.clock())
		h.move(24 * time.Hour)
		h.post(url, today)
	}
	if err := h.readNews(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := h.Verifications(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatalf("%d verifications, %v; want one of what was just posted", len(list), err)
	}
	if left := h.signals.toRead(); len(left) > 0 {
		t.Errorf("%v is still unread", left)
	}
}
