package repository

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk commits in a process that may write no file of more than 64 KiB,
// which fails as a full disk does: in the middle of a write.
func TestFullDisk(t *testing.T) {
	const child = "SAFELIGHT_TEST_FULL"
	if dir := os.Getenv(child); dir != "" {
		full := syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, 1<<20)
		if filepath.Base(dir) == "object" { // one that does not compress
			rand.NewChaCha8([32]byte{}).Read(data)
		}
		r := open(t, dir)
		_, _, err := r.Commit(t.Context(), request("big", "_/a.md", "2", "_/big.bin", string(data), "new/c.md", "2"))
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("Commit = %v, want the error of the write", err)
		}
		return
	}
	t.Parallel()
	for _, stage := range []string{"object", "work tree"} {
		dir := filepath.Join(t.TempDir(), stage)
		first := commit(t, open(t, dir), request("k", "_/a.md", "1"))
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$")
		cmd.Env = append(os.Environ(), child+"="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", stage, err, out)
		}
		equal(t, "main", runGit(t, dir, "rev-parse", "main"), first)
		text, err := os.ReadFile(filepath.Join(dir, "_", "a.md"))
		if err != nil || string(text) != "1" {
			t.Errorf("%s: a.md is %q (%v), want it untouched", stage, text, err)
		}
		sound(t, dir, "")
		// With room again, the same request goes through.
		commit(t, open(t, dir), request("big", "_/a.md", "2", "_/big.bin", strings.Repeat("x", 1<<20)))
		sound(t, dir, "")
	}
}
