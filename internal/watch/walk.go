package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/container"
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
	w := walker{Options: o, delivered: newTree(o.Candidate), references: newTree(o.Reference), visit: visit}
	return w.folder(ctx, "")
}

// walker is one walk over whole folders.
type walker struct {
	Options
	delivered, references *tree
	visit                 func(reference, path string, err error) error
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
		delivered, _, err := list(filepath.Join(o.Candidate, filepath.FromSlash(dir)))
		if err != nil {
			continue // it went since, and its images with it
		}
		references, _, err := list(filepath.Join(o.Reference, filepath.FromSlash(dir)))
		if err := unlisted(visit, dir, err); err != nil {
			return err
		}
		match := matched(delivered, references)
		slices.Sort(byFolder[dir])
		for _, name := range slices.Compact(byFolder[dir]) {
			p := path.Join(dir, name)
			if delivered[name] != file || !o.wants(p, file) || notAnImage(name) && !o.showsImage(p) {
				continue
			}
			reference := path.Join(dir, match.reference(name))
			if o.References != nil {
				reference = o.References[p]
			}
			if err := visit(reference, p, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walker) folder(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	delivered, err := w.delivered.list(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return w.visit("", dir+"/", fmt.Errorf("read a folder of delivered images: %w", err))
	}
	references, err := w.references.list(dir)
	if err = unlisted(w.visit, dir, err); err != nil {
		return err
	}
	match := matched(delivered, references)
	for _, name := range union(delivered, references) {
		p := path.Join(dir, name)
		switch {
		case delivered[name] == folder || references[name] == folder && delivered[name] == nothing:
			err = w.folder(ctx, p)
		case match.taken[name] || delivered[name] == nothing && notAnImage(name) || !w.wants(p, delivered[name]):
		case delivered[name] == nothing:
			err = w.visit("", p, fmt.Errorf("%w: %w", phrase.Errorf("picture.undelivered", p), journal.ErrNotFound))
		case notAnImage(name) && !w.showsImage(p):
		default:
			err = w.visit(path.Join(dir, match.reference(name)), p, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unlisted tells of a folder of references that cannot be read. What was delivered is looked at all the same: it may be
// what must not get out.
func unlisted(visit func(reference, path string, err error) error, dir string, err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return visit("", dir+"/", fmt.Errorf("read a folder of references: %w", err))
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

// showsImage looks into a delivered file that is no image by its name: who asks for it gets the image all the same. One
// that cannot be read now is left to whoever reads it.
func (o Options) showsImage(p string) bool {
	f, err := os.OpenFile(filepath.Join(o.Candidate, filepath.FromSlash(p)), os.O_RDONLY|nonblock, 0)
	if err != nil {
		return true
	}
	defer f.Close()
	head := make([]byte, 16<<10)
	n, err := io.ReadFull(f, head)
	_, image := container.Detect(head[:n])
	return image || err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF)
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

// list gives the visible entries of a folder. Symbolic links count as files, and are named once more.
func list(dir string) (kinds map[string]kind, links []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	kinds = make(map[string]kind, len(entries))
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			kinds[e.Name()] = folder
		default:
			kinds[e.Name()] = file
			if e.Type()&fs.ModeSymlink != 0 {
				links = append(links, e.Name())
			}
		}
	}
	return kinds, links, nil
}

// tree is a folder whose links to folders are followed where they stay inside it, as gateways do that serve
// "current" of "releases/42". Each folder is reached by one link only, so that links cannot make the walk go round.
type tree struct {
	root    string
	real    string // without links; empty if there is no such folder
	reached map[string]bool
}

func newTree(root string) *tree {
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		real = ""
	}
	return &tree{root, real, map[string]bool{real: true}}
}

func (t *tree) list(dir string) (map[string]kind, error) {
	at := filepath.Join(t.root, filepath.FromSlash(dir))
	kinds, links, err := list(at)
	for _, name := range links {
		if t.follows(filepath.Join(at, name)) {
			kinds[name] = folder
		}
	}
	return kinds, err
}

// follows tells whether a path is a link to a folder inside that was not reached by a link yet, nor holds the link.
func (t *tree) follows(link string) bool {
	target, err := filepath.EvalSymlinks(link)
	if err != nil || t.real == "" || t.reached[target] || !below(target, t.real) {
		return false
	}
	if info, err := os.Stat(target); err != nil || !info.IsDir() {
		return false
	}
	holder, err := filepath.EvalSymlinks(filepath.Dir(link))
	if err != nil || holder == target || below(holder, target) {
		return false
	}
	t.reached[target] = true
	return true
}

func below(path, folder string) bool {
	return strings.HasPrefix(path, strings.TrimSuffix(folder, string(filepath.Separator))+string(filepath.Separator))
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
