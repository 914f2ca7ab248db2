package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/checkpoint"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	checkpointEvery = time.Hour
	verifyEvery     = 24 * time.Hour

	// lastCheckpoint is the file of the last one that was signed. It lies outside the database: whoever brings back an older
	// one, or cuts it, does not bring back what was signed.
	lastCheckpoint = "checkpoint"
	keysName       = "journal.vkey" // of the public keys, published beside the checkpoints

	effectStamp = "stamp-checkpoint"
)

// checkpointDesk signs one checkpoint at a time, and knows what the last verification found.
type checkpointDesk struct {
	signing sync.Mutex

	mu       sync.Mutex
	verified time.Time // when the journal was last read through
	size     int64     // entries that were whole then
	damage   error     // what was wrong then
	unsigned error     // why no checkpoint can be signed
}

// sealed is where the journal stands, and the checkpoint that was signed of it.
type sealed struct {
	head  journal.Head
	point checkpoint.Checkpoint
}

// signCheckpoint signs where the journal stands. It refuses where the journal no longer holds what was signed last: to
// sign then would lend our name to a rewritten history.
func (a *App) signCheckpoint(ctx context.Context) (s sealed, err error) {
	d := &a.checkpoints
	d.signing.Lock()
	defer d.signing.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if ctx.Err() == nil {
			d.unsigned = err
		}
	}()
	var tree checkpoint.Tree
	if err := a.store.Hashes(ctx, func(h journal.Hash) { tree.Add(h); s.head.Hash = h }); err != nil {
		return s, err
	}
	s.head.Size = tree.Size()
	last, err := lastSigned(a.dir, a.key.Public)
	if err != nil {
		return s, err
	}
	if last != nil {
		if err := checkpoint.Judge(&tree, []checkpoint.Checkpoint{*last}); err != nil {
			return s, fmt.Errorf("sign a checkpoint: %w", err)
		}
		if last.Size == s.head.Size {
			s.point = *last
			return s, nil
		}
	}
	root, err := tree.Root(s.head.Size)
	if err != nil {
		return s, err
	}
	if s.point, err = a.key.Sign(s.head.Size, root); err != nil {
		return s, err
	}
	file := filepath.Join(StateDir(a.dir), lastCheckpoint)
	if err := WriteFile(file, s.point.Text); err != nil {
		return s, err
	}
	return s, os.Chtimes(file, time.Time{}, a.now()) // when it was signed, on the clock that the pages show
}

// lastSigned reads the checkpoint that was signed last; nil where there is none.
func lastSigned(dir, key string) (*checkpoint.Checkpoint, error) {
	text, err := readSmall(filepath.Join(StateDir(dir), lastCheckpoint), checkpoint.MaxText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the last checkpoint: %w", err)
	}
	c, err := checkpoint.Parse(text, []string{key})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(StateDir(dir), lastCheckpoint), err)
	}
	return &c, nil
}

// readSmall reads a file of at most so many bytes.
func readSmall(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is longer than %d bytes: %w", name, limit, journal.ErrTooLarge)
	}
	return data, err
}

// keepCheckpoint signs a checkpoint where the journal has grown, so that a cut is seen although nothing was published.
func (a *App) keepCheckpoint(ctx context.Context) error {
	_, err := a.signCheckpoint(ctx)
	return err
}

// verifyJournal reads the whole journal.
func (a *App) verifyJournal(ctx context.Context) error {
	head, err := a.store.Verify(ctx)
	var damage *journal.DamageError
	if err != nil && !errors.As(err, &damage) {
		return err
	}
	d := &a.checkpoints
	d.mu.Lock()
	defer d.mu.Unlock()
	d.verified, d.size, d.damage = a.now(), head.Size, err
	return nil
}

