package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// postmortemImport prints a Markdown postmortem, of whatever house, as JSON, or writes it into an incident as its document; what became of its
// parts goes to standard error.
func (c *cli) postmortemImport(ctx context.Context, args []string) error {
	f := newWriteFlags("postmortem import FILE.md [--from auto|safelight|google-sre|generic] [--id PM-… | --into PM-…] [--lang fr|en] [--markdown] [--dir D] [--as LOGIN]")
	from := f.String("from", "auto", "flag.import.format")
	id := f.String("id", "", "flag.import.incident")
	into := f.String("into", "", "flag.import.into")
	lang := f.String("lang", "", "flag.import.language")
	asMarkdown := f.Bool("markdown", false, "flag.import.markdown")
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	o, err := importOptions(*from, cmp.Or(*into, *id), *lang)
	if err != nil {
		return err
	}
	data, err := c.readInput(files[0], postmortem.MaxMarkdown)
	if err != nil {
		return err
	}
	if *into != "" {
		return c.importInto(ctx, f, files[0], data, o)
	}
	im, err := postmortem.Import(data, o)
	if err != nil {
		return fmt.Errorf("import %s: %w", files[0], err)
	}
	c.tellImport(im)
	return c.printDocument(im.Document, "", !*asMarkdown)
}

// importInto writes a postmortem of another house into an incident, in the language of its document.
func (c *cli) importInto(ctx context.Context, f writeFlags, file string, data []byte, o postmortem.ImportOptions) error {
	now, d, err := given{c, ctx, *f.dir, []string{o.ID}}.document()
	if err != nil {
		return err
	}
	if o.Lang == "" && d.Written() {
		o.Lang = d.Document.Lang
	}
	im, err := postmortem.Import(data, o)
	if err != nil {
		return fmt.Errorf("import %s: %w", file, err)
	}
	c.tellImport(im)
	edit := web.EditPostmortem{Based: now.Analysis.Revision, Markdown: string(im.Document.Markdown(im.Document.Lang))}
	return c.write(ctx, f, func(w writer) (string, error) { return o.ID, w.perform(ctx, o.ID, edit) })
}

func importOptions(from, id, lang string) (postmortem.ImportOptions, error) {
	o := postmortem.ImportOptions{ID: id}
	if from != "auto" {
		o.Form = postmortem.Form(from)
	}
	if lang == "" {
		return o, nil
	}
	var err error
	o.Lang, err = parseLang(lang)
	return o, err
}

// tellImport says what became a field, what stands verbatim, and what a reader will miss.
func (c *cli) tellImport(im postmortem.Imported) {
	l := c.lang()
	fmt.Fprintln(c.stderr, phrase.Say(l, "cli.import.form", phrase.Say(l, phrase.Key("cli.import.form."+string(im.Form)))))
	for _, m := range im.Mapped {
		key := phrase.Key("cli.import.mapped")
		if m.Kept {
			key = "cli.import.both"
		}
		fmt.Fprintln(c.stderr, "  "+phrase.Say(l, key, m.From, phrase.Say(l, m.To)))
	}
	if len(im.Kept) > 0 {
		fmt.Fprintln(c.stderr, "  "+phrase.Say(l, "cli.import.kept", strings.Join(im.Kept, ", ")))
	}
	for _, p := range postmortem.Lint(im.Document) {
		fmt.Fprintln(c.stderr, "  "+phrase.Say(l, "cli.import.missing", p.Text))
	}
}
