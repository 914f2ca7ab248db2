package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// SeenLink is what a member of the board sees who opens the link of a status update.
type SeenLink struct {
	Incident, Title string
	Severity        pipeline.Severity
	Number          int
	Update          incident.Update
	To, By          string // names of the member, and of who sent the update
	Seen            bool   // by that member
	Closed          bool
}

// seenModel is the page behind a link.
type seenModel struct {
	frame
	Link   SeenLink
	Action string
}

// seenRoutes need no session: the link is the credential. Opening it changes nothing.
func (s *Server) seenRoutes() []route {
	return []route{
		{"GET /seen/{token}", anyone, 0, s.seenPage},
		{"POST /seen/{token}", anyone, 0, s.seeByLink},
	}
}

func (s *Server) seenPage(w http.ResponseWriter, v *visit) error {
	l, err := s.service.SeenLink(v.Context(), v.PathValue("token"))
	if err != nil {
		return err
	}
	w.Header().Set("X-Robots-Tag", "noindex") // the address is a credential
	return s.render(w, "seen", http.StatusOK, seenModel{s.frame(v, phrase.Say(v.lang, "page.seen")), l, v.URL.EscapedPath()})
}

func (s *Server) seeByLink(w http.ResponseWriter, v *visit) error {
	if err := s.service.SeeByLink(v.Context(), v.PathValue("token")); err != nil {
		return err
	}
	http.Redirect(w, v.Request, v.URL.EscapedPath(), http.StatusSeeOther)
	return nil
}

// unseen names the members of the board who have not said yet that they have seen a status update.
func (n names) unseen(u incident.Update) string {
	var list []string
	for id, p := range n {
		if p.Role == people.Board && !slices.Contains(u.SeenBy, id) {
			list = append(list, n.Of(id))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// Unseen names whom a status update still waits for.
func (p incidentModel) Unseen(u incident.Update) string { return p.who.unseen(u) }
