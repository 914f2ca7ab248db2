package repository

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	manifestName = "manifest.json"
	maxManifest  = 64 << 20 // bytes
)

// ManifestFile says what an evidence file is and where it comes from.
type ManifestFile struct {
	Path    string    `json:"path"`   // relative to the manifest's folder, with slashes
	SHA256  string    `json:"sha256"` // 64 lower-case hexadecimal digits
	Size    int64     `json:"size"`   // bytes
	Kind    string    `json:"kind"`
	Source  string    `json:"source"`
	AddedBy string    `json:"addedBy"` // a person's id
	AddedAt time.Time `json:"addedAt"` // UTC in the file
}

type manifest struct {
	Incident string         `json:"incident"`
	Files    []ManifestFile `json:"files"`
}

// Manifest gives the text of manifest.json: indented, sorted by path, the same
// bytes for the same files in any order. A path, digest or size that cannot be
// is [journal.ErrInvalid], and so is a path that comes twice.
func Manifest(id string, files []ManifestFile) ([]byte, error) {
	m := manifest{Incident: id, Files: slices.Clone(files)}
	if m.Files == nil {
		m.Files = []ManifestFile{} // [] in the file, not null
	}
	slices.SortFunc(m.Files, func(a, b ManifestFile) int { return strings.Compare(a.Path, b.Path) })
	for i := range m.Files {
		f := &m.Files[i]
		if err := f.validate(); err != nil {
			return nil, fmt.Errorf("manifest of %s: %w", id, err)
		}
		if i > 0 && m.Files[i-1].Path == f.Path {
			return nil, fmt.Errorf("manifest of %s: path %q: twice: %w", id, f.Path, journal.ErrInvalid)
		}
		f.AddedAt = f.AddedAt.UTC()
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("manifest of %s: %v: %w", id, err, journal.ErrInvalid)
	}
	return text.Bytes(), nil
}

func (f ManifestFile) validate() error {
	if err := validatePath(f.Path); err != nil {
		return err
	}
	if b, err := hex.DecodeString(f.SHA256); err != nil || len(b) != sha256.Size || hex.EncodeToString(b) != f.SHA256 {
		return fmt.Errorf("file %s: sha256 %q is not 64 lower-case hexadecimal digits: %w", f.Path, f.SHA256, journal.ErrInvalid)
	}
	if f.Size < 0 {
		return fmt.Errorf("file %s: size %d: %w", f.Path, f.Size, journal.ErrInvalid)
	}
	return nil
}
