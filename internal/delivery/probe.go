package delivery

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

const (
	sampleFrom   = 20_000 // names that the sample is picked from; walking a million would take longer than the proof may
	sampleSize   = 3      // assets whose bytes are compared in one probe
	maxProbeBody = 64 << 20
	requestTime  = 2 * time.Second // of one request of a probe
	probeTime    = 5 * time.Second
	firstPause   = 10 * time.Millisecond // between two tries; it doubles
	longestPause = 500 * time.Millisecond
)

// Probe asks the gateway from outside, and then the edges in front of it where the public does, until the answers prove that
// the route is disabled (or enabled): the state that it says of itself, the caching, and
// for a sample of assets, and for those that are named beside, the very bytes of the reference (or of the origin).
// It gives the last answer, with the time since the route was changed. An
// error says in one sentence what was served instead; the edges are told again with the next change.
func (e *Control) Probe(ctx context.Context, route string, wantDisabled bool, named ...string) (incident.Probe, error) {
	s, err := ReadState(e.StateFile)
	if err != nil {
		return incident.Probe{}, phrase.Errorf("edge.probe", route, err)
	}
	r, err := s.Route(route)
	if err != nil {
		return incident.Probe{}, err
	}
	p := prober{control: e, route: r, held: r.holds(), disabled: wantDisabled, nowhere: r.storedNowhere(time.Now()), began: time.Now()}
	if r.ChangedAt != nil {
		p.began = *r.ChangedAt
	}
	p.names = p.sample(named...)
	return p.prove(ctx)
}

// ProbePath is [Control.Probe] of one path: held, by itself or with its whole
// route, it serves the very reference or placeholder; else what the state file
// says, where another may hold it still. It counts its time from its own beginning.
func (e *Control) ProbePath(ctx context.Context, route, path string, held bool) (incident.Probe, error) {
	r, holds, err := e.holds(route)
	if err != nil {
		return incident.Probe{}, phrase.Errorf("edge.probe.path", path, route, err)
	}
	p := prober{control: e, route: r, held: holds, disabled: len(r.Disabled) > 0, nowhere: r.storedNowhere(time.Now()), began: time.Now(), names: []string{path}}
	if held && !p.out(path) {
		return incident.Probe{}, fmt.Errorf("%w: %w", phrase.Errorf("edge.unheld", path, route), journal.ErrConflict)
	}
	return p.prove(ctx)
}

// prove gives the answer that proves what the prober wants, or the last one and why it does not.
func (p *prober) prove(ctx context.Context) (incident.Probe, error) {
	p.client = probeClient()
	defer p.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.control.Timeout, probeTime))
	defer cancel()
	var last incident.Probe
	for _, p.place = range p.control.places(p.route) {
		var err error
		last, err = p.insist(ctx)
		if wait := p.settling(); err == nil && wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
			last, err = p.insist(ctx)
		}
		if err != nil {
			p.control.edges.distrust(p.route.Name)
			return last, phrase.Errorf("edge.probe.at", p.route.Name, cmp.Or(last.URL, p.place.url), err)
		}
	}
	return last, nil
}

// settling is how long those who keep their connections may still get answers of before: counted from the first proof of
// what the route serves now, so that the proofs of a thousand held paths wait once.
func (p *prober) settling() time.Duration {
	if p.place.settles == 0 {
		return 0
	}
	at := p.control.edges.told.seen(p.route.Name, p.route.Generation, time.Now())
	return time.Until(at.Add(p.place.settles))
}

// place is where a route is asked for.
type place struct {
	url     string          // without a path
	called  phrase.Sentence // in errors
	ownPath bool            // it may fetch the origin without the gateway, whose header is then missing
	settles time.Duration
}

// places are the gateway, and where the public finds the route if that is elsewhere.
func (e *Control) places(r Route) []place {
	list := []place{{url: e.URL, called: phrase.Of("edge.the-gateway")}}
	u, err := url.Parse(e.edges.config.Routes[r.Name].URL)
	if err != nil || u.Host == "" {
		return list
	}
	edge := place{url: u.Scheme + "://" + u.Host, called: phrase.Of("edge.the-edge")}
	for _, at := range e.edges.of(r.Name) {
		can := at.abilities()
		edge.ownPath = edge.ownPath || can.Diverts || can.Asks
		edge.settles = max(edge.settles, can.Settles)
	}
	return append(list, edge)
}

