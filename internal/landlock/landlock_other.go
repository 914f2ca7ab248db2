//go:build !linux

package landlock

import "errors"

// Restrict fails: there is no Landlock here.
func Restrict(Rights) error { return errors.ErrUnsupported }
