package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// errInput marks what the user gave as unusable.
var errInput = journal.ErrInvalid

// inputError marks errors of opening a file that the user named: the user, not
// the program, can mend them.
func inputError(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: %w", err, journal.ErrInvalid)
	}
	return err
}

// notAnInput refuses to write over a file that is being read.
func notAnInput(out string, inputs []string) error {
	target, err := os.Stat(out)
	if err != nil {
		return nil // there is nothing to write over
	}
	for _, in := range inputs {
		if source, err := os.Stat(in); err == nil && os.SameFile(target, source) {
			return fmt.Errorf("%w: %w", phrase.Errorf("picture.is-input", out), errInput)
		}
	}
	return nil
}

// outside refuses a path in one of the folders that are read.
func outside(path string, folders []string) error {
	for _, folder := range folders {
		if path != "" && within(path, folder) {
			return fmt.Errorf("%w: %w", phrase.Errorf("picture.is-inside", path, folder), errInput)
		}
	}
	return nil
}

// within tells whether a path, which need not exist, is a folder or below it.
func within(path, folder string) bool {
	inner, err := os.Stat(folder)
	if err != nil {
		return false // the scan will say so
	}
	path, err = filepath.Abs(path)
	for err == nil {
		if outer, err := os.Stat(path); err == nil && os.SameFile(outer, inner) {
			return true
		}
		above := filepath.Dir(path)
		if above == path {
			return false
		}
		path = above
	}
	return false
}

// named refuses a file whose name ends in none of the extensions of what is written to it. Nothing is refused of a name
// that is not given.
func named(path string, refusal phrase.Key, extensions ...string) error {
	if path == "" || slices.Contains(extensions, strings.ToLower(filepath.Ext(path))) {
		return nil
	}
	return fmt.Errorf("%w: %w", phrase.Errorf(refusal, path), errInput)
}
