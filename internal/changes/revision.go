package changes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/safelight-dev/safelight/internal/journal"
)

var errNoRepository = errors.New("no Git repository")

// revision is a side whose images are objects of Git: those of a commit, or of a folder of it, as in main:images.
type revision struct {
	name   string
	repo   *git.Repository
	commit *object.Commit
	below  string       // the folder, from the root of the repository; empty where it is that
	tree   *object.Tree // of that folder
	lfs    string       // where the objects of Git LFS lie
	most   int64
}

// openRevision finds a revision. Where it names no folder, it is what the revision has of dir: the paths are those that dir itself has.
func openRevision(dir, name string, most int64) (Tree, error) {
	repo, err := openRepository(dir)
	if err != nil {
		return nil, err
	}
	if name == "" || name[0] == '-' || len(name) > 200 {
		return nil, fmt.Errorf("revision %.40q: name a folder, a commit, a tag or a branch: %w", name, journal.ErrInvalid)
	}
	rev, below, named := strings.Cut(name, ":")
	hash, err := repo.ResolveRevision(plumbing.Revision(rev))
	if err != nil {
		return nil, fmt.Errorf("find %s: it is no folder, and the Git repository of %s has no such revision (%v): %w", name, dir, err, journal.ErrNotFound)
	}
	commit, err := repo.CommitObject(*hash)
	if err != nil {
		return nil, fmt.Errorf("read the commit %s: %w", name, err)
	}
	r := revision{name: name, repo: repo, below: strings.Trim(below, "/"), lfs: lfsFolder(dir), most: most}
	if !named {
		_, r.below = within(repo, dir)
	}
	r, err = r.at(commit)
	if named && errors.Is(err, object.ErrDirectoryNotFound) {
		return nil, fmt.Errorf("read the folder %s of %s: %w: %w", r.below, rev, err, journal.ErrNotFound)
	}
	if err != nil && !errors.Is(err, object.ErrDirectoryNotFound) {
		return nil, fmt.Errorf("read the folder %s of %s: %w", r.below, rev, err)
	}
	return r, nil
}

// at gives the same folder of another commit, and object.ErrDirectoryNotFound with an empty one where that has none.
func (r revision) at(commit *object.Commit) (revision, error) {
	r.commit, r.tree = commit, &object.Tree{}
	tree, err := commit.Tree()
	if err == nil && r.below != "" {
		tree, err = tree.Tree(r.below)
	}
	if err == nil {
		r.tree = tree
	}
	return r, err
}

func openRepository(dir string) (*git.Repository, error) {
	repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if errors.Is(err, git.ErrRepositoryNotExists) {
		return nil, errNoRepository
	}
	if err != nil {
		return nil, fmt.Errorf("open the Git repository of %s: %w", dir, err)
	}
	return repo, nil
}

// within gives the root of a working tree, and the path of a folder in it, with slashes; empty where it is the root, or not inside.
func within(repo *git.Repository, dir string) (root, below string) {
	tree, err := repo.Worktree()
	if err != nil { // a bare repository
		return "", ""
	}
	if root, err = filepath.EvalSymlinks(tree.Filesystem.Root()); err != nil {
		return "", ""
	}
	at, err := filepath.Abs(dir)
	if err == nil {
		at, err = filepath.EvalSymlinks(at)
	}
	if err == nil {
		at, err = filepath.Rel(root, at)
	}
	if err != nil || at == "." || !filepath.IsLocal(at) {
		return root, ""
	}
	return root, filepath.ToSlash(at)
}

// since gives, in place of a revision, where its history and that of a change parted: what others did to it meanwhile is none of the
// change. A revision that is in the base already, as where a release is rolled back, is compared with what was named; so is one whose
// common history is not there, as in a shallow clone.
func (r revision) since(change Tree) (revision, error) {
	heads, err := r.heads(change)
	if err != nil {
		return r, err
	}
	parted := r.commit
	for i, head := range heads {
		bases, err := r.commit.MergeBase(head)
		if err != nil && !errors.Is(err, plumbing.ErrObjectNotFound) {
			return r, fmt.Errorf("find where %s and %s parted: %w", r.name, change, err)
		}
		_, committed := change.(revision)
		if len(bases) == 0 || bases[0].Hash == r.commit.Hash || committed && bases[0].Hash == head.Hash {
			return r, nil
		}
		if i == 0 {
			parted = bases[0]
		}
	}
	if parted == r.commit {
		return r, nil
	}
	r.name = fmt.Sprintf("%s (%.8s)", r.name, parted.Hash)
	r, err = r.at(parted)
	if errors.Is(err, object.ErrDirectoryNotFound) { // the folder came later
		err = nil
	}
	return r, err
}

// heads are the commits that a change is made of: its own; of a working tree HEAD, and what is being merged into it.
func (r revision) heads(change Tree) (list []*object.Commit, err error) {
	switch one := change.(type) {
	case revision:
		return []*object.Commit{one.commit}, nil
	case folder:
		repo, err := openRepository(one.root)
		if errors.Is(err, errNoRepository) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		root, _ := within(repo, one.root)
		if own, _ := within(r.repo, one.root); root == "" || root != own {
			return nil, nil
		}
		for _, name := range []plumbing.ReferenceName{plumbing.HEAD, "MERGE_HEAD"} {
			ref, err := storer.ResolveReference(repo.Storer, name)
			if errors.Is(err, plumbing.ErrReferenceNotFound) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("read %s of %s: %w", name, one.name, err)
			}
			commit, err := repo.CommitObject(ref.Hash())
			if err != nil {
				return nil, fmt.Errorf("read the commit %s of %s: %w", name, one.name, err)
			}
			list = append(list, commit)
		}
	}
	return list, nil
}

