package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// newBack is a house whose three images were good and are over budget now, with an incident.
func newBack(t *testing.T, way pipeline.Rollback) (w ward, id string) {
	t.Helper()
	w = newWardWith(t, func(h *house) {
		p := h.config.Watch.Pipelines["catalogue"]
		p.Rollback = way
		h.config.Watch.Pipelines["catalogue"] = p
	})
	w.measure(0)
	w.move(10 * time.Hour)
	w.drift()
	return w, w.declare()
}

// measure sweeps the pipeline, which then has some images over budget.
func (w ward) measure(over int) {
	w.t.Helper()
	if _, err := w.Sweep(w.t.Context(), "catalogue"); err != nil {
		w.t.Fatal(err)
	}
	totals, err := w.store.CheckTotals(w.t.Context(), store.CheckQuery{})
	if err != nil || int(totals.Over) != over {
		w.t.Fatalf("%d checks are over budget, %v; want %d", totals.Over, err, over)
	}
}

// drift delivers three bad images.
func (w ward) drift() {
	w.t.Helper()
	for n := range 3 {
		w.image(fmt.Sprintf("new/%d.png", n), uint8(180+n))
		w.deliver(fmt.Sprintf("%d.png", n), w.read(fmt.Sprintf("new/%d.png", n)))
	}
	w.measure(3)
}

func (w ward) rollBack(id string, c web.RollBack) {
	w.t.Helper()
	if err := w.RollBack(w.t.Context(), w.as("nora"), id, c); err != nil {
		w.t.Fatal(err)
	}
}

func (w ward) proven(id string, n int) incident.Mitigation {
	w.t.Helper()
	var m incident.Mitigation
	w.until("it is proven or has failed", func() bool {
		m = w.mitigation(id, n)
		return m.Status == incident.IsProven || m.Status == incident.IsFailed
	})
	return m
}

