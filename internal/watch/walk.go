package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// walk visits the union of both folders in the order of names. Folders are
// read one at a time, so memory holds the names along one path only.
func (o Options) walk(ctx context.Context, visit func(path string, err error) error) error {
	return o.walkFolder(ctx, "", visit)
}

func (o Options) walkFolder(ctx context.Context, dir string, visit func(string, error) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	delivered, err := list(filepath.Join(o.Candidate, filepath.FromSlash(dir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return visit(dir+"/", fmt.Errorf("read a folder of delivered images: %w", err))
	}
	references, err := list(filepath.Join(o.Reference, filepath.FromSlash(dir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return visit(dir+"/", fmt.Errorf("read a folder of references: %w", err))
	}
	for _, name := range union(delivered, references) {
		p := path.Join(dir, name)
		switch {
		case delivered[name] == folder || references[name] == folder && delivered[name] == nothing:
			err = o.walkFolder(ctx, p, visit)
		case !o.wants(p, delivered[name]):
		case delivered[name] == nothing:
			err = visit(p, fmt.Errorf("find the delivered image %s: only its reference is there: %w", p, journal.ErrNotFound))
		default:
			err = visit(p, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wants asks Changed about a file. What vanished since the folder was read is
// passed over: it will be missed at the next look.
func (o Options) wants(p string, k kind) bool {
	if o.Changed == nil {
		return true
	}
	if k == nothing {
		return false
	}
	info, err := os.Stat(filepath.Join(o.Candidate, filepath.FromSlash(p)))
	return err == nil && o.Changed(p, info)
}

// kind of a folder's entry; the zero kind is a name that is not there.
type kind int

const (
	nothing kind = iota
	folder
	file
)

// list gives the visible entries of a folder. Symbolic links count as files,
// so that a link to a folder cannot make the walk go round.
func list(dir string) (map[string]kind, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	kinds := make(map[string]kind, len(entries))
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			kinds[e.Name()] = folder
		default:
			kinds[e.Name()] = file
		}
	}
	return kinds, nil
}

func union(a, b map[string]kind) []string {
	names := make([]string, 0, max(len(a), len(b)))
	for n := range a {
		names = append(names, n)
	}
	for n := range b {
		if a[n] == nothing {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// Survey counts what Scan would visit and the bytes that it would read, for a
// progress bar. A file that cannot be looked at counts without bytes.
func Survey(ctx context.Context, o Options) (files int, bytes int64, err error) {
	size := func(dir, path string) int64 {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil {
			return 0
		}
		return info.Size()
	}
	err = o.walk(ctx, func(path string, err error) error {
		files++
		if err == nil {
			bytes += size(o.Reference, path) + size(o.Candidate, path)
		}
		return nil
	})
	return files, bytes, err
}
