package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/checkpoint"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// held is what a journal is held against.
type held struct {
	head   journal.Head // as a postmortem states it; zero for none
	points []point
}

// point is a checkpoint from a file.
type point struct {
	checkpoint.Checkpoint
	file    string
	stamped *checkpoint.Stamped // nil: there is no timestamp beside it
}

// pointFlags are those that name checkpoints and who may have signed them.
type pointFlags struct {
	files, keys list
	roots       *string
}

func (f flags) points() *pointFlags {
	p := &pointFlags{}
	f.Var(&p.files, "checkpoint", "flag.checkpoint")
	f.Var(&p.keys, "key", "flag.checkpoint-key")
	p.roots = f.String("tsa-roots", "", "flag.tsa-roots")
	return p
}

// read reads the named checkpoints. With a folder, its own key counts, and what it has signed and published is held against it too.
func (p *pointFlags) read(dir string) ([]point, error) {
	keys, err := publicKeys(p.keys)
	if err != nil {
		return nil, err
	}
	files := p.files
	if dir != "" {
		own, err := app.JournalKey(dir)
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			return nil, err
		}
		if own != "" {
			keys = append(keys, own)
		}
		published, err := app.PublishedCheckpoints(dir)
		if err != nil {
			return nil, err
		}
		files = append(files, published...)
	}
	if len(files) > 0 && len(keys) == 0 {
		return nil, misused("journal", "checkpoint.key", phrase.Of("misuse.checkpoint.key.hint"))
	}
	roots, err := p.pool()
	if err != nil {
		return nil, err
	}
	var points []point
	for _, file := range files {
		next, err := readPoint(file, keys, roots)
		if err != nil {
			return nil, err
		}
		points = append(points, next)
	}
	if dir != "" {
		last, err := app.LastCheckpoint(dir)
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			points = append(points, point{Checkpoint: last, file: "the last one signed"})
		}
	}
	return points, nil
}

// pool reads the roots that timestamps have to lead to; nil for none.
func (p *pointFlags) pool() (*x509.CertPool, error) {
	if *p.roots == "" {
		return nil, nil
	}
	text, err := readLimited(*p.roots, 1<<20)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read %s: it holds no certificate in PEM: %w", *p.roots, journal.ErrInvalid)
	}
	return pool, nil
}

func readPoint(file string, keys []string, roots *x509.CertPool) (point, error) {
	text, err := readLimited(file, checkpoint.MaxText)
	if err != nil {
		return point{}, err
	}
	c, err := checkpoint.Parse(text, keys)
	if err != nil {
		return point{}, fmt.Errorf("%s: %w", file, err)
	}
	next := point{Checkpoint: c, file: file}
	answer, err := readLimited(file+".tsr", checkpoint.MaxTimestamp)
	if errors.Is(err, fs.ErrNotExist) {
		return next, nil
	}
	if err != nil {
		return point{}, err
	}
	s, err := checkpoint.ReadStamp(answer, text, roots)
	if err != nil {
		return point{}, fmt.Errorf("%s.tsr: %w", file, err)
	}
	next.stamped = &s
	return next, nil
}

// publicKeys reads keys that are given as such or as files that hold them.
func publicKeys(given []string) ([]string, error) {
	var keys []string
	for _, g := range given {
		text := []byte(g)
		if strings.Count(g, "+") < 2 {
			var err error
			if text, err = readLimited(g, checkpoint.MaxText); err != nil {
				return nil, err
			}
		}
		more, err := checkpoint.ParseKeys(text)
		if err != nil {
			return nil, fmt.Errorf("read the key %.60q: %w", g, err)
		}
		keys = append(keys, more...)
	}
	return keys, nil
}

// readLimited reads a file of at most so many bytes.
func readLimited(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, inputError(err)
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("read %s: not a file of at most %d bytes: %w", name, limit, journal.ErrInvalid)
	}
	return os.ReadFile(name)
}

// journalKey prints the public key of a folder's checkpoints.
func (c *cli) journalKey(_ context.Context, args []string) error {
	f := newFlags("journal key [--dir D]")
	dir := f.String("dir", ".", "flag.repository")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	key, err := app.JournalKey(*dir)
	if err == nil {
		_, err = fmt.Fprintln(c.stdout, key)
	}
	return err
}

// journalCheckpoint prints the checkpoint that was signed last, to be kept elsewhere.
func (c *cli) journalCheckpoint(_ context.Context, args []string) error {
	f := newFlags("journal checkpoint [--dir D]")
	dir := f.String("dir", ".", "flag.repository")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	last, err := app.LastCheckpoint(*dir)
	if err == nil {
		_, err = c.stdout.Write(last.Text)
	}
	return err
}

