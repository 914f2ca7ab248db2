package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/provenance"
)

// shownProvenance is the JSON of `metadata provenance`.
type shownProvenance struct {
	*provenance.Report
	Origin provenance.Origin `json:"origin"`
}

// metadataProvenance validates an image's manifests and says how it was made by its own word. It ends with 1 where a
// manifest is invalid.
func (c *cli) metadataProvenance(_ context.Context, args []string) error {
	f := newFlags("metadata provenance FILE [--trust FILE.pem] [--json]")
	trust, asJSON := f.String("trust", "", "flag.metadata.trust"), f.Bool("json", false, "flag.json")
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	data, file, d, err := readMetadata(files[0])
	if err != nil {
		return err
	}
	o := provenance.Options{Now: time.Now()}
	if *trust != "" {
		text, err := readImage(*trust)
		if err != nil {
			return err
		}
		if o.Trust, err = provenance.NewTrustList(text, text); err != nil {
			return fmt.Errorf("%w: %w", phrase.Errorf("metadata.trust", *trust, err), errInput)
		}
	}
	report := provenance.Validate(data, file, o)
	shown := shownProvenance{report, provenance.Generation(d, report)}
	if *asJSON {
		err = printJSON(c.stdout, shown)
	} else {
		c.printProvenance(shown)
	}
	if err == nil && report.State == provenance.Invalid {
		return errFailed
	}
	return err
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
