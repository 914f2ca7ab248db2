package repository

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5"

	"github.com/safelight-dev/safelight/internal/journal"
)

// worktree writes files below one folder. No symbolic link leads it outside.
type worktree struct{ root *os.Root }

// The names of files that are written and wait for theirs.
const (
	stagedPrefix = ".safelight-"
	stagedSuffix = ".tmp"
)

// staged is a written file that waits for its name.
type staged struct{ temp, target string }

// write writes files, each in one step. All are written under temporary names
// first, which is where a full disk shows, and only then renamed.
func (w worktree) write(files []File) (err error) {
	var list []staged
	defer func() {
		if err == nil {
			return
		}
		for _, s := range list {
			w.root.Remove(s.temp) // gone already if it has its name
		}
	}()
	for _, f := range files {
		if err := w.reachable(f.Path); err != nil {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
		same, err := w.same(f)
		if err != nil {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
		if same {
			continue
		}
		s, err := w.stage(f)
		list = append(list, s)
		if err != nil {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
	}
	for _, s := range list {
		if err := w.root.Rename(s.temp, s.target); err != nil {
			return fmt.Errorf("write %s: %w", s.target, err)
		}
	}
	return w.syncFolders(list)
}

// reachable refuses a path through what is not a plain folder: git would not
// look for the file there.
func (w worktree) reachable(name string) error {
	for _, dir := range parents(name) {
		info, err := w.root.Lstat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder: %w", dir, journal.ErrConflict)
		}
		if _, err := w.root.Lstat(path.Join(dir, git.GitDirName)); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, fmt.Errorf("%s is a repository of its own: %w", dir, journal.ErrConflict))
		}
	}
	info, err := w.root.Lstat(name)
	if err == nil && info.IsDir() {
		return fmt.Errorf("it is a folder: %w", journal.ErrConflict)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// parents gives the folders of a path, the outermost first.
func parents(name string) []string {
	var list []string
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		list = append(list, dir)
	}
	slices.Reverse(list)
	return list
}

// same says whether a file stands there already, byte for byte, and as executable.
func (w worktree) same(f File) (bool, error) {
	info, err := w.root.Lstat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !info.Mode().IsRegular() || (info.Mode().Perm()&0o111 != 0) != f.executable || info.Size() != int64(len(f.Data)) {
		return false, err
	}
	data, err := w.root.ReadFile(f.Path)
	if errors.Is(err, fs.ErrPermission) {
		return false, nil // it can be replaced all the same
	}
	return err == nil && bytes.Equal(data, f.Data), err
}

// Unfinished tells whether files lie below a folder that a crash kept from getting their names.
func Unfinished(dir string) bool {
	found := false
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error { // what cannot be read is no such file
		if err == nil && strings.HasPrefix(d.Name(), stagedPrefix) && strings.HasSuffix(d.Name(), stagedSuffix) {
			found = true
		}
		return nil
	})
	return found
}

// stage writes a file under a temporary name beside its own. The name depends
// on the target alone, so that the retry after a crash cleans up what it left.
func (w worktree) stage(f File) (staged, error) {
	dir, base := path.Split(f.Path)
	sum := sha256.Sum256([]byte(base))
	s := staged{temp: dir + stagedPrefix + hex.EncodeToString(sum[:6]) + stagedSuffix, target: f.Path}
	if dir != "" {
		if err := w.root.MkdirAll(path.Clean(dir), 0o755); err != nil {
			return s, err
		}
	}
	if err := w.root.Remove(s.temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	temp, err := w.root.OpenFile(s.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return s, err
	}
	_, err = temp.Write(f.Data)
	if err == nil && f.executable {
		err = temp.Chmod(0o755)
	}
	if err == nil {
		err = temp.Sync()
	}
	return s, errors.Join(err, temp.Close())
}

// syncFolders makes the new names durable, those of new folders too.
func (w worktree) syncFolders(list []staged) error {
	dirs := map[string]bool{}
	for _, s := range list {
		dirs["."] = true
		for _, dir := range parents(s.target) {
			dirs[dir] = true
		}
	}
	for dir := range dirs {
		d, err := w.root.Open(dir)
		if err != nil {
			return fmt.Errorf("sync %s: %w", dir, err)
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return fmt.Errorf("sync %s: %w", dir, err)
		}
	}
	return nil
}

// read gives a regular file of at most limit bytes, or nothing if there is none.
func (w worktree) read(name string, limit int64) ([]byte, error) {
	info, err := w.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: not a regular file: %w", name, journal.ErrInvalid)
	}
	f, err := w.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: more than %d bytes: %w", name, limit, journal.ErrTooLarge)
	}
	return data, nil
}

// exists says whether anything has that name.
func (w worktree) exists(name string) (bool, error) {
	_, err := w.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
