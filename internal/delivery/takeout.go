package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// Keeper keeps bytes under their SHA-256, 64 hexadecimal digits, durably.
type Keeper interface {
	// Put keeps what r gives and returns its digest.
	Put(ctx context.Context, r io.Reader, limit int64) (digest string, err error)
	// Open gives bytes back, or [journal.ErrNotFound]. Damage is an error before the end.
	Open(digest string) (io.ReadCloser, error)
}

// Mover moves delivered files out of their folder and back. Each of its
// methods may be cut off at any step and called again: no file is lost, and
// none is half there.
type Mover struct {
	Keep Keeper
	// Step, if not nil, is called before each step with what it is. An error ends
	// the work there, as a crash would.
	Step func(string) error
}

// Asset is one version of a delivered file.
type Asset struct {
	Dir        string // the delivered folder
	Path       string // below it, with slashes
	Item       string // that holds it; names what the work leaves behind when it is cut off
	SHA256     string
	Mode       fs.FileMode // for [Mover.PutBack]; 0 means readable by all
	ModifiedAt time.Time   // for [Mover.PutBack]
}

// maxAsset bounds a file that is moved.
const maxAsset = 4 << 30

// asideName is where a file lies while it is being taken out, partName while
// it is being put back. Hidden files are neither served nor watched.
func (a Asset) asideName() string { return path.Join(path.Dir(a.Path), ".safelight-"+a.Item) }

func (a Asset) partName() string { return a.asideName() + ".part" }

// job is one asset at work.
type job struct {
	Mover
	Asset
	ctx  context.Context
	root *os.Root
}

func (m Mover) begin(ctx context.Context, a Asset) (*job, error) {
	root, err := os.OpenRoot(a.Dir)
	if err != nil {
		return nil, phrase.Errorf("edge.move.folder", err) // it may only be away for now
	}
	return &job{m, a, ctx, root}, nil
}

func (j *job) step(what string) error {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	if j.Step == nil {
		return nil
	}
	return j.Step(what)
}

// TakeOut keeps a copy of the file and removes it from its folder, unless
// another version lies in its place, which is not touched. What can never be
// moved, such as a link that leads out of the folder, is [journal.ErrInvalid].
func (m Mover) TakeOut(ctx context.Context, a Asset) (quarantine.Moved, error) {
	j, err := m.begin(ctx, a)
	if err != nil {
		return quarantine.Moved{}, err
	}
	defer j.root.Close()
	done, err := j.takeOut()
	if err != nil {
		return quarantine.Moved{}, phrase.Errorf("edge.move.out", a.Path, a.Dir, err)
	}
	return done, nil
}

func (j *job) takeOut() (quarantine.Moved, error) {
	recovered, err := j.recover()
	if err != nil {
		return quarantine.Moved{}, err
	}
	found, mode, err := j.look()
	if err != nil {
		return quarantine.Moved{}, err
	}
	if found == quarantine.TheImage {
		if found, err = j.remove(); err != nil {
			return quarantine.Moved{}, err
		}
	}
	if recovered && found == quarantine.Missing {
		found = quarantine.TheImage // an earlier attempt has taken it out
	}
	kept, err := j.kept()
	return quarantine.Moved{Found: found, Kept: kept, Mode: uint32(mode)}, err
}

// look tells what lies in the place.
func (j *job) look() (quarantine.Place, fs.FileMode, error) {
	info, err := j.root.Lstat(j.Path)
	switch {
	case gone(err):
		return quarantine.Missing, 0, nil
	case err != nil:
		return "", 0, err
	case info.Mode()&fs.ModeSymlink != 0:
		if info, err = j.root.Stat(j.Path); err != nil {
			return "", 0, fmt.Errorf("%w: %w", phrase.Errorf("edge.move.link", err), journal.ErrInvalid)
		}
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%w: %w", phrase.Errorf("edge.move.no-file"), journal.ErrInvalid)
	}
	sum, err := j.digest(j.Path)
	switch {
	case gone(err):
		return quarantine.Missing, 0, nil
	case err != nil:
		return "", 0, err
	case sum != j.SHA256:
		return quarantine.Newer, 0, nil
	}
	return quarantine.TheImage, info.Mode().Perm(), nil
}

