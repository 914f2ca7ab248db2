package alert

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

// The labels that have a meaning here.
const (
	NameLabel     = "alertname"
	PipelineLabel = "pipeline"
	SeverityLabel = "severity"
)

// summaryName is the annotation that says in one line what an alert is about.
const summaryName = "summary"

// Limits of one alert. An annotation that is too long is cut: no template may
// cost an incident. A label is identity and is refused.
const (
	MaxLabels     = 64
	MaxName       = 256     // bytes
	MaxValue      = 4096    // bytes, of a label
	MaxAnnotation = 8 << 10 // bytes
)

// MaxAhead is how far in the future a time of an alert may lie. Alertmanager
// takes any; but what ends in ten years would hold its incident's alert open
// for ten years, and comes from a clock that is wrong.
const MaxAhead = 366 * 24 * time.Hour

// Absurd tells whether a time lies further in the future than [MaxAhead].
func Absurd(t, now time.Time) bool { return t.After(now.Add(MaxAhead)) }

// Labels are names with their values; an empty value is no label.
type Labels map[string]string

// Fingerprint identifies labels, in 16 hexadecimal digits, as Alertmanager
// computes it: FNV-1a over names and values in the order of the names.
func (l Labels) Fingerprint() string {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(l)) {
		_, _ = h.Write([]byte(name)) // a hash never fails
		_, _ = h.Write([]byte{0xff})
		_, _ = h.Write([]byte(l[name]))
		_, _ = h.Write([]byte{0xff})
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// Compare orders label sets as Alertmanager lists them: the smaller set first,
// then by name and value.
func (l Labels) Compare(o Labels) int {
	if len(l) != len(o) {
		return len(l) - len(o)
	}
	both := maps.Clone(map[string]string(l))
	maps.Copy(both, o)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		mine, has := l[name]
		theirs, have := o[name]
		switch {
		case !has:
			return -1
		case !have:
			return 1
		case mine != theirs:
			return strings.Compare(mine, theirs)
		}
	}
	return 0
}

// Source says by which way an alert came. Alerts of different sources are
// different alerts, even with the same labels.
type Source string

// The sources.
const (
	FromRules   Source = "rules"   // our own rules
	FromAPI     Source = "api"     // Alertmanager's API: Prometheus, vmalert, Grafana
	FromWebhook Source = "webhook" // another Alertmanager
	FromEvents  Source = "events"  // PagerDuty's Events API
)

// Alert is one alert as its source told it last.
type Alert struct {
	Source Source
	// Fingerprint identifies it within its source: of the labels, unless the
	// source has an identity of its own.
	Fingerprint string
	Labels      Labels
	Annotations Labels
	StartsAt    time.Time
	Undated     bool // StartsAt is our assumption: the source named none
	// EndsAt is when it ended or, in the future, when it will be taken for
	// ended unless it is sent again. Zero: it goes on until its end is told.
	EndsAt       time.Time
	UpdatedAt    time.Time // when it was told last
	Timeout      bool      // EndsAt is our assumption: the source named none
	GeneratorURL string
}

// Key names an alert among all sources.
func (a Alert) Key() string { return string(a.Source) + "/" + a.Fingerprint }

// Summary gives what annotations say in one line, in a language (fr) where they have it: summary_fr, or summary.
func Summary(annotations map[string]string, lang string) string {
	return cmp.Or(annotations[summaryName+"_"+lang], annotations[summaryName])
}

// IsSummary tells whether an annotation of that name is a summary, in whatever language.
func IsSummary(name string) bool {
	rest, ok := strings.CutPrefix(name, summaryName)
	return ok && (rest == "" || len(rest) == len("_fr") && rest[0] == '_')
}

// Name is the alert's name, or its fingerprint where it has none.
func (a Alert) Name() string {
	if name := a.Labels[NameLabel]; name != "" {
		return name
	}
	return a.Fingerprint
}

// Resolved tells whether it has ended at a time.
func (a Alert) Resolved(now time.Time) bool {
	return !a.EndsAt.IsZero() && !a.EndsAt.After(now)
}

// Since tells whether what a settled alert tells began at a time or after it.
// Where no start was named, what is to be told again lest it end goes on.
func (a Alert) Since(t time.Time) bool {
	return !a.StartsAt.Before(t) && (!a.Undated || a.EndsAt.IsZero())
}

