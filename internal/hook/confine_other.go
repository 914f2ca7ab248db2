//go:build !linux

package hook

import (
	"errors"
	"fmt"
	"os/exec"
)

// start refuses: nothing here shuts a program in.
func (w Confinement) start(*exec.Cmd) error {
	return fmt.Errorf("shut it in: only Linux can: %w", errors.ErrUnsupported)
}
