package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/sony/gobreaker/v2"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	maxAnswer = 64 << 20 // bytes of an answer

	// After so many queries in a row that did not reach the server, it is left alone for a moment: a thousand rules that wait
	// ten seconds each would be hours late.
	breakAfter = 3
	breakFor   = 5 * time.Second
)

// upstream is the user's own Prometheus, Mimir or Thanos, asked over HTTP.
type upstream struct {
	config  UpstreamConfig
	headers http.Header
	client  *http.Client
	breaker *gobreaker.CircuitBreaker[queryData]
	// rules asks the same server with a breaker of its own: what pages ask must not keep rules from asking.
	rules *upstream
}

// queryData is the data of an answer.
type queryData struct {
	ResultType string          `json:"resultType"`
	Result     json.RawMessage `json:"result"`
}

// jsonSeries is an element of a vector or matrix.
type jsonSeries struct {
	Metric labels.Labels `json:"metric"`
	Value  jsonPoint     `json:"value"`
	Values []jsonPoint   `json:"values"`
	// Histogram and Histograms are there instead where the value is a native histogram.
	Histogram  json.RawMessage `json:"histogram"`
	Histograms json.RawMessage `json:"histograms"`
}

// jsonPoint is [seconds, "value"].
type jsonPoint struct {
	at time.Time
	v  float64
}

// UnmarshalJSON reads the pair.
func (p *jsonPoint) UnmarshalJSON(text []byte) error {
	var seconds float64
	var value string
	if err := json.Unmarshal(text, &[2]any{&seconds, &value}); err != nil {
		return err
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return err
	}
	*p = jsonPoint{at: time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), v: v}
	return nil
}

func newUpstream(c UpstreamConfig) (*upstream, error) {
	set(&c.Timeout, defaultUpstreamTimeout)
	headers, err := credentials(c.Headers, c.TokenEnv)
	if err != nil {
		return nil, fmt.Errorf("series.prometheus: %w", err)
	}
	if c.Username != "" {
		password := os.Getenv(c.PasswordEnv)
		if password == "" {
			return nil, fmt.Errorf("series.prometheus: the environment variable that passwordEnv names is not set: %w", journal.ErrInvalid)
		}
		r := http.Request{Header: headers}
		r.SetBasicAuth(c.Username, password)
	}
	u := upstream{config: c, headers: headers, client: straight(c.Timeout), breaker: newBreaker()}
	own := u
	own.breaker = newBreaker()
	u.rules = &own
	return &u, nil
}

func newBreaker() *gobreaker.CircuitBreaker[queryData] {
	return gobreaker.NewCircuitBreaker[queryData](gobreaker.Settings{
		Timeout:      breakFor,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakAfter },
		IsSuccessful: func(err error) bool { return !errors.Is(err, errUnreached) },
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) },
	})
}

// errUnreached marks that no Prometheus has answered. What one answers, be it that the query is wrong or takes too
// long, says nothing of the server.
var errUnreached = errors.New("not reached")

// unreached marks an error without a word of its own.
type unreached struct{ error }

// Is tells that it is of that kind.
func (unreached) Is(target error) bool { return target == errUnreached }

// Unwrap gives what happened.
func (u unreached) Unwrap() error { return u.error }

// straight is a client that follows no redirect: it would carry the headers of the configuration to another place.
func straight(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// credentials are the headers of the configuration and the token of the environment.
func credentials(headers map[string]string, tokenEnv string) (http.Header, error) {
	all := http.Header{}
	for name, value := range headers {
		all.Set(name, value)
	}
	if tokenEnv != "" {
		token := os.Getenv(tokenEnv)
		if token == "" {
			return nil, fmt.Errorf("the environment variable that tokenEnv names is not set: %w", journal.ErrInvalid)
		}
		all.Set("Authorization", "Bearer "+token)
	}
	return all, nil
}

// instant is Prometheus' query function for rules.
func (u *upstream) instant(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
	data, err := u.ask(ctx, "query", url.Values{"query": {expr}, "time": {seconds(at)}})
	if err != nil {
		return nil, err
	}
	if data.ResultType == "scalar" {
		var p jsonPoint
		if err := json.Unmarshal(data.Result, &p); err != nil {
			return nil, fmt.Errorf("read the answer of %s: %w", u.name(), err)
		}
		return promql.Vector{{T: p.at.UnixMilli(), F: p.v}}, nil
	}
	all, err := u.series(data, "vector")
	if err != nil {
		return nil, err
	}
	vector := make(promql.Vector, len(all))
	for i, s := range all {
		vector[i] = promql.Sample{Metric: s.Metric, T: s.Value.at.UnixMilli(), F: s.Value.v}
	}
	return vector, nil
}

// window is a range of time with its steps.
type window struct {
	from, to time.Time
	step     time.Duration
}

func (u *upstream) ranged(ctx context.Context, expr string, w window) ([]Series, error) {
	data, err := u.ask(ctx, "query_range", url.Values{
		"query": {expr}, "start": {seconds(w.from)}, "end": {seconds(w.to)}, "step": {strconv.FormatFloat(w.step.Seconds(), 'f', -1, 64)},
	})
	if err != nil {
		return nil, err
	}
	all, err := u.series(data, "matrix")
	if err != nil {
		return nil, err
	}
	result := make([]Series, len(all))
	for i, s := range all {
		result[i] = Series{Labels: s.Metric.Map(), Points: make([]Point, len(s.Values))}
		for j, p := range s.Values {
			result[i].Points[j] = Point{At: p.at, Value: p.v}
		}
	}
	return result, nil
}

func (u *upstream) series(data queryData, kind string) ([]jsonSeries, error) {
	if data.ResultType != kind {
		return nil, fmt.Errorf("the value is a %s, not a %s: %w", data.ResultType, kind, journal.ErrInvalid)
	}
	var all []jsonSeries
	if err := json.Unmarshal(data.Result, &all); err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", u.name(), err)
	}
	for _, s := range all {
		if s.Histogram != nil || s.Histograms != nil {
			return nil, fmt.Errorf("a native histogram has no single value; use histogram_quantile(): %w", journal.ErrInvalid)
		}
	}
	return all, nil
}

