package app

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/internal/codec"
	"github.com/safelight-dev/safelight/internal/faces"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/watch"
	"github.com/safelight-dev/safelight/internal/weights"
	"github.com/safelight-dev/safelight/lpips"
	"github.com/safelight-dev/safelight/pixels"
	"github.com/safelight-dev/safelight/provenance"
)

// maxTrust bounds a list of trusted certificates; a certificate has about two kilobytes.
const maxTrust = 1 << 20

// Engine is what measuring needs besides a configuration: the process of the
// native decoders and the networks of LPIPS. Both are found when first needed.
type Engine struct {
	config Config
	dir    string
	pool   *codec.Pool
	faces  *faces.Detector // nil where none is configured

	mu       sync.Mutex
	networks map[lpips.Kind]network
}

// network is one that was loaded, with the digest of its weights.
type network struct {
	*lpips.Network
	weights string
}

// NewEngine makes an engine for a folder's configuration. Close it.
func NewEngine(dir string, c Config) *Engine {
	return &Engine{config: c, dir: dir, pool: codec.New(codec.Options{Program: c.Codec}), faces: faces.New(c.Faces), networks: map[lpips.Kind]network{}}
}

// Close ends the native decoders.
func (e *Engine) Close() { e.pool.Close() }

// Pixels gives the limits of decoding, with the native decoders.
func (e *Engine) Pixels() pixels.Options {
	o := e.config.Limits.Pixels()
	o.Native = e.pool.Decode
	return o
}

// Formats tells what the native decoders can do here.
func (e *Engine) Formats() ([]codec.Capability, error) { return e.pool.Capabilities() }

// Meter says how images of a class are measured. full asks for every metric.
func (e *Engine) Meter(class pipeline.Class, full bool) (measure.Options, error) {
	budget, ok := e.config.Watch.Classes[class]
	if !ok {
		classes := slices.Sorted(maps.Keys(e.config.Watch.Classes))
		return measure.Options{}, fmt.Errorf("%w: %w", phrase.Errorf("picture.class", string(class), joined(classes)), journal.ErrInvalid)
	}
	swatches, err := e.config.Watch.Swatches()
	if err != nil {
		return measure.Options{}, err
	}
	o := e.options(class, budget, swatches, full)
	o.Inspector, err = inspector(budget.MetadataPolicy())
	return o, err
}

// PipelineMeter says how what a pipeline delivers is measured: as its class, by the metadata policy of its channel.
func (e *Engine) PipelineMeter(name string, full bool) (measure.Options, error) {
	o, err := e.Meter(e.config.Watch.Pipelines[name].Class, full)
	if err == nil {
		o.Inspector, err = inspector(e.config.Watch.MetadataPolicy(name))
	}
	return o, err
}

// readTrust reads a list of certificates. What is wrong with it is said of the list: its name alone would look like that of
// an image.
func readTrust(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.trust.missing", name), journal.ErrInvalid)
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.trust.irregular", name), journal.ErrInvalid)
	case err == nil && info.Size() > maxTrust:
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.trust.large", name, maxTrust), journal.ErrTooLarge)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.trust", name, err), journal.ErrInvalid)
	}
	return text, nil
}

// ReadTrust reads a list of trusted certificates from a PEM file.
func ReadTrust(name string) (*provenance.TrustList, error) {
	text, err := readTrust(name)
	if err != nil {
		return nil, err
	}
	list, err := provenance.NewTrustList(text, text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.trust", name, err), journal.ErrInvalid)
	}
	return list, nil
}

// inspector reads the lists of certificates that a policy trusts.
func inspector(p pipeline.MetadataPolicy) (*measure.Inspector, error) {
	i := &measure.Inspector{Policy: p, Now: time.Now()}
	var all []byte
	for _, name := range p.Trust {
		text, err := readTrust(name)
		if err != nil {
			return nil, err
		}
		all = append(append(all, text...), '\n')
	}
	if len(all) == 0 {
		return i, nil
	}
	var err error
	if i.Trust, err = provenance.NewTrustList(all, all); err != nil {
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.trust", strings.Join(p.Trust, ", "), err), journal.ErrInvalid)
	}
	i.TrustDigest = fmt.Sprintf("%x", sha256.Sum256(all))
	return i, nil
}

func joined(classes []pipeline.Class) string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// options adds the network where it is wanted and here.
func (e *Engine) options(class pipeline.Class, b pipeline.Budget, palette []colour.Swatch, full bool) measure.Options {
	o := measure.Options{Class: class, Budget: b, Palette: palette, Full: full}
	if !full && b.LPIPS == 0 && !b.RequireLPIPS {
		return o
	}
	n, err := e.network(e.config.LPIPS)
	if err == nil {
		o.Network, o.Weights = n.Network, n.weights
		return o
	}
	o.Missing = missingNetwork(err)
	return o
}

// missingNetwork says why there is no network.
func missingNetwork(err error) measure.NotMeasured {
	var missing *weights.MissingError
	if !errors.As(err, &missing) {
		return measure.Missing(measure.MetricLPIPS, "missing.failure", err.Error())
	}
	what := phrase.Key("both")
	if len(missing.Parts) == 1 {
		what = phrase.Key(missing.Parts[0])
	}
	return measure.Missing(measure.MetricLPIPS, "missing.weights."+what, string(missing.Kind))
}

// network loads a network once. Weights that are not here are looked for again
// each time: somebody may be pulling them.
func (e *Engine) network(kind lpips.Kind) (n network, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n = e.networks[kind]; n.Network != nil {
		return n, nil
	}
	folders, err := weights.Folders(e.dir)
	if err != nil {
		return n, err
	}
	n.Network, n.weights, err = weights.Open(folders...).Load(kind)
	if err == nil {
		e.networks[kind] = n
	}
	return n, err
}

// Scan gives the options for scanning two folders.
func (e *Engine) Scan(reference, candidate string, m measure.Options) watch.Options {
	return watch.Options{
		Reference: reference, Candidate: candidate, Limits: e.config.Limits.Pixels(), Native: e.pool.Decoder, NativeVersion: e.pool.Version,
		NewMeter: func() *measure.Meter { return measure.NewMeter(m) }, Memory: int64(e.config.Limits.Memory), Faces: e.finder(m),
	}
}

// finder looks for faces where a detector is configured and anything would follow from one.
func (e *Engine) finder(m measure.Options) *watch.Faces {
	if e.faces == nil || m.Inspector == nil || !m.Inspector.Policy.SeeksFaces() {
		return nil
	}
	return &watch.Faces{Find: e.faces.Find, Version: e.faces.Version(), Memory: e.faces.Memory()}
}
