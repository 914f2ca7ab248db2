// Command prometheus answers compare's rounds with plain Prometheus: its own receivers, its own rule groups, on its own
// storage. It also writes the stream that is sent.
//
//	prometheus stream DIR ROUNDS   writes DIR/otlp.SECONDS.N and DIR/write.SECONDS.N
//	prometheus otlp FILE…          one round takes the files of the next time in
//	prometheus write FILE…
//	prometheus rules               one round evaluates 1 000 rules over 100 000 series
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gogo/protobuf/proto"
	"github.com/golang/snappy"
	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
)

const (
	perRequest = 1000 // points
	requests   = 5    // for each time
	times      = 20   // in a round
	pause      = 15 * time.Second
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "prometheus:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 3 && args[0] == "stream" {
		rounds, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return stream(args[1], rounds)
	}
	if len(args) == 0 {
		return fmt.Errorf("usage: prometheus stream|otlp|write|rules")
	}
	runtime.GOMAXPROCS(1)
	dir, err := os.MkdirTemp("", "prometheus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	opts := tsdb.DefaultOptions()
	opts.RetentionDuration = (30 * 24 * time.Hour).Milliseconds()
	opts.OutOfOrderTimeWindow = (30 * time.Minute).Milliseconds()
	opts.EnableSTAsZeroSample = true
	db, err := tsdb.Open(dir, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), opts, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	var round func() (float64, error)
	if args[0] == "rules" {
		round, err = evaluate(db)
	} else {
		round, err = ingest(db, args[0], args[1:])
	}
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		before := userTime()
		units, err := round()
		if err != nil {
			return err
		}
		fmt.Printf("%.6f %.6f\n", units, (userTime() - before).Seconds())
	}
	return nil
}

func userTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano())
}

func ingest(db *tsdb.DB, protocol string, files []string) (func() (float64, error), error) {
	log, registry := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	handler := remote.NewWriteHandler(log, registry, db, remoteapi.MessageTypes{remoteapi.WriteV1MessageType}, true, false, false)
	if protocol == "otlp" {
		c := config.DefaultConfig
		handler = remote.NewOTLPWriteHandler(log, registry, db, func() config.Config { return c }, remote.OTLPOptions{ConvertDelta: true, LookbackDelta: 5 * time.Minute})
	}
	bodies, err := read(files)
	if err != nil {
		return nil, err
	}
	return func() (float64, error) {
		if len(bodies) == 0 {
			return 0, fmt.Errorf("no more files: write a stream of more rounds")
		}
		for _, body := range bodies[0] {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/x-protobuf")
			if protocol == "write" {
				r.Header.Set("Content-Encoding", "snappy")
			}
			w := httptest.NewRecorder()
			if handler.ServeHTTP(w, r); w.Code/100 != 2 {
				return 0, fmt.Errorf("answer %d: %s", w.Code, w.Body)
			}
		}
		units := float64(len(bodies[0]) * perRequest)
		bodies = bodies[1:]
		return units, nil
	}, nil
}

// read gives the bodies of each round: those whose names begin alike.
func read(files []string) ([][][]byte, error) {
	slices.Sort(files)
	var rounds [][][]byte
	last := ""
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		base, _, _ := strings.Cut(filepath.Base(name), "-")
		if base != last {
			rounds, last = append(rounds, nil), base
		}
		rounds[len(rounds)-1] = append(rounds[len(rounds)-1], body)
	}
	return rounds, nil
}

