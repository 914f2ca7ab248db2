package telemetry

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestConfigSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config Config
		want   string // in the error; empty: there is none
	}{
		"nothing said":        {Config{}, ""},
		"all said":            {Config{Retention: time.Hour, MaxSize: 1e9, OutOfOrder: time.Minute, Promote: []string{"a", "b"}, MaxSeriesPerClient: 1, MaxSeries: 1, MaxAhead: 1}, ""},
		"upstream":            {Config{Prometheus: &UpstreamConfig{URL: "https://x/y", TokenEnv: "TOKEN", Headers: map[string]string{"X-Scope-OrgID": "1"}}}, ""},
		"export":              {Config{Export: &ExportConfig{URL: "http://localhost:4318/v1/metrics", Interval: time.Second}}, ""},
		"below 0":             {Config{Retention: -1}, "0 or more"},
		"negative size":       {Config{MaxSize: -1}, "0 or more"},
		"window over all":     {Config{Retention: time.Minute}, "shorter"},
		"attribute twice":     {Config{Promote: []string{"a", "a"}}, `"a"`},
		"no attribute":        {Config{Promote: []string{""}}, "name each"},
		"too many":            {Config{Promote: strings.Split(strings.Repeat("a,", 40), ",")}, "at most"},
		"no address":          {Config{Prometheus: &UpstreamConfig{URL: "mimir"}}, "http"},
		"a password in it":    {Config{Prometheus: &UpstreamConfig{URL: "http://u:p4ss@x"}}, "without a user"},
		"another scheme":      {Config{Export: &ExportConfig{URL: "grpc://x"}}, "http"},
		"a secret in a field": {Config{Prometheus: &UpstreamConfig{URL: "http://x", TokenEnv: "p4ss="}}, "names of environment variables"},
		"half a user":         {Config{Prometheus: &UpstreamConfig{URL: "http://x", Username: "u"}}, "both or neither"},
		"two ways in":         {Config{Prometheus: &UpstreamConfig{URL: "http://x", Username: "u", PasswordEnv: "P", TokenEnv: "T"}}, "not both"},
		"a header of secrets": {Config{Export: &ExportConfig{URL: "http://x", Headers: map[string]string{"authorization": "p4ss"}}}, "environment"},
		"a split header":      {Config{Export: &ExportConfig{URL: "http://x", Headers: map[string]string{"a": "b\r\nc: d"}}}, "header"},
		"too often":           {Config{Export: &ExportConfig{URL: "http://x", Interval: time.Millisecond}}, "one second"},
	} {
		err := c.config.Validate()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v, want nothing", name, err)
		case c.want != "" && (!errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want kind invalid and %q", name, err, c.want)
		case err != nil && strings.Contains(err.Error(), "p4ss"):
			t.Errorf("%s: the secret is in %v", name, err)
		}
	}
}

// The series keep to their size on disk, the oldest going first.
func TestMaxSize(t *testing.T) {
	t.Parallel()
	const limit = 180_000
	free, early, late := threeDays(t, Config{})
	if free <= limit || early != 8 || late != 8 {
		t.Fatalf("without a limit: %d bytes, %g series early, %g late; the test tests nothing", free, early, late)
	}
	bound, early, late := threeDays(t, Config{MaxSize: limit})
	if bound > limit || early != 0 || late != 8 {
		t.Errorf("%d bytes, %g series early, %g late; want at most %d bytes, the oldest gone and the newest there", bound, early, late, limit)
	}
}

// threeDays stores eight series every three minutes for three days, and gives the bytes on disk and how many series there are in the
// first hour and the last.
func threeDays(t *testing.T, c Config) (size int64, early, late float64) {
	t.Helper()
	o := Options{Dir: t.TempDir(), Config: c}
	e := open(t, o)
	end := start
	for ; end.Before(start.Add(72 * time.Hour)); end = end.Add(3 * time.Minute) {
		var samples []Sample
		for i, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			samples = append(samples, counter(name, float64(end.UnixNano()>>(8+i)%1e9))) // does not compress
		}
		appendAt(t, e, end, samples...)
	}
	if err := e.db.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(o.Dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size += info.Size()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const expr = "count(image_delta_e_over_threshold_total)"
	return size, count(t, e, expr, start.Add(time.Hour)), count(t, e, expr, end.Add(-time.Minute))
}
