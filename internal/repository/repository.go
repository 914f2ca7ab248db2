package repository

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// mainBranch is the branch that the work tree shows. Others grow from it.
const mainBranch = plumbing.ReferenceName("refs/heads/main")

// Options says how a repository is kept.
type Options struct {
	// Ignore are lines that .gitignore shall contain.
	Ignore []string
	// Root is the folder whose commits [Repository.Log] lists, relative to the
	// repository, with slashes; empty for all of it.
	Root string
	// SigningKey is the file of a private SSH key that commits are signed with; none if empty.
	SigningKey string
}

// Repository is a Git repository with a work tree. It is safe for concurrent
// use; its commits are made one after the other. One process at a time may
// have it open; git itself may be used beside it.
type Repository struct {
	dir    string // absolute
	ignore []string
	root   string     // see Options
	key    []byte     // a private SSH key in PEM that commits are signed with; nil for none
	bare   bool       // a revert works without a work tree
	mu     sync.Mutex // one commit at a time
}

// Open opens the repository whose .git folder is in dir, or makes it there
// with main as its branch. A repository further up is not looked for: dir may
// lie in an ignored folder of another one. It adds the missing lines of
// [Options.Ignore] to .gitignore; the next commit to main takes that file
// along if nothing else has changed in it.
//
// A bare repository, a linked work tree and a submodule are
// [journal.ErrInvalid], a work tree in the middle of a merge, rebase,
// cherry-pick or revert is [journal.ErrConflict].
func Open(dir string, o Options) (*Repository, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	r := &Repository{dir: dir, root: path.Clean(o.Root)}
	if r.root == "." {
		r.root = ""
	} else if err := validatePath(r.root); err != nil {
		return nil, fmt.Errorf("open repository %s: root: %w", dir, err)
	}
	if r.ignore, err = ignoreLines(o.Ignore); err != nil {
		return nil, fmt.Errorf("open repository %s: %w", dir, err)
	}
	if err := r.openKey(o.SigningKey); err != nil {
		return nil, fmt.Errorf("open repository %s: %w", dir, err)
	}
	for _, step := range []func() error{r.readable, r.initialise, r.whole, r.idle, r.clearLeftovers, r.startAtMain, r.addIgnored} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("open repository %s: %w", dir, err)
		}
	}
	return r, nil
}

func (r *Repository) gitDir(elem ...string) string {
	if r.bare {
		return filepath.Join(append([]string{r.dir}, elem...)...)
	}
	return filepath.Join(append([]string{r.dir, git.GitDirName}, elem...)...)
}

// readable makes the folder if it is missing and tries to read it.
func (r *Repository) readable() error {
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return err
	}
	f, err := os.Open(r.dir)
	if err != nil {
		return err
	}
	_, err = f.Readdirnames(1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// initialise makes the repository where there is none, or only what a crash
// left of making it.
func (r *Repository) initialise() error {
	info, err := os.Lstat(r.gitDir())
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf(".git is not a folder, so this is a linked work tree or a submodule: publish into a repository of its own: %w", journal.ErrInvalid)
	case err == nil:
		if _, err := os.Lstat(r.gitDir("HEAD")); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case looksBare(r.dir):
		return fmt.Errorf("a bare repository has no work tree to publish into: clone it and name the clone: %w", journal.ErrInvalid)
	}
	_, err = git.PlainInitWithOptions(r.dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: mainBranch}})
	return err
}

