package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/provenance"
)

// shownProvenance is the JSON of `metadata provenance`.
type shownProvenance struct {
	File string `json:"file,omitempty"` // where there are others
	*provenance.Report
	Origin provenance.Origin `json:"origin"`
}

// metadataProvenance validates the manifests of images and says how they were made by their own word. It ends with 1
// where a manifest is invalid.
func (c *cli) metadataProvenance(ctx context.Context, args []string) error {
	f := newImageFlags("metadata provenance FILE|DIR… [--trust FILE.pem] [--json]")
	trust := f.String("trust", "", "flag.metadata.trust")
	names, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	o := provenance.Options{Now: time.Now()}
	if *trust != "" {
		if o.Trust, err = app.ReadTrust(*trust); err != nil {
			return err
		}
	}
	return f.run(ctx, c, names, func(r *imageRun, path string) error {
		data, file, d, err := readMetadata(path)
		if err != nil {
			return err
		}
		report := provenance.Validate(data, file, o)
		shown := shownProvenance{"", report, provenance.Generation(d, report)}
		if r.several {
			shown.File = path
		}
		if r.asJSON {
			err = r.json(shown)
		} else {
			r.head(path)
			c.printProvenance(shown)
		}
		if err == nil && report.State == provenance.Invalid {
			return errFailed
		}
		return err
	})
}

func (c *cli) printProvenance(shown shownProvenance) {
	l := c.lang()
	fmt.Fprintln(c.stdout, phrase.Say(l, "metadata.state."+phrase.Key(strings.ToLower(shown.State.String()))))
	if shown.Remote != "" {
		fmt.Fprintln(c.stdout, phrase.Say(l, "metadata.remote", legible(shown.Remote)))
	}
	if m := shown.ActiveManifest(); m != nil && shown.State >= provenance.Valid {
		fmt.Fprintln(c.stdout, phrase.Say(l, "metadata.signed", legible(m.Signature.CommonName), legible(m.Signature.Issuer), legible(m.Generator)))
	}
	for _, s := range shown.Failures() {
		fmt.Fprintf(c.stdout, "  %s  %s  %s\n", s.Code, s.URI, legible(s.Explanation))
	}
	for _, e := range shown.Origin.Evidence {
		fmt.Fprintf(c.stdout, "  %-20s %s  (%s)\n", e.Property, legible(e.Value), legible(e.Source))
	}
}
