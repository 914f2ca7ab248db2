package changes

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

const most = 1 << 20

// site is a Git repository made by the real git.
type site struct {
	t   *testing.T
	dir string
}

func newSite(t *testing.T) site {
	t.Helper()
	s := site{t, t.TempDir()}
	s.git("init", "-q", "-b", "main")
	return s
}

func (s site) git(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", s.dir, "-c", "user.name=a", "-c", "user.email=a@x"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (s site) put(name, text string) {
	s.t.Helper()
	at := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o644)); err != nil {
		s.t.Fatal(err)
	}
}

func (s site) open(place string) Tree {
	s.t.Helper()
	tree, err := Open(s.dir, place, most)
	if err != nil {
		s.t.Fatal(err)
	}
	return tree
}

func images(p string) bool { return strings.HasSuffix(p, ".png") || strings.HasSuffix(p, ".jpg") }

// between lists the changes in words, and what is laid out on both sides.
func (s site) between(base, change Tree) (words []string, diff Diff) {
	s.t.Helper()
	diff, err := Between(s.t.Context(), base, change, images)
	if err != nil {
		s.t.Fatal(err)
	}
	a, b, err := diff.Lay(s.t.Context(), base, change, s.t.TempDir())
	if err != nil {
		s.t.Fatal(err)
	}
	read := func(dir, name string) string {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			s.t.Error(err)
		}
		return string(data)
	}
	for _, c := range diff.Changes {
		switch {
		case c.Gone:
			words = append(words, "- "+c.Path)
		case c.Base == "":
			words = append(words, fmt.Sprintf("+ %s %s", c.Path, read(b, c.Path)))
		default:
			words = append(words, fmt.Sprintf("%s %s → %s %s", c.Base, read(a, c.Base), c.Path, read(b, c.Path)))
		}
	}
	return words, diff
}

// TestBetween compares folders, revisions and a folder of a revision, in every mixture, and finds the same.
func TestBetween(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, text := range map[string]string{
		"images/a.png": "A", "images/deep/b.png": "B", "images/c.png": "C", "images/same.png": "S", "images/gone.png": "G", "images/notes.txt": "x", "elsewhere.png": "E",
	} {
		s.put(name, text)
	}
	s.git("add", ".")
	s.git("commit", "-qm", "base")
	s.git("switch", "-qc", "change")
	s.put("images/a.png", "A2")
	s.put("images/deep/b.png", "b") // as long as it was
	s.put("images/new.png", "N")
	s.git("mv", "images/c.png", "images/c.jpg")
	s.put("images/c.jpg", "C2")
	s.git("rm", "-q", "images/gone.png")
	s.put("images/notes.txt", "y")
	s.git("add", ".")
	s.git("commit", "-qm", "change")
	old := filepath.Join(t.TempDir(), "old")
	s.git("worktree", "add", "-q", old, "main")
	want := []string{"a.png A → a.png A2", "c.png C → c.jpg C2", "deep/b.png B → deep/b.png b", "- gone.png", "+ new.png N"}
	for _, c := range [][2]string{
		{"main:images", "change:images"}, {"main:images/", "images"}, {old + "/images", "images"}, {old + "/images", "HEAD:images"}, {"HEAD~1:images", "images"},
	} {
		words, diff := s.between(s.open(c[0]), s.open(c[1]))
		if !slices.Equal(words, want) || diff.Unchanged != 1 || diff.Images != 5 {
			t.Errorf("%v: %q, %d of %d unchanged; want %q", c, words, diff.Unchanged, diff.Images, want)
		}
	}
	if words, diff := s.between(s.open("main"), s.open(".")); len(words) != 5 || diff.Unchanged != 2 {
		t.Errorf("the whole repository: %q, %d unchanged", words, diff.Unchanged)
	}
	for place, kind := range map[string]error{"nowhere": journal.ErrNotFound, "main:nowhere": journal.ErrNotFound, "--all": journal.ErrInvalid} {
		if _, err := Open(s.dir, place, most); !errors.Is(err, kind) {
			t.Errorf("open %s: %v, want %v", place, err, kind)
		}
	}
	if _, err := Open(t.TempDir(), "main", most); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a revision outside of Git: %v", err)
	}
}

