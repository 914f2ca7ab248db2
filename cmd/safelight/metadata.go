package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/metadata"
)

// runMetadata shows, compares, judges or strips what images say besides their picture.
func runMetadata(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "metadata", []verb{
		{"show", (*cli).metadataShow}, {"diff", (*cli).metadataDiff}, {"personal", (*cli).metadataPersonal},
		{"provenance", (*cli).metadataProvenance}, {"strip", (*cli).metadataStrip},
	}, args)
}

// readImage reads an image file that the user named, whole, within the limit of all images.
func readImage(path string) ([]byte, error) {
	f, err := openRegular(path, "lut.picture.missing", "lut.picture.irregular")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limit := int64(app.DefaultConfig().Limits.MaxBytes)
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, inputError(err)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.large", path, limit), errInput)
	}
	return data, nil
}

// readMetadata reads an image and what it says besides its picture.
func readMetadata(path string) (data []byte, f *container.File, d *metadata.Document, err error) {
	if data, err = readImage(path); err != nil {
		return nil, nil, nil, err
	}
	if f, err = container.Parse(data, container.Limits{}); err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.unread", path, err), errInput)
	}
	return data, f, metadata.ReadFile(f, metadata.Limits{}), nil
}

// shownField is a field in JSON and in lines.
type shownField struct {
	Field string `json:"field"`
	Group string `json:"group,omitempty"`
	Class string `json:"class"`
	Value string `json:"value"`
}

// shownDocument is the JSON of `metadata show`.
type shownDocument struct {
	File     string            `json:"file"`
	Format   string            `json:"format"`
	Fields   []shownField      `json:"fields"`
	Pictures []shownPicture    `json:"pictures"`
	Profile  *metadata.Profile `json:"profile,omitempty"`
	Problems []string          `json:"problems"`
}

// shownPicture is a picture within the picture.
type shownPicture struct {
	Kind  string `json:"kind"`
	Where string `json:"where"`
	Bytes int    `json:"bytes"`
}

func (c *cli) metadataShow(_ context.Context, args []string) error {
	f := newFlags("metadata show FILE [--json]")
	asJSON := f.Bool("json", false, "flag.json")
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	_, _, d, err := readMetadata(files[0])
	if err != nil {
		return err
	}
	shown := shownDocument{File: files[0], Format: string(d.Format), Fields: []shownField{}, Pictures: []shownPicture{}, Profile: d.Profile, Problems: []string{}}
	for _, f := range d.Fields {
		shown.Fields = append(shown.Fields, shownField{f.Standard.String() + ":" + f.Name, f.Group, f.Class.String(), f.Value})
	}
	for _, p := range d.Pictures {
		shown.Pictures = append(shown.Pictures, shownPicture{p.Kind, p.Where, len(p.Data)})
	}
	for _, p := range d.Problems {
		shown.Problems = append(shown.Problems, p.Reason)
	}
	if *asJSON {
		return printJSON(c.stdout, shown)
	}
	c.printMetadata(d, shown)
	return nil
}

// printMetadata prints fields by class, a line each, then what else lies in the file.
func (c *cli) printMetadata(d *metadata.Document, shown shownDocument) {
	for _, class := range metadata.Classes {
		first := true
		for _, f := range shown.Fields {
			if f.Class != class.String() {
				continue
			}
			if first {
				fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "metadata.class."+phrase.Key(f.Class)))
				first = false
			}
			fmt.Fprintf(c.stdout, "  %-42s %s\n", f.Field, legible(f.Value))
		}
	}
	for _, p := range shown.Pictures {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "metadata.picture", p.Kind, p.Where, p.Bytes))
	}
	for _, n := range d.MakerNotes {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "metadata.maker-note", n.Maker, n.Size))
	}
	for _, t := range d.Trailers {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "metadata.trailer", t.Name, t.Size))
	}
	for _, p := range shown.Problems {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.warning", p))
	}
	if len(shown.Fields)+len(shown.Pictures) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "metadata.none"))
	}
}

// longest is how much of a value a line of a terminal shows; --json has it whole.
const longest = 120

// legible makes a value fit for a line of a terminal: without control characters, and not endless.
func legible(value string) string {
	value = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, value)
	if runes := []rune(value); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return value
}
