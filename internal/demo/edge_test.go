package demo_test

import (
	"bytes"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNightAtAnEdge replays the night behind a real server with a real cache: it is disabled there and proven, visitors are
// served the approved images alone after that, the report counts the very deliveries that they counted, and what was
// started is ended.
func TestNightAtAnEdge(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"nginx", "varnish"} {
		t.Run(kind, func(t *testing.T) { // one after the other: each keeps two cores busy
			dir := filepath.Join(scratch, "night-"+kind)
			cmd := exec.Command(safelight(t), "demo", "--no-serve", "--images", "60", "--dir", dir, "--edge", kind)
			cmd.Env = append(cmd.Environ(), "LC_ALL=en_GB.UTF-8", "LANG=en_GB.UTF-8")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("the demo ended with %v:\n%s", err, out)
			}
			said := func(pattern string) []string {
				t.Helper()
				found := regexp.MustCompile(pattern).FindStringSubmatch(string(out))
				if found == nil {
					t.Fatalf("the demo does not say %q:\n%s", pattern, out)
				}
				return found
			}
			said(`decided and proven in [0-9,]+ ms of wall time; [0-9,]+ visits meanwhile, [0-9,]+ of them served a drifted image, the last [0-9,]+ ms after the decision; 300 visits after the proof: references only\n`)
			counted := said(`04:24  ([0-9,]+) deliveries of drifted images by the access log of ` + kind + `, in the wall time .*; the visitors counted ([0-9,]+)\n`)
			if counted[1] != counted[2] || len(counted[1]) < len("3,300") {
				t.Errorf("the report counts %s deliveries, the visitors %s; want the same, and 3,300 at least", counted[1], counted[2])
			}
			said(`04:12:00 Nora Lindqvist \(On-call\) paged to: acknowledge; .*, acknowledged 1 min 40 s later\n`)
			said(`clock to contain: met in 5 min, 25 min to spare\n`)
			listen := said(kind + `.*stands before the gateway: http://([0-9.:]+)/catalogue/\n`)[1]
			if conn, err := net.Dial("tcp", listen); err == nil {
				conn.Close()
				t.Errorf("%s still listens on %s after the night", kind, listen)
			}
			export, err := exec.Command(safelight(t), "journal", "export", "--dir", dir).Output()
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(export) {
				if bytes.Contains(line, []byte("incident.mitigation-proven")) && !bytes.Contains(line, []byte("http://"+listen+"/catalogue/")) {
					t.Errorf("the containment was not proven at the edge:\n%s", line)
				}
			}
		})
	}
}

func TestDemoRefusesAnEdge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, dir, want string }{
		{"haproxy", t.TempDir(), "use nginx or varnish"},
		{"nginx", filepath.Join(t.TempDir(), "a folder"), "name another with --dir"},
	} {
		out, err := exec.Command(safelight(t), "demo", "--no-serve", "--images", "60", "--edge", c.kind, "--dir", c.dir).CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) || strings.Contains(string(out), "drawing") {
			t.Errorf("--edge %s in %q: %v, %s; want %q before anything is drawn", c.kind, c.dir, err, out, c.want)
		}
	}
}
