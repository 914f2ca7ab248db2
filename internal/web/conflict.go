package web

import (
	"errors"
	"net/http"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// conflictModel shows both texts when two people edited one revision: the
// other's is stored, one's own is still in the form.
type conflictModel struct {
	frame
	ID       string
	Based    int
	Current  int
	Mine     string
	Theirs   string
	TheirsBy string
}

// editPostmortem stores a revision. When somebody was faster, nothing is
// lost: the page shows both and takes the merged text.
func (s *Server) editPostmortem(w http.ResponseWriter, v *visit) error {
	f, id := fields{v.PostForm}, v.PathValue("id")
	edit := EditPostmortem{Based: f.number("based"), Markdown: unixLines(v.PostForm.Get("markdown"))}
	err := Perform(v.Context(), s.service, v.actor(), id, edit)
	var other *postmortem.RevisionError
	switch {
	case errors.As(err, &other):
		return s.showConflict(w, v, edit, other)
	case err != nil:
		return err
	}
	return s.back(w, v, incidentPath(id, "postmortem"), "page.done.edited")
}

func (s *Server) showConflict(w http.ResponseWriter, v *visit, edit EditPostmortem, other *postmortem.RevisionError) error {
	c, err := s.service.Case(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	persons, err := s.service.People(v.Context())
	if err != nil {
		return err
	}
	d := c.Analysis.Document
	return s.render(w, "conflict", http.StatusConflict, conflictModel{
		frame: s.frame(v, phrase.Say(v.lang, "page.conflict")), ID: c.Incident.ID,
		Based: other.Based, Current: c.Analysis.Revision, Mine: edit.Markdown,
		Theirs: string(d.Markdown(d.Lang)), TheirsBy: namesOf(persons).Of(c.Analysis.WrittenBy),
	})
}
