package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// walk visits the delivered images, each with its reference, and the
// references that nothing was delivered of, in the order of names. Folders are
// read one at a time, so memory holds the names along one path only.
func (o Options) walk(ctx context.Context, visit func(reference, path string, err error) error) error {
	if o.Paths != nil {
		return o.walkPaths(ctx, visit)
	}
	return o.walkFolder(ctx, "", visit)
}

// walkPaths visits the images that are named, folder by folder: what their
// references are is told by all that lies beside them.
func (o Options) walkPaths(ctx context.Context, visit func(reference, path string, err error) error) error {
	byFolder := map[string][]string{}
	for _, p := range o.Paths {
		if p = path.Clean(p); fs.ValidPath(p) && !hidden(p) {
			byFolder[path.Dir(p)] = append(byFolder[path.Dir(p)], path.Base(p))
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(byFolder)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		delivered, err := list(filepath.Join(o.Candidate, filepath.FromSlash(dir)))
		if err != nil {
			continue // it went since, and its images with it
		}
		references, err := list(filepath.Join(o.Reference, filepath.FromSlash(dir)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return visit("", dir+"/", fmt.Errorf("read a folder of references: %w", err))
		}
		match := matched(delivered, references)
		slices.Sort(byFolder[dir])
		for _, name := range slices.Compact(byFolder[dir]) {
			p := path.Join(dir, name)
			if delivered[name] != file || notAnImage(name) || !o.wants(p, file) {
				continue
			}
			if err := visit(path.Join(dir, match.reference(name)), p, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o Options) walkFolder(ctx context.Context, dir string, visit func(reference, path string, err error) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	delivered, err := list(filepath.Join(o.Candidate, filepath.FromSlash(dir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return visit("", dir+"/", fmt.Errorf("read a folder of delivered images: %w", err))
	}
	references, err := list(filepath.Join(o.Reference, filepath.FromSlash(dir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return visit("", dir+"/", fmt.Errorf("read a folder of references: %w", err))
	}
	match := matched(delivered, references)
	for _, name := range union(delivered, references) {
		p := path.Join(dir, name)
		switch {
		case delivered[name] == folder || references[name] == folder && delivered[name] == nothing:
			err = o.walkFolder(ctx, p, visit)
		case notAnImage(name) || match.taken[name] || !o.wants(p, delivered[name]):
		case delivered[name] == nothing:
			err = visit("", p, fmt.Errorf("%w: %w", phrase.Errorf("picture.undelivered", p), journal.ErrNotFound))
		default:
			err = visit(path.Join(dir, match.reference(name)), p, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// matching says which reference belongs to a delivered image of a folder.
type matching struct {
	byName map[string]string // delivered name to another name of a reference
	taken  map[string]bool   // names of references that belong to a delivered image of another name
}

func (m matching) reference(delivered string) string {
	if name, ok := m.byName[delivered]; ok {
		return name
	}
	return delivered
}

// matched pairs images by their name, and those that are left by their name
// without its extension, where that names one on either side: an approved PNG
// is the reference of the JPEG, WebP or AVIF that was made of it.
func matched(delivered, references map[string]kind) matching {
	m := matching{map[string]string{}, map[string]bool{}}
	stem := func(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }
	alone := func(names, others map[string]kind) map[string]string {
		byStem := map[string]string{}
		for n, k := range names {
			if k != file || others[n] == file || notAnImage(n) {
				continue
			}
			s := stem(n)
			if _, twice := byStem[s]; twice {
				n = "" // none of them can be meant
			}
			byStem[s] = n
		}
		return byStem
	}
	left := alone(references, delivered)
	for s, n := range alone(delivered, references) {
		if r := left[s]; n != "" && r != "" {
			m.byName[n], m.taken[r] = r, true
		}
	}
	return m
}

// notAnImage tells files that lie beside images and are none by their name.
func notAnImage(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".md", ".json", ".xml", ".html", ".css", ".js", ".csv", ".yaml", ".yml", ".pdf", ".zip", ".log", ".db", ".ini":
		return true
	}
	return false
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
	err = o.walk(ctx, func(reference, path string, err error) error {
		files++
		if err == nil {
			bytes += size(o.Reference, reference) + size(o.Candidate, path)
		}
		return nil
	})
	return files, bytes, err
}
