package telemetry

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

const (
	// DefaultRetention is how long series are kept.
	DefaultRetention = 30 * 24 * time.Hour
	// OutOfOrderWindow is how far behind the newest sample a late one may be.
	OutOfOrderWindow = 30 * time.Minute
	// DefaultMaxAhead is how far in the future a sample may lie.
	DefaultMaxAhead = 10 * time.Minute
	// DefaultMaxSeriesPerClient is how many active series one client may have.
	DefaultMaxSeriesPerClient = 100_000
	// DefaultMaxSeries is how many series all clients may have in memory: about 3 KB each.
	DefaultMaxSeries = 1_000_000

	defaultUpstreamTimeout = 10 * time.Second
	defaultExportInterval  = time.Minute
	maxPromoted            = 32
)

// Config is the part "series" of safelight.yaml. A limit of 0 means its default.
type Config struct {
	// Retention is how long series are kept, counted back from the newest sample; 0 means [DefaultRetention].
	Retention time.Duration `yaml:"retention"`
	// MaxSize is what the blocks of the series may take on disk, the oldest being dropped first; 0 sets no limit.
	MaxSize pipeline.Bytes `yaml:"maxSize"`
	// OutOfOrder is how far behind the newest sample a late one may be; 0 means [OutOfOrderWindow].
	OutOfOrder time.Duration `yaml:"outOfOrder"`
	// Promote names the resource attributes of OpenTelemetry that become labels, such as deployment.environment.
	// service.name and service.instance.id always become job and instance.
	Promote []string `yaml:"promote"`
	// MaxSeriesPerClient is how many series one client may have that had a sample within the last hour or two; 0 means
	// [DefaultMaxSeriesPerClient].
	MaxSeriesPerClient int `yaml:"maxSeriesPerClient"`
	// MaxSeries is how many series may be in memory; no client makes a new one beyond. 0 means [DefaultMaxSeries].
	MaxSeries int `yaml:"maxSeries"`
	// MaxAhead is how far in the future a sample of a client may lie; 0 means [DefaultMaxAhead].
	MaxAhead time.Duration `yaml:"maxAhead"`
	// Prometheus is the user's own Prometheus, Mimir or Thanos, which rules and pages then ask.
	Prometheus *UpstreamConfig `yaml:"prometheus"`
	// Export sends Safelight's own series to a collector.
	Export *ExportConfig `yaml:"export"`
}

// UpstreamConfig names a server with Prometheus' query API.
type UpstreamConfig struct {
	// URL is what /api/v1/query is appended to, such as https://mimir.example.org/prometheus.
	URL string `yaml:"url"`
	// TokenEnv names the environment variable that holds a bearer token.
	TokenEnv string `yaml:"tokenEnv"`
	// Username for basic authentication, with PasswordEnv.
	Username string `yaml:"username"`
	// PasswordEnv names the environment variable that holds the password.
	PasswordEnv string `yaml:"passwordEnv"`
	// Headers are sent with each query, such as X-Scope-OrgID.
	Headers map[string]string `yaml:"headers"`
	// Timeout limits one query; 0 means 10 s.
	Timeout time.Duration `yaml:"timeout"`
}

// ExportConfig names an OTLP/HTTP receiver of metrics.
type ExportConfig struct {
	// URL is the address that metrics are posted to, such as http://127.0.0.1:4318/v1/metrics.
	URL string `yaml:"url"`
	// TokenEnv names the environment variable that holds a bearer token.
	TokenEnv string `yaml:"tokenEnv"`
	// Headers are sent with each request.
	Headers map[string]string `yaml:"headers"`
	// Interval is the time between two exports; 0 means one minute.
	Interval time.Duration `yaml:"interval"`
}

// Validate says what is wrong, one sentence for each mistake, or nil. It does
// not read the environment.
func (c Config) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("series: "+format+": %w", append(args, journal.ErrInvalid)...))
	}
	if c.Retention < 0 || c.MaxSize < 0 || c.OutOfOrder < 0 || c.MaxAhead < 0 || c.MaxSeriesPerClient < 0 || c.MaxSeries < 0 {
		wrong("limits are 0 or more, and 0 means the default")
	}
	if r := c.withDefaults(); r.Retention < r.OutOfOrder {
		wrong("retention %s is shorter than the out-of-order window %s", r.Retention, r.OutOfOrder)
	}
	if len(c.Promote) > maxPromoted {
		wrong("promote names %d attributes, at most %d", len(c.Promote), maxPromoted)
	}
	for i, name := range c.Promote {
		if strings.TrimSpace(name) != name || name == "" || slices.Contains(c.Promote[:i], name) {
			wrong("promote %q: name each attribute once", name)
		}
	}
	if c.Prometheus != nil {
		for _, mistake := range c.Prometheus.mistakes() {
			wrong("prometheus: %s", mistake)
		}
	}
	if c.Export != nil {
		for _, mistake := range c.Export.mistakes() {
			wrong("export: %s", mistake)
		}
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	set(&c.Retention, DefaultRetention)
	set(&c.OutOfOrder, OutOfOrderWindow)
	set(&c.MaxAhead, DefaultMaxAhead)
	set(&c.MaxSeriesPerClient, DefaultMaxSeriesPerClient)
	set(&c.MaxSeries, DefaultMaxSeries)
	return c
}

func set[T comparable](value *T, to T) {
	var zero T
	if *value == zero {
		*value = to
	}
}

func (c UpstreamConfig) mistakes() []string {
	list := append(urlMistakes(c.URL), headerMistakes(c.Headers)...)
	list = append(list, envMistakes(c.TokenEnv, c.PasswordEnv)...)
	if (c.Username == "") != (c.PasswordEnv == "") {
		list = append(list, "username and passwordEnv go together: give both or neither")
	}
	if c.Username != "" && c.TokenEnv != "" {
		list = append(list, "give tokenEnv or username, not both")
	}
	if c.Timeout < 0 {
		list = append(list, "timeout is 0 or more")
	}
	return list
}

func (c ExportConfig) mistakes() []string {
	list := append(urlMistakes(c.URL), headerMistakes(c.Headers)...)
	list = append(list, envMistakes(c.TokenEnv)...)
	if c.Interval != 0 && c.Interval < time.Second {
		list = append(list, "interval is one second or more")
	}
	return list
}

// urlMistakes never quotes the address: somebody will write a password into it.
func urlMistakes(s string) []string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return []string{"url: write an http or https address without a user in it"}
	}
	return nil
}

func headerMistakes(headers map[string]string) []string {
	for name, value := range headers {
		if name == "" || strings.ContainsAny(name, " \t\r\n:") || strings.ContainsAny(value, "\r\n") {
			return []string{fmt.Sprintf("headers: %q is not the name of one header with its value", name)}
		}
		if http.CanonicalHeaderKey(name) == "Authorization" {
			return []string{"headers: credentials come from the environment, not from this file"}
		}
	}
	return nil
}

// envMistakes does not quote either: somebody will write the secret itself there.
func envMistakes(names ...string) []string {
	for _, name := range names {
		if strings.ContainsAny(name, "=$ \x00") {
			return []string{"tokenEnv and passwordEnv are names of environment variables"}
		}
	}
	return nil
}
