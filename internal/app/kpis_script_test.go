package app

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestFiguresAgreeWithAnotherProgram: scripts/kpi.py, which shares no code with us, computes all figures of random lives from the exported
// journal and the single checks, and comes to the same.
func TestFiguresAgreeWithAnotherProgram(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is missing: apt-get install python3")
	}
	h := newHouseWith(t, several)
	if err := h.App.store.Stop(t.Context()); err != nil { // the lives say themselves what became of effects
		t.Fatal(err)
	}
	w := &lives{house: h, r: rand.New(rand.NewPCG(2025, 3))}
	h.board()
	for i := range 40 {
		w.live()
		if i == 20 {
			w.figures("", "") // what is kept of incidents is not taken for what has become of them
		}
	}
	w.check()
	w.guard()
	journalFile := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, journalFile, w.export())
	database := filepath.Join(StateDir(h.dir), "safelight.db")
	for _, q := range [][2]string{{"", ""}, {"2025-Q4", ""}, {"2025-Q4", "S0,S1"}, {"2025-10-10..2025-12-15", ""}, {"2025-11", "S2"}, {"2024", ""}} {
		said := w.figures(q[0], q[1])
		report := filepath.Join(t.TempDir(), "kpi.json")
		write(t, report, said)
		run := func() (string, error) {
			out, err := exec.CommandContext(t.Context(), python, "../../scripts/kpi.py", "--journal", journalFile, "--checks", database, report).CombinedOutput()
			return string(out), err
		}
		out, err := run()
		if err != nil || !strings.Contains(out, ": equal") {
			t.Errorf("period %q, severities %q: %v\n%s", q[0], q[1], err, out)
		}
		// And the comparison sees what differs.
		write(t, report, bytes.Replace(said, []byte(`"key":"recurrence","unit":"ratio"`), []byte(`"key":"recurrence","missing":7,"unit":"ratio"`), 1))
		if out, err = run(); err == nil || !strings.Contains(out, "missing is 7 in Safelight, 0 here") {
			t.Errorf("a figure that was changed passes: %v\n%s", err, out)
		}
	}
	w.reached()
}

