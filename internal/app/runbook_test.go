package app

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

// newWardOfSteps has a runbook whose command is the script, in the folder of the house.
func newWardOfSteps(t testing.TB, script string) ward {
	t.Helper()
	return newWardWith(t, func(h *house) {
		words := func(s string) runbook.Words { return runbook.Words{FR: s, EN: s} }
		program := filepath.Join(h.dir, "tool")
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
		h.config.Runbooks = runbook.Config{"drift": {Name: "drift", Steps: []runbook.Step{
			{Name: "take", Text: words("take"), DoneBy: runbook.Acknowledged},
			{Name: "images", Text: words("images"), Check: runbook.Images},
			{Name: "edges", Text: words("edges"), Check: runbook.Edges},
			{Name: "alerts", Text: words("alerts"), Check: runbook.Alerts},
			{Name: "tool", Text: words("tool"), Command: []string{program, "one", "$(two)"}, Env: []string{"SAFELIGHT_TEST_STEP_SECRET"}},
			{Name: "stop", Text: words("stop"), Contain: runbook.DisableRoute},
			{Name: "out", Text: words("out"), Contain: runbook.Isolate},
			{Name: "caches", Text: words("caches"), Contain: runbook.NoStore},
			{Name: "purge", Text: words("purge"), Contain: runbook.Purge},
			{Name: "file", Text: words("file"), DoneBy: runbook.ImpactFiled},
		}}}
		p := h.config.Watch.Pipelines["catalogue"]
		p.Runbook = "drift"
		h.config.Watch.Pipelines["catalogue"] = p
	})
}

// runs a step, and gives how it ended.
func (w ward) runs(id, step string, run int) incident.Standing {
	w.t.Helper()
	if err := w.RunStep(w.t.Context(), w.as("nora"), id, incident.RunStep{Step: step, Run: run}); err != nil {
		w.t.Fatalf("run %s: %v", step, err)
	}
	w.until("step "+step+" ends", func() bool {
		st := w.standing(id, step)
		return st.Status != incident.StepIsRunning && st.Status != incident.StepIsOpen
	})
	return w.standing(id, step)
}

func (w ward) standing(id, step string) incident.Standing {
	w.t.Helper()
	st, ok := w.state(id).Standing(step)
	if !ok {
		w.t.Fatalf("there is no step %s", step)
	}
	return st
}

// heard is what a step says, in English.
func heard(st incident.Standing) string {
	var list []string
	if st.Result != nil {
		for _, s := range st.Result.Says {
			list = append(list, s.In(phrase.English))
		}
	}
	return strings.Join(list, "; ")
}

