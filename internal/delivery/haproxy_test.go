package delivery

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runtimeAPI is a Runtime API that answers each command as a test wants.
func runtimeAPI(t *testing.T, answer func(command string) string) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "admin.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			command, _ := in.ReadString('\n')
			if strings.HasSuffix(command, "<<\n") {
				for line := "x"; line != "\n"; {
					if line, err = in.ReadString('\n'); err != nil {
						break
					}
				}
			}
			io.WriteString(conn, answer(strings.TrimSpace(command))+"\n")
			conn.Close()
		}
	}()
	return socket
}

// TestHAProxyRefuses keeps the file of the map as it was where the running server does not take the new one: a restart must
// not change what it does.
func TestHAProxyRefuses(t *testing.T) {
	t.Parallel()
	good := func(command string) string {
		switch verb, _, _ := strings.Cut(command, " "); verb {
		case "prepare":
			return "New version created: 2"
		case "show":
			return "0x55d0 /catalogue/ yes\n0x55d1 /thumbs/ yes"
		}
		return ""
	}
	for name, row := range map[string]struct {
		answer func(string) string
		want   string // in the error; empty for none
	}{
		"it obeys":             {good, ""},
		"it knows no such map": {func(string) string { return "Unknown map identifier. Please use #<id> or <file>." }, "Unknown map"},
		"it refuses an entry": {func(c string) string {
			if strings.HasPrefix(c, "add") {
				return "'add map' expects three parameters (table identifier, key and value)"
			}
			return good(c)
		}, "expects three parameters"},
		"it does not commit": {func(c string) string {
			if strings.HasPrefix(c, "commit") {
				return "Out of memory"
			}
			return good(c)
		}, "Out of memory"},
		"it says yes and does nothing": {func(c string) string {
			if strings.HasPrefix(c, "show") {
				return "0x55d0 /old/ yes"
			}
			return good(c)
		}, "has another one: 0x55d0 /old/ yes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "safelight.map")
			write(t, file, "/old/ yes\n")
			h := &haproxy{"front", runtimeAPI(t, row.answer), file}
			err := h.divert(t.Context(), []string{"/thumbs/", "/catalogue/"})
			text, _ := os.ReadFile(file)
			want := "/old/ yes\n"
			if row.want == "" {
				want = "/thumbs/ yes\n/catalogue/ yes\n"
			}
			if string(text) != want {
				t.Errorf("the file has %q, want %q", text, want)
			}
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("%v; want %q", err, row.want)
			}
		})
	}
}

// TestHAProxyAway leaves the new map for a server that is down: it starts with it. A file that was not there is left, too,
// since HAProxy does not start without one.
func TestHAProxyAway(t *testing.T) {
	t.Parallel()
	for name, socket := range map[string]string{"down": filepath.Join(t.TempDir(), "none.sock"), "refusing": runtimeAPI(t, func(string) string { return "Unknown map" })} {
		file := filepath.Join(t.TempDir(), "safelight.map")
		h := &haproxy{"front", socket, file}
		if err := h.divert(t.Context(), []string{"/catalogue/"}); err == nil {
			t.Errorf("%s: it was told", name)
		}
		text, err := os.ReadFile(file)
		want := map[string]string{"down": "/catalogue/ yes\n", "refusing": ""}[name]
		if err != nil || string(text) != want {
			t.Errorf("%s: the file has %q (%v), want %q", name, text, err, want)
		}
	}
}

// TestHAProxyOtherMap has the real HAProxy told of a map that its configuration does not use: the file stays as it was, and
// the server is checked by itself with it.
func TestHAProxyOtherMap(t *testing.T) {
	f := openFront(t, "haproxy")
	other := filepath.Join(f.edge.dir, "other.map")
	write(t, other, "/old/ yes\n")
	h := &haproxy{"front", f.edge.config.Admin, other}
	if err := h.divert(t.Context(), []string{"/catalogue/"}); err == nil || !strings.Contains(err.Error(), "Unknown map") {
		t.Errorf("a map that is not used: %v", err)
	}
	if text, _ := os.ReadFile(other); string(text) != "/old/ yes\n" {
		t.Errorf("the file has %q", text)
	}
	prefixes := make([]string, 900)
	for i := range prefixes {
		prefixes[i] = fmt.Sprintf("/catalogue/%03d-%s/", i, strings.Repeat("x", 200))
	}
	right := &haproxy{"front", f.edge.config.Admin, f.edge.config.Map}
	if err := right.divert(t.Context(), prefixes); err != nil {
		t.Errorf("many prefixes: %v", err)
	}
	f.edge.stop()
	f.edge.start() // with the file that was written
	if answer, err := right.ask(t.Context(), "show map "+right.file+"\n"); err != nil || !sameEntries(answer, prefixes) {
		t.Errorf("after a restart: %.100q, %v", answer, err)
	}
}

func FuzzShowMap(f *testing.F) {
	f.Add("0x55d0 /catalogue/ yes\n")
	f.Add("Unknown map")
	f.Fuzz(func(t *testing.T, answer string) {
		if !sameEntries(answer, []string{"/catalogue/"}) {
			return
		}
		if f := strings.Fields(answer); len(f) != 3 || f[1] != "/catalogue/" || f[2] != "yes" {
			t.Errorf("%q has the one entry and no other", answer)
		}
	})
}