// TestRollBack goes back to the versions that are kept, measures them, and takes that back byte for byte.
func TestRollBack(t *testing.T) {
	t.Parallel()
	w, id := newBack(t, pipeline.Rollback{Keep: 2})
	good, bad := map[string]string{}, map[string]string{}
	for n := range 3 {
		name := fmt.Sprintf("%d.png", n)
		good[name], bad[name] = w.read("reference/"+name), w.read("delivered/"+name) // delivered were the references' own bytes
	}
	plan, err := w.PlanRollBack(t.Context(), id, web.RollBack{})
	if err != nil || !plan.Possible() || plan.Images != 3 || !plan.Whole || plan.Missing != 0 || plan.Way != incident.BackKept || !plan.Undoable || plan.Oldest == nil {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	if err := w.RollBack(t.Context(), w.as("nora"), id, web.RollBack{Plan: strings.Repeat("0", 64)}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("another plan than the one that was seen: %v", err)
	}
	if err := w.RollBack(t.Context(), w.as("vic"), id, web.RollBack{}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer rolls back: %v", err)
	}
	w.rollBack(id, web.RollBack{Plan: plan.SHA256})
	m := w.proven(id, 0)
	if m.Status != incident.IsProven || m.Probe.Measured != 3 || m.Probe.Images != 3 || m.Probe.State != "enabled" || w.state(id).Contained == nil {
		t.Fatalf("the mitigation is %+v, contained %v", m, w.state(id).Contained)
	}
	for name := range good {
		if state, body := w.ask(name); state != "enabled" || body != good[name] || w.read("delivered/"+name) != good[name] {
			t.Errorf("%s is %s and not what it was", name, state)
		}
	}
	w.do("nora", id, incident.Undo{ID: "M1"})
	w.until("it is undone", func() bool { return w.mitigation(id, 0).Status == incident.IsUndone })
	for name := range bad {
		if _, body := w.ask(name); body != bad[name] {
			t.Errorf("after the undo %s is not what it was before the roll back", name)
		}
	}
	if w.state(id).Contained != nil {
		t.Error("it counts as contained after the undo")
	}
	left, err := filepath.Glob(filepath.Join(w.dir, "delivered/.safelight*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// TestRollBackPart goes back as far as versions are kept, says which are not, and leaves the clock running then.
func TestRollBackPart(t *testing.T) {
	t.Parallel()
	w, id := newBack(t, pipeline.Rollback{Keep: 1})
	w.image("reference/9.png", 100)
	w.image("delivered/9.png", 190) // it was never good
	w.measure(4)
	plan, err := w.PlanRollBack(t.Context(), id, web.RollBack{})
	if err != nil || plan.Images != 3 || plan.Missing != 1 || plan.Whole || !slices.Equal(plan.Sample, []string{"9.png"}) {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	w.deliver("1.png", "what has come since")
	w.rollBack(id, web.RollBack{Plan: plan.SHA256})
	// What has come since is no image: it cannot be measured, and nobody says that it is good.
	w.until("it is done", func() bool { return w.mitigation(id, 0).AppliedAt != nil })
	w.move(16 * time.Minute)
	if m := w.proven(id, 0); m.Status != incident.IsFailed || !strings.Contains(m.Problem, "could not be measured") {
		t.Errorf("the mitigation is %+v", m)
	}
	if w.read("delivered/1.png") != "what has come since" || w.read("delivered/0.png") != w.read("reference/0.png") {
		t.Error("a newer version was touched, or a bad one was not")
	}
	// Mended by hand, it is rolled back again: only what is over budget takes part.
	w.deliver("1.png", w.read("reference/1.png"))
	if _, err := w.Sweep(t.Context(), "catalogue"); err != nil {
		t.Fatal(err)
	}
	plan, err = w.PlanRollBack(t.Context(), id, web.RollBack{})
	if err != nil || plan.Possible() || plan.Over != 1 || plan.Missing != 1 || !strings.Contains(plan.Problem.In("en"), "no good version is kept") {
		t.Errorf("the next plan is %+v, %v", plan, err)
	}
	if err := w.RollBack(t.Context(), w.as("nora"), id, web.RollBack{}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("there is nothing to go back to: %v", err)
	}
}

// TestRollBackTargetGone fails with a page where a kept version is not there any more, and leaves what is delivered whole.
func TestRollBackTargetGone(t *testing.T) {
	t.Parallel()
	w, id := newBack(t, pipeline.Rollback{Keep: 1})
	plan, err := w.PlanRollBack(t.Context(), id, web.RollBack{})
	if err != nil || plan.Images != 3 {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	w.quarantine.mover.Step = func(what string) error { // between the plan and its carrying out
		digest, err := blob.Parse(digestOf([]byte(w.read("reference/2.png"))))
		if err == nil && what == "keep" {
			err = w.blobs.Remove(digest)
		}
		return err
	}
	w.rollBack(id, web.RollBack{Plan: plan.SHA256})
	m := w.proven(id, 0)
	if m.Status != incident.IsFailed || m.Problem == "" || w.state(id).Contained != nil {
		t.Fatalf("the mitigation is %+v", m)
	}
	for n := range 3 {
		name := fmt.Sprintf("%d.png", n)
		if text := w.read("delivered/" + name); text != w.read("new/"+name) && text != w.read("reference/"+name) {
			t.Errorf("%s is neither what it was nor what it should be", name)
		}
	}
	if pages := w.state(id).Pages; len(pages) == 0 || pages[len(pages)-1].Purpose != incident.EdgeFailed {
		t.Errorf("nobody is paged: %+v", pages)
	}
	plan, err = w.PlanRollBack(t.Context(), id, web.RollBack{})
	if err != nil || plan.Images != 0 || plan.Possible() {
		t.Errorf("the next plan is %+v, %v", plan, err)
	}
}

// TestRollBackOverACrash: the work that a killed server leaves is ended after it.
func TestRollBackOverACrash(t *testing.T) {
	t.Parallel()
	w, id := newBack(t, pipeline.Rollback{Keep: 1})
	var steps atomic.Int64
	w.quarantine.mover.Step = func(string) error {
		if steps.Add(1) > 7 {
			return errors.New("killed")
		}
		return nil
	}
	w.rollBack(id, web.RollBack{})
	w.until("it was killed", func() bool { return steps.Load() > 7 })
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	if m := w.proven(id, 0); m.Status != incident.IsProven || m.Probe.Measured != 3 {
		t.Errorf("the mitigation is %+v", m)
	}
}

// program writes one that the house would have, which notes each of its runs.
func (w ward) program(name, script string) []string {
	w.t.Helper()
	w.write(name, []byte("#!/bin/sh\ncd "+w.dir+"\ncat >> order.json\necho run >> runs\n"+script+"\n"))
	if err := os.Chmod(filepath.Join(w.dir, name), 0o755); err != nil {
		w.t.Fatal(err)
	}
	return []string{filepath.Join(w.dir, name)}
}

const mend = "for n in 0 1 2; do cp reference/$n.png delivered/.$n && mv delivered/.$n delivered/$n.png; done"

// TestRollBackByProgram asks a program, once, and believes only what is measured.
func TestRollBackByProgram(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		script, problem string
		undo            string
	}{
		"mends":           {mend, "", "for n in 0 1 2; do cp new/$n.png delivered/$n.png; done"},
		"no way back":     {mend, "", ""},
		"does nothing":    {"true", "3 of 3 images are still over budget", ""},
		"mends one":       {"cp reference/0.png delivered/0.png", "2 of 3 images are still over budget, such as 1.png", ""},
		"fails":           {"echo no credentials >&2; exit 3", "exit status 3: no credentials", ""},
		"removes them":    {"rm delivered/?.png", "", ""},
		"is not its word": {"echo all is well; cp new/0.png delivered/1.png", "still over budget", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := newBack(t, pipeline.Rollback{Command: []string{"/replaced/below"}})
			way := pipeline.Rollback{Command: w.program("back", row.script)}
			if row.undo != "" {
				way.Undo = w.program("forward", row.undo)
			}
			w.house.App.config.Watch.Pipelines["catalogue"] = withRollback(w.house.App.config.Watch.Pipelines["catalogue"], way)
			plan, err := w.PlanRollBack(t.Context(), id, web.RollBack{})
			if err != nil || !plan.Possible() || plan.Images != 3 || !plan.Whole || plan.Undoable != (row.undo != "") || plan.Command[0] != way.Command[0] {
				t.Fatalf("the plan is %+v, %v", plan, err)
			}
			w.rollBack(id, web.RollBack{Plan: plan.SHA256})
			if row.problem != "" {
				w.until("it was run", func() bool { return w.read("runs") != "" })
				w.until("it was run and ended", func() bool {
					return w.mitigation(id, 0).AppliedAt != nil || w.mitigation(id, 0).Status == incident.IsFailed
				})
				w.move(16 * time.Minute)
			}
			m := w.proven(id, 0)
			if (m.Status == incident.IsProven) != (row.problem == "") || !strings.Contains(m.Problem, row.problem) {
				t.Fatalf("the mitigation is %+v", m)
			}
			if n := strings.Count(w.read("runs"), "run"); n != 1 {
				t.Errorf("it was run %d times", n)
			}
			var order struct {
				Data struct {
					Incident, Pipeline string
					Images             []string
				}
			}
			if err := json.Unmarshal([]byte(w.read("order.json")), &order); err != nil || order.Data.Incident != id || len(order.Data.Images) != 3 {
				t.Errorf("it was told %s (%v)", w.read("order.json"), err)
			}
			if row.problem != "" {
				return
			}
			err = w.Do(t.Context(), w.as("nora"), id, incident.Undo{ID: "M1"})
			if row.undo == "" {
				if !errors.Is(err, journal.ErrConflict) {
					t.Errorf("undone without a way back: %v", err)
				}
				return
			}
			w.until("it is undone", func() bool { return w.mitigation(id, 0).Status == incident.IsUndone })
			if w.read("delivered/0.png") != w.read("new/0.png") {
				t.Error("the way back was not gone")
			}
		})
	}
}

// TestRollBackProgramCutOff: a program whose end was not seen is not run again; the images tell.
func TestRollBackProgramCutOff(t *testing.T) {
	t.Parallel()
	w, id := newBack(t, pipeline.Rollback{Command: []string{"/replaced/below"}})
	way := pipeline.Rollback{Command: w.program("back", mend+"\nsleep 60")}
	w.config.Watch.Pipelines["catalogue"] = withRollback(w.config.Watch.Pipelines["catalogue"], way)
	w.house.App.config.Watch.Pipelines["catalogue"] = w.config.Watch.Pipelines["catalogue"]
	w.rollBack(id, web.RollBack{})
	w.until("it runs", func() bool { return w.read("delivered/2.png") == w.read("reference/2.png") })
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	if m := w.proven(id, 0); m.Status != incident.IsProven || strings.Count(w.read("runs"), "run") != 1 {
		t.Errorf("the mitigation is %+v after %q", m, w.read("runs"))
	}
}

// TestRollBackByWebhook asks a web service, signed, again under the same id where it was not there.
func TestRollBackByWebhook(t *testing.T) {
	t.Setenv("SAFELIGHT_TEST_BACK", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	var w ward
	var asked atomic.Int64
	ids := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil || !bytes.Contains(body, []byte("dev.safelight.rollback.requested")) || !strings.HasPrefix(req.Header.Get("webhook-signature"), "v1,") {
			res.WriteHeader(http.StatusBadRequest)
			return
		}
		ids <- req.Header.Get("webhook-id")
		if asked.Add(1) == 1 {
			res.Header().Set("Retry-After", "1")
			res.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		for n := range 3 {
			w.deliver(fmt.Sprintf("%d.png", n), w.read(fmt.Sprintf("reference/%d.png", n)))
		}
	}))
	defer server.Close()
	var id string
	w, id = newBack(t, pipeline.Rollback{Webhook: server.URL, SecretEnv: "SAFELIGHT_TEST_BACK"})
	w.rollBack(id, web.RollBack{})
	if m := w.proven(id, 0); m.Status != incident.IsProven || m.Probe.Measured != 3 {
		t.Errorf("the mitigation is %+v", m)
	}
	if first, second := <-ids, <-ids; first != second || first == "" {
		t.Errorf("it was asked as %q and then as %q", first, second)
	}
}

// TestRollBackByGit reverts the commit before the harm in the repository that the images are made from.
func TestRollBackByGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@x", "GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@x",
			"GIT_AUTHOR_DATE=2025-09-27T09:00:00Z", "GIT_COMMITTER_DATE=2025-09-27T09:00:00Z")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	look := func(text, message string) string {
		if err := os.WriteFile(filepath.Join(dir, "look.cube"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		git("add", "-A")
		git("commit", "-q", "-m", message)
		return git("rev-parse", "HEAD")
	}
	git("init", "-q", "-b", "main")
	look("good", "the look")
	bad := look("bad", "the season's look")
	w, id := newBack(t, pipeline.Rollback{Git: &pipeline.GitRollback{Repository: dir}})
	plan, err := w.PlanRollBack(t.Context(), id, web.RollBack{})
	if err != nil || !plan.Possible() || plan.Commit.Hash != bad || !slices.Equal(plan.Files, []string{"look.cube"}) || !plan.Undoable || len(plan.Commits) != 2 {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	if other, err := w.PlanRollBack(t.Context(), id, web.RollBack{Commit: strings.Repeat("a", 40)}); err != nil || other.Possible() || !strings.Contains(other.Problem.In("en"), "no such commit") {
		t.Errorf("the plan for a commit that is not there is %+v, %v", other, err)
	}
	w.rollBack(id, web.RollBack{Plan: plan.SHA256})
	w.until("it is reverted", func() bool { return w.mitigation(id, 0).AppliedAt != nil })
	if text := git("show", "HEAD:look.cube"); text != "good" {
		t.Errorf("the look is %q", text)
	}
	if w.mitigation(id, 0).Status == incident.IsProven {
		t.Error("it is proven before any image is good")
	}
	for n := range 3 { // the pipeline works again
		w.deliver(fmt.Sprintf("%d.png", n), w.read(fmt.Sprintf("reference/%d.png", n)))
	}
	if m := w.proven(id, 0); m.Status != incident.IsProven || w.state(id).Contained == nil {
		t.Errorf("the mitigation is %+v", m)
	}
	w.do("nora", id, incident.Undo{ID: "M1"})
	w.until("it is undone", func() bool { return w.mitigation(id, 0).Status == incident.IsUndone })
	if text := git("show", "HEAD:look.cube"); text != "bad" {
		t.Errorf("after the undo the look is %q", text)
	}
}

// TestKeepVersions keeps what is good, for a start after the fact too, and erases what nothing needs any more.
func TestKeepVersions(t *testing.T) {
	t.Parallel()
	w, id := newBack(t, pipeline.Rollback{Keep: 1})
	bad := digestOf([]byte(w.read("delivered/0.png")))
	good := digestOf([]byte(w.read("reference/0.png")))
	has := func(digest string) bool {
		t.Helper()
		d, err := blob.Parse(digest)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.blobs.Stat(d)
		return err == nil
	}
	if !has(good) || has(bad) {
		t.Fatalf("kept are good %v and bad %v", has(good), has(bad))
	}
	w.rollBack(id, web.RollBack{})
	w.proven(id, 0)
	erase := func() {
		t.Helper()
		w.move(time.Hour)
		if err := w.EraseVersions(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if erase(); !has(bad) || !has(good) {
		t.Error("what an undo of an open incident would bring back is erased")
	}
	var later []string // two further good versions, of which one is kept
	for _, level := range []uint8{120, 140} {
		w.image("reference/0.png", level)
		w.deliver("0.png", w.read("reference/0.png"))
		w.move(time.Minute)
		if _, err := w.Sweep(t.Context(), "catalogue"); err != nil {
			t.Fatal(err)
		}
		later = append(later, digestOf([]byte(w.read("reference/0.png"))))
	}
	if erase(); has(later[0]) || !has(later[1]) {
		t.Errorf("of two later versions are kept: the first %v, the second %v", has(later[0]), has(later[1]))
	}
	if err := w.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Append(journal.Change{Events: []journal.Draft{{Stream: id, Type: incident.TypeClosed, Version: 1, OccurredAt: w.clock(), Actor: string(monitor.ID), Data: incident.Closed{}}}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if erase(); !has(bad) {
		t.Error("it is erased as soon as the incident is closed")
	}
	w.move(w.house.App.config.Quarantine.keep())
	if erase(); has(bad) || !has(good) || !has(later[1]) {
		t.Errorf("kept are bad %v, the good one that other images share %v, the new good one %v", has(bad), has(good), has(later[1]))
	}
}

func withRollback(p pipeline.Pipeline, way pipeline.Rollback) pipeline.Pipeline {
	p.Rollback = way
	return p
}
