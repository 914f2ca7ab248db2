package prevention

import (
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TypeActionChanged is the event of an action whose title, owner or due day became another.
const TypeActionChanged = "prevention.action-changed"

const (
	maxTitle = 500  // bytes
	maxText  = 2000 // of a proof or a reason
)

// ActionChanged holds what an action is from now on. Via names the issue that the change was taken from.
type ActionChanged struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	Owner people.ID `json:"owner"`
	Due   string    `json:"due"`
	Via   string    `json:"via,omitempty"`
}

// ChangeAction gives an open action another title, owner or due day; what is empty stays.
type ChangeAction struct {
	ID    string    `json:"id"`
	Title string    `json:"title,omitempty"`
	Owner people.ID `json:"owner,omitempty"`
	Due   string    `json:"due,omitempty"`
}

func (c ChangeAction) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	i := s.index(c.ID)
	if i < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.action.change.none", c.ID, inc.ID)
	}
	a := s.Actions[i]
	if a.Closed != nil {
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.action.change.closed", c.ID, inc.ID)
	}
	then := Values{TitleField: c.Title, OwnerField: string(c.Owner), DueField: c.Due}
	now := a.Values()
	for f, v := range then {
		if v == "" {
			then[f] = now[f]
		} else if err := checkValue(f, v); err != nil {
			return journal.Change{}, phrase.Errorf("refusal.action.change", c.ID, inc.ID, err)
		}
	}
	if then[TitleField] == now[TitleField] && then[OwnerField] == now[OwnerField] && then[DueField] == now[DueField] {
		return journal.Change{}, nil // pressed twice
	}
	return event(inc, env, TypeActionChanged, changedTo(c.ID, then, "")), nil
}

func changedTo(id string, v Values, via string) ActionChanged {
	return ActionChanged{ID: id, Title: v[TitleField], Owner: people.ID(v[OwnerField]), Due: v[DueField], Via: via}
}

// checkValue says what is wrong with a value that an action is to have.
func checkValue(f Field, v string) error {
	switch f {
	case TitleField:
		if strings.TrimSpace(v) == "" || len(v) > maxTitle || strings.ContainsAny(v, "\r\n") {
			return phrase.Refusal(journal.ErrInvalid, "refusal.action.title")
		}
	case OwnerField:
		if v == "" || v == Stranger {
			return phrase.Refusal(journal.ErrInvalid, "refusal.action.owner")
		}
	case DueField:
		if _, err := time.Parse(DateLayout, v); err != nil {
			return phrase.Refusal(journal.ErrInvalid, "refusal.action.due", v)
		}
	}
	return nil
}
