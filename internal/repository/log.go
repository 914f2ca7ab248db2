package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/safelight-dev/safelight/internal/journal"
)

// MaxLog is the largest number of commits that [Repository.Log] gives.
const MaxLog = 1000

// LogEntry is a commit as a page lists it.
type LogEntry struct {
	Hash    string
	Subject string // the first line of the message
	Author  Person
	When    time.Time // of the author, in the zone of the commit
	Key     string    // of the request that made it; empty if it is not ours
}

// Log gives the newest n commits of main that changed something below
// [Options.Root], the newest first: those that "git log -n N main -- ROOT"
// lists. An empty main has none. An n that is not within 1 and [MaxLog] is
// [journal.ErrInvalid].
func (r *Repository) Log(ctx context.Context, n int) ([]LogEntry, error) {
	if n < 1 || n > MaxLog {
		return nil, fmt.Errorf("list commits: %d is not within 1 and %d: %w", n, MaxLog, journal.ErrInvalid)
	}
	h, err := r.history()
	if err != nil {
		return nil, fmt.Errorf("list commits: %w", err)
	}
	var list []LogEntry
	for len(list) < n && len(h.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("list commits: %w", err)
		}
		c, changed, err := h.next()
		if err != nil {
			return nil, fmt.Errorf("list commits: %w", err)
		}
		if changed {
			list = append(list, entryOf(c))
		}
	}
	return list, nil
}

func entryOf(c *object.Commit) LogEntry {
	subject, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	return LogEntry{
		Hash: c.Hash.String(), Subject: subject, Author: Person{Name: c.Author.Name, Email: c.Author.Email},
		When: c.Author.When, Key: keyOf(c.Message),
	}
}

// history is a walk from the newest commit to the oldest.
type history struct {
	objects objects
	root    string
	cut     []plumbing.Hash // where a shallow clone ends
	seen    map[plumbing.Hash]bool
	queue   []*object.Commit // the newest first
}

func (r *Repository) history() (*history, error) {
	g, err := r.open()
	if err != nil {
		return nil, err
	}
	h := &history{objects: objects{git: g}, root: r.root, seen: map[plumbing.Hash]bool{}}
	if h.cut, err = g.Storer.Shallow(); err != nil {
		return nil, err
	}
	main, err := g.Reference(mainBranch, true)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return h, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := g.CommitObject(main.Hash())
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", main.Hash(), err)
	}
	h.push(c)
	return h, nil
}

// push puts a commit among those that wait, before the older ones.
func (h *history) push(c *object.Commit) {
	if h.seen[c.Hash] {
		return
	}
	h.seen[c.Hash] = true
	i := slices.IndexFunc(h.queue, func(o *object.Commit) bool { return o.Committer.When.Before(c.Committer.When) })
	if i < 0 {
		i = len(h.queue)
	}
	h.queue = slices.Insert(h.queue, i, c)
}

// next takes the newest commit and says whether it changed the root. A merge
// whose root is that of one parent changed nothing, and only that parent is
// followed, as git's history simplification does.
func (h *history) next() (*object.Commit, bool, error) {
	c := h.queue[0]
	h.queue = h.queue[1:]
	parents, err := h.parents(c)
	if err != nil {
		return nil, false, err
	}
	own, err := h.rootOf(c)
	if err != nil {
		return nil, false, err
	}
	for _, p := range parents {
		theirs, err := h.rootOf(p)
		if err != nil {
			return nil, false, err
		}
		if theirs == own {
			h.push(p)
			return c, false, nil
		}
	}
	for _, p := range parents {
		h.push(p)
	}
	return c, len(parents) > 0 || !own.IsZero(), nil
}

func (h *history) parents(c *object.Commit) ([]*object.Commit, error) {
	if slices.Contains(h.cut, c.Hash) {
		return nil, nil
	}
	list := make([]*object.Commit, 0, len(c.ParentHashes))
	for _, hash := range c.ParentHashes {
		p, err := h.objects.git.CommitObject(hash)
		if err != nil {
			return nil, fmt.Errorf("read commit %s: %w", hash, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// rootOf gives the hash of the root in a commit, or the zero hash if it has none.
func (h *history) rootOf(c *object.Commit) (plumbing.Hash, error) {
	if h.root == "" {
		return c.TreeHash, nil
	}
	e, err := h.objects.lookup(c.TreeHash, h.root)
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return plumbing.ZeroHash, fmt.Errorf("read commit %s: %w", c.Hash, err)
	}
	return e.Hash, nil
}

// FileAt gives a file as a commit has it, or [journal.ErrNotFound] where commit or file are not there.
func (r *Repository) FileAt(commit, name string) ([]byte, error) {
	if err := validatePath(name); err != nil {
		return nil, err
	}
	g, err := r.open()
	if err != nil {
		return nil, err
	}
	o := objects{git: g}
	c, err := g.CommitObject(plumbing.NewHash(commit))
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		err = journal.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read commit %.40s: %w", commit, err)
	}
	_, data, err := o.read(c.TreeHash, name)
	return data, err
}