// Settled fills in what a source may leave out, as Alertmanager does: the
// fingerprint, the start, and an end after the timeout (none where it is 0).
// Empty labels are dropped, long annotations are cut, and what begins in the
// future, unless it is [Absurd], begins now.
func (a Alert) Settled(now time.Time, timeout time.Duration) Alert {
	a.Labels = maps.Clone(a.Labels)
	maps.DeleteFunc(a.Labels, func(_, v string) bool { return v == "" })
	a.Annotations = cut(a.Annotations)
	if a.Fingerprint == "" {
		a.Fingerprint = a.Labels.Fingerprint()
	}
	a.UpdatedAt, a.Undated = now, a.StartsAt.IsZero()
	switch {
	case a.StartsAt.IsZero() && a.EndsAt.IsZero():
		a.StartsAt = now
	case a.StartsAt.IsZero():
		a.StartsAt = a.EndsAt
	}
	if a.StartsAt.After(now) && !Absurd(a.StartsAt, now) {
		a.StartsAt = now // somebody's clock is wrong
	}
	if a.EndsAt.IsZero() && timeout > 0 {
		a.EndsAt, a.Timeout = now.Add(timeout), true
	}
	return a
}

func cut(annotations Labels) Labels {
	kept := Labels{}
	for _, name := range slices.Sorted(maps.Keys(annotations)) {
		v := annotations[name]
		if len(kept) == MaxLabels || len(name) > MaxName {
			continue
		}
		if len(v) > MaxAnnotation {
			v = v[:MaxAnnotation]
		}
		kept[name] = strings.ToValidUTF8(v, "�")
	}
	return kept
}

// Validate says in one sentence what is wrong with a settled alert, or nil.
func (a Alert) Validate() error {
	switch {
	case len(a.Labels) == 0:
		return fmt.Errorf("at least one label pair required: %w", journal.ErrInvalid)
	case len(a.Labels) > MaxLabels:
		return fmt.Errorf("an alert has %d labels, the limit is %d: %w", len(a.Labels), MaxLabels, journal.ErrTooLarge)
	case Absurd(a.EndsAt, a.UpdatedAt): // the start is that of the end where none was told
		return a.absurd("endsAt", a.EndsAt)
	case Absurd(a.StartsAt, a.UpdatedAt):
		return a.absurd("startsAt", a.StartsAt)
	case !a.EndsAt.IsZero() && a.EndsAt.Before(a.StartsAt):
		return fmt.Errorf("start time must be before end time: %w", journal.ErrInvalid)
	}
	for name, value := range a.Labels {
		if name == "" || !utf8.ValidString(name) || !utf8.ValidString(value) {
			return fmt.Errorf("invalid label set: label %q has no name or is not UTF-8: %w", name, journal.ErrInvalid)
		}
		if len(name) > MaxName || len(value) > MaxValue {
			return fmt.Errorf("invalid label set: label %.40q has %d bytes of name and %d of value, the limits are %d and %d: %w",
				name, len(name), len(value), MaxName, MaxValue, journal.ErrTooLarge)
		}
	}
	return nil
}

func (a Alert) absurd(field string, t time.Time) error {
	return fmt.Errorf("alert %.60q: %s %s is more than a year ahead: set the clock of whoever sends it right: %w", a.Name(), field, t.UTC().Format(time.RFC3339), journal.ErrInvalid)
}

// Merge gives what is known after an alert was told again, and whether that
// is a new activation: it had ended, and what is told now began since.
func Merge(old, told Alert, now time.Time) (merged Alert, again bool) {
	if old.Resolved(now) && !told.Resolved(now) && !told.StartsAt.Before(old.EndsAt) {
		return told, true
	}
	merged = told
	if old.StartsAt.Before(told.StartsAt) {
		merged.StartsAt = old.StartsAt
	}
	if told.Resolved(now) {
		// Some sources name an alert only by its key when they end it.
		merged.Labels = old.Labels
		if len(told.Annotations) == 0 {
			merged.Annotations = old.Annotations
		}
	}
	switch {
	case told.Resolved(now):
		// The latest end that was told wins over an earlier one.
		if old.Resolved(now) && old.EndsAt.After(told.EndsAt) {
			merged.EndsAt = old.EndsAt
		}
	case !told.EndsAt.IsZero() && old.EndsAt.After(told.EndsAt) && !old.Timeout:
		merged.EndsAt = old.EndsAt
	}
	return merged, false
}
