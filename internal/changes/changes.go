// Package changes lists which images differ between two folders, Git revisions or columns of a manifest, and lays them out as folders.
//
// Two images are the same where their bytes are: of Git that is told by the names of its objects, and nothing is read. Images in Git LFS
// are those that their pointers name.
package changes

import (
	"cmp"
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

	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Tree is one side of a change.
type Tree interface {
	// String names it as the user did.
	String() string
	// list gives the images by their paths, with slashes.
	list(ctx context.Context, want func(path string) bool) (map[string]entry, error)
	// open opens one file.
	open(path string) (io.ReadCloser, error)
	// lay puts images where they can be read as files below a folder, which it gives: into, or where they are already.
	lay(ctx context.Context, paths []string, into string) (folder string, err error)
	// linked tells whether a path, or a folder above it, is a symbolic link: those are not followed.
	linked(path string) bool
}

// entry is one image, as far as it is known without reading it.
type entry struct {
	size   int64  // -1 where it is not known
	object string // its name as an object of Git; empty where it is not known
	open   func() (io.ReadCloser, error)
}

// Open finds a side: a folder, or a revision of the Git repository that the folder dir is in. most bounds the bytes of one image.
func Open(dir, place string, most int64) (Tree, error) {
	at := place
	if !filepath.IsAbs(at) {
		at = filepath.Join(dir, at)
	}
	if info, err := os.Stat(at); err == nil && info.IsDir() {
		return folder{place, at}, nil
	}
	t, err := openRevision(dir, place, most)
	if errors.Is(err, errNoRepository) {
		return nil, fmt.Errorf("read %s: there is no such folder, and %s is in no Git repository: %w", place, dir, journal.ErrNotFound)
	}
	return t, err
}

// Sides finds what a change is compared with, and the change. Where both are of one history, that is what the base was where they parted.
func Sides(dir, base, change string, most int64) (was, is Tree, err error) {
	if was, err = Open(dir, base, most); err != nil {
		return nil, nil, err
	}
	if is, err = Open(dir, change, most); err != nil {
		return nil, nil, err
	}
	if r, ok := was.(revision); ok {
		was, err = r.since(is)
	}
	return was, is, err
}

// Change is one image that is not on both sides with the same bytes.
type Change struct {
	Path   string // of the changed image; of the base where it was removed
	Base   string // empty where it was added; another name where only the extension differs
	Gone   bool   // it was removed
	Linked bool   // a symbolic link is in its place, which is not followed: it is gone then
}

// Diff is what lies between two trees.
type Diff struct {
	Changes   []Change // by path
	Images    int      // of the change
	Unchanged int
}

// Read reads a file of a side, such as CODEOWNERS; one that is not there is an [journal.ErrNotFound].
func Read(t Tree, name string, most int64) ([]byte, error) {
	doing := fmt.Sprintf("read %s of %s", name, t)
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%s: it is no path: %w", doing, journal.ErrInvalid)
	}
	r, err := t.open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, object.ErrFileNotFound) {
		return nil, fmt.Errorf("%s: %w", doing, journal.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s: it is larger than %d bytes: %w", doing, most, journal.ErrTooLarge)
	}
	return data, nil
}

// List gives the paths of the files of a side that are wanted, sorted.
func List(ctx context.Context, t Tree, want func(path string) bool) ([]string, error) {
	files, err := t.list(ctx, want)
	return slices.Sorted(maps.Keys(files)), err
}

// Between compares two trees. want tells which files are images that matter.
func Between(ctx context.Context, base, change Tree, want func(path string) bool) (Diff, error) {
	was, err := base.list(ctx, want)
	if err != nil {
		return Diff{}, err
	}
	is, err := change.list(ctx, want)
	if err != nil {
		return Diff{}, err
	}
	d := Diff{Images: len(is)}
	gone, replaced := gonePaths(was, is), map[string]bool{}
	for _, p := range slices.Sorted(maps.Keys(is)) {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		old, there := was[p]
		if !there {
			d.Changes = append(d.Changes, Change{Path: p, Base: gone.of(p)})
			replaced[gone.of(p)] = true
			continue
		}
		equal, err := same(old, is[p])
		if err != nil {
			return d, fmt.Errorf("compare %s of %s and %s: %w", p, base, change, err)
		}
		if equal {
			d.Unchanged++
			continue
		}
		d.Changes = append(d.Changes, Change{Path: p, Base: p})
	}
	for p := range was {
		if _, there := is[p]; !there && !replaced[p] {
			d.Changes = append(d.Changes, Change{Path: p, Base: p, Gone: true, Linked: change.linked(p)})
		}
	}
	slices.SortFunc(d.Changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return d, nil
}

// removed are the bases that are not there any more, by their names without extension.
type removed map[string][]string

func gonePaths(was, is map[string]entry) removed {
	r := removed{}
	for p := range was {
		if _, there := is[p]; !there {
			r[stem(p)] = append(r[stem(p)], p)
		}
	}
	return r
}

// of gives the base that an image of another extension was made of, where there is exactly one. Several may be made of one.
func (r removed) of(p string) string {
	if list := r[stem(p)]; len(list) == 1 {
		return list[0]
	}
	return ""
}

func stem(p string) string { return strings.TrimSuffix(p, path.Ext(p)) }

// Lay puts the changed images and their bases into folders that can be read side by side; into is an empty folder for what is not
// there as files yet.
func (d Diff) Lay(ctx context.Context, base, change Tree, into string) (baseDir, changeDir string, err error) {
	var was, is []string
	for _, c := range d.Changes {
		if c.Gone {
			continue
		}
		is = append(is, c.Path)
		if c.Base != "" {
			was = append(was, c.Base)
		}
	}
	slices.Sort(was)
	if baseDir, err = base.lay(ctx, slices.Compact(was), filepath.Join(into, "base")); err != nil {
		return "", "", fmt.Errorf("lay out the images of %s: %w", base, err)
	}
	if changeDir, err = change.lay(ctx, is, filepath.Join(into, "change")); err != nil {
		return "", "", fmt.Errorf("lay out the images of %s: %w", change, err)
	}
	return baseDir, changeDir, nil
}
