package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"sync"
	"time"
)

// sameOrigin refuses forms and API calls that another site makes a browser
// send, by Sec-Fetch-Site or Origin. The CSRF token is the second lock.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.origin.Check(r) != nil {
			s.fail(w, s.stranger(r), errOrigin)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// formMemory bounds what of an upload is held in memory; the rest waits in a temporary file.
const formMemory = 1 << 20

// checkForm reads the form and compares its token with the visit's.
func (s *Server) checkForm(v *visit) error {
	kind, _, _ := mime.ParseMediaType(v.Header.Get("Content-Type"))
	err := v.ParseForm()
	if kind == "multipart/form-data" {
		err = v.ParseMultipartForm(formMemory)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", errForm, err)
	case !sameToken(v.PostFormValue("csrf"), v.csrf):
		return errCSRF
	}
	return nil
}

// sameToken compares in constant time; an empty token fits nothing.
func sameToken(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// newToken draws 256 bits.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

const visitorCookie = "safelight_visitor"

// visitorToken binds the sign-in form to a visitor who has no session, by a
// cookie and our key, so that strangers cannot fill the session store.
func (s *Server) visitorToken(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(s.cookieName(visitorCookie))
	if err != nil || len(c.Value) != len(newToken()) {
		c = &http.Cookie{
			Name: s.cookieName(visitorCookie), Value: newToken(), Path: "/", HttpOnly: true,
			Secure: s.secure, SameSite: http.SameSiteLaxMode,
		}
		http.SetCookie(w, c)
	}
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write([]byte(c.Value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Limits of signing in.
const (
	maxFailures   = 5                // of one login from one address …
	failureWindow = 15 * time.Minute // … within this time
	maxTracked    = 4096             // pairs of login and address that are remembered
	maxSignIns    = 4                // password checks at once; each takes much memory on purpose
)

// limiter counts failed sign-ins. Its memory is bounded: when it is full, the
// entry that would be forgotten first goes.
type limiter struct {
	mu      sync.Mutex
	entries map[string]failures
}

type failures struct {
	count int
	until time.Time
}

func newLimiter() *limiter { return &limiter{entries: map[string]failures{}} }

// wait says how long the key must wait, 0 if it may try now.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.entries[key]
	if f.count < maxFailures || !now.Before(f.until) {
		return 0
	}
	return f.until.Sub(now)
}

// failed counts a failure.
func (l *limiter) failed(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.entries[key]
	if !ok && len(l.entries) >= maxTracked {
		l.forget(now)
	}
	if !now.Before(f.until) {
		f = failures{until: now.Add(failureWindow)}
	}
	f.count++
	l.entries[key] = f
}

// passed forgets the failures of a key.
func (l *limiter) passed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.entries, key)
}

// forget drops what is over, and the oldest entry if nothing is.
func (l *limiter) forget(now time.Time) {
	oldest := ""
	for k, f := range l.entries {
		switch {
		case !now.Before(f.until):
			delete(l.entries, k)
		case oldest == "" || f.until.Before(l.entries[oldest].until):
			oldest = k
		}
	}
	if len(l.entries) >= maxTracked {
		delete(l.entries, oldest)
	}
}

// limitKey joins login and address; the digest bounds its length.
func limitKey(login string, r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	sum := sha256.Sum256([]byte(host + "\x00" + login))
	return string(sum[:])
}
