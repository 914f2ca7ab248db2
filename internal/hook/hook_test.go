package hook

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// script writes a program of the house.
func script(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{path}
}

func run(t *testing.T, c Command) Outcome {
	t.Helper()
	if c.Limit == 0 {
		c.Limit = time.Minute
	}
	c.Dir = t.TempDir()
	return Run(t.Context(), c)
}

func TestRun(t *testing.T) {
	t.Parallel()
	o := run(t, Command{Args: append(script(t, `echo "$1|$SAFELIGHT_INCIDENT|$SAFELIGHT_TEST_OTHER"; echo mistake >&2; pwd; exit 3`), "$(id)"), Set: []string{"SAFELIGHT_INCIDENT=PM-1"}})
	if o.Exit != 3 || o.Good() || !strings.HasPrefix(string(o.Output), "$(id)|PM-1|\nmistake\n/") || o.Bytes != int64(len(o.Output)) {
		t.Errorf("the command gave %+v: %s", o, o.Output)
	}
	if o := run(t, Command{Args: script(t, "exit 0")}); !o.Good() {
		t.Errorf("a command that succeeds gave %+v", o)
	}
	if o := run(t, Command{Args: script(t, "kill -TERM $$")}); o.Signal != "terminated" || o.Good() {
		t.Errorf("a command that is killed gave %+v", o)
	}
}

func TestNoProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no program"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), text, dir} {
		c := Command{Args: []string{path}}
		if o := run(t, c); o.Unbegun == nil || o.Good() || strings.Contains(o.Unbegun.Error(), dir) {
			t.Errorf("%s gave %+v", path, o)
		}
		if err := c.Find(); err == nil {
			t.Errorf("%s was found", path)
		}
	}
	for _, args := range [][]string{script(t, ""), {"true"}} {
		if err := (Command{Args: args}).Find(); err != nil {
			t.Errorf("find %s: %v", args[0], err)
		}
	}
}

// TestTimeKillsTheGroup: what the command has started ends with it.
func TestTimeKillsTheGroup(t *testing.T) {
	t.Parallel()
	pid := filepath.Join(t.TempDir(), "pid")
	o := run(t, Command{Args: append(script(t, `sleep 600 & echo $! > "$1.new"; mv "$1.new" "$1"; echo begun; wait`), pid), Limit: 5 * time.Second})
	if !o.TimedOut || o.Good() || string(o.Output) != "begun\n" {
		t.Fatalf("a command that does not end gave %+v: %s", o, o.Output)
	}
	gone(t, pid)
}

// TestLeftBehind: a process that holds the output of a command that has ended is not waited for.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	pid := filepath.Join(t.TempDir(), "pid")
	o := run(t, Command{Args: append(script(t, `sleep 600 & echo $! > "$1"`), pid)})
	if !o.Left || o.Exit != 0 || o.Took > 30*time.Second {
		t.Errorf("a command that leaves a process behind gave %+v", o)
	}
	gone(t, pid)
}

// gone waits until a process has ended; as long as the test may take.
func gone(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for syscall.Kill(pid, 0) == nil {
		if state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && strings.Contains(string(state), ") Z ") {
			return // it has ended, and nobody has asked how
		}
		if t.Context().Err() != nil {
			t.Fatal("what the command has started goes on")
		}
	}
}

func TestStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	dir := t.TempDir()
	fifo := filepath.Join(dir, "begun")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = os.ReadFile(fifo) // until the command has opened and closed it
		stop()
	}()
	o := Run(ctx, Command{Args: append(script(t, `echo x > "$1"; sleep 600`), fifo), Dir: dir, Limit: time.Minute})
	if !o.Stopped || o.TimedOut || o.Good() {
		t.Errorf("a command whose server stops gave %+v", o)
	}
}

func TestMuchOutput(t *testing.T) {
	t.Parallel()
	o := run(t, Command{Args: script(t, "head -c 5000000 /dev/zero")})
	if !o.Good() || len(o.Output) != MaxOutput || o.Bytes != 5_000_000 {
		t.Errorf("much output: %d bytes kept of %d, good %v", len(o.Output), o.Bytes, o.Good())
	}
}

// TestSecrets: values that are passed on are hidden, also across the place where the output is cut.
func TestSecrets(t *testing.T) {
	const secret = "hunter2-hunter2"
	t.Setenv("SAFELIGHT_TEST_SECRET", secret)
	t.Setenv("SAFELIGHT_TEST_OTHER", "unseen")
	o := run(t, Command{Args: script(t, `echo "$SAFELIGHT_TEST_SECRET/$SAFELIGHT_TEST_OTHER"`), Pass: []string{"SAFELIGHT_TEST_SECRET"}})
	if string(o.Output) != "…/\n" {
		t.Errorf("it is kept as %q", o.Output)
	}
	o = run(t, Command{
		Args: append(script(t, `head -c "$1" /dev/zero; echo "$SAFELIGHT_TEST_SECRET"`), strconv.Itoa(MaxOutput-5)), Pass: []string{"SAFELIGHT_TEST_SECRET"},
	})
	if strings.Contains(string(o.Output), "hunt") || len(o.Output) > MaxOutput {
		t.Errorf("the end of what is kept is %q", o.Output[MaxOutput-8:])
	}
}
