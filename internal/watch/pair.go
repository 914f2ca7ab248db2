package watch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"path/filepath"
	"runtime"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/pixels"
)

// worker measures pairs with buffers of its own.
func (s *scan) worker() {
	p := pair{meter: s.o.NewMeter(), limits: s.o.Limits, screen: s.o.Screen}
	if s.o.Native != nil {
		p.limits.Native = s.o.Native()
	}
	keep := s.memory.share(s.o.Workers)
	for j := range s.work {
		r := s.measure(&p, j)
		s.release(j)
		p.trim(keep)
		j.result <- r
	}
}

// measure gives the result of one pair, from the cache where it is known.
func (s *scan) measure(p *pair, j *job) Result {
	r := Result{Path: j.path, Read: int64(len(j.ref.data) + len(j.cand.data))}
	for _, f := range [...]loaded{j.cand, j.ref} {
		if f.err != nil {
			r.Err = f.err
			return r
		}
	}
	ref := source(filepath.Join(s.o.Reference, filepath.FromSlash(j.reference)), j.ref.data)
	cand := source(filepath.Join(s.o.Candidate, filepath.FromSlash(j.path)), j.cand.data)
	depends := p.meter.Fingerprint() + " " + filepath.Ext(j.reference) + filepath.Ext(j.path) // the extensions are judged too
	whole := cacheKey(ref.SHA256, cand.SHA256, depends)
	key := whole
	if r.Check, r.Cached = s.known(key); !r.Cached && p.screens() {
		// What was measured in whole serves a scan that screens, not the other way round.
		key = cacheKey(ref.SHA256, cand.SHA256, depends+" "+measure.ScreenVersion)
		r.Check, r.Cached = s.known(key)
	}
	if !r.Cached {
		held, err := hold(s.ctx, s.memory.pictures, pixels.CostOf(j.ref.data, s.o.Limits).Total()+pixels.CostOf(j.cand.data, s.o.Limits).Total()+p.meter.Memory(), s.memory.inPics)
		if err == nil {
			r.Check, err = p.measure(ref, cand, j.ref.data, j.cand.data)
			s.memory.pictures.Release(held)
		}
		if r.Err = err; err == nil {
			if r.Check.Screened == nil { // measured in whole after all: good for every scan
				key = whole
			}
			s.keep(key, r.Check)
		}
	}
	r.Check.Reference.Path, r.Check.Candidate.Path = j.reference, j.path
	return r
}

// cacheKey stands for all that a check depends on.
func cacheKey(reference, candidate, meter string) [32]byte {
	return sha256.Sum256([]byte(reference + "\n" + candidate + "\n" + meter))
}

// known looks a check up. A cache that cannot be read, or an entry of another
// version, costs a measurement and nothing else.
func (s *scan) known(key [32]byte) (check measure.Check, ok bool) {
	if s.o.Cache == nil {
		return check, false
	}
	text, err := s.o.Cache.Get(s.ctx, key)
	if err != nil || text == nil || json.Unmarshal(text, &check) != nil {
		return measure.Check{}, false
	}
	return check, true
}

// keep puts a check into the cache. What cannot be encoded is measured again.
func (s *scan) keep(key [32]byte, check measure.Check) {
	if s.o.Cache == nil {
		return
	}
	if text, err := json.Marshal(check); err == nil {
		s.o.Cache.Put(s.ctx, key, text)
	}
}

// Compare measures one file against its reference.
func Compare(reference, candidate string, limits pixels.Options, m *measure.Meter) (measure.Check, error) {
	refData, candData, err := readPair(reference, candidate, limits)
	if err != nil {
		return measure.Check{}, err
	}
	p := pair{meter: m, limits: limits}
	return p.measure(source(reference, refData), source(candidate, candData), refData, candData)
}

