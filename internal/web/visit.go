package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// visit is a request with who asks, in which language.
type visit struct {
	*http.Request
	lang   phrase.Lang
	who    people.Person // the zero Person is nobody
	csrf   string        // what a form of this visit must carry
	bearer bool          // known by an API token, which no browser sends by itself
	loaded bool          // the session has been loaded
}

func (v *visit) signedIn() bool { return v.who.ID != "" }

// actor is the visitor as the doer of a command.
func (v *visit) actor() people.Actor { return v.who.Actor() }

type visitKey struct{}

// visitOf gives the visit that known has put into the request, or nil.
func visitOf(r *http.Request) *visit {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	return v
}

// stranger is a visit by nobody.
func (s *Server) stranger(r *http.Request) *visit {
	return &visit{Request: r, lang: s.language(r)}
}

// The names of what a session holds.
const (
	sessionPerson = "person"
	sessionCSRF   = "csrf"
	sessionFlash  = "flash"
)

// known finds out who asks: by the bearer token of an API request, else by the session.
func (s *Server) known(next http.Handler) http.Handler {
	return s.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.stranger(r)
		v.loaded = true
		if err := s.identify(w, v); err != nil {
			s.fail(w, v, err)
			return
		}
		s.keepLanguage(w, v)
		v.Request = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		next.ServeHTTP(w, v.Request)
	}))
}

func (s *Server) identify(w http.ResponseWriter, v *visit) error {
	token, ok := bearer(v.Request)
	if _, password, basic := v.BasicAuth(); basic && v.URL.Path == feedPath {
		token, ok = password, true // it is all that feed readers can send
	}
	if ok && (strings.HasPrefix(v.URL.Path, "/api/") || v.URL.Path == feedPath) {
		who, err := s.service.ByToken(v.Context(), token)
		if isKnownNot(err) {
			return errToken
		}
		v.who, v.bearer = who, true
		return err
	}
	id := people.ID(s.sessions.GetString(v.Context(), sessionPerson))
	if id == "" {
		v.csrf = s.visitorToken(w, v.Request)
		return nil
	}
	who, err := s.service.Person(v.Context(), id)
	if errors.Is(err, journal.ErrNotFound) {
		return s.sessions.Destroy(v.Context()) // the account is gone: a visitor like any other
	}
	v.who, v.csrf = who, s.sessions.GetString(v.Context(), sessionCSRF)
	return err
}

// isKnownNot tells whether an error says that a token belongs to nobody.
func isKnownNot(err error) bool {
	return errors.Is(err, journal.ErrForbidden) || errors.Is(err, journal.ErrNotFound)
}

func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

const langCookie = "safelight_lang"

// language is the one asked for in the address, else the one chosen before,
// else the browser's, else the server's; to machines, which say what they want
// or nothing, it is English.
func (s *Server) language(r *http.Request) phrase.Lang {
	if l, ok := speaks(r.URL.Query().Get("lang")); ok {
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil {
		if l, ok := speaks(c.Value); ok {
			return l
		}
	}
	otherwise := s.lang
	if strings.HasPrefix(r.URL.Path, "/api/") {
		otherwise = phrase.English
	}
	return accepted(r, otherwise)
}

// accepted is the language that a request's header asks for.
func accepted(r *http.Request, otherwise phrase.Lang) phrase.Lang {
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		if l, ok := speaks(strings.TrimSpace(tag)); ok {
			return l // browsers list by preference
		}
	}
	return otherwise
}

func speaks(tag string) (phrase.Lang, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	primary, _, _ = strings.Cut(primary, ";")
	for _, l := range phrase.Langs() {
		if primary == string(l) {
			return l, true
		}
	}
	return "", false
}

// keepLanguage remembers a language that was asked for.
func (s *Server) keepLanguage(w http.ResponseWriter, v *visit) {
	if l, ok := speaks(v.URL.Query().Get("lang")); ok {
		http.SetCookie(w, &http.Cookie{
			Name: langCookie, Value: string(l), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
		})
	}
}

// back redirects after a form, with a flash message.
func (s *Server) back(w http.ResponseWriter, v *visit, to string, flash phrase.Key) error {
	s.sessions.Put(v.Context(), sessionFlash, string(flash))
	http.Redirect(w, v.Request, to, http.StatusSeeOther)
	return nil
}
