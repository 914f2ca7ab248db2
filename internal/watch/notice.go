package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Notice says that files below a folder have changed and come to rest, so that
// they can be checked now. It is a hint that comes early and may be missing: a
// sweep of the whole folder now and then is the net below it.
type Notice struct {
	Folder string   // as it was named to the [Notifier]
	Paths  []string // relative, with slashes, sorted; none where All is set
	All    bool     // anything may have changed
}

// NotifierOptions says what to watch.
type NotifierOptions struct {
	Folders []string
	// Quiet is how long a file must be left alone before it is told of; 0 means 150 ms.
	Quiet time.Duration
	// Check is how often it is looked whether the folders are still the same: a
	// delivery may replace one by renaming. 0 means 1 s.
	Check time.Duration
	Log   *slog.Logger // nil discards
}

const (
	defaultQuiet = 150 * time.Millisecond
	defaultCheck = time.Second
	// Limits of what waits to be told of one folder, and of the folders that are
	// watched in all: beyond them a whole sweep is the better way.
	maxWaiting = 20_000
	maxFolders = 100_000
)

// Notifier watches folders, with all folders below them, and those that come later.
type Notifier struct {
	o        NotifierOptions
	watcher  *fsnotify.Watcher
	notices  chan Notice
	roots    map[string]*root
	settling *settling
	folders  map[string]bool // that are watched
	tired    bool            // it has been said that not all are watched
}

// root is one of the folders to watch.
type root struct {
	name string      // as it was given
	real string      // without links, so that what is watched is this very folder
	info fs.FileInfo // of the folder that is watched; nil while it is not there
	// What waits to be told, and the notice that says so; nil until it is needed.
	paths  map[string]bool
	all    bool
	notice *Notice
}

// NewNotifier makes a notifier; [Notifier.Run] watches. A folder that is not
// there yet is watched once it is.
func NewNotifier(o NotifierOptions) (*Notifier, error) {
	if o.Quiet <= 0 {
		o.Quiet = defaultQuiet
	}
	if o.Check <= 0 {
		o.Check = defaultCheck
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w, err := fsnotify.NewBufferedWatcher(1024)
	if err != nil {
		return nil, fmt.Errorf("watch the delivered folders: %w", err)
	}
	n := &Notifier{o: o, watcher: w, notices: make(chan Notice), roots: map[string]*root{}, settling: newSettling(o.Quiet), folders: map[string]bool{}}
	for _, name := range o.Folders {
		n.roots[name] = &root{name: name, paths: map[string]bool{}}
	}
	return n, nil
}

// Notices gives what has come to rest. Where nobody takes it, it waits and
// grows into one notice for each folder.
func (n *Notifier) Notices() <-chan Notice { return n.notices }

// Run watches until ctx ends, and gives everything back.
func (n *Notifier) Run(ctx context.Context) {
	defer n.watcher.Close()
	check := time.NewTicker(n.o.Check)
	defer check.Stop()
	due := time.NewTimer(0)
	defer due.Stop()
	n.check()
	for {
		n.rest(time.Now())
		if next := n.settling.next(); !next.IsZero() {
			due.Reset(time.Until(next))
		}
		first, out := n.waiting()
		select {
		case <-ctx.Done():
			return
		case out <- first.told():
			first.wait(false)
		case event := <-n.watcher.Events:
			n.take(event)
		case err := <-n.watcher.Errors:
			n.trouble(err)
		case <-due.C:
		case <-check.C:
			n.check()
		}
	}
}

// waiting gives a folder with something to tell, and the channel to tell it by.
func (n *Notifier) waiting() (*root, chan<- Notice) {
	for _, name := range slices.Sorted(maps.Keys(n.roots)) {
		if r := n.roots[name]; r.all || len(r.paths) > 0 {
			return r, n.notices
		}
	}
	return &root{}, nil
}

// told gives what is to be told of the folder.
func (r *root) told() Notice {
	if r.notice == nil {
		r.notice = &Notice{Folder: r.name, All: r.all}
		if len(r.paths) > 0 {
			r.notice.Paths = slices.Sorted(maps.Keys(r.paths))
		}
	}
	return *r.notice
}

// wait empties what is to be told; all says that it is the whole folder now.
func (r *root) wait(all bool) {
	r.paths, r.all, r.notice = map[string]bool{}, all, nil
}

// rest moves what has come to rest to what is to be told.
func (n *Notifier) rest(now time.Time) {
	for _, p := range n.settling.settled(now, n.stat) {
		if r := n.roots[p.folder]; !r.all {
			r.paths[p.path], r.notice = true, nil
			if len(r.paths) > maxWaiting {
				n.whole(r)
			}
		}
	}
}

func (n *Notifier) stat(p place) (fs.FileInfo, error) {
	return os.Stat(filepath.Join(n.roots[p.folder].real, filepath.FromSlash(p.path)))
}

// whole tells of the folder as a whole, and of nothing in it.
func (n *Notifier) whole(r *root) {
	n.settling.forget(r.name)
	r.wait(true)
}

// take notes an event.
func (n *Notifier) take(e fsnotify.Event) {
	if n.folders[e.Name] && (e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)) {
		n.gone(e.Name)
	}
	if !e.Has(fsnotify.Create) && !e.Has(fsnotify.Write) {
		return // what has gone or only changed its mode is nothing new to see
	}
	info, err := os.Lstat(e.Name)
	if err != nil {
		return
	}
	for _, r := range n.roots { // one may lie in another
		path, ok := r.within(e.Name)
		switch {
		case !ok || path == "" || hidden(path):
		case info.IsDir():
			n.watchTree(r, e.Name, false)
		default:
			n.touch(r, path)
		}
	}
}

