package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// runConsent keeps the register of consents.
func runConsent(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "consent", []verb{
		{"list", (*cli).consentList}, {"show", (*cli).consentShow}, {"add", (*cli).consentAdd}, {"change", (*cli).consentChange}, {"import", (*cli).consentImport},
		{"export", (*cli).consentExport}, {"revoke", (*cli).consentRevoke}, {"expire", (*cli).consentExpire}, {"erase", (*cli).consentErase},
		{"audit", (*cli).consentAudit},
	}, args)
}

// consentList lists the records without their values.
func (c *cli) consentList(ctx context.Context, args []string) error {
	f := newReadFlags("consent list [--state S] [--dir D] [--json]")
	state := f.String("state", "", "flag.consent.standing")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	all, err := r.Consents(ctx)
	if err != nil {
		return err
	}
	list := []web.ListedConsent{}
	for _, s := range all {
		if *state == "" || string(s.Standing) == *state {
			list = append(list, s)
		}
	}
	l := c.lang()
	switch {
	case *f.asJSON:
		return printJSON(c.stdout, list)
	case len(list) == 0:
		_, err = fmt.Fprintln(c.stdout, phrase.Say(l, "cli.consent.none"))
		return err
	}
	return c.table(func(w io.Writer) {
		fmt.Fprintln(w, phrase.Say(l, "cli.consent.columns"))
		for _, s := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.ID, phrase.Say(l, phrase.Key("consent.standing."+string(s.Standing))), s.Subject,
				endOf(l, s), web.ConsentScopeOf(l, s.Terms))
		}
	})
}

func endOf(l phrase.Lang, s web.ListedConsent) string {
	switch {
	case s.Revoked != nil:
		return minute(s.RevokedSince)
	case s.Level == consent.Refused:
		return minute(s.GivenAt)
	case s.ValidUntil.IsZero():
		return phrase.Say(l, "consent.open-ended")
	}
	return minute(s.ValidUntil)
}

// consentShow shows one record; its values to whoever keeps the register.
func (c *cli) consentShow(ctx context.Context, args []string) error {
	f := newWriteFlags("consent show C-ID [--values] [--dir D] [--as LOGIN] [--json]")
	values := f.Bool("values", false, "flag.consent.values")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	shown, err := c.readConsent(ctx, f, ids[0], *values)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, shown)
	}
	c.printConsent(shown)
	return nil
}

// printConsent says the standing of a record, its terms and its values by their names, and who did what.
func (c *cli) printConsent(shown web.ConsentCase) {
	l := c.lang()
	fmt.Fprintf(c.stdout, "%s  %s  %s\n", shown.ID, phrase.Say(l, phrase.Key("consent.standing."+string(shown.Standing))), endOf(l, shown.ListedConsent))
	facts := web.ConsentFactsOf(l, shown.Terms, minute)
	if shown.Values != nil {
		facts = append(facts, web.ConsentValuesOf(l, *shown.Values)...)
	}
	for _, f := range facts {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.consent.fact", f.Name, oneLine(f.Value)))
	}
	for _, s := range shown.Trail {
		what, fields := web.ConsentStepOf(l, s)
		if fields != "" {
			what = phrase.Say(l, "consent.fault.of", what, fields)
		}
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.consent.step", s.Seq, minute(s.At), string(s.By), what))
	}
}

// readConsent reads the folder, or asks as somebody who may see the values.
func (c *cli) readConsent(ctx context.Context, f writeFlags, id string, values bool) (shown web.ConsentCase, err error) {
	if !values {
		r, err := newReader(ctx, f)
		if err != nil {
			return shown, err
		}
		defer r.Close() // only read
		return r.Consent(ctx, id)
	}
	err = c.keeping(ctx, f, func(w writer) (err error) {
		shown, err = c.caseOf(ctx, w, id)
		return err
	})
	return shown, err
}

// consentRevoke withdraws a consent.
func (c *cli) consentRevoke(ctx context.Context, args []string) error {
	f := newWriteFlags("consent revoke C-ID --reason TEXT [--since T] [--dir D] [--as LOGIN] [--json]")
	reason, since := f.String("reason", "", "flag.consent.reason"), f.String("since", "", "flag.consent.since")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	command := consent.Revoke{Reason: *reason}
	if command.Since, err = consent.ParseTime(*since, false); err != nil {
		return err
	}
	return c.decideConsent(ctx, f, consentDecision{ids[0], "revoke", command, "cli.consent.revoked"})
}

// consentExpire ends a consent earlier.
func (c *cli) consentExpire(ctx context.Context, args []string) error {
	f := newWriteFlags("consent expire C-ID [--at T] [--reason TEXT] [--dir D] [--as LOGIN] [--json]")
	at, reason := f.String("at", "", "flag.consent.end"), f.String("reason", "", "flag.consent.reason")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	command := consent.Expire{Reason: *reason}
	if command.Until, err = consent.ParseTime(*at, true); err != nil {
		return err
	}
	return c.decideConsent(ctx, f, consentDecision{ids[0], "expire", command, "cli.consent.ended"})
}

// consentDecision is a command on a record, with its name in the API and what to say when it is done.
type consentDecision struct {
	id, verb string
	command  consent.Command
	said     phrase.Key
}

func (c *cli) decideConsent(ctx context.Context, f writeFlags, d consentDecision) error {
	return c.decideSignal(ctx, f, func(w writer) (any, string, error) {
		var shown web.ConsentCase
		var err error
		switch w := w.(type) {
		case *local:
			if err = w.app.DecideConsent(ctx, w.by, d.id, d.command); err == nil {
				shown, err = w.app.Consent(ctx, w.by, d.id)
			}
		case *remote:
			err = w.decode(ctx, "/api/v1/consents/"+url.PathEscape(d.id)+"/"+d.verb, d.command, &shown)
		}
		return shown, phrase.Say(c.lang(), d.said, d.id), err
	})
}

// consentErase erases the values of a record, or of all records of a subject.
func (c *cli) consentErase(ctx context.Context, args []string) error {
	f := newWriteFlags("consent erase C-ID|S-ID --ground request|retention|error [--dir D] [--as LOGIN] [--json]")
	ground := f.String("ground", "", "flag.consent.ground")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	return c.decideSignal(ctx, f, func(w writer) (any, string, error) {
		var erased web.ConsentsErased
		switch w := w.(type) {
		case *local:
			erased.Erased, err = w.app.EraseConsents(ctx, w.by, ids[0], consent.Ground(*ground))
		case *remote:
			err = w.decode(ctx, "/api/v1/consents/"+url.PathEscape(ids[0])+"/erase", web.ConsentErasure{Ground: consent.Ground(*ground)}, &erased)
		}
		return erased, phrase.Say(c.lang(), "cli.consent.erased", strings.Join(erased.Erased, ", ")), err
	})
}
