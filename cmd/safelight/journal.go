package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/checkpoint"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// runJournal verifies, proves and exports the journal.
func runJournal(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "journal", []verb{
		{"verify", (*cli).journalVerify}, {"export", (*cli).journalExport}, {"checkpoint", (*cli).journalCheckpoint},
		{"key", (*cli).journalKey}, {"prove", (*cli).journalProve}, {"check", (*cli).journalCheck},
	}, args)
}

// verified is the JSON of a verification.
type verified struct {
	Whole       bool            `json:"whole"`
	Size        int64           `json:"size"` // entries verified
	Head        string          `json:"head"`
	Checkpoints []verifiedPoint `json:"checkpoints"`
	Entry       int64           `json:"entry,omitempty"` // the damaged one
	Reason      string          `json:"reason,omitempty"`
}

// verifiedPoint is a checkpoint that the journal was held against.
type verifiedPoint struct {
	File      string     `json:"file"`
	Size      int64      `json:"size"`
	Root      string     `json:"root"`
	Signer    string     `json:"signer"`
	StampedAt *time.Time `json:"stampedAt,omitempty"`
	StampedBy string     `json:"stampedBy,omitempty"`
	Trusted   bool       `json:"trusted,omitempty"` // the timestamp leads to a root that was named
}

// journalVerify checks the journal of a folder, or an exported file.
func (c *cli) journalVerify(ctx context.Context, args []string) error {
	f := newFlags("journal verify [FILE] [--checkpoint FILE]... [--key KEY]... [--tsa-roots PEM] [--size N --head HASH] [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	asJSON := f.Bool("json", false, "flag.json")
	size := f.Int64("size", 0, "flag.sealed-size")
	hash := f.String("head", "", "flag.sealed-head")
	points := f.points()
	files, err := f.parse(args, 0, 1)
	if err != nil {
		return err
	}
	var against held
	if against.head, err = sealedHead(*size, *hash); err != nil {
		return err
	}
	if len(files) == 1 {
		*dir = ""
	}
	if against.points, err = points.read(*dir); err != nil {
		return err
	}
	var head journal.Head
	if len(files) == 1 {
		head, err = verifyFile(files[0], against)
	} else {
		head, err = verifyFolder(ctx, *dir, against)
	}
	var damage *journal.DamageError
	var fork *checkpoint.ForkError
	if err != nil && !errors.As(err, &damage) && !errors.As(err, &fork) {
		return err
	}
	return c.printVerified(head, against, err, *asJSON)
}

func (c *cli) printVerified(head journal.Head, against held, wrong error, asJSON bool) error {
	if asJSON {
		if err := printJSON(c.stdout, verification(head, against, wrong)); err != nil {
			return err
		}
		if wrong != nil {
			return errFailed
		}
		return nil
	}
	if wrong != nil {
		return wrong
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.journal.whole", head.Size, head.Hash))
	if len(against.points) == 0 {
		return nil
	}
	largest := slices.MaxFunc(against.points, func(a, b point) int { return cmp.Compare(a.Size, b.Size) })
	_, err := fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.journal.checkpoints", len(against.points), largest.Size, largest.Signer))
	for _, p := range against.points {
		c.printStamp(p.stamped)
	}
	return err
}

func verification(head journal.Head, against held, wrong error) verified {
	v := verified{Whole: wrong == nil, Size: head.Size, Head: head.Hash.String(), Checkpoints: []verifiedPoint{}}
	for _, p := range against.points {
		row := verifiedPoint{File: p.file, Size: p.Size, Root: p.Root.String(), Signer: p.Signer}
		if p.stamped != nil {
			row.StampedAt, row.StampedBy, row.Trusted = &p.stamped.At, p.stamped.By, p.stamped.Trusted
		}
		v.Checkpoints = append(v.Checkpoints, row)
	}
	var damage *journal.DamageError
	if errors.As(wrong, &damage) {
		v.Entry, v.Reason = damage.Seq, damage.Reason
	} else if wrong != nil {
		v.Reason = wrong.Error()
	}
	return v
}

// sealedHead reads the head that a published postmortem states. It shows what
// no chain can: that the journal was cut cleanly at its end.
func sealedHead(size int64, hash string) (journal.Head, error) {
	if hash == "" && size == 0 {
		return journal.Head{}, nil
	}
	h, err := journal.ParseHash(hash)
	if err != nil || size < 1 {
		return journal.Head{}, misuse("journal verify [FILE] --size N --head HASH", "verify")
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

func verifyFile(path string, against held) (journal.Head, error) {
	f, err := os.Open(path)
	if err != nil {
		return journal.Head{}, fmt.Errorf("open the export: %w", inputError(err))
	}
	defer f.Close()
	h := holder{against: against}
	head, err := journal.VerifyExportEach(f, h.take)
	return h.judge(head, err)
}

func verifyFolder(ctx context.Context, dir string, against held) (head journal.Head, err error) {
	s, err := app.OpenReader(ctx, dir)
	if err != nil {
		return head, err
	}
	defer s.Close()
	h := holder{against: against}
	err = s.Scan(ctx, journal.Query{}, func(e journal.Entry) error {
		h.take(e)
		head = journal.Head{Size: e.Seq, Hash: e.Hash}
		return nil
	})
	return h.judge(head, err)
}

// holder holds a journal against what others keep of it, while it is verified.
type holder struct {
	against held
	tree    checkpoint.Tree
	at      journal.Hash // of the entry that a postmortem was sealed at
}

func (h *holder) take(e journal.Entry) {
	h.tree.Add(e.Hash)
	if e.Seq == h.against.head.Size {
		h.at = e.Hash
	}
}

// judge says what is wrong. A break of the chain is named first: what follows it says nothing.
func (h *holder) judge(head journal.Head, err error) (journal.Head, error) {
	if err == nil {
		err = holds(head, h.against.head, h.at)
	}
	if err == nil {
		var points []checkpoint.Checkpoint
		for _, p := range h.against.points {
			points = append(points, p.Checkpoint)
		}
		err = checkpoint.Judge(&h.tree, points)
	}
	return head, err
}

// journalExport prints the journal as JSON lines.
func (c *cli) journalExport(ctx context.Context, args []string) error {
	f := newFlags("journal export [--dir D]")
	dir := f.String("dir", ".", "flag.repository")
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
