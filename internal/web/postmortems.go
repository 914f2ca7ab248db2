package web

import (
	"errors"
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// publicationsModel lists what has been published.
type publicationsModel struct {
	frame
	List []Publication
}

// publicationModel is one published postmortem.
type publicationModel struct {
	frame
	ID   string
	HTML template.HTML
}

func (s *Server) publications(w http.ResponseWriter, v *visit) error {
	list, err := s.service.Publications(v.Context())
	if err != nil {
		return err
	}
	return s.render(w, "postmortems", http.StatusOK, publicationsModel{s.frame(v, phrase.Say(v.lang, "nav.postmortems")), list})
}

// publishedName is what may be asked of the repository: the id alone is the page.
var publishedName = regexp.MustCompile(`^(PM-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2,9})(\.en\.md|\.fr\.md|\.md|\.json)?$|^reports\.csv$`)

// publication shows a published postmortem, or gives one of its files.
func (s *Server) publication(w http.ResponseWriter, v *visit) error {
	name := v.PathValue("name")
	parts := publishedName.FindStringSubmatch(name)
	switch {
	case parts == nil:
		return errNoPage
	case parts[1] != "" && parts[2] == "":
		return s.publicationPage(w, v, name)
	}
	b, err := s.service.Published(v.Context(), name)
	if err != nil {
		return err
	}
	kinds := map[string]string{".md": "text/markdown; charset=utf-8", ".json": "application/json", ".csv": "text/csv; charset=utf-8"}
	w.Header().Set("Content-Type", kinds[name[strings.LastIndexByte(name, '.'):]])
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`) // the pattern allows no quote
	_, _ = w.Write(b)
	return nil
}

func (s *Server) publicationPage(w http.ResponseWriter, v *visit, id string) error {
	// The file without a language in its name is in the configured language;
	// the other one carries its language.
	b, err := s.service.Published(v.Context(), id+"."+string(v.lang)+".md")
	if errors.Is(err, journal.ErrNotFound) {
		b, err = s.service.Published(v.Context(), id+".md")
	}
	if err != nil {
		return err
	}
	html, err := markdown(b, 1)
	if err != nil {
		return err
	}
	return s.render(w, "postmortem", http.StatusOK, publicationModel{s.frame(v, id), id, html})
}
