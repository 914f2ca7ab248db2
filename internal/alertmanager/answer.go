package alertmanager

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
)

// refusal is an error in the form of Alertmanager's generated server: a code
// of its own beside the status.
type refusal struct {
	status, code int
	message      string
}

func (r *refusal) Error() string { return r.message }

// The codes of the generated server.
const (
	codeType     = 601
	codeRequired = 602
	codeItems    = 612
)

func required(what string) error {
	return &refusal{http.StatusUnprocessableEntity, codeRequired, what + " in body is required"}
}

// fail answers an error: a refusal as the generated server does, anything else
// as a JSON string, as Alertmanager's own code does.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refused *refusal
	if errors.As(err, &refused) {
		writeJSON(w, refused.status, map[string]any{"code": refused.code, "message": refused.message})
		return
	}
	status := statusOf(err)
	if noRoom(err) { // clients send again what a server has no room for, and drop what is refused
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", retryAfter)
	}
	if status == http.StatusInternalServerError {
		s.Log.Error("an endpoint of alerts failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	writeJSON(w, status, journal.Sentence(err))
}

// retryAfter is when there may be room again, in seconds.
const retryAfter = "60"

func noRoom(err error) bool {
	var f *alert.FullError
	return errors.As(err, &f)
}

func statusOf(err error) int {
	for _, kind := range []struct {
		err    error
		status int
	}{
		{journal.ErrInvalid, http.StatusBadRequest}, {journal.ErrTooLarge, http.StatusBadRequest}, {journal.ErrConflict, http.StatusBadRequest},
		{journal.ErrNotFound, http.StatusNotFound}, {journal.ErrForbidden, http.StatusForbidden},
	} {
		if errors.Is(err, kind.err) {
			return kind.status
		}
	}
	return http.StatusInternalServerError
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`"the answer could not be written"`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may have gone
}

// body reads a request's JSON within a limit; name is what Alertmanager calls it.
func body(w http.ResponseWriter, r *http.Request, limit int64, name string) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind == "" {
		kind = "application/octet-stream"
	}
	if kind != "application/json" {
		return nil, &refusal{http.StatusUnsupportedMediaType, http.StatusUnsupportedMediaType,
			fmt.Sprintf("unsupported media type %q, only [application/json] are allowed", kind)}
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, &refusal{http.StatusRequestEntityTooLarge, http.StatusRequestEntityTooLarge,
			fmt.Sprintf("%s body has more than %d bytes: send less at once", name, over.Limit)}
	case err != nil:
		return nil, unreadable(name, err)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, required(name)
	}
	return text, nil
}

func unreadable(name string, err error) error {
	return &refusal{http.StatusBadRequest, http.StatusBadRequest, fmt.Sprintf(`parsing %s body from "" failed, because %v`, name, err)}
}

// Unknown answers what has no endpoint, or not with this method.
func (s *Server) Unknown(w http.ResponseWriter, r *http.Request) {
	allowed := map[string][]string{
		"/api/v2/alerts": {"GET", "POST"}, "/api/v2/alerts/groups": {"GET"}, "/api/v2/silences": {"GET", "POST"},
		"/api/v2/status": {"GET"}, "/api/v2/receivers": {"GET"},
	}[r.URL.Path]
	if rest, ok := strings.CutPrefix(r.URL.Path, "/api/v2/silence/"); ok && rest != "" && !strings.Contains(rest, "/") {
		allowed = []string{"GET", "DELETE"}
	}
	if len(allowed) == 0 || slices.Contains(allowed, r.Method) {
		s.fail(w, r, &refusal{http.StatusNotFound, http.StatusNotFound, fmt.Sprintf("path %s was not found", r.URL.Path)})
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ","))
	s.fail(w, r, &refusal{http.StatusMethodNotAllowed, http.StatusMethodNotAllowed,
		fmt.Sprintf("method %s is not allowed, but [%s] are", r.Method, strings.Join(allowed, ","))})
}