// TestRunbookSteps goes through a runbook with a real gateway.
func TestRunbookSteps(t *testing.T) {
	t.Parallel()
	w := newWardOfSteps(t, `echo "$1|$2|$SAFELIGHT_INCIDENT|$SAFELIGHT_PIPELINE|$SAFELIGHT_ROUTES|$SAFELIGHT_SEVERITY|$SAFELIGHT_STEP|$(pwd)"`)
	w.deliver("1.png", "the image")
	id := w.declare()
	if st := w.runs(id, "images", 0); st.Status != incident.StepIsDone || !strings.Contains(heard(st), "none of the") {
		t.Errorf("the images are %s: %s", st.Status, heard(st))
	}
	w.checked(store.OverDeltaE, "1.png")
	if st := w.runs(id, "images", 2); st.Status != incident.StepIsBad || !strings.Contains(heard(st), "1 of ") {
		t.Errorf("with one over budget the images are %s: %s", st.Status, heard(st))
	}
	if st := w.runs(id, "edges", 0); st.Status != incident.StepIsDone || !strings.Contains(heard(st), "catalogue serves its own images (HTTP 200") {
		t.Errorf("the edges are %s: %s", st.Status, heard(st))
	}
	if st := w.runs(id, "alerts", 0); st.Status != incident.StepIsDone || heard(st) != "this incident has no alert: a person declared it" {
		t.Errorf("the alerts are %s: %s", st.Status, heard(st))
	}
	st := w.runs(id, "tool", 0)
	want := "one|$(two)|" + id + "|catalogue|catalogue|S1|tool|" + w.dir + "\n"
	if st.Status != incident.StepIsDone || st.Result.Output.Text != want || st.Result.Output.SHA256 != "" {
		t.Errorf("the tool is %s: %s, %+v; want %q", st.Status, heard(st), st.Result.Output, want)
	}
	if st := w.runs(id, "take", 0); st.Status != incident.StepIsDone || w.state(id).Ack == nil {
		t.Errorf("acknowledging by the runbook is %s", st.Status)
	}
	if st := w.runs(id, "caches", 0); st.Status != incident.StepIsDone {
		t.Errorf("the caches are %s: %s", st.Status, st.Reason)
	}
	if st := w.runs(id, "purge", 0); st.Status != incident.StepIsDone {
		t.Errorf("the purge is %s: %s", st.Status, st.Reason)
	}
	if st := w.runs(id, "stop", 0); st.Status != incident.StepIsDone || w.state(id).Contained == nil {
		t.Errorf("containing by the runbook is %s: %s", st.Status, st.Reason)
	}
	if st := w.runs(id, "edges", 2); st.Status != incident.StepIsDone || !strings.Contains(heard(st), "catalogue serves the references (HTTP 200") {
		t.Errorf("contained, the edges are %s: %s", st.Status, heard(st))
	}
	if st := w.runs(id, "file", 0); st.Status != incident.StepIsDone || w.state(id).Impact == nil {
		t.Errorf("filing by the runbook is %s", st.Status)
	}
	if _, err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRunbookIsolates: images over budget leave delivery by a step.
func TestRunbookIsolates(t *testing.T) {
	t.Parallel()
	w := newWardOfSteps(t, "exit 0")
	w.deliver("1.png", "the image")
	w.checked(store.OverDeltaE, "1.png")
	id := w.declare()
	if st := w.runs(id, "out", 0); st.Status != incident.StepIsDone || len(st.Progress) != 1 {
		t.Errorf("isolating by the runbook is %s: %s", st.Status, st.Reason)
	}
	if st := w.runs(id, "images", 0); st.Status != incident.StepIsDone || !strings.Contains(heard(st), "among these, out of delivery: 1") {
		t.Errorf("isolated, the images are %s: %s", st.Status, heard(st))
	}
}

// TestEdgeThatDoesNotAnswer is seen by the check.
func TestEdgeThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w := newWardOfSteps(t, "exit 0")
	w.deliver("1.png", "the image")
	id := w.declare()
	w.edge.URL, w.edge.Timeout = "http://127.0.0.1:1", 100*time.Millisecond
	if st := w.runs(id, "edges", 0); st.Status != incident.StepIsBad || !strings.Contains(heard(st), "catalogue does not serve what it should") {
		t.Errorf("the edges are %s: %s", st.Status, heard(st))
	}
}

