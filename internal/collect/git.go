package collect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/safelight-dev/safelight/internal/journal"
)

// GitSource is a repository whose history is evidence.
type GitSource struct {
	// Repository is its folder.
	Repository string `yaml:"repository"`
	// Paths are the files and folders whose changes matter; all of it if there are none.
	Paths []string `yaml:"paths"`
}

const (
	maxCommits = 2000     // between the two revisions; what reads the log looks at no more
	maxDiff    = 16 << 20 // bytes
)

// Git brings what changed between a good and a bad revision: the difference of the paths that matter, and the log of the
// commits that lead from the one to the other, in the form that causes are looked for in.
func Git(ctx context.Context, name string, s GitSource, good, bad string, take Take) error {
	doing := fmt.Sprintf("collect what changed between %.40q and %.40q in %s", good, bad, s.Repository)
	g, err := git.PlainOpen(s.Repository)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	from, err := resolve(g, good)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	to, err := resolve(g, bad)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	diff, err := difference(ctx, from, to, s.Paths)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	log, err := history(ctx, g, from, to)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	base := fmt.Sprintf("git/%s-%.10s-%.10s", name, from.Hash, to.Hash)
	source := fmt.Sprintf("%s, %s to %s", path.Base(s.Repository), from.Hash, to.Hash)
	if err := take(File{base + ".diff", "git-diff", source, diff}); err != nil {
		return err
	}
	return take(File{base + ".log", "git-log", source, log})
}

func resolve(g *git.Repository, revision string) (*object.Commit, error) {
	if revision == "" || strings.HasPrefix(revision, "-") || len(revision) > 200 {
		return nil, fmt.Errorf("revision %.40q: name a commit, a tag or a branch: %w", revision, journal.ErrInvalid)
	}
	hash, err := g.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		return nil, fmt.Errorf("revision %.40q: %v: %w", revision, err, journal.ErrNotFound)
	}
	return g.CommitObject(*hash)
}

// under tells whether a name is one of the paths or lies below one; every name is where there are none.
func under(name string, paths []string) bool {
	for _, p := range paths {
		if p = strings.TrimSuffix(path.Clean(p), "/"); name == p || strings.HasPrefix(name, p+"/") {
			return true
		}
	}
	return len(paths) == 0
}

func difference(ctx context.Context, from, to *object.Commit, paths []string) (io.Reader, error) {
	a, err := from.Tree()
	if err != nil {
		return nil, err
	}
	b, err := to.Tree()
	if err != nil {
		return nil, err
	}
	changes, err := object.DiffTreeContext(ctx, a, b)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# git diff %s %s\n", from.Hash, to.Hash)
	for _, c := range changes {
		if !under(c.From.Name, paths) && !under(c.To.Name, paths) || c.From.Name == "" && !under(c.To.Name, paths) {
			continue
		}
		patch, err := c.PatchContext(ctx)
		if err != nil {
			return nil, err
		}
		if err := patch.Encode(&out); err != nil {
			return nil, err
		}
		if out.Len() > maxDiff {
			return nil, fmt.Errorf("the difference is longer than %d bytes: name the paths that matter: %w", maxDiff, journal.ErrTooLarge)
		}
	}
	return &out, nil
}

// history writes the commits that the bad revision has and the good one has not, the newest first.
func history(ctx context.Context, g *git.Repository, from, to *object.Commit) (io.Reader, error) {
	old := map[plumbing.Hash]bool{}
	err := object.NewCommitPreorderIter(from, nil, nil).ForEach(func(c *object.Commit) error {
		old[c.Hash] = true
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	n := 0
	errFull := errors.New("full")
	walk, err := g.Log(&git.LogOptions{From: to.Hash, Order: git.LogOrderCommitterTime})
	if err != nil {
		return nil, err
	}
	err = walk.ForEach(func(c *object.Commit) error {
		if old[c.Hash] {
			return ctx.Err()
		}
		if n++; n > maxCommits {
			return errFull
		}
		return writeCommit(ctx, &out, c)
	})
	if err != nil && !errors.Is(err, errFull) {
		return nil, err
	}
	return &out, nil
}

var trailer = regexp.MustCompile(`^(Reviewed-by|Review-branch): \S`)

func writeCommit(ctx context.Context, out *bytes.Buffer, c *object.Commit) error {
	var parents []string
	for _, p := range c.ParentHashes {
		parents = append(parents, p.String())
	}
	subject, body, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	fmt.Fprintf(out, "commit %s\nparents %s\nauthor %s\ndate %s\nsubject %s\n",
		c.Hash, strings.Join(parents, " "), oneLine(c.Author.Name), c.Committer.When.Format(time.RFC3339), oneLine(subject))
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); trailer.MatchString(line) {
			fmt.Fprintln(out, line)
		}
	}
	names, err := changed(ctx, c)
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, name := range names {
		fmt.Fprintln(out, name)
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// changed names the files of a commit; those of a merge are those of the commits that it brings.
func changed(ctx context.Context, c *object.Commit) ([]string, error) {
	if c.NumParents() > 1 {
		return nil, nil
	}
	tree, err := c.Tree()
	if err != nil {
		return nil, err
	}
	var before *object.Tree
	if c.NumParents() == 1 {
		parent, err := c.Parent(0)
		if err != nil {
			return nil, err
		}
		if before, err = parent.Tree(); err != nil {
			return nil, err
		}
	}
	changes, err := object.DiffTreeContext(ctx, before, tree)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, ch := range changes {
		name := ch.To.Name
		if name == "" {
			name = ch.From.Name
		}
		names = append(names, name)
	}
	return names, nil
}