// gone tells that a file is not there, nor its folder.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// remove keeps the file and takes it out.
func (j *job) remove() (quarantine.Place, error) {
	if err := j.step("keep"); err != nil {
		return "", err
	}
	if found, err := j.keep(j.Path); err != nil || found != quarantine.TheImage {
		return found, err
	}
	// Whatever is renamed over the place from now on is not what we have seen:
	// so it is taken aside first, and looked at again there.
	if err := j.step("set aside"); err != nil {
		return "", err
	}
	err := j.root.Rename(j.Path, j.asideName())
	if gone(err) {
		return quarantine.Missing, nil
	}
	if err != nil {
		return "", err
	}
	theImage, err := j.recover()
	switch {
	case err != nil:
		return "", err
	case !theImage:
		return quarantine.Newer, nil
	}
	return quarantine.TheImage, nil
}

// keep copies a file to the keeper and reads the copy back.
func (j *job) keep(name string) (quarantine.Place, error) {
	f, err := j.root.Open(name)
	if gone(err) {
		return quarantine.Missing, nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum, err := j.Keep.Put(j.ctx, f, maxAsset)
	if err != nil {
		return "", phrase.Errorf("edge.move.keep", err)
	}
	if sum != j.SHA256 {
		return quarantine.Newer, nil // it was replaced since we looked
	}
	if kept, err := j.kept(); err != nil || !kept {
		return "", errors.Join(phrase.Errorf("edge.move.unkept"), err)
	}
	return quarantine.TheImage, nil
}

// kept tells whether the keeper has the bytes, by reading them through.
func (j *job) kept() (bool, error) {
	r, err := j.Keep.Open(j.SHA256)
	if errors.Is(err, journal.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, &untilDone{j.ctx, r}); err != nil {
		return false, err
	}
	return hex.EncodeToString(h.Sum(nil)) == j.SHA256, nil
}

// Recover clears up what a cut-off [Mover.TakeOut] has left: the image is
// kept and removed, a newer version goes back to its place.
func (m Mover) Recover(ctx context.Context, a Asset) error {
	j, err := m.begin(ctx, a)
	if gone(err) {
		return nil // and with it what could have been left
	}
	if err != nil {
		return err
	}
	defer j.root.Close()
	if _, err := j.recover(); err != nil {
		return phrase.Errorf("edge.move.clear", a.Path, a.Dir, err)
	}
	return nil
}

// recover deals with what lies aside, and tells whether it was the image.
func (j *job) recover() (theImage bool, err error) {
	sum, err := j.digest(j.asideName())
	if gone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if theImage = sum == j.SHA256; theImage {
		if kept, err := j.kept(); err != nil || !kept {
			if _, err = j.keep(j.asideName()); err != nil {
				return false, err
			}
		}
	} else if err := j.back(); err != nil {
		return false, err
	}
	if err := j.step("remove"); err != nil {
		return false, err
	}
	if err := j.root.Remove(j.asideName()); err != nil && !gone(err) {
		return false, err
	}
	return theImage, j.sync()
}

// back gives a newer version its place again, unless an even newer one has
// taken it: then it would have been replaced by that without us too.
func (j *job) back() error {
	if err := j.step("give back"); err != nil {
		return err
	}
	if err := j.place(j.asideName()); err != nil {
		return phrase.Errorf("edge.move.newer", err)
	}
	return nil
}

// place gives a file the place unless it is taken. A link, unlike a renaming,
// never replaces what lies there; where the file system or the file's owner
// allows no links, it is looked at before the renaming.
func (j *job) place(from string) error {
	err := j.root.Link(from, j.Path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	for _, no := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.ENOSYS, syscall.EMLINK} {
		if errors.Is(err, no) {
			if _, taken := j.root.Lstat(j.Path); gone(taken) {
				return j.root.Rename(from, j.Path)
			}
			return nil
		}
	}
	return err
}

func (j *job) sync() error {
	d, err := j.root.Open(path.Dir(j.Path))
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (j *job) digest(name string) (string, error) {
	f, err := j.root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, &untilDone{j.ctx, f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// untilDone ends a long copy with its context.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read gives the error of the context once it is over.
func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
