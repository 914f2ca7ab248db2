package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/telemetry"
)

// pointsPerRequest is that of the stream that bench/peers/prometheus writes.
const pointsPerRequest = 1000

// ingest takes the files of a stream in, those of one round each time.
func ingest(protocol string) kernel {
	return func(files []string) (func() (float64, error), error) {
		var now time.Time
		engine, err := telemetry.Open(telemetry.Options{Dir: scratch(), Now: func() time.Time { return now }})
		if err != nil {
			return nil, err
		}
		handler := engine.OTLP()
		if protocol == "write" {
			handler = engine.RemoteWrite()
		}
		ends, bodies, err := streamOf(files)
		if err != nil {
			return nil, err
		}
		return func() (float64, error) {
			if len(ends) == 0 {
				return 0, fmt.Errorf("no more files: write a stream of more rounds")
			}
			now = ends[0]
			for _, body := range bodies[0] {
				r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
				r.Header.Set("Content-Type", "application/x-protobuf")
				if protocol == "write" {
					r.Header.Set("Content-Encoding", "snappy")
				}
				w := httptest.NewRecorder()
				// A partial success has a body.
				if handler.ServeHTTP(w, r); w.Code/100 != 2 || w.Body.Len() > 4 {
					return 0, fmt.Errorf("answer %d: %s", w.Code, w.Body)
				}
			}
			units := float64(len(bodies[0]) * pointsPerRequest)
			ends, bodies = ends[1:], bodies[1:]
			return units, nil
		}, nil
	}
}

// streamOf reads files PROTOCOL.SECONDS-N by the time at which their round ends.
func streamOf(files []string) (ends []time.Time, bodies [][][]byte, err error) {
	slices.Sort(files)
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, err
		}
		base, _, _ := strings.Cut(strings.TrimPrefix(filepath.Ext(name), "."), "-")
		seconds, err := strconv.ParseInt(base, 10, 64)
		if err != nil {
			return nil, nil, fmt.Errorf("%s is no file of a stream: %w", name, err)
		}
		end := time.Unix(seconds, 0)
		if len(ends) == 0 || !ends[len(ends)-1].Equal(end) {
			ends, bodies = append(ends, end), append(bodies, nil)
		}
		bodies[len(bodies)-1] = append(bodies[len(bodies)-1], body)
	}
	return ends, bodies, nil
}

// evaluateRules evaluates a thousand rules over a hundred thousand series, one minute later each round.
func evaluateRules([]string) (func() (float64, error), error) {
	var file bytes.Buffer
	fmt.Fprintln(&file, "groups:\n- name: bench\n  rules:")
	for i := range 1000 {
		fmt.Fprintf(&file, "  - {alert: over%d, expr: 'sum by (pipeline) (rate(bench_total{set=\"%d\"}[5m])) > 9', for: 10m, labels: {severity: S2}}\n", i, i)
	}
	groups, err := telemetry.ParseFile(file.Bytes())
	if err != nil {
		return nil, err
	}
	engine, err := telemetry.Open(telemetry.Options{Dir: scratch(), Groups: groups})
	if err != nil {
		return nil, err
	}
	begun := time.Unix(1758945000, 0)
	samples := make([]telemetry.Sample, 100_000)
	for i := range samples {
		samples[i] = telemetry.Sample{Name: "bench_total", Labels: map[string]string{
			"pipeline": strconv.Itoa(i / 1000 % 10), "set": strconv.Itoa(i % 1000), "shard": strconv.Itoa(i / 1000),
		}}
	}
	for minute := range 30 {
		for i := range samples {
			samples[i].Value = float64(minute * (i % 97))
		}
		if err := engine.Append(context.Background(), begun.Add(time.Duration(minute)*time.Minute), samples); err != nil {
			return nil, err
		}
	}
	at := begun.Add(10 * time.Minute)
	return func() (float64, error) {
		if _, err := engine.Evaluate(context.Background(), at); err != nil {
			return 0, err
		}
		for _, r := range engine.Rules() {
			if r.Err != nil {
				return 0, r.Err
			}
		}
		at = at.Add(time.Minute)
		return 1000, nil
	}, nil
}

// scratch is a folder for series; the script that starts this program removes it.
func scratch() string {
	dir, err := os.MkdirTemp("", "ours")
	if err != nil {
		panic(err)
	}
	return dir
}
