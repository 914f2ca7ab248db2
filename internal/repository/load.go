package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// loaded gives files with nothing but their bytes.
func (t *transaction) loaded(ctx context.Context, base plumbing.Hash, files []File) ([]File, error) {
	list := make([]File, len(files))
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		data, err := f.Data, error(nil)
		switch {
		case f.Source != "":
			data, err = readSource(f.Source)
		case f.Edit != nil:
			data, err = t.edited(base, f)
		}
		if err == nil && len(data) > maxFile {
			err = fmt.Errorf("%d bytes: %w", len(data), journal.ErrTooLarge)
		}
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", f.Path, err)
		}
		list[i] = File{Path: f.Path, Data: data}
	}
	return list, nil
}

func (t *transaction) edited(base plumbing.Hash, f File) ([]byte, error) {
	_, committed, err := t.objects.read(base, f.Path)
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return nil, err
	}
	return f.Edit(committed)
}

func readSource(name string) ([]byte, error) {
	// Before opening, which would wait for ever on a named pipe.
	info, err := os.Stat(name)
	if err != nil {
		return nil, notFound(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: %w", name, journal.ErrInvalid)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return data, errors.Join(err, f.Close())
}

func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%v: %w", err, journal.ErrNotFound)
	}
	return err
}
