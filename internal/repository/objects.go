package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/safelight-dev/safelight/internal/journal"
)

// objects reads and writes the object database.
type objects struct {
	git     *git.Repository
	dir     string          // .git/objects
	key     []byte          // that commits are signed with; see [Options]
	written []plumbing.Hash // not yet synced
}

// blob is a file whose bytes are in the object database, or one that is to be gone.
type blob struct {
	path string
	hash plumbing.Hash
	mode filemode.FileMode // regular where it is none
	gone bool
}

func (b blob) entry(name string) object.TreeEntry {
	return object.TreeEntry{Name: name, Mode: cmp.Or(b.mode, filemode.Regular), Hash: b.hash}
}

// store writes an object unless it is there.
func (o *objects) store(e plumbing.EncodedObject) (plumbing.Hash, error) {
	hash := e.Hash()
	o.written = append(o.written, hash) // also if it is there: maybe unsynced, of a try that ended in a power cut
	if old, err := o.git.Storer.EncodedObject(e.Type(), hash); err == nil && old.Size() == e.Size() {
		return hash, nil
	}
	// What is there and cannot be read is such a try's too; go-git would keep it.
	if err := os.Remove(o.loose(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return hash, err
	}
	hash, err := o.git.Storer.SetEncodedObject(e)
	if err != nil {
		err = errors.Join(err, removeBeginning(filepath.Join(o.dir, "pack"), halfObjectPrefix))
	}
	return hash, err
}

// halfObjectPrefix begins the names of the files in objects/pack in which
// go-git writes an object; on a full disk it leaves them. Git's own are called
// otherwise or lie elsewhere.
const halfObjectPrefix = "tmp_obj_"

// loose gives the file of an object that is in no pack.
func (o *objects) loose(hash plumbing.Hash) string {
	name := hash.String()
	return filepath.Join(o.dir, name[:2], name[2:])
}

// sync makes the stored objects durable, which go-git does not: a branch must
// not come through a power cut that its commit did not come through.
func (o *objects) sync() error {
	folders := map[string]bool{o.dir: true}
	for _, hash := range o.written {
		name := o.loose(hash)
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // in a pack
		}
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			return fmt.Errorf("sync object %s: %w", hash, err)
		}
		folders[filepath.Dir(name)] = true
	}
	for dir := range folders {
		if err := syncFolder(dir); err != nil {
			return fmt.Errorf("sync objects: %w", err)
		}
	}
	o.written = nil
	return nil
}

// blobs stores the bytes of files.
func (o *objects) blobs(ctx context.Context, files []File) ([]blob, error) {
	list := make([]blob, 0, len(files))
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e := o.git.Storer.NewEncodedObject()
		e.SetType(plumbing.BlobObject)
		w, err := e.Writer()
		if err == nil {
			_, err = w.Write(f.Data)
			err = errors.Join(err, w.Close())
		}
		hash := plumbing.ZeroHash
		if err == nil {
			hash, err = o.store(e)
		}
		if err != nil {
			return nil, fmt.Errorf("store %s: %w", f.Path, err)
		}
		list = append(list, blob{path: f.Path, hash: hash})
	}
	return list, nil
}

