package watch

import (
	"io"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/pixels"
)

// Look measures one pair of a scan that has ended, in whole, and gives its
// pictures. What is to be drawn of them counts as the scan's memory.
func (o Options) Look(m *measure.Meter, refName, name string) (check measure.Check, ref, cand *pixels.Image, err error) {
	refPath, path := o.paths(refName, name)
	limits := o.limits()
	a, b, err := readPair(refPath, path, limits)
	if err != nil {
		return check, nil, nil, err
	}
	p := pair{meter: m, limits: limits}
	refCost, candCost := pixels.CostOf(a.Data, limits), pixels.CostOf(b.Data, limits)
	n := pairNeeds(refCost, candCost).memory + int64(len(a.Data)+len(b.Data)) + m.Memory(refCost, candCost) + measure.HeatmapMemory(refCost, candCost, m.Fit())
	if err := o.allows(path, n); err != nil {
		return check, nil, nil, err
	}
	if check, err = p.measure(a, b); err != nil {
		return check, nil, nil, err
	}
	return check, &p.ref, &p.cand, nil
}

// ReadReference reads a reference of the scan whole, within the limits.
func (o Options) ReadReference(name string) ([]byte, error) {
	path, _ := o.paths(name, "")
	f := readFile(reference, path, o.Limits.MaxBytes)
	if f.err != nil {
		return nil, f.err
	}
	return f.data, o.allows(path, int64(len(f.data))+measure.PlantMemory(pixels.CostOf(f.data, o.limits())))
}

// limits are those of decoding, with a native decoder where there is one.
func (o Options) limits() pixels.Options {
	l := o.Limits
	if o.Native != nil {
		l.Native = o.Native()
	}
	return l
}

func (o Options) paths(refName, name string) (ref, cand string) {
	return filepath.Join(o.Reference, filepath.FromSlash(refName)), filepath.Join(o.Candidate, filepath.FromSlash(name))
}

// Heatmap writes the heat map of a result's pair as a PNG, in the memory of the
// scan. It is called by what Scan yields to.
func (r Result) Heatmap(w io.Writer, fit pixels.Filter) error {
	s := r.scan
	refPath, path := s.o.paths(r.Check.Reference.Path, r.Path)
	most := int64(0)
	for _, o := range [...]opened{{what: delivered, path: path}, {what: reference, path: refPath}} {
		o.open(s.o.Limits.MaxBytes)
		o.close()
		most += o.size
	}
	pictures := s.memory.pictures
	if err := pictures.acquire(s.ctx, most); err != nil {
		return err
	}
	defer pictures.release(most)
	ref, cand, err := readPair(refPath, path, s.o.Limits)
	if err != nil {
		return err
	}
	a, b := pixels.CostOf(ref.Data, s.limits), pixels.CostOf(cand.Data, s.limits)
	n := pairNeeds(a, b).memory + measure.HeatmapMemory(a, b, fit)
	if err := s.o.allows(path, s.memory.inFiles+most+n); err != nil {
		return err
	}
	if err := pictures.draw(s.ctx, n); err != nil {
		return err
	}
	defer pictures.drawn(n)
	p := pair{limits: s.o.limits()}
	if err := p.decode(ref, cand); err != nil {
		return err
	}
	return measure.WriteHeatmap(w, &p.ref, &p.cand, fit)
}
