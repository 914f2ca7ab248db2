package codec

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// program is the name of the child's file.
const program = "safelight-codec"

// buildProgram is the command that builds it.
const buildProgram = "go build ./cmd/" + program

// ErrNoProgram is the kind of error where the child's program cannot be found.
var ErrNoProgram = errors.New("safelight-codec not found")

// find looks for the child beside the running program, then on PATH.
func find() (string, error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), program)
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return beside, nil
		}
	}
	path, err := exec.LookPath(program)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", fmt.Errorf("%w beside this program or on PATH: build it with `%s` and put it there", ErrNoProgram, buildProgram)
	}
	return path, nil
}
