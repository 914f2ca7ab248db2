package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// blob serves a file of an incident by its digest: only one that stands among
// its evidence or in its impact report, so that knowing a digest opens nothing else.
func (s *Server) blob(w http.ResponseWriter, v *visit) error {
	c, err := s.service.Case(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	if c, err = c.For(v.actor()); err != nil {
		return err
	}
	digest := v.PathValue("sha256")
	name, ok := files(c)[digest]
	if !ok {
		return fmt.Errorf("find file %.64q among the evidence of %s: %w", digest, c.Incident.ID, journal.ErrNotFound)
	}
	content, err := s.service.Blob(v.Context(), digest)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // only read
	r := bufio.NewReader(content)
	head, err := r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read file %s: %w", digest, err)
	}
	kind, inline := safeType(head)
	disposition := "attachment"
	if inline {
		disposition = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": path.Base(name)}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	h.Set("ETag", `"`+digest+`"`)
	if strings.Contains(v.Header.Get("If-None-Match"), digest) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, _ = io.Copy(w, r) // the client may have gone
	return nil
}

// safeType names the type by the content and says whether a browser may show
// it: pictures that browsers decode, and text as plain text. Whatever could
// run (HTML, SVG, PDF) is only downloaded.
func safeType(head []byte) (kind string, inline bool) {
	kind = http.DetectContentType(head)
	switch {
	case kind == "image/png", kind == "image/jpeg", kind == "image/gif", kind == "image/webp":
		return kind, true
	case strings.HasPrefix(kind, "text/plain"):
		return "text/plain; charset=utf-8", true
	}
	return "application/octet-stream", false
}

// files names the files of an incident by digest.
func files(c Case) map[string]string {
	list := outputs(c.Entries)
	if i := c.Incident.Impact; i != nil {
		for _, p := range i.Images {
			list[p.Reference], list[p.Candidate], list[p.Heatmap] = p.Path, p.Path, p.Path
		}
	}
	for _, e := range c.Analysis.Evidence {
		list[e.SHA256] = e.Path
	}
	for _, digest := range c.Analysis.Withdrawn() {
		delete(list, digest)
	}
	delete(list, "")
	return list
}