// journalProve prints a proof that a checkpoint's journal holds an entry, or that it grew from an older checkpoint.
func (c *cli) journalProve(ctx context.Context, args []string) error {
	f := newFlags("journal prove ENTRY [--text] | --from CHECKPOINT [--checkpoint FILE] [--key KEY] [--dir D]")
	dir := f.String("dir", ".", "flag.repository")
	from := f.String("from", "", "flag.proof-from")
	withText := f.Bool("text", false, "flag.proof-text")
	points := f.points()
	given, err := f.parse(args, 0, 1)
	if err != nil {
		return err
	}
	if (len(given) == 1) == (*from != "") {
		return misuse(f.usage, "prove")
	}
	named := slices.Clone(points.files)
	if *from != "" {
		points.files = append(points.files, *from)
	}
	known, err := points.read(*dir)
	if err != nil {
		return err
	}
	tree, err := readTree(ctx, *dir)
	if err != nil {
		return err
	}
	to := target(known, named, *from)
	if to == nil {
		return fmt.Errorf("prove: there is no checkpoint that it could lead to; `safelight serve` and each publication sign one: %w", journal.ErrNotFound)
	}
	if *from != "" {
		old := pointOf(known, *from)
		proof, err := tree.Growth(old.Checkpoint, to.Checkpoint)
		if err != nil {
			return err
		}
		return printJSON(c.stdout, proof)
	}
	proof, err := proveEntry(ctx, *dir, tree, given[0], to.Checkpoint, *withText)
	if err != nil {
		return err
	}
	return printJSON(c.stdout, proof)
}

// target is the checkpoint that a proof leads to: the one that was named, or the largest that is known.
func target(known []point, named []string, from string) (to *point) {
	for i := range known {
		p := &known[i]
		switch {
		case p.file == from:
		case len(named) > 0 && p.file == named[0]:
			return p
		case to == nil || p.Size > to.Size:
			to = p
		}
	}
	return to
}

func pointOf(known []point, file string) point {
	for _, p := range known {
		if p.file == file {
			return p
		}
	}
	return point{}
}

func proveEntry(ctx context.Context, dir string, tree *checkpoint.Tree, number string, to checkpoint.Checkpoint, withText bool) (checkpoint.Proof, error) {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		return checkpoint.Proof{}, misused("journal prove", "prove.number", phrase.Of("misuse.prove.number.hint"), fmt.Sprintf("%.20q", number))
	}
	s, err := app.OpenReader(ctx, dir)
	if err != nil {
		return checkpoint.Proof{}, err
	}
	defer s.Close()
	var entry journal.Entry
	err = s.Scan(ctx, journal.Query{After: n - 1}, func(e journal.Entry) error { entry = e; return errFound })
	if err != nil && !errors.Is(err, errFound) {
		return checkpoint.Proof{}, err
	}
	if entry.Seq != n {
		return checkpoint.Proof{}, fmt.Errorf("prove entry %d: the journal has %d entries: %w", n, tree.Size(), journal.ErrNotFound)
	}
	proof, err := tree.Entry(n, entry.Hash, to)
	if withText {
		proof.Text = string(entry.Text)
	}
	return proof, err
}

// errFound ends a scan.
var errFound = errors.New("found")

// readTree computes the tree of a folder's journal from its hashes.
func readTree(ctx context.Context, dir string) (*checkpoint.Tree, error) {
	s, err := app.OpenReader(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var tree checkpoint.Tree
	return &tree, s.Hashes(ctx, func(h journal.Hash) { tree.Add(h) })
}

// checked is the JSON of a proof that holds.
type checked struct {
	Entry  int64  `json:"entry,omitempty"`
	Hash   string `json:"hash,omitempty"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	Signer string `json:"signer"`
}

// journalCheck checks a proof by a public key, without a journal.
func (c *cli) journalCheck(_ context.Context, args []string) error {
	f := newFlags("journal check PROOF.json --key KEY [--json]")
	asJSON := f.Bool("json", false, "flag.json")
	var given list
	f.Var(&given, "key", "flag.checkpoint-key")
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	keys, err := publicKeys(given)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return misuse(f.usage, "journal.check")
	}
	text, err := c.readInput(files[0], checkpoint.MaxProof)
	if err != nil {
		return err
	}
	proof, err := checkpoint.ParseProof(text)
	if err != nil {
		return err
	}
	to, err := proof.Check(keys)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.stdout, checked{proof.Entry, proof.Hash, to.Size, to.Root.String(), to.Signer})
	}
	key := phrase.Key("cli.journal.proven")
	if proof.Entry == 0 {
		key = "cli.journal.grown"
	}
	_, err = fmt.Fprintln(c.stdout, phrase.Say(c.lang(), key, proof.Entry, to.Size, to.Signer))
	return err
}

// printStamp says what a timestamp says.
func (c *cli) printStamp(s *checkpoint.Stamped) {
	if s == nil {
		return
	}
	key := phrase.Key("cli.journal.stamped.unknown")
	if s.Trusted {
		key = "cli.journal.stamped"
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), key, s.At.Format(time.RFC3339), s.By))
}
