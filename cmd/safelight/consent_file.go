package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

func newReader(ctx context.Context, f writeFlags) (*app.Reader, error) {
	return app.NewReader(ctx, *f.dir)
}

// keeping does something as somebody who keeps the register.
func (c *cli) keeping(ctx context.Context, f writeFlags, do func(writer) error) error {
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	return errors.Join(do(w), w.close())
}

// actorOf is who writes. Of somebody who asks through the server, only the server knows the role.
func actorOf(w writer) people.Actor {
	if l, ok := w.(*local); ok {
		return l.by
	}
	return people.Actor{ID: "?"}
}

// consentImport records or changes what a file says.
func (c *cli) consentImport(ctx context.Context, args []string) error {
	f := newWriteFlags("consent import FILE.csv|FILE.json [--dir D] [--as LOGIN] [--json]")
	f.more = explanation{"cli.consent.file", consent.Columns()}
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	drafts, err := readConsents(files[0])
	if err != nil {
		return err
	}
	var taken web.ConsentsTaken
	err = c.keeping(ctx, f, func(w writer) (err error) {
		switch w := w.(type) {
		case *local:
			taken, err = w.app.ImportConsents(ctx, w.by, drafts)
		case *remote:
			err = w.decode(ctx, "/api/v1/consents/import", web.ConsentDrafts{Drafts: drafts}, &taken)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := c.printConsentsTaken(*f.asJSON, taken); err != nil {
		return err
	}
	if taken.Refused > 0 {
		return errFailed
	}
	return nil
}

func readConsents(name string) ([]consent.Draft, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, inputError(err)
	}
	defer file.Close() // only read
	text, err := io.ReadAll(io.LimitReader(file, consent.MaxImport+1))
	if err != nil {
		return nil, inputError(err)
	}
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return consent.ReadJSON(text)
	}
	return consent.ReadCSV(text)
}

func (c *cli) printConsentsTaken(asJSON bool, taken web.ConsentsTaken) error {
	if asJSON {
		return printJSON(c.stdout, taken)
	}
	l := c.lang()
	fmt.Fprintln(c.stdout, phrase.Say(l, "cli.consent.taken", taken.Added, taken.Changed, taken.Same, taken.Refused))
	for _, r := range taken.Refusals {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.consent.refusal", r.Number, r.Reason))
	}
	return nil
}

// consentExport writes the register with its values.
func (c *cli) consentExport(ctx context.Context, args []string) error {
	f := newWriteFlags("consent export [--format json|csv] [--out FILE] [--dir D] [--as LOGIN]")
	format, out := f.String("format", "json", "flag.consent.format"), f.String("out", "", "flag.consent.out")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	var text bytes.Buffer
	err := c.keeping(ctx, f, func(w writer) error {
		switch w := w.(type) {
		case *local:
			records, err := w.app.ExportConsents(ctx, w.by)
			if err != nil {
				return err
			}
			now, _ := w.app.Now()
			return consent.Write(&text, *format, records, now)
		case *remote:
			answer, err := w.ask(ctx, http.MethodGet, "/api/v1/consents/export?format="+url.QueryEscape(*format), nil)
			text.Write(answer)
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.put(*out, text.Bytes())
}

// put writes a result to a file that only its owner reads, or to standard output.
func (c *cli) put(file string, text []byte) error {
	if file == "" {
		_, err := c.stdout.Write(text)
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", file, inputError(err))
	}
	return nil
}

// consentAudit writes the trail of a record with its proof, or verifies such a file.
func (c *cli) consentAudit(ctx context.Context, args []string) error {
	f := newReadFlags("consent audit C-ID [--out FILE] [--dir D] | consent audit --verify FILE [--journal EXPORT] [--dir D]")
	out, verify := f.String("out", "", "flag.consent.out"), f.String("verify", "", "flag.consent.verify")
	export := f.String("journal", "", "flag.consent.journal")
	ids, err := f.parse(args, 0, 1)
	if err != nil {
		return err
	}
	if (len(ids) == 1) == (*verify != "") {
		return misuse(f.usage, "consent.audit")
	}
	if *verify != "" {
		return c.verifyAudit(ctx, auditSources{*verify, *export, *f.dir}, *f.asJSON)
	}
	r, err := app.NewReader(ctx, *f.dir)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	audit, err := r.ConsentAudit(ctx, ids[0])
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := printJSON(&text, audit); err != nil {
		return err
	}
	return c.put(*out, text.Bytes())
}

// auditSources are the file to verify and what it is held against.
type auditSources struct{ file, export, dir string }

// audited is the JSON of a verification.
type audited struct {
	Record   string `json:"record"`
	Whole    bool   `json:"whole"`
	Compared bool   `json:"compared"` // with a journal
	Root     string `json:"root"`
	Size     int64  `json:"size"`
}

// maxAudit bounds an audit that is read.
const maxAudit = 64 << 20

func (c *cli) verifyAudit(ctx context.Context, from auditSources, asJSON bool) error {
	file, err := os.Open(from.file)
	if err != nil {
		return inputError(err)
	}
	defer file.Close() // only read
	var audit web.ConsentAudit
	if err := json.NewDecoder(io.LimitReader(file, maxAudit)).Decode(&audit); err != nil {
		return fmt.Errorf("read %s: %w: %w", from.file, err, journal.ErrInvalid)
	}
	compared, err := from.verify(ctx, audit)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(c.stdout, audited{audit.Record, true, compared, audit.Root, audit.Size})
	}
	l := c.lang()
	fmt.Fprintln(c.stdout, phrase.Say(l, "cli.consent.audited", audit.Record, len(audit.Entries), audit.Root, audit.Size))
	end := phrase.Key("cli.consent.alone")
	if compared {
		end = "cli.consent.compared"
	}
	_, err = fmt.Fprintln(c.stdout, phrase.Say(l, end))
	return err
}

// verify holds an audit against an export, or against the folder's journal
// where there is one; else it is verified by itself.
func (from auditSources) verify(ctx context.Context, audit web.ConsentAudit) (compared bool, err error) {
	if from.export != "" {
		export, err := os.Open(from.export)
		if err != nil {
			return false, inputError(err)
		}
		defer export.Close() // only read
		return true, app.VerifyAuditBy(audit, export)
	}
	s, err := app.OpenReader(ctx, from.dir)
	if errors.Is(err, journal.ErrNotFound) {
		return false, app.VerifyAudit(audit)
	}
	if err != nil {
		return false, err
	}
	defer s.Close() // only read
	read, write := io.Pipe()
	go func() {
		err := s.Scan(ctx, journal.Query{}, func(e journal.Entry) error {
			_, err := write.Write(e.Line())
			return err
		})
		_ = write.CloseWithError(err) // nil is the end of the journal
	}()
	err = app.VerifyAuditBy(audit, read)
	return true, errors.Join(err, read.Close())
}
