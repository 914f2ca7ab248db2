package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// WriteFile writes a file so that it is there whole or not at all: a temporary
// file beside it is written, synced and renamed, and the folder is synced.
func WriteFile(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".safelight-*")
	if err != nil {
		return ofFile(path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(ofFile(path, err), remains(f))
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return errors.Join(f.Close(), syncFolder(dir))
}

// remains removes a temporary file. What fails of that is said of the folder.
func remains(f *os.File) error {
	f.Close() // it may be closed already, and goes
	if err := os.Remove(f.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a temporary file in %s: %w", filepath.Dir(f.Name()), err)
	}
	return nil
}

// ofFile is an error of writing a file in its own name: nobody knows the temporary one.
func ofFile(path string, err error) error {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		err = file.Err
	case errors.As(err, &link):
		err = link.Err
	}
	named := &fs.PathError{Op: "write", Path: path, Err: err}
	if errors.Is(err, fs.ErrNotExist) {
		return phrase.Errorf("file.no-folder", path, named)
	}
	return named
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
