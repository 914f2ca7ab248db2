package watch

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"runtime"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/pixels"
)

// worker measures one pair after the other.
func (s *scan) worker() {
	for j := range s.work {
		r := s.measure(j)
		s.release(j)
		j.result <- r
	}
}

// measure gives the result of one pair, from the cache where it is known.
func (s *scan) measure(j *job) Result {
	r := Result{Path: j.path, Read: int64(len(j.ref.data) + len(j.cand.data)), scan: s}
	if r.Err = j.cand.err; r.Err != nil {
		return r
	}
	cand := source(filepath.Join(s.o.Candidate, filepath.FromSlash(j.path)), j.cand)
	r.SHA256, r.Bytes = cand.SHA256, cand.Bytes
	if r.Err = j.ref.err; r.Err == nil {
		s.check(j, cand, &r)
	}
	if errors.Is(r.Err, ErrAlone) {
		r.Err = cmp.Or(s.decodes(j, cand), r.Err)
	}
	if r.Err != nil { // whoever is shown in it is no less shown
		if s.o.Faces != nil && j.faces == nil {
			j.faces = s.lookAlone(j, cand)
		}
		cand.Faces = j.faces
		r.Metadata = s.inspect(source(j.reference, j.ref), cand)
	}
	return r
}

// decodes says why an image without a reference cannot be decoded, or nil.
func (s *scan) decodes(j *job, cand measure.Source) error {
	p, err := s.alone(j, cand)
	if err != nil {
		return err
	}
	defer s.memory.pictures.give(p)
	return p.decodeInto(&p.cand, delivered, cand.Path, cand.Data)
}

// alone takes what decodes one image when there is memory for it.
func (s *scan) alone(j *job, cand measure.Source) (*pair, error) {
	n := s.needs(j.cand.data, j.cand.data)
	if err := s.o.allows(cand.Path, n.memory+s.memory.inFiles+s.memory.beyond(n.files)); err != nil {
		return nil, err
	}
	return s.memory.pictures.take(s.ctx, n)
}

// check measures a pair that has been read, or finds it in the cache.
func (s *scan) check(j *job, cand measure.Source, r *Result) {
	ref := source(filepath.Join(s.o.Reference, filepath.FromSlash(j.reference)), j.ref)
	// The extensions are judged too.
	depends := s.fingerprint + " " + filepath.Ext(j.reference) + filepath.Ext(j.path) + s.natives(j)
	whole := cacheKey(ref.SHA256, cand.SHA256, depends)
	key := whole
	if r.Check, r.Cached = s.known(key); !r.Cached && s.screens {
		// What was measured in whole serves a scan that screens, not the other way round.
		key = cacheKey(ref.SHA256, cand.SHA256, depends+" "+measure.ScreenVersion)
		r.Check, r.Cached = s.known(key)
	}
	if !r.Cached {
		if r.Check, r.Err = s.measured(ref, cand, j); r.Err == nil {
			if r.Check.Screened == nil { // measured in whole after all: good for every scan
				key = whole
			}
			if m := r.Check.Metadata; m == nil || m.FacesUnsought == nil { // else the next scan looks again
				s.keep(key, r.Check)
			}
		}
	}
	r.Check.Reference.Path, r.Check.Candidate.Path = j.reference, j.path
	r.Metadata = r.Check.Metadata
}

// measured measures a pair when there is memory for it.
func (s *scan) measured(ref, cand measure.Source, j *job) (measure.Check, error) {
	n := s.needs(j.ref.data, j.cand.data)
	if err := s.o.allows(cand.Path, n.memory+s.memory.inFiles+s.memory.beyond(n.files)); err != nil {
		return measure.Check{}, err
	}
	p, err := s.memory.pictures.take(s.ctx, n)
	if err != nil {
		return measure.Check{}, err
	}
	defer s.memory.pictures.give(p)
	p.faces = nil
	check, err := p.measure(ref, cand)
	j.faces = p.faces
	return check, err
}

// needs foretells what a pair takes.
func (s *scan) needs(refData, candData []byte) need {
	ref, cand := pixels.CostOf(refData, s.limits), pixels.CostOf(candData, s.limits)
	n := pairNeeds(ref, cand)
	n.files = int64(len(refData) + len(candData))
	n.memory += s.compare(ref, cand) + s.o.Faces.memory()
	return n
}

// pairNeeds is what two decoded images and their decoder take, which exchange
// their buffers: where one picture is larger, all buffers become as large.
func pairNeeds(ref, cand pixels.Cost) need {
	n := need{kind: ref.Kind + " and " + cand.Kind, pixels: [2]int64{ref.Pixels(), cand.Pixels()}}
	if ref.Pixels() == cand.Pixels() {
		n.memory = ref.Image + cand.Image
	} else {
		n.memory = 2 * max(ref.Image, cand.Image)
	}
	if ref.Kind == cand.Kind && ref.Pixels() == cand.Pixels() {
		n.memory += max(ref.Work, cand.Work)
	} else {
		n.memory += ref.Work + cand.Work
	}
	return n
}

