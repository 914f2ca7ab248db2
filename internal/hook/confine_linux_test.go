package hook

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestConfined has a program try what it may not do: it writes and reads outside of its folder, it calls the network, it takes memory
// and it fills the disk.
func TestConfined(t *testing.T) {
	t.Parallel()
	inside, outside := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("word"), 0o644); err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(outside, "shared")
	if err := os.WriteFile(shared, []byte("for all"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	run := func(line string) Outcome {
		return Run(t.Context(), Command{
			Args: []string{"/bin/bash", "-c", line}, Dir: inside, Limit: time.Minute,
			Confined: &Confinement{Write: []string{inside}, Read: []string{shared}, Memory: 512 << 20, File: 1 << 20},
		})
	}
	if o := run("echo good > mine && mkdir d && mv mine d/ && cat d/mine " + shared + " && date > /dev/null && ls | sort"); !o.Good() || string(o.Output) != "good\nfor alld\n" {
		t.Fatalf("what it may do: %+v, %s", o, o.Output)
	}
	for what, line := range map[string]string{
		"read elsewhere":      "cat " + secret,
		"write elsewhere":     "echo x > " + filepath.Join(outside, "new"),
		"change the shared":   "echo x >> " + shared,
		"list elsewhere":      "ls " + outside,
		"remove elsewhere":    "rm -f " + secret,
		"call the network":    "exec 3<>/dev/tcp/127.0.0.1/" + port,
		"link to the outside": "ln " + secret + " mine2",
		"fill the disk":       "head -c 3000000 /dev/zero > big",
		"take memory":         "x=$(head -c 900000000 /dev/zero | tr '\\0' x); test ${#x} -gt 800000000",
	} {
		if o := run(line); o.Good() || o.Unbegun != nil {
			t.Errorf("%s: %+v, %s", what, o, o.Output)
		}
	}
	if text, err := os.ReadFile(secret); err != nil || string(text) != "word" {
		t.Errorf("the secret is %q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(inside, "big")); err == nil && info.Size() > 1<<20 {
		t.Errorf("a file of %d bytes", info.Size())
	}
	// This process has lost nothing.
	if err := os.WriteFile(filepath.Join(outside, "after"), nil, 0o644); err != nil {
		t.Error(err)
	}
	if o := Run(t.Context(), Command{Args: []string{"cat", secret}, Limit: time.Minute}); !o.Good() || !strings.Contains(string(o.Output), "word") {
		t.Errorf("a command that is not shut in: %+v", o)
	}
}
