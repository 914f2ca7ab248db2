package gate

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Level is what a finding, or an image, is to the gate.
type Level string

// The levels, the gravest first.
const (
	Fail     Level = "fail"
	Warn     Level = "warn"
	Accepted Level = "accepted" // an exception or the baseline lets it pass
	Pass     Level = "pass"
	Ignore   Level = "ignore"
)

func (l Level) rank() int { return slices.Index([]Level{Fail, Warn, Accepted, Pass, Ignore}, l) }

// Change is what became of an image.
type Change string

// The changes.
const (
	Changed Change = "changed"
	Added   Change = "added"
	Removed Change = "removed"
)

// Metrics of what has no figure.
const (
	Unmeasured  = "unmeasured"   // it could not be measured
	TestPrefix  = "test."        // followed by the name of an incident test that fails
	TestGone    = "test.gone"    // what it guards is gone
	TestRemoved = "test.removed" // it is itself
	TestChanged = "test.changed" // it demands something else
	TestMoved   = "test.moved"   // what it guards has moved, and it with that
)

// Finding is one thing that the gate says of an image.
type Finding struct {
	Metric string  `json:"metric"` // as a check names it; added, removed, unmeasured
	Value  float64 `json:"value,omitempty"`
	Limit  float64 `json:"limit,omitempty"`
	Level  Level   `json:"level"`
	Text   string  `json:"text"` // "DeltaE00 4.31 exceeds 2.00"
	// By is what lets it pass.
	By *Exception `json:"by,omitempty"`
	// Known says that the baseline has it.
	Known bool `json:"known,omitempty"`
}

// Result is what the gate says of one image. Metrics and Thresholds are flat, under the same names, so that a script may compare them.
type Result struct {
	Path       string             `json:"path"`
	Change     Change             `json:"change"`
	Class      pipeline.Class     `json:"class"`
	SHA256     string             `json:"sha256,omitempty"` // of the changed image
	Level      Level              `json:"level"`
	Metrics    map[string]float64 `json:"metrics,omitempty"`
	Thresholds map[string]float64 `json:"thresholds,omitempty"`
	Findings   []Finding          `json:"findings,omitempty"`
}

// Outcome is what was measured of one image: a check, or why there is none.
type Outcome struct {
	Path     string
	Change   Change
	Class    pipeline.Class
	SHA256   string
	Check    *measure.Check
	Metadata *measure.Metadata // where there is no check
	Fault    string            // why it could not be measured; empty otherwise, and of an image that has nothing to be compared with
}

// Judge says what an outcome is, in one language; now decides which exceptions still hold.
func (c Config) Judge(o Outcome, b Baseline, now time.Time, l phrase.Lang) Result {
	r := Result{Path: o.Path, Change: o.Change, Class: o.Class, SHA256: o.SHA256}
	add := func(f Finding) { r.Findings = append(r.Findings, f) }
	switch o.Change {
	case Removed:
		add(Finding{Metric: string(Removed), Level: cmp.Or(c.Removed, Warn), Text: phrase.Say(l, "gate.removed")})
	case Added:
		add(Finding{Metric: string(Added), Level: cmp.Or(c.Added, Warn), Text: phrase.Say(l, "gate.added")})
	}
	if o.Check == nil && (o.Change == Changed || o.Fault != "") {
		add(Finding{Metric: Unmeasured, Level: Fail, Text: o.Fault})
	}
	if o.Check != nil {
		r.Metrics, r.Thresholds = o.Check.Metrics, o.Check.Thresholds
		for _, f := range o.Check.Findings {
			add(Finding{f.Metric, f.Value, f.Limit, Fail, sentence(l, f), nil, false})
		}
		for _, f := range c.near(l, *o.Check) {
			add(f)
		}
	} else {
		for _, f := range o.Metadata.Findings(o.Class) {
			add(Finding{f.Metric, f.Value, f.Limit, Fail, sentence(l, f), nil, false})
		}
	}
	return c.conclude(r, b, now)
}

// JudgeFindings gives a result of another guard its level: exceptions hold for it too.
func (c Config) JudgeFindings(r Result, now time.Time) Result { return c.conclude(r, Baseline{}, now) }

// conclude lets pass what is excused and gives the result the level of the gravest that is left.
func (c Config) conclude(r Result, b Baseline, now time.Time) Result {
	r.Level = Pass
	for i := range r.Findings {
		if r.Findings[i].Level == Fail {
			c.excuse(&r.Findings[i], r, b, now)
		}
	}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return f.Level == Ignore })
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return a.Level.rank() - b.Level.rank() })
	for _, f := range r.Findings {
		if f.Level.rank() < r.Level.rank() {
			r.Level = f.Level
		}
	}
	return r
}

