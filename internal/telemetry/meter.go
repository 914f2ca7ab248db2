package telemetry

import (
	"fmt"
	"io"
	"maps"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// Bounds of the histogram buckets. The limits of the default budgets are among them, so that the share of images
// within a budget is read off and not interpolated.
var (
	// About 1 is a just noticeable difference side by side, above 3 a colour reads as another one; above 20 the
	// image is another image.
	deltaE00Bounds = []float64{0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 15, 20}
	// Higher is better, 1 is identical, and all of the interest lies near 1.
	ssimBounds = []float64{0.5, 0.7, 0.8, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998, 0.999}
	// About 0.1 is hard to see, above 0.5 is another picture.
	lpipsBounds = []float64{0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75}
)

// Observation is what one check found, as far as it is counted.
type Observation struct {
	Pipeline string
	Class    string
	// Failed says that the image could not be measured; nothing below counts then.
	Failed bool
	// DeltaE00P95 is the 95th percentile of the image's CIEDE2000 differences.
	DeltaE00P95 float64
	// HasSSIM says that SSIM was measured.
	HasSSIM bool
	SSIM    float64
	// HasLPIPS says that LPIPS was measured.
	HasLPIPS bool
	LPIPS    float64
	// These say which limits of its class the image breaks.
	DeltaEOver  bool
	PaletteOver bool
	SSIMUnder   bool
	LPIPSOver   bool
}

// Meter counts checks and signals. Each series of checks has the labels pipeline
// and class. It is safe for concurrent use.
//
// What was counted is lost with the process; rate() and increase() take a counter
// that begins at 0 again for what it is.
type Meter struct {
	registry *prometheus.Registry
	process  *prometheus.Registry   // of Go and the process: not stored
	engine   atomic.Pointer[counts] // nil without an engine

	// Observe holds it for reading and Samples for writing, so that samples show no check half counted.
	whole sync.RWMutex

	checks, failed                            *prometheus.CounterVec
	deltaEOver, paletteOver, ssimUnder, lpips *prometheus.CounterVec
	quarantined, unsought                     *prometheus.CounterVec
	metadata                                  *prometheus.CounterVec // by kind too
	deltaE, ssim, distance                    *prometheus.HistogramVec
	signals                                   signalSeries
	figures                                   map[string]*prometheus.GaugeVec // of KPIs, once there are any
}

// NewMeter gives a meter without series.
func NewMeter() *Meter {
	m := &Meter{registry: prometheus.NewRegistry(), process: prometheus.NewRegistry()}
	m.process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	by := []string{"pipeline", "class"}
	counter := func(name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, by)
		m.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, bounds []float64) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds}, by)
		m.registry.MustRegister(h)
		return h
	}
	m.checks = counter("image_checks_total", "Images checked, those that could not be measured included.")
	m.failed = counter("image_check_errors_total", "Images that could not be measured.")
	m.deltaEOver = counter("image_delta_e_over_threshold_total", "Images whose CIEDE2000 is over a limit of their class: its 95th percentile, its mean at the worst place, or that of a brand colour.")
	m.paletteOver = counter("image_palette_over_threshold_total", "Images in which a brand colour drifted beyond the limit.")
	m.ssimUnder = counter("image_ssim_under_threshold_total", "Images whose SSIM or MS-SSIM is under the limit of their class.")
	m.lpips = counter("image_lpips_over_threshold_total", "Images whose LPIPS distance is over the limit of their class.")
	m.quarantined = counter("image_quarantined_total", "Images taken out of delivery, each version once.")
	m.unsought = counter("image_faces_unsought_total", "Images in which a detector was to look for faces and did not.")
	m.metadata = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "image_metadata_findings_total", Help: "Images with a finding of that kind in their metadata, provenance or consents, and what follows from it.",
	}, append(by, "kind", "reaction"))
	m.registry.MustRegister(m.metadata)
	m.deltaE = histogram("image_delta_e_2000", "95th percentile of the CIEDE2000 differences of each image.", deltaE00Bounds)
	m.ssim = histogram("image_ssim", "Structural similarity of each image to its reference.", ssimBounds)
	m.signals = newSignalSeries(m.registry)
	m.distance = histogram("image_lpips", "LPIPS distance of each image to its reference, where it was measured.", lpipsBounds)
	return m
}

// Declare makes all series of the pipeline and class appear at 0. It is to be
// called, and the samples to be stored, before the first image is checked:
// rate() does not see the rise of a counter whose first sample is not 0. reactions are
// what follows from the kinds of findings in metadata.
func (m *Meter) Declare(pipeline, class string, reactions map[string]string) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	by := seriesOf(pipeline, class)
	for _, c := range []*prometheus.CounterVec{m.checks, m.failed, m.deltaEOver, m.paletteOver, m.ssimUnder, m.lpips, m.quarantined, m.unsought} {
		c.With(by)
	}
	m.deltaE.With(by)
	m.ssim.With(by)
	m.distance.With(by)
	for kind, reaction := range reactions {
		m.metadata.With(ofKind(by, kind, reaction))
	}
}