// probeClient asks as a new client would: it follows nothing, knows no proxy
// of the environment and reuses no connection.
func probeClient() *http.Client {
	return &http.Client{
		Timeout:       requestTime,
		Transport:     &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: requestTime}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type prober struct {
	control  *Control
	place    place
	route    Route
	held     holds
	names    []string // to ask for
	disabled bool     // all of the route
	nowhere  bool     // its answers may be stored nowhere
	began    time.Time
	client   *http.Client
}

// insist tries until the proof holds or the time is over.
func (p *prober) insist(ctx context.Context) (last incident.Probe, err error) {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		got, problem := p.askAll(ctx)
		if problem == nil {
			return got, nil
		}
		if ctx.Err() == nil || err == nil { // the last full answer says more than a try that was cut short
			last, err = got, problem
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return last, phrase.Errorf("edge.unproven", cmp.Or(p.control.Timeout, probeTime), err)
		}
	}
}

// askAll asks for all names, up to the first whose answer proves nothing.
func (p *prober) askAll(ctx context.Context) (got incident.Probe, err error) {
	for _, name := range p.names {
		if got, err = p.ask(ctx, name); err != nil {
			return got, err
		}
	}
	if i := slices.IndexFunc(p.names, p.out); i >= 0 && p.place.url != p.control.URL {
		return p.askOtherwise(ctx, got, p.names[i])
	}
	return got, nil
}

// askOtherwise asks an edge for what is out with a doubled slash, which many origins read as one: an edge that looks only at the
// path as it is written fetches the delivered image. Any other answer is fine, and none is. It gives what was proven before where
// it finds nothing.
func (p *prober) askOtherwise(ctx context.Context, proven incident.Probe, name string) (incident.Probe, error) {
	address := p.place.url + "/" + (&url.URL{Path: p.route.Prefix + name}).EscapedPath()
	res, body, err := p.get(ctx, address)
	if err != nil || res.StatusCode != http.StatusOK {
		return proven, nil
	}
	if want, err := p.reference(name); err == nil && body == want {
		return proven, nil
	}
	if delivered, err := p.delivered(ctx, name); err != nil || body != delivered {
		return proven, nil
	}
	got := incident.Probe{URL: address, Status: res.StatusCode, CacheControl: res.Header.Get("Cache-Control"), SHA256: body, Millis: proven.Millis}
	return got, phrase.Errorf("edge.doubled", p.place.called, name)
}

