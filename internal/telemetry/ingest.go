package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	maxLabels     = 64      // of one series
	maxLabelBytes = 4 << 10 // of one name or value
	maxSetBytes   = 16 << 10
	// minBehind is how far back the storage takes a sample in order: half of its shortest block.
	minBehind = time.Hour
)

// reason is why a point of a client is refused.
type reason int

const (
	stored reason = iota
	tooOld
	tooFarAhead
	badLabels
	overSeries
	outOfOrder
	malformed
	staleDelta
	reasons
)

// reasonNames are the values of the label reason; reasonTexts complete the sentence "n points were refused: n …".
var (
	reasonNames = [reasons]string{"", "old", "ahead", "labels", "series", "order", "malformed", "delta"}
	reasonTexts = [reasons]string{"",
		"too old or without a time",
		"too far in the future",
		"with labels that are too many, too long or not valid",
		"of new series beyond the limit of active series",
		"too late, or with another value than is stored for the time",
		"malformed",
		"deltas that came twice or late, or of new streams beyond the limit",
	}
)

// tally counts the points of one request by what became of them.
type tally struct {
	points [reasons]int
	cause  error // of the first malformed point
}

func (t tally) refused() int {
	n := 0
	for _, c := range t.points[tooOld:] {
		n += c
	}
	return n
}

// overLimit says that nothing was stored, and only since the client has too many series.
func (t tally) overLimit() bool {
	return t.points[overSeries] > 0 && t.points[stored] == 0 && t.refused() == t.points[overSeries]
}

// String is one sentence, empty where nothing was refused.
func (t tally) String() string {
	if t.refused() == 0 {
		return ""
	}
	var parts []string
	for r := tooOld; r < reasons; r++ {
		if t.points[r] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", t.points[r], reasonTexts[r]))
		}
	}
	text := fmt.Sprintf("%d of %d points were refused: %s", t.refused(), t.refused()+t.points[stored], strings.Join(parts, ", "))
	if t.cause != nil {
		text += " (" + firstLine(journal.WithoutKind(t.cause.Error())) + ")"
	}
	return text
}

// firstLine bounds what goes back to a client of an error that quotes it.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ToValidUTF8(s[:min(len(s), 300)], "\uFFFD")
}

// entry is one sample on its way into the storage.
type entry struct {
	labels labels.Labels
	st, t  int64 // start and time, in milliseconds; a start of 0 is unknown
	v      float64
	h      *histogram.Histogram
	fh     *histogram.FloatHistogram
	opts   storage.AOptions
}

// ingestion takes the samples of one request through the limits into the storage. It is the appender that Prometheus'
// translator writes to, and refuses without an error, so that the good rest is stored.
type ingestion struct {
	storage.AppenderV2 // for Commit and Rollback

	tally          tally
	client         *client
	full           func() bool // whether the storage has as many series as it may have
	metadata       *families
	oldest, newest int64

	// A classic histogram or summary is many samples, refused or stored as one point: those that are still to come are told
	// by their labels and time. Other points are one sample each.
	whole   bool // whether the samples of one point are to be brought together, as they come from the translator
	pending []entry
	point   pointKey

	hashes []uint64
	buf    []byte
	failed error // of the storage: the request is to be rolled back
}

type pointKey struct {
	family string
	hash   uint64
	t      int64
}

func (e *Engine) ingestion(ctx context.Context, from *client, now time.Time) *ingestion {
	return &ingestion{
		AppenderV2: e.db.AppenderV2(ctx),
		client:     from,
		full:       func() bool { return e.db.Head().NumSeries() >= uint64(e.config.MaxSeries) },
		metadata:   e.metadata,
		oldest:     now.Add(-max(e.config.OutOfOrder, minBehind)).UnixMilli(),
		newest:     now.Add(e.config.MaxAhead).UnixMilli(),
	}
}

