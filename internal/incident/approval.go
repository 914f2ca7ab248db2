package incident

import (
	"slices"

	"github.com/safelight-dev/safelight/internal/people"
)

// AskedToApprove lists who was paged to agree to a mitigation that was proposed.
func (s State) AskedToApprove(m Mitigation) []people.ID {
	var ids []people.ID
	for _, p := range s.Pages {
		if p.Purpose == ToApprove && p.To != m.By && !p.PlannedAt.Before(m.At) && !slices.Contains(ids, p.To) {
			ids = append(ids, p.To)
		}
	}
	return ids
}
