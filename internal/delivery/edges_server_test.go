package delivery

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// server is a real edge that a test has started, in front of a gateway and of an origin.
type server struct {
	t      *testing.T
	dir    string
	listen string
	run    func() *exec.Cmd
	config EdgeConfig
	cmd    *exec.Cmd
}

// free gives an address that nothing listens on. Its port is none of those that the system gives to connections that go out, since
// another test's connection could take it before the edge does.
func free(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000)))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	t.Fatal("no port between 10000 and 30000 is free")
	return ""
}

// newServer writes the configuration of docs/edges.md for an edge of a kind.
func newServer(t *testing.T, kind, gateway, origin string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), listen: free(t), config: EdgeConfig{Kind: kind}}
	admin := free(t)
	name, text, err := Example{Listen: s.listen, Gateway: gateway, Origin: origin, Admin: admin, Dir: s.dir}.Config(kind)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.dir, name)
	write(t, file, string(text))
	switch kind {
	case "nginx":
		s.run = func() *exec.Cmd {
			return exec.Command("nginx", "-c", file, "-g", "daemon off; user root; pid "+s.dir+"/pid; error_log "+s.dir+"/error.log;")
		}
	case "nginx-map":
		s.config.Map = filepath.Join(s.dir, "safelight.conf")
		write(t, s.config.Map, string(nginxMaps(nil)))
		args := []string{"/usr/sbin/nginx", "-c", file, "-g", "user root; pid " + s.dir + "/pid; error_log " + s.dir + "/error.log;"}
		s.config.Test, s.config.Reload = append(slices.Clone(args), "-t"), append(slices.Clone(args), "-s", "reload")
		s.run = func() *exec.Cmd {
			return exec.Command("nginx", "-c", file, "-g", "daemon off; user root; pid "+s.dir+"/pid; error_log "+s.dir+"/error.log;")
		}
	case "haproxy":
		s.config.Admin, s.config.Map = filepath.Join(s.dir, "admin.sock"), filepath.Join(s.dir, "safelight.map")
		write(t, s.config.Map, "")
		s.run = func() *exec.Cmd { return exec.Command("haproxy", "-db", "-f", file) }
	case "varnish":
		s.config.Admin, s.config.SecretFile = admin, filepath.Join(s.dir, "secret")
		write(t, s.config.SecretFile, "not a secret\n")
		s.run = func() *exec.Cmd {
			return exec.Command("varnishd", "-F", "-j", "none", "-a", s.listen, "-T", admin, "-S", s.config.SecretFile, "-f", file,
				"-n", filepath.Join(s.dir, "work"), "-s", "malloc,64m")
		}
	case "caddy":
		s.config.Admin = "http://" + admin
		s.run = func() *exec.Cmd { return exec.Command("caddy", "run", "--config", file) }
	}
	t.Cleanup(s.stop)
	s.start()
	return s
}

// start runs the server and waits until it answers, where it serves and where it is told: servers open the one before the other.
func (s *server) start() {
	s.t.Helper()
	s.cmd = s.run()
	out, err := os.Create(filepath.Join(s.dir, "out"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Stdout, s.cmd.Stderr, s.cmd.Env = out, out, append(os.Environ(), "HOME="+s.dir)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("%v; .ci/run installs it", err)
	}
	out.Close()
	addresses := []string{s.listen}
	if admin := s.config.Admin; admin != "" {
		addresses = append(addresses, strings.TrimPrefix(admin, "http://"))
	}
	for deadline := time.Now().Add(30 * time.Second); !listening(addresses); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(filepath.Join(s.dir, "out"))
			s.t.Fatalf("%s does not listen at each of %v: %s", s.config.Kind, addresses, text)
		}
	}
}

// listening tells whether something accepts connections at each address; one that is a path is a socket's.
func listening(addresses []string) bool {
	for _, a := range addresses {
		network := "tcp"
		if filepath.IsAbs(a) {
			network = "unix"
		}
		conn, err := net.DialTimeout(network, a, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
	}
	return true
}

// stop ends the server, as a crash would.
func (s *server) stop() {
	if s.cmd == nil {
		return
	}
	if strings.HasPrefix(s.config.Kind, "nginx") { // whose workers would live on
		s.cmd.Process.Signal(os.Interrupt)
	} else {
		s.cmd.Process.Kill()
	}
	s.cmd.Wait()
	s.cmd = nil
}

// front is a site with a real edge before it.
type front struct {
	*site
	edge   *server
	origin *httptest.Server
}

const pictures = 20

// picture is the bytes of a file; large enough that its sending takes several writes.
func picture(what string, i int) string {
	return strings.Repeat(fmt.Sprintf("%s %02d ", what, i), 5000)
}

// openFront has an edge of a kind before a gateway with pictures.
func openFront(t *testing.T, kind string) *front {
	t.Helper()
	f := &front{site: open(t, "")}
	for i := range pictures {
		write(t, f.path("out", fmt.Sprintf("p%02d.png", i)), picture("bad", i))
		write(t, f.path("ref", fmt.Sprintf("p%02d.png", i)), picture("ref", i))
	}
	files := http.StripPrefix("/catalogue/", http.FileServer(http.Dir(f.path("out"))))
	f.origin = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		r.URL.Path = path.Clean(strings.ReplaceAll(r.URL.Path, `\`, "/")) // it finds a file by any writing of its path
		r.URL.RawPath = ""
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(f.origin.Close)
	f.edge = newServer(t, kind, strings.TrimPrefix(f.server.URL, "http://"), strings.TrimPrefix(f.origin.URL, "http://"))
	c := Config{
		Routes: map[string]RouteConfig{"catalogue": {
			Prefix: "/catalogue/", Origin: f.path("out"), Fallback: f.path("ref"), Edges: []string{"front"}, URL: "http://" + f.edge.listen + "/catalogue/",
		}},
		Edges: map[string]EdgeConfig{"front": f.edge.config},
	}
	control, err := NewControl(c, f.path("gateway.json"))
	if err != nil {
		t.Fatal(err)
	}
	control.URL = f.server.URL
	f.control = control
	if err := control.CheckEdges(t.Context())["front"]; err != nil {
		t.Fatalf("the edge as docs/edges.md sets it up: %v", err)
	}
	return f
}

// fetch asks the edge for a picture.
func (f *front) fetch(ctx context.Context, client *http.Client, i int) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/catalogue/p%02d.png", f.edge.listen, i), nil)
	if err != nil {
		return 0, "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

// raw asks the edge for a path as it is written, which an [http.Client] would escape.
func (f *front) raw(path string) (status int, body string) {
	f.t.Helper()
	conn, err := net.DialTimeout("tcp", f.edge.listen, 10*time.Second)
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, f.edge.listen)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		f.t.Fatalf("GET %s: %v", path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatalf("GET %s: %v", path, err)
	}
	return res.StatusCode, string(b)
}
