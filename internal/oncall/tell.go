package oncall

import (
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// EffectTell tells a person of a change of duties that somebody else made. Data is a [TellEffect].
const EffectTell = "tell-duty"

// TellEffect names the change by the type of its event.
type TellEffect struct {
	Override string    `json:"override"`
	What     string    `json:"what"`
	By       people.ID `json:"by"`
	To       people.ID `json:"to"`
	// Method is the channel of an effect that tells by one; empty: it becomes one for each that reaches the person.
	Method string `json:"method,omitempty"`
}

// tellOthers has all told whom a change of an override concerns, but for who made it.
func tellOthers(c journal.Change, o Override, by people.ID) journal.Change {
	event := c.Events[0]
	told := []people.ID{by, ""}
	concerned := []people.ID{o.By, o.To}
	for _, t := range o.Terms.Terms {
		concerned = append(concerned, t.Person)
	}
	for _, id := range concerned {
		if slices.Contains(told, id) {
			continue
		}
		told = append(told, id)
		c.Effects = append(c.Effects, journal.Effect{
			Kind: EffectTell, Key: event.Stream + ":" + event.Type + ":" + string(id), Stream: event.Stream, Data: TellEffect{Override: event.Stream, What: event.Type, By: by, To: id},
		})
	}
	return c
}
