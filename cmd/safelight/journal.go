package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/journal"
)

// runJournal verifies or exports the journal.
func runJournal(c *cli, ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "verify":
			return c.journalVerify(ctx, args[1:])
		case "export":
			return c.journalExport(ctx, args[1:])
		}
	}
	return usageError{"journal: say what to do", "usage: safelight journal verify [FILE] [--dir D] | export [--dir D]"}
}

// verified is the JSON of a verification.
type verified struct {
	Whole  bool   `json:"whole"`
	Size   int64  `json:"size"` // entries verified
	Head   string `json:"head"`
	Entry  int64  `json:"entry,omitempty"` // the damaged one
	Reason string `json:"reason,omitempty"`
}

// journalVerify checks the journal of a folder, or an exported file.
func (c *cli) journalVerify(ctx context.Context, args []string) error {
	f := newFlags("journal verify [FILE] [--dir D] [--json]")
	dir := f.String("dir", ".", "the publication repository")
	asJSON := f.Bool("json", false, "print as JSON")
	files, err := f.parse(args, 0, 1)
	if err != nil {
		return err
	}
	var head journal.Head
	if len(files) == 1 {
		head, err = verifyFile(files[0])
	} else {
		head, err = verifyFolder(ctx, *dir)
	}
	var damage *journal.DamageError
	if err != nil && !errors.As(err, &damage) {
		return err
	}
	v := verified{Whole: damage == nil, Size: head.Size, Head: head.Hash.String()}
	if damage != nil {
		v.Entry, v.Reason = damage.Seq, damage.Reason
	}
	return c.printVerified(v, damage, *asJSON)
}

func (c *cli) printVerified(v verified, damage *journal.DamageError, asJSON bool) error {
	if asJSON {
		if err := printJSON(c.stdout, v); err != nil {
			return err
		}
		if damage != nil {
			return errFailed
		}
		return nil
	}
	if damage != nil {
		return damage
	}
	_, err := fmt.Fprintf(c.stdout, "the journal is whole: %d entries, head %s\n", v.Size, v.Head)
	return err
}

func verifyFile(path string) (journal.Head, error) {
	f, err := os.Open(path)
	if err != nil {
		return journal.Head{}, fmt.Errorf("open the export: %w", inputError(err))
	}
	defer f.Close()
	return journal.VerifyExport(f)
}

func verifyFolder(ctx context.Context, dir string) (journal.Head, error) {
	s, err := app.OpenReader(ctx, dir)
	if err != nil {
		return journal.Head{}, err
	}
	defer s.Close()
	return s.Verify(ctx)
}

// journalExport prints the journal as JSON lines.
func (c *cli) journalExport(ctx context.Context, args []string) error {
	f := newFlags("journal export [--dir D]")
	dir := f.String("dir", ".", "the publication repository")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	s, err := app.OpenReader(ctx, *dir)
	if err != nil {
		return err
	}
	defer s.Close()
	out := bufio.NewWriter(c.stdout)
	err = s.Scan(ctx, journal.Query{}, func(e journal.Entry) error {
		_, err := out.Write(e.Line())
		return err
	})
	return errors.Join(err, out.Flush())
}
