package repository

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Line is a branch of a repository of somebody else, in which commits are reverted. Nothing else is changed there.
type Line struct {
	repository *Repository
	branch     plumbing.ReferenceName
}

// OpenLine opens a branch of the repository in a folder, which may be bare. A linked work tree and a submodule are
// [journal.ErrInvalid], a branch or a repository that is not there is [journal.ErrNotFound].
func OpenLine(dir, branch string) (*Line, error) {
	doing := func(err error) error { return phrase.Errorf("back.git.open", branch, dir, err) }
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, doing(err)
	}
	l := &Line{&Repository{dir: full, bare: looksBare(full)}, plumbing.NewBranchReferenceName(branch)}
	if err := l.branch.Validate(); err != nil {
		return nil, doing(fmt.Errorf("%v: %w", err, journal.ErrInvalid))
	}
	info, err := os.Lstat(l.repository.gitDir())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, doing(fmt.Errorf("%w: %w", phrase.Errorf("back.git.none"), journal.ErrNotFound))
	case err != nil:
		return nil, doing(err)
	case !info.IsDir():
		return nil, doing(fmt.Errorf("%w: %w", phrase.Errorf("back.git.linked"), journal.ErrInvalid))
	}
	if err := l.repository.clearLeftovers(); err != nil {
		return nil, doing(err)
	}
	if _, err := l.head(); err != nil {
		return nil, doing(err)
	}
	return l, nil
}

// head gives the branch's last commit.
func (l *Line) head() (*object.Commit, error) {
	g, err := l.repository.open()
	if err != nil {
		return nil, err
	}
	ref, err := g.Reference(l.branch, true)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("back.git.no-branch"), journal.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return g.CommitObject(ref.Hash())
}

// Commits gives the newest n commits of the branch, the newest first.
func (l *Line) Commits(ctx context.Context, n int) ([]LogEntry, error) {
	doing := func(err error) error { return phrase.Errorf("back.git.list", l.branch.Short(), err) }
	g, err := l.repository.open()
	if err != nil {
		return nil, doing(err)
	}
	h := &history{objects: objects{git: g}, seen: map[plumbing.Hash]bool{}}
	if h.cut, err = g.Storer.Shallow(); err != nil {
		return nil, doing(err)
	}
	c, err := l.head()
	if err != nil {
		return nil, doing(err)
	}
	h.push(c)
	var list []LogEntry
	for len(list) < min(n, MaxLog) && len(h.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, doing(err)
		}
		c, _, err := h.next()
		if err != nil {
			return nil, doing(err)
		}
		list = append(list, entryOf(c))
	}
	return list, nil
}

// Reverting is what reverting a commit would change.
type Reverting struct {
	Commit LogEntry
	Files  []string // that become what they were before the commit
}

// Plan says what reverting a commit would change, or why it cannot be: a commit that is not there, or not on the branch, is
// [journal.ErrNotFound]; a merge, or one whose files have changed since, is [journal.ErrConflict]. Nothing is changed.
func (l *Line) Plan(ctx context.Context, commit string) (Reverting, error) {
	head, err := l.head()
	if err != nil {
		return Reverting{}, phrase.Errorf("back.git.plan", fmt.Sprintf("%.40s", commit), err)
	}
	g, err := l.repository.open()
	if err != nil {
		return Reverting{}, phrase.Errorf("back.git.plan", fmt.Sprintf("%.40s", commit), err)
	}
	r := reverting{objects: objects{git: g}}
	if err := r.find(ctx, head.Hash, commit); err != nil {
		return Reverting{}, phrase.Errorf("back.git.plan", fmt.Sprintf("%.40s", commit), err)
	}
	plan := Reverting{Commit: entryOf(r.commit)}
	for _, e := range r.edits {
		plan.Files = append(plan.Files, e.path)
	}
	return plan, nil
}

// RevertRequest says which commit is to be reverted, by whom.
type RevertRequest struct {
	Commit string // its hash, or the key of one that this package has made
	Author Person
	When   time.Time
	Key    string // see [CommitRequest]
}