// natives names the versions of the libraries that decode a pair: a check by
// others is not known. They are asked for only where a file needs one.
func (s *scan) natives(j *job) string {
	versions := ""
	for _, data := range [...][]byte{j.ref.data, j.cand.data} {
		if format := pixels.NativeFormat(data); format != "" && s.o.NativeVersion != nil {
			versions += " " + format + " " + s.o.NativeVersion(format)
		}
	}
	return versions
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
	ref, cand, err := readPair(reference, candidate, limits)
	if err != nil {
		return measure.Check{}, err
	}
	p := pair{meter: m, limits: limits}
	return p.measure(ref, cand)
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
	refFile, candFile, err := readPair(reference, candidate, limits)
	if err != nil {
		return nil, nil, err
	}
	p := pair{limits: limits}
	if err := p.decode(refFile, candFile); err != nil {
		return nil, nil, err
	}
	return &p.ref, &p.cand, nil
}

func readPair(refPath, candPath string, limits pixels.Options) (ref, cand measure.Source, err error) {
	c := readFile(delivered, candPath, limits.MaxBytes)
	if c.err != nil {
		return ref, cand, c.err
	}
	r := readFile(reference, refPath, limits.MaxBytes)
	return source(refPath, r), source(candPath, c), r.err
}

// source names a file by its content.
func source(path string, f loaded) measure.Source {
	if f.cut != nil {
		return measure.Source{Path: path, SHA256: f.cut.sha256, Bytes: f.cut.bytes, Data: f.data, Cut: true}
	}
	sum := sha256.Sum256(f.data)
	return measure.Source{Path: path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(f.data)), Data: f.data}
}

// pair decodes a reference and a candidate into pictures whose buffers it reuses.
type pair struct {
	meter     *measure.Meter
	limits    pixels.Options
	native    func() pixels.NativeDecoder // makes one with buffers of its own, if not nil
	screen    bool
	look      func(*pixels.Image) *measure.Faces // nil where nobody looks for faces
	decoder   pixels.Decoder
	ref, cand pixels.Image
	faces     *measure.Faces // what look found last

	// What the ledger knows of it.
	share  int64           // what it may keep if others need nothing
	held   int64           // what its buffers take, at most
	served map[string]need // the largest of each kind that those have room for
}

func (s *scan) newPair() *pair {
	p := &pair{meter: s.o.NewMeter(), limits: s.o.Limits, native: s.o.Native, screen: s.o.Screen && s.o.Faces == nil}
	if s.o.Faces != nil {
		p.look = func(m *pixels.Image) *measure.Faces { return s.o.Faces.look(s.ctx, m) }
	}
	p.trim()
	return p
}

// fits tells whether no buffer grows for n.
func (p *pair) fits(n need) bool {
	served, ok := p.served[n.kind]
	return ok && n.within(served)
}

// keeps tells whether its buffers stay although they do not all serve n.
func (p *pair) keeps(n need) bool { return p.held+n.memory <= p.share }

// more is how much it takes for n besides what it holds.
func (p *pair) more(n need) int64 {
	switch {
	case p.fits(n):
		return 0
	case p.keeps(n):
		return n.memory
	}
	return n.memory - p.held
}

// begin makes it ready for n, for which it has been given more.
func (p *pair) begin(n need) {
	if p.fits(n) {
		return
	}
	if !p.keeps(n) {
		p.trim()
	}
	p.held += n.memory
	was := p.served[n.kind]
	for i := range n.pixels {
		n.pixels[i] = max(n.pixels[i], was.pixels[i])
	}
	n.files = max(n.files, was.files)
	p.served[n.kind] = n
}

// trim lets go of the buffers.
func (p *pair) trim() {
	p.decoder, p.ref, p.cand = pixels.Decoder{}, pixels.Image{}, pixels.Image{}
	p.meter.Trim()
	if p.native != nil { // whose buffers go too
		p.limits.Native = p.native()
	}
	p.held, p.served = 0, map[string]need{}
}

// screens tells whether a first look at a reduced picture is wanted and allowed.
func (p *pair) screens() bool { return p.screen && p.meter.CanScreen() }

func (p *pair) measure(ref, cand measure.Source) (measure.Check, error) {
	if p.screens() && isJPEG(ref.Data) && isJPEG(cand.Data) {
		p.limits.Denominator = measure.ScreenDenominator
		err := p.decode(ref, cand)
		p.limits.Denominator = 0
		if err != nil {
			return measure.Check{}, err
		}
		ref.Image, cand.Image = &p.ref, &p.cand
		if check, clear := p.meter.Screen(ref, cand); clear {
			return check, nil
		}
	}
	if err := p.decode(ref, cand); err != nil {
		return measure.Check{}, err
	}
	ref.Image, cand.Image = &p.ref, &p.cand
	if p.look != nil {
		p.faces = p.look(&p.cand)
		cand.Faces = p.faces
	}
	breathe()
	check, err := p.meter.Measure(ref, cand)
	if err != nil {
		return check, phrase.Errorf("picture.compare", cand.Path, err)
	}
	return check, nil
}

func isJPEG(data []byte) bool { return bytes.HasPrefix(data, []byte("\xff\xd8\xff")) }

func (p *pair) decode(ref, cand measure.Source) error {
	if err := p.decodeInto(&p.cand, delivered, cand.Path, cand.Data); err != nil {
		return err
	}
	return p.decodeInto(&p.ref, reference, ref.Path, ref.Data)
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
