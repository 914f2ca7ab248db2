package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// The errors that only a web server knows.
var (
	errSignIn   = errors.New("sign in first")
	errToken    = errors.New("the token is not known")
	errPassword = errors.New("login or password is wrong")
	errWait     = errors.New("too many failed sign-ins; wait a quarter of an hour")
	errOrigin   = errors.New("the request comes from another site")
	errCSRF     = errors.New("the form has no valid token; load the page again")
	errForm     = errors.New("the form cannot be read")
	errNoPage   = errors.New("no such page")
	errMethod   = errors.New("this address does not take the method")
)

// verdict is what a kind of error means to the one who asked.
type verdict struct {
	status int
	say    phrase.Key
	detail bool // the error's own sentence may be shown: it is about what was asked
}

// kinds is the one table from errors to answers; the first that fits counts.
func kinds() []struct {
	err error
	verdict
} {
	return []struct {
		err error
		verdict
	}{
		{errSignIn, verdict{http.StatusUnauthorized, "error.sign-in", false}},
		{errToken, verdict{http.StatusUnauthorized, "error.token", false}},
		{errPassword, verdict{http.StatusUnauthorized, "error.password", false}},
		{errWait, verdict{http.StatusTooManyRequests, "error.wait", false}},
		{errOrigin, verdict{http.StatusForbidden, "error.origin", false}},
		{errCSRF, verdict{http.StatusForbidden, "error.csrf", false}},
		{errForm, verdict{http.StatusBadRequest, "error.form", false}},
		{errNoPage, verdict{http.StatusNotFound, "error.no-page", false}},
		{errMethod, verdict{http.StatusMethodNotAllowed, "error.method", false}},
		{journal.ErrNotFound, verdict{http.StatusNotFound, "error.not-found", true}},
		{journal.ErrForbidden, verdict{http.StatusForbidden, "error.forbidden", true}},
		{journal.ErrTooLarge, verdict{http.StatusRequestEntityTooLarge, "error.too-large", true}},
		{journal.ErrInvalid, verdict{http.StatusUnprocessableEntity, "error.invalid", true}},
		{journal.ErrConflict, verdict{http.StatusConflict, "error.conflict", true}},
		{context.Canceled, verdict{http.StatusServiceUnavailable, "error.busy", false}},
		{context.DeadlineExceeded, verdict{http.StatusServiceUnavailable, "error.busy", false}},
	}
}

// judge finds the verdict on an error: typed errors first, then the kinds.
func judge(err error) verdict {
	var (
		transition *incident.TransitionError
		stage      *postmortem.StageError
		revision   *postmortem.RevisionError
		tooLarge   *http.MaxBytesError
	)
	switch {
	case errors.As(err, &transition):
		return verdict{http.StatusConflict, "error.transition", true}
	case errors.As(err, &stage):
		return verdict{http.StatusConflict, "error.stage", true}
	case errors.As(err, &revision):
		return verdict{http.StatusConflict, "error.revision", true}
	case errors.As(err, &tooLarge):
		return verdict{http.StatusRequestEntityTooLarge, "error.body", false}
	}
	for _, k := range kinds() {
		if errors.Is(err, k.err) {
			return k.verdict
		}
	}
	return verdict{http.StatusInternalServerError, "error.internal", false}
}

// detailOf gives the error's own sentence where it may be shown, and the
// language that it is in: English where it has no sentence in another one.
func (d verdict) detailOf(l phrase.Lang, err error) (string, phrase.Lang) {
	if !d.detail {
		return "", l
	}
	text, known := phrase.Error(l, err)
	if !known {
		l = phrase.English
	}
	return strings.ReplaceAll(journal.WithoutKind(text), "\n", "; "), l
}

// errorPage is the page of every error.
type errorPage struct {
	frame
	Status   int
	Sentence string
	Detail   string      // as the domain says it
	In       phrase.Lang // of the detail
	Back     string      // where the form stood
	Sent     []sentField // what the person wrote, so that it is not lost
}

type sentField struct{ Name, Value string }

// fail is the one place where an error becomes an answer.
func (s *Server) fail(w http.ResponseWriter, v *visit, err error) {
	d := judge(err)
	if d.status >= http.StatusInternalServerError {
		s.log.Error("a request went wrong", "method", v.Method, "path", v.URL.Path, "error", err)
	}
	if d.status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(int(failureWindow.Seconds())))
	}
	switch {
	case strings.HasPrefix(v.URL.Path, "/api/"):
		s.problem(w, v, err)
	case errors.Is(err, errSignIn) && v.Method == http.MethodGet:
		http.Redirect(w, v.Request, "/sign-in?next="+url.QueryEscape(v.URL.RequestURI()), http.StatusSeeOther)
	default:
		p := errorPage{
			frame: s.frame(v, phrase.Say(v.lang, "error.title")), Status: d.status,
			Sentence: phrase.Say(v.lang, d.say), Back: backOf(v), Sent: sentFields(v),
		}
		p.Detail, p.In = d.detailOf(v.lang, err)
		if err := s.render(w, "error", d.status, p); err != nil {
			s.log.Error("the page of an error could not be written", "error", err)
			http.Error(w, p.Sentence, d.status)
		}
	}
}

// sentFields lists the longer texts of the form that did not succeed.
func sentFields(v *visit) []sentField {
	var list []sentField
	for _, f := range []string{
		"text", "reason", "situation", "mitigation", "next", "title", "answer", "question", "stop", "refutedIf", "proof", "link", "markdown",
	} {
		if value := v.PostForm.Get(f); value != "" && v.Method == http.MethodPost {
			list = append(list, sentField{f, value})
		}
	}
	return list
}

// backOf is where the person came from: the incident of the form, else the list.
func backOf(v *visit) string {
	if id := v.PathValue("id"); id != "" && v.Method == http.MethodPost {
		return "/incidents/" + url.PathEscape(id)
	}
	return "/"
}

// problem answers an API request as RFC 9457 says.
func (s *Server) problem(w http.ResponseWriter, v *visit, err error) {
	m, l := problemOf(v.lang, err)
	if m.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="safelight"`)
	}
	writeProblem(w, m, l)
}

func writeProblem(w http.ResponseWriter, m *huma.ErrorModel, l phrase.Lang) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Language", string(l))
	w.WriteHeader(m.Status)
	writeJSON(w, m)
}

// problemOf says an error as a problem: a stable type, a sentence as title, the
// domain's own sentence as detail. Both are in the reader's language, or both
// in English where the detail is known in English only.
func problemOf(l phrase.Lang, err error) (*huma.ErrorModel, phrase.Lang) {
	d := judge(err)
	detail, l := d.detailOf(l, err)
	return &huma.ErrorModel{
		Type:   "urn:safelight:" + strings.ReplaceAll(string(d.say), ".", ":"),
		Title:  phrase.Say(l, d.say),
		Status: d.status,
		Detail: detail,
	}, l
}

// refusal is a problem as the handlers of the API give it.
func refusal(l phrase.Lang, err error) error {
	m, l := problemOf(l, err)
	return huma.ErrorWithHeaders(m, http.Header{"Content-Language": {string(l)}})
}
