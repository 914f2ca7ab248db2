package incident

import (
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Back is how a roll back is done, and how long it may take until the images are good.
type Back struct {
	Way    BackWay       `json:"way"`
	Commit string        `json:"commit,omitempty"` // that is reverted
	Within time.Duration `json:"within,omitempty"` // from when it was done until the delivered images are measured within budget
	// Undoable says that the way back is known: the replaced images are kept, or the house has named how.
	Undoable bool `json:"undoable,omitempty"`
}

// BackWay is a way of rolling back.
type BackWay string

// The ways: the last good version of each image is put in its place; a program or a web service of the house is asked; a commit
// is reverted in the repository that the images are made from.
const (
	BackKept    BackWay = "kept"
	BackCommand BackWay = "command"
	BackWebhook BackWay = "webhook"
	BackGit     BackWay = "git"
)

// BackEffect asks for a roll back, for its undoing, or for the images to be measured again after it.
type BackEffect struct {
	ImagesEffect
	Back Back `json:"back"`
	// Until is when the images must be within budget.
	Until time.Time `json:"until,omitzero"`
}

// RollBack contains: what is delivered becomes good again, by going back to what it was. Images lists those that are over budget;
// it is proven once they are delivered within it. The list is the caller's to keep.
type RollBack struct {
	Images ImageList
	Back   Back
	Reason string
}

func (c RollBack) decide(s State, env Env) (journal.Change, error) {
	if err := env.By.Require(people.Contain); err != nil {
		return journal.Change{}, err
	}
	if err := s.stillOpen("roll-back"); err != nil {
		return journal.Change{}, err
	}
	if c.Images.Count < 1 || c.Images.SHA256 == "" || c.Images.Pipeline == "" || c.Back.Way == "" || c.Back.Within <= 0 {
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("roll-back"), "back")
	}
	for _, m := range s.Mitigations {
		if m.Kind != KindRollBack || m.Images.Pipeline != c.Images.Pipeline || m.Status.Over() || m.Status == IsProven {
			continue
		}
		if m.Images.SHA256 == c.Images.SHA256 && m.Back.Way == c.Back.Way && m.Status != IsUndoing {
			return journal.Change{}, nil // it is on its way
		}
		return journal.Change{}, s.conflict(s.doing("roll-back"), "back.at-it", m.ID)
	}
	d := decideOn(s.ID, env)
	askForMitigation(d, s, MitigationRequested{
		Duty: s.DutyOf(env.By), ID: fmt.Sprintf("M%d", len(s.Mitigations)+1),
		Kind: KindRollBack, Images: &c.Images, Back: &c.Back, Reason: c.Reason, Via: env.Via,
	})
	return d.change, text("reason", c.Reason, false)
}

func (m MitigationRequested) backEffect(stream string) BackEffect {
	return BackEffect{ImagesEffect: ImagesEffect{stream, m.ID, *m.Images}, Back: *m.Back}
}

// measureAgain has the delivered images measured after a roll back.
func measureAgain(d *decision, m MitigationRequested) {
	e := m.backEffect(d.stream)
	e.Until = d.env.Now.Add(m.Back.Within)
	d.effect(EffectMeasure, m.ID, e)
}

// Short is how people write the commit.
func (b Back) Short() string { return b.Commit[:min(len(b.Commit), 10)] }
