package intake

import (
	"math"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/trend"
)

// Figure writes a value of a chart with its unit: "23.4 %", "52".
func Figure(l phrase.Lang, m trend.Metric, value float64) string {
	switch {
	case m == trend.NegativeShare:
		return phrase.Decimal(l, 100*value, 1) + " %"
	case math.Abs(value) < 100:
		return phrase.Decimal(l, value, 1)
	}
	return phrase.Integer(l, int64(math.Round(value)))
}

// Say says the alarm in one sentence.
func (o Opened) Say(l phrase.Lang) string {
	return phrase.Say(l, sentenceOf("signal.alarm.", o.Metric), Figure(l, o.Metric, o.Value), Figure(l, o.Metric, o.Baseline),
		Figure(l, o.Metric, o.Limit), o.Since.UTC().Format(time.DateOnly))
}

// Title proposes the title of the incident.
func (o Opened) Title(l phrase.Lang) string {
	return phrase.Say(l, sentenceOf("signal.title.", o.Metric), o.Pipeline, o.Source, Figure(l, o.Metric, o.Value), Figure(l, o.Metric, o.Baseline))
}

func sentenceOf(area string, m trend.Metric) phrase.Key {
	if k := phrase.Key(area + string(m)); phrase.Known(k) {
		return k
	}
	return phrase.Key(area + "other") // of a later version
}
