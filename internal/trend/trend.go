// Package trend tells a trend of user signals from noise: control charts for counts and shares.
//
// [Judge] takes the hourly counts of one stream (one pipeline, one source) and answers with three verdicts, each of
// which is a chart that a person can follow in one sentence: "23 % of the signals of the last days are negative
// where 15 % were before; the limit is 21 %; it began about 3 October; a false alarm comes once in 365 days".
//
//   - [NegativeShare], daily: an EWMA (Roberts 1959, λ = 0.2) over the share of negative signals, standardised as
//     Laney's p′ chart does (Quality Engineering 14(4), 2002): days differ by more than chance alone, and a plain
//     binomial chart becomes a false-alarm machine at volume.
//   - [SignalRate], daily: the same over the number of signals (Laney's u′), against what the weekday has usually.
//   - [Storm], hourly: the negative signals of the last three hours against what these hours of the week have usually,
//     so that a sudden storm is seen within hours.
//
// The baseline is the last 56 days. It works from 14 days on, with wider limits, and is [Learning] before. It leaves
// out days of confirmed alarms, and stands still while an alarm is open, so that an alarm cannot get used to its
// cause. Only a change for the worse is an alarm; a change for the better is told by [Verdict.Direction].
package trend

import "time"

// Metric is what a chart watches.
type Metric string

// The metrics, in the order of Judge's answer.
const (
	NegativeShare Metric = "negativeShare" // negative signals / signals, 0 to 1, daily
	SignalRate    Metric = "signalRate"    // signals a day
	Storm         Metric = "storm"         // negative signals in three hours, hourly
)

// State is what a chart says.
type State string

// The states.
const (
	Learning State = "learning" // too few days to know what is usual
	Quiet    State = "quiet"
	Alarm    State = "alarm" // worse than chance explains
)

// Direction is where a value moves, if by more than chance explains.
type Direction string

// The directions.
const (
	Steady Direction = "steady"
	Worse  Direction = "worse"
	Better Direction = "better"
)

// Count is what came in the hour that starts at At (any moment of the hour names it).
type Count struct {
	At       time.Time
	Signals  int
	Negative int // of the signals; more than Signals counts as Signals
}

// Span is a time from From up to, not including, Until.
type Span struct{ From, Until time.Time }

// Outcome is what became of an alarm.
type Outcome string

// The outcomes.
const (
	Open      Outcome = "open"      // nobody has decided: the baseline stands still since From
	Confirmed Outcome = "confirmed" // it was an incident: its days are no part of any baseline
	Noise     Outcome = "noise"     // a false alarm: its days count as any others, the chart starts anew at Until
	Accepted  Outcome = "accepted"  // the new level is the normal one: the baseline begins at From
)

// Episode is an alarm that was given, and what people decided. From is [Verdict.Since] of the alarm; Until is the
// moment of the decision or, of an incident, the moment it was over; zero, or now, while it is not. It has no meaning while the
// outcome is Open.
type Episode struct {
	Metric  Metric
	Outcome Outcome
	Span
}

// Series is all that is known of one stream.
type Series struct {
	// Since is when the stream was first watched. Nothing is known before it, nor before the first of Hours, so that a
	// caller may hand in the last months of an old stream.
	Since time.Time
	// Hours in any order; counts of the same hour add up. An hour after the first that is not listed had no signals.
	Hours []Count
	// Gaps are times in which the source could not be heard: they are unknown, not empty.
	Gaps     []Span
	Episodes []Episode
	// Location gives days and weekdays their borders; nil is UTC.
	Location *time.Location
}

// Verdict is what one chart says at one moment.
type Verdict struct {
	Metric    Metric
	State     State
	Direction Direction
	// Value is the smoothed value now, Baseline the usual one, Limit the value at which an alarm is given: all in the
	// metric's unit. An alarm is given where Value > Limit and ends when somebody decides, or when Value is back at
	// Baseline.
	Value, Baseline, Limit float64
	// Z is how far Value is from Baseline, in standard deviations of the smoothed value.
	Z float64
	// Since is when the change began, by the chart's estimate; zero without an alarm.
	Since time.Time
	// Until is the end of the last day or hour that was judged; zero while there is none.
	Until time.Time
	// Days is the number of days in the baseline.
	Days int
	// FalseAlarmEvery is the mean time between false alarms of this chart on this stream.
	FalseAlarmEvery time.Duration
}
