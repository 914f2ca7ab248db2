package measure

import (
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// What a check says in words it says twice: in English, which is the contract
// of the JSON form, and as a key with arguments, from which phrase makes the
// reader's language. A check that was stored before there were keys has the
// English alone, and is shown in that.

// Finding is a result outside its budget. Value and Limit are in the unit of
// the metric; a finding that has no number leaves them 0 and says Text.
type Finding struct {
	Metric string         `json:"metric"`
	Value  float64        `json:"value"`
	Limit  float64        `json:"limit"`
	Class  pipeline.Class `json:"class"`
	Text   string         `json:"text,omitempty"` // in English
	Key    phrase.Key     `json:"key,omitempty"`  // of Text
	Args   []any          `json:"args,omitempty"` // strings and numbers
}

func (f Finding) because(k phrase.Key, args ...any) Finding {
	f.Text, f.Key, f.Args = phrase.Say(phrase.English, k, args...), k, args
	return f
}

// In says the finding in one line: metric, value and limit, or why; class.
func (f Finding) In(l phrase.Lang) string {
	decimals := 2
	switch f.Metric {
	case MetricSSIM, MetricMSSSIM, MetricLPIPS:
		decimals = 4
	case MetricAverageBytes:
		decimals = 0
	}
	value, limit := phrase.Decimal(l, f.Value, decimals), phrase.Decimal(l, f.Limit, decimals)
	switch {
	case f.Metric == MetricLocal && f.Text != "":
		return phrase.Say(l, "cli.finding.above", f.Metric, value+" "+said(l, f.Key, f.Args, f.Text), limit, string(f.Class))
	case f.Text != "":
		return phrase.Say(l, "cli.finding.text", f.Metric, said(l, f.Key, f.Args, f.Text), string(f.Class))
	case f.Metric == MetricSSIM || f.Metric == MetricMSSSIM:
		return phrase.Say(l, "cli.finding.below", f.Metric, value, limit, string(f.Class))
	}
	return phrase.Say(l, "cli.finding.above", f.Metric, value, limit, string(f.Class))
}

// Because says why, where the finding is more than a number.
func (f Finding) Because(l phrase.Lang) string { return said(l, f.Key, f.Args, f.Text) }

// NotMeasured says what is missing from a check and what would bring it.
type NotMeasured struct {
	Metric string     `json:"metric"`
	Reason string     `json:"reason"`         // in English
	Remedy string     `json:"remedy"`         // in English
	Key    phrase.Key `json:"key,omitempty"`  // of Reason; followed by ".remedy", that of Remedy
	Args   []any      `json:"args,omitempty"` // strings and numbers
}

const remedy = ".remedy"

// Missing says that a metric was not measured, by the key of the reason.
func Missing(metric string, k phrase.Key, args ...any) NotMeasured {
	return NotMeasured{metric, phrase.Say(phrase.English, k, args...), phrase.Say(phrase.English, k+remedy, args...), k, args}
}

// In says it in one line.
func (n NotMeasured) In(l phrase.Lang) string {
	return phrase.Say(l, "cli.not-measured", n.Metric, said(l, n.Key, n.Args, n.Reason), said(l, n.Key+remedy, n.Args, n.Remedy))
}

// In says it in one line, and of how many images it is true.
func (g Gap) In(l phrase.Lang) string {
	return phrase.Say(l, "cli.scan.gap", g.Images, g.NotMeasured.In(l))
}

// In says how many images break the policy in this way, and what that does.
func (t Tally) In(l phrase.Lang) string {
	return phrase.Say(l, "cli.scan.tally", t.Name(l), t.Images, t.Does(l))
}

// Name says the kind of the breach.
func (t Tally) Name(l phrase.Lang) string {
	return phrase.Say(l, "quarantine.kind."+phrase.Key(t.Kind))
}

// Does says what a breach of the kind does.
func (t Tally) Does(l phrase.Lang) string { return phrase.Say(l, "reaction."+phrase.Key(t.Reaction)) }

// Wanted tells whether anybody asked for the metric, so that a person has to
// know that it is missing.
func (n NotMeasured) Wanted() bool { return n.Key != notLimited }

const notLimited phrase.Key = "missing.unlimited"

// Warned is a warning by its key.
type Warned struct {
	File phrase.Key `json:"file"` // warning.reference or warning.candidate
	Key  phrase.Key `json:"key"`
	Args []any      `json:"args,omitempty"`
}

func (c *Check) warn(file phrase.Key, remarks []pixels.Remark) {
	for _, r := range remarks {
		key, args := r.Phrase()
		c.Warnings = append(c.Warnings, phrase.Say(phrase.English, file, r.String()))
		c.Warned = append(c.Warned, Warned{file, phrase.Key(key), args})
	}
}

// WarningsIn says the warnings.
func (c Check) WarningsIn(l phrase.Lang) []string {
	if l == phrase.English || len(c.Warned) != len(c.Warnings) {
		return c.Warnings
	}
	var all []string
	for i, w := range c.Warned {
		text := c.Warnings[i]
		if phrase.Known(w.Key) && phrase.Known(w.File) {
			text = phrase.Say(l, w.File, phrase.Of(w.Key, w.Args...))
		}
		all = append(all, text)
	}
	return all
}

// said says a sentence, or gives the text where it is of another version and
// has none that is known.
func said(l phrase.Lang, k phrase.Key, args []any, text string) string {
	if l == phrase.English || !phrase.Known(k) {
		return text
	}
	return phrase.Say(l, k, args...)
}