// looksBare says whether a folder is itself what a .git folder is.
func looksBare(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// whole tries to read the repository.
func (r *Repository) whole() error {
	g, err := r.open()
	if err != nil {
		return err
	}
	config, err := g.Config()
	if err != nil {
		return fmt.Errorf("read its configuration: %w", err)
	}
	if config.Core.IsBare {
		return fmt.Errorf("a bare repository has no work tree to publish into: clone it and name the clone: %w", journal.ErrInvalid)
	}
	if config.Core.Worktree != "" {
		return fmt.Errorf("its work tree is elsewhere (core.worktree is %q): publish into a repository of its own: %w", config.Core.Worktree, journal.ErrInvalid)
	}
	return nil
}

// open reads the repository afresh. It is not kept, since go-git remembers
// which packs there are, and git gc may run beside us.
func (r *Repository) open() (*git.Repository, error) {
	g, err := git.PlainOpen(r.dir)
	if err != nil {
		return nil, fmt.Errorf("read .git: %w", err)
	}
	return g, nil
}

// idle is an error while somebody is in the middle of something.
func (r *Repository) idle() error {
	for _, marker := range []struct{ name, doing string }{
		{"MERGE_HEAD", "merge"}, {"rebase-merge", "rebase"}, {"rebase-apply", "rebase"},
		{"CHERRY_PICK_HEAD", "cherry-pick"}, {"REVERT_HEAD", "revert"},
	} {
		_, err := os.Lstat(r.gitDir(marker.name))
		if err == nil {
			return fmt.Errorf("the work tree is in the middle of a %s: finish or abort it: %w", marker.doing, journal.ErrConflict)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// clearLeftovers removes the locks and temporary files of ours that a crash left.
func (r *Repository) clearLeftovers() error {
	if err := removeOwnLock(r.gitDir("index.lock")); err != nil {
		return err
	}
	if err := removeBeginning(r.gitDir(), temporaryPrefix); err != nil {
		return err
	}
	if err := removeBeginning(r.gitDir("objects", "pack"), halfObjectPrefix); err != nil {
		return err
	}
	return filepath.WalkDir(r.gitDir("refs", "heads"), func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case e.Type().IsRegular() && strings.HasSuffix(name, lockSuffix):
			return removeOwnLock(name)
		}
		return nil
	})
}

// removeBeginning removes the files of a folder whose names begin with a prefix.
func removeBeginning(dir, prefix string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range list {
		if !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		if gone := os.Remove(filepath.Join(dir, e.Name())); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			return gone
		}
	}
	return err
}

// startAtMain makes main the branch of a repository that has no commit yet,
// whatever the user's init.defaultBranch has called it.
func (r *Repository) startAtMain() error {
	g, err := r.open()
	if err != nil {
		return err
	}
	head, err := g.Reference(plumbing.HEAD, false)
	if err != nil {
		return fmt.Errorf("read HEAD: %w", err)
	}
	if head.Type() != plumbing.SymbolicReference || head.Target() == mainBranch {
		return nil
	}
	for _, name := range []plumbing.ReferenceName{head.Target(), mainBranch} {
		if _, err := g.Reference(name, false); !errors.Is(err, plumbing.ErrReferenceNotFound) {
			return err
		}
	}
	return replace(r.gitDir("HEAD"), []byte("ref: "+mainBranch.String()+"\n"), r.gitDir())
}

// worktree opens the folder for writing below it and nowhere else.
func (r *Repository) worktree() (worktree, error) {
	root, err := os.OpenRoot(r.dir)
	return worktree{root}, err
}

// maxIgnore is more than any .gitignore written by a person, in bytes.
const maxIgnore = 1 << 20

const ignoreFile = ".gitignore"

func ignoreLines(lines []string) ([]string, error) {
	var clean []string
	for _, line := range lines {
		if strings.ContainsAny(line, "\r\n\x00") {
			return nil, fmt.Errorf("ignore %q: not one line: %w", line, journal.ErrInvalid)
		}
		if line = strings.TrimSpace(line); line != "" {
			clean = append(clean, line)
		}
	}
	return clean, nil
}

// withIgnored gives a .gitignore with the wanted lines.
func (r *Repository) withIgnored(text []byte) []byte {
	have := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		have[strings.TrimSpace(line)] = true
	}
	text = bytes.Clone(text)
	for _, line := range r.ignore {
		if have[line] {
			continue
		}
		have[line] = true
		if len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		text = append(text, line+"\n"...)
	}
	return text
}

// addIgnored completes the .gitignore of the work tree.
func (r *Repository) addIgnored() error {
	w, err := r.worktree()
	if err != nil {
		return err
	}
	defer w.root.Close()
	old, err := w.read(ignoreFile, maxIgnore)
	if err != nil {
		return err
	}
	if text := r.withIgnored(old); !bytes.Equal(text, old) {
		return w.write([]File{{Path: ignoreFile, Data: text}})
	}
	return nil
}
