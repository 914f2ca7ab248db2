package app

import (
	"context"
	"errors"
	"slices"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

// reopenRecurred opens the actions again of incidents of which a direct cause came back: they have not prevented it. A cause has come back where a
// later incident's is the same statement, and a test has confirmed it or two people have accepted it.
func (a *App) reopenRecurred(ctx context.Context) error {
	list, err := a.Incidents(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(x, y incident.State) int { return x.DetectedAt.Compare(y.DetectedAt) })
	earlier := map[string][]string{} // incidents by their causes
	var errs []error
	for _, inc := range list {
		c, err := a.Case(ctx, inc.ID)
		if err != nil {
			return err
		}
		for _, cause := range foundedCauses(c) {
			key := kpi.CauseOf(cause.CauseFields)
			for _, before := range earlier[key] {
				if before != inc.ID {
					errs = append(errs, a.Do(ctx, monitor, before, prevention.ReopenForCause{
						Since: inc.DetectedAt, Reason: a.say("action.cause-came-back", inc.ID, cause.ID),
					}))
				}
			}
			earlier[key] = append(earlier[key], inc.ID)
		}
	}
	return errors.Join(errs...)
}

// foundedCauses are the direct causes that a test has confirmed or two people have accepted.
func foundedCauses(c web.Case) (list []postmortem.Cause) {
	for _, cause := range c.Analysis.CausesOf(postmortem.Direct) {
		if s := c.Analysis.Standing(cause.ID); s == postmortem.Proven || s == postmortem.Accepted {
			list = append(list, cause)
		}
	}
	return list
}
