package demo_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests.
const patience = 60 * time.Second

// password is that of every account of a test's house.
const password = "correct horse battery"

// house is a folder with a configuration, accounts, images, and the processes
// of a gateway and a server: Safelight as a team runs it.
type house struct {
	t      *testing.T
	dir    string
	tokens map[string]string // by login
	server *process
	url    string
}

// process is a running safelight.
type process struct {
	cmd    *exec.Cmd
	output *bytes.Buffer
}

func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended
	_ = p.cmd.Wait()
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	gateway := freeAddress(t)
	h.write("safelight.yaml", fmt.Sprintf(`
language: en
serve: {listen: %q}
pipelines:
  catalogue: {reference: reference, delivered: delivered, class: product, routes: [catalogue], stakeholders: [Marketing], lead: lea}
gateway:
  listen: %q
  routes:
    catalogue: {prefix: /catalogue/, origin: delivered, fallback: reference}
onCall:
  rotation: {members: [nora], handOff: monday 09:00, every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}
`, freeAddress(t), gateway))
	for i := range 4 {
		h.image(fmt.Sprintf("reference/%d.png", i), color.NRGBA{200, 16, 46, 255})
		h.image(fmt.Sprintf("delivered/%d.png", i), color.NRGBA{215, 90, 20, 255})
	}
	for _, p := range [][]string{{"ada", "administrator"}, {"nora", "responder"}, {"lea", "lead"}} {
		h.run(password+"\n", "user", "add", p[0], "--role", p[1], "--password-stdin")
		var token struct{ Token string }
		if err := json.Unmarshal(h.run("", "user", "token", p[0], "--name", "test", "--json"), &token); err != nil || token.Token == "" {
			t.Fatalf("token of %s: %v %+v", p[0], err, token)
		}
		h.tokens[p[0]] = token.Token
	}
	h.start("gateway").wait(t, "http://"+gateway+"/-/ready")
	return h
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (h *house) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) image(name string, c color.NRGBA) {
	h.t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		copy(m.Pix[4*i:], []uint8{c.R, c.G, c.B, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		h.t.Fatal(err)
	}
	h.write(name, b.String())
}

// run runs a command to its end and gives its standard output.
func (h *house) run(stdin string, args ...string) []byte {
	h.t.Helper()
	cmd := exec.Command(safelight(h.t), append(args, "--dir", h.dir)...)
	cmd.Stdin = strings.NewReader(stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("safelight %v: %v\n%s%s", args, err, out, errs.String())
	}
	return out
}

// start starts a command that stays.
func (h *house) start(args ...string) *process {
	h.t.Helper()
	p := &process{cmd: exec.Command(safelight(h.t), append(args, "--dir", h.dir)...), output: &bytes.Buffer{}}
	p.cmd.Stderr = p.output
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(p.kill)
	return p
}

// wait polls until an address answers well.
func (p *process) wait(t *testing.T, url string) {
	t.Helper()
	until(t, "an answer of "+url, func() bool {
		r, err := http.Get(url)
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
}

// until polls a condition that another process brings about.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t *testing.T, most time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(most)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %v in vain for %s", most, what)
		}
	}
}

// serve starts the server and waits until it says its address.
func (h *house) serve() {
	h.t.Helper()
	cmd := exec.Command(safelight(h.t), "serve", "--dir", h.dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	h.server = &process{cmd: cmd, output: &bytes.Buffer{}}
	cmd.Stderr = h.server.output
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(h.server.kill)
	h.url = servedAt(h.t, out, h.server)
}

// servedAt reads until the server says its address, and lets the rest of its
// output pass by.
func servedAt(t *testing.T, out io.Reader, p *process) string {
	t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "safelight serves "); ok {
			go io.Copy(io.Discard, out)
			return strings.TrimSuffix(url, "/")
		}
	}
	t.Fatalf("the server ended without saying its address:\n%s", p.output.String())
	return ""
}

// call asks the API in a person's name and decodes the answer into v, if that is not nil.
func (h *house) call(login, method, path, body string, v any) int {
	h.t.Helper()
	request, err := http.NewRequest(method, h.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+h.tokens[login])
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0 // the server was killed
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && v != nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		h.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
	return response.StatusCode
}
