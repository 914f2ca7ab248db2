package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// QuarantineConfig says how long the copies of held images are kept.
type QuarantineConfig struct {
	// KeepDiscarded is for how many days the copy of a discarded image is kept
	// as evidence; 0 erases it at once.
	KeepDiscarded int `yaml:"keepDiscarded"`
}

// defaultKeepDiscarded and maxKeepDiscarded are in days.
const (
	defaultKeepDiscarded = 30
	maxKeepDiscarded     = 36_500
)

func (c QuarantineConfig) validate() error {
	if c.KeepDiscarded < 0 || c.KeepDiscarded > maxKeepDiscarded {
		return fmt.Errorf("quarantine: keepDiscarded %d: name 0 to %d days: %w", c.KeepDiscarded, maxKeepDiscarded, journal.ErrInvalid)
	}
	return nil
}

// keep is how long the copy of a discarded image is kept.
func (c QuarantineConfig) keep() time.Duration {
	return time.Duration(c.KeepDiscarded) * 24 * time.Hour
}

const (
	eraseEvery = 10 * time.Second // how soon a copy is erased once its time is over
	// eraseBatch is how many copies are erased in one transaction: each syncs a
	// folder, and nobody else writes meanwhile.
	eraseBatch = 20
)

// EraseDiscarded erases the copies of discarded images whose time is over and
// that nothing else needs. What goes wrong with one does not hold up the others.
func (a *App) EraseDiscarded(ctx context.Context) error {
	items, err := a.store.Discarded(ctx)
	if err != nil {
		return err
	}
	e := erasing{app: a, now: a.now(), keep: a.config.Quarantine.keep(), digests: map[string]bool{}}
	effects, err := a.store.PendingEffects(ctx)
	if err != nil {
		return err
	}
	if err := e.seeAtWork(effects); err != nil {
		return err
	}
	due := slices.DeleteFunc(items, func(i quarantine.Item) bool { return i.EraseAt(e.keep).After(e.now) || e.atWork[i.ID] })
	if len(due) == 0 {
		return nil
	}
	for _, i := range due {
		e.digests[i.SHA256] = true
	}
	// The journal may be long: only what is appended from here on is looked
	// through while nobody else writes.
	if e.named, err = a.store.NamedElsewhere(ctx, e.digests); err != nil {
		return err
	}
	var errs []error
	for batch := range slices.Chunk(due, eraseBatch) {
		errs = append(errs, a.store.Update(ctx, func(tx *store.Tx) error { return e.together(tx, batch) }))
	}
	return errors.Join(append(errs, e.refused...)...)
}

// erasing is one round.
type erasing struct {
	app     *App
	now     time.Time
	keep    time.Duration
	digests map[string]bool // of all that are due
	named   store.Naming
	atWork  map[string]bool // items whose file an effect may still store again
	refused []error         // by the disk
}

// together erases copies within a transaction. Whoever is to need one of them
// says so in the journal: before it, and is seen here, or after it, and stores
// the bytes anew; what is being stored in between is held (see [App.keep]).
// Cut off between the erasing and the commit, the next round finds the bytes
// gone and journals it.
func (e *erasing) together(tx *store.Tx, items []quarantine.Item) error {
	if err := tx.NamedElsewhere(&e.named, e.digests); err != nil {
		return err
	}
	effects, err := tx.PendingEffects()
	if err != nil {
		return err
	}
	if err := e.seeAtWork(effects); err != nil {
		return err
	}
	for _, i := range items {
		if err := e.one(tx, i.ID); err != nil {
			return err
		}
	}
	return nil
}

// seeAtWork notes the items that effects are on their way for. A move that was
// begun before the decision may store the bytes after it, until it is over.
func (e *erasing) seeAtWork(effects []store.Effect) error {
	e.atWork = map[string]bool{}
	for _, effect := range effects {
		if effect.Kind != quarantine.EffectMove && effect.Kind != quarantine.EffectLift {
			continue
		}
		var data quarantine.Effect
		if err := json.Unmarshal(effect.Data, &data); err != nil {
			return fmt.Errorf("read the data of effect %s: %w", effect.Key, err)
		}
		for _, id := range data.All() {
			e.atWork[id] = true
		}
	}
	return nil
}

func (e *erasing) one(tx *store.Tx, id string) error {
	i, err := itemIn(tx, id)
	if err != nil {
		return err
	}
	holders, err := tx.Holders(i.SHA256)
	if err != nil {
		return err
	}
	outcome, err := e.outcome(i, holders)
	if err != nil || outcome == nil {
		return err
	}
	if _, erased := outcome.(quarantine.RecordErased); erased {
		err = tx.ForgetVersion(i.SHA256)
		for _, h := range holders {
			if h.Spared() {
				err = errors.Join(err, e.record(tx, h, outcome))
			}
		}
	}
	return errors.Join(err, e.record(tx, i, outcome))
}

func (e *erasing) record(tx *store.Tx, i quarantine.Item, outcome quarantine.Command) error {
	change, err := quarantine.Decide(i, outcome, quarantine.Env{Now: e.now, By: monitor})
	if err != nil {
		return err
	}
	_, err = tx.Append(change)
	return err
}

// outcome erases the copy of an item, or says why it stays; nil if it stays for now.
func (e *erasing) outcome(i quarantine.Item, holders []quarantine.Item) (quarantine.Command, error) {
	if by := e.named.Streams[i.SHA256]; by != "" {
		return quarantine.RecordRetained{Retained: quarantine.Retained{By: by}}, nil
	}
	if quarantine.Needing(holders, e.keep, e.now).Exists() || slices.ContainsFunc(holders, func(h quarantine.Item) bool { return e.atWork[h.ID] }) {
		return nil, nil
	}
	d, err := blob.Parse(i.SHA256)
	if err != nil {
		return nil, err
	}
	if err := e.app.step("erase"); err != nil {
		return nil, err
	}
	err = e.app.blobs.Remove(d)
	switch {
	case errors.Is(err, journal.ErrConflict):
		return nil, nil // the next round sees what it is stored for
	case err != nil:
		e.refused = append(e.refused, err)
		return nil, nil
	}
	return quarantine.RecordErased{}, e.app.step("erased")
}

// step lets a test end the work as a crash would.
func (a *App) step(what string) error {
	if a.quarantine.mover.Step == nil {
		return nil
	}
	return a.quarantine.mover.Step(what)
}