// Heatmap writes the heat map of two files as a PNG.
func Heatmap(w io.Writer, reference, candidate string, limits pixels.Options, fit pixels.Filter) error {
	ref, cand, err := Decode(reference, candidate, limits)
	if err != nil {
		return err
	}
	return measure.WriteHeatmap(w, ref, cand, fit)
}

// Decode reads and decodes one file and its reference.
func Decode(reference, candidate string, limits pixels.Options) (ref, cand *pixels.Image, err error) {
	refData, candData, err := readPair(reference, candidate, limits)
	if err != nil {
		return nil, nil, err
	}
	p := pair{limits: limits}
	if err := p.decode(source(reference, refData), source(candidate, candData), refData, candData); err != nil {
		return nil, nil, err
	}
	return &p.ref, &p.cand, nil
}

func readPair(ref, cand string, limits pixels.Options) (refData, candData []byte, err error) {
	if candData, err = readFile(delivered, cand, limits.MaxBytes); err == nil {
		refData, err = readFile(reference, ref, limits.MaxBytes)
	}
	return refData, candData, err
}

// source names a file by its content.
func source(path string, data []byte) measure.Source {
	sum := sha256.Sum256(data)
	return measure.Source{Path: path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data))}
}

// pair decodes a reference and a candidate into pictures whose buffers it reuses.
type pair struct {
	meter     *measure.Meter
	limits    pixels.Options
	screen    bool
	decoder   pixels.Decoder
	ref, cand pixels.Image
}

// screens tells whether a first look at a reduced picture is wanted and allowed.
func (p *pair) screens() bool { return p.screen && p.meter.CanScreen() }

func (p *pair) measure(ref, cand measure.Source, refData, candData []byte) (measure.Check, error) {
	if p.screens() && isJPEG(refData) && isJPEG(candData) {
		p.limits.Denominator = measure.ScreenDenominator
		err := p.decode(ref, cand, refData, candData)
		p.limits.Denominator = 0
		if err != nil {
			return measure.Check{}, err
		}
		ref.Image, cand.Image = &p.ref, &p.cand
		if check, clear := p.meter.Screen(ref, cand); clear {
			return check, nil
		}
	}
	if err := p.decode(ref, cand, refData, candData); err != nil {
		return measure.Check{}, err
	}
	ref.Image, cand.Image = &p.ref, &p.cand
	breathe()
	check, err := p.meter.Measure(ref, cand)
	if err != nil {
		return check, phrase.Errorf("picture.compare", cand.Path, err)
	}
	return check, nil
}

func isJPEG(data []byte) bool { return bytes.HasPrefix(data, []byte("\xff\xd8\xff")) }

func (p *pair) decode(ref, cand measure.Source, refData, candData []byte) error {
	if err := p.decodeInto(&p.cand, delivered, cand.Path, candData); err != nil {
		return err
	}
	return p.decodeInto(&p.ref, reference, ref.Path, refData)
}

func (p *pair) decodeInto(m *pixels.Image, what phrase.Key, path string, data []byte) error {
	breathe()
	limits := p.limits
	limits.Name = path
	if err := p.decoder.Decode(m, data, limits); err != nil {
		return phrase.Errorf("picture.decode", phrase.Of(what), path, err)
	}
	return nil
}

// breathe lets other goroutines run. The runtime does so by itself after 10 ms, which a pair takes longer than; but it
// cannot interrupt assembly, in which a pair spends nearly all of its time, and until it finds something else it sends
// the thread a signal every 20 µs: a tenth of the CPU time of a scan on two cores (bench/cores.sh).
func breathe() { runtime.Gosched() }

// trim lets go of buffers larger than what one worker may keep, so that one
// large pair does not hold memory for the rest of a scan.
func (p *pair) trim(most int64) {
	if p.ref.Memory()+p.cand.Memory() > most {
		p.decoder, p.ref, p.cand = pixels.Decoder{}, pixels.Image{}, pixels.Image{}
		p.meter.Trim()
	}
}