// ask posts a query. An error that the server says of the query is of kind invalid.
func (u *upstream) ask(ctx context.Context, path string, form url.Values) (queryData, error) {
	data, err := u.breaker.Execute(func() (queryData, error) { return u.post(ctx, path, form) })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return data, fmt.Errorf("%s did not answer the last %d queries; it is asked again within %s", u.name(), breakAfter, breakFor)
	}
	return data, err
}

func (u *upstream) post(ctx context.Context, path string, form url.Values) (queryData, error) {
	address := strings.TrimSuffix(u.config.URL, "/") + "/api/v1/" + path
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return queryData{}, err
	}
	r.Header = u.headers.Clone()
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := u.client.Do(r)
	if err != nil {
		return queryData{}, unreached{fmt.Errorf("ask %s: %w", u.name(), err)}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return queryData{}, unreached{fmt.Errorf("ask %s: %w", u.name(), err)}
	}
	if len(body) > maxAnswer {
		return queryData{}, fmt.Errorf("%s answers with more than %d bytes: %w", u.name(), maxAnswer, journal.ErrTooLarge)
	}
	return u.decode(answer, body)
}

func (u *upstream) decode(answer *http.Response, body []byte) (queryData, error) {
	var said struct {
		Status, ErrorType, Error string
		Data                     queryData
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return queryData{}, unreached{fmt.Errorf("%s answers %s, and not as Prometheus does", u.name(), answer.Status)}
	}
	switch {
	case said.Status == "success" && answer.StatusCode == http.StatusOK:
		return said.Data, nil
	case said.ErrorType == "bad_data" || said.ErrorType == "execution":
		return queryData{}, fmt.Errorf("%s says: %s: %w", u.name(), firstLine(said.Error), journal.ErrInvalid)
	case said.ErrorType == "timeout":
		return queryData{}, fmt.Errorf("%s says: %s: %w", u.name(), firstLine(said.Error), context.DeadlineExceeded)
	}
	return queryData{}, fmt.Errorf("%s answers %s: %s", u.name(), answer.Status, firstLine(said.Error))
}

// name is the address without what could be secret in it.
func (u *upstream) name() string {
	parsed, err := url.Parse(u.config.URL)
	if err != nil {
		return "prometheus"
	}
	return parsed.Host
}

func seconds(at time.Time) string {
	return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64)
}

// ruleQuery is where rules find their series.
func (e *Engine) ruleQuery() rules.QueryFunc {
	if e.upstream != nil {
		return e.upstream.rules.instant
	}
	return rules.EngineQueryFunc(e.promql, e.db)
}

func (e *Engine) queryAbove(ctx context.Context, expr string, at time.Time) ([]Point, error) {
	done, err := e.slot(ctx, expr)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	defer done()
	vector, err := e.upstream.instant(ctx, expr, at)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	points := make([]Point, len(vector))
	for i, s := range vector {
		points[i] = Point{At: time.UnixMilli(s.T).UTC(), Value: s.F}
		if !s.Metric.IsEmpty() {
			points[i].Labels = s.Metric.Map()
		}
	}
	return points, nil
}

func (e *Engine) rangeAbove(ctx context.Context, expr string, w window) ([]Series, error) {
	done, err := e.slot(ctx, expr)
	if err != nil {
		return nil, fmt.Errorf("query range: %w", err)
	}
	defer done()
	all, err := e.upstream.ranged(ctx, expr, w)
	if err != nil {
		return nil, fmt.Errorf("query range: %w", err)
	}
	return all, nil
}
