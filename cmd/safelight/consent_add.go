package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// consentFlags are the flags by which a consent is written.
type consentFlags struct {
	writeFlags
	evidence *string // a file whose digest is kept
}

// consentWord is the flag of one field: its name, the field's column, the key of its use. Entries of a list are separated
// by commas, but for names, which have commas.
type consentWord struct{ name, column, use string }

func consentWords() []consentWord {
	return []consentWord{
		{"name", "name", "name"}, {"aliases", "aliases", "aliases"}, {"contact", "contact", "contact"},
		{"guardian-name", "guardian_name", "guardian"}, {"guardian-contact", "guardian_contact", "guardian-at"},
		{"controller", "pii_controller", "controller"}, {"evidence", "evidence_link", "evidence"}, {"note", "note", "note"},
		{"external", "external_id", "external"}, {"release", "release_ids", "release"}, {"path", "paths", "path"}, {"image", "images", "image"},
		{"subject", "pii_principal_id", "subject"}, {"kind", "kind", "kind"}, {"level", "level", "level"}, {"type", "consent_type", "type"},
		{"use", "uses", "use"}, {"channel", "channels", "channel"}, {"territory", "territories", "territory"}, {"ai", "ai_training", "ai"},
		{"age", "minor_age", "age"}, {"given", "given_at", "given"}, {"from", "valid_from", "from"}, {"until", "valid_until", "until"},
		{"notice", "privacy_notice", "notice"}, {"language", "language", "language"}, {"method", "collection_method", "method"},
	}
}

// text is a flag's value as the column takes it.
func (w consentWord) text(value string) string {
	switch w.column {
	case "uses", "channels", "territories", "release_ids", "paths", "images":
		return strings.ReplaceAll(value, ",", "|")
	}
	return strings.TrimSpace(value)
}

func newConsentFlags(usage string) consentFlags {
	f := consentFlags{writeFlags: newWriteFlags(usage)}
	for _, w := range consentWords() {
		f.String(w.name, "", "flag.consent."+w.use)
	}
	f.evidence = f.String("evidence-file", "", "flag.consent.evidence-of")
	return f
}

// write puts what the flags say into a draft, and tells whether they say anything; what none names stays as it is.
func (f consentFlags) write(d *consent.Draft) (said bool, err error) {
	given := map[string]string{}
	f.Visit(func(fl *flag.Flag) { given[fl.Name] = fl.Value.String() })
	for _, w := range consentWords() {
		value, ok := given[w.name]
		if !ok {
			continue
		}
		said = true
		if err := d.Set(w.column, w.text(value)); err != nil {
			return said, fmt.Errorf("record a consent: --%s: %w", w.name, err)
		}
	}
	if *f.evidence == "" {
		return said, nil
	}
	d.EvidenceSHA256, err = digestOf(*f.evidence)
	return true, err
}

// consentAdd records an agreement.
func (c *cli) consentAdd(ctx context.Context, args []string) error {
	f := newConsentFlags("consent add [--name NAME] [--release ID] --use U --channel C --territory T [--until DAY] [--dir D] [--as LOGIN] [--json]")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	var draft consent.Draft
	if _, err := f.write(&draft); err != nil {
		return err
	}
	return c.decideSignal(ctx, f.writeFlags, func(w writer) (any, string, error) {
		var declared web.Declared
		var err error
		switch w := w.(type) {
		case *local:
			declared.ID, err = w.app.AddConsent(ctx, w.by, draft)
		case *remote:
			err = w.decode(ctx, "/api/v1/consents", draft, &declared)
		}
		return declared, phrase.Say(c.lang(), "cli.consent.added", declared.ID), err
	})
}

// consentChange changes what the flags name of a record and leaves the rest; an empty value takes away.
func (c *cli) consentChange(ctx context.Context, args []string) error {
	f := newConsentFlags("consent change C-ID --reason TEXT [--until DAY] [--use U] [--channel C] [--territory T] [--name NAME] [--dir D] [--as LOGIN] [--json]")
	reason := f.String("reason", "", "flag.consent.reason")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	said, err := f.write(&consent.Draft{}) // a mistake is told before anything is asked
	if err != nil {
		return err
	}
	if !said || strings.TrimSpace(*reason) == "" {
		return misuse(f.usage, "consent.change")
	}
	return c.decideSignal(ctx, f.writeFlags, func(w writer) (any, string, error) {
		before, err := c.caseOf(ctx, w, ids[0])
		if err != nil {
			return nil, "", err
		}
		draft := consent.DraftOf(consent.Record{State: before.State, Values: *before.Values})
		if _, err = f.write(&draft); err != nil {
			return nil, "", err
		}
		after, err := c.change(ctx, w, web.ConsentChange{Draft: draft, Reason: *reason, Seq: before.Seq})
		return after, phrase.Say(c.lang(), "cli.consent.changed", ids[0]), err
	})
}

// change puts a draft in the place of the record that it is of.
func (c *cli) change(ctx context.Context, w writer, to web.ConsentChange) (after web.ConsentCase, err error) {
	switch w := w.(type) {
	case *local:
		command := consent.Change{Terms: to.Draft.Terms, Values: to.Draft.Values, Reason: to.Reason, Seq: to.Seq}
		if err = w.app.DecideConsent(ctx, w.by, to.Draft.ID, command); err == nil {
			after, err = w.app.Consent(ctx, w.by, to.Draft.ID)
		}
	case *remote:
		err = w.decode(ctx, "/api/v1/consents/"+url.PathEscape(to.Draft.ID)+"/change", to, &after)
	}
	return after, err
}

// caseOf reads a record with its values, as somebody who may see them.
func (c *cli) caseOf(ctx context.Context, w writer, id string) (shown web.ConsentCase, err error) {
	switch w := w.(type) {
	case *local:
		shown, err = w.app.Consent(ctx, w.by, id)
	case *remote:
		err = w.read(ctx, "/api/v1/consents/"+url.PathEscape(id), &shown)
	}
	if err == nil && shown.Values == nil {
		err = consent.Keeps(actorOf(w))
	}
	return shown, err
}

// digestOf gives the SHA-256 of a file.
func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", inputError(err)
	}
	defer file.Close() // only read
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", inputError(err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
