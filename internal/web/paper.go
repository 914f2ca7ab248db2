package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/paper"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// Limits of the pictures that a printed document shows.
const (
	maxPrinted = 6        // of the worst images
	maxPicture = 32 << 20 // bytes of one
)

// Printed is a document with what its paper says of it.
type Printed struct {
	Document postmortem.Document
	Lang     phrase.Lang // in which it is set
	Revision int         // 0 where it is none yet
	SHA256   string
	At       time.Time
}

// Page makes the page of a document, with the pictures of the worst images where they are kept; open reads one by its digest.
func (p Printed) Page(open func(digest string) (io.ReadCloser, error)) paper.Page {
	d := p.Document
	page := paper.Page{Title: d.ID, Lang: p.Lang, Markdown: d.Markdown(p.Lang), At: p.At, Foot: d.ID, Causes: paperMap(d, p.Lang)}
	if p.Revision > 0 {
		page.Foot += " · " + phrase.Say(p.Lang, "paper.revision", p.Revision)
	}
	if p.SHA256 != "" {
		page.Foot += fmt.Sprintf(" · sha256 %.16s…", p.SHA256)
	}
	for i, image := range d.Impact.Images {
		if i == maxPrinted {
			break
		}
		for _, side := range []struct {
			label  phrase.Key
			digest string
		}{{"document.reference", image.Reference}, {"document.candidate", image.Candidate}, {"document.heatmap", image.Heatmap}} {
			if data := picture(open, side.digest); data != nil {
				page.Pictures = append(page.Pictures, paper.Picture{Caption: image.Path, Label: phrase.Say(p.Lang, side.label), Data: data})
			}
		}
	}
	return page
}

// paperMap is the map of causes of a document as it is drawn in it.
func paperMap(d postmortem.Document, l phrase.Lang) paper.Map {
	return paper.Map{Nodes: d.Map(l), Label: phrase.Say(l, "analysis.map.label", d.ID)}
}

// picture reads a picture; nothing where it is not kept, or is too large to be shown on paper.
func picture(open func(string) (io.ReadCloser, error), digest string) []byte {
	if digest == "" {
		return nil
	}
	r, err := open(digest)
	if err != nil {
		return nil
	}
	defer func() { _ = r.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(r, maxPicture+1))
	if err != nil || len(data) > maxPicture {
		return nil
	}
	return data
}

// Print writes a document in one of its forms.
func Print(p Printed, format string, open func(digest string) (io.ReadCloser, error)) (data []byte, kind string, err error) {
	switch format {
	case "md":
		return p.Document.Markdown(p.Lang), "text/markdown; charset=utf-8", nil
	case "json":
		data, err = p.Document.JSON()
		return data, "application/json", err
	case "html":
		data, err = paper.HTML(p.Page(open))
		return data, "text/html; charset=utf-8", err
	case "pdf":
		data, err = paper.PDF(p.Page(open))
		return data, "application/pdf", err
	}
	return nil, "", fmt.Errorf("write the postmortem as %q: use md, json, html or pdf: %w", format, journal.ErrInvalid)
}

// document gives the document of an incident as it stands, as a file.
func (s *Server) document(w http.ResponseWriter, v *visit) error {
	c, d, _, err := s.standing(v.Context(), v.actor(), v.PathValue("id"))
	if err != nil {
		return err
	}
	if !d.Written() {
		return fmt.Errorf("read the postmortem of %s: it is not drafted yet: %w", c.Incident.ID, journal.ErrNotFound)
	}
	now, _ := s.service.Now()
	p := Printed{Document: d.Document, Lang: v.lang, SHA256: d.SHA256, At: now}
	if !d.Living {
		p.Revision, p.At = c.Analysis.Revision, c.Analysis.WrittenAt
	}
	return hand(w, p, v.PathValue("format"), s.shown(v.Context(), files(c)))
}

// shown opens the pictures among some files: those that the reader may see.
func (s *Server) shown(ctx context.Context, files map[string]string) func(string) (io.ReadCloser, error) {
	return func(digest string) (io.ReadCloser, error) {
		if _, ok := files[digest]; !ok {
			return nil, fmt.Errorf("find picture %.12s among the files of the incident: %w", digest, journal.ErrNotFound)
		}
		return s.service.Blob(ctx, digest)
	}
}

// publicationPaper sets a published postmortem, from its JSON. That of a restricted one shows no pictures: it is read by everybody.
func (s *Server) publicationPaper(w http.ResponseWriter, v *visit, id, format string) error {
	_, commit, err := s.revision(v, id)
	if err != nil {
		return err
	}
	d, _, err := s.publishedDocument(v, id, commit)
	if err != nil {
		return err
	}
	c, err := s.service.Case(v.Context(), id)
	if err != nil {
		return err
	}
	p, pictures := Printed{Document: d, Lang: v.lang}, map[string]string{}
	if c.Restriction == nil {
		pictures = files(c)
	}
	if sealed := d.Sealed; sealed != nil {
		p.Revision, p.SHA256 = sealed.Revision, sealed.SHA256
	}
	return hand(w, p, format, s.shown(v.Context(), pictures))
}

// publishedDocument reads a published postmortem from its JSON, as the visitor may see it, and tells whether that is as it was published. A revision
// that was published before the restriction, and the latest until it is published again, say what is withheld now.
func (s *Server) publishedDocument(v *visit, id, commit string) (d postmortem.Document, whole bool, err error) {
	b, err := s.service.Published(v.Context(), id+".json", commit)
	if err != nil {
		return d, false, err
	}
	if d, err = postmortem.ParseJSON(b); err != nil {
		return d, false, err
	}
	c, err := s.service.Case(v.Context(), id)
	if err != nil || c.Restriction == nil || ReadsWhole(v.actor()) {
		return d, true, err
	}
	public, err := c.Public(d)
	if err != nil {
		return d, false, err
	}
	was, err := d.Hash()
	if err != nil {
		return d, false, err
	}
	is, err := public.Hash()
	if err != nil || was != is {
		return public, false, err
	}
	return d, true, nil
}

// publishedFile gives a file of a publication, as the visitor may see it.
func (s *Server) publishedFile(v *visit, id, name, commit string) ([]byte, error) {
	if id == "" {
		return s.service.Published(v.Context(), name, commit)
	}
	d, whole, err := s.publishedDocument(v, id, commit)
	switch {
	case err != nil:
		return nil, err
	case whole:
		return s.service.Published(v.Context(), name, commit)
	case strings.HasSuffix(name, ".json"):
		return d.JSON()
	}
	for _, l := range phrase.Langs() {
		if strings.HasSuffix(name, "."+string(l)+".md") {
			return d.Markdown(l), nil
		}
	}
	return d.Markdown(d.Lang), nil
}

// hand sends a document as a file.
func hand(w http.ResponseWriter, p Printed, format string, open func(digest string) (io.ReadCloser, error)) error {
	data, kind, err := Print(p, format, open)
	if err != nil {
		return err
	}
	name := strings.Map(func(r rune) rune {
		if r == '"' || r < ' ' {
			return -1
		}
		return r
	}, p.Document.ID)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+"."+string(p.Lang)+"."+format+`"`)
	_, _ = w.Write(data) // the client may have gone
	return nil
}
