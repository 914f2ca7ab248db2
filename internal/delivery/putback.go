package delivery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// PutBack writes the very bytes into their place again, with their date and
// mode. It never replaces another version that lies there: that is
// [journal.ErrConflict]. Bytes that were not kept are [journal.ErrNotFound].
func (m Mover) PutBack(ctx context.Context, a Asset) error {
	j, err := m.begin(ctx, a)
	if err != nil {
		return err
	}
	defer j.root.Close()
	_, err = j.recover()
	if err == nil {
		err = j.putBack()
	}
	if err != nil {
		return phrase.Errorf("edge.move.back", a.Path, a.Dir, err)
	}
	return nil
}

func (j *job) putBack() error {
	if there, err := j.there(); err != nil || there {
		return errors.Join(err, j.clear())
	}
	if err := j.write(); err != nil {
		return err
	}
	if err := j.step("name"); err != nil {
		return err
	}
	if err := j.place(j.partName()); err != nil {
		return err
	}
	if err := errors.Join(j.sync(), j.step("clear up"), j.clear()); err != nil {
		return err
	}
	there, err := j.there()
	if err == nil && !there {
		err = phrase.Errorf("edge.move.vanished")
	}
	return err
}

// there tells whether the version lies in its place.
func (j *job) there() (bool, error) {
	switch sum, err := j.digest(j.Path); {
	case gone(err):
		return false, nil
	case err != nil:
		return false, err
	case sum != j.SHA256:
		return false, fmt.Errorf("%w: %w", phrase.Errorf("edge.move.taken"), journal.ErrConflict)
	}
	return true, nil
}

// write makes the file beside its place.
func (j *job) write() error {
	if err := j.step("write"); err != nil {
		return err
	}
	r, err := j.Keep.Open(j.SHA256)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := j.root.MkdirAll(path.Dir(j.Path), 0o755); err != nil {
		return err
	}
	f, err := j.root.OpenFile(j.partName(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	mode := j.Mode.Perm()
	if mode == 0 {
		mode = 0o644
	}
	_, err = io.Copy(f, &untilDone{j.ctx, r})
	if err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	if err := errors.Join(err, f.Close()); err != nil || j.ModifiedAt.IsZero() {
		return err
	}
	return j.root.Chtimes(j.partName(), j.ModifiedAt, j.ModifiedAt)
}

// clear removes what a cut-off [Mover.PutBack] has left.
func (j *job) clear() error {
	if err := j.root.Remove(j.partName()); err != nil && !gone(err) {
		return err
	}
	return nil
}
