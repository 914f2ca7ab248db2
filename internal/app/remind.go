package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// remindEvery is how late a reminder may be: it is of days.
const remindEvery = time.Hour

// RemindLate tells the owners of data gaps that are late, and of actions and of what lessons change that are nearly due or late. Actions
// outlive their incident, and are open again where its cause comes back.
func (a *App) RemindLate(ctx context.Context) error {
	actions, err := a.store.Actions(ctx, true)
	if err != nil {
		return err
	}
	var ids []string
	for _, r := range actions {
		ids = append(ids, r.Incident)
	}
	slices.Sort(ids)
	var errs []error
	for _, id := range slices.Compact(ids) {
		errs = append(errs, a.Do(ctx, monitor, id, prevention.RemindActions{}))
	}
	taught, err := a.store.LessonsToFollow(ctx)
	errs = append(errs, err)
	for _, id := range taught {
		errs = append(errs, a.Do(ctx, monitor, id, lesson.Remind{}))
	}
	errs = append(errs, a.remindRetrospectives(ctx)...)
	open, err := a.Incidents(ctx)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, inc := range open {
		if inc.Closed == nil {
			errs = append(errs, a.Do(ctx, monitor, inc.ID, postmortem.RemindGaps{}))
		}
	}
	return errors.Join(append(errs, a.reopenRecurred(ctx))...)
}
