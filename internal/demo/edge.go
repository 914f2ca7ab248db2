package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/journal"
)

// edge is a real web server or cache in front of the gateway, set up as docs/edges.md says, with an origin of its own that
// serves the delivered folder as a team's web server would.
type edge struct {
	kind, version   string
	dir             string
	gateway, listen string // addresses
	admin           string
	facts           edgeFacts
	config          delivery.Config
	origin          *http.Server
	running         []*exec.Cmd
}

// edgeFacts is what the house's configuration says of it.
type edgeFacts struct{ Kind, Admin, Secret, Log, URL string }

// edgePrograms are the programs that a kind of edge consists of, in the order in which they are started.
var edgePrograms = map[string][]string{"nginx": {"nginx"}, "varnish": {"varnishd", "varnishncsa"}}

const (
	edgeStart = 30 * time.Second // Varnish compiles its configuration
	logTime   = 30 * time.Second // that what was logged may take to be in the file
	logPause  = 50 * time.Millisecond
)

// checkEdge looks before the images are drawn whether an edge can be started.
func checkEdge(kind, dir string) error {
	if kind == "" {
		return nil
	}
	programs, known := edgePrograms[kind]
	if !known {
		return fmt.Errorf("put an edge before the gateway: %q is not one that the demo can start: use nginx or varnish: %w", kind, journal.ErrInvalid)
	}
	for _, name := range programs {
		if _, err := program(name); err != nil {
			return err
		}
	}
	if strings.ContainsFunc(dir, func(c rune) bool { return c <= ' ' || strings.ContainsRune(`"'\;{}$`, c) }) {
		return fmt.Errorf("put an edge before the gateway: the folder %q has a space or a sign in its name that is one of nginx's configuration: name another with --dir: %w", dir, journal.ErrInvalid)
	}
	return nil
}

// program finds a server's program. Those who are not root have no sbin on their PATH.
func program(name string) (string, error) {
	for _, at := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(at); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("put an edge before the gateway: the program %s is not installed here: install it (Debian: nginx-light, varnish) or leave --edge out: %w", name, journal.ErrNotFound)
}

// newEdge is an edge with three addresses: where it listens, where it takes orders, and its origin.
func newEdge(kind, dir, gateway string, addresses []string) *edge {
	e := &edge{kind: kind, dir: dir, gateway: gateway, listen: addresses[0], admin: addresses[1]}
	e.origin = &http.Server{Addr: addresses[2], ReadHeaderTimeout: 10 * time.Second}
	e.facts = edgeFacts{Kind: kind, Log: filepath.Join(dir, "access.log"), URL: "http://" + e.listen + "/catalogue/"}
	if kind == "varnish" {
		e.facts.Admin, e.facts.Secret = e.admin, filepath.Join(dir, "secret")
	}
	return e
}

// start starts the origin and the edge, and waits until that answers.
func (e *edge) start(ctx context.Context, folder string, config delivery.Config) error {
	e.config = config
	if err := e.serveOrigin(folder); err != nil {
		return err
	}
	if err := e.run(ctx); err != nil {
		return errors.Join(fmt.Errorf("start edge %s: %w", e.kind, err), e.stop())
	}
	for name, err := range config.CheckEdges(ctx) {
		if err != nil {
			return errors.Join(fmt.Errorf("look whether edge %s is set up: %w", name, err), e.stop())
		}
	}
	return nil
}

// serveOrigin serves the delivered images, for a minute to caches as the gateway does.
func (e *edge) serveOrigin(folder string) error {
	files := http.StripPrefix("/catalogue/", http.FileServer(http.Dir(folder)))
	e.origin.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		files.ServeHTTP(w, r)
	})
	l, err := net.Listen("tcp", e.origin.Addr)
	if err != nil {
		return fmt.Errorf("serve the delivered images to edge %s: %w", e.kind, err)
	}
	go e.origin.Serve(l) // until it is closed, which is what it returns
	return nil
}

func (e *edge) run(ctx context.Context) error {
	if err := os.MkdirAll(e.dir, 0o755); err != nil {
		return err
	}
	name, text, err := delivery.Example{Listen: e.listen, Gateway: e.gateway, Origin: e.origin.Addr, Admin: e.admin, Dir: e.dir}.Config(e.kind)
	if err != nil {
		return err
	}
	file := filepath.Join(e.dir, name)
	if e.kind == "varnish" {
		return e.runVarnish(ctx, file, text)
	}
	return e.runNginx(ctx, file, text)
}

