//go:build amd64 && !purego

package jpegdec

import "testing"

// both runs a test with the assembly and without.
func both(t *testing.T, f func(t *testing.T)) {
	if vectors {
		t.Run("assembly", f)
	}
	t.Run("Go", func(t *testing.T) {
		defer plain()()
		f(t)
	})
}

// plain turns the assembly off until the function that it returns is called.
func plain() func() {
	before := vectors
	vectors = false
	return func() { vectors = before }
}