// TestSides: what others did to the base since a branch was begun is none of its changes; nor is it while it is merged in. What the base
// has already, and what is of no common history, is compared as it is named.
func TestSides(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	commit := func(name, text string) {
		s.put(name, text)
		s.git("add", ".")
		s.git("commit", "-qm", name)
	}
	commit("a.png", "A")
	s.git("branch", "release")
	s.git("switch", "-qc", "change")
	commit("new.png", "N")
	s.git("switch", "-q", "main")
	commit("a.png", "A2")
	s.git("switch", "-q", "--orphan", "other")
	commit("o.png", "O")
	s.git("switch", "-q", "change")
	sides := func(base, change string, want ...string) string {
		t.Helper()
		was, is, err := Sides(s.dir, base, change, most)
		if err != nil {
			t.Fatal(err)
		}
		if words, _ := s.between(was, is); !slices.Equal(words, want) {
			t.Errorf("%s, %s: %q, want %q", base, change, words, want)
		}
		return was.String()
	}
	if name := sides("main", "change", "+ new.png N"); name != "main ("+s.git("rev-parse", "release")[:8]+")" {
		t.Errorf("the base is called %s", name)
	}
	sides("main", ".", "+ new.png N")
	sides("main", "release", "a.png A2 → a.png A")
	sides("main", "other", "- a.png", "+ o.png O")
	if name := sides("release", "main", "a.png A → a.png A2"); name != "release" {
		t.Errorf("the base is called %s", name)
	}
	s.git("merge", "-q", "--no-commit", "main")
	sides("main", ".", "+ new.png N")
	sides("HEAD", ".", "a.png A → a.png A2")
	sides(".", "main", "- new.png")
}

// TestReplaced: several images may be made of one that is gone; a link in the place of an image, or of its folder, is told.
func TestReplaced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("a.jpg", "A")
	s.put("b.png", "B")
	s.put("deep/c.png", "C")
	s.git("add", ".")
	s.git("commit", "-qm", "base")
	s.git("rm", "-rq", ".")
	s.put("a.png", "A2")
	s.put("a.new.jpg", "N")
	s.put("elsewhere/c.png", "C")
	for link, to := range map[string]string{"b.png": "a.png", "deep": "elsewhere"} {
		if err := os.Symlink(to, filepath.Join(s.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	s.git("add", ".")
	s.git("commit", "-qm", "change")
	both := func(p string) bool { return images(p) || strings.HasSuffix(p, ".webp") }
	s.put("a.webp", "A3")
	s.git("add", ".")
	s.git("commit", "-qm", "webp")
	for _, place := range []string{".", "HEAD"} {
		diff, err := Between(t.Context(), s.open("HEAD~2"), s.open(place), both)
		want := []Change{{Path: "a.new.jpg"}, {Path: "a.png", Base: "a.jpg"}, {Path: "a.webp", Base: "a.jpg"},
			{"b.png", "b.png", true, true}, {"deep/c.png", "deep/c.png", true, true}, {Path: "elsewhere/c.png"}}
		if err != nil || !slices.Equal(diff.Changes, want) {
			t.Errorf("%s: %+v, %v; want %+v", place, diff.Changes, err, want)
		}
		if _, _, err := diff.Lay(t.Context(), s.open("HEAD~2"), s.open(place), t.TempDir()); err != nil {
			t.Errorf("%s: %v", place, err)
		}
	}
}

// TestSubfolder: of a revision, a folder of the repository is compared with that folder, and has the whole around it.
func TestSubfolder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("apps/shop/a.png", "A")
	s.put("b.png", "B")
	s.git("add", ".")
	s.git("commit", "-qm", "base")
	s.put("apps/shop/a.png", "A2")
	s.put("apps/new/n.png", "N")
	s.git("add", ".")
	s.git("commit", "-qm", "change")
	for dir, want := range map[string][]string{"apps/shop": {"a.png A → a.png A2"}, "apps/new": {"+ n.png N"}} {
		at := site{t, filepath.Join(s.dir, dir)}
		for _, change := range []string{".", "HEAD", "HEAD:" + dir} {
			if words, _ := at.between(at.open("HEAD~1"), at.open(change)); !slices.Equal(words, want) {
				t.Errorf("%s, %s: %q, want %q", dir, change, words, want)
			}
		}
		for _, place := range []string{".", "HEAD"} {
			whole, below := Whole(at.open(place))
			if names, err := List(t.Context(), whole, images); err != nil || len(names) != 3 || below != dir {
				t.Errorf("around %s of %s: %q, %q, %v", dir, place, names, below, err)
			}
		}
	}
}

// TestLFS: an image in Git LFS is the one that its pointer names, in the working tree as in a revision.
func TestLFS(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	pointTo := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		oid := hex.EncodeToString(sum[:])
		s.put(".git/lfs/objects/"+oid[:2]+"/"+oid[2:4]+"/"+oid, text)
		return fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", oid, len(text))
	}
	s.put("a.png", pointTo("the first picture"))
	s.put("b.png", pointTo("another"))
	s.git("add", ".")
	s.git("commit", "-qm", "base")
	s.put("a.png", pointTo("the second picture"))
	s.git("commit", "-qam", "change")
	want := []string{"a.png the first picture → a.png the second picture"}
	if words, _ := s.between(s.open("main~1"), s.open("main")); !slices.Equal(words, want) {
		t.Errorf("%q, want %q", words, want)
	}
	if data, err := Read(s.open("main"), "a.png", most); err != nil || string(data) != "the second picture" {
		t.Errorf("read %q, %v", data, err)
	}
	// The working tree, where Git LFS has put the pictures.
	s.put("a.png", "the second picture")
	s.put("b.png", "another")
	if words, diff := s.between(s.open("main~1"), s.open(".")); !slices.Equal(words, want) || diff.Unchanged != 1 {
		t.Errorf("against the working tree: %q, %d unchanged; want %q", words, diff.Unchanged, want)
	}
	if err := os.RemoveAll(filepath.Join(s.dir, ".git", "lfs")); err != nil {
		t.Fatal(err)
	}
	base, change := s.open("main~1"), s.open("main")
	diff, err := Between(t.Context(), base, change, images)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := diff.Lay(t.Context(), base, change, t.TempDir()); !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "git lfs fetch") {
		t.Errorf("a picture that was not fetched: %v", err)
	}
}

