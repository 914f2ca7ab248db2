package web

import (
	"crypto/rand"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Options are what a server needs.
type Options struct {
	Service Service
	Signals SignalsService // no page of user signals if nil
	Rules   RulesService   // no page of rules if nil
	Alerts  AlertsService  // no page of alerts if nil
	// Consents is no page if nil.
	Consents ConsentsService
	// Quarantine is no page if nil.
	Quarantine QuarantineService
	// Findings is no page if nil.
	Findings FindingsService
	// OnCall is no page if nil.
	OnCall OnCallService
	// Watch is no page if nil.
	// Rehearsals may be nil: then there is no page of them.
	Rehearsals RehearsalService
	Watch      WatchService
	Sessions   scs.CtxStore
	Log        *slog.Logger
	// Lang is spoken to who asks for no language that we know; French if empty.
	Lang phrase.Lang
	// Base is the address that people use, "https://safelight.example"; it may
	// differ from the Host header behind a proxy. Empty: only the Host counts.
	Base string
	// InsecureCookies lets cookies travel over plain HTTP: for loopback only.
	InsecureCookies bool
	// Mounts are the endpoints for machines.
	Mounts []Mount
	// OpenLoopback lets whoever is on this machine use them without credentials.
	OpenLoopback bool
}

// sessionLife bounds a session: a night and the morning after.
const sessionLife = 24 * time.Hour

// Server serves pages and API. It is safe for concurrent use.
type Server struct {
	service    Service
	signals    SignalsService    // may be nil
	rules      RulesService      // may be nil
	alerts     AlertsService     // may be nil
	consents   ConsentsService   // may be nil
	quarantine QuarantineService // may be nil
	findings   FindingsService   // may be nil
	onCall     OnCallService     // may be nil
	rehearsals RehearsalService  // may be nil
	watch      WatchService      // may be nil
	log        *slog.Logger
	lang       phrase.Lang
	base       string // the address that people use; empty: the Host of each request
	secure     bool
	sessions   *scs.SessionManager
	origin     *http.CrossOriginProtection
	key        [32]byte // binds the forms of visitors without a session
	limit      *limiter
	signIns    chan struct{} // bounds the password checks that run at once
	assets     assets
	pages      map[string]*template.Template
	mounts     []Mount
	handler    http.Handler

	openLoopback bool
}

// New builds a server. A template that cannot be read, or an address that is
// none, refuses.
func New(o Options) (*Server, error) {
	if o.Service == nil || o.Sessions == nil || o.Log == nil {
		return nil, fmt.Errorf("build the web server: service, sessions and log are required")
	}
	if o.Lang == "" {
		o.Lang = phrase.French
	}
	s := &Server{
		service: o.Service, signals: o.Signals, rules: o.Rules, alerts: o.Alerts, consents: o.Consents, quarantine: o.Quarantine, findings: o.Findings, onCall: o.OnCall, watch: o.Watch, rehearsals: o.Rehearsals, log: o.Log, lang: o.Lang, base: o.Base, secure: !o.InsecureCookies,
		mounts: o.Mounts, openLoopback: o.OpenLoopback,
		origin: http.NewCrossOriginProtection(), limit: newLimiter(), signIns: make(chan struct{}, maxSignIns),
	}
	if err := s.trust(o.Base); err != nil {
		return nil, err
	}
	if _, err := rand.Read(s.key[:]); err != nil {
		return nil, fmt.Errorf("draw the key of forms: %w", err)
	}
	var err error
	if s.assets, err = readAssets(); err != nil {
		return nil, err
	}
	if s.pages, err = parsedPages(); err != nil {
		return nil, err
	}
	s.sessions = s.manager(o.Sessions)
	s.handler = s.build()
	return s, nil
}

// Handler gives the whole site.
func (s *Server) Handler() http.Handler { return s.handler }

// Machines serves the mounts alone, for a listener of their own.
func (s *Server) Machines(mounts ...Mount) http.Handler {
	mux := http.NewServeMux()
	for _, m := range mounts {
		mux.Handle(m.Pattern, s.mount(m))
	}
	return s.recover(s.headers(s.sameOrigin(mux)))
}

func (s *Server) trust(base string) error {
	if base == "" {
		return nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("read the address of the pages %q: write it as https://host", base)
	}
	if err := s.origin.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
		return fmt.Errorf("trust the address of the pages %q: %w", base, err)
	}
	return nil
}

func (s *Server) manager(store scs.CtxStore) *scs.SessionManager {
	m := scs.New()
	m.Store = store
	m.Lifetime = sessionLife
	m.Cookie.Name = s.cookieName("safelight")
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = s.secure
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		s.fail(w, s.stranger(r), fmt.Errorf("read or save the session: %w", err))
	}
	return m
}

// cookieName adds the prefix by which a browser accepts a cookie only from
// this host over TLS.
func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func (s *Server) build() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.serve(r))
	}
	mux.Handle("/api/v1/", s.known(s.api()))
	for _, m := range s.mounts {
		mux.Handle(m.Pattern, s.mount(m))
	}
	return s.recover(s.headers(s.sameOrigin(s.unknown(mux))))
}

// serve is the way of a request to one route.
func (s *Server) serve(r route) http.Handler {
	bare := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		v := visitOf(req)
		if v == nil {
			v = s.stranger(req)
		}
		if err := s.admit(w, v, r); err != nil {
			s.fail(w, v, err)
			return
		}
		if err := r.serve(w, v); err != nil {
			s.fail(w, v, err)
		}
		if v.MultipartForm != nil {
			_ = v.MultipartForm.RemoveAll() // files of the temporary folder; nothing is lost if they stay
		}
	})
	if r.who == machine {
		return bare
	}
	return s.known(bare)
}

// admit demands what a route demands before its handler runs.
func (s *Server) admit(w http.ResponseWriter, v *visit, r route) error {
	if r.who == person && !v.signedIn() {
		return errSignIn
	}
	if r.who == person && r.pattern != signOut {
		if err := v.actor().Require(people.Read); err != nil {
			return err // the account of a machine
		}
	}
	if v.Method == http.MethodGet || v.Method == http.MethodHead {
		return nil
	}
	limit := r.body
	if limit == 0 {
		limit = formLimit
	}
	v.Body = http.MaxBytesReader(w, v.Body, limit)
	return s.checkForm(v)
}

// unknown answers what no route fits, and a method that a route does not have,
// with a page or a problem instead of the mux's plain text.
func (s *Server) unknown(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		silent := silentWriter{header: http.Header{}}
		h.ServeHTTP(silent, r)
		err := errNoPage
		if allow := silent.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
			err = errMethod
		}
		s.known(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.fail(w, visitOf(r), err)
		})).ServeHTTP(w, r)
	})
}

// silentWriter keeps the headers of an answer and drops the rest.
type silentWriter struct{ header http.Header }

func (w silentWriter) Header() http.Header         { return w.header }
func (w silentWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w silentWriter) WriteHeader(int)             {}

func (s *Server) headers(next http.Handler) http.Handler {
	const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; " +
		"frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p) // the server's own way of cutting a connection
			default:
				s.log.Error("a handler panicked", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				http.Error(w, "500", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
