package web

import (
	"context"
	"iter"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/trend"
)

// SignalsService is what the pages and the API of user signals ask of the application.
type SignalsService interface {
	// SignalTrends gives the charts of the streams, those with an alarm first.
	SignalTrends(context.Context) ([]SignalTrend, error)
	// VerificationChart gives the chart that a verification asks about: of an open one as of now, of a decided one as it was opened.
	VerificationChart(context.Context, intake.Verification) (Chart, error)
	// Signals gives the signals that fit.
	Signals(context.Context, intake.Query) ([]intake.Heard, error)
	// Verifications lists the verifications, the open ones first, then the newest first.
	Verifications(context.Context) ([]intake.Verification, error)
	// Verification reads one verification, or gives journal.ErrNotFound.
	Verification(ctx context.Context, id string) (intake.Verification, error)
	// ConfirmVerification declares the incident of a verification, or adds its signals to an open one, and gives its id.
	ConfirmVerification(ctx context.Context, by people.Actor, id string, c Confirmation) (string, error)
	// DismissVerification says that an alarm is none.
	DismissVerification(ctx context.Context, by people.Actor, id string, d intake.Dismissed) error
	// NoteVerification adds a remark.
	NoteVerification(ctx context.Context, by people.Actor, id, text string) error
	// EraseSignal erases the text of a signal for good.
	EraseSignal(ctx context.Context, by people.Actor, signal int64, reason string) error
	// SignalSources says how sources and the outside scorer are doing.
	SignalSources() SignalSources
	// DeclaresSignals is the severity of the incidents that alarms declare by themselves; empty: they ask people.
	DeclaresSignals() pipeline.Severity
	// SignalRest is how long a chart whose alarm was dismissed gives no new one.
	SignalRest() time.Duration
}

// SignalTaker takes signals in.
type SignalTaker interface {
	// TakeSignals hears signals; see app.
	TakeSignals(ctx context.Context, told iter.Seq[intake.Told]) (intake.Taken, error)
}

// Confirmation is what a person says who takes an alarm for real.
type Confirmation struct {
	Severity pipeline.Severity `json:"severity,omitempty"`
	Title    string            `json:"title,omitempty"`    // proposed by the alarm if empty
	Incident string            `json:"incident,omitempty"` // an open one that takes the signals, in place of a new one
}

// SignalTrend is what the charts say of one stream.
type SignalTrend struct {
	intake.Stream
	Signals int     `json:"signals"` // in the window of the charts
	Charts  []Chart `json:"charts"`
}

// Chart is one chart as of a moment.
type Chart struct {
	Metric    trend.Metric    `json:"metric"`
	State     trend.State     `json:"state"`
	Direction trend.Direction `json:"direction"`
	// Value is smoothed; it, Baseline and Limit are in the metric's unit, Z in standard deviations.
	Value          float64   `json:"value"`
	Baseline       float64   `json:"baseline"`
	Limit          float64   `json:"limit"`
	Z              float64   `json:"z"`
	Since          time.Time `json:"since,omitzero"` // when the change began; without an alarm, none
	Until          time.Time `json:"until,omitzero"` // the end of what was judged
	Days           int       `json:"days"`           // of the baseline
	FalseAlarmDays float64   `json:"falseAlarmDays"`
	Points         []Point   `json:"points,omitempty"`
}

// Point is what was counted in one day, or in three hours; not smoothed.
type Point struct {
	At    time.Time `json:"at"` // its beginning
	Value float64   `json:"value"`
}

// MissingValue stands for a share of no signals.
const MissingValue = -1
