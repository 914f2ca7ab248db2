package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestKillWhileACommandRuns kills a real server while it runs the command of a runbook: after the restart nobody knows how that
// ended, the page says so, and it is run again only when a person asks for it.
func TestKillWhileACommandRuns(t *testing.T) {
	t.Parallel()
	k := &killed{t: t, dir: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k.address = l.Addr().String()
	l.Close()
	k.house()

	server := k.start()
	id, err := k.post("/api/v1/incidents", `{"pipeline":"catalogue","severity":"S2","title":"drift"}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.post("/api/v1/incidents/"+id+"/run-step", `{"step":"rebuild","run":1}`); err != nil {
		t.Fatal(err)
	}
	// The command has begun once it opens the pipe, and goes on until the other one is opened.
	if _, err := os.ReadFile(filepath.Join(k.dir, "begun")); err != nil {
		t.Fatal(err)
	}
	if err := server.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait() // killed: its error is what was asked for

	server = k.start()
	st := k.stepEnds(id, "rebuild", 1)
	if st.Status != incident.StepIsUnknown || st.Runs != 1 || len(st.Result.Says) != 1 || st.Result.Says[0].Key != "runbook.says.unseen" {
		t.Errorf("after the kill the step stands as %+v, %+v", st, st.Result)
	}
	if got, err := os.ReadFile(filepath.Join(k.dir, "runs")); string(got) != "run\n" {
		t.Errorf("the command has been run %d times: %v", strings.Count(string(got), "run"), err)
	}
	k.release() // what the killed server has left behind
	if _, err := k.post("/api/v1/incidents/"+id+"/run-step", `{"step":"rebuild","run":2}`); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(filepath.Join(k.dir, "begun")); err != nil {
		t.Fatal(err)
	}
	k.release()
	if st := k.stepEnds(id, "rebuild", 2); st.Status != incident.StepIsDone {
		t.Errorf("the second run stands as %+v, %+v", st, st.Result)
	}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

// house writes a configuration with a command that says when it begins, and waits to be let go on.
func (k *killed) house() {
	k.t.Helper()
	for _, name := range []string{"reference", "delivered"} {
		if err := os.Mkdir(filepath.Join(k.dir, name), 0o755); err != nil {
			k.t.Fatal(err)
		}
	}
	for _, name := range []string{"begun", "go-on"} {
		if err := syscall.Mkfifo(filepath.Join(k.dir, name), 0o600); err != nil {
			k.t.Fatal(err)
		}
	}
	config := fmt.Sprintf(`language: en
serve: {listen: %q}
pipelines:
  catalogue: {reference: reference, delivered: delivered, class: product, runbook: drift}
runbooks:
  drift: {steps: [{name: rebuild, text: Rebuild, command: [./rebuild], timeout: 5m}]}
notify: {console: false}
onCall: {rotation: {members: [oncall], handOff: "monday 09:00", every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}}
`, k.address)
	for name, text := range map[string]string{app.ConfigName: config, "rebuild": "#!/bin/sh\necho run >> runs\necho x > begun\ncat go-on\n"} {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o755); err != nil {
			k.t.Fatal(err)
		}
	}
	c, source, err := app.Load(k.dir)
	if err != nil {
		k.t.Fatal(err)
	}
	a, err := app.New(k.t.Context(), app.Options{Dir: k.dir, Config: c, Source: source})
	if err != nil {
		k.t.Fatal(err)
	}
	if _, err := a.AddPerson(k.t.Context(), people.Person{Login: "root", Role: people.Administrator}, ""); err != nil {
		k.t.Fatal(err)
	}
	if _, err := a.AddPerson(k.t.Context(), people.Person{Login: "oncall", Role: people.Responder}, ""); err != nil {
		k.t.Fatal(err)
	}
	if k.token, err = a.AddToken(k.t.Context(), "oncall", "kill", time.Time{}); err != nil {
		k.t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		k.t.Fatal(err)
	}
}

// release lets a command go on that waits for it.
func (k *killed) release() {
	k.t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, "go-on"), []byte("x\n"), 0); err != nil {
		k.t.Fatal(err)
	}
}

// stepEnds gives a step as it stands when a run of it has ended.
func (k *killed) stepEnds(id, step string, run int) incident.Standing {
	k.t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for begun := time.Now(); time.Since(begun) < time.Minute; <-look.C {
		r, err := http.NewRequestWithContext(k.t.Context(), http.MethodGet, "http://"+k.address+"/api/v1/incidents/"+id+"/runbook", nil)
		if err != nil {
			k.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+k.token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			k.t.Fatal(err)
		}
		var report web.RunbookReport
		err = json.NewDecoder(answer.Body).Decode(&report)
		answer.Body.Close()
		if err != nil {
			k.t.Fatal(err)
		}
		for _, st := range report.Steps {
			if st.Name == step && st.Runs == run && st.Status != incident.StepIsRunning {
				return st
			}
		}
	}
	k.t.Fatalf("run %d of step %s never ends", run, step)
	return incident.Standing{}
}