// Revert makes a commit that takes another back: each of its files becomes what it was before. Where the branch is checked out,
// the work tree follows. A file that has changed since, or that somebody is changing in the work tree, is [journal.ErrConflict],
// and then nothing is changed. A second request with the key of a commit on the branch finds that one. Hooks do not run.
func (l *Line) Revert(ctx context.Context, req RevertRequest) (hash string, changed bool, err error) {
	as := CommitRequest{Branch: l.branch.Short(), Files: []File{{Path: "any"}}, Message: "Revert", Author: req.Author, When: req.When, Key: req.Key}
	if err = as.validate(); err == nil {
		l.repository.mu.Lock()
		defer l.repository.mu.Unlock()
		hash, changed, err = l.transact(ctx, req, as)
	}
	if err != nil {
		return "", false, phrase.Errorf("back.git.revert", fmt.Sprintf("%.40s", req.Commit), l.branch.Short(), err)
	}
	return hash, changed, nil
}

func (l *Line) transact(ctx context.Context, req RevertRequest, as CommitRequest) (hash string, changed bool, err error) {
	t, err := l.repository.begin(ctx, l.branch)
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, t.end()) }()
	done, err := t.objects.find(ctx, t.parent, req.Key)
	if err != nil || !done.IsZero() {
		return done.String(), false, err
	}
	r := reverting{objects: t.objects}
	if err := r.find(ctx, t.parent, req.Commit); err != nil {
		return "", false, err
	}
	as.Message = fmt.Sprintf("Revert %q\n\nThis reverts commit %s.", entryOf(r.commit).Subject, r.commit.Hash)
	made, err := t.revert(r.edits, as)
	return made.String(), err == nil, err
}

// reverting is a commit and what takes it back.
type reverting struct {
	objects objects
	commit  *object.Commit
	edits   []edit
}

// edit makes a file what it was.
type edit struct {
	path     string
	now, was object.TreeEntry // with a zero hash where there is no such file
}

// find looks for the commit on a branch, and for what takes it back there.
func (r *reverting) find(ctx context.Context, head plumbing.Hash, commit string) error {
	hash, err := r.named(ctx, head, commit)
	if err != nil {
		return err
	}
	if r.commit, err = r.objects.git.CommitObject(hash); err != nil {
		return phrase.Errorf("back.git.read", hash.String(), err)
	}
	switch len(r.commit.ParentHashes) {
	case 0:
		return fmt.Errorf("%w: %w", phrase.Errorf("back.git.first"), journal.ErrConflict)
	case 1:
	default:
		return fmt.Errorf("%w: %w", phrase.Errorf("back.git.merge"), journal.ErrConflict)
	}
	if err := r.compare(ctx); err != nil {
		return err
	}
	return r.unchangedIn(head)
}

// named gives the hash of a commit on the branch, which a person has written, or of the one with a key.
func (r *reverting) named(ctx context.Context, head plumbing.Hash, commit string) (plumbing.Hash, error) {
	if found, err := r.objects.find(ctx, head, commit); err != nil || !found.IsZero() {
		return found, err
	}
	missing := fmt.Errorf("%w: %w", phrase.Errorf("back.git.no-commit"), journal.ErrNotFound)
	if len(commit) < 7 || len(commit) > 40 || strings.Trim(commit, "0123456789abcdef") != "" {
		return plumbing.ZeroHash, missing
	}
	cut, err := r.objects.git.Storer.Shallow()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	seen := map[plumbing.Hash]bool{}
	for queue := []plumbing.Hash{head}; len(queue) > 0; queue = queue[1:] {
		hash := queue[0]
		if seen[hash] {
			continue
		}
		seen[hash] = true
		if strings.HasPrefix(hash.String(), commit) {
			return hash, nil
		}
		c, err := r.objects.git.CommitObject(hash)
		if err := errors.Join(err, ctx.Err()); err != nil {
			return plumbing.ZeroHash, err
		}
		if !slices.Contains(cut, hash) {
			queue = append(queue, c.ParentHashes...)
		}
	}
	return plumbing.ZeroHash, missing
}

