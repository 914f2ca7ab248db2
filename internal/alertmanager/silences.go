package alertmanager

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// postableSilence is a silence as it is posted. Pointers tell what is missing.
type postableSilence struct {
	ID        string    `json:"id"`
	Matchers  []matcher `json:"matchers"`
	StartsAt  *moment   `json:"startsAt"`
	EndsAt    *moment   `json:"endsAt"`
	CreatedBy *string   `json:"createdBy"`
	Comment   *string   `json:"comment"`
}

type matcher struct {
	Name    *string `json:"name"`
	Value   *string `json:"value"`
	IsRegex *bool   `json:"isRegex"`
	IsEqual *bool   `json:"isEqual"`
}

// parseSilence reads the body of POST /api/v2/silences.
func parseSilence(text []byte) (postableSilence, alert.Terms, error) {
	var p postableSilence
	if err := json.Unmarshal(text, &p); err != nil {
		return p, alert.Terms{}, unreadable("silence", plain(err))
	}
	for _, f := range []struct {
		missing bool
		name    string
	}{
		{p.Comment == nil, "comment"}, {p.CreatedBy == nil, "createdBy"}, {p.EndsAt == nil, "endsAt"},
		{p.Matchers == nil, "matchers"}, {p.StartsAt == nil, "startsAt"},
	} {
		if f.missing {
			return p, alert.Terms{}, required(f.name)
		}
	}
	if len(p.Matchers) == 0 {
		return p, alert.Terms{}, &refusal{http.StatusUnprocessableEntity, codeItems, "matchers in body should have at least 1 items"}
	}
	if len(p.Matchers) > alert.MaxMatchers {
		return p, alert.Terms{}, fmt.Errorf("%d matchers, the limit is %d: %w", len(p.Matchers), alert.MaxMatchers, journal.ErrTooLarge)
	}
	terms := alert.Terms{StartsAt: p.StartsAt.Time, EndsAt: p.EndsAt.Time, Comment: *p.Comment}
	for i, m := range p.Matchers {
		read, err := m.read(i)
		if err != nil {
			return p, alert.Terms{}, err
		}
		terms.Matchers = append(terms.Matchers, read)
	}
	return p, terms, nil
}

func (m matcher) read(i int) (alert.Matcher, error) {
	for _, f := range []struct {
		missing bool
		name    string
	}{{m.IsRegex == nil, "isRegex"}, {m.Name == nil, "name"}, {m.Value == nil, "value"}} {
		if f.missing {
			return alert.Matcher{}, required(fmt.Sprintf("matchers.%d.%s", i, f.name))
		}
	}
	read, err := alert.NewMatcher(*m.Name, alert.OpOf(m.IsEqual == nil || *m.IsEqual, *m.IsRegex), *m.Value)
	if err != nil {
		return read, fmt.Errorf("silence invalid: invalid label matcher %d: %w", i, err)
	}
	return read, nil
}

// PostSilences serves POST /api/v2/silences: a new silence, or a change of one.
func (s *Server) PostSilences(w http.ResponseWriter, r *http.Request) {
	text, err := body(w, r, maxSilence, "silence")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	posted, terms, err := parseSilence(text)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	id, err := s.Service.SetSilence(r.Context(), people.FromContext(r.Context()), posted.ID, terms, *posted.CreatedBy)
	switch {
	case errors.Is(err, journal.ErrInvalid), errors.Is(err, journal.ErrTooLarge):
		writeJSON(w, http.StatusBadRequest, "Failed to create silence: "+journal.Sentence(err)) // Alertmanager's words
	case err != nil:
		s.fail(w, r, err)
	default:
		writeJSON(w, http.StatusOK, map[string]string{"silenceID": id})
	}
}

// gettableSilence is a silence as the API shows it.
type gettableSilence struct {
	ID        string         `json:"id"`
	Status    silenceStatus  `json:"status"`
	UpdatedAt moment         `json:"updatedAt"`
	Comment   string         `json:"comment"`
	CreatedBy string         `json:"createdBy"`
	EndsAt    moment         `json:"endsAt"`
	Matchers  alert.Matchers `json:"matchers"`
	StartsAt  moment         `json:"startsAt"`
}

type silenceStatus struct {
	State alert.SilenceState `json:"state"`
}

func (s *Server) show(silence Silence) gettableSilence {
	return gettableSilence{
		ID: silence.ID, Status: silenceStatus{silence.State(s.Now())}, UpdatedAt: moment{silence.UpdatedAt}, Comment: silence.Comment,
		CreatedBy: silence.Author, EndsAt: moment{silence.EndsAt}, Matchers: silence.Matchers, StartsAt: moment{silence.StartsAt},
	}
}

// GetSilences serves GET /api/v2/silences.
func (s *Server) GetSilences(w http.ResponseWriter, r *http.Request) {
	filter, err := parseFilter(r.URL.Query()["filter"])
	if err != nil {
		s.fail(w, r, err)
		return
	}
	found, err := s.Service.ListSilences(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	authors := map[string]string{}
	var silences []alert.Silence
	for _, f := range found {
		if filtered(f.Matchers, filter) {
			silences, authors[f.ID] = append(silences, f.Silence), f.Author
		}
	}
	alert.SortSilences(silences, s.Now())
	list := make([]gettableSilence, len(silences))
	for i, silence := range silences {
		list[i] = s.show(Silence{silence, authors[silence.ID]})
	}
	writeJSON(w, http.StatusOK, list)
}

// filtered tells whether a silence has each matcher of a filter.
func filtered(ms, filter alert.Matchers) bool {
	for _, want := range filter {
		if !slices.ContainsFunc(ms, want.Same) {
			return false
		}
	}
	return true
}

var uuid = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// silenceID reads the id out of the path.
func silenceID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if !uuid.MatchString(id) {
		return "", &refusal{http.StatusUnprocessableEntity, codeType, fmt.Sprintf("silenceID in path must be of type uuid: %.60q", id)}
	}
	return id, nil
}

// GetSilence serves GET /api/v2/silence/{id}.
func (s *Server) GetSilence(w http.ResponseWriter, r *http.Request) {
	id, err := silenceID(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	silence, err := s.Service.FindSilence(r.Context(), id)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		s.fail(w, r, err)
	default:
		writeJSON(w, http.StatusOK, s.show(silence))
	}
}

// DeleteSilence serves DELETE /api/v2/silence/{id}: it ends the silence.
func (s *Server) DeleteSilence(w http.ResponseWriter, r *http.Request) {
	id, err := silenceID(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	err = s.Service.ExpireSilence(r.Context(), people.FromContext(r.Context()), id)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		s.fail(w, r, err)
	default:
		w.WriteHeader(http.StatusOK)
	}
}
