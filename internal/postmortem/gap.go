package postmortem

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// GapFields are a task to get what a test has lacked: what is missing, who gets it by when, and the test to run again.
type GapFields struct {
	ID         string              `json:"id"` // "G1"
	Hypothesis string              `json:"hypothesis"`
	Missing    string              `json:"missing"`
	Owner      people.ID           `json:"owner"`
	Due        string              `json:"due"`            // 2025-10-01
	Test       *experiment.Request `json:"test,omitempty"` // nil where it was run by hand
}

// GapClosed ends a gap: by a test of its hypothesis that told, or because a person says why it is not needed.
type GapClosed struct {
	ID     string `json:"id"`
	Result Result `json:"result,omitempty"` // of the test
	Reason string `json:"reason,omitempty"`
}

// Gap is a gap with who opened it and when, and how it ended.
type Gap struct {
	GapFields
	incident.Mark
	Closed *incident.Mark `json:"closed,omitempty"`
	Result Result         `json:"result,omitempty"`
	Reason string         `json:"reason,omitempty"`
	// Reminded is the due day that its owner was last told was over.
	Reminded string `json:"reminded,omitempty"`
}

// GapTime is how long whoever opened a gap has, where nobody says otherwise: within the time that a postmortem has to be published
// nothing would be left for the board, so that it ends before.
const GapTime = 24 * time.Hour

const dateLayout = "2006-01-02"

// OpenGaps lists the gaps that nothing has closed.
func (s State) OpenGaps() []Gap {
	var open []Gap
	for _, g := range s.Gaps {
		if g.Closed == nil {
			open = append(open, g)
		}
	}
	return open
}

func (s State) gap(id string) int {
	return slices.IndexFunc(s.Gaps, func(g Gap) bool { return g.ID == id })
}

// openGap opens one after a test that could not tell, unless one is open for the hypothesis already. Its owner is the lead, or who ran the test.
func (s situation) openGap(t TestFields) (GapFields, bool) {
	if slices.ContainsFunc(s.OpenGaps(), func(g Gap) bool { return g.Hypothesis == t.Hypothesis }) {
		return GapFields{}, false
	}
	owner := s.env.By.ID
	if lead := s.inc.Lead; lead != nil && lead.Accepted != nil {
		owner = lead.To
	}
	again := t.Request
	if again != nil && again.Kind == experiment.ByHand {
		again = nil
	}
	return GapFields{
		ID: freeID("G", func(id string) bool { return s.gap(id) >= 0 }), Hypothesis: t.Hypothesis, Missing: t.Missing,
		Owner: owner, Due: s.env.Now.Add(GapTime).UTC().Format(dateLayout), Test: again,
	}, true
}

// SetGap changes what is missing, who gets it and by when.
type SetGap struct {
	ID      string    `json:"id"`
	Missing string    `json:"missing,omitempty"` // as it is where empty
	Owner   people.ID `json:"owner,omitempty"`   // likewise
	Due     string    `json:"due,omitempty"`     // likewise
}

func (c SetGap) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "gap"); err != nil {
		return journal.Change{}, err
	}
	i := s.gap(c.ID)
	if i < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.gap.none", c.ID, s.inc.ID)
	}
	if s.Gaps[i].Closed != nil {
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.gap.closed", c.ID, s.inc.ID)
	}
	g := s.Gaps[i].GapFields
	if c.Missing != "" {
		g.Missing = c.Missing
	}
	if c.Owner != "" {
		g.Owner = c.Owner
	}
	if c.Due != "" {
		g.Due = c.Due
	}
	if _, err := time.Parse(dateLayout, g.Due); err != nil {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.gap.due", c.ID, s.inc.ID, g.Due)
	}
	return s.event(TypeGapSet, g), checkText("missing", g.Missing, true)
}

// CloseGap ends a gap that no test will close.
type CloseGap struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func (c CloseGap) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "gap-close"); err != nil {
		return journal.Change{}, err
	}
	i := s.gap(c.ID)
	if i < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.gap-close.none", c.ID, s.inc.ID)
	}
	if s.Gaps[i].Closed != nil {
		return journal.Change{}, nil
	}
	return s.event(TypeGapClosed, GapClosed{ID: c.ID, Reason: c.Reason}), checkText("reason", c.Reason, true)
}

func (s *State) setGap(g Gap) {
	if i := s.gap(g.ID); i >= 0 {
		g.Mark, g.Reminded = s.Gaps[i].Mark, s.Gaps[i].Reminded
		s.Gaps[i] = g
		return
	}
	s.Gaps = append(s.Gaps, g)
}

func (s *State) closeGap(c GapClosed, mark incident.Mark) {
	if i := s.gap(c.ID); i >= 0 {
		s.Gaps[i].Closed, s.Gaps[i].Result, s.Gaps[i].Reason = &mark, c.Result, c.Reason
	}
}
