package postmortem

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// GapReminded says that somebody was told of a data gap whose day is over.
type GapReminded struct {
	ID  string `json:"id"`
	Due string `json:"due"`
}

// Late tells whether a gap is open after its due day.
func (g Gap) Late(now time.Time) bool {
	due, err := time.Parse(dateLayout, g.Due)
	return err == nil && g.Closed == nil && !now.Before(due.AddDate(0, 0, 1))
}

const toldGap = "gap-late"

// RemindGaps tells the owner of each data gap whose day is over, and the lead, once for a due day: what is missing holds up the
// postmortem. It comes every hour and gives nothing when nothing is late.
type RemindGaps struct{}

func (RemindGaps) decide(s situation) (journal.Change, error) {
	if !s.env.By.System {
		return journal.Change{}, fmt.Errorf("remind the owners of data gaps of %s: %w", s.inc.ID, journal.ErrForbidden)
	}
	var change journal.Change
	for i, g := range s.Gaps {
		if !g.Late(s.env.Now) || g.Reminded == g.Due {
			continue
		}
		change.Events = append(change.Events, s.event(TypeGapReminded, GapReminded{g.ID, g.Due}).Events...)
		to := []people.ID{g.Owner}
		if lead := s.inc.Lead; lead != nil && lead.Accepted != nil && lead.To != g.Owner {
			to = append(to, lead.To)
		}
		for _, id := range to {
			change.Effects = append(change.Effects, s.effect(incident.EffectInform, fmt.Sprintf("%s-%s-%s/%s", toldGap, g.ID, g.Due, id),
				incident.InformEffect{Incident: s.inc.ID, What: toldGap, Number: i + 1, To: id}))
		}
	}
	return change, nil
}
