package web

import (
	"net/http"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// AckLinks is what somebody sees who opens the link to all pages of a message.
type AckLinks struct {
	To    string    // name of who was paged
	Pages []AckLink // the gravest first
	Open  int       // of them, that nobody has acknowledged yet
}

// acksModel is the page behind the link to many pages.
type acksModel struct {
	frame
	Links  AckLinks
	Action string
}

func (s *Server) acksPage(w http.ResponseWriter, v *visit) error {
	l, err := s.service.AckLinks(v.Context(), v.PathValue("token"))
	if err != nil {
		return err
	}
	w.Header().Set("X-Robots-Tag", "noindex") // the address is a credential
	return s.render(w, "acks", http.StatusOK, acksModel{s.frame(v, phrase.Say(v.lang, "page.acks")), l, v.URL.EscapedPath()})
}

func (s *Server) ackByLinks(w http.ResponseWriter, v *visit) error {
	if err := s.service.AcknowledgeByLinks(v.Context(), v.PathValue("token")); err != nil {
		return err
	}
	http.Redirect(w, v.Request, v.URL.EscapedPath(), http.StatusSeeOther)
	return nil
}
