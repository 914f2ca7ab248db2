package faces

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/pixels"
)

// TestMain is also the detector of these tests: "detector" and what it does, then its argument.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "detector" {
		os.Exit(detector(os.Args[2], os.Args[len(os.Args)-1]))
	}
	os.Exit(m.Run())
}

func detector(does, argument string) int {
	switch does {
	case "answer":
		io.Copy(io.Discard, os.Stdin)
		fmt.Println(argument)
	case "environment":
		os.WriteFile(argument, []byte(strings.Join(os.Environ(), "\n")), 0o600)
		fmt.Println(`{"faces":[]}`)
	case "flood":
		for {
			if _, err := os.Stdout.Write(make([]byte, 1<<16)); err != nil {
				return 1
			}
		}
	case "exit":
		fmt.Fprintln(os.Stderr, "no model is here\nand more")
		return 3
	case "child": // outlives its parent, if it may
		c := exec.Command(os.Args[0], "detector", "hang", argument)
		c.Start()
		os.WriteFile(argument, []byte(strconv.Itoa(c.Process.Pid)), 0o600)
		time.Sleep(time.Hour)
	case "hang":
		time.Sleep(time.Hour)
	}
	return 0
}

func does(t *testing.T, timeout time.Duration, does, argument string) *Detector {
	t.Helper()
	c := Config{Command: []string{os.Args[0], "detector", does, argument}, Timeout: timeout}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return New(c)
}

func grey() *pixels.Image {
	return &pixels.Image{Width: 4, Height: 2, Depth: 8, RGB8: make([]byte, 24)}
}

// TestFind: the surest face that counts, or one sentence that says what the detector did wrong.
func TestFind(t *testing.T) {
	t.Parallel()
	const face = `{"faces":[{"x":0.1,"y":0.1,"w":0.5,"h":0.5,"confidence":%s}]}`
	for _, row := range []struct {
		does, argument, err string
		surest              float64
	}{
		{"answer", `{"faces":[]}`, "", 0},
		{"answer", fmt.Sprintf(face, "0.93"), "", 0.93},
		{"answer", fmt.Sprintf(face, "0.49"), "", 0},
		{"answer", "two faces", "not the JSON", 0},
		{"answer", "", "not the JSON", 0},
		{"exit", "", "ended with exit status 3", 0},
		{"flood", "", "more than 65536 bytes", 0},
	} {
		surest, err := does(t, time.Minute, row.does, row.argument).Find(t.Context(), grey())
		if surest != row.surest || (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s %s gives %v, %v; want %v, %q", row.does, row.argument, surest, err, row.surest, row.err)
		}
		if err != nil && strings.Contains(err.Error(), "model") {
			t.Errorf("the detector's own words are told: %v", err)
		}
	}
	if err := does(t, time.Minute, "exit", "").Try(t.Context()); err == nil || !strings.Contains(err.Error(), "status 3 (it says: no model is here): ") {
		t.Errorf("trying it gives %v, want the first line that it writes", err)
	}
	if _, err := New(Config{Command: []string{"no-such-detector-here"}}).Find(t.Context(), grey()); err == nil || !strings.Contains(err.Error(), "cannot be started") {
		t.Errorf("a program that is not there gives %v", err)
	}
	if New(Config{}) != nil {
		t.Error("without a command there is a detector")
	}
}

// TestTimeoutEndsGrandchildren: at the time limit all that the command started is gone.
func TestTimeoutEndsGrandchildren(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	_, err := does(t, 3*time.Second, "child", file).Find(t.Context(), grey())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a detector that hangs gives %v", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); alive(pid); {
		if time.Now().After(deadline) {
			t.Fatal("the detector's own child still runs")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// alive tells whether a process runs; one that only waits to be reaped does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) && !errors.Is(err, os.ErrNotExist)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// TestEnvironment: no secret of ours reaches the detector.
func TestEnvironment(t *testing.T) {
	t.Setenv("SAFELIGHT_TOKEN", "s3cret")
	file := filepath.Join(t.TempDir(), "environment")
	if _, err := does(t, time.Minute, "environment", file).Find(t.Context(), grey()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if name, _, _ := strings.Cut(line, "="); name != "PATH" && name != "LANG" && name != "PWD" {
			t.Errorf("the detector is told %s", name)
		}
	}
}

// TestPPM: what the detector is shown, shrunk by means, and of 16 bits the upper ones.
func TestPPM(t *testing.T) {
	t.Parallel()
	m := &pixels.Image{Width: 4, Height: 2, Depth: 8, RGB8: make([]byte, 24)}
	for i := range m.RGB8 {
		m.RGB8[i] = byte(10 * (i / 3))
	}
	if got, want := string(ppm(m, 2)), "P6\n2 1\n255\n\x19\x19\x19\x2d\x2d\x2d"; got != want {
		t.Errorf("shrunk it is %q, want %q", got, want)
	}
	if got := ppm(m, 4); string(got) != "P6\n4 2\n255\n"+string(m.RGB8) || string(ppm(m.Wide(), 4)) != string(got) {
		t.Errorf("in whole it is %q", got)
	}
	if got := string(ppm(&pixels.Image{Width: 500, Height: 1, Depth: 8, RGB8: make([]byte, 1500)}, 100)); !strings.HasPrefix(got, "P6\n100 1\n") {
		t.Errorf("a line is shrunk to %.12q", got)
	}
}

// FuzzParse: whatever a detector answers, faces are within their ranges and not too many, and no error quotes the answer.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"faces":[]}`, `{"faces":[{"x":0,"y":0,"w":1,"h":1,"confidence":1}]}`, `{"faces":null}`, `{}`, `null`, ``, `{"faces":[]}x`,
		`{"faces":[{"x":0,"y":0,"w":1,"h":1}]}`, `{"faces":[{"x":0.5,"y":0,"w":1,"h":1,"confidence":1}]}`, `{"faces":[],"age":3}`,
		`{"faces":[{"x":0,"y":0,"w":1,"h":1,"confidence":1e400}]}`, `{"faces":[` + strings.Repeat(`{},`, 2000) + `{}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		found, err := parse(answer)
		if err != nil && found != nil || len(found) > maxFaces {
			t.Fatalf("%d faces, %v", len(found), err)
		}
		for _, one := range found {
			if !one.valid() {
				t.Errorf("%+v is taken", one)
			}
		}
	})
}