// stream writes counters with five labels, in the order of time, in both protocols.
func stream(dir string, rounds int) error {
	at := time.Unix(1758945000, 0)
	for range rounds {
		end := at.Add(times * pause).Unix()
		for i := range times {
			at = at.Add(pause)
			for j := range requests {
				name := fmt.Sprintf("%d-%03d", end, i*requests+j)
				if err := os.WriteFile(filepath.Join(dir, "otlp."+name), asOTLP(at, j), 0o600); err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(dir, "write."+name), asWrite(at, j), 0o600); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func attributes(request, i int) [4][2]string {
	return [4][2]string{
		{"class", []string{"hero", "product", "thumbnail", "ui"}[i%4]}, {"host", "render-" + strconv.Itoa(i/50)},
		{"pipeline", "packshot-" + strconv.Itoa(request)}, {"shard", strconv.Itoa(i)},
	}
}

func asOTLP(at time.Time, request int) []byte {
	md := pmetric.NewMetrics()
	resource := md.ResourceMetrics().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "retoucher")
	resource.Resource().Attributes().PutStr("service.instance.id", strconv.Itoa(request))
	m := resource.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("image_delta_e_over_threshold")
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	for i := range perRequest {
		p := sum.DataPoints().AppendEmpty()
		p.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Unix(1758945000, 0)))
		p.SetTimestamp(pcommon.NewTimestampFromTime(at))
		p.SetIntValue(at.Unix()%1e6 + int64(i))
		for _, a := range attributes(request, i) {
			p.Attributes().PutStr(a[0], a[1])
		}
	}
	body, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		panic(err)
	}
	return body
}

func asWrite(at time.Time, request int) []byte {
	var all prompb.WriteRequest
	for i := range perRequest {
		ts := prompb.TimeSeries{
			Labels:  []prompb.Label{{Name: "__name__", Value: "image_delta_e_over_threshold_total"}},
			Samples: []prompb.Sample{{Timestamp: at.UnixMilli(), Value: float64(at.Unix()%1e6 + int64(i))}},
		}
		for _, a := range attributes(request, i) {
			ts.Labels = append(ts.Labels, prompb.Label{Name: a[0], Value: a[1]})
		}
		ts.Labels = append(ts.Labels, prompb.Label{Name: "instance", Value: strconv.Itoa(request)}, prompb.Label{Name: "job", Value: "retoucher"})
		slices.SortFunc(ts.Labels, func(a, b prompb.Label) int { return strings.Compare(a.Name, b.Name) })
		all.Timeseries = append(all.Timeseries, ts)
	}
	body, err := proto.Marshal(&all)
	if err != nil {
		panic(err)
	}
	return snappy.Encode(nil, body)
}

// evaluate stores the series of bench/ours/telemetry.go and evaluates its rules, one minute later each round.
func evaluate(db *tsdb.DB) (func() (float64, error), error) {
	file, err := os.CreateTemp("", "rules*.yml")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	fmt.Fprintln(file, "groups:\n- name: bench\n  rules:")
	for i := range 1000 {
		fmt.Fprintf(file, "  - {alert: over%d, expr: 'sum by (pipeline) (rate(bench_total{set=\"%d\"}[5m])) > 9', for: 10m, labels: {severity: S2}}\n", i, i)
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	begun := time.Unix(1758945000, 0)
	for minute := range 30 {
		app := db.AppenderV2(context.Background())
		for i := range 100_000 {
			ls := labels.FromStrings("__name__", "bench_total", "pipeline", strconv.Itoa(i/1000%10), "set", strconv.Itoa(i%1000), "shard", strconv.Itoa(i/1000))
			v := float64(minute * (i % 97))
			if _, err := app.Append(0, ls, 0, begun.Add(time.Duration(minute)*time.Minute).UnixMilli(), v, nil, nil, storage.AOptions{}); err != nil {
				return nil, err
			}
		}
		if err := app.Commit(); err != nil {
			return nil, err
		}
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 2_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: parser.NewParser(parser.Options{})})
	manager := rules.NewManager(&rules.ManagerOptions{
		ExternalURL: &url.URL{}, Context: context.Background(), Logger: slog.New(slog.DiscardHandler),
		QueryFunc: rules.EngineQueryFunc(engine, db), NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		Appendable: db, Queryable: db, DefaultRuleQueryOffset: func() time.Duration { return 0 },
	})
	groups, errs := manager.LoadGroups(time.Minute, labels.EmptyLabels(), "", nil, false, file.Name())
	if len(errs) > 0 {
		return nil, errs[0]
	}
	at := begun.Add(10 * time.Minute)
	return func() (float64, error) {
		for _, g := range groups {
			g.Eval(context.Background(), at)
			for _, r := range g.Rules() {
				if r.LastError() != nil {
					return 0, r.LastError()
				}
			}
		}
		at = at.Add(time.Minute)
		return 1000, nil
	}, nil
}
