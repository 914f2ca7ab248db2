package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// Replace puts another version, whose bytes are kept, into the place of the file, and keeps the file. Only the version that the
// asset names gives way: what has come since is not touched, and what is gone is not brought back. It tells what it has found:
// [quarantine.TheImage] means that the other version is in place now, whether by this call or by one before. The file gets the
// date of now, so that nobody who has stored the one before takes it for that.
func (m Mover) Replace(ctx context.Context, a Asset, by string) (found quarantine.Place, err error) {
	j, err := m.begin(ctx, a)
	if err != nil {
		return "", err
	}
	defer j.root.Close()
	if found, err = j.replace(by); err != nil {
		return "", phrase.Errorf("edge.move.replace", a.Path, a.Dir, err)
	}
	return found, nil
}

func (j *job) replace(by string) (quarantine.Place, error) {
	if err := j.finish(by); err != nil {
		return "", err
	}
	switch sum, err := j.digest(j.Path); {
	case gone(err):
		return quarantine.Missing, j.clear()
	case err != nil:
		return "", err
	case sum == by:
		return quarantine.TheImage, j.clear()
	}
	found, mode, err := j.look()
	if err != nil || found != quarantine.TheImage {
		return found, errors.Join(err, j.clear())
	}
	if err := j.step("keep"); err != nil {
		return "", err
	}
	if found, err := j.keep(j.Path); err != nil || found != quarantine.TheImage {
		return found, err
	}
	next := *j
	next.SHA256, next.Mode, next.ModifiedAt = by, mode, time.Time{}
	if err := next.write(); err != nil {
		return "", err
	}
	// Between these two the place is empty, which a reader takes for an image that is not there. It is taken aside all the same:
	// what is renamed over the place from now on is not what we have seen.
	if err := j.step("set aside"); err != nil {
		return "", err
	}
	if err := j.root.Rename(j.Path, j.asideName()); gone(err) {
		return quarantine.Missing, j.clear()
	} else if err != nil {
		return "", err
	}
	if err := j.step("name"); err != nil {
		return "", err
	}
	if err := j.place(j.partName()); err != nil {
		return "", err
	}
	if err := j.finish(by); err != nil {
		return "", err
	}
	return j.replaced(by)
}

// replaced tells what lies in the place in the end.
func (j *job) replaced(by string) (quarantine.Place, error) {
	switch sum, err := j.digest(j.Path); {
	case gone(err):
		return quarantine.Missing, nil
	case err != nil:
		return "", err
	case sum != by:
		return quarantine.Newer, nil
	}
	return quarantine.TheImage, nil
}

// finish ends what lies half done: the image that was set aside gives way to the other version; any other file that was set aside
// has come since and gets its place again.
func (j *job) finish(by string) error {
	sum, err := j.digest(j.asideName())
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case sum != j.SHA256:
		if err := j.giveBack(by); err != nil {
			return err
		}
	default:
		if kept, err := j.kept(); err != nil || !kept {
			if _, err = j.keep(j.asideName()); err != nil {
				return err
			}
		}
		if part, err := j.digest(j.partName()); err == nil && part == by {
			if err := j.place(j.partName()); err != nil {
				return err
			}
		} else if err := j.place(j.asideName()); err != nil { // the place is empty, and nothing whole is there to fill it
			return err
		}
	}
	if err := j.step("remove"); err != nil {
		return err
	}
	if err := j.root.Remove(j.asideName()); err != nil && !gone(err) {
		return err
	}
	return errors.Join(j.clear(), j.sync())
}

// giveBack gives a newer version the place that ours has taken, or that is empty. An even newer one stays.
func (j *job) giveBack(by string) error {
	if err := j.step("give back"); err != nil {
		return err
	}
	if sum, err := j.digest(j.Path); err == nil && sum == by {
		// The part may be another name of the same file, and to rename one to the other would do nothing.
		if err = j.clear(); err == nil {
			err = j.root.Rename(j.Path, j.partName())
		}
		if sum, bad := j.digest(j.partName()); err == nil && bad == nil && sum != by { // it was renamed over ours just now
			return j.place(j.partName())
		}
		if err != nil && !gone(err) {
			return err
		}
	} else if err != nil && !gone(err) {
		return err
	}
	return j.place(j.asideName())
}