// Whole gives the whole repository that a side is a folder of, where CODEOWNERS lies, and the folder's path in it.
func Whole(t Tree) (whole Tree, below string) {
	switch one := t.(type) {
	case revision:
		below, one.below = one.below, ""
		if root, err := one.at(one.commit); err == nil {
			return root, below
		}
	case folder:
		repo, err := openRepository(one.root)
		if err != nil {
			return t, ""
		}
		if root, below := within(repo, one.root); below != "" {
			return folder{one.name, root}, below
		}
	}
	return t, ""
}

// lfsFolder is where Git LFS keeps its objects: in the folder .git above dir.
func lfsFolder(dir string) string {
	at, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		if info, err := os.Stat(filepath.Join(at, ".git")); err == nil && info.IsDir() {
			return filepath.Join(at, ".git", "lfs", "objects")
		}
		up := filepath.Dir(at)
		if up == at {
			return ""
		}
		at = up
	}
}

func (r revision) String() string { return r.name }

func (r revision) list(ctx context.Context, want func(string) bool) (map[string]entry, error) {
	walk := object.NewTreeWalker(r.tree, true, nil) // no blob is read
	defer walk.Close()
	files := map[string]entry{}
	for {
		name, e, err := walk.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("list the images of %s: %w", r.name, err)
		}
		if e.Mode != filemode.Regular && e.Mode != filemode.Executable || !fs.ValidPath(name) || !want(name) {
			continue
		}
		files[name] = entry{size: -1, object: e.Hash.String(), open: func() (io.ReadCloser, error) {
			blob, err := r.repo.BlobObject(e.Hash)
			if err != nil {
				return nil, err
			}
			return blob.Reader()
		}}
	}
}

// open gives a file; of a pointer of Git LFS, the file that it names.
func (r revision) open(name string) (io.ReadCloser, error) {
	from, _, err := r.openSized(name)
	return from, err
}

func (r revision) openSized(name string) (from io.ReadCloser, size int64, err error) {
	f, err := r.tree.File(name)
	if err != nil {
		return nil, 0, err
	}
	if f.Size <= pointerSize {
		text, err := f.Contents()
		if err != nil {
			return nil, 0, err
		}
		if oid, size, ok := pointer([]byte(text)); ok {
			from, err := r.openPointed(oid)
			return from, size, err
		}
	}
	from, err = f.Reader()
	return from, f.Size, err
}

// openPointed gives what a pointer of Git LFS names.
func (r revision) openPointed(oid string) (io.ReadCloser, error) {
	from, err := os.Open(filepath.Join(r.lfs, oid[:2], oid[2:4], oid))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("it is kept in Git LFS and not here: git lfs fetch: %w", journal.ErrConflict) // and not that the file is none of the revision
	}
	return from, err
}

func (r revision) linked(name string) bool {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		e, err := r.tree.FindEntry(name[:i])
		if err != nil {
			return false
		}
		if e.Mode == filemode.Symlink {
			return true
		}
	}
	return false
}

func (r revision) lay(ctx context.Context, paths []string, into string) (string, error) {
	if err := os.MkdirAll(into, 0o700); err != nil {
		return "", err
	}
	for _, p := range paths {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if err := r.layOne(p, filepath.Join(into, filepath.FromSlash(p))); err != nil {
			return "", fmt.Errorf("%s: %w", p, err)
		}
	}
	return into, nil
}

func (r revision) layOne(name, to string) error {
	from, size, err := r.openSized(name)
	if err != nil {
		return err
	}
	defer from.Close()
	return put(to, from, size, r.most)
}

// put writes a file. One that is too large to be measured is not copied: it is as large as it was, and nothing else.
func put(to string, from io.Reader, size, most int64) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if size > most {
		return f.Truncate(size)
	}
	_, err = io.Copy(f, io.LimitReader(from, size))
	return err
}

// pointerSize is more than any pointer of Git LFS has.
const pointerSize = 1024

var pointerForm = regexp.MustCompile(`\Aversion https://git-lfs\.github\.com/spec/v1\n(?:[a-z0-9.-]+ [^\n]*\n)*?oid sha256:([0-9a-f]{64})\nsize ([0-9]{1,18})\n`)

// pointer reads a pointer of Git LFS (its specification, version 1).
func pointer(data []byte) (oid string, size int64, ok bool) {
	m := pointerForm.FindSubmatch(data)
	if m == nil {
		return "", 0, false
	}
	size, err := strconv.ParseInt(string(m[2]), 10, 64)
	return string(m[1]), size, err == nil
}

// pointing tells whether an entry is a pointer of Git LFS. What cannot be read is none, and says so when it is measured.
func pointing(e entry) bool {
	if e.size > pointerSize {
		return false
	}
	r, err := e.open()
	if err != nil {
		return false
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, pointerSize))
	_, _, ok := pointer(head)
	return err == nil && ok
}
