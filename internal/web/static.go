package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

//go:embed static
var staticFiles embed.FS

// assets are the style sheet, the script and the icon, with one version for all.
type assets struct {
	files   map[string][]byte
	version string
}

func readAssets() (assets, error) {
	a := assets{files: map[string][]byte{}}
	sum := sha256.New()
	names, err := fs.Glob(staticFiles, "static/*")
	if err != nil {
		return a, fmt.Errorf("list the static files: %w", err)
	}
	for _, n := range names { // sorted by Glob, so the version is stable
		b, err := staticFiles.ReadFile(n)
		if err != nil {
			return a, fmt.Errorf("read static file %s: %w", n, err)
		}
		a.files[strings.TrimPrefix(n, "static/")] = b
		sum.Write(b)
	}
	a.version = hex.EncodeToString(sum.Sum(nil)[:6])
	return a, nil
}

// static serves a file of ours. Pages ask for it by version, so it may be kept for ever.
func (s *Server) static(w http.ResponseWriter, v *visit) error {
	name := v.PathValue("file")
	b, ok := s.assets.files[name]
	if !ok {
		return errNoPage
	}
	w.Header().Set("Cache-Control", "no-cache")
	if v.URL.Query().Get("v") == s.assets.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("ETag", `"`+s.assets.version+`"`)
	http.ServeContent(w, v.Request, name, time.Time{}, bytes.NewReader(b))
	return nil
}

// healthy says that the process answers.
func (s *Server) healthy(w http.ResponseWriter, _ *visit) error {
	return plain(w, http.StatusOK, "healthy\n")
}

// ready says whether what the server stands on works; what does not is in the log.
func (s *Server) ready(w http.ResponseWriter, v *visit) error {
	if err := s.service.Healthy(v.Context()); err != nil {
		s.log.Warn("not ready", "error", err)
		return plain(w, http.StatusServiceUnavailable, "not ready\n")
	}
	return plain(w, http.StatusOK, "ready\n")
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client may have gone
	return nil
}
