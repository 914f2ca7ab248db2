package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Commit commits files to a branch and gives the hash of the commit.
//
// On the branch that the work tree shows, the files are written there too, and
// git status says nothing of them afterwards; a change that somebody made to
// one of them by hand and did not commit is overwritten. On any other branch
// neither work tree nor index is touched; a new branch starts at main, or from
// nothing while main is empty. To commit to main while another branch is
// checked out is [journal.ErrConflict].
//
// If a commit with the request's key is on the branch already, it is found and
// nothing is committed; files that are missing in the work tree are restored,
// as the branch's last commit has them. If there is none, but the branch holds
// the files with the same content already, the hash is that of its last
// commit. Either way changed is false. Under a known key no source is read and
// no edit made.
//
// Files are published documents: never executable, never symbolic links. Hooks
// do not run. A path, key, name or time that a commit cannot hold is
// [journal.ErrInvalid]; a file of more than 100 MiB [journal.ErrTooLarge];
// another git process at work, an unfinished merge, or a file where a folder
// should be [journal.ErrConflict].
func (r *Repository) Commit(ctx context.Context, req CommitRequest) (hash string, changed bool, err error) {
	err = req.validate()
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		hash, changed, err = r.transact(ctx, req)
	}
	if err != nil {
		return "", false, fmt.Errorf("commit %s to %s: %w", req.Key, req.Branch, err)
	}
	return hash, changed, nil
}

func (r *Repository) transact(ctx context.Context, req CommitRequest) (hash string, changed bool, err error) {
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	t, err := r.begin(ctx, req.branch())
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, t.end()) }()
	if req.branch() == mainBranch && !t.checkedOut {
		return "", false, fmt.Errorf("main is not checked out (run: git switch main): %w", journal.ErrConflict)
	}
	commit, changed, err := t.commit(ctx, req)
	return commit.String(), changed, err
}

// transaction is one commit in the making. It holds git's own locks.
type transaction struct {
	repository *Repository
	git        *git.Repository
	files      worktree
	objects    objects
	branch     plumbing.ReferenceName
	checkedOut bool          // the work tree shows the branch
	parent     plumbing.Hash // zero if the commit will be the first
	releases   []func() error
}

func (r *Repository) begin(ctx context.Context, branch plumbing.ReferenceName) (t *transaction, err error) {
	t = &transaction{repository: r, branch: branch}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.end())
		}
	}()
	if t.git, err = r.open(); err != nil {
		return t, err
	}
	t.objects = objects{git: t.git, dir: r.gitDir("objects"), key: r.key}
	if t.files, err = r.worktree(); err != nil {
		return t, err
	}
	if err := t.lock(ctx, r.gitDir(branch.String())); err != nil {
		return t, err
	}
	head, err := t.git.Reference(plumbing.HEAD, false)
	if err != nil {
		return t, fmt.Errorf("read HEAD: %w", err)
	}
	t.checkedOut = !r.bare && head.Type() == plumbing.SymbolicReference && head.Target() == branch
	if t.checkedOut {
		if err := errors.Join(r.idle(), t.lock(ctx, r.gitDir("index"))); err != nil {
			return t, err
		}
	}
	t.parent, err = t.start()
	return t, err
}

func (t *transaction) lock(ctx context.Context, file string) error {
	release, err := lock(ctx, file, t.repository.gitDir())
	if err == nil {
		t.releases = append(t.releases, release)
	}
	return err
}

// end releases what begin took.
func (t *transaction) end() error {
	var err error
	for _, release := range t.releases {
		err = errors.Join(err, release())
	}
	if t.files.root != nil {
		err = errors.Join(err, t.files.root.Close())
	}
	return err
}

// start gives the commit that the next one follows: the branch's last, or main's.
func (t *transaction) start() (plumbing.Hash, error) {
	for _, name := range []plumbing.ReferenceName{t.branch, mainBranch} {
		ref, err := t.git.Reference(name, true)
		if errors.Is(err, plumbing.ErrReferenceNotFound) {
			continue
		}
		if err != nil {
			return plumbing.ZeroHash, fmt.Errorf("read branch %s: %w", name.Short(), err)
		}
		return ref.Hash(), nil
	}
	return plumbing.ZeroHash, nil
}