// lives is a house in which incidents are lived at random.
type lives struct {
	*house
	r  *rand.Rand
	at []string // ids
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// live declares an incident and does thirty things that somebody may try; those that may not be are refused.
func (w *lives) live() {
	w.move(time.Duration(w.r.IntN(72)) * time.Hour)
	id, err := w.Declare(w.t.Context(), w.as("nora"), web.Declaration{Pipeline: "catalogue", Severity: pick(w.r, pipeline.S0, pipeline.S1, pipeline.S1, pipeline.S2, pipeline.S3), Title: "colours drift"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.at = append(w.at, id)
	for range 30 {
		w.move(time.Duration(w.r.Int64N(int64(pick(w.r, time.Minute, 10*time.Minute, 6*time.Hour)))))
		at := id
		if w.r.IntN(8) == 0 {
			at = pick(w.r, w.at...) // an old one: late news, actions that end, causes that are found
		}
		by, c := w.command(at)
		_ = w.Do(w.t.Context(), by, at, c) // a command that the state refuses is no event
	}
	if w.r.IntN(2) == 0 {
		w.finish(id)
	}
}

// finish brings a life to its end, as far as it can be.
func (w *lives) finish(id string) {
	try := func(by people.Actor, c any) {
		w.move(time.Duration(w.r.IntN(90)) * time.Minute)
		_ = w.Do(w.t.Context(), by, id, c) // what has been done already is refused
	}
	lea, board := w.as("lea"), w.as("bruno")
	try(lea, incident.Resolve{Text: "the old table is back"})
	for _, m := range w.state(id).Mitigations {
		try(monitor, incident.RecordProbe{ID: m.ID, Probe: incident.Probe{Status: 200}})
		try(lea, incident.Undo{ID: m.ID})
		try(monitor, incident.RecordProbe{ID: m.ID, Undo: true, Probe: incident.Probe{Status: 200}})
	}
	try(monitor, theCommit(id))
	try(board, w.waived(id))
}

func theCommit(id string) incident.RecordPublished {
	return incident.RecordPublished{Published: incident.Published{Revision: 1, Commit: strings.Repeat("4f2a", 10), SHA256: strings.Repeat("0", 64), Path: id + ".md"}}
}

// waived closes an incident with a reason for each line of its checklist that is open.
func (w *lives) waived(id string) incident.Close {
	c, err := w.Case(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	end := incident.Close{Waive: map[string]string{}}
	for _, line := range c.Checklist(w.clock()) {
		if !line.Done {
			end.Waive[line.Name] = "the board agrees to do without"
		}
	}
	return end
}

// command is something that somebody tries.
func (w *lives) command(id string) (people.Actor, any) {
	s := w.state(id)
	text := "for a good reason"
	action, mitigation := "A"+strconv.Itoa(1+w.r.IntN(3)), "M"+strconv.Itoa(1+w.r.IntN(max(len(s.Mitigations), 1)))
	lea, nora, board := w.as("lea"), w.as("nora"), w.as("bruno")
	clock := pick(w.r, incident.ClockContain, incident.ClockPublish)
	severity := pick(w.r, pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3)
	due := w.clock().AddDate(0, 0, w.r.IntN(40)-5).Format(prevention.DateLayout)
	first := w.clock().Add(-time.Duration(w.r.IntN(600)) * time.Minute)
	switch w.r.IntN(26) {
	case 0, 1:
		return nora, incident.Acknowledge{}
	case 2, 3:
		return nora, incident.DisableRoute{Route: "catalogue", Reason: text}
	case 4, 5, 6:
		return monitor, incident.RecordProbe{ID: mitigation, Undo: w.r.IntN(2) == 0, Probe: incident.Probe{URL: "http://127.0.0.1/catalogue/0.png", Status: 200}}
	case 7:
		return lea, incident.Undo{ID: mitigation, Reason: text}
	case 8, 9:
		return lea, incident.Resolve{Text: text}
	case 10:
		return lea, incident.Reopen{Text: text}
	case 11:
		return lea, incident.ChangeSeverity{To: severity, Reason: text}
	case 12:
		return lea, incident.PauseClock{Clock: clock, Until: w.clock().Add(time.Duration(1+w.r.IntN(20)) * time.Hour), Reason: text}
	case 13:
		return lea, incident.ResumeClock{Clock: clock}
	case 14, 15:
		return lea, prevention.AddAction{Title: "hold the LUT against the palette", Domain: postmortem.Operations, Owner: lea.ID, Due: due, Impact: prevention.Large, Effort: prevention.Small}
	case 16:
		return lea, prevention.CloseAction{ID: action, Proof: "https://git.example/commit/4f2a"}
	case 24:
		return nora, prevention.ConfirmAction{ID: action}
	case 17:
		return lea, prevention.ReopenAction{ID: action, Reason: text}
	case 18:
		return lea, prevention.ChangeAction{ID: action, Due: due}
	case 19:
		return lea, postmortem.SetCause{CauseFields: postmortem.CauseFields{Kind: pick(w.r, postmortem.Direct, postmortem.Direct, postmortem.Systemic), Domain: pick(w.r, postmortem.Domains()...),
			Text: pick(w.r, "The hook lost its exit status", "the hook  lost its exit status.", "The LUT was of another brand", "A model was updated on "+s.ID)}}
	case 20:
		return monitor, theCommit(s.ID)
	case 21:
		return nora, incident.FileImpact{Impact: incident.Impact{Checked: 60, Affected: 42, FirstBad: &first, Method: "v1"}}
	case 22:
		return board, w.waived(id)
	case 25:
		return nora, incident.PurgeRoute{Route: "catalogue", Paths: []string{"0.png"}, Reason: text} // proven, it stops no harm
	}
	return monitor, incident.Tick{}
}

// check delivers images in two pipelines over the months.
func (w *lives) check() {
	for at := w.clock().AddDate(0, -5, 0); at.Before(w.clock()); at = at.AddDate(0, 0, 5) {
		w.checked("catalogue", "product", at, 20+w.r.IntN(20), w.r.IntN(6), pick(w.r, store.OverDeltaE, store.OverSSIM, store.OverMetadata), 3.1, "gen 1")
		w.checked("hero", "hero", at.Add(time.Hour), 5, w.r.IntN(2), store.OverBytes, 1.2, "gen 2")
	}
}

// guard keeps what today's guards would have caught of the lives: of some, and some left nothing to try.
func (w *lives) guard() {
	c := prevention.Caught{At: w.clock(), Controls: 200, Alarms: 3}
	for i, id := range w.at {
		one := prevention.CaughtCase{Incident: id, Severity: pipeline.S1, Images: i % 3}
		if w.r.IntN(2) == 0 && one.Tried() {
			one.Add("gate", "DeltaE00 4.31 exceeds 2.00")
		}
		c.Cases = append(c.Cases, one)
	}
	err := w.store.Update(w.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Append(journal.Change{Events: []journal.Draft{{Stream: caughtStream, Type: typeCaughtMeasured, Version: 1, OccurredAt: w.clock(), Actor: string(monitor.ID), Data: c}}})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *lives) export() []byte {
	var b bytes.Buffer
	if err := w.store.Scan(w.t.Context(), journal.Query{}, func(e journal.Entry) error { b.Write(e.Line()); return nil }); err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

func (w *lives) figures(period, severities string) []byte {
	q, err := kpi.ParseQuery(period, severities)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.KPIs(w.t.Context(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := json.Marshal(web.FiguresOf(r, phrase.English))
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// reached says that the lives came to what the figures are about: figures of nothing agree easily.
func (w *lives) reached() {
	r, err := w.KPIs(w.t.Context(), kpi.Query{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, key := range []string{"firstBadToDetect", "detectToAck", "ackToContain", "containToResolve", "resolveToPublish", "containedIn30Min", "containedInTime", "publishedInTime", "checklist", "recurrence", "resolveAction", "overdueActions", "wouldHaveCaught"} {
		if f := kpi.Find(r.Figures, key, ""); f == nil || f.Value == nil || f.N < 3 {
			w.t.Errorf("%s is %+v: too few lives came so far", key, f)
		}
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
