package main

import (
	"context"
	"errors"
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
	f, err = container.Parse(data, container.Limits{})
	switch {
	case len(data) == 0:
		return nil, nil, nil, fmt.Errorf("%w: %w: %w", phrase.Errorf("metadata.empty", path), err, errInput)
	case errors.Is(err, container.ErrFormat):
		return nil, nil, nil, fmt.Errorf("%w: %w: %w", phrase.Errorf("metadata.no-image", path), err, errInput)
	case err != nil:
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

func (c *cli) metadataShow(ctx context.Context, args []string) error {
	f := newImageFlags("metadata show FILE|DIR… [--field NAME] [--groups] [--json]")
	show := showing{fields: f.String("field", "", "flag.metadata.field"), groups: f.Bool("groups", false, "flag.metadata.groups")}
	names, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	return f.run(ctx, c, names, func(r *imageRun, path string) error {
		_, _, d, err := readMetadata(path)
		if err != nil {
			return err
		}
		shown := show.document(path, d)
		if *show.fields != "" && len(shown.Fields) == 0 {
			return c.noField(r, path, *show.fields)
		}
		if r.asJSON {
			return r.json(shown)
		}
		r.head(path)
		show.print(c, d, shown)
		return nil
	})
}

// noField says that an image has none of the fields that were asked for: of several images those that have are shown.
func (c *cli) noField(r *imageRun, path, fields string) error {
	if !r.several {
		fmt.Fprintln(c.stderr, "safelight: "+phrase.Say(c.lang(), "metadata.no-field", path, fields))
		return errFailed
	}
	return nil
}

// showing is what of a document is shown, and how.
type showing struct {
	fields *string // names with commas between; empty: all
	groups *bool
}

// wants tells whether a field was asked for: by its whole name, or by the last part of it, in either case.
func (s showing) wants(field string) bool {
	if *s.fields == "" {
		return true
	}
	field = strings.ToLower(field)
	for name := range strings.SplitSeq(strings.ToLower(*s.fields), ",") {
		name = strings.TrimSpace(name)
		bare, _, _ := strings.Cut(field, "[")
		if name != "" && (name == field || name == bare || strings.HasSuffix(bare, ":"+name)) {
			return true
		}
	}
	return false
}

func (s showing) document(path string, d *metadata.Document) shownDocument {
	shown := shownDocument{File: path, Format: string(d.Format), Fields: []shownField{}, Pictures: []shownPicture{}, Profile: d.Profile, Problems: []string{}}
	for _, f := range d.Fields {
		if name := f.Standard.String() + ":" + f.Name; s.wants(name) {
			shown.Fields = append(shown.Fields, shownField{name, f.Group, f.Class.String(), f.Value})
		}
	}
	for _, p := range d.Pictures {
		shown.Pictures = append(shown.Pictures, shownPicture{p.Kind, p.Where, len(p.Data)})
	}
	for _, p := range d.Problems {
		shown.Problems = append(shown.Problems, p.Reason)
	}
	return shown
}

// print prints the fields that were asked for a line each, or all of a document.
func (s showing) print(c *cli, d *metadata.Document, shown shownDocument) {
	for i, f := range shown.Fields {
		if *s.groups && f.Group != "" {
			shown.Fields[i].Field = "[" + f.Group + "] " + f.Field
		}
	}
	if *s.fields == "" {
		c.printMetadata(d, shown)
		return
	}
	for _, f := range shown.Fields {
		fmt.Fprintf(c.stdout, "%-44s %s\n", f.Field, legible(f.Value))
	}
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
