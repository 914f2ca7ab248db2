package prevention

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
)

// TypeSpecimensKept is the event of images that were kept for tests and guards to be held against.
const TypeSpecimensKept = "prevention.specimens-kept"

// MaxSpecimens is how many images of one incident are kept.
const MaxSpecimens = 20

// Specimen is a bad image of an incident and its reference, whose bytes are kept by their digests: what is delivered in its place later
// would prove nothing.
type Specimen struct {
	Path          string `json:"path"` // of the delivered image
	ReferencePath string `json:"referencePath"`
	Reference     string `json:"reference"` // SHA-256
	Delivered     string `json:"delivered"` // SHA-256
	// Metadata says that the harm is in what the image says of itself.
	Metadata bool `json:"metadata,omitempty"`
}

// SpecimensKept names the images.
type SpecimensKept struct {
	Images []Specimen `json:"images"`
}

// KeepSpecimens records images whose bytes are kept. Those that are known, and more than [MaxSpecimens], are passed over.
type KeepSpecimens struct{ SpecimensKept }

func (c KeepSpecimens) decide(s State, inc incident.State, env incident.Env) (journal.Change, error) {
	var fresh []Specimen
	for _, i := range c.Images {
		if err := i.validate(); err != nil {
			return journal.Change{}, fmt.Errorf("keep an image of %s: %w", inc.ID, err)
		}
		if len(s.Specimens)+len(fresh) < MaxSpecimens && !slices.Contains(s.Specimens, i) && !slices.Contains(fresh, i) {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return journal.Change{}, nil
	}
	return event(inc, env, TypeSpecimensKept, SpecimensKept{fresh}), nil
}

func (s Specimen) validate() error {
	for _, name := range []string{s.Path, s.ReferencePath} {
		if !local(name) {
			return fmt.Errorf("path %.80q: give one below the folder of images: %w", name, journal.ErrInvalid)
		}
	}
	if len(s.Reference) != 64 || len(s.Delivered) != 64 {
		return fmt.Errorf("%s: name both images by their SHA-256: %w", s.Path, journal.ErrInvalid)
	}
	return nil
}

// local tells whether a name stays below the folder that it is relative to.
func local(name string) bool {
	return name != "" && len(name) <= 1000 && path.Clean(name) == name && !path.IsAbs(name) && name != ".." && !strings.HasPrefix(name, "../")
}
