package watch

import (
	"context"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/pixels"
)

// Inspect judges the metadata of all delivered images again, and the faces that they show where [Options.Faces] looks for
// them, and measures nothing: for when not the images have changed but what may be delivered of them. Results come in the
// order of names. What cannot be read is passed over, since the next scan says so.
func Inspect(ctx context.Context, o Options, yield func(Result) error) error {
	if err := checkFolder("picture.reference.folder", o.Reference); err != nil {
		return err
	}
	if err := checkFolder("picture.candidate.folder", o.Candidate); err != nil {
		return err
	}
	in := inspection{o: o, meter: o.NewMeter(), pair: pair{limits: o.limits()}}
	if o.Faces != nil {
		in.pair.look = func(m *pixels.Image) *measure.Faces { return o.Faces.look(ctx, m) }
	}
	return o.walk(ctx, func(reference, path string, err error) error {
		if err != nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if r := in.inspect(reference, path); r.Metadata != nil {
			return yield(r)
		}
		return nil
	})
}

// inspection judges one image after the other.
type inspection struct {
	o     Options
	meter *measure.Meter
	pair  pair // of which the delivered half is used, where somebody looks for faces
}

func (in *inspection) inspect(ref, path string) Result {
	o := in.o
	full := filepath.Join(o.Candidate, filepath.FromSlash(path))
	cand := readFile(delivered, full, o.Limits.MaxBytes)
	if cand.err != nil {
		return Result{Path: path, Err: cand.err}
	}
	// A reference that cannot be read is none: the image is judged by itself.
	r := source(ref, readFile(reference, filepath.Join(o.Reference, filepath.FromSlash(ref)), o.Limits.MaxBytes))
	s := source(full, cand)
	if in.pair.look != nil {
		s.Faces = in.pair.lookAlone(s)
	}
	return Result{Path: path, SHA256: s.SHA256, Bytes: s.Bytes, Read: int64(len(s.Data) + len(r.Data)), Metadata: in.meter.Inspect(r, s)}
}
