package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	lockSuffix      = ".lock"
	lockMark        = "safelight\n"
	temporaryPrefix = "safelight-tmp-"

	// A person's git holds its locks for moments; longer is an editor left
	// open or a crash, and no reason to keep the caller waiting.
	lockTries = 20
	lockPause = 50 * time.Millisecond
)

// lock takes the lock that git takes before it writes a file of .git, and
// gives its release.
func lock(ctx context.Context, file, gitDir string) (release func() error, err error) {
	name := file + lockSuffix
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, fmt.Errorf("lock %s: %w", filepath.Base(file), err)
	}
	for try := 1; ; try++ {
		err := makeLock(name, gitDir)
		if err == nil {
			return func() error { return os.Remove(name) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("lock %s: %w", filepath.Base(file), err)
		}
		if try == lockTries {
			return nil, fmt.Errorf("another git process is at work; if none is, remove %s: %w", name, journal.ErrConflict)
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("wait for %s: %w", name, err)
		}
	}
}

// makeLock makes a lock file that holds our mark from its first moment on: a
// crash between making and marking would leave a lock that nobody dares remove.
func makeLock(name, gitDir string) error {
	temp, err := os.CreateTemp(gitDir, temporaryPrefix)
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(lockMark)
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Link(temp.Name(), name)
}

func pause(ctx context.Context) error {
	t := time.NewTimer(lockPause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// removeOwnLock removes a lock file if it is one of ours, left by a crash.
func removeOwnLock(name string) error {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(lockMark)) {
		return err
	}
	if text, err := os.ReadFile(name); err != nil || !bytes.Equal(text, []byte(lockMark)) {
		return err
	}
	return os.Remove(name)
}

// replace writes a file of .git in one step. The temporary file lies in the
// .git folder itself, since a stray file below refs would be taken for a branch.
func replace(name string, data []byte, gitDir string) (err error) {
	temp, err := os.CreateTemp(gitDir, temporaryPrefix)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name())
		}
	}()
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err = os.Rename(temp.Name(), name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// syncFolder makes the names in a folder durable.
func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
