package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// catalogue is the fictional house's images on disk: approved references and
// what its pipeline delivered.
type catalogue struct {
	reference, delivered string // folders
	seed                 uint64
	size, images         int
}

// imagesPerShelf keeps folders small: real catalogues are trees.
const imagesPerShelf = 500

// path is an image's name relative to both folders.
func (c catalogue) path(n int) string {
	return fmt.Sprintf("%02d/product-%05d.jpg", n/imagesPerShelf, n)
}

// render draws all references.
func (c catalogue) render(ctx context.Context) error {
	return c.each(ctx, 0, c.images, func() (func(int) error, error) {
		r, err := NewRenderer(c.seed, c.size)
		if err != nil {
			return nil, err
		}
		enc, pixels, file := NewEncoder(c.size), make([]uint8, 3*c.size*c.size), []byte(nil)
		return func(n int) error {
			r.Render(n, pixels)
			if file, err = enc.Append(file[:0], pixels, Quality); err != nil {
				return err
			}
			return put(filepath.Join(c.reference, filepath.FromSlash(c.path(n))), file)
		}, nil
	})
}

// deliver makes the images from (inclusive) to (exclusive) of their references by a recipe.
func (c catalogue) deliver(ctx context.Context, by Recipe, from, to int) error {
	return c.each(ctx, from, to, func() (func(int) error, error) {
		enc, pixels, file := NewEncoder(c.size), make([]uint8, 3*c.size*c.size), []byte(nil)
		return func(n int) error {
			path := filepath.FromSlash(c.path(n))
			reference, err := os.ReadFile(filepath.Join(c.reference, path))
			if err != nil {
				return fmt.Errorf("read a reference: %w", err)
			}
			if err := enc.Pixels(pixels, reference); err != nil {
				return err
			}
			if file, err = enc.Deliver(file[:0], pixels, by); err != nil {
				return err
			}
			return put(filepath.Join(c.delivered, path), file)
		}, nil
	})
}

// put writes an image as a pipeline does: under another name, then renamed, so
// that nobody is served half an image. It is not synced: the demo can draw it again.
func put(path string, data []byte) error {
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.WriteFile(temp, data, 0o644); err != nil {
		return fmt.Errorf("write an image: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("write an image: %w", err)
	}
	return nil
}

// each runs work over the numbers on all cores; every core gets a worker of its own.
func (c catalogue) each(ctx context.Context, from, to int, newWorker func() (func(int) error, error)) error {
	if err := c.shelves(); err != nil {
		return err
	}
	numbers := make(chan int)
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for i := range errs {
		wg.Go(func() {
			work, err := newWorker()
			for n := range numbers {
				if err == nil {
					err = work(n)
				}
				if err != nil {
					cancel()
				}
			}
			errs[i] = err
		})
	}
	for n := from; n < to && ctx.Err() == nil; n++ {
		numbers <- n
	}
	close(numbers)
	wg.Wait()
	return errors.Join(append(errs, context.Cause(ctx))...)
}

func (c catalogue) shelves() error {
	for n := 0; n < c.images; n += imagesPerShelf {
		for _, root := range []string{c.reference, c.delivered} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(root, filepath.FromSlash(c.path(n)))), 0o755); err != nil {
				return fmt.Errorf("make the catalogue's folders: %w", err)
			}
		}
	}
	return nil
}
