// Package weights keeps the weights of the LPIPS networks: imports, pulls, loads.
//
// Safelight ships no weights (docs/decisions/0005-lpips-weights.md): a user imports PyTorch files or pulls them from their
// makers. What is kept is a file of our own for each network, NETWORK.weights (file.go), in one of two folders: the state
// of the publication repository, DIR/.safelight/models, where it has one, and the user's cache, safelight/models below
// [os.UserCacheDir]. Both are searched in this order, and what is new goes into the first; see [Folders].
//
// Two parts make a network: the convolutions, which torchvision publishes, and the weights of the distance ("lin"), which
// the authors of LPIPS publish. They may come one by one. Each tensor is kept with its SHA-256, which is compared when it
// is loaded; the digests of the published tensors are known here (published.go), so that whatever file they come in,
// what differs from them is refused unless the user says that any weights will do.
package weights

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/lpips"
)

// Folders lists where weights are kept for a publication repository in dir: its own state first, if it has one.
func Folders(dir string) ([]string, error) {
	var folders []string
	state := filepath.Join(dir, ".safelight")
	if info, err := os.Stat(state); err == nil && info.IsDir() {
		folders = append(folders, filepath.Join(state, "models"))
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		folders = append(folders, filepath.Join(cache, "safelight", "models"))
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("find a folder for weights: %w: run `safelight init` in the folder that --dir names, or set XDG_CACHE_HOME: %w", err, journal.ErrInvalid)
	}
	return folders, nil
}

// Store is the weights in some folders. It reads the disk at every call, so that it sees what another process imported.
type Store struct{ dirs []string }

// Open names the folders, the first of which takes what is imported. None of them need exist.
func Open(dirs ...string) *Store { return &Store{slices.Clone(dirs)} }

// MissingError says that a network cannot be used for want of weights.
type MissingError struct {
	Kind lpips.Kind
	// Parts are those that are missing: Convolutions, Distance.
	Parts []Part
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("load the weights of network %s: its %s are not here", e.Kind, joinParts(e.Parts))
}

// Hint is what to do about it.
func (e *MissingError) Hint() string { return fmt.Sprintf("run `safelight models pull %s`", e.Kind) }

func (e *MissingError) Unwrap() error { return journal.ErrNotFound }

// Part is one of the two parts of a network.
type Part string

// The parts.
const (
	Convolutions Part = "convolutions"
	Distance     Part = "distance"
)

func joinParts(parts []Part) string {
	var names []string
	for _, p := range parts {
		switch p {
		case Convolutions:
			names = append(names, "convolutions")
		case Distance:
			names = append(names, "weights of the distance")
		}
	}
	return strings.Join(names, " and ")
}

// partOf tells the part of a tensor by its name.
func partOf(name string) Part {
	if strings.HasPrefix(name, "lin") {
		return Distance
	}
	return Convolutions
}

// specsOf lists the tensors of a part.
func specsOf(kind lpips.Kind, part Part) []lpips.Spec {
	return slices.DeleteFunc(kind.Specs(), func(s lpips.Spec) bool { return partOf(s.Name) != part })
}

// Load builds a network and gives the digest of its weights (see Status).
// Without its weights the error is a *MissingError; a damaged file is journal.ErrInvalid.
func (s *Store) Load(kind lpips.Kind) (n *lpips.Network, digest string, err error) {
	p, _, err := s.find(kind)
	if err != nil {
		return nil, "", err
	}
	if missing := p.missing(); len(missing) > 0 {
		return nil, "", &MissingError{kind, missing}
	}
	tensors := map[string]lpips.Tensor{}
	for _, t := range p.tensors {
		tensors[t.Name] = lpips.Tensor{Shape: t.Shape, Data: t.data}
	}
	n, err = lpips.New(kind, tensors)
	if err != nil {
		return nil, "", fmt.Errorf("load weights: %w: %w", err, journal.ErrInvalid)
	}
	return n, p.digest(), nil
}

// find reads the first complete pack of the folders, or without one the first; the empty pack if there is none.
func (s *Store) find(kind lpips.Kind) (*pack, string, error) {
	if err := known(kind); err != nil {
		return nil, "", fmt.Errorf("find weights: %w", err)
	}
	best, where := &pack{kind: kind}, ""
	for _, dir := range s.dirs {
		path := filepath.Join(dir, fileName(kind))
		p, err := readPack(path, kind)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, path, err
		}
		if where == "" || len(p.missing()) == 0 {
			best, where = p, path
		}
		if len(p.missing()) == 0 {
			break
		}
	}
	return best, where, nil
}

func known(kind lpips.Kind) error {
	if !slices.Contains(lpips.Kinds(), kind) {
		return fmt.Errorf("there is no network %.20q, there are alex, squeeze and vgg: %w", kind, journal.ErrInvalid)
	}
	return nil
}

// Status is what is known of a network's weights.
type Status struct {
	Network  lpips.Kind `json:"network"`
	Present  bool       `json:"present"`  // at least one part is here
	Complete bool       `json:"complete"` // both parts are here
	Missing  []Part     `json:"missing,omitempty"`
	// Published says that all tensors are the published ones.
	Published bool `json:"published"`
	// Digest is the SHA-256 of the names, shapes and digests of the tensors: equal weights have the same, whatever
	// file they came in.
	Digest string   `json:"digest,omitempty"`
	From   []string `json:"from,omitempty"` // files and addresses they came from
	Path   string   `json:"path,omitempty"`
	Damage string   `json:"damage,omitempty"` // what is wrong with the file
}

// List reads and checks all weights.
func (s *Store) List() []Status {
	var list []Status
	for _, kind := range lpips.Kinds() {
		p, path, err := s.find(kind)
		if err != nil {
			list = append(list, Status{Network: kind, Path: path, Damage: err.Error()})
			continue
		}
		st := Status{Network: kind, Missing: p.missing(), Path: path}
		if st.Present = len(p.tensors) > 0; st.Present {
			st.Complete, st.Published = len(st.Missing) == 0, p.published()
			st.Digest, st.From = p.digest(), p.from()
		}
		list = append(list, st)
	}
	return list
}
