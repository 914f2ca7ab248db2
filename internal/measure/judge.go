package measure

import (
	"slices"
	"strings"
)

// judgeVersion changes when the same figures may give other findings, or a check another form.
const judgeVersion = "judge 6"

// judge compares the measurements with the budget; chroma is the candidate's subsampling.
func (m *Meter) judge(check *Check, chroma string) {
	b := m.o.Budget
	check.Metrics = map[string]float64{"deltaE00": check.DeltaE00.P95, "deltaE00Local": check.DeltaE00.Local.Value, "palette": check.WorstPalette()}
	check.Thresholds = map[string]float64{}
	m.limit(check, "deltaE00", MetricDeltaE00, check.DeltaE00.P95, b.DeltaE00)
	m.judgeLocal(check)
	if b.Palette > 0 {
		check.Thresholds["palette"] = b.Palette
		for _, s := range check.Palette {
			if s.DeltaE00 > b.Palette {
				m.find(check, Finding{Metric: MetricPalette + "." + s.Name, Value: s.DeltaE00, Limit: b.Palette})
			}
		}
	}
	m.atLeast(check, MetricSSIM, check.SSIM, b.SSIM)
	m.atLeast(check, MetricMSSSIM, check.MSSSIM, b.MSSSIM)
	m.judgeLPIPS(check)
	m.judgeFile(check, chroma)
}

// limit records a flat metric's threshold and a finding where it is exceeded.
func (m *Meter) limit(check *Check, flat, metric string, value, limit float64) {
	if limit <= 0 {
		return
	}
	check.Thresholds[flat] = limit
	if value > limit {
		m.find(check, Finding{Metric: metric, Value: value, Limit: limit})
	}
}

// judgeLocal judges the worst place, and says where it is.
func (m *Meter) judgeLocal(check *Check) {
	limit, l := m.o.Budget.DeltaE00Local, check.DeltaE00.Local
	if limit <= 0 {
		return
	}
	check.Thresholds["deltaE00Local"] = limit
	if l.Value > limit {
		m.find(check, Finding{Metric: MetricLocal, Value: l.Value, Limit: limit}.because("finding.local", l.args()...))
	}
}

// atLeast judges a similarity, of which more is better.
func (m *Meter) atLeast(check *Check, metric string, value *float64, limit float64) {
	if limit > 0 {
		check.Thresholds[metric] = limit
	}
	if value == nil {
		return
	}
	check.Metrics[metric] = *value
	if limit > 0 && *value < limit {
		m.find(check, Finding{Metric: metric, Value: *value, Limit: limit})
	}
}

// judgeLPIPS fails what was not measured only where the class demands it.
func (m *Meter) judgeLPIPS(check *Check) {
	b := m.o.Budget
	if check.LPIPS != nil {
		check.Metrics["lpips"] = check.LPIPS.Distance
		m.limit(check, "lpips", MetricLPIPS, check.LPIPS.Distance, b.LPIPS)
		return
	}
	if b.LPIPS > 0 {
		check.Thresholds["lpips"] = b.LPIPS
	}
	if b.RequireLPIPS {
		m.find(check, Finding{Metric: MetricLPIPS, Limit: b.LPIPS}.because("finding.unmeasured"))
	}
}

// judgeFile compares what the budget says of the file itself.
func (m *Meter) judgeFile(check *Check, chroma string) {
	b := m.o.Budget
	if format := check.Candidate.Format; len(b.Formats) > 0 && !slices.Contains(b.Formats, format) {
		m.find(check, Finding{Metric: MetricFormat}.because("finding.format", format, strings.Join(b.Formats, ", ")))
	}
	// A format that has no chroma planes keeps all colour.
	if b.Chroma != "" && chroma != "" && chroma != b.Chroma {
		m.find(check, Finding{Metric: MetricChroma}.because("finding.chroma", chroma, b.Chroma))
	}
	if b.Lossless && check.DeltaE00.Max > 0 {
		m.find(check, Finding{Metric: MetricLossless, Value: check.DeltaE00.Max}.because("finding.lossless"))
	}
}

func (m *Meter) find(check *Check, f Finding) {
	f.Class = m.o.Class
	check.Findings = append(check.Findings, f)
}
