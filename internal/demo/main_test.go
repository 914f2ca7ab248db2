package demo_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// safelight is the built binary: the hook, the gateway and the server of these
// tests are the real ones.
var safelight string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "safelight-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	safelight = filepath.Join(dir, "safelight")
	build := exec.Command("go", "build", "-o", safelight, "../../cmd/safelight")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the binary: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
