package weights

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/lpips"
	"github.com/safelight-dev/safelight/torchfile"
)

// Options say which weights will do.
type Options struct {
	// Any takes weights that are not the published ones. What is measured by them is no LPIPS that anyone else has.
	Any bool
}

// Imported says what was found in a file.
type Imported struct {
	Network lpips.Kind
	Parts   []Part
	Missing []Part // what the network still lacks
}

// Import reads a PyTorch file and keeps what it holds of the networks. Nothing of the file is run. What is no weight
// file, or holds none of the networks, or other weights than the published ones, is journal.ErrInvalid.
func (s *Store) Import(path string, o Options) (Imported, error) {
	return s.importAs(path, filepath.Base(path), o)
}

func (s *Store) importAs(path, from string, o Options) (Imported, error) {
	f, err := os.Open(path)
	if err != nil {
		return Imported{}, fmt.Errorf("import weights: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Imported{}, fmt.Errorf("import weights: %w", err)
	}
	file, err := torchfile.Open(f, info.Size(), torchfile.Limits{})
	if err != nil {
		return Imported{}, fmt.Errorf("import weights from %s: %w: %w", path, err, kindOf(err))
	}
	kind, parts, err := recognise(file)
	if err != nil {
		return Imported{}, fmt.Errorf("import weights from %s: %w: %w", path, err, journal.ErrInvalid)
	}
	whole, err := isPublishedFile(f, kind)
	if err != nil {
		return Imported{}, fmt.Errorf("import weights from %s: %w", path, err)
	}
	tensors, err := load(file, kind, parts, tensor{From: from, Published: whole})
	if err != nil {
		return Imported{}, fmt.Errorf("import weights from %s: %w: %w", path, err, kindOf(err))
	}
	if err := admit(kind, tensors, o); err != nil {
		return Imported{}, fmt.Errorf("import weights from %s: %w: %w", path, err, journal.ErrInvalid)
	}
	missing, err := s.keep(kind, tensors)
	return Imported{kind, parts, missing}, err
}

// kindOf is the kind of an error of torchfile.
func kindOf(err error) error {
	if errors.Is(err, torchfile.ErrTooLarge) {
		return journal.ErrTooLarge
	}
	return journal.ErrInvalid
}

// recognise tells by names and shapes which parts of which network a file holds.
func recognise(f *torchfile.File) (lpips.Kind, []Part, error) {
	for _, kind := range lpips.Kinds() {
		var parts []Part
		for _, part := range []Part{Convolutions, Distance} {
			lacks := func(s lpips.Spec) bool {
				shape, ok := f.Shape(s.Name)
				return !ok || !slices.Equal(shape, s.Shape)
			}
			if !slices.ContainsFunc(specsOf(kind, part), lacks) {
				parts = append(parts, part)
			}
		}
		if len(parts) > 0 {
			return kind, parts, nil
		}
	}
	names := f.Names()
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	return "", nil, fmt.Errorf("its tensors (%.200s) are those of none of the networks: it takes torchvision's alexnet, squeezenet1_1 or vgg16, or the LPIPS v0.1 weights of their distance",
		strings.Join(names, ", "))
}

// isPublishedFile compares the whole file with what the makers publish.
func isPublishedFile(f *os.File, kind lpips.Kind) (bool, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false, err
	}
	digest := hex.EncodeToString(h.Sum(nil))
	return slices.ContainsFunc(sources[kind], func(s source) bool { return len(s.sha256) == len(digest) && s.sha256 == digest }), nil
}

// load reads the tensors of the parts; like holds what all have in common.
func load(f *torchfile.File, kind lpips.Kind, parts []Part, like tensor) ([]tensor, error) {
	var tensors []tensor
	for _, part := range parts {
		for _, s := range specsOf(kind, part) {
			data, err := f.Load(s.Name)
			if err != nil {
				return nil, err
			}
			t := like
			t.Name, t.Shape, t.data, t.SHA256 = s.Name, s.Shape, data, sum(littleEndian(data))
			tensors = append(tensors, t)
		}
	}
	return tensors, nil
}

// admit refuses weights other than the published ones, unless any will do.
func admit(kind lpips.Kind, tensors []tensor, o Options) error {
	if o.Any {
		return nil
	}
	for _, t := range tensors {
		if !t.isPublished(kind) {
			return fmt.Errorf("its tensor %s is not the published one of network %s (SHA-256 %s): add --any to measure by other weights all the same", t.Name, kind, t.SHA256)
		}
	}
	return nil
}

// keep adds tensors to what is there and says what is missing still.
func (s *Store) keep(kind lpips.Kind, tensors []tensor) ([]Part, error) {
	if err := s.takes(kind); err != nil {
		return nil, fmt.Errorf("keep weights: %w", err)
	}
	p := s.usable(kind)
	p.put(tensors)
	return p.missing(), p.write(s.dirs[0])
}

// takes checks that weights of a network can be kept.
func (s *Store) takes(kind lpips.Kind) error {
	if len(s.dirs) == 0 {
		return fmt.Errorf("there is no folder for them: %w", journal.ErrInvalid)
	}
	return known(kind)
}

// usable is what is there of a network. A damaged file counts as nothing: what comes next replaces it.
func (s *Store) usable(kind lpips.Kind) *pack {
	p, _, err := s.find(kind)
	if err != nil {
		return &pack{kind: kind}
	}
	return p
}