// near lists the metrics that keep their limit and are close to it. Of a similarity it is the distance to 1 that the limit leaves.
func (c Config) near(l phrase.Lang, check measure.Check) (list []Finding) {
	share := c.warnAt()
	broken := map[string]bool{}
	for _, f := range check.Findings {
		name, _, _ := strings.Cut(strings.TrimSuffix(f.Metric, ".p95"), ".")
		if f.Metric == measure.MetricLocal {
			name = "deltaE00Local"
		}
		broken[name] = true
	}
	for _, name := range []string{"deltaE00", "deltaE00Local", "palette", measure.MetricSSIM, measure.MetricMSSSIM, "lpips"} {
		value, measured := check.Metrics[name]
		limit, limited := check.Thresholds[name]
		if !measured || !limited || broken[name] || share >= 1 {
			continue
		}
		used, whole := value, limit
		if similarity(name) {
			used, whole = 1-value, 1-limit
		}
		if whole > 0 && used >= share*whole && used > 0 {
			decimals := decimalsOf(name)
			list = append(list, Finding{Metric: name, Value: value, Limit: limit, Level: Warn,
				Text: phrase.Say(l, "gate.near", said(name), phrase.Decimal(l, value, decimals), phrase.Decimal(l, limit, decimals))})
		}
	}
	return list
}

func similarity(metric string) bool {
	return metric == measure.MetricSSIM || metric == measure.MetricMSSSIM
}

func decimalsOf(metric string) int {
	if similarity(metric) || metric == measure.MetricLPIPS {
		return 4
	}
	return 2
}

// said is how the gate's sentences name a metric.
func said(metric string) string {
	switch metric {
	case measure.MetricDeltaE00, "deltaE00":
		return "DeltaE00"
	case measure.MetricLocal, "deltaE00Local":
		return "DeltaE00 (local)"
	case measure.MetricPalette:
		return "DeltaE00 (palette)"
	case measure.MetricSSIM:
		return "SSIM"
	case measure.MetricMSSSIM:
		return "MS-SSIM"
	case measure.MetricLPIPS:
		return "LPIPS"
	}
	if name, ok := strings.CutPrefix(metric, measure.MetricPalette+"."); ok {
		return "DeltaE00 (" + name + ")"
	}
	return metric
}

// sentence says a finding as a developer reads it in CI: "DeltaE00 4.31 exceeds 2.00".
func sentence(l phrase.Lang, f measure.Finding) string {
	decimals := decimalsOf(f.Metric)
	value, limit := phrase.Decimal(l, f.Value, decimals), phrase.Decimal(l, f.Limit, decimals)
	switch {
	case f.Metric == measure.MetricLocal && f.Text != "":
		return phrase.Say(l, "gate.exceeds.where", said(f.Metric), value, limit, f.Because(l))
	case f.Text != "":
		return f.Because(l)
	case similarity(f.Metric):
		return phrase.Say(l, "gate.below", said(f.Metric), value, limit)
	}
	return phrase.Say(l, "gate.exceeds", said(f.Metric), value, limit)
}

// excuse lowers what an exception or the baseline lets pass.
func (c Config) excuse(f *Finding, r Result, b Baseline, now time.Time) {
	if b.Knows(r.Path, f.Metric, r.SHA256) {
		f.Level, f.Known = Accepted, true
		return
	}
	for i, e := range c.Exceptions {
		if e.covers(r.Path, *f) && !e.Over(now) {
			f.Level, f.By = Accepted, &c.Exceptions[i]
			return
		}
	}
}

func (e Exception) covers(name string, f Finding) bool {
	if !Match(e.Path, name) || e.Metric != "" && e.Metric != f.Metric {
		return false
	}
	if e.Limit == 0 {
		return true
	}
	if f.Value == 0 { // it was to be measured and was not
		return false
	}
	if similarity(f.Metric) {
		return f.Value >= e.Limit
	}
	return f.Value <= e.Limit
}

// Over tells whether the last day of an exception is past.
func (e Exception) Over(now time.Time) bool {
	until, err := time.Parse(dateLayout, e.Until)
	return err != nil || !now.Before(until.AddDate(0, 0, 1))
}

// Expired lists the exceptions that hold no more, and those that hold for longer than a year.
func (c Config) Expired(now time.Time) (over, endless []Exception) {
	for _, e := range c.Exceptions {
		until, err := time.Parse(dateLayout, e.Until)
		switch {
		case e.Over(now):
			over = append(over, e)
		case err == nil && until.Sub(now) > longestPromise:
			endless = append(endless, e)
		}
	}
	return over, endless
}
