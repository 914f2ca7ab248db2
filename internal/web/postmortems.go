package web

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/paper"
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
	ID        string
	HTML      template.HTML
	Revision  int           // that is shown
	Revisions []Publication // the newest first
	Redacted  bool          // and the visitor may read the whole
}

// Old tells whether a later revision has been published than the one that is shown.
func (m publicationModel) Old() bool {
	return len(m.Revisions) > 0 && m.Revision != m.Revisions[0].Revision
}

func (s *Server) publications(w http.ResponseWriter, v *visit) error {
	list, err := s.service.Publications(v.Context())
	if err != nil {
		return err
	}
	return s.render(w, "postmortems", http.StatusOK, publicationsModel{s.frame(v, phrase.Say(v.lang, "nav.postmortems")), list})
}

// publishedName is what may be asked of the repository: the id alone is the page.
var publishedName = regexp.MustCompile(`^(PM-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2,9})(\.en\.md|\.fr\.md|\.md|\.json|\.html|\.pdf)?$|^reports\.csv$`)

// publication shows a published postmortem, or gives one of its files.
func (s *Server) publication(w http.ResponseWriter, v *visit) error {
	name := v.PathValue("name")
	parts := publishedName.FindStringSubmatch(name)
	switch {
	case parts == nil:
		return errNoPage
	case parts[1] != "" && parts[2] == "":
		return s.publicationPage(w, v, name)
	case parts[2] == ".html" || parts[2] == ".pdf":
		return s.publicationPaper(w, v, parts[1], parts[2][1:])
	}
	_, commit, err := s.revision(v, parts[1])
	if err != nil {
		return err
	}
	b, err := s.publishedFile(v, parts[1], name, commit)
	if err != nil {
		return err
	}
	kinds := map[string]string{".md": "text/markdown; charset=utf-8", ".json": "application/json", ".csv": "text/csv; charset=utf-8"}
	w.Header().Set("Content-Type", kinds[name[strings.LastIndexByte(name, '.'):]])
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`) // the pattern allows no quote
	_, _ = w.Write(b)
	return nil
}

// revision finds the published revision that a visit asks for, and its commit; the latest, as it stands in the work tree, if none.
func (s *Server) revision(v *visit, id string) (list []Publication, commit string, err error) {
	if id == "" {
		return nil, "", nil
	}
	if list, err = s.service.PublishedRevisions(v.Context(), id); err != nil {
		return nil, "", err
	}
	asked := v.URL.Query().Get("revision")
	if asked == "" {
		return list, "", nil
	}
	for _, p := range list {
		if strconv.Itoa(p.Revision) == asked {
			return list, p.Commit, nil
		}
	}
	return nil, "", fmt.Errorf("find revision %.20q of %s: it was not published: %w", asked, id, journal.ErrNotFound)
}

func (s *Server) publicationPage(w http.ResponseWriter, v *visit, id string) error {
	list, commit, err := s.revision(v, id)
	if err != nil {
		return err
	}
	d, whole, err := s.publishedDocument(v, id, commit)
	if err != nil {
		return err
	}
	b := d.Markdown(v.lang)
	if whole {
		// The file without a language in its name is in the configured language;
		// the other one carries its language.
		b, err = s.service.Published(v.Context(), id+"."+string(v.lang)+".md", commit)
		if errors.Is(err, journal.ErrNotFound) {
			b, err = s.service.Published(v.Context(), id+".md", commit)
		}
		if err != nil {
			return err
		}
	}
	html, err := paper.Fragment(b, 1, paperMap(d, v.lang))
	if err != nil {
		return err
	}
	c, err := s.service.Case(v.Context(), id)
	if err != nil {
		return err
	}
	m := publicationModel{frame: s.frame(v, id), ID: id, HTML: html, Revisions: list, Redacted: c.Restriction != nil && ReadsWhole(v.actor())}
	for _, p := range list {
		if p.Commit == commit || commit == "" && m.Revision == 0 {
			m.Revision = p.Revision
		}
	}
	return s.render(w, "postmortem", http.StatusOK, m)
}
