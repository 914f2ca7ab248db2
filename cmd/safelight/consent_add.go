package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// consentFlags are the flags by which a consent is written.
type consentFlags struct {
	writeFlags
	texts map[string]*string
}

// consentWords names the flags of one text, with the key of their use.
func consentWords() map[string]string {
	return map[string]string{
		"name": "name", "aliases": "aliases", "contact": "contact", "guardian-name": "guardian", "guardian-contact": "guardian-at",
		"controller": "controller", "evidence": "evidence", "evidence-file": "evidence-of", "note": "note", "external": "external",
		"release": "release", "path": "path", "image": "image", "subject": "subject", "kind": "kind", "level": "level", "type": "type",
		"use": "use", "channel": "channel", "territory": "territory", "ai": "ai", "age": "age", "given": "given", "from": "from", "until": "until",
		"notice": "notice", "language": "language", "method": "method",
	}
}

// consentAdd records an agreement.
func (c *cli) consentAdd(ctx context.Context, args []string) error {
	f := consentFlags{newWriteFlags("consent add [--name NAME] [--release ID] --use U --channel C --territory T [--until DAY] [--dir D] [--as LOGIN] [--json]"), map[string]*string{}}
	for name, key := range consentWords() {
		f.texts[name] = f.String(name, "", "flag.consent."+key)
	}
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	draft, err := f.draft()
	if err != nil {
		return err
	}
	return c.decideSignal(ctx, f.writeFlags, func(w writer) (any, string, error) {
		var declared web.Declared
		switch w := w.(type) {
		case *local:
			declared.ID, err = w.app.AddConsent(ctx, w.by, draft)
		case *remote:
			err = w.decode(ctx, "/api/v1/consents", draft, &declared)
		}
		return declared, phrase.Say(c.lang(), "cli.consent.added", declared.ID), err
	})
}

// draft reads the flags.
func (f consentFlags) draft() (consent.Draft, error) {
	text := func(name string) string { return strings.TrimSpace(*f.texts[name]) }
	several := func(name string) []string {
		return strings.FieldsFunc(text(name), func(r rune) bool { return r == ',' })
	}
	d := consent.Draft{
		Terms: consent.Terms{
			Kind: consent.Kind(text("kind")), Subject: text("subject"), Level: consent.Level(text("level")), Type: consent.Type(text("type")),
			Uses: several("use"), Channels: several("channel"), Territories: several("territory"), AI: consent.AI(text("ai")),
			Age: consent.Age(text("age")), Notice: text("notice"), Language: text("language"), Method: text("method"),
		},
		Values: consent.Values{
			Name: text("name"), Aliases: strings.Split(text("aliases"), "|"), Contact: text("contact"),
			GuardianName: text("guardian-name"), GuardianContact: text("guardian-contact"), Controller: text("controller"),
			EvidenceLink: text("evidence"), Note: text("note"), External: text("external"), Releases: several("release"), Images: several("image"),
		},
	}
	times := map[string]*time.Time{"given": &d.GivenAt, "from": &d.ValidFrom, "until": &d.ValidUntil}
	for name, at := range times {
		var err error
		if *at, err = consent.ParseTime(text(name), name == "until"); err != nil {
			return d, fmt.Errorf("record a consent: --%s: %w", name, err)
		}
	}
	var err error
	if d.Paths, err = consent.ParsePlaces(several("path")); err != nil {
		return d, err
	}
	if file := text("evidence-file"); file != "" {
		d.EvidenceSHA256, err = digestOf(file)
	}
	return d, err
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
