package kpi

import (
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Header is the first row of the CSV form.
func Header() []string { return []string{"at", "kpi", "value", "unit", "n", "open", "definition"} }

// Row is a figure as a row of the CSV form; an empty population has an empty value.
func (f Figure) Row(at time.Time, l phrase.Lang) []string {
	value := ""
	if f.Value != nil {
		value = strconv.FormatFloat(*f.Value, 'f', -1, 64)
	}
	return []string{
		at.UTC().Format(time.RFC3339), f.Key, value, string(f.Unit),
		strconv.Itoa(f.N), strconv.Itoa(f.Open), f.Definition().In(l),
	}
}

// Text is the figure as people read it: "87,5 %", "4 min 12 s", "—" for none.
func (f Figure) Text(l phrase.Lang) string {
	switch {
	case f.Value == nil:
		return "—"
	case f.Unit == Ratio && l == phrase.French:
		return phrase.Decimal(l, *f.Value*100, 0) + " %"
	case f.Unit == Ratio:
		return phrase.Decimal(l, *f.Value*100, 0) + "%"
	case f.Unit == Seconds:
		return phrase.Duration(l, time.Duration(*f.Value*float64(time.Second)))
	}
	return phrase.Word(l, *f.Value)
}