// graft stores the tree that is base with blobs put in, or taken out, and gives its hash.
// Base is the zero hash for an empty tree. Where a folder should be a file, or
// a file a folder, it is [journal.ErrConflict].
func (o *objects) graft(base plumbing.Hash, blobs []blob) (plumbing.Hash, error) {
	entries, err := o.entries(base)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	below := map[string][]blob{}
	for _, b := range blobs {
		name, rest, deeper := strings.Cut(b.path, "/")
		if deeper {
			inside := b
			inside.path = rest
			below[name] = append(below[name], inside)
			continue
		}
		if b.gone {
			entries = slices.DeleteFunc(entries, named(name))
		} else if entries, err = put(entries, b.entry(name)); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	for name, inside := range below {
		folder := object.TreeEntry{Name: name, Mode: filemode.Dir}
		if i := slices.IndexFunc(entries, named(name)); i >= 0 && entries[i].Mode == filemode.Dir {
			folder.Hash = entries[i].Hash
		}
		if folder.Hash, err = o.graft(folder.Hash, inside); err != nil {
			return plumbing.ZeroHash, fmt.Errorf("%s/: %w", name, err)
		}
		if folder.Hash == emptyTree { // git keeps no empty folder
			entries = slices.DeleteFunc(entries, named(name))
		} else if entries, err = put(entries, folder); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	sort.Sort(object.TreeEntrySorter(entries))
	e := o.git.Storer.NewEncodedObject()
	if err := (&object.Tree{Entries: entries}).Encode(e); err != nil {
		return plumbing.ZeroHash, fmt.Errorf("write a tree: %w", err)
	}
	return o.store(e)
}

// emptyTree is the hash of a tree without entries.
var emptyTree = plumbing.NewHash("4b825dc642cb6eb9a060e54bf8d69288fbee4904")

func named(name string) func(object.TreeEntry) bool {
	return func(e object.TreeEntry) bool { return e.Name == name }
}

// put adds an entry or replaces one of the same name and sort.
func put(entries []object.TreeEntry, e object.TreeEntry) ([]object.TreeEntry, error) {
	i := slices.IndexFunc(entries, named(e.Name))
	if i < 0 {
		return append(entries, e), nil
	}
	was := entries[i].Mode
	if was == filemode.Submodule || (was == filemode.Dir) != (e.Mode == filemode.Dir) {
		return nil, fmt.Errorf("%s is something else in the last commit (mode %s): %w", e.Name, was, journal.ErrConflict)
	}
	entries[i] = e
	return entries, nil
}

// entries gives a copy of a tree's entries.
func (o *objects) entries(tree plumbing.Hash) ([]object.TreeEntry, error) {
	if tree.IsZero() {
		return nil, nil
	}
	t, err := o.git.TreeObject(tree)
	if err != nil {
		return nil, fmt.Errorf("read tree %s: %w", tree, err)
	}
	return slices.Clone(t.Entries), nil
}

// treeOf gives the tree of a commit; of none, none.
func (o *objects) treeOf(commit plumbing.Hash) (plumbing.Hash, error) {
	if commit.IsZero() {
		return plumbing.ZeroHash, nil
	}
	c, err := o.git.CommitObject(commit)
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("read commit %s: %w", commit, err)
	}
	return c.TreeHash, nil
}

// lookup gives what has a path in a tree, or [journal.ErrNotFound]. It stands
// in for go-git's FindEntry and File, which do not tell what is not there from
// what cannot be read.
func (o *objects) lookup(tree plumbing.Hash, name string) (object.TreeEntry, error) {
	found := object.TreeEntry{Mode: filemode.Dir, Hash: tree}
	for part := range strings.SplitSeq(name, "/") {
		if found.Mode != filemode.Dir {
			return object.TreeEntry{}, fmt.Errorf("read %s: %w", name, journal.ErrNotFound)
		}
		entries, err := o.entries(found.Hash)
		if err != nil {
			return object.TreeEntry{}, fmt.Errorf("read %s: %w", name, err)
		}
		i := slices.IndexFunc(entries, named(part))
		if i < 0 {
			return object.TreeEntry{}, fmt.Errorf("read %s: %w", name, journal.ErrNotFound)
		}
		found = entries[i]
	}
	return found, nil
}

// read gives a file of a tree, or [journal.ErrNotFound].
func (o *objects) read(tree plumbing.Hash, name string) (plumbing.Hash, []byte, error) {
	e, err := o.lookup(tree, name)
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	if !e.Mode.IsFile() || e.Mode == filemode.Symlink {
		return plumbing.ZeroHash, nil, fmt.Errorf("read %s: not a file in the last commit: %w", name, journal.ErrNotFound)
	}
	data, err := o.content(e.Hash, name)
	return e.Hash, data, err
}

// content gives the bytes of a blob; name is what it is called in errors.
func (o *objects) content(hash plumbing.Hash, name string) ([]byte, error) {
	b, err := o.git.BlobObject(hash)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if b.Size > maxFile {
		return nil, fmt.Errorf("read %s: %d bytes: %w", name, b.Size, journal.ErrTooLarge)
	}
	r, err := b.Reader()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	data, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

// commit stores a commit.
func (o *objects) commit(req CommitRequest, tree, parent plumbing.Hash) (plumbing.Hash, error) {
	committer := req.Committer
	if committer.clean().Name == "" {
		committer = req.Author
	}
	c := object.Commit{Author: req.signature(req.Author), Committer: req.signature(committer), Message: req.fullMessage(), TreeHash: tree}
	if !parent.IsZero() {
		c.ParentHashes = []plumbing.Hash{parent}
	}
	if o.key != nil {
		if err := signCommit(o.key, &c); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	e := o.git.Storer.NewEncodedObject()
	err := c.Encode(e)
	hash := plumbing.ZeroHash
	if err == nil {
		hash, err = o.store(e)
	}
	if err != nil {
		return hash, fmt.Errorf("store the commit: %w", err)
	}
	return hash, nil
}

// find gives the commit with a key among a commit and all before it, the
// nearest first, or the zero hash. Merges may have brought ours in by any
// parent, so all are followed; a shallow clone ends where it ends.
func (o *objects) find(ctx context.Context, from plumbing.Hash, key string) (plumbing.Hash, error) {
	cut, err := o.git.Storer.Shallow()
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("read the history: %w", err)
	}
	seen := map[plumbing.Hash]bool{plumbing.ZeroHash: true}
	for queue := []plumbing.Hash{from}; len(queue) > 0; queue = queue[1:] {
		hash := queue[0]
		if seen[hash] {
			continue
		}
		seen[hash] = true
		if err := ctx.Err(); err != nil {
			return plumbing.ZeroHash, err
		}
		c, err := o.git.CommitObject(hash)
		if err != nil {
			return plumbing.ZeroHash, fmt.Errorf("read commit %s: %w", hash, err)
		}
		if keyOf(c.Message) == key {
			return hash, nil
		}
		if !slices.Contains(cut, hash) {
			queue = append(queue, c.ParentHashes...)
		}
	}
	return plumbing.ZeroHash, nil
}
