package intake

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/trend"
)

// The event types of a verification's stream, and of [ErasuresStream].
const (
	TypeOpened    = "verification.opened"
	TypeConfirmed = "verification.confirmed"
	TypeDismissed = "verification.dismissed"
	TypeNoted     = "verification.noted"
	TypeErased    = "signal.erased"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	var types []journal.Type
	for _, n := range []string{TypeOpened, TypeConfirmed, TypeDismissed, TypeNoted, TypeErased} {
		types = append(types, journal.Type{Name: n, Version: 1})
	}
	return types
}

// StreamPrefix begins the id of a verification, which is its journal stream: V-2025-10-03-01.
const StreamPrefix = "V-"

// ErasuresStream is the journal stream that says which signals were erased on request.
const ErasuresStream = "signals-erased"

// IsStream tells whether a journal stream is that of a verification.
func IsStream(stream string) bool { return strings.HasPrefix(stream, StreamPrefix) }

// Opened is the alarm that a verification asks about: the stored form of [TypeOpened].
type Opened struct {
	Stream
	Metric trend.Metric `json:"metric"`
	// Value, Baseline and Limit are in the metric's unit, Z in standard deviations.
	Value    float64 `json:"value"`
	Baseline float64 `json:"baseline"`
	Limit    float64 `json:"limit"`
	Z        float64 `json:"z"`
	// Since is when the change began by the chart's estimate, Until the end of what was judged.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Days is the number of days in the baseline, FalseAlarmDays the mean time between false alarms.
	Days           int     `json:"days"`
	FalseAlarmDays float64 `json:"falseAlarmDays"`
	// Signals and Negative count what came between Since and Until.
	Signals  int `json:"signals"`
	Negative int `json:"negative"`
}

// OpenedBy describes an alarm of a stream.
func OpenedBy(s Stream, v trend.Verdict) Opened {
	return Opened{
		Stream: s, Metric: v.Metric, Value: v.Value, Baseline: v.Baseline, Limit: v.Limit, Z: v.Z,
		Since: v.Since.UTC(), Until: v.Until.UTC(), Days: v.Days, FalseAlarmDays: math.Round(v.FalseAlarmEvery.Hours() / 24),
	}
}

func (o Opened) validate() error {
	for _, f := range []float64{o.Value, o.Baseline, o.Limit, o.Z, o.FalseAlarmDays} {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("open a verification of %s: a figure is not a number: %w", o.Pipeline, journal.ErrInvalid)
		}
	}
	if o.Pipeline == "" || o.Source == "" || o.Metric == "" {
		return fmt.Errorf("open a verification: pipeline, source or metric is missing: %w", journal.ErrInvalid)
	}
	return nil
}

// Confirmed names the incident that was declared, or that the signals were added to.
type Confirmed struct {
	Incident string `json:"incident"`
	ByPolicy bool   `json:"byPolicy,omitempty"` // no person has looked
}

// Dismissed says why an alarm is none. Outcome is [trend.Noise] or [trend.Accepted].
type Dismissed struct {
	Outcome trend.Outcome `json:"outcome"`
	Reason  string        `json:"reason"`
}

// Noted is a remark.
type Noted struct {
	Text string `json:"text"`
}

// Erased says that the text of a signal was erased on request.
type Erased struct {
	Signal int64  `json:"signal"`
	Reason string `json:"reason"`
}

// Status is where a verification stands.
type Status string

// The statuses.
const (
	StatusOpen      Status = "open"
	StatusConfirmed Status = "confirmed"
	StatusDismissed Status = "dismissed"
)

// Note is a remark with who made it and when.
type Note struct {
	At   time.Time `json:"at"`
	By   people.ID `json:"by"`
	Text string    `json:"text"`
}

// Verification is the fold of its stream.
type Verification struct {
	Opened
	ID       string        `json:"id"`
	OpenedAt time.Time     `json:"openedAt"`
	Status   Status        `json:"status"`
	Incident string        `json:"incident,omitempty"` // of a confirmed one
	ByPolicy bool          `json:"byPolicy,omitempty"` // confirmed without a person
	Outcome  trend.Outcome `json:"outcome,omitempty"`  // of a dismissed one
	Reason   string        `json:"reason,omitempty"`   // of a dismissed one
	// DecidedAt and DecidedBy are of a verification that is not open.
	DecidedAt time.Time `json:"decidedAt,omitzero"`
	DecidedBy people.ID `json:"decidedBy,omitempty"`
	Notes     []Note    `json:"notes,omitempty"`
}

// Exists tells whether the verification was ever opened.
func (v Verification) Exists() bool { return v.ID != "" }

// Fold gives the verification that the entries of its stream amount to.
func Fold(entries []journal.Entry) (Verification, error) {
	var v Verification
	for _, e := range entries {
		if err := v.apply(e); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (v *Verification) apply(e journal.Entry) error {
	switch e.Type {
	case TypeOpened:
		o, err := journal.Decode[Opened](e)
		if err != nil {
			return err
		}
		v.Opened, v.ID, v.OpenedAt, v.Status = o, e.Stream, e.OccurredAt, StatusOpen
	case TypeConfirmed:
		c, err := journal.Decode[Confirmed](e)
		if err != nil {
			return err
		}
		v.decide(StatusConfirmed, e)
		v.Incident, v.ByPolicy = c.Incident, c.ByPolicy
	case TypeDismissed:
		d, err := journal.Decode[Dismissed](e)
		if err != nil {
			return err
		}
		v.decide(StatusDismissed, e)
		v.Outcome, v.Reason = d.Outcome, d.Reason
	case TypeNoted:
		n, err := journal.Decode[Noted](e)
		if err != nil {
			return err
		}
		v.Notes = append(v.Notes, Note{e.OccurredAt, people.ID(e.Actor), n.Text})
	}
	return nil
}

func (v *Verification) decide(s Status, e journal.Entry) {
	v.Status, v.DecidedAt, v.DecidedBy = s, e.OccurredAt, people.ID(e.Actor)
}

// Episode tells the detector what became of the alarm. over is when the
// incident of a confirmed one was resolved; while it is not, it is now.
func (v Verification) Episode(over time.Time) trend.Episode {
	e := trend.Episode{Metric: v.Metric, Outcome: trend.Open, Span: trend.Span{From: v.Since, Until: v.DecidedAt}}
	switch v.Status {
	case StatusConfirmed:
		e.Outcome, e.Until = trend.Confirmed, over
	case StatusDismissed:
		e.Outcome = v.Outcome
	}
	return e
}
