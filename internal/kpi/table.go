package kpi

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Header is the first row of the CSV form. Columns may be added at the end.
func Header() []string {
	return []string{
		"at", "kpi", "value", "unit", "n", "open", "definition", "of", "atLeast", "p90", "p90AtLeast", "max", "missing", "formula", "period", "severities",
	}
}

// Rows gives the figures of a report as rows of the CSV form, those of the months after those of the whole; an empty population has an
// empty value.
func (r Report) Rows(l phrase.Lang) [][]string {
	var rows [][]string
	add := func(period string, figures []Figure) {
		for _, f := range figures {
			rows = append(rows, f.row(r, period, l))
		}
	}
	add(r.Period.Name, r.Figures)
	for _, m := range r.Months {
		if m.Name != r.Period.Name {
			add(m.Name, m.Figures)
		}
	}
	return rows
}

func (f Figure) row(r Report, period string, l phrase.Lang) []string {
	var severities []string
	for _, s := range r.Severities {
		severities = append(severities, string(s))
	}
	return []string{
		r.At.UTC().Format(time.RFC3339), f.Key, plain(f.Value), string(f.Unit), strconv.Itoa(f.N), strconv.Itoa(f.Open), f.Definition().In(l), Cell(f.Of),
		yes(f.AtLeast), plain(f.P90), yes(f.P90AtLeast), plain(f.Max), strconv.Itoa(f.Missing), f.Formula().In(l), period, strings.Join(severities, " "),
	}
}

// Cell keeps spreadsheets from taking somebody's text for a formula.
func Cell(s string) string {
	if s != "" && strings.ContainsAny(s[:1], "=+-@\t\r") {
		return "'" + s
	}
	return s
}

func plain(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// Text is the figure as people read it: "87,5 %", "4 min 12 s", "> 2 h" where the median is not reached, "—" for none.
func (f Figure) Text(l phrase.Lang) string { return f.write(l, f.Value, f.AtLeast) }

// P90Text is the 90th percentile as people read it, empty for a figure that has none.
func (f Figure) P90Text(l phrase.Lang) string {
	if f.P90 == nil {
		return ""
	}
	return f.write(l, f.P90, f.P90AtLeast)
}

// MaxText is the oldest of a stock as people read it, empty for a figure that has none.
func (f Figure) MaxText(l phrase.Lang) string {
	if f.Max == nil {
		return ""
	}
	return f.write(l, f.Max, false)
}

// OfText names which of several the figure is about.
func (f Figure) OfText(l phrase.Lang) string {
	switch f.Key {
	case "checklistLine":
		return phrase.Say(l, phrase.Key("kpi.line."+f.Of))
	case "recurrenceIn":
		return phrase.Say(l, phrase.Key("document.domain."+f.Of))
	}
	return f.Of
}

func (f Figure) write(l phrase.Lang, v *float64, atLeast bool) string {
	if v == nil {
		return "—"
	}
	more := ""
	if atLeast {
		more = "> "
	}
	switch f.Unit {
	case Ratio:
		return more + percent(l, *v, false)
	case Points:
		return percent(l, *v, true)
	case Seconds:
		return more + phrase.Duration(l, time.Duration(*v*float64(time.Second)))
	case DeltaE:
		return phrase.Decimal(l, *v, 2)
	case SSIM:
		return phrase.Decimal(l, *v, 4)
	}
	return phrase.Word(l, *v)
}

// percent writes a share with one decimal where it has one, or a difference of two in points with its sign.
func percent(l phrase.Lang, v float64, points bool) string {
	text := phrase.Decimal(l, v*100, 1)
	if cut, whole := strings.CutSuffix(text, phrase.Decimal(l, 0, 1)[1:]); whole {
		text = cut
	}
	switch {
	case points && v > 0:
		return "+" + text + " pt"
	case points:
		return text + " pt"
	case l == phrase.French:
		return text + " %"
	}
	return text + "%"
}

// Better tells which way a figure is to move: 1 up, -1 down, 0 where neither is better.
func (f Figure) Better() int {
	switch {
	case slices.Contains([]string{"incidents", "openActions", "overdueActions", "recurrence", "recurrenceIn", "falseAlarms", "budgetViolations", "qualityTrend", "meanDeltaE"}, f.Key), f.Unit == Seconds:
		return -1
	}
	return 1
}