// TestLargeFile: what is too large to be measured is not copied, and is as large as it was, so that the measurement says so.
func TestLargeFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("a.png", "x")
	s.git("add", ".")
	s.git("commit", "-qm", "base")
	s.put("a.png", strings.Repeat("y", most+1))
	s.git("commit", "-qam", "change")
	base, change := s.open("main~1"), s.open("main")
	diff, err := Between(t.Context(), base, change, images)
	if err != nil {
		t.Fatal(err)
	}
	_, dir, err := diff.Lay(t.Context(), base, change, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "a.png")); err != nil || len(data) != most+1 || data[0] == 'y' {
		t.Errorf("%d bytes, %v; want %d of nothing", len(data), err, most+1)
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	s := site{t, t.TempDir()}
	for name, text := range map[string]string{"old/1.png": "A", "new/a.png": "A2", "old/2.png": "S", "new/s.png": "S", "new/n.png": "N", "old/g.png": "G"} {
		s.put(name, text)
	}
	s.put("pairs.csv", "change,note,base\nnew/a.png,warmer,old/1.png\nnew/s.png,,old/2.png\nnew/n.png,,\n,,old/g.png\n")
	base, change, err := Manifest(filepath.Join(s.dir, "pairs.csv"), most)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"new/a.png A → new/a.png A2", "+ new/n.png N", "- old/g.png"}
	if words, diff := s.between(base, change); !slices.Equal(words, want) || diff.Unchanged != 1 {
		t.Errorf("%q, %d unchanged; want %q", words, diff.Unchanged, want)
	}
	s.put("marked.csv", "\ufeffbase,change\nold/1.png,new/a.png\n")
	if base, change, err = Manifest(filepath.Join(s.dir, "marked.csv"), most); err != nil {
		t.Fatal(err)
	}
	if words, _ := s.between(base, change); !slices.Equal(words, want[:1]) {
		t.Errorf("after a byte order mark: %q, want %q", words, want[:1])
	}
	for name, text := range map[string]string{
		"no columns": "a,b\n1,2\n", "nothing": "", "twice": "base,change\nold/1.png,new/a.png\nold/2.png,new/a.png\n", "a broken row": "base,change\n\"x\n", "no name": "base,change\n,\n",
	} {
		s.put("bad.csv", text)
		if _, _, err := Manifest(filepath.Join(s.dir, "bad.csv"), most); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzPointer(f *testing.F) {
	f.Add([]byte("version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("a", 64) + "\nsize 3\n"))
	f.Add([]byte("version https://git-lfs.github.com/spec/v1\next-0-x y\noid sha256:" + strings.Repeat("0", 64) + "\nsize 99999999999999999999\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if oid, size, ok := pointer(data); ok && (len(oid) != 64 || size < 0) {
			t.Errorf("%q, %d", oid, size)
		}
	})
}
