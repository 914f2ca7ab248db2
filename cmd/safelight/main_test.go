package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The test binary is the program too, so that scripts run the real thing in
// processes of their own.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"safelight": main}) }

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Values[trackerKey{}] = &scriptedTracker{}
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache")) // the scripts have no home
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": scriptExits, "commands": scriptCommands, "image": scriptImage, "flip": scriptFlip, "keep": scriptKeep,
			"digest": scriptDigest, "fill": scriptFill, "scene": scriptScene, "served": scriptServed, "port": scriptPort, "listens": scriptListens, "heads": scriptHeads, "lately": scriptLately, "until": scriptUntil, "slack": scriptSlack, "mail": scriptMail, "tracker": scriptTracker,
		},
	})
}

// scriptExits runs a program that must end with an exit code: exits 2 safelight check.
func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// scriptImage writes a plain picture: image FILE WxH RRGGBB [png|jpeg].
func scriptImage(ts *testscript.TestScript, _ bool, args []string) {
	var w, h int
	_, err := fmt.Sscanf(args[1], "%dx%d", &w, &h)
	ts.Check(err)
	rgb, err := hex.DecodeString(args[2])
	ts.Check(err)
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.NRGBA{rgb[0], rgb[1], rgb[2], 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if len(args) > 3 && args[3] == "jpeg" {
		ts.Check(jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}))
	} else {
		ts.Check(png.Encode(&b, m))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}

// scriptFlip flips one bit: flip FILE N flips the bit N of the file, flip FILE
// TEXT the lowest bit of the first byte wherever the text stands.
func scriptFlip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	if n, err := strconv.Atoi(args[1]); err == nil {
		data[n/8] ^= 1 << (n % 8)
	} else {
		other := []byte(args[1])
		other[0] ^= 1
		if !bytes.Contains(data, []byte(args[1])) {
			ts.Fatalf("%s does not hold %q", args[0], args[1])
		}
		data = bytes.ReplaceAll(data, []byte(args[1]), other)
	}
	ts.Check(os.WriteFile(path, data, 0o644))
}

// scriptKeep keeps what was printed last in a variable: keep SAFELIGHT_TOKEN.
func scriptKeep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// scriptDigest keeps the SHA-256 of a file in a variable: digest FILE NAME.
func scriptDigest(ts *testscript.TestScript, _ bool, args []string) {
	sum := sha256.Sum256([]byte(ts.ReadFile(args[0])))
	ts.Setenv(args[1], hex.EncodeToString(sum[:]))
}

