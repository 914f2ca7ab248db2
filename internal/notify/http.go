package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxAnswer  = 64 << 10  // bytes of a provider's answer that are read
	maxWait    = time.Hour // that a provider may ask for; a page does not wait longer
	usualWait  = 30 * time.Second
	longestURL = 2048
)

// provider is a service that takes messages over HTTP. Its address may hold a
// secret and therefore stands in no error.
type provider struct {
	called string // what errors call it
	client *http.Client
}

// newProvider makes a client that follows no redirect: the body and its
// secrets are for the configured address and for no other.
func newProvider(called string) provider {
	return provider{called: called, client: &http.Client{
		Timeout:       sendTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// post sends a body and gives the answer of a success. A refusal (4xx) is
// permanent, except those that speak of the moment: 408, 425 and 429.
func (p provider) post(ctx context.Context, to string, header http.Header, body []byte) ([]byte, error) {
	answer, _, err := p.ask(ctx, to, header, body)
	return answer, err
}

// ask is [provider.post] that gives the header of the answer too.
func (p provider) ask(ctx context.Context, to string, header http.Header, body []byte) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, nil, &Permanent{fmt.Errorf("send to %s: its configured address is none", p.called)}
	}
	req.Header = header
	res, err := p.client.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("send to %s: %w", p.called, withoutURL(err))
	}
	defer func() { _ = res.Body.Close() }() // only read from
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode/100 == 2 {
		if err != nil {
			return nil, nil, fmt.Errorf("read the answer of %s: %w", p.called, withoutURL(err))
		}
		return answer, res.Header, nil
	}
	return nil, nil, p.refusal(res)
}

// refusal does not quote the answer, which may repeat what was sent.
func (p provider) refusal(res *http.Response) error {
	said := fmt.Errorf("send to %s: it answered %d", p.called, res.StatusCode)
	after, asked := retryAfter(res.Header.Get("Retry-After"), time.Now())
	switch {
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusServiceUnavailable && asked:
		return &Limited{After: after, Err: said}
	case res.StatusCode == http.StatusRequestTimeout, res.StatusCode == http.StatusTooEarly, res.StatusCode/100 != 4:
		return said
	}
	return &Permanent{said}
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3), and gives 30
// seconds where neither stands.
func retryAfter(value string, now time.Time) (after time.Duration, asked bool) {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, maxWait), true
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxWait), true
	}
	return usualWait, false
}

// withoutURL takes the address from an error of net/http.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// webURL tells whether an address can be posted to. Private addresses are
// allowed: the operator writes them, and on-premises receivers are the usual case.
func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= longestURL && utf8.ValidString(s) && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// jsonHeader is the header of a body in JSON.
func jsonHeader() http.Header {
	return http.Header{"Content-Type": {"application/json; charset=utf-8"}}
}
