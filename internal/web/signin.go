package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// signInModel is the page that asks who you are.
type signInModel struct {
	frame
	Login   string
	Next    string
	Problem string
}

// home leads to the incidents.
func (s *Server) home(w http.ResponseWriter, v *visit) error {
	http.Redirect(w, v.Request, "/incidents", http.StatusSeeOther)
	return nil
}

func (s *Server) signInPage(w http.ResponseWriter, v *visit) error {
	if v.signedIn() {
		return s.home(w, v)
	}
	return s.askWho(w, v, http.StatusOK, nil)
}

func (s *Server) askWho(w http.ResponseWriter, v *visit, status int, problem error) error {
	p := signInModel{
		frame: s.frame(v, phrase.Say(v.lang, "page.sign-in")), Login: v.PostForm.Get("login"), Next: local(v.FormValue("next")),
	}
	if problem != nil {
		p.Problem = phrase.Say(v.lang, judge(problem).say)
	}
	return s.render(w, "sign-in", status, p)
}

// signIn checks a password. Failures are counted per login and address.
func (s *Server) signIn(w http.ResponseWriter, v *visit) error {
	login := strings.TrimSpace(v.PostForm.Get("login"))
	key := limitKey(login, v.Request)
	if s.limit.wait(key, time.Now()) > 0 {
		return errWait
	}
	who, err := s.checkPassword(v, login)
	if errors.Is(err, journal.ErrForbidden) {
		s.limit.failed(key, time.Now())
		return s.askWho(w, v, http.StatusUnauthorized, errPassword)
	}
	if err != nil {
		return err
	}
	s.limit.passed(key)
	return s.enter(w, v, who)
}

// checkPassword runs a few checks at once at most, since each costs memory.
func (s *Server) checkPassword(v *visit, login string) (people.Person, error) {
	select {
	case s.signIns <- struct{}{}:
		defer func() { <-s.signIns }()
	case <-v.Context().Done():
		return people.Person{}, v.Context().Err()
	}
	return s.service.SignIn(v.Context(), login, v.PostForm.Get("password"))
}

// enter begins the session of a person under a new token, so that a token
// that somebody planted before is worth nothing.
func (s *Server) enter(w http.ResponseWriter, v *visit, who people.Person) error {
	if err := s.sessions.RenewToken(v.Context()); err != nil {
		return err
	}
	s.sessions.Put(v.Context(), sessionPerson, string(who.ID))
	s.sessions.Put(v.Context(), sessionCSRF, newToken())
	to := local(v.PostForm.Get("next"))
	if to == "" {
		to = "/incidents"
	}
	http.Redirect(w, v.Request, to, http.StatusSeeOther)
	return nil
}

func (s *Server) signOut(w http.ResponseWriter, v *visit) error {
	if err := s.sessions.Destroy(v.Context()); err != nil {
		return err
	}
	http.Redirect(w, v.Request, "/sign-in", http.StatusSeeOther)
	return nil
}

// local lets only a path of this site pass, or nothing.
func local(next string) string {
	u, err := url.Parse(next)
	bad := err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t")
	if bad {
		return ""
	}
	return next
}
