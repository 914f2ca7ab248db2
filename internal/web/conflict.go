package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// conflictModel shows three texts when two people edited one revision: what both began with, the other's, which is stored, and one's own,
// which is in the form, joined with the other's as far as the two do not contradict each other.
type conflictModel struct {
	frame
	ID        string
	Based     int
	Current   int
	Mine      string
	Theirs    string
	TheirsBy  string
	Merged    string
	Conflicts int
	Changes   []change
}

// change is a place that one of two people changed, or both.
type change struct {
	Number             int
	Base, Mine, Theirs string
	Conflict           bool
}

// editPostmortem stores a revision. When somebody was faster, nothing is
// lost: the page shows both and takes the merged text.
func (s *Server) editPostmortem(w http.ResponseWriter, v *visit) error {
	f, id := fields{v.PostForm}, v.PathValue("id")
	edit := EditPostmortem{Based: f.number("based"), Through: int64(f.number("through")), Markdown: unixLines(v.PostForm.Get("markdown"))}
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
	base, err := s.service.EditBase(v.Context(), c, edit)
	if err != nil {
		return err
	}
	d := c.Analysis.Document
	m := conflictModel{
		frame: s.frame(v, phrase.Say(v.lang, "page.conflict")), ID: c.Incident.ID,
		Based: other.Based, Current: c.Analysis.Revision, Mine: edit.Markdown,
		Theirs: string(d.Markdown(d.Lang)), TheirsBy: namesOf(persons).Of(c.Analysis.WrittenBy),
	}
	m.join(string(base.Markdown(d.Lang)))
	return s.render(w, "conflict", http.StatusConflict, m)
}

// join merges the two texts and lists the places that were changed.
func (m *conflictModel) join(base string) {
	hunks := postmortem.Merge(base, m.Mine, m.Theirs)
	m.Merged, m.Conflicts = postmortem.Merged(hunks, m.Say("page.conflict.mine"), m.Say("page.conflict.theirs", m.Current))
	for _, h := range hunks {
		if h.Changed {
			m.Changes = append(m.Changes, change{len(m.Changes) + 1, strings.Join(h.Base, ""), strings.Join(h.Mine, ""), strings.Join(h.Theirs, ""), h.Conflict})
		}
	}
}