func (t *transaction) commit(ctx context.Context, req CommitRequest) (hash plumbing.Hash, changed bool, err error) {
	base, err := t.objects.treeOf(t.parent)
	if err != nil {
		return hash, false, err
	}
	found, err := t.objects.find(ctx, t.parent, req.Key)
	if err != nil {
		return hash, false, err
	}
	if !found.IsZero() {
		return found, false, t.restore(base, req.Files)
	}
	files, err := t.loaded(ctx, base, req.Files)
	if err == nil {
		files, err = t.withIgnoreFile(base, files)
	}
	if err != nil {
		return hash, false, err
	}
	req.Files = files
	hash, blobs, err := t.build(ctx, base, req)
	if err == nil && t.checkedOut {
		err = t.checkOut(files, blobs)
	}
	changed = hash != t.parent
	if err == nil && changed {
		err = t.advance(hash)
	}
	return hash, changed, err
}

// build stores everything up to the commit. If the files change nothing, it
// stores no commit and gives the parent.
func (t *transaction) build(ctx context.Context, base plumbing.Hash, req CommitRequest) (plumbing.Hash, []blob, error) {
	blobs, err := t.objects.blobs(ctx, req.Files)
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	root, err := t.objects.graft(base, blobs)
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	hash := t.parent
	if root != base {
		if hash, err = t.objects.commit(req, root, t.parent); err != nil {
			return hash, nil, err
		}
	}
	return hash, blobs, t.objects.sync()
}

// checkOut brings files into work tree and index.
func (t *transaction) checkOut(files []File, blobs []blob) error {
	// The index is read first: if it cannot be kept, nothing is written.
	idx, err := t.readIndex(blobs)
	if err != nil {
		return err
	}
	if err := t.files.write(files); err != nil {
		return err
	}
	return t.writeIndex(idx, blobs)
}

// advance moves the branch. It is the moment at which the commit exists.
func (t *transaction) advance(hash plumbing.Hash) error {
	r := t.repository
	if err := replace(r.gitDir(t.branch.String()), []byte(hash.String()+"\n"), r.gitDir()); err != nil {
		return fmt.Errorf("move branch %s: %w", t.branch.Short(), err)
	}
	return nil
}

// restore writes the files that are missing in the work tree, as they stand in
// a tree. A later commit may have changed or removed them: that stays.
func (t *transaction) restore(tree plumbing.Hash, wanted []File) error {
	if !t.checkedOut {
		return nil
	}
	var files []File
	var blobs []blob
	for _, f := range wanted {
		there, err := t.files.exists(f.Path)
		if err != nil {
			return fmt.Errorf("look for %s: %w", f.Path, err)
		}
		if there {
			continue
		}
		hash, data, err := t.objects.read(tree, f.Path)
		if errors.Is(err, journal.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		files = append(files, File{Path: f.Path, Data: data})
		blobs = append(blobs, blob{path: f.Path, hash: hash})
	}
	if len(files) == 0 {
		return nil
	}
	return t.checkOut(files, blobs)
}

// withIgnoreFile adds the work tree's .gitignore to files if it says what the
// last commit's says plus our lines, and nothing else: what a person is
// writing there is theirs to commit.
func (t *transaction) withIgnoreFile(base plumbing.Hash, files []File) ([]File, error) {
	if !t.checkedOut {
		return files, nil
	}
	for _, f := range files {
		if f.Path == ignoreFile {
			return files, nil
		}
	}
	committedHash, committed, err := t.objects.read(base, ignoreFile)
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return nil, err
	}
	text, err := t.files.read(ignoreFile, maxIgnore)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 || bytes.Equal(text, committed) || !bytes.Equal(text, t.repository.withIgnored(committed)) {
		return files, nil
	}
	idx, err := t.decodeIndex()
	if err != nil {
		return nil, err
	}
	entry, err := idx.Entry(ignoreFile)
	if err == nil && entry.Hash != committedHash && entry.Hash != plumbing.ComputeHash(plumbing.BlobObject, text) {
		return files, nil
	}
	return append(files[:len(files):len(files)], File{Path: ignoreFile, Data: text}), nil
}

// signature gives a person and the request's time as git writes them.
func (r CommitRequest) signature(by Person) object.Signature {
	p := by.clean()
	return object.Signature{Name: p.Name, Email: p.Email, When: r.When}
}