// journalFindings says what is wrong with the journal: entries that were changed, or that it does not hold what was signed.
func (a *App) journalFindings() (list []audit.Finding) {
	d := &a.checkpoints
	d.mu.Lock()
	defer d.mu.Unlock()
	var damage *journal.DamageError
	if errors.As(d.damage, &damage) {
		list = append(list, audit.Finding{Kind: audit.Damaged, Subject: strconv.FormatInt(damage.Seq, 10)})
	}
	if errors.As(d.unsigned, &damage) && d.damage == nil {
		list = append(list, audit.Finding{Kind: audit.Unsigned, Subject: strconv.FormatInt(damage.Seq, 10)})
	}
	return list
}

// checkpointsDir is the folder of published checkpoints in the repository.
func checkpointsDir(root string) string { return path.Join(root, "checkpoints") }

func checkpointPath(root string, size int64) string {
	return path.Join(checkpointsDir(root), strconv.FormatInt(size, 10)+".checkpoint")
}

// checkpointFiles are what a publication commits of a checkpoint: it, and the key that whoever holds a journal against it
// has to know. Keys of before stay in the file.
func (a *App) checkpointFiles(s sealed) []repository.File {
	key := a.key.Public
	return []repository.File{
		{Path: checkpointPath(a.config.Root, s.point.Size), Data: s.point.Text},
		{Path: path.Join(checkpointsDir(a.config.Root), keysName), Edit: func(committed []byte) ([]byte, error) {
			if slices.Contains(strings.Split(string(committed), "\n"), key) {
				return committed, nil
			}
			return append(slices.Clip(committed), key+"\n"...), nil
		}},
	}
}

// stampEffect asks for a timestamp of a published checkpoint, once.
type stampEffect struct {
	Incident string `json:"incident"`
	Size     int64  `json:"size"`
	Text     string `json:"text"`
}

// stampWanted is the effect that a published checkpoint has where a service is configured.
func (a *App) stampWanted(id string, s sealed) []journal.Effect {
	if a.config.Journal.Timestamp == "" || s.point.Size == 0 {
		return nil
	}
	return []journal.Effect{{
		Kind: effectStamp, Key: fmt.Sprintf("%s/stamp-%d", id, s.point.Size), Stream: id,
		Data: stampEffect{id, s.point.Size, string(s.point.Text)},
	}}
}

// stamp asks the service, and commits its answer beside the checkpoint. A service that is down delays this and nothing else.
func (a *App) stamp(ctx context.Context, e stampEffect) (outcome, error) {
	service := a.config.Journal.Timestamp
	if service == "" {
		return outcome{}, &store.DroppedError{Reason: "no timestamping service is configured any more"}
	}
	answer, err := checkpoint.Authority{URL: service}.Stamp(ctx, []byte(e.Text))
	if err != nil {
		return outcome{}, err
	}
	return a.committed(ctx, e.Incident, repository.CommitRequest{
		Branch: mainBranch, Author: repository.Person{Name: a.config.Git.Name, Email: a.config.Git.Email},
		Files:   []repository.File{{Path: checkpointPath(a.config.Root, e.Size) + ".tsr", Data: answer}},
		Message: fmt.Sprintf("%s: timestamp of the journal's checkpoint at entry %d", e.Incident, e.Size),
		Key:     fmt.Sprintf("%s/stamp-%d", e.Incident, e.Size),
	})
}

