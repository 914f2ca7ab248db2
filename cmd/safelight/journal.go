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
	f := newFlags("journal verify [FILE] [--size N --head HASH] [--dir D] [--json]")
	dir := f.String("dir", ".", "the publication repository")
	asJSON := f.Bool("json", false, "print as JSON")
	size := f.Int64("size", 0, "number of entries that a published postmortem states")
	hash := f.String("head", "", "head of the journal that it states")
	files, err := f.parse(args, 0, 1)
	if err != nil {
		return err
	}
	sealed, err := sealedHead(*size, *hash)
	if err != nil {
		return err
	}
	var head journal.Head
	if len(files) == 1 {
		head, err = verifyFile(files[0], sealed)
	} else {
		head, err = verifyFolder(ctx, *dir, sealed)
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

// sealedHead reads the head that a published postmortem states. It shows what
// no chain can: that the journal was cut cleanly at its end.
func sealedHead(size int64, hash string) (journal.Head, error) {
	if hash == "" && size == 0 {
		return journal.Head{}, nil
	}
	h, err := journal.ParseHash(hash)
	if err != nil || size < 1 {
		return journal.Head{}, usageError{"journal verify: give size and head together, as the postmortem states them", "usage: safelight journal verify [FILE] --size N --head HASH"}
	}
	return journal.Head{Size: size, Hash: h}, nil
}

// holds checks that a verified journal has the entry that a postmortem sealed.
func holds(head, sealed journal.Head, at journal.Hash) error {
	switch {
	case sealed.Size == 0:
		return nil
	case head.Size < sealed.Size:
		return &journal.DamageError{Seq: head.Size + 1, Reason: fmt.Sprintf("it is cut off: the postmortem was sealed at entry %d", sealed.Size)}
	case at != sealed.Hash:
		return &journal.DamageError{Seq: sealed.Size, Reason: "it is not the entry that the postmortem was sealed at"}
	}
	return nil
}

func verifyFile(path string, sealed journal.Head) (journal.Head, error) {
	f, err := os.Open(path)
	if err != nil {
		return journal.Head{}, fmt.Errorf("open the export: %w", inputError(err))
	}
	defer f.Close()
	var at journal.Hash
	head, err := journal.VerifyExportEach(f, func(e journal.Entry) {
		if e.Seq == sealed.Size {
			at = e.Hash
		}
	})
	if err != nil {
		return head, err
	}
	return head, holds(head, sealed, at)
}

func verifyFolder(ctx context.Context, dir string, sealed journal.Head) (journal.Head, error) {
	s, err := app.OpenReader(ctx, dir)
	if err != nil {
		return journal.Head{}, err
	}
	defer s.Close()
	head, err := s.Verify(ctx)
	if err != nil || sealed.Size == 0 {
		return head, err
	}
	var at journal.Hash
	err = s.Scan(ctx, journal.Query{After: sealed.Size - 1}, func(e journal.Entry) error {
		if e.Seq == sealed.Size {
			at = e.Hash
		}
		return nil
	})
	if err != nil {
		return head, err
	}
	return head, holds(head, sealed, at)
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
