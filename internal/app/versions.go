package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// versionDesk keeps the bytes of delivered images that were measured within budget, for pipelines that ask for it.
type versionDesk struct {
	mu   sync.Mutex
	upTo map[string]int64 // by pipeline: the check up to which all good versions are kept
}

const (
	keepBatch          = 200
	versionsEvery      = time.Minute
	eraseVersionsEvery = 10 * time.Minute
	eraseVersions      = 500 // in one round: each syncs a folder
)

// KeepVersions keeps the good versions of all pipelines that ask for it. One that cannot be read does not stop the others.
func (a *App) KeepVersions(ctx context.Context) error {
	var errs []error
	for _, name := range a.Pipelines() {
		errs = append(errs, a.keepVersions(ctx, name))
	}
	return errors.Join(errs...)
}

// keepVersions keeps what the checks of a pipeline have found good since it was last called.
func (a *App) keepVersions(ctx context.Context, name string) error {
	p := a.config.Watch.Pipelines[name]
	if p.Rollback.Keep == 0 || a.inBucket(name) {
		return nil
	}
	a.versions.mu.Lock()
	defer a.versions.mu.Unlock()
	for {
		checks, err := a.store.UnkeptChecks(ctx, name, a.versions.upTo[name], keepBatch)
		if err == nil && len(checks) > 0 {
			err = a.keepGood(ctx, p.Delivered, p.Rollback.Keep, checks)
		}
		if err != nil {
			return fmt.Errorf("keep the good versions of pipeline %s: %w", name, err)
		}
		if len(checks) == 0 {
			return nil
		}
		if a.versions.upTo == nil {
			a.versions.upTo = map[string]int64{}
		}
		a.versions.upTo[name] = checks[len(checks)-1].ID
	}
}

// keepGood keeps the bytes of some checks, as far as they still lie there: what has come since is checked, and kept, by itself.
func (a *App) keepGood(ctx context.Context, dir string, keep int, checks []store.GoodCheck) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var kept []store.Version
	var free []func()
	defer func() {
		for _, f := range free {
			f()
		}
	}()
	for _, c := range checks {
		done, err := a.keepOne(ctx, root, c.Version)
		switch {
		case errors.Is(err, journal.ErrTooLarge):
			a.log.Warn("a good version is too large to be kept", "path", c.Path, "error", err)
		case err != nil:
			return err
		case done != nil:
			kept, free = append(kept, c.Version), append(free, done)
		}
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		for _, v := range kept {
			if err := tx.KeepVersion(v, keep); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepOne keeps the bytes of a version if they lie in their place, and holds them until free is called: nobody erases them before
// the store knows that they are wanted.
func (a *App) keepOne(ctx context.Context, root *os.Root, v store.Version) (free func(), err error) {
	if sum, err := digestAt(root, v.Path); err != nil || sum != v.SHA256 {
		return nil, err
	}
	f, err := root.Open(filepath.FromSlash(v.Path))
	if err != nil {
		return nil, err
	}
	digest, _, free, err := a.blobs.PutHeld(ctx, f, a.config.Limits.Pixels().MaxBytes)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if digest.String() != v.SHA256 { // replaced just now
		free()
		return nil, nil
	}
	return free, nil
}

// EraseVersions erases the bytes of versions that are not gone back to any more and that nothing else needs.
func (a *App) EraseVersions(ctx context.Context) error {
	dropped, err := a.store.DroppedVersions(ctx, a.now(), eraseVersions)
	if err != nil || len(dropped) == 0 {
		return err
	}
	wanted, err := a.wantedByRollbacks(ctx)
	if err != nil {
		return err
	}
	dropped = slices.DeleteFunc(dropped, func(v store.Version) bool { return wanted[v.SHA256] })
	digests := map[string]bool{}
	for _, v := range dropped {
		digests[v.SHA256] = true
	}
	named, err := a.store.NamedElsewhere(ctx, digests)
	if err != nil {
		return err
	}
	var errs []error
	for batch := range slices.Chunk(dropped, eraseBatch) {
		errs = append(errs, a.store.Update(ctx, func(tx *store.Tx) error {
			if err := tx.NamedElsewhere(&named, digests); err != nil {
				return err
			}
			for _, v := range batch {
				if err := a.eraseVersion(tx, v, named); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return errors.Join(errs...)
}

// eraseVersion forgets a version, and erases its bytes unless evidence, the quarantine or another image needs them.
func (a *App) eraseVersion(tx *store.Tx, v store.Version, named store.Naming) error {
	if err := tx.ForgetDropped(v); err != nil {
		return err
	}
	good, err := tx.Versioned(v.SHA256)
	if err != nil || good || named.Streams[v.SHA256] != "" {
		return err
	}
	holders, err := tx.Holders(v.SHA256)
	if err != nil || slices.ContainsFunc(holders, func(i quarantine.Item) bool { return i.Kept || i.Active() }) {
		return err
	}
	digest, err := blob.Parse(v.SHA256)
	if err != nil {
		return err
	}
	if err := a.blobs.Remove(digest); err != nil && !errors.Is(err, journal.ErrConflict) {
		return err
	}
	return nil
}

// wantedByRollbacks gives the digests that a roll back, or its undoing, may still ask for: those of incidents that are open, or
// were closed no longer ago than discarded images are kept.
func (a *App) wantedByRollbacks(ctx context.Context) (map[string]bool, error) {
	states, err := a.Incidents(ctx)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, s := range states {
		if s.Closed != nil && s.Closed.At.Add(a.config.Quarantine.keep()).Before(a.now()) {
			continue
		}
		for _, m := range s.Mitigations {
			if m.Kind != incident.KindRollBack || m.Status == incident.IsRefused {
				continue
			}
			list, err := readList[replacement](a, incident.ImagesEffect{Incident: s.ID, Mitigation: m.ID, ImageList: *m.Images})
			if errors.Is(err, journal.ErrNotFound) {
				continue // nobody can carry it out any more
			}
			if err != nil {
				return nil, err
			}
			for _, r := range list {
				wanted[r.Bad], wanted[r.Good] = true, true
			}
		}
	}
	return wanted, nil
}

// digestAt gives the digest of a file below a folder, "" where there is none.
func digestAt(root *os.Root, name string) (string, error) {
	f, err := root.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}
