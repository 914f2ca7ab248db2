package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/metadata"
)

// imageFlags are those of a metadata command that takes several images.
type imageFlags struct {
	flags
	asJSON *bool
}

func newImageFlags(usage string) imageFlags {
	f := newFlags(usage)
	return imageFlags{f, f.Bool("json", false, "flag.json")}
}

// imageRun is one run over images that were named: each by itself, or all below a folder.
type imageRun struct {
	c       *cli
	asJSON  bool
	several bool // more than one may come: each is told by its name
	count   int
	passed  int // files of a folder that are no images
	failed  bool
}

// run does something with each image. One that cannot be read is told and does not hold up the others; what lies in a
// folder and is no image is passed over, and counted. It ends with errFailed where one could not be read, or do said so.
func (f imageFlags) run(ctx context.Context, c *cli, names []string, do func(r *imageRun, path string) error) error {
	r := &imageRun{c: c, asJSON: *f.asJSON, several: len(names) > 1}
	for _, name := range names {
		var err error
		if info, failure := os.Stat(name); failure == nil && info.IsDir() {
			r.several = true
			err = r.folder(ctx, name, do)
		} else {
			r.count++
			err = do(r, name)
		}
		if err = r.take(err); err != nil {
			return err
		}
	}
	if r.passed > 0 {
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "metadata.passed-over", r.passed))
	}
	switch {
	case r.count == 0:
		return fmt.Errorf("%w: %w", phrase.Errorf("metadata.no-images", strings.Join(names, ", ")), errInput)
	case r.failed:
		return errFailed
	}
	return nil
}

// folder goes through all images below a folder, in the order of their names.
func (r *imageRun) folder(ctx context.Context, dir string, do func(r *imageRun, path string) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return r.take(inputError(err))
		case path != dir && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		if err = do(r, path); errors.Is(err, container.ErrFormat) {
			r.passed++
			return nil
		}
		r.count++
		return r.take(err)
	})
}

// take tells an error of one image where there are others.
func (r *imageRun) take(err error) error {
	switch {
	case err == nil || !r.several && !errors.Is(err, errFailed) || errors.Is(err, context.Canceled):
		return err
	case !errors.Is(err, errFailed):
		fmt.Fprintln(r.c.stderr, "safelight: "+r.c.words(err))
	}
	r.failed = true
	return nil
}

// warn tells what is wrong with an image where the answer has no place for it.
func (c *cli) warn(path string, problems []metadata.Problem) {
	for _, p := range problems {
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.warning", phrase.Of("metadata.problem", path, p.Reason)))
	}
}

// json prints what is known of one image: by itself as the command has it, among others a line each.
func (r *imageRun) json(v any) error {
	if !r.several {
		return printJSON(r.c.stdout, v)
	}
	enc := json.NewEncoder(r.c.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// head names the image before what is said of it, where there are others.
func (r *imageRun) head(path string) {
	if !r.several {
		return
	}
	if r.count > 1 {
		fmt.Fprintln(r.c.stdout)
	}
	fmt.Fprintln(r.c.stdout, "== "+legible(path))
}
