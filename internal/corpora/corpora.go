// Package corpora finds, for tests, the pictures and weights of others that are no part of the project.
package corpora

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the folder of the corpora, as SAFELIGHT_CORPORA names it, joined with the elements. Without it, or
// where the file is not there, the test is skipped and says what to set: the project's own test data never
// depends on it.
func Dir(t testing.TB, elem ...string) string { return find(t, "SAFELIGHT_CORPORA", elem) }

// Models is Dir for the folder of network weights, SAFELIGHT_MODELS.
func Models(t testing.TB, elem ...string) string { return find(t, "SAFELIGHT_MODELS", elem) }

func find(t testing.TB, variable string, elem []string) string {
	t.Helper()
	root := os.Getenv(variable)
	if root == "" {
		t.Skipf("not here: set %s to the folder of test data that others made (CONTRIBUTING.md)", variable)
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("not here: %s of %s: %v", filepath.Join(elem...), variable, err)
	}
	return path
}
