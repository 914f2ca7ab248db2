package watch

import (
	"context"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/measure"
)

// Inspect judges the metadata of all delivered images again and measures nothing: for when not the images have changed
// but what may be delivered of them. Results come in the order of names. What cannot be read is passed over, since the
// next scan says so.
func Inspect(ctx context.Context, o Options, yield func(Result) error) error {
	if err := checkFolder("picture.reference.folder", o.Reference); err != nil {
		return err
	}
	if err := checkFolder("picture.candidate.folder", o.Candidate); err != nil {
		return err
	}
	meter := o.NewMeter()
	return o.walk(ctx, func(reference, path string, err error) error {
		if err != nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if r := o.inspect(meter, reference, path); r.Metadata != nil {
			return yield(r)
		}
		return nil
	})
}

func (o Options) inspect(m *measure.Meter, ref, path string) Result {
	full := filepath.Join(o.Candidate, filepath.FromSlash(path))
	data, err := readFile(delivered, full, o.Limits.MaxBytes)
	if err != nil {
		return Result{Path: path, Err: err}
	}
	// A reference that cannot be read is none: the image is judged by itself.
	refData, _ := readFile(reference, filepath.Join(o.Reference, filepath.FromSlash(ref)), o.Limits.MaxBytes)
	s := source(full, data)
	return Result{Path: path, SHA256: s.SHA256, Bytes: s.Bytes, Read: int64(len(data) + len(refData)), Metadata: m.Inspect(refData, data, nil)}
}