// Observe counts one check. A measurement that is not a finite number counts as
// a failed check: it would spoil the sum of the histogram for good.
func (m *Meter) Observe(o Observation) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	by := seriesOf(o.Pipeline, o.Class)
	m.checks.With(by).Inc()
	if o.Failed || !finite(o.DeltaE00P95) || o.HasSSIM && !finite(o.SSIM) || o.HasLPIPS && !finite(o.LPIPS) {
		m.failed.With(by).Inc()
		return
	}
	m.deltaE.With(by).Observe(o.DeltaE00P95)
	if o.HasSSIM {
		m.ssim.With(by).Observe(o.SSIM)
	}
	if o.HasLPIPS {
		m.distance.With(by).Observe(o.LPIPS)
	}
	for _, over := range []struct {
		yes     bool
		counter *prometheus.CounterVec
	}{{o.DeltaEOver, m.deltaEOver}, {o.PaletteOver, m.paletteOver}, {o.SSIMUnder, m.ssimUnder}, {o.LPIPSOver, m.lpips}} {
		if over.yes {
			over.counter.With(by).Inc()
		}
	}
}

// CountQuarantined counts an image that was taken out of delivery.
func (m *Meter) CountQuarantined(pipeline, class string) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	m.quarantined.With(seriesOf(pipeline, class)).Inc()
}

// CountFacesUnsought counts an image in which faces were to be looked for and were not.
func (m *Meter) CountFacesUnsought(pipeline, class string) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	m.unsought.With(seriesOf(pipeline, class)).Inc()
}

// CountMetadata counts an image with a finding of a kind in its metadata, and what follows from it.
func (m *Meter) CountMetadata(pipeline, class, kind, reaction string) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	m.metadata.With(ofKind(seriesOf(pipeline, class), kind, reaction)).Inc()
}

func ofKind(by prometheus.Labels, kind, reaction string) prometheus.Labels {
	of := maps.Clone(by)
	of["kind"], of["reaction"] = kind, reaction
	return of
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// seriesOf gives the labels; Prometheus takes no text that is not UTF-8, and panics.
func seriesOf(pipeline, class string) prometheus.Labels {
	return prometheus.Labels{
		"pipeline": strings.ToValidUTF8(pipeline, "\uFFFD"),
		"class":    strings.ToValidUTF8(class, "\uFFFD"),
	}
}

// include takes in what an engine tells of itself, in place of the one before.
func (m *Meter) include(c *counts) { m.engine.Store(c) }

// Samples gives the series of checks and of what came in as they stand, for
// [Engine.Append], ordered by name and labels. A histogram gives one _bucket for
// each bound and one for +Inf, a _sum and a _count.
func (m *Meter) Samples() []Sample {
	var all []Sample
	for _, f := range m.gather(m.kept()) {
		for _, metric := range f.GetMetric() {
			all = append(all, samplesOf(f.GetName(), metric)...)
		}
	}
	return m.signals.dated(all)
}

func (m *Meter) kept() prometheus.Gatherers {
	all := prometheus.Gatherers{m.registry}
	if c := m.engine.Load(); c != nil {
		all = append(all, c.kept)
	}
	return all
}

// families gives all that there is to tell: what Samples gives, and Go, the process and the storage.
func (m *Meter) families() []*dto.MetricFamily {
	all := append(m.kept(), m.process)
	if c := m.engine.Load(); c != nil {
		all = append(all, c.storage)
	}
	return m.gather(all)
}

func (m *Meter) gather(from prometheus.Gatherers) []*dto.MetricFamily {
	m.whole.Lock()
	defer m.whole.Unlock()
	families, err := from.Gather()
	if err != nil {
		// Only collectors that contradict their own description give one, and all of ours are Prometheus' own.
		panic(fmt.Sprintf("telemetry: gather: %v", err))
	}
	return families
}

func samplesOf(name string, metric *dto.Metric) []Sample {
	by := map[string]string{}
	for _, l := range metric.GetLabel() {
		by[l.GetName()] = l.GetValue()
	}
	h := metric.GetHistogram()
	if g := metric.GetGauge(); g != nil {
		return []Sample{{Name: name, Labels: by, Value: g.GetValue()}}
	}
	if h == nil {
		return []Sample{{Name: name, Labels: by, Value: metric.GetCounter().GetValue()}}
	}
	bucket := func(bound string, count uint64) Sample {
		labels := maps.Clone(by)
		labels["le"] = bound
		return Sample{Name: name + "_bucket", Labels: labels, Value: float64(count)}
	}
	var all []Sample
	for _, b := range h.GetBucket() {
		all = append(all, bucket(boundText(b.GetUpperBound()), b.GetCumulativeCount()))
	}
	return append(all, bucket("+Inf", h.GetSampleCount()),
		Sample{Name: name + "_sum", Labels: by, Value: h.GetSampleSum()},
		Sample{Name: name + "_count", Labels: maps.Clone(by), Value: float64(h.GetSampleCount())})
}

// boundText writes a bound as Prometheus 3 stores it, "1.0" and not "1", so that one rule fits our own series and
// those that a Prometheus scraped from us.
func boundText(bound float64) string {
	text := strconv.FormatFloat(bound, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// WriteText writes all series, and those of Go, the process and the storage, in Prometheus' text format, version 0.0.4.
func (m *Meter) WriteText(w io.Writer) error {
	for _, f := range m.families() {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return fmt.Errorf("write metrics: %w", err)
		}
	}
	return nil
}
