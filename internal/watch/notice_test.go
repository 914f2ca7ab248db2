package watch

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// desk hears the notices of real folders.
type desk struct {
	t   *testing.T
	dir string
	n   *Notifier
	all map[string]bool
}

// heard is how long a notice may take before a test gives up; it is never waited for.
const heard = 10 * time.Second

func hear(t *testing.T, folders ...string) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), all: map[string]bool{}}
	var names []string
	for _, f := range folders {
		names = append(names, d.path(f))
	}
	var err error
	if d.n, err = NewNotifier(NotifierOptions{Folders: names, Quiet: 20 * time.Millisecond, Check: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { d.n.Run(ctx); close(ended) }()
	d.t.Cleanup(func() { cancel(); <-ended })
}

func (d *desk) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

func (d *desk) write(parts ...string) {
	d.t.Helper()
	name := d.path(parts...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("image"), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) rename(from, to string) {
	d.t.Helper()
	if err := os.Rename(d.path(from), d.path(to)); err != nil {
		d.t.Fatal(err)
	}
}

// expect takes notices until all paths of a folder have been told of, and gives what else was.
func (d *desk) expect(folder string, paths ...string) (others []string) {
	d.t.Helper()
	left := slices.Clone(paths)
	deadline := time.After(heard)
	for len(left) > 0 {
		select {
		case n := <-d.n.Notices():
			for _, p := range n.Paths {
				if i := slices.Index(left, p); i >= 0 && n.Folder == d.path(folder) {
					left = slices.Delete(left, i, i+1)
				} else {
					others = append(others, n.Folder+"/"+p)
				}
			}
			if n.All {
				others = append(others, n.Folder)
			}
		case <-deadline:
			d.t.Fatalf("nothing is told of %v in %s; heard of %v", left, folder, others)
		}
	}
	return others
}

// whole takes notices until one says that anything of a folder may have changed.
func (d *desk) whole(folder string) {
	d.t.Helper()
	deadline := time.After(heard)
	for {
		select {
		case n := <-d.n.Notices():
			if n.All && n.Folder == d.path(folder) {
				return
			}
		case <-deadline:
			d.t.Fatalf("nothing is told of %s as a whole", folder)
		}
	}
}

// TestNotices tells of what is delivered, once it has come to rest.
func TestNotices(t *testing.T) {
	t.Parallel()
	d := hear(t, "out", "hero")
	d.write("out", "old.jpg")
	d.write("hero", "deep/old.jpg")
	d.run()
	d.whole("hero") // what lies there at the start is for the first sweep
	d.whole("out")
	d.write("out", "a.jpg")
	d.expect("out", "a.jpg")
	d.write("hero", "deep", "b.jpg")
	d.expect("hero", "deep/b.jpg")
	d.write("out", "x", "y", "z", "c.jpg") // folders that come with it
	d.expect("out", "x/y/z/c.jpg")
	d.write("out", "x", "y", "z", "d.jpg")
	d.expect("out", "x/y/z/d.jpg")
	d.write("out", "a.jpg") // a new version
	d.expect("out", "a.jpg")
	// As most tools deliver: beside it, then renamed.
	d.write("out", ".part", "e.jpg")
	d.write("out", ".e.jpg.tmp")
	d.write("out", "notes.txt")
	d.rename("out/.e.jpg.tmp", "out/e.jpg")
	if others := d.expect("out", "e.jpg"); len(others) > 0 {
		t.Errorf("told of %v too; hidden files and what is no image are passed over", others)
	}
}

// TestNoticesOfSlowWriting tells of a file that is written for long when it is whole.
func TestNoticesOfSlowWriting(t *testing.T) {
	t.Parallel()
	d := hear(t, "out")
	d.write("out", "z.jpg")
	d.run()
	d.whole("out")
	f, err := os.Create(d.path("out", "slow.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// It is being written for as long as five other files take to come and be told of.
	var told []string
	for i := range 5 {
		stop := make(chan struct{})
		done := make(chan error)
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
					if _, err := f.WriteString("x"); err != nil {
						done <- err
						return
					}
				}
			}
		}()
		name := fmt.Sprintf("other%d.jpg", i)
		d.write("out", name)
		told = append(told, d.expect("out", name)...)
		close(stop)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if len(told) > 0 {
		// Between two rounds it may have been left alone for 20 ms: then it was
		// whole as far as anybody can tell, and is told of again.
		t.Logf("told of %v while it was written", told)
	}
	if !slices.Contains(told, d.path("out")+"/slow.jpg") {
		d.expect("out", "slow.jpg")
	}
}

// TestNoticesOfMovedFolders follows folders that are renamed.
func TestNoticesOfMovedFolders(t *testing.T) {
	t.Parallel()
	d := hear(t, "out")
	d.write("out", "old", "deep", "a.jpg")
	d.write("aside", "in", "b.jpg")
	d.run()
	d.whole("out")
	d.rename("aside/in", "out/in")
	d.expect("out", "in/b.jpg")
	d.write("out", "in", "c.jpg")
	d.expect("out", "in/c.jpg")
	d.rename("out/old", "out/new")
	d.expect("out", "new/deep/a.jpg")
	d.write("out", "new", "deep", "d.jpg")
	d.expect("out", "new/deep/d.jpg")
}

// TestNoticesOfReplacedRoots: a delivery may replace its folder by renaming or
// by switching a link, and may come before its folder does.
func TestNoticesOfReplacedRoots(t *testing.T) {
	t.Parallel()
	d := hear(t, "out", "current", "later")
	d.write("out", "a.jpg")
	d.write("r1", "a.jpg")
	d.write("r2", "a.jpg")
	if err := os.Symlink("r1", d.path("current")); err != nil {
		t.Fatal(err)
	}
	d.run()
	d.whole("current")
	d.whole("out")

	d.write("next", "a.jpg")
	d.rename("out", "gone")
	d.rename("next", "out")
	d.whole("out")
	d.write("out", "b.jpg")
	d.expect("out", "b.jpg")

	if err := os.Symlink("r2", d.path("switch")); err != nil {
		t.Fatal(err)
	}
	d.rename("switch", "current")
	d.whole("current")
	d.write("r2", "b.jpg")
	d.expect("current", "b.jpg")

	d.write("later", "a.jpg")
	d.whole("later")
	d.write("later", "b.jpg")
	d.expect("later", "b.jpg")
	if err := os.RemoveAll(d.path("later")); err != nil {
		t.Fatal(err)
	}
	d.write("later", "c.jpg")
	d.whole("later")
}

// TestNoticesOfNestedRoots: a folder may belong to two pipelines.
func TestNoticesOfNestedRoots(t *testing.T) {
	t.Parallel()
	d := hear(t, "out", "out/hero")
	d.write("out", "hero", "a.jpg")
	d.run()
	d.whole("out")
	d.whole("out/hero")
	d.write("out", "hero", "b.jpg")
	told := map[string]bool{}
	deadline := time.After(heard)
	for len(told) < 2 {
		select {
		case n := <-d.n.Notices():
			for _, p := range n.Paths {
				told[filepath.Join(n.Folder, p)+" of "+filepath.Base(n.Folder)] = true
			}
		case <-deadline:
			t.Fatalf("told of %v, want the image in both folders", told)
		}
	}
}

// TestNoticesCoalesce: what nobody takes waits, and grows into one notice.
func TestNoticesCoalesce(t *testing.T) {
	t.Parallel()
	d := hear(t, "out")
	r := d.n.roots[d.path("out")]
	r.real, r.info = d.path("out"), fs.FileInfo(nil)
	d.write("out", "a.jpg")
	d.n.check()
	r.wait(false)
	for i := range 3 {
		d.write("out", fmt.Sprintf("b%d.jpg", i))
		d.n.touch(r, fmt.Sprintf("b%d.jpg", i))
	}
	later := time.Now()
	for range 2 {
		later = later.Add(time.Second)
		d.n.rest(later)
	}
	if got := r.told(); !slices.Equal(got.Paths, []string{"b0.jpg", "b1.jpg", "b2.jpg"}) || got.All {
		t.Errorf("told is %+v, want the three", got)
	}
	for i := range maxWaiting + 1 {
		r.paths[fmt.Sprintf("c%d.jpg", i)] = true
	}
	d.n.touch(r, "b0.jpg")
	for range 2 {
		later = later.Add(time.Second)
		d.n.rest(later)
	}
	if got := r.told(); !got.All || len(got.Paths) > 0 {
		t.Errorf("beyond the limit told is %+v with %d paths, want the whole folder", got.All, len(got.Paths))
	}
	d.n.watcher.Close()
}

// TestNoticesAfterOverflow: where the system lost events, everything may have changed.
func TestNoticesAfterOverflow(t *testing.T) {
	t.Parallel()
	d := hear(t, "out", "hero")
	d.write("out", "a.jpg")
	d.write("hero", "a.jpg")
	d.run()
	d.whole("hero")
	d.whole("out")
	d.n.watcher.Errors <- fmt.Errorf("read: %w", fsnotify.ErrEventOverflow)
	d.whole("hero")
	d.whole("out")
}
