package app

import (
	"context"

	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
)

// A version that was taken out of delivery may be delivered again with the very
// size and date that it had: it must be looked at again then, so the sweeps
// forget it when it goes, and know it again when a person puts it back.

func stampOfItem(i quarantine.Item) stamp {
	return stamp{i.Bytes, i.ModifiedAt.UnixNano(), unknownChange}
}

// forgetMoved lets the next sweep take the version for new.
func (d *sweepDesk) forgetMoved(i quarantine.Item) {
	if s := d.memory(i.Pipeline); s != nil {
		s.forget(i)
	}
}

// forgetPlace lets the next sweep look at whatever lies in the place of an item: it may have been looked at before the
// item was held, and then neither ends the hold nor is held itself.
func (d *sweepDesk) forgetPlace(i quarantine.Item) {
	if s := d.memory(i.Pipeline); s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.seen, i.Name())
	}
}

// knowAgain keeps the next sweep from taking the version for new.
func (d *sweepDesk) knowAgain(i quarantine.Item) {
	if s := d.memory(i.Pipeline); s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen[i.Name()] = stampOfItem(i)
	}
}

func (d *sweepDesk) memory(pipeline string) *sweep {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.memories[pipeline]
}

func (s *sweep) forget(i quarantine.Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stampOfItem(i).fits(s.seen[i.Name()]) {
		delete(s.seen, i.Name())
	}
}

// forgetHeld forgets, of what was recorded before a restart, the versions that
// were taken out since, and what lies in the places of those that are held.
func (a *App) forgetHeld(ctx context.Context, pipeline string, s *sweep) error {
	items, err := a.store.Quarantine(ctx, store.QuarantineQuery{Pipeline: pipeline}, allItems)
	for _, i := range items {
		if i.Status == quarantine.StatusHeld {
			delete(s.seen, i.Name())
		}
		if i.MovedAt != nil && i.Status != quarantine.StatusReleasing && i.Status != quarantine.StatusRestored {
			s.forget(i)
		}
	}
	return err
}
