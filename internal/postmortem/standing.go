package postmortem

import (
	"slices"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Standing says how well a cause is founded.
type Standing string

// The standings. Only a test confirms.
const (
	Untested  Standing = "untested"
	Open      Standing = "open" // tested, and no test has told
	Proven    Standing = "confirmed"
	Disproven Standing = "refuted"
	Accepted  Standing = "accepted" // by two people, and not confirmed
)

// Standings lists all standings.
func Standings() []Standing { return []Standing{Untested, Open, Proven, Disproven, Accepted} }

// judges is how many people accept a cause that no test has confirmed.
const judges = 2

// CauseJudged is a person's judgement that a cause is one, though no test has confirmed it. Text is what was judged: another
// text is another cause.
type CauseJudged struct {
	Cause  string `json:"cause"`
	Text   string `json:"text"`
	Reason string `json:"reason"`
}

// Judgement is a judgement with who gave it and when.
type Judgement struct {
	CauseJudged
	incident.Mark
}

// Standing tells how well a cause is founded: by the latest tests of its hypotheses, one that confirms it being enough and
// refuted being what all of them say, and else by who accepts it.
func (s State) Standing(cause string) Standing {
	tested, refuted := 0, 0
	for _, h := range s.Hypotheses {
		if h.Cause != cause || len(h.Tests) == 0 {
			continue
		}
		tested++
		switch h.Result() {
		case Confirmed:
			return Proven
		case Refuted:
			refuted++
		}
	}
	switch {
	case tested > 0 && refuted == tested:
		return Disproven
	case len(s.JudgementsOf(cause)) >= judges:
		return Accepted
	case tested > 0:
		return Open
	}
	return Untested
}

// JudgementsOf gives the judgements of a cause as it is worded now.
func (s State) JudgementsOf(cause string) []Judgement {
	i := s.cause(cause)
	if i < 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Judgements), func(j Judgement) bool { return j.Cause != cause || j.Text != s.Causes[i].Text })
}

// JudgeCause accepts a cause that no test has confirmed. It takes two people; each signs with a reason.
type JudgeCause struct {
	Cause  string `json:"cause"`
	Reason string `json:"reason"`
}

func (c JudgeCause) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "cause-judge"); err != nil {
		return journal.Change{}, err
	}
	i := s.cause(c.Cause)
	if i < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.judge.none", c.Cause, s.inc.ID)
	}
	switch s.Standing(c.Cause) {
	case Proven:
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.judge.proven", c.Cause, s.inc.ID)
	case Disproven:
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.judge.disproven", c.Cause, s.inc.ID)
	}
	if slices.ContainsFunc(s.JudgementsOf(c.Cause), func(j Judgement) bool { return j.By == s.env.By.ID }) {
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.judge.twice", c.Cause, s.inc.ID)
	}
	return s.event(TypeCauseJudged, CauseJudged{Cause: c.Cause, Text: s.Causes[i].Text, Reason: c.Reason}), checkText("reason", c.Reason, true)
}