// TestCommandThatFails is journalled with its output, masked, and the whole of it by its digest.
func TestCommandThatFails(t *testing.T) {
	t.Setenv("SAFELIGHT_TEST_STEP_SECRET", "hunter2-hunter2")
	w := newWardOfSteps(t, `echo "write to jane.doe@example.org with $SAFELIGHT_TEST_STEP_SECRET"; head -c 100000 /dev/zero; printf '\033[2Jevil\n'; exit 7`)
	id := w.declare()
	st := w.runs(id, "tool", 0)
	if st.Status != incident.StepIsFailed || !strings.HasPrefix(heard(st), "the command ended with exit code 7 in ") {
		t.Fatalf("the tool is %s: %s", st.Status, heard(st))
	}
	o := st.Result.Output
	if !strings.HasPrefix(o.Text, "write to [EMAIL_ADDRESS] with …\n···") || len(o.Text) > incident.MaxStepText || o.Bytes < 100_000 {
		t.Errorf("the journal keeps %.60q…, %d bytes of %d", o.Text, len(o.Text), o.Bytes)
	}
	r, err := w.Blob(t.Context(), o.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	whole, err := io.ReadAll(r)
	if err != nil || int64(len(whole)) != o.Kept || !strings.Contains(string(whole), "\x1b[2Jevil") || strings.Contains(string(whole), "hunter2") {
		t.Errorf("%d bytes are kept, want %d: %v", len(whole), o.Kept, err)
	}
	entries, err := w.stream(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if text := string(e.Data); strings.Contains(text, "hunter2") || strings.Contains(text, "jane.doe") {
			t.Errorf("%s holds what it must not: %s", e.Type, text)
		}
	}
}

// TestCommandIsRunOnce by two people who press at the same time.
func TestCommandIsRunOnce(t *testing.T) {
	t.Parallel()
	w := newWardOfSteps(t, "echo run >> runs")
	id := w.declare()
	var people sync.WaitGroup
	for range 8 {
		people.Go(func() {
			if err := w.RunStep(t.Context(), w.as("nora"), id, incident.RunStep{Step: "tool", Run: 1}); err != nil {
				t.Error(err)
			}
		})
	}
	people.Wait()
	w.idle()
	if got := w.read("runs"); got != "run\n" {
		t.Errorf("it was run %d times", strings.Count(got, "run"))
	}
	if err := w.RunStep(t.Context(), w.as("nora"), id, incident.RunStep{Step: "tool"}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("running it again by mistake gives %v", err)
	}
	w.runs(id, "tool", 2)
	if got := w.read("runs"); got != "run\nrun\n" {
		t.Errorf("after another run it was run %d times", strings.Count(got, "run"))
	}
}

// TestCommandOverACrash: a command whose server ends while it runs is not run again, and says so until a person decides.
func TestCommandOverACrash(t *testing.T) {
	t.Parallel()
	w := newWardOfSteps(t, "echo run >> runs")
	id := w.declare()
	// What a killed server leaves: the step has begun, its effect is running, and nobody has seen its end.
	begun := incident.StepEffect{Incident: id, Step: "tool", Run: 1}
	data, err := json.Marshal(begun)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.do("nora", id, incident.RunStep{Step: "tool", Run: 1})
	result, err := w.performStep(t.Context(), store.Effect{Key: "k", Kind: incident.EffectRunStep, Stream: id, Data: data, Attempts: 2})
	if err != nil {
		t.Fatal(err)
	}
	err = w.store.Update(t.Context(), func(tx *store.Tx) error {
		change, err := result(tx)
		if err == nil {
			_, err = tx.Append(change)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if st := w.standing(id, "tool"); st.Status != incident.StepIsUnknown || !strings.HasPrefix(heard(st), "nobody saw how the command ended") || w.read("runs") != "" {
		t.Errorf("after the crash the step is %s: %s; runs: %q", st.Status, heard(st), w.read("runs"))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.idle() // the effect that was left finds that the step has ended
	if st := w.runs(id, "tool", 2); st.Status != incident.StepIsDone || w.read("runs") != "run\n" {
		t.Errorf("another run is %s: %s; runs: %q", st.Status, heard(st), w.read("runs"))
	}
}

// TestStoppingEndsCommands: a server that is ended kills what runs, and says so.
func TestStoppingEndsCommands(t *testing.T) {
	t.Parallel()
	w := newWardOfSteps(t, "echo begun > fifo; sleep 600")
	fifo := filepath.Join(w.dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	id := w.declare()
	w.do("nora", id, incident.RunStep{Step: "tool", Run: 1})
	if _, err := os.ReadFile(fifo); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.until("its end is known", func() bool { return w.standing(id, "tool").Status != incident.StepIsRunning })
	if st := w.standing(id, "tool"); st.Status != incident.StepIsFailed && st.Status != incident.StepIsUnknown {
		t.Errorf("the step is %s: %s", st.Status, heard(st))
	}
}

// TestRunbookOfAlerts: an alert may name its runbook, by name or by address; else the pipeline does.
func TestRunbookOfAlerts(t *testing.T) {
	t.Parallel()
	a := App{config: DefaultConfig()}
	a.config.Runbooks = runbook.Config{"drift": {Name: "drift"}, "leak": {Name: "leak"}}
	a.config.Watch.Pipelines = map[string]pipeline.Pipeline{"catalogue": {Runbook: "drift"}}
	for _, row := range []struct{ annotation, pipeline, want string }{
		{"", "", "default"}, {"", "catalogue", "drift"}, {"leak", "catalogue", "leak"}, {"/runbooks/leak", "", "leak"},
		{"http://127.0.0.1:8321/runbooks/leak", "catalogue", "leak"}, {"https://runbooks/ui/leak", "catalogue", "drift"},
		{"none", "catalogue", "drift"}, {"default", "catalogue", "default"}, {"javascript:alert(1)", "", "default"},
	} {
		s := incident.State{Opened: incident.Opened{Steps: a.runbookOf(incident.Opened{Runbook: row.annotation, Pipeline: row.pipeline})}}
		if got := s.Runbook().Name; got != row.want || (s.Opened.Steps == nil) != (row.want == "default") {
			t.Errorf("an alert that names %q in %q has the runbook %s, want %s", row.annotation, row.pipeline, got, row.want)
		}
	}
	a.config.Runbooks["default"] = runbook.Runbook{Name: "default", Steps: []runbook.Step{{Name: "own"}}}
	if got := a.runbookOf(incident.Opened{}); got == nil || len(got.Steps) != 1 {
		t.Errorf("the default of the house is %+v", got)
	}
}

// TestRunbookConfig is what is wrong, in a sentence.
func TestRunbookConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`runbooks: {drift: {steps: []}}`:                                                                        `runbook drift: 0 steps: write 1 to 50`,
		`runbooks: {Drift: {steps: [{name: a, text: b}]}}`:                                                      `runbook "Drift": use a-z`,
		`runbooks: {drift: {steps: [{name: a, text: b}, {name: a, text: b}]}}`:                                  `step a: there are two of this name`,
		`runbooks: {drift: {steps: [{name: a}]}}`:                                                               `step a: text is empty`,
		`runbooks: {drift: {steps: [{name: a, text: b, within: 15-5}]}}`:                                        `window "15-5": write the minutes since the detection`,
		`runbooks: {drift: {steps: [{name: a, text: b, check: weather}]}}`:                                      `check "weather": use images, edges or alerts`,
		`runbooks: {drift: {steps: [{name: a, text: b, contain: pray}]}}`:                                       `contain "pray": use disable-route`,
		`runbooks: {drift: {steps: [{name: a, text: b, contain: disable-route, route: x}]}}`:                    `route "x" is not among the gateway's routes`,
		`runbooks: {drift: {steps: [{name: a, text: b, command: []}]}}`:                                         `command: its first part is empty`,
		`runbooks: {drift: {steps: [{name: a, text: b, command: [x], timeout: 1h}]}}`:                           `timeout 1h0m0s: write up to 10m0s`,
		`runbooks: {drift: {steps: [{name: a, text: b, command: [x], env: ["A=b"]}]}}`:                          `env "A=b": name a variable`,
		`runbooks: {drift: {steps: [{name: a, text: b, timeout: 1s}]}}`:                                         `timeout and env are of a command`,
		`runbooks: {drift: {steps: [{name: a, text: b, doneBy: magic}]}}`:                                       `doneBy "magic": use one of`,
		`runbooks: {drift: {steps: [{name: a, text: b, check: images, doneBy: contained}]}}`:                    `doneBy contained: a check is done when it has been`,
		`runbooks: {drift: {steps: [{name: a, text: b, message: {situation: "{x}", mitigation: m, next: n}}]}}`: `message: situation: {x} is no fact of an incident`,
		`runbooks: {drift: {steps: [{name: a, text: b, shell: x}]}}`:                                            `line 1: unknown field "shell"`,
		`pipelines: {c: {reference: r, delivered: d, class: product, runbook: none}}`:                           `pipeline c: runbook "none" is not configured`,
	} {
		_, err := Parse([]byte(text), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s gives %v, want %q", text, err, want)
		}
	}
	c, err := Parse([]byte("runbooks: {drift: {title: {fr: a}, steps: [{name: a, text: {fr: b, en: c}, within: 0-5, command: [./x, y], timeout: 2s}, {name: b, text: d}]}}"), "/srv")
	if err != nil {
		t.Fatal(err)
	}
	r := c.Runbooks["drift"]
	if r.Name != "drift" || r.TitleIn(phrase.English) != "a" || r.Steps[0].Text.In(phrase.English) != "c" || r.Steps[0].Command[0] != "/srv/x" || r.Steps[0].Within.To != 5 || r.Steps[1].Text.In(phrase.French) != "d" {
		t.Errorf("it is read as %+v", r)
	}
}

// TestPagesLeadToTheRunbook: whoever is woken finds what to do.
func TestPagesLeadToTheRunbook(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	h.idle()
	h.channel.mu.Lock()
	defer h.channel.mu.Unlock()
	if len(h.channel.sent) == 0 || !strings.Contains(h.channel.sent[0].Text, "Step by step: "+h.link(id)+"/runbook") {
		t.Errorf("the page says %+v", h.channel.sent)
	}
}

// TestRulesThatNameNoRunbook are told of while it is day.
func TestRulesThatNameNoRunbook(t *testing.T) {
	t.Parallel()
	rule := func(name, annotation string) telemetry.ShortRule {
		return telemetry.ShortRule{Name: name, Expr: "vector(0) > 1", Annotations: map[string]string{"runbook": annotation}}
	}
	h := newHouseWith(t, func(h *house) {
		h.config.Runbooks = runbook.Config{"drift": {Name: "drift", Steps: []runbook.Step{{Name: "a", Text: runbook.Words{EN: "b"}}}}}
		h.config.AlertRules = []telemetry.ShortRule{rule("a", "drift"), rule("b", "/runbooks/default"), rule("c", "https://wiki/c"), rule("d", "{{ $labels.x }}"), rule("e", "adrift")}
	})
	warnings, err := h.Warnings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		if text, _ := phrase.Error(phrase.English, w); strings.Contains(text, "runbook") {
			got = append(got, text)
		}
	}
	if len(got) != 1 || !strings.HasPrefix(got[0], "the rule e names the runbook adrift, which is not configured") {
		t.Errorf("the warnings are %q", got)
	}
}
