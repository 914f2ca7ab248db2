package kpi

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Period is a span of whole days in UTC. The zero value is all time.
type Period struct {
	Name string `json:"name,omitempty"` // as it is written: 2025-Q3, 2025-09, 2025, 2025-07-01..2025-09-30
	// From is its first moment, Until the first one after it; zero where it has no such end.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// maxMonths bounds the months of one period of which figures are computed: ten years.
const maxMonths = 120

var quarterName = regexp.MustCompile(`^(\d{4})-[Qq]([1-4])$`)

// ParsePeriod reads a quarter (2025-Q3), a month (2025-09), a year (2025), or two days with two dots between, either of which may
// be absent (2025-07-01..2025-09-30). Nothing is all time.
func ParsePeriod(text string) (Period, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Period{}, nil
	}
	if m := quarterName.FindStringSubmatch(text); m != nil {
		year, _ := strconv.Atoi(m[1]) // four digits
		return Quarter(year, int(m[2][0]-'0')), nil
	}
	if from, err := time.Parse("2006-01", text); err == nil {
		return Period{text, from, from.AddDate(0, 1, 0)}, nil
	}
	if from, err := time.Parse("2006", text); err == nil {
		return Period{text, from, from.AddDate(1, 0, 0)}, nil
	}
	first, last, ok := strings.Cut(text, "..")
	from, errFrom := dayOf(first)
	until, errLast := dayOf(last)
	if !ok || errFrom != nil || errLast != nil || first == "" && last == "" {
		return Period{}, phrase.Refusal(journal.ErrInvalid, "refusal.period", fmt.Sprintf("%.40q", text))
	}
	if !until.IsZero() {
		until = until.AddDate(0, 0, 1)
	}
	p := Period{text, from, until}
	if !until.IsZero() && !until.After(from) {
		return Period{}, phrase.Refusal(journal.ErrInvalid, "refusal.period.order", fmt.Sprintf("%.40q", text))
	}
	return p, nil
}

func dayOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, text)
}

// Quarter is a quarter of a year, 1 to 4.
func Quarter(year, n int) Period {
	from := time.Date(year, time.Month(3*n-2), 1, 0, 0, 0, 0, time.UTC)
	return Period{fmt.Sprintf("%04d-Q%d", year, n), from, from.AddDate(0, 3, 0)}
}

// QuarterOf is the quarter that a moment is in.
func QuarterOf(at time.Time) Period {
	at = at.UTC()
	return Quarter(at.Year(), (int(at.Month())+2)/3)
}

// IsQuarter tells whether the period is written as a quarter.
func (p Period) IsQuarter() bool { return quarterName.MatchString(p.Name) }

// Before is the period of the same length before: of a quarter, a month or a year the one before it. There is none before a period
// without a beginning or an end.
func (p Period) Before() (Period, bool) {
	if p.From.IsZero() || p.Until.IsZero() {
		return Period{}, false
	}
	if p.IsQuarter() {
		return QuarterOf(p.From.AddDate(0, -3, 0)), true
	}
	from := p.From.Add(-p.Until.Sub(p.From))
	for layout, months := range map[string]int{"2006-01": 1, "2006": 12} {
		if p.From.Format(layout) == p.Name && p.Until.Equal(p.From.AddDate(0, months, 0)) { // a month may be cut by its period
			from = p.From.AddDate(0, -months, 0)
			return Period{from.Format(layout), from, p.From}, true
		}
	}
	return Period{from.Format(time.DateOnly) + ".." + p.From.AddDate(0, 0, -1).Format(time.DateOnly), from, p.From}, true
}

// before tells whether a moment is before the end.
func (p Period) before(at time.Time) bool { return p.Until.IsZero() || at.Before(p.Until) }

func (p Period) contains(at time.Time) bool { return p.before(at) && !at.Before(p.From) }

// end is the end, or now where it has not come.
func (p Period) end(now time.Time) time.Time {
	if p.Until.IsZero() || p.Until.After(now) {
		return now
	}
	return p.Until
}

// months lists the months of the period from the first fact on, up to now; the last ones where they are too many.
func (p Period) months(first, now time.Time) []Period {
	if first.IsZero() {
		return nil
	}
	if first.Before(p.From) {
		first = p.From
	}
	y, m, _ := first.UTC().Date()
	var list []Period
	for at := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC); at.Before(p.end(now)); at = at.AddDate(0, 1, 0) {
		month := Period{at.Format("2006-01"), at, at.AddDate(0, 1, 0)}
		if month.From.Before(p.From) {
			month.From = p.From
		}
		if !p.Until.IsZero() && month.Until.After(p.Until) {
			month.Until = p.Until
		}
		list = append(list, month)
	}
	return list[max(len(list)-maxMonths, 0):]
}

// ParseSeverities reads severities with commas or spaces between; nothing is all of them.
func ParseSeverities(text string) ([]pipeline.Severity, error) {
	known := []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3}
	var list []pipeline.Severity
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		s := pipeline.Severity(strings.ToUpper(word))
		if !slices.Contains(known, s) {
			return nil, phrase.Refusal(journal.ErrInvalid, "refusal.severities", fmt.Sprintf("%.20q", word), fmt.Sprint(known))
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return list, nil
}

// ParseQuery reads a period and severities.
func ParseQuery(period, severities string) (Query, error) {
	p, err := ParsePeriod(period)
	if err != nil {
		return Query{}, err
	}
	s, err := ParseSeverities(severities)
	return Query{p, s}, err
}
