package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/rehearsal"
	"github.com/safelight-dev/safelight/internal/watch"
	"github.com/safelight-dev/safelight/pixels"
)

// prepare copies some approved images of the pipeline into a private folder.
func (st *rehearsalStage) prepare(ctx context.Context) (f rehearsal.Facts, err error) {
	if err := os.RemoveAll(st.dir); err != nil {
		return f, err
	}
	for _, dir := range []string{st.reference(), st.delivered()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return f, err
		}
	}
	folder := st.app.config.Watch.Pipelines[st.pipeline].Reference
	names, err := approved(ctx, folder)
	if err != nil {
		return f, err
	}
	st.paths = nil
	for try := range rehearsedTries {
		// From each third of the folder one; the next ones where these cannot be read.
		i := try%rehearsedImages*len(names)/rehearsedImages + try/rehearsedImages
		if i >= len(names) || len(st.paths) == rehearsedImages {
			break
		}
		if err := st.copy(folder, names[i]); err != nil {
			st.app.log.Info("an image is not rehearsed with", "pipeline", st.pipeline, "path", names[i], "reason", err)
		}
		if err := ctx.Err(); err != nil {
			return f, err
		}
	}
	if len(st.paths) == 0 {
		return f, phrase.Errorf("rehearsal.no-images", folder)
	}
	return rehearsal.Facts{Paths: st.paths}, nil
}

// approved lists the images of a reference folder.
func approved(ctx context.Context, folder string) (names []string, err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("look for approved images: %w", err)
	}
	defer root.Close() // it was only read
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != ".":
			return fs.SkipDir
		case d.Type().IsRegular() && delivery.Serves(name):
			if names = append(names, name); len(names) >= rehearsedFrom {
				return fs.SkipAll
			}
		}
		return nil
	})
	return names, err
}

// copy takes one approved image over. What we cannot write ourselves becomes a PNG.
func (st *rehearsalStage) copy(folder, name string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close() // it was only read
	info, err := root.Stat(name)
	if err != nil {
		return err
	}
	if info.Size() > rehearsedBytes {
		return fmt.Errorf("it has %d bytes, the limit is %d", info.Size(), rehearsedBytes)
	}
	data, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	img, err := pixels.DecodeBytes(data, st.app.engine.Pixels())
	if err != nil {
		return err
	}
	if kind := path.Ext(name); !slices.Contains([]string{".png", ".jpg", ".jpeg"}, strings.ToLower(kind)) {
		if data, err = encode(".png", shown8(img), img.Width); err != nil {
			return err
		}
		name = strings.TrimSuffix(name, kind) + ".png"
	}
	if slices.Contains(st.paths, name) {
		return nil
	}
	if err := put(st.reference(), name, data); err != nil {
		return err
	}
	st.paths = append(st.paths, name)
	return nil
}

func put(dir, name string, data []byte) error {
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// shown8 gives packed pixels of 8 bits.
func shown8(m *pixels.Image) []uint8 {
	if m.Depth == 8 {
		return m.RGB8
	}
	all := make([]uint8, len(m.RGB16))
	for i, v := range m.RGB16 {
		all[i] = uint8(v >> 8)
	}
	return all
}

// encode writes packed pixels as JPEG or PNG, as the end of a name says.
func encode(ext string, rgb []uint8, width int) ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, width, len(rgb)/3/width))
	for i := range len(rgb) / 3 {
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = rgb[3*i], rgb[3*i+1], rgb[3*i+2], 255
	}
	var b bytes.Buffer
	if strings.EqualFold(ext, ".png") {
		err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m)
		return b.Bytes(), err
	}
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95})
	return b.Bytes(), err
}

// harm draws a colour cast into a copy of each image, stronger and stronger until all are over the budget of their class.
func (st *rehearsalStage) harm(ctx context.Context) (f rehearsal.Facts, err error) {
	for _, strength := range []float64{0.15, 0.35, 0.7} {
		if err := st.cast(ctx, strength); err != nil {
			return f, err
		}
		over, least, err := st.scan(ctx)
		if err != nil {
			return f, err
		}
		if over {
			return rehearsal.Facts{Paths: st.paths, DeltaE00: least}, nil
		}
	}
	return f, phrase.Errorf("rehearsal.unharmed")
}

// cast writes each image with more red and green and less blue.
func (st *rehearsalStage) cast(ctx context.Context, strength float64) error {
	lut, err := cube.FromFunc("rehearsal", 17, func(r, g, b float64) (float64, float64, float64) {
		return r + strength*(1-r), g + strength/3*(1-g), b * (1 - strength)
	})
	if err != nil {
		return err
	}
	for _, name := range st.paths {
		data, err := os.ReadFile(filepath.Join(st.reference(), filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		img, err := pixels.DecodeBytes(data, st.app.engine.Pixels())
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		rgb := shown8(img)
		lut.ApplyRow8(rgb, rgb)
		if data, err = encode(path.Ext(name), rgb, img.Width); err != nil {
			return fmt.Errorf("write a harmful copy of %s: %w", name, err)
		}
		if err := errors.Join(put(st.delivered(), name, data), ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

// scan measures the copies as the pipeline's own are measured, by its class and its budget, and records nothing. It tells
// whether all are over, and the least of their differences.
func (st *rehearsalStage) scan(ctx context.Context) (over bool, least float64, err error) {
	meter, err := st.app.engine.PipelineMeter(st.pipeline, false)
	if err != nil {
		return false, 0, err
	}
	o := st.app.engine.Scan(st.reference(), st.delivered(), meter)
	o.Faces = nil // no detector has to see these
	st.checks, over = nil, true
	err = watch.Scan(ctx, o, func(r watch.Result) error {
		if r.Err != nil {
			return r.Err
		}
		if p95 := r.Check.DeltaE00.P95; len(st.checks) == 0 || p95 < least {
			least = p95
		}
		found := r.Check.Overs()
		over = over && (found.DeltaE || found.Local || found.Palette)
		st.checks = append(st.checks, r.Check)
		return nil
	})
	return over && len(st.checks) == len(st.paths), least, err
}

// measure finds the harmful images by the pipeline's own measuring.
func (st *rehearsalStage) measure(ctx context.Context) (f rehearsal.Facts, err error) {
	over, least, err := st.scan(ctx)
	if err != nil {
		return f, err
	}
	if !over {
		return f, phrase.Errorf("rehearsal.unseen")
	}
	return rehearsal.Facts{Paths: st.paths, DeltaE00: least}, nil
}
