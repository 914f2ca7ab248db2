package backlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxAnswer   = 8 << 20 // a page of 100 issues with long texts
	askTime     = 20 * time.Second
	maxPause    = time.Hour
	limitPause  = time.Minute // where the tracker says that a limit is used up and not until when
	restAfter   = 5           // failures in a row
	restFor     = 30 * time.Second
	maxTheyText = 300 // of the tracker's words in an error
)

// sender sends requests to one tracker and keeps its pauses.
type sender struct {
	base   string
	http   *http.Client
	header http.Header
	now    func() time.Time

	mu       sync.Mutex
	until    time.Time // no request before
	why      string
	failures int
}

func newSender(c Config, token string, now func() time.Time) *sender {
	s := &sender{base: c.URL, now: now, header: http.Header{"User-Agent": {"safelight"}, "Accept": {"application/json"}}}
	s.http = &http.Client{
		Timeout: askTime,
		// A redirect would carry the token elsewhere, or make a GET of a POST.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	switch c.Kind {
	case "github":
		s.header.Set("Authorization", "Bearer "+token)
		s.header.Set("Accept", "application/vnd.github+json")
		s.header.Set("X-GitHub-Api-Version", "2022-11-28")
	case "gitlab":
		s.header.Set("PRIVATE-TOKEN", token)
	case "jira":
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(c.User, token)
		s.header.Set("Authorization", r.Header.Get("Authorization"))
	default:
		s.header.Set("Authorization", "Bearer "+token)
	}
	return s
}

// answer is what came back; its status is below 300, or 304.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) read(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return errors.New("its answer is not the JSON that was expected")
	}
	return nil
}

// ask sends a request and reads the answer's JSON into v, which may be nil.
func (s *sender) ask(ctx context.Context, method, path string, body, v any) error {
	a, err := s.send(ctx, method, path, body, nil)
	if err != nil || v == nil {
		return err
	}
	return a.read(v)
}

// send sends a request unless the tracker rests.
func (s *sender) send(ctx context.Context, method, path string, body any, extra http.Header) (answer, error) {
	if err := s.resting(); err != nil {
		return answer{}, err
	}
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		in = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, in)
	if err != nil {
		return answer{}, errors.New("its address cannot be asked")
	}
	for _, h := range []http.Header{s.header, extra} {
		for name, values := range h {
			r.Header[name] = values
		}
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := s.exchange(r)
	return a, s.judge(a, err)
}

// exchange does one round trip, whose answer is bounded.
func (s *sender) exchange(r *http.Request) (answer, error) {
	resp, err := s.http.Do(r)
	if err != nil {
		var u *url.Error // which names the whole address
		if errors.As(err, &u) {
			err = u.Err
		}
		return answer{}, fmt.Errorf("no answer: %w", err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, fmt.Errorf("read its answer: %w", err)
	case len(data) > maxAnswer:
		return answer{}, fmt.Errorf("its answer is longer than %d bytes", maxAnswer)
	}
	return answer{resp.StatusCode, resp.Header, data}, nil
}

func (s *sender) resting() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Before(s.until) {
		return &WaitError{s.until, s.why}
	}
	return nil
}

// judge makes an error of an answer that is none, and a pause where one is due.
func (s *sender) judge(a answer, err error) error {
	if pause, why := s.limited(a); err == nil && pause > 0 {
		return s.pause(pause, why)
	}
	if err != nil || a.status >= 500 {
		return s.failed(a, err)
	}
	s.mu.Lock()
	s.failures = 0
	s.mu.Unlock()
	switch {
	case a.status < 300 || a.status == http.StatusNotModified:
		return nil
	case a.status == http.StatusBadRequest || a.status == http.StatusUnprocessableEntity:
		return &RefusedError{theirText(a.body)}
	case a.status == http.StatusNotFound || a.status == http.StatusGone:
		return ErrGone
	case a.status < 400:
		return errMoved
	}
	return fmt.Errorf("it answered %d %s: %s", a.status, http.StatusText(a.status), theirText(a.body))
}

// errMoved is a redirect: of a project that was renamed, or an issue that went to another one.
var errMoved = errors.New("it stands under another address now: write the new one into the configuration")

// failed counts a failure. Of the network's own errors the text is kept: they name the host and no secret.
func (s *sender) failed(a answer, err error) error {
	if err == nil {
		err = fmt.Errorf("it answered %d %s", a.status, http.StatusText(a.status))
	}
	if errors.Is(err, context.Canceled) {
		return err // we ended it
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures++; s.failures >= restAfter {
		s.until, s.why = s.now().Add(restFor), fmt.Sprintf("it failed %d times in a row: %v", s.failures, err)
	}
	return err
}

func (s *sender) pause(d time.Duration, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.now().Add(min(d, maxPause)); until.After(s.until) {
		s.until, s.why = until, why
	}
	return &WaitError{s.until, s.why}
}

// limited tells whether a limit is used up, and for how long: GitHub's primary limit answers 403 or 429 with x-ratelimit-remaining 0, its
// secondary ones 403 or 429 with retry-after or with nothing but the words; GitLab and Jira answer 429 with Retry-After.
func (s *sender) limited(a answer) (time.Duration, string) {
	words := a.status == http.StatusForbidden && strings.Contains(strings.ToLower(string(a.body)), "rate limit")
	used := a.status == http.StatusForbidden && a.header.Get("X-Ratelimit-Remaining") == "0"
	after := a.header.Get("Retry-After")
	if a.status != http.StatusTooManyRequests && !words && !used && !(a.status == http.StatusForbidden && after != "") && !(a.status == http.StatusServiceUnavailable && after != "") {
		return 0, ""
	}
	const why = "it asked for a pause: a limit of its API is used up"
	if seconds, err := strconv.Atoi(after); err == nil && seconds >= 0 {
		return max(time.Duration(min(seconds, int(maxPause/time.Second)))*time.Second, time.Second), why
	}
	if at, err := http.ParseTime(after); err == nil {
		return max(at.Sub(s.now()), time.Second), why
	}
	for _, name := range []string{"X-Ratelimit-Reset", "Ratelimit-Reset"} {
		if at, err := strconv.ParseInt(a.header.Get(name), 10, 64); err == nil {
			return max(min(time.Unix(at, 0).Sub(s.now()), maxPause), time.Second), why
		}
	}
	return limitPause, why
}

// theirText is what an answer says went wrong: in one line, bounded, without what a terminal would obey.
func theirText(body []byte) string {
	text := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, string(body[:min(len(body), 4*maxTheyText)]))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxTheyText {
		text = strings.ToValidUTF8(text[:maxTheyText], "") + "…"
	}
	return text
}
