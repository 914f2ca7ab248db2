package web

import (
	"net/http"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// AckLink is what somebody sees who opens the link of a page.
type AckLink struct {
	Incident, Title, Pipeline string
	Severity                  pipeline.Severity
	DetectedAt                time.Time
	To                        string // name of who was paged
	Open                      bool   // nobody has acknowledged yet
	By                        string // name of who has
	ByYou                     bool
	At                        time.Time
}

// ackModel is the page behind a link.
type ackModel struct {
	frame
	Link   AckLink
	Action string
}

// ackRoutes need no session: the link is the credential. Opening it changes nothing.
func (s *Server) ackRoutes() []route {
	return []route{
		{"GET /ack/{token}", anyone, 0, s.ackPage},
		{"POST /ack/{token}", anyone, 0, s.ackByLink},
		{"GET /ack/all/{token}", anyone, 0, s.acksPage},
		{"POST /ack/all/{token}", anyone, 0, s.ackByLinks},
	}
}

func (s *Server) ackPage(w http.ResponseWriter, v *visit) error {
	l, err := s.service.AckLink(v.Context(), v.PathValue("token"))
	if err != nil {
		return err
	}
	w.Header().Set("X-Robots-Tag", "noindex") // the address is a credential
	return s.render(w, "ack", http.StatusOK, ackModel{s.frame(v, phrase.Say(v.lang, "page.ack")), l, v.URL.EscapedPath()})
}

func (s *Server) ackByLink(w http.ResponseWriter, v *visit) error {
	if err := s.service.AcknowledgeByLink(v.Context(), v.PathValue("token")); err != nil {
		return err
	}
	http.Redirect(w, v.Request, v.URL.EscapedPath(), http.StatusSeeOther)
	return nil
}
