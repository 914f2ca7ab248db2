package web

import (
	"encoding/xml"
	"net/http"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// feedPath is where feed readers find the publications, for good.
const feedPath = "/postmortems/feed.atom"

// atomFeed is an Atom feed (RFC 4287).
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string         `xml:"id"`
	Title     string         `xml:"title"`
	Published string         `xml:"published"`
	Updated   string         `xml:"updated"`
	Links     []atomLink     `xml:"link"`
	Category  []atomCategory `xml:"category"`
	Summary   string         `xml:"summary"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

// feedLimit is how many publications a feed names, the newest first.
const feedLimit = 100

// publicationFeed serves the publications to feed readers, which show an API token as a password.
func (s *Server) publicationFeed(w http.ResponseWriter, v *visit) error {
	if !v.signedIn() {
		w.Header().Set("WWW-Authenticate", `Basic realm="safelight"`)
		s.problem(w, v, errSignIn)
		return nil
	}
	if err := v.actor().Require(people.Read); err != nil {
		return err
	}
	list, err := s.service.Publications(v.Context())
	if err != nil {
		return err
	}
	now, _ := s.service.Now()
	text, err := xml.MarshalIndent(feedOf(list[:min(len(list), feedLimit)], s.address(v), v.lang, now), "", " ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	_, _ = w.Write(append([]byte(xml.Header), text...)) // the client may have gone
	return nil
}

// address is the one that people use, or else the one that was asked.
func (s *Server) address(v *visit) string {
	if s.base != "" {
		return s.base
	}
	scheme := "http"
	if v.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + v.Host
}

func feedOf(list []Publication, base string, l phrase.Lang, now time.Time) atomFeed {
	f := atomFeed{
		Lang: string(l), ID: base + feedPath, Title: phrase.Say(l, "publication.feed"), Updated: now.UTC().Format(time.RFC3339),
		Author: atomAuthor{"Safelight"},
		Links:  []atomLink{{Rel: "self", Type: "application/atom+xml", Href: base + feedPath}, {Rel: "alternate", Type: "text/html", Href: base + "/postmortems"}},
	}
	for i, p := range list {
		at := base + "/postmortems/" + p.ID
		updated := p.PublishedAt.UTC().Format(time.RFC3339)
		if i == 0 || updated > f.Updated {
			f.Updated = updated
		}
		first := p.FirstAt
		if first.IsZero() {
			first = p.PublishedAt
		}
		f.Entries = append(f.Entries, atomEntry{
			ID: at, Title: p.ID + " · " + p.Title, Published: first.UTC().Format(time.RFC3339), Updated: updated,
			Links:    []atomLink{{Rel: "alternate", Type: "text/html", Href: at}, {Rel: "related", Type: "text/markdown", Href: at + ".md"}},
			Category: []atomCategory{{p.Severity}}, Summary: phrase.Say(l, "publication.feed.summary", p.Severity, p.Revision),
		})
	}
	return f
}