// gone ends the watching of a folder that was removed or renamed, and of all
// below it: under a new name it is watched anew.
func (n *Notifier) gone(name string) {
	for f := range n.folders {
		if f == name || strings.HasPrefix(f, name+string(filepath.Separator)) {
			n.drop(f)
		}
	}
	for _, r := range n.roots {
		if r.info != nil && (r.real == name || strings.HasPrefix(r.real, name+string(filepath.Separator))) {
			r.info = nil // the next check sees what has come in its place
		}
	}
}

func (n *Notifier) drop(name string) {
	delete(n.folders, name)
	_ = n.watcher.Remove(name) // it may have gone with its folder
}

// within gives the path of a file or folder below the root, with slashes.
func (r *root) within(name string) (string, bool) {
	if r.info == nil {
		return "", false
	}
	if name == r.real {
		return "", true
	}
	path, ok := strings.CutPrefix(name, strings.TrimSuffix(r.real, string(filepath.Separator))+string(filepath.Separator))
	return filepath.ToSlash(path), ok
}

// hidden tells whether a path leads over a name that a walk passes over.
func hidden(path string) bool {
	return strings.HasPrefix(path, ".") || strings.Contains(path, "/.")
}

func (n *Notifier) touch(r *root, path string) {
	if r.all || notAnImage(path) {
		return
	}
	n.settling.touch(place{r.name, path}, time.Now())
	if len(n.settling.files) > maxWaiting*len(n.roots) {
		n.whole(r)
	}
}

// trouble handles an error of the watcher: whatever it was, events may be lost.
func (n *Notifier) trouble(err error) {
	if err == nil {
		return
	}
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		n.o.Log.Warn("watch the delivered folders", "error", err)
	}
	for _, r := range n.roots {
		n.whole(r)
	}
}

// check begins to watch folders that have come or have been replaced.
func (n *Notifier) check() {
	for _, r := range n.roots {
		info, err := os.Stat(r.name)
		if err != nil || !info.IsDir() {
			info = nil
		}
		same := info == nil && r.info == nil || info != nil && r.info != nil && os.SameFile(info, r.info)
		if same {
			continue
		}
		n.leave(r)
		if info == nil {
			continue
		}
		if r.real, err = filepath.EvalSymlinks(r.name); err == nil {
			r.real, err = filepath.Abs(r.real)
		}
		if err == nil {
			r.info, err = os.Stat(r.real)
		}
		if err != nil {
			r.info = nil // it has just gone again
			continue
		}
		n.watchTree(r, r.real, true)
		n.whole(r) // it may hold anything
	}
}

// leave ends the watching of a folder that is another one now, or gone.
func (n *Notifier) leave(r *root) {
	if r.info == nil {
		return
	}
	was := *r
	r.info = nil
	n.settling.forget(r.name)
	for name := range n.folders {
		if _, ok := was.within(name); ok && !n.needed(name) {
			n.drop(name)
		}
	}
}

// needed tells whether a folder lies below a root that is watched.
func (n *Notifier) needed(name string) bool {
	for _, r := range n.roots {
		if _, ok := r.within(name); ok {
			return true
		}
	}
	return false
}

// watchTree watches a folder and all below it. The files in it came with it,
// or before it was watched: they are told of unless the whole folder is.
func (n *Notifier) watchTree(r *root, dir string, whole bool) {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // it went meanwhile, or is not ours to read: the sweep says so
		}
		if strings.HasPrefix(d.Name(), ".") && name != r.real {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return n.add(name)
		}
		if path, ok := r.within(name); ok && !whole {
			n.touch(r, path)
		}
		return nil
	})
	if err != nil && !n.tired {
		n.tired = true
		n.o.Log.Warn("not all delivered folders are watched; what is delivered there is found by the next sweep", "folder", r.name, "error", err)
	}
}

// errFolders says that there are too many folders to watch.
var errFolders = fmt.Errorf("more than %d folders", maxFolders)

// add watches one folder. It is called before the folder is read, so that no
// file in it is missed.
func (n *Notifier) add(name string) error {
	if len(n.folders) >= maxFolders {
		return errFolders
	}
	err := n.watcher.Add(name)
	switch {
	case err == nil:
		n.folders[name] = true
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EMFILE):
		return fmt.Errorf("watch %s: the system watches no more folders: raise fs.inotify.max_user_watches: %w", name, err)
	}
	return nil // a folder that has gone again is no trouble
}
