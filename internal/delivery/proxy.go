package delivery

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// upstream is how origins are reached that are servers. Its times bound how
// long a client waits before the reference stands in.
func upstream() http.RoundTripper {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		TLSHandshakeTimeout:    3 * time.Second,
		ResponseHeaderTimeout:  5 * time.Second,
		IdleConnTimeout:        60 * time.Second,
		MaxIdleConnsPerHost:    64,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// exchangeKey carries the [exchange] through the reverse proxy.
type exchangeKey struct{}

// forward lets the upstream answer.
func (d *exchange) forward(r *http.Request) {
	out := r.Clone(context.WithValue(r.Context(), exchangeKey{}, d))
	for _, h := range []string{"Upgrade", "Cookie", "Authorization"} {
		out.Header.Del(h) // images need none of them
	}
	d.route.proxy.ServeHTTP(d, out)
}

// proxy makes the reverse proxy of an origin whose URL has been checked.
func (g *Gateway) proxy(origin string) *httputil.ReverseProxy {
	target, err := url.Parse(origin)
	if err != nil {
		target = &url.URL{} // every request then fails, and the reference stands in
	}
	return &httputil.ReverseProxy{
		Transport: g.client,
		Rewrite: func(p *httputil.ProxyRequest) {
			d := p.In.Context().Value(exchangeKey{}).(*exchange)
			u := *target
			u.Path, u.RawQuery = strings.TrimSuffix(target.Path, "/")+"/"+d.rel, p.In.URL.RawQuery
			p.Out.URL, p.Out.Host = &u, target.Host
		},
		ModifyResponse: accept,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			d := r.Context().Value(exchangeKey{}).(*exchange)
			if d.revoked() {
				d.reference(r, stateDisabled)
				return
			}
			if r.Context().Err() == nil { // the client has not given up
				d.failing(err)
			}
			d.reference(r, stateFallback)
		},
		ErrorLog: log.New(io.Discard, "", 0), // what it says is an answer cut short, which the client sees
	}
}

// accept turns an answer of the upstream into one of the gateway, or refuses it.
func accept(res *http.Response) error {
	d := res.Request.Context().Value(exchangeKey{}).(*exchange)
	if res.StatusCode >= 500 || d.revoked() {
		res.Body.Close()
		return fmt.Errorf("the upstream answers %s", res.Status)
	}
	d.route.failing.Store(false)
	cache := cacheNever
	switch res.StatusCode {
	case http.StatusOK, http.StatusPartialContent, http.StatusNotModified:
		cache = cacheShort
	}
	d.mark(stateEnabled, cache)
	for name := range d.Header() { // ours, once
		res.Header.Del(name)
	}
	for _, h := range []string{"Set-Cookie", "Server", "Expires", "Pragma", "Age", "Alt-Svc"} {
		res.Header.Del(h)
	}
	if kind := contentType(d.rel); kind != octets && cache == cacheShort {
		res.Header.Set("Content-Type", kind)
	}
	return nil
}