// watchJournal says how the journal stands, for people.
func (a *App) watchJournal(ctx context.Context) (web.WatchJournal, error) {
	head, err := a.store.Head(ctx)
	if err != nil {
		return web.WatchJournal{}, err
	}
	if a.replayed && a.checkpoints.never() {
		if err := a.verifyJournal(ctx); err != nil { // nothing runs by itself there
			return web.WatchJournal{}, err
		}
	}
	j := web.WatchJournal{Entries: int(head.Size), Key: a.key.Public}
	d := &a.checkpoints
	d.mu.Lock()
	j.VerifiedAt, j.Whole, j.Verified = known(d.verified), d.damage == nil && !d.verified.IsZero(), int(d.size)
	j.Problem = phrase.SaidOf(errors.Join(d.damage, d.unsigned))
	d.mu.Unlock()
	if j.Since, err = a.firstEntry(ctx); err != nil {
		return j, err
	}
	last, err := lastSigned(a.dir, a.key.Public)
	if err != nil || last == nil {
		return j, nil // what is wrong with it is among the problems
	}
	j.Checkpoint = &web.WatchCheckpoint{Size: int(last.Size), Text: string(last.Text)}
	if info, err := os.Stat(filepath.Join(StateDir(a.dir), lastCheckpoint)); err == nil {
		j.Checkpoint.At = known(info.ModTime().UTC())
	}
	return j, nil
}

func (d *checkpointDesk) never() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.verified.IsZero()
}

// errEnough ends a scan.
var errEnough = errors.New("enough")

// firstEntry says since when there is a journal; nil while it is empty or its first entry cannot be read.
func (a *App) firstEntry(ctx context.Context) (*time.Time, error) {
	var at *time.Time
	err := a.store.Scan(ctx, journal.Query{}, func(e journal.Entry) error {
		at = &e.RecordedAt
		return errEnough
	})
	var damage *journal.DamageError
	if errors.Is(err, errEnough) || errors.As(err, &damage) {
		err = nil
	}
	return at, err
}

// JournalKey gives the public key of a folder's checkpoints.
func JournalKey(dir string) (string, error) {
	k, err := checkpoint.ReadKey(StateDir(dir))
	return k.Public, err
}

// LastCheckpoint gives the checkpoint that a folder signed last, or journal.ErrNotFound.
func LastCheckpoint(dir string) (checkpoint.Checkpoint, error) {
	key, err := JournalKey(dir)
	if err != nil {
		return checkpoint.Checkpoint{}, err
	}
	c, err := lastSigned(dir, key)
	if err == nil && c == nil {
		err = fmt.Errorf("read the last checkpoint: none was signed yet; `safelight serve` and each publication do: %w", journal.ErrNotFound)
	}
	if err != nil {
		return checkpoint.Checkpoint{}, err
	}
	return *c, nil
}

// maxCheckpoints bounds how many published checkpoints a journal is held against: far more than there are postmortems.
const maxCheckpoints = 100_000

// PublishedCheckpoints names the files of the checkpoints that a folder's repository shows.
func PublishedCheckpoints(dir string) ([]string, error) {
	c, err := LoadWatch(dir)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(dir, filepath.FromSlash(checkpointsDir(c.Root)))
	list, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the published checkpoints: %w", err)
	}
	if len(list) > maxCheckpoints {
		return nil, fmt.Errorf("list the published checkpoints: %d files in %s: %w", len(list), folder, journal.ErrTooLarge)
	}
	var names []string
	for _, e := range list {
		if strings.HasSuffix(e.Name(), ".checkpoint") && e.Type().IsRegular() {
			names = append(names, filepath.Join(folder, e.Name()))
		}
	}
	return names, nil
}

// checkpointLine is how a publication's commit names its checkpoint.
func checkpointLine(s sealed) string {
	return fmt.Sprintf("Journal-Checkpoint: %d %s\n", s.point.Size, s.point.Root)
}

// sealJournal is where the journal stands at a publication. One that cannot be signed, because the journal does not hold
// what was signed before, is published without a checkpoint: that is told to the administrators, and delays no postmortem.
func (a *App) sealJournal(ctx context.Context) (sealed, error) {
	s, err := a.signCheckpoint(ctx)
	if err == nil {
		return s, nil
	}
	if ctx.Err() != nil {
		return s, err
	}
	a.log.Error("a postmortem is published without a checkpoint of the journal", "error", journal.Sentence(err))
	s.head, err = a.store.Head(ctx)
	s.point = checkpoint.Checkpoint{}
	return s, err
}
