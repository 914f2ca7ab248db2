package opinion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

const (
	maxAnswer   = 1 << 20 // bytes of an answer
	tries       = 3       // of one batch
	firstWait   = 500 * time.Millisecond
	maxWait     = 5 * time.Second  // the longest that a batch waits for its next try
	maxHold     = time.Hour        // the longest that a service may ask us to stay away
	openFor     = 30 * time.Second // how long the breaker lets nothing through
	inARow      = 5                // failures that open the breaker
	countedOver = time.Minute      // or half of at least fewest requests in this time
	fewest      = 10
)

// line carries requests to the service: it bounds, repeats and withholds them.
type line struct {
	client  *http.Client
	timeout time.Duration
	breaker *gobreaker.CircuitBreaker[struct{}]

	mu         sync.Mutex
	notBefore  time.Time
	lastError  string
	errorAt    time.Time
	lastAnswer time.Time
}

func newLine(c Config) *line {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.dial != nil {
		transport.DialContext = c.dial
	}
	return &line{
		// A redirect is not followed: it would carry the key to another place.
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		timeout: c.timeout(),
		breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Name: c.Kind, Timeout: openFor, Interval: countedOver, BucketPeriod: countedOver / 6,
			ReadyToTrip: func(n gobreaker.Counts) bool {
				return n.ConsecutiveFailures >= inARow || n.Requests >= fewest && n.TotalFailures*2 >= n.Requests
			},
			IsExcluded: blameless,
		}),
	}
}

// statusError is an answer other than 2xx.
type statusError struct {
	code  int
	after time.Duration // of Retry-After; 0 where it was not given
}

func (e *statusError) Error() string {
	return fmt.Sprintf("it answered %d %s", e.code, http.StatusText(e.code))
}

// blameless tells the failures that say nothing about the service.
func blameless(err error) bool {
	var s *statusError
	return errors.Is(err, context.Canceled) ||
		errors.As(err, &s) && (s.code == 400 || s.code == 413 || s.code == 422)
}

// worthAnother tells whether the same request may do better soon. One that got
// no answer in time will not: and signals wait for it.
func worthAnother(err error) bool {
	var s *statusError
	if errors.As(err, &s) {
		return s.code == http.StatusTooManyRequests || s.code == http.StatusRequestTimeout || s.code >= 500
	}
	var unreadable *answerError
	return !errors.As(err, &unreadable) && !errors.Is(err, errHeld) && !errors.Is(err, context.DeadlineExceeded) &&
		!errors.Is(err, gobreaker.ErrOpenState) && !errors.Is(err, gobreaker.ErrTooManyRequests)
}

// answerError is an answer that cannot be believed. The same question would be
// answered in the same way.
type answerError struct{ text string }

func (e *answerError) Error() string { return e.text }

func unreadable(format string, args ...any) error {
	return &answerError{fmt.Sprintf(format, args...)}
}

var errHeld = errors.New("it asked not to be asked for a while")

// sender sends one request and gives the body of a good answer.
type sender func(*http.Request) ([]byte, error)

// call runs do, which sends one request, until it succeeds or is not worth
// another try. It gives the number of tries that reached out.
func (l *line) call(ctx context.Context, do func(context.Context, sender) error) (reached int, err error) {
	for n := range tries {
		if err = l.hold(ctx); err == nil {
			_, err = l.breaker.Execute(func() (struct{}, error) {
				reached++
				once, cancel := context.WithTimeout(ctx, l.timeout)
				defer cancel()
				return struct{}{}, do(once, l.send)
			})
		}
		l.note(err)
		if err == nil || ctx.Err() != nil || !worthAnother(err) || n == tries-1 {
			return reached, err
		}
		if err := l.wait(ctx, pause(n)); err != nil {
			return reached, err
		}
	}
	return reached, err
}

// pause is the wait after the try n, doubled each time and spread by a quarter,
// so that the clients of a service that was down do not come back together.
func pause(n int) time.Duration {
	d := firstWait << n
	return d - d/4 + rand.N(d/2)
}

// hold waits until the service may be asked again, if that is soon.
func (l *line) hold(ctx context.Context) error {
	l.mu.Lock()
	left := time.Until(l.notBefore)
	l.mu.Unlock()
	switch {
	case left <= 0:
		return nil
	case left > maxWait:
		return errHeld
	}
	return l.wait(ctx, left)
}

func (l *line) wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send sends one request. Its errors hold no address and no header: either may
// carry the key.
func (l *line) send(r *http.Request) ([]byte, error) {
	resp, err := l.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, fmt.Errorf("reach it: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, l.refused(resp)
	case err != nil:
		return nil, fmt.Errorf("read its answer: %w", err)
	case len(body) > maxAnswer:
		return nil, unreadable("its answer is longer than %d bytes", maxAnswer)
	}
	return body, nil
}

// refused reads what the service said of the time to come.
func (l *line) refused(resp *http.Response) error {
	e := &statusError{code: resp.StatusCode, after: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	if e.after > 0 && (e.code == http.StatusTooManyRequests || e.code == http.StatusServiceUnavailable) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if until := time.Now().Add(e.after); until.After(l.notBefore) {
			l.notBefore = until
		}
	}
	return e
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds or a date; 0 where it is neither.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, maxHold)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxHold)
	}
	return 0
}

// note remembers how the last try went. What was withheld is no news of the service.
func (l *line) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.lastAnswer = time.Now()
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests),
		errors.Is(err, errHeld), errors.Is(err, context.Canceled):
	case errors.Is(err, context.DeadlineExceeded):
		l.lastError, l.errorAt = fmt.Sprintf("it did not answer within %v", l.timeout), time.Now()
	default:
		l.lastError, l.errorAt = oneLine(err.Error()), time.Now()
	}
}

// oneLine makes what may quote the service fit to be shown.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return clip(s, 300)
}

func (l *line) status() Status {
	state := l.breaker.State().String()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Status{Breaker: state, LastError: l.lastError, LastErrorAt: l.errorAt, LastAnswer: l.lastAnswer}
	if time.Now().Before(l.notBefore) {
		s.NotBefore = l.notBefore
	}
	return s
}
