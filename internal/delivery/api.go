package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Later is an error of an edge that asks to be told again no sooner than after some time.
type Later struct {
	After time.Duration
	Err   error
}

func (e *Later) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *Later) Unwrap() error { return e.Err }

const (
	soon      = 5 * time.Second  // after a fault of the service
	usualWait = 30 * time.Second // after too many orders, where it names no time
	maxWait   = 5 * time.Minute  // that a service may ask for: a containment has thirty
	maxQuoted = 200              // bytes of an answer in an error
)

// secret is read from the environment when the edge is opened. It stands in no error, nor does the name of its variable, where
// somebody may have written the secret itself.
type secret struct{ field, value string }

func secretFrom(field, variable string) secret {
	return secret{field, strings.TrimSpace(os.Getenv(variable))}
}

func (s secret) missing() error {
	if s.value == "" {
		return phrase.Errorf("edge.unset", s.field)
	}
	return nil
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)

// goodVariable tells whether a text names a variable and is not the secret itself, as somebody will write there who takes the
// field for that of the secret. What is wrong is never quoted.
func goodVariable(name string) bool {
	secretLike := strings.HasPrefix(name, "whsec_") ||
		len(name) >= 20 && strings.ContainsAny(name, "0123456789") && strings.ToUpper(name) != name
	return variable.MatchString(name) && !secretLike
}

// goodAPI tells whether an address may stand in for that of a service; none means its own.
func goodAPI(address string) bool {
	u, err := url.Parse(address)
	return address == "" || err == nil && goodURL(address) && (u.Scheme == "http" || u.Scheme == "https")
}

// api is a service that takes orders over HTTP. It follows no redirect, so that a token goes nowhere else, and its address
// stands in no error, since that of a webhook may hold a secret.
type api struct {
	where, called phrase.Sentence // in errors: edge cdn, the webhook
	base          string
	token         secret
	client        *http.Client
	said          func(answer []byte) string // the reason in a refusal; may be nil
}

func newAPI(edge string, called phrase.Key, base string, token secret) api {
	return apiOf(phrase.Of("edge.use.edge", edge), called, base, token)
}

func apiOf(where phrase.Sentence, called phrase.Key, base string, token secret) api {
	return api{where: where, called: phrase.Of(called), base: strings.TrimSuffix(base, "/"), token: token, client: edgeClient(&http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: edgeTime, MaxResponseHeaderBytes: 64 << 10, IdleConnTimeout: time.Minute,
	})}
}

// call gives the answer of a success.
func (a *api) call(ctx context.Context, method, path string, header http.Header, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, a.fail(phrase.Errorf("edge.no-address"))
	}
	req.Header = header
	res, err := a.client.Do(req)
	if err != nil {
		return nil, &Later{soon, a.fail(withoutURL(err))}
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	switch {
	case res.StatusCode/100 != 2:
		return nil, a.refusal(res, answer)
	case err != nil:
		return nil, &Later{soon, a.fail(withoutURL(err))}
	case len(answer) > maxReply:
		return nil, a.fail(phrase.Errorf("edge.endless"))
	}
	return answer, nil
}

// fail says that the service did not do what it was told.
func (a *api) fail(err error) error {
	return phrase.Errorf("edge.use", a.called, a.where, err)
}

// refusal says why the service did not, and when to try again where that depends on the moment. What it will refuse again however
// often it is asked is [journal.ErrForbidden] or [journal.ErrInvalid].
func (a *api) refusal(res *http.Response, answer []byte) error {
	why := ""
	if a.said != nil {
		why = a.said(answer)
	}
	err := a.fail(phrase.Errorf("edge.refuses.status", res.StatusCode, words(a.quote(why))))
	switch {
	case res.StatusCode == http.StatusTooManyRequests:
		return &Later{waitOf(res.Header, usualWait), err}
	case res.StatusCode >= 500, res.StatusCode == http.StatusRequestTimeout, res.StatusCode == http.StatusTooEarly:
		return &Later{waitOf(res.Header, soon), err}
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%w: %w", err, journal.ErrForbidden)
	case res.StatusCode/100 == 4 && res.StatusCode != http.StatusConflict && res.StatusCode != http.StatusLocked:
		return fmt.Errorf("%w: %w", err, journal.ErrInvalid)
	}
	return err
}

// quote makes what a service says fit for an error: short, printable, and without the secret, which it might repeat.
func (a *api) quote(text string) string {
	if a.token.value != "" {
		text = strings.ReplaceAll(text, a.token.value, "…")
	}
	return printable(text)
}

// words are what others say, behind a colon; nothing where they say nothing.
func words(text string) any {
	if text == "" {
		return ""
	}
	return phrase.Of("edge.words", text)
}

func printable(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) > maxQuoted {
		text = strings.ToValidUTF8(text[:maxQuoted], "") + "…"
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text))
}

// waitOf reads when to come back: Retry-After in seconds or as a date (RFC 9110, section 10.2.3), or Fastly's own header.
func waitOf(h http.Header, otherwise time.Duration) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, maxWait)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		var reset int64
		reset, err = strconv.ParseInt(h.Get("Fastly-RateLimit-Reset"), 10, 64)
		at = time.Unix(reset, 0)
	}
	if err != nil {
		return otherwise
	}
	return min(max(time.Until(at), time.Second), maxWait)
}

// withoutURL takes the address from an error of net/http.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// jsonHeader is the header of a body in JSON.
func jsonHeader() http.Header {
	return http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Accept": {"application/json"}}
}