// compare finds out what the commit has changed.
func (r *reverting) compare(ctx context.Context) error {
	parent, err := r.commit.Parent(0)
	if err != nil {
		return phrase.Errorf("back.git.parent", err)
	}
	before, err := parent.Tree()
	if err != nil {
		return err
	}
	after, err := r.commit.Tree()
	if err != nil {
		return err
	}
	changes, err := object.DiffTreeContext(ctx, before, after)
	if err != nil {
		return phrase.Errorf("back.git.compare", err)
	}
	for _, c := range changes {
		e := edit{path: c.To.Name, now: c.To.TreeEntry, was: c.From.TreeEntry}
		if e.path == "" {
			e.path = c.From.Name
		}
		for _, entry := range [...]object.TreeEntry{e.now, e.was} {
			if !entry.Hash.IsZero() && entry.Mode != filemode.Regular && entry.Mode != filemode.Executable && entry.Mode != filemode.Deprecated {
				return fmt.Errorf("%w: %w", phrase.Errorf("back.git.no-file", e.path), journal.ErrConflict)
			}
		}
		if err := validatePath(e.path); err != nil {
			return err
		}
		r.edits = append(r.edits, e)
	}
	if len(r.edits) == 0 {
		return fmt.Errorf("%w: %w", phrase.Errorf("back.git.empty"), journal.ErrConflict)
	}
	slices.SortFunc(r.edits, func(a, b edit) int { return strings.Compare(a.path, b.path) })
	return nil
}

// unchangedIn demands that the branch still has the files as the commit has left them.
func (r *reverting) unchangedIn(head plumbing.Hash) error {
	tree, err := r.objects.treeOf(head)
	if err != nil {
		return err
	}
	for _, e := range r.edits {
		entry, err := r.objects.lookup(tree, e.path)
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			return err
		}
		if entry.Hash != e.now.Hash || !entry.Hash.IsZero() && entry.Mode != e.now.Mode {
			return fmt.Errorf("%w: %w", phrase.Errorf("back.git.since", e.path), journal.ErrConflict)
		}
	}
	return nil
}

// revert makes the commit, and has the work tree follow before the branch does.
func (t *transaction) revert(edits []edit, as CommitRequest) (plumbing.Hash, error) {
	base, err := t.objects.treeOf(t.parent)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	var blobs []blob
	for _, e := range edits {
		blobs = append(blobs, blob{path: e.path, hash: e.was.Hash, mode: e.was.Mode, gone: e.was.Hash.IsZero()})
	}
	if t.checkedOut {
		if err := t.untouched(edits); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	root, err := t.objects.graft(base, blobs)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	hash, err := t.objects.commit(as, root, t.parent)
	if err == nil {
		err = t.objects.sync()
	}
	if err == nil && t.checkedOut {
		err = t.bringBack(edits, blobs)
	}
	if err == nil {
		err = t.advance(hash)
	}
	return hash, err
}

// untouched demands that nobody is changing the files in the work tree. What an earlier try has brought back already is fine.
func (t *transaction) untouched(edits []edit) error {
	for _, e := range edits {
		data, err := t.files.read(e.path, maxFile)
		if err != nil {
			return err
		}
		there, err := t.files.exists(e.path)
		if err != nil {
			return err
		}
		lies := plumbing.ZeroHash
		if there {
			lies = plumbing.ComputeHash(plumbing.BlobObject, data)
		}
		if lies != e.now.Hash && lies != e.was.Hash {
			return fmt.Errorf("%w: %w", phrase.Errorf("back.git.dirty", e.path), journal.ErrConflict)
		}
	}
	return nil
}

// bringBack writes and removes the files in the work tree and stages that.
func (t *transaction) bringBack(edits []edit, blobs []blob) error {
	idx, err := t.readIndex(blobs)
	if err != nil {
		return err
	}
	var files []File
	for _, e := range edits {
		if e.was.Hash.IsZero() {
			continue
		}
		data, err := t.objects.content(e.was.Hash, e.path)
		if err != nil {
			return err
		}
		files = append(files, File{Path: e.path, Data: data, executable: e.was.Mode == filemode.Executable})
	}
	if err := t.files.write(files); err != nil {
		return err
	}
	for _, e := range edits {
		if !e.was.Hash.IsZero() {
			continue
		}
		if err := t.files.root.Remove(e.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return phrase.Errorf("back.git.remove", e.path, err)
		}
		for _, dir := range slices.Backward(parents(e.path)) {
			if t.files.root.Remove(dir) != nil { // it is not empty
				break
			}
		}
	}
	return t.writeIndex(idx, blobs)
}
