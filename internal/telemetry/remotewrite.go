package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/gogo/protobuf/proto"
	"github.com/golang/snappy"
	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/storage"

	"github.com/safelight-dev/safelight/internal/journal"
)

// RemoteWrite takes samples in by Prometheus' remote write, 1.0 and 2.0.
//
// What can be stored of a request is stored. Where points were refused the answer
// is 400 with the reasons, which tells the sender not to repeat it, and with 429
// that all of them were new series beyond the client's limit. The answer to 2.0
// counts in its headers what was stored. A sample that comes twice is stored once
// and is no error.
func (e *Engine) RemoteWrite() http.Handler {
	decode := remoteapi.NewWriteHandler(writer{e}, remoteapi.MessageTypes{remoteapi.WriteV1MessageType, remoteapi.WriteV2MessageType})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leave, err := e.receive(w, r)
		if err != nil {
			w.Header().Set("Retry-After", strconv.Itoa(retrySoon))
			http.Error(w, journal.Sentence(err), http.StatusServiceUnavailable)
			return
		}
		defer leave()
		// Read here, since the handler says 400 to what is too large, and bounds what it decompresses by itself alone.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			err = readError(err)
			status, _ := statusOf(err)
			http.Error(w, journal.Sentence(err), status)
			return
		}
		size, err := snappy.DecodedLen(body)
		if err != nil {
			size = 0 // the handler says so
		}
		if size > maxBody {
			http.Error(w, fmt.Sprintf("the body has %d bytes when it is unpacked, the limit is %d: send less at once", size, maxBody), http.StatusRequestEntityTooLarge)
			return
		}
		done, err := e.decoding(r.Context(), len(body)+size)
		if err != nil {
			w.Header().Set("Retry-After", strconv.Itoa(retrySoon))
			http.Error(w, journal.Sentence(err), http.StatusServiceUnavailable)
			return
		}
		defer done()
		r.Body = io.NopCloser(bytes.NewReader(body))
		decode.ServeHTTP(w, r)
	})
}

// writer stores requests that Prometheus' handler has unpacked.
type writer struct{ engine *Engine }

// Store stores one request, whose body is a message of the type.
func (w writer) Store(r *http.Request, kind remoteapi.WriteMessageType) (*remoteapi.WriteResponse, error) {
	answer := remoteapi.NewWriteResponse()
	refuse := func(status int, err error) (*remoteapi.WriteResponse, error) {
		answer.SetStatusCode(status)
		return answer, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return refuse(http.StatusBadRequest, fmt.Errorf("read samples: %w", err))
	}
	series, err := decodeWrite(body, kind)
	if err != nil {
		return refuse(http.StatusBadRequest, fmt.Errorf("decode samples: %s", firstLine(journal.WithoutKind(err.Error()))))
	}
	result, err := w.engine.ingestSeries(r.Context(), clientKey(r), series)
	if err != nil {
		w.engine.log.Error("store samples", "error", err)
		answer.SetExtraHeader("Retry-After", strconv.Itoa(retrySoon))
		return refuse(http.StatusServiceUnavailable, err)
	}
	answer.Add(result.written)
	w.engine.counts.add("remote_write", result.tally)
	switch {
	case result.overLimit():
		answer.SetExtraHeader("Retry-After", strconv.Itoa(retryLater))
		return refuse(http.StatusTooManyRequests, errors.New(result.String()))
	case result.refused() > 0:
		return refuse(http.StatusBadRequest, errors.New(result.String()))
	}
	return answer, nil
}

// decodeWrite gives the steps through the series of a message.
func decodeWrite(body []byte, kind remoteapi.WriteMessageType) (write, error) {
	if kind == remoteapi.WriteV1MessageType {
		var request prompb.WriteRequest
		if err := proto.Unmarshal(body, &request); err != nil {
			return nil, err
		}
		return func(in *ingestion, written *remoteapi.WriteResponseStats) { in.writeV1(&request, written) }, nil
	}
	var request writev2.Request
	if err := proto.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	return func(in *ingestion, written *remoteapi.WriteResponseStats) { in.writeV2(&request, written) }, nil
}

type write func(in *ingestion, written *remoteapi.WriteResponseStats)

type writeResult struct {
	tally
	written remoteapi.WriteResponseStats
}

func (e *Engine) ingestSeries(ctx context.Context, key string, series write) (writeResult, error) {
	leave, err := e.enter()
	if err != nil {
		return writeResult{}, fmt.Errorf("store samples: %w", err)
	}
	defer leave()
	now := e.now()
	in := e.ingestion(ctx, e.clients.of(key, now), now)
	var written remoteapi.WriteResponseStats
	series(in, &written)
	if err := in.finish(ctx.Err()); err != nil {
		return writeResult{}, fmt.Errorf("store samples: %w", err)
	}
	return writeResult{tally: in.tally, written: written}, nil
}

