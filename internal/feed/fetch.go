package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

const (
	fetchTimeout = 30 * time.Second
	maxBody      = 5 << 20
	maxRedirects = 5
	maxHold      = 24 * time.Hour // the longest that a source may ask us to stay away
)

// statusError is an answer other than the expected ones.
type statusError struct {
	code  int
	until time.Time // before which the source does not want to be asked; zero if it did not say
}

func (e *statusError) says() *phrase.Fault {
	answer := fmt.Sprintf("%d %s", e.code, http.StatusText(e.code))
	switch e.code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return phrase.Errorf("source.fault.token", answer)
	case http.StatusNotFound, http.StatusGone:
		return phrase.Errorf("source.fault.gone", answer)
	}
	return phrase.Errorf("source.fault.answered", answer)
}

func (e *statusError) Error() string { return e.says().Error() }

// Phrase makes it a [phrase.Keyed].
func (e *statusError) Phrase() (key string, args []any) { return e.says().Phrase() }

// newClient gives a client for sources. dial is of tests; nil otherwise.
func newClient(allowPrivate bool, dial dialer) *http.Client {
	d := &net.Dialer{Timeout: 10 * time.Second}
	if !allowPrivate {
		d.Control = func(_, address string, _ syscall.RawConn) error { return public(address) }
	}
	if dial == nil {
		dial = d.DialContext
	}
	return &http.Client{
		Timeout: fetchTimeout,
		// No proxy of the environment: the address that is checked must be the one that is spoken to.
		Transport: &http.Transport{
			DialContext: dial, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 20 * time.Second, MaxResponseHeaderBytes: 256 << 10,
		},
		CheckRedirect: redirect,
	}
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func redirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return phrase.Errorf("source.fault.redirects", maxRedirects)
	}
	if from := via[0].URL.Scheme; r.URL.Scheme != from {
		return phrase.Errorf("source.fault.scheme", from, r.URL.Scheme)
	}
	return nil
}

// special are the networks that are not the Internet, beside those that
// netip knows (IANA's special-purpose registries, RFC 6890).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("fec0::/10"),
}

// inside are the networks of IPv6 that carry an address of IPv4, and where in
// the sixteen bytes it stands.
var inside = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"): 12, // NAT64, RFC 6052
	netip.MustParsePrefix("2002::/16"):    2,  // 6to4, RFC 3056
	netip.MustParsePrefix("::/96"):        12, // IPv4-compatible, RFC 4291
}

// public refuses the host:port of this machine and of private networks. It is
// asked for each connection, after the name was resolved, so that no name can
// say one thing first and another later.
func public(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	if !isPublic(ip.WithZone("").Unmap()) {
		return fmt.Errorf("%w: %w", phrase.Errorf("source.fault.private", ip.String()), journal.ErrForbidden)
	}
	return nil
}

func isPublic(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(ip) {
			return false
		}
	}
	for p, at := range inside {
		if p.Contains(ip) {
			b := ip.As16()
			return isPublic(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	return true
}

// get asks for a page and reads it whole. A 304 gives no body and no error.
func get(ctx context.Context, client *http.Client, address string, header http.Header) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, phrase.Errorf("source.fault.address")
	}
	r.Header = header
	r.Header.Set("User-Agent", "safelight")
	resp, err := client.Do(r)
	if err != nil {
		return nil, nil, unreached(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified:
		return resp, nil, nil
	case resp.StatusCode != http.StatusOK:
		return nil, nil, &statusError{resp.StatusCode, heldUntil(resp.Header, time.Now())}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, nil, unreached(err)
	}
	if len(body) > maxBody {
		return nil, nil, fmt.Errorf("%w: %w", phrase.Errorf("source.fault.long", maxBody>>20), journal.ErrTooLarge)
	}
	return resp, body, nil
}

// unreached leaves the address out of an error: it may hold a key. What the
// network says stays as it is, in our sentence.
func unreached(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return phrase.Errorf("source.fault.timeout", fetchTimeout)
		}
		err = u.Err
	}
	var ours *phrase.Fault
	switch {
	case !errors.As(err, &ours):
		return phrase.Errorf("source.fault.unreached", err)
	case errors.Is(err, journal.ErrForbidden):
		return fmt.Errorf("%w: %w", ours, journal.ErrForbidden)
	}
	return ours
}

// heldUntil reads until when a source does not want to be asked: Retry-After
// (RFC 9110, section 10.2.3), or Mastodon's X-RateLimit-Reset where no request is left.
func heldUntil(h http.Header, now time.Time) time.Time {
	var until time.Time
	value := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		until = now.Add(min(time.Duration(n)*time.Second, maxHold))
	} else if at, err := http.ParseTime(value); err == nil {
		until = at
	} else if h.Get("X-RateLimit-Remaining") == "0" {
		if at, err := time.Parse(time.RFC3339, h.Get("X-RateLimit-Reset")); err == nil {
			until = at
		}
	}
	if until.After(now.Add(maxHold)) {
		return now.Add(maxHold)
	}
	return until
}