// scriptFill replaces the variables in a file by their values.
func scriptFill(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// scriptServed waits until a server has announced itself in a folder.
func scriptServed(ts *testscript.TestScript, _ bool, args []string) {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for range 3000 {
		if address, err := app.ServedAt(ts.MkAbs(args[0])); err == nil && address != "" {
			return
		}
		<-look.C
	}
	ts.Fatalf("no server announced itself in %s", args[0])
}

// scriptUntil runs a program until what it prints matches: until REGEXP PROGRAM ARGS.
func scriptUntil(ts *testscript.TestScript, _ bool, args []string) {
	want, err := regexp.Compile(args[0])
	ts.Check(err)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for begun := time.Now(); time.Since(begun) < time.Minute; <-look.C {
		if err := ts.Exec(args[1], args[2:]...); err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%v never printed %q, last:\n%s", args[1:], args[0], ts.ReadFile("stdout"))
}

// scriptPort keeps a free address of this machine in a variable: port GATEWAY.
func scriptPort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// scriptListens waits until an address takes connections.
func scriptListens(ts *testscript.TestScript, _ bool, args []string) {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for range 3000 {
		if conn, err := net.Dial("tcp", args[0]); err == nil {
			ts.Check(conn.Close())
			return
		}
		<-look.C
	}
	ts.Fatalf("nobody listens on %s", args[0])
}

// bench is a cli whose streams are held by the test.
func bench(env map[string]string) (*cli, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	return &cli{stdin: strings.NewReader(""), stdout: &out, stderr: &err, env: func(name string) string { return env[name] }}, &out, &err
}

func TestEveryCommandIsListedWithItsSummary(t *testing.T) {
	t.Parallel()
	for _, lang := range phrase.Langs() {
		c, out, _ := bench(map[string]string{"LANG": string(lang) + "_XX.UTF-8"})
		if code := c.main(context.Background(), []string{"help"}); code != exitGood {
			t.Fatalf("help: exit code %d, want %d", code, exitGood)
		}
		for _, cmd := range commands() {
			if want := cmd.name; !strings.Contains(out.String(), "  "+want) || !phrase.Known(cmd.summary) {
				t.Errorf("help in %s does not list %s with its summary", lang, want)
			}
		}
	}
}

// TestEveryCommandRefusesAnUnknownFlag: a mistyped flag must never be taken
// for an argument, or be ignored.
func TestEveryCommandRefusesAnUnknownFlag(t *testing.T) {
	t.Parallel()
	lines := [][]string{{"incident", "list"}, {"incident", "show"}, {"incident", "declare"}, {"rca", "suggest"}, {"rca", "test"}, {"action", "list"},
		{"postmortem", "show"}, {"postmortem", "lint"}, {"postmortem", "import"}, {"postmortem", "render"}, {"postmortem", "template"}, {"postmortem", "schema"},
		{"journal", "verify"}, {"journal", "export"}, {"oncall", "who"}, {"oncall", "schedule"}, {"oncall", "override"}, {"oncall", "export"}, {"oncall", "swap", "propose"}, {"oncall", "swap", "accept"}, {"rules", "check"}, {"user", "add"}, {"user", "list"}, {"user", "token"},
		{"lut", "show"}, {"lut", "check"}, {"lut", "apply"}, {"models", "list"}, {"models", "import"}, {"models", "pull"}}
	for command, changes := range map[string][]change{"incident": incidentChanges(), "rca": rcaChanges(), "postmortem": postmortemChanges(), "action": actionChanges()} {
		for _, ch := range changes {
			lines = append(lines, []string{command, ch.name})
		}
	}
	for _, cmd := range commands() {
		lines = append(lines, []string{cmd.name})
	}
	for _, line := range lines {
		c, out, _ := bench(nil)
		if code := c.main(context.Background(), append(line, "--no-such-flag")); code != exitUsage {
			t.Errorf("%v --no-such-flag: exit code %d, want %d", line, code, exitUsage)
		}
		if out.Len() > 0 {
			t.Errorf("%v --no-such-flag printed a result: %s", line, out)
		}
	}
}

func TestProblemsKeepTheirKindAndTheServersSentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
		want   string
		code   int
	}{
		{422, `{"title":"The request is not valid.","detail":"refuse: the reason is empty: invalid"}`, "refuse: the reason is empty", exitFailed},
		{401, `{"title":"This token is not known.","status":401}`, "This token is not known.", exitFailed},
		{404, `{"title":"Nothing here.","detail":"find the incident: not found"}`, "find the incident: not found", exitFailed},
		{400, `{"detail":"validation failed","errors":[{"message":"unexpected property","location":"body.x"}]}`, "validation failed; body.x: unexpected property", exitFailed},
		{502, `<html>`, "the server answered 502: Bad Gateway", exitInternal},
	} {
		c, _, stderr := bench(nil)
		code := c.report(problem(tt.status, []byte(tt.body)))
		if got := strings.TrimSpace(stderr.String()); got != "safelight: "+tt.want || code != tt.code {
			t.Errorf("problem %d: said %q with exit code %d, want %q with %d", tt.status, got, code, "safelight: "+tt.want, tt.code)
		}
	}
}

// TestAPasswordIsNeverAskedWithoutATerminal: a script must not hang.
func TestNamesOfOthersDoNotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	if got, want := oneLine("e\x1b]0;pwn\a\n rtl\u202egpj.jpg é"), `e\u001b]0;pwn\u0007 rtl\u202egpj.jpg é`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAPasswordIsNeverAskedWithoutATerminal(t *testing.T) {
	t.Parallel()
	c, _, _ := bench(nil)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, stdin := range []io.Reader{strings.NewReader("secret enough\n"), null} {
		c.stdin = stdin
		var usage usageError
		if _, err := c.password(people.Person{Role: people.Viewer}, false, false); !errors.As(err, &usage) {
			t.Errorf("password without a terminal: %v, want a usage error", err)
		}
	}
}
