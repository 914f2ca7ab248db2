//go:build !amd64 || purego

package jpegdec

import "testing"

func both(t *testing.T, f func(t *testing.T)) { t.Run("Go", f) }

func plain() func() { return func() {} }
