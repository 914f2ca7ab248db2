package intake

import (
	"cmp"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Label is the sentiment of a text in one word.
type Label string

// The labels.
const (
	Negative Label = "negative"
	Neutral  Label = "neutral"
	Positive Label = "positive"
)

// Labels lists all labels.
func Labels() []Label { return []Label{Negative, Neutral, Positive} }

// Opinion is the sentiment of a text, and who says so.
type Opinion struct {
	Label  Label   `json:"label"`
	Score  float64 `json:"score"`  // −1 (negative) to 1 (positive)
	Lang   string  `json:"lang"`   // as the scorer understood it; "und" where it did not
	Scorer string  `json:"scorer"` // with its version: "lexicon-1", "model-5f2c…", "azure/2025-01"
}

// Heard is a signal as it is kept: with its pipeline, its sentiment, and
// personal data masked. Erased signals and those older than the retention have no text.
type Heard struct {
	Signal
	Opinion    Opinion   `json:"sentiment"`
	ID         int64     `json:"number"` // given by the store, rising
	Masked     int       `json:"masked"` // places of the text that were masked
	ReceivedAt time.Time `json:"receivedAt"`
	History    bool      `json:"-"` // of one that comes in; see [Told]
}

// Stream is what one source says of one pipeline: the charts look at streams.
type Stream struct {
	Pipeline string `json:"pipeline"`
	Source   string `json:"source"`
}

// Query selects signals that have their text; zero fields select all.
type Query struct {
	Stream
	Label Label
	From  time.Time // at or after
	Until time.Time // before
	// MostNegative puts the lowest score first in place of the newest, and knows no further page.
	MostNegative bool
	// After is the last signal of the page before.
	After *Place
	Limit int
}

// Place is where a signal stands in a list, the newest first.
type Place struct {
	At time.Time
	ID int64
}

// Refusal is a signal that was not taken, and why.
type Refusal struct {
	Line   int    `json:"line"` // from 1: of NDJSON and CSV the line, else the place in the list
	Reason string `json:"reason"`
	Err    error  `json:"-"` // what Reason says
}

// MaxRefusals is how many refusals a [Taken] tells; all are counted.
const MaxRefusals = 20

// Taken is what became of signals that were sent.
type Taken struct {
	Accepted  int       `json:"accepted"`
	Duplicate int       `json:"duplicate"` // known by source and id
	Refused   int       `json:"refused"`
	Refusals  []Refusal `json:"refusals,omitempty"`
}

// Refuse counts a refusal. Of those that are told, the first lines stay.
func (t *Taken) Refuse(line int, err error) {
	t.Refused++
	at, _ := slices.BinarySearchFunc(t.Refusals, line, func(r Refusal, line int) int { return cmp.Compare(r.Line, line) })
	if at < MaxRefusals {
		t.Refusals = slices.Insert(t.Refusals, at, Refusal{line, journal.Sentence(err), err})
		t.Refusals = t.Refusals[:min(len(t.Refusals), MaxRefusals)]
	}
}

// In gives the reasons in a language where they have a sentence, else as they are.
func (t Taken) In(l phrase.Lang) Taken {
	t.Refusals = slices.Clone(t.Refusals)
	for i := range t.Refusals {
		t.Refusals[i].Reason = t.Refusals[i].In(l)
	}
	return t
}

// In is the reason in a language.
func (r Refusal) In(l phrase.Lang) string {
	if r.Err == nil {
		return r.Reason
	}
	text, _ := phrase.Error(l, r.Err)
	return journal.WithoutKind(text)
}

// Told is a signal on its way in: with its line, or with what was wrong with the line:
// [Faults] where that is some of its fields.
type Told struct {
	Line int
	Signal
	Err error
	// History says that the source has told all that there was since this signal.
	// Without it a stream is watched from the first reception on: an old ticket that
	// comes late does not make its charts believe that there was nothing since.
	History bool
}
