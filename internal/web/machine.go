package web

import (
	"net"
	"net/http"
	"strings"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Mount is an endpoint for machines that another package serves. The server
// finds out who calls, demands the permission and bounds the body; the handler
// finds its caller by [people.FromContext].
type Mount struct {
	// Pattern is one of [http.ServeMux]: "POST /v1/metrics".
	Pattern string
	// Need is what the caller must be permitted. Where it is empty the handler
	// asks for credentials itself: those of PagerDuty's clients are in the body.
	Need people.Permission
	// Limit is the greatest body in bytes; 0 is formLimit.
	Limit   int64
	Handler http.Handler
}

// mount guards the endpoint of a machine: by an API token, as bearer or as the
// password of basic authentication, since that is what such clients can send.
func (s *Server) mount(m Mount) http.Handler {
	limit := m.Limit
	if limit == 0 {
		limit = formLimit
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Request: r, lang: accepted(r, phrase.English)}
		by, err := s.caller(r)
		if err == nil && m.Need != "" {
			if by.ID == "" {
				err = errSignIn
			} else {
				err = by.Require(m.Need)
			}
		}
		if err != nil {
			w.Header().Add("WWW-Authenticate", `Basic realm="safelight"`)
			s.problem(w, v, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		m.Handler.ServeHTTP(w, r.WithContext(people.NewContext(r.Context(), by)))
	})
}

// caller gives who calls: the zero Actor for somebody without credentials.
func (s *Server) caller(r *http.Request) (people.Actor, error) {
	token, ok := bearer(r)
	if _, password, basic := r.BasicAuth(); basic {
		token, ok = password, true
	}
	if ok {
		who, err := s.service.ByToken(r.Context(), token)
		if isKnownNot(err) {
			return people.Actor{}, errToken
		}
		return who.Actor(), err
	}
	if s.openLoopback && fromHere(r) {
		return people.Loopback(), nil
	}
	return people.Actor{}, nil
}

// fromHere tells whether a request comes from this machine and was meant for
// it: a proxy on this machine says for whom it speaks, and a page that a
// browser was lured to by a name of its own (DNS rebinding) says that name.
func fromHere(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	return loopbackHost(r.RemoteAddr) && loopbackHost(r.Host)
}

// loopbackHost tells whether host, or host:port, names this machine's loopback.
func loopbackHost(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
