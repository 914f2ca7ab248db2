package main

import (
	"context"
	"fmt"
	"io"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/web"
)

// postmortemRender writes a postmortem, from a file or of an incident, as Markdown, HTML or PDF.
func (c *cli) postmortemRender(ctx context.Context, args []string) error {
	f := newFlags("postmortem render FILE.json|FILE.md|PM-… [--format md|html|pdf|json] [--lang fr|en] [--out F] [--dir D]")
	dir := f.String("dir", ".", "flag.repository")
	format := f.String("format", "md", "flag.document.format")
	lang := f.String("lang", "", "flag.document-language")
	out := f.String("out", "", "flag.out")
	named, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	p, open, err := c.printed(ctx, *dir, named[0])
	if err != nil {
		return fmt.Errorf("render %s: %w", named[0], err)
	}
	if p.Lang = p.Document.Lang; *lang != "" {
		if p.Lang, err = parseLang(*lang); err != nil {
			return err
		}
	}
	data, _, err := web.Print(p, *format, open)
	if err != nil {
		return fmt.Errorf("render %s: %w", named[0], err)
	}
	if *out != "" {
		return app.WriteFile(*out, data)
	}
	_, err = c.stdout.Write(data)
	return err
}

// printed reads what is to be rendered, and says how its pictures are read: those of a file are not kept anywhere.
func (c *cli) printed(ctx context.Context, dir, name string) (web.Printed, func(string) (io.ReadCloser, error), error) {
	none := func(digest string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("read picture %.12s: %w", digest, journal.ErrNotFound)
	}
	if !incidentID.MatchString(name) {
		d, err := c.readDocument(name)
		p := web.Printed{Document: d}
		if s := d.Sealed; s != nil {
			p.Revision, p.SHA256 = s.Revision, s.SHA256
		}
		return p, none, err
	}
	now, d, _, err := c.standing(ctx, dir, name)
	if err == nil && !d.Written() {
		err = fmt.Errorf("it is not drafted yet: %w", journal.ErrNotFound)
	}
	p := web.Printed{Document: d.Document, SHA256: d.SHA256, At: now.Analysis.WrittenAt}
	if !d.Living {
		p.Revision = now.Analysis.Revision
	}
	open := func(digest string) (io.ReadCloser, error) {
		r, err := app.NewReader(ctx, dir)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return r.Blob(digest)
	}
	return p, open, err
}
