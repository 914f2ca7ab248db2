package telemetry

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
)

const (
	maxFamilies = 10_000 // whose metadata is kept
	maxHelp     = 1024   // bytes
)

// families keeps type, unit and help of the metrics that came in, for whoever writes queries. It is what a scraped target
// is to Prometheus' API.
type families struct {
	mu    sync.Mutex
	known map[string]scrape.MetricMetadata
}

func newFamilies() *families { return &families{known: map[string]scrape.MetricMetadata{}} }

// learn takes what came with a new series.
func (f *families) learn(o storage.AOptions) {
	if o.MetricFamilyName == "" || o.Metadata.Type == "" {
		return
	}
	clip := func(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxHelp)], "") }
	one := scrape.MetricMetadata{
		MetricFamily: clip(o.MetricFamilyName), Type: o.Metadata.Type, Help: clip(o.Metadata.Help), Unit: clip(o.Metadata.Unit),
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.known[one.MetricFamily]; ok || len(f.known) < maxFamilies {
		f.known[strings.Clone(one.MetricFamily)] = one
	}
}

// ListMetadata gives all families by name.
func (f *families) ListMetadata() []scrape.MetricMetadata {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]scrape.MetricMetadata, 0, len(f.known))
	for _, name := range slices.Sorted(maps.Keys(f.known)) {
		all = append(all, f.known[name])
	}
	return all
}

// GetMetadata gives one family.
func (f *families) GetMetadata(name string) (scrape.MetricMetadata, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, ok := f.known[name]
	return one, ok
}

// SizeMetadata is the size in bytes.
func (f *families) SizeMetadata() int {
	n := 0
	for _, one := range f.ListMetadata() {
		n += len(one.MetricFamily) + len(one.Help) + len(one.Unit) + len(one.Type)
	}
	return n
}

// LengthMetadata is the number of families.
func (f *families) LengthMetadata() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.known)
}

// familyOf is the name of the family that a series of a type belongs to.
func familyOf(series string, of model.MetricType) string {
	suffixes := map[model.MetricType][]string{
		model.MetricTypeHistogram:      {"_bucket", "_count", "_sum"},
		model.MetricTypeGaugeHistogram: {"_bucket", "_gcount", "_gsum"},
		model.MetricTypeSummary:        {"_count", "_sum"},
	}
	for _, s := range suffixes[of] {
		if family, ok := strings.CutSuffix(series, s); ok {
			return family
		}
	}
	return series
}