// runNginx gives nginx folders of its own: who is not root may not write into those that it was built with.
func (e *edge) runNginx(ctx context.Context, file string, text []byte) error {
	var own strings.Builder
	own.WriteString("http {\n")
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&own, "    %s_temp_path %s;\n", kind, filepath.Join(e.dir, kind))
	}
	if err := app.WriteFile(file, []byte(strings.Replace(string(text), "http {\n", own.String(), 1))); err != nil {
		return err
	}
	main := fmt.Sprintf("daemon off; pid %s/pid; error_log %s/error.log;", e.dir, e.dir)
	if os.Geteuid() == 0 {
		main += " user root;" // its workers must reach the folder
	}
	e.version = versionOf(ctx, "nginx", "-v")
	return e.launch(ctx, e.listen, "nginx", "-e", filepath.Join(e.dir, "error.log"), "-c", file, "-g", main)
}

func (e *edge) runVarnish(ctx context.Context, file string, text []byte) error {
	if err := errors.Join(app.WriteFile(file, text), os.WriteFile(e.facts.Secret, []byte("for this demo alone\n"), 0o600)); err != nil {
		return err
	}
	work := filepath.Join(e.dir, "work")
	e.version = versionOf(ctx, "varnishd", "-V")
	err := e.launch(ctx, e.listen, "varnishd", "-F", "-j", "none", "-a", e.listen, "-T", e.admin, "-S", e.facts.Secret, "-f", file, "-n", work, "-s", "malloc,256m")
	if err != nil {
		return err
	}
	args := append([]string{"-n", work, "-t", "30", "-w", e.facts.Log}, delivery.VarnishLog...)
	return e.launch(ctx, "", "varnishncsa", args...)
}

// versionOf is the line in which a program says its version.
func versionOf(ctx context.Context, name, flag string) string {
	path, err := program(name)
	if err != nil {
		return name
	}
	out, _ := exec.CommandContext(ctx, path, flag).CombinedOutput()
	line, _, _ := strings.Cut(string(out), "\n")
	line = strings.TrimPrefix(line, "nginx version: ")
	if i, j := strings.Index(line, "("), strings.Index(line, " revision"); strings.HasPrefix(line, "varnishd") && i >= 0 && j > i {
		line = line[i+1 : j]
	}
	return cmp.Or(strings.TrimSpace(line), name)
}

// launch starts a program and waits until it listens, if that is what it does.
func (e *edge) launch(ctx context.Context, listen, name string, args ...string) error {
	path, err := program(name)
	if err != nil {
		return err
	}
	cmd := exec.Command(path, args...)
	out, err := os.OpenFile(e.out(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, e.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return err
	}
	e.running = append(e.running, cmd)
	if listen == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, edgeStart)
	defer cancel()
	return poll(ctx, 20*time.Millisecond, func() error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", listen)
		if err != nil {
			return fmt.Errorf("%s does not listen on %s: %w: see %s", name, listen, err, e.out())
		}
		return conn.Close()
	})
}

// out is the file with what its programs say.
func (e *edge) out() string { return filepath.Join(e.dir, "out") }

// poll tries until it succeeds or ctx ends, and then gives the last failure.
func poll(ctx context.Context, pause time.Duration, try func() error) error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// settle waits until the log has so many lines: what has been answered may be written a little later.
func (e *edge) settle(ctx context.Context, answers int) error {
	ctx, cancel := context.WithTimeout(ctx, logTime)
	defer cancel()
	return poll(ctx, logPause, func() error {
		report, err := e.config.ReadLog(ctx, e.kind, time.Time{}, time.Time{}, func(string) (string, bool) { return "", false })
		if err == nil && (report.Lines < answers || report.Damaged > 0) {
			err = fmt.Errorf("the access log of edge %s has %d lines, %d of them damaged, of %d answers", e.kind, report.Lines, report.Damaged, answers)
		}
		return err
	})
}

// stop ends what was started, the last first, each by its own process.
func (e *edge) stop() error {
	var failed []error
	for i := len(e.running) - 1; i >= 0; i-- {
		cmd := e.running[i]
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			failed = append(failed, fmt.Errorf("stop edge %s: %w", e.kind, err))
			continue
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
			failed = append(failed, fmt.Errorf("stop edge %s: %w", e.kind, err))
		}
	}
	e.running = nil
	return errors.Join(append(failed, e.origin.Close())...)
}