// Append takes one sample. Its only errors are those of the storage itself.
func (in *ingestion) Append(ref storage.SeriesRef, ls labels.Labels, st, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, opts storage.AOptions) (storage.SeriesRef, error) {
	if in.failed != nil {
		return 0, in.failed
	}
	opts.Exemplars = nil // not kept
	one := entry{labels: ls, st: st, t: t, v: v, h: h, fh: fh, opts: opts}
	if !in.whole || h != nil || fh != nil || !manySamples(opts.Metadata.Type) {
		in.flush()
		return in.store(ref, one), in.failed
	}
	key := pointKey{family: opts.MetricFamilyName, t: t}
	key.hash, in.buf = ls.HashWithoutLabels(in.buf, model.BucketLabel, model.QuantileLabel)
	// The first sample of a point once more is that of the next point, at the same time.
	if len(in.pending) == 0 || key != in.point || labels.Equal(ls, in.pending[0].labels) {
		in.flush()
		in.point = key
	}
	in.pending = append(in.pending, one)
	return 0, in.failed
}

func manySamples(t model.MetricType) bool {
	return t == model.MetricTypeHistogram || t == model.MetricTypeGaugeHistogram || t == model.MetricTypeSummary
}

// flush stores the point whose samples were brought together.
func (in *ingestion) flush() {
	if len(in.pending) > 0 {
		in.store(0, in.pending...)
		in.pending = in.pending[:0]
	}
	in.point = pointKey{}
}

// store stores one point and counts it.
func (in *ingestion) store(ref storage.SeriesRef, point ...entry) storage.SeriesRef {
	became := in.judge(point)
	for i := 0; i < len(point) && became == stored; i++ {
		s := point[i]
		if s.st < in.oldest || s.st > s.t {
			s.st = 0 // would put a zero where nothing looks for it
		}
		var err error
		ref, err = in.AppenderV2.Append(ref, s.labels, s.st, s.t, s.v, s.h, s.fh, s.opts)
		if len(point) > 1 {
			ref = 0
		}
		became = in.classify(err)
	}
	if in.failed == nil && !(in.whole && point[0].opts.MetricFamilyName == targetInfo) {
		in.tally.points[became]++
	}
	return ref
}

// targetInfo is the series that the translator adds for each resource: no point of the client.
const targetInfo = "target_info"

// judge holds a point against the limits, before the storage takes memory for its series.
func (in *ingestion) judge(point []entry) reason {
	if point[0].t < in.oldest {
		return tooOld
	}
	if point[0].t > in.newest {
		return tooFarAhead
	}
	in.hashes = in.hashes[:0]
	for _, s := range point {
		in.hashes = append(in.hashes, s.labels.Hash())
	}
	if in.client.fresh(in.hashes) == 0 {
		return stored
	}
	for _, s := range point {
		if !validLabels(s.labels) {
			return badLabels
		}
	}
	if in.full() || !in.client.add(in.hashes) {
		return overSeries
	}
	in.metadata.learn(point[0].opts)
	return stored
}

func validLabels(ls labels.Labels) bool {
	if ls.Len() > maxLabels || !ls.Has(model.MetricNameLabel) || !ls.IsValid(model.UTF8Validation) {
		return false
	}
	ok, total := true, 0
	ls.Range(func(l labels.Label) {
		total += len(l.Name) + len(l.Value)
		ok = ok && len(l.Name) <= maxLabelBytes && len(l.Value) <= maxLabelBytes && total <= maxSetBytes
	})
	return ok
}

// classify tells what the storage says of a sample; an error of its own ends the request.
func (in *ingestion) classify(err error) reason {
	var broken histogram.Error
	var extras *storage.AppendPartialError
	switch {
	case err == nil || errors.As(err, &extras):
		return stored
	case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds), errors.Is(err, storage.ErrOutOfOrderSample),
		errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		return outOfOrder
	case errors.As(err, &broken):
		in.blame(err)
		return malformed
	}
	in.failed = err
	return malformed
}

// blame keeps the first reason of what is malformed.
func (in *ingestion) blame(err error) {
	if in.tally.cause == nil {
		in.tally.cause = err
	}
}

// finish commits what was stored, or rolls it back where the storage failed.
func (in *ingestion) finish(err error) error {
	in.flush()
	if err = errors.Join(err, in.failed); err != nil {
		return errors.Join(err, in.Rollback())
	}
	return in.Commit()
}