// sample is some assets over the whole folder, and what is named beside, as far as the gateway serves such names.
func (p *prober) sample(named ...string) []string {
	names := p.spread()
	for _, name := range named {
		if goodName(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// spread picks assets over the whole folder. Without any, a name that does not
// exist shows at least the state.
func (p *prober) spread() []string {
	dir := p.route.Fallback
	if !p.disabled && !p.route.proxied() {
		dir = p.route.Origin
	}
	var names []string
	err := eachAsset(dir, func(name string) bool {
		if p.disabled || !p.out(name) { // what is held says nothing about the rest
			names = append(names, name)
		}
		return len(names) < sampleFrom
	})
	if err != nil || len(names) == 0 {
		return []string{"safelight-probe.png"}
	}
	if len(names) <= sampleSize {
		return names
	}
	picked := make([]string, sampleSize)
	for i := range picked {
		picked[i] = names[i*(len(names)-1)/(sampleSize-1)]
	}
	return picked
}

// out tells whether a path is not to serve its origin.
func (p *prober) out(name string) bool {
	_, held := p.held[name]
	return p.disabled || held
}

// diverted tells whether only the gateway may answer for a path.
func (p *prober) diverted(name string) bool { return p.nowhere || p.out(name) }

// ask makes one request and judges the answer.
func (p *prober) ask(ctx context.Context, name string) (incident.Probe, error) {
	address := p.place.url + (&url.URL{Path: p.route.Prefix + name}).EscapedPath()
	got := incident.Probe{URL: address}
	res, body, err := p.get(ctx, address)
	got.Millis = max(0, time.Since(p.began).Milliseconds())
	if err != nil {
		return got, err
	}
	got.Status, got.CacheControl, got.SHA256 = res.StatusCode, res.Header.Get("Cache-Control"), body
	route, state, _ := strings.Cut(res.Header.Get(RouteHeader), "; ")
	got.State = state
	switch {
	case route == p.route.Name:
	case route == "" && p.place.ownPath && p.diverted(name):
		return got, phrase.Errorf("edge.by-itself", p.place.called, got.Status)
	case route == "" && p.place.ownPath:
		got.State = stateEnabled
	default:
		return got, phrase.Errorf("edge.another", p.place.called, got.Status, RouteHeader, strconv.Quote(res.Header.Get(RouteHeader)))
	}
	return got, p.judge(ctx, got, name)
}

// get gives an answer and the SHA-256 of its body.
func (p *prober) get(ctx context.Context, address string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set(probeHeader, "1")
	res, err := p.client.Do(req)
	if err != nil {
		return nil, "", p.unanswered(err)
	}
	defer res.Body.Close()
	sum, err := digest(res.Body)
	if err != nil {
		return nil, "", p.unanswered(err)
	}
	return res, sum, nil
}

func (p *prober) unanswered(err error) error {
	var slow net.Error
	switch {
	case errors.As(err, &slow) && slow.Timeout():
		return phrase.Errorf("edge.slow", p.place.called, err)
	case p.place.url == p.control.URL:
		return phrase.Errorf("edge.no-gateway", err)
	}
	return phrase.Errorf("edge.no-answer", p.place.called, err)
}

// judge says what is wrong with an answer of the gateway, or nil.
func (p *prober) judge(ctx context.Context, got incident.Probe, name string) error {
	want, cache := stateEnabled, cacheShort
	if p.out(name) {
		want, cache = stateDisabled, cacheNever
	}
	if p.nowhere {
		cache = cacheNever
	}
	expected, err := p.expected(ctx, name)
	switch {
	case got.State == stateFallback:
		return phrase.Errorf("edge.fallback", stateText(want))
	case got.State != want && p.place.url != p.control.URL:
		return phrase.Errorf("edge.stale", p.place.called, stateText(got.State))
	case got.State != want:
		return phrase.Errorf("edge.still", stateText(got.State), p.control.StateFile)
	case errors.Is(err, fs.ErrNotExist) && got.Status == http.StatusNotFound:
		return nil // there is nothing to serve, and so it says
	case err != nil:
		return phrase.Errorf("edge.should-be", name, err)
	case got.Status != http.StatusOK:
		return phrase.Errorf("edge.status", p.place.called, got.Status, name)
	case got.CacheControl != cache && !(p.place.ownPath && !p.diverted(name)):
		return phrase.Errorf("edge.altered", strconv.Quote(got.CacheControl), strconv.Quote(cache))
	case got.SHA256 != expected:
		return phrase.Errorf("edge.bytes", name)
	}
	return nil
}

// stateText says a state of a route, which an answer may name in its own way.
func stateText(state string) any {
	if state == stateEnabled || state == stateDisabled {
		return phrase.Of(phrase.Key("edge." + state))
	}
	return state
}

// expected is the digest of what the route should serve.
func (p *prober) expected(ctx context.Context, name string) (string, error) {
	if p.out(name) {
		return p.reference(name)
	}
	return p.delivered(ctx, name)
}

// delivered is the digest of what the origin has.
func (p *prober) delivered(ctx context.Context, name string) (string, error) {
	if p.route.proxied() {
		return p.upstream(ctx, name)
	}
	return fileDigest(p.route.Origin, name)
}

// reference is the digest of the reference, or of the placeholder where there
// is none or it is withheld. What is no image by its name has no placeholder.
func (p *prober) reference(name string) (string, error) {
	if !p.held[name] {
		if sum, err := fileDigest(p.route.Fallback, name); err == nil {
			return sum, nil
		}
	}
	if contentType(name) == octets {
		return "", fs.ErrNotExist
	}
	image, _ := p.route.placeholder()
	return digest(bytes.NewReader(image))
}

func fileDigest(dir, name string) (string, error) {
	f, _, err := openFile(dir, name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return digest(f)
}

func (p *prober) upstream(ctx context.Context, name string) (string, error) {
	res, sum, err := p.get(ctx, strings.TrimSuffix(p.route.Origin, "/")+(&url.URL{Path: "/" + name}).EscapedPath())
	switch {
	case err != nil:
		return "", err
	case res.StatusCode == http.StatusNotFound:
		return "", os.ErrNotExist
	case res.StatusCode != http.StatusOK:
		return "", phrase.Errorf("edge.upstream", res.Status)
	}
	return sum, nil
}

func digest(r io.Reader) (string, error) {
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, maxProbeBody+1))
	if err == nil && n > maxProbeBody {
		err = phrase.Errorf("edge.body", maxProbeBody)
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

// Settle asks a running gateway to write out its access log, so that every
// delivery until now can be counted. A gateway that does not answer has
// nothing more to write.
func (e *Control) Settle(ctx context.Context) {
	p := prober{control: e, client: probeClient()}
	_, _, _ = p.get(ctx, e.URL+"/-/healthy")
}