func (in *ingestion) writeV1(request *prompb.WriteRequest, written *remoteapi.WriteResponseStats) {
	b := labels.NewScratchBuilder(0)
	for _, ts := range request.Timeseries {
		ls := ts.ToLabels(&b, nil)
		if !in.unique(ls, len(ts.Samples)+len(ts.Histograms)) {
			continue
		}
		var ref storage.SeriesRef
		for _, s := range ts.Samples {
			ref = in.one(ref, entry{labels: ls, t: s.Timestamp, v: s.Value}, &written.Samples)
		}
		for _, h := range ts.Histograms {
			one := entry{labels: ls, t: h.Timestamp}
			if h.IsFloatHistogram() {
				one.fh = h.ToFloatHistogram()
			} else {
				one.h = h.ToIntHistogram()
			}
			ref = in.one(ref, one, &written.Histograms)
		}
	}
	for _, m := range request.Metadata {
		in.metadata.learn(storage.AOptions{
			MetricFamilyName: m.MetricFamilyName,
			Metadata:         metadata.Metadata{Type: typeName(m.Type), Unit: m.Unit, Help: m.Help},
		})
	}
}

// typeNames are the types of metrics in the order of [prompb.MetricMetadata_MetricType].
var typeNames = [...]model.MetricType{
	model.MetricTypeUnknown, model.MetricTypeCounter, model.MetricTypeGauge, model.MetricTypeHistogram,
	model.MetricTypeGaugeHistogram, model.MetricTypeSummary, model.MetricTypeInfo, model.MetricTypeStateset,
}

func typeName(t prompb.MetricMetadata_MetricType) model.MetricType {
	if t < 0 || int(t) >= len(typeNames) {
		return model.MetricTypeUnknown
	}
	return typeNames[t]
}

func (in *ingestion) writeV2(request *writev2.Request, written *remoteapi.WriteResponseStats) {
	b := labels.NewScratchBuilder(0)
	for _, ts := range request.Timeseries {
		points := len(ts.Samples) + len(ts.Histograms)
		ls, err := ts.ToLabels(&b, request.Symbols)
		if err != nil {
			in.refuse(badLabels, points)
			continue
		}
		meta, err := ts.ToMetadata(request.Symbols)
		if err != nil {
			in.blame(err)
			in.refuse(malformed, points)
			continue
		}
		if !in.unique(ls, points) {
			continue
		}
		opts := storage.AOptions{Metadata: meta, MetricFamilyName: familyOf(ls.Get(model.MetricNameLabel), meta.Type)}
		var ref storage.SeriesRef
		for _, s := range ts.Samples {
			ref = in.one(ref, entry{labels: ls, st: s.StartTimestamp, t: s.Timestamp, v: s.Value, opts: opts}, &written.Samples)
		}
		for _, h := range ts.Histograms {
			one := entry{labels: ls, st: h.StartTimestamp, t: h.Timestamp, opts: opts}
			if h.IsFloatHistogram() {
				one.fh = h.ToFloatHistogram()
			} else {
				one.h = h.ToIntHistogram()
			}
			ref = in.one(ref, one, &written.Histograms)
		}
	}
}

// unique refuses the points of a series that has a label twice.
func (in *ingestion) unique(ls labels.Labels, points int) bool {
	if _, twice := ls.HasDuplicateLabelNames(); twice {
		in.refuse(badLabels, points)
		return false
	}
	return true
}

func (in *ingestion) refuse(why reason, points int) { in.tally.points[why] += points }

// one stores one sample and counts it, if it was stored, in written too.
func (in *ingestion) one(ref storage.SeriesRef, s entry, written *int) storage.SeriesRef {
	if in.failed != nil {
		return 0
	}
	if err := coarser(s.h, s.fh); err != nil {
		in.blame(err)
		in.refuse(malformed, 1)
		return ref
	}
	before := in.tally.points[stored]
	ref = in.store(ref, s)
	*written += in.tally.points[stored] - before
	return ref
}

// coarser brings a native histogram to the finest resolution that the storage has.
func coarser(h *histogram.Histogram, fh *histogram.FloatHistogram) error {
	const finest = histogram.ExponentialSchemaMax
	switch {
	case h != nil && histogram.IsExponentialSchemaReserved(h.Schema) && h.Schema > finest:
		return h.ReduceResolution(finest)
	case fh != nil && histogram.IsExponentialSchemaReserved(fh.Schema) && fh.Schema > finest:
		return fh.ReduceResolution(finest)
	}
	return nil
}
