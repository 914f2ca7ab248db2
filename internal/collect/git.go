package collect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
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
	// Files are wanted whole as the bad revision has them, changed or not: what a guard did not look at is in no difference.
	Files []string `yaml:"files"`
}

const (
	maxCommits = 2000     // between the two revisions; what reads the log looks at no more
	maxDiff    = 16 << 20 // bytes
	maxTable   = 16 << 20 // bytes of a file that is kept whole
	maxTables  = 20       // colour tables whose change is kept whole
)

// Git brings what changed between a good and a bad revision: the difference of the paths that matter, the log of the
// commits that lead from the one to the other, in the form that causes are looked for in, the changed colour tables before and
// after, which a replay applies, and the files that are wanted whole.
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
	changes, err := changesOf(ctx, from, to, s.Paths)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	diff, err := difference(ctx, from, to, changes)
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
	if err := take(File{base + ".log", "git-log", source, log}); err != nil {
		return err
	}
	if err := tables(base, source, changes, take); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := whole(base, source, to, s.Files, take); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// tables hands over the changed colour tables as they were before and after.
func tables(base, source string, changes object.Changes, take Take) error {
	n := 0
	for _, c := range changes {
		if path.Ext(c.From.Name) != ".cube" && path.Ext(c.To.Name) != ".cube" {
			continue
		}
		if n++; n > maxTables {
			return nil // the difference has them all
		}
		before, after, err := c.Files()
		if err != nil {
			return err
		}
		if before != nil {
			if err := takeBlob(File{Path: base + "/before/" + filePath(c.From.Name), Kind: "lut", Source: source}, before, take); err != nil {
				return err
			}
		}
		if after != nil {
			if err := takeBlob(File{Path: base + "/after/" + filePath(c.To.Name), Kind: "lut", Source: source}, after, take); err != nil {
				return err
			}
		}
	}
	return nil
}

// whole hands over the files that are wanted as they are; one that is not there is a finding, and none of the collector's.
func whole(base, source string, at *object.Commit, names []string, take Take) error {
	for _, name := range names {
		f, err := at.File(path.Clean(name))
		if errors.Is(err, object.ErrFileNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := takeBlob(File{Path: base + "/" + filePath(f.Name), Kind: kindOf(f.Name), Source: source}, f, take); err != nil {
			return err
		}
	}
	return nil
}

func takeBlob(to File, f *object.File, take Take) error {
	if f.Size > maxTable {
		return fmt.Errorf("%s has %d bytes, more than %d: add it by hand: %w", f.Name, f.Size, maxTable, journal.ErrTooLarge)
	}
	r, err := f.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	to.Data = r
	return take(to)
}

// kindOf tells what a file of a repository is to those who look for causes.
func kindOf(name string) string {
	switch {
	case path.Base(name) == "CODEOWNERS":
		return "codeowners"
	case path.Ext(name) == ".cube":
		return "lut"
	case strings.HasPrefix(name, ".github/workflows/"), strings.Contains(path.Base(name), "ci.y"), path.Base(name) == "Jenkinsfile":
		return "ci-config"
	}
	return "other"
}

// filePath makes each name of a path one that evidence may have.
func filePath(s string) string {
	names := strings.Split(s, "/")
	for i, n := range names {
		names[i] = fileName(n)
	}
	return path.Join(names...)
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

// changesOf lists what the paths that matter changed between two commits.
func changesOf(ctx context.Context, from, to *object.Commit, paths []string) (object.Changes, error) {
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
	return slices.DeleteFunc(changes, func(c *object.Change) bool {
		return (c.From.Name == "" || !under(c.From.Name, paths)) && (c.To.Name == "" || !under(c.To.Name, paths))
	}), nil
}

func difference(ctx context.Context, from, to *object.Commit, changes object.Changes) (io.Reader, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# git diff %s %s\n", from.Hash, to.Hash)
	for _, c := range changes {
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
