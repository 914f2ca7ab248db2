package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Mirror keeps a folder as the images of a bucket are, by asking for the names now and then: what is new or has changed by
// its ETag is fetched, and what has gone is removed. The folder belongs to the mirror and to nobody else.
//
// One at a time may use it.
type Mirror struct {
	bucket *reader
	dir    string
	most   int64 // bytes of one image
	many   int   // objects
	known  map[string]version
}

// version is what is known of a file of the mirror, as the bucket has told.
type version struct {
	ETag     string    `json:"etag"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

const (
	fetchers   = 8 // images that are fetched at a time
	maxObjects = 1_000_000
	maxMirror  = 256 << 30 // bytes of a mirror
	maxTrouble = 10        // sentences of one poll
	indexName  = ".safelight-mirror.json"
)

// NewMirror makes the folder. most bounds the bytes of one image.
func NewMirror(b Bucket, dir string, most int64) (*Mirror, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the mirror of %s: %w", b, err)
	}
	m := &Mirror{bucket: newReader(b), dir: dir, most: most, many: maxObjects, known: map[string]version{}}
	// Without an index, or with a damaged one, all is fetched again.
	if text, err := os.ReadFile(m.index()); err == nil && json.Unmarshal(text, &m.known) != nil {
		m.known = map[string]version{}
	}
	return m, nil
}

func (m *Mirror) index() string { return filepath.Join(m.dir, indexName) }

// CheckBucket asks for the first names, and says why they cannot be had.
func CheckBucket(ctx context.Context, b Bucket) error {
	if _, err := newReader(b).list(ctx, ""); err != nil {
		return fmt.Errorf("list %s: %w", b, err)
	}
	return nil
}

// Poll asks the bucket once. Where the names cannot be had, nothing is changed; where single images cannot, the others are
// brought all the same.
func (m *Mirror) Poll(ctx context.Context) error {
	objects, skipped, err := m.list(ctx)
	if err != nil {
		return fmt.Errorf("list %s: %w", m.bucket, err)
	}
	root, err := os.OpenRoot(m.dir)
	if err != nil {
		return fmt.Errorf("open the mirror of %s: %w", m.bucket, err)
	}
	defer root.Close()
	changed := m.forget(root, objects)
	fetched, failed := m.fetch(ctx, root, objects)
	if changed || fetched {
		failed = append(failed, m.save())
	}
	failed = append(failed, skipped...)
	if err := errors.Join(failed[:min(len(failed), maxTrouble)]...); err != nil {
		return fmt.Errorf("mirror %s: %w", m.bucket, err)
	}
	return nil
}

// list gives the images of the bucket by their paths in the mirror, and what is left out that should not be.
func (m *Mirror) list(ctx context.Context) (map[string]object, []error, error) {
	found, skipped, total, seen := map[string]object{}, []error(nil), int64(0), 0
	for token, first := "", true; first || token != ""; first = false {
		p, err := m.bucket.list(ctx, token)
		if err != nil {
			return nil, nil, err
		}
		for _, o := range p.Objects {
			seen++
			name, ok := m.pathOf(o.Key)
			switch {
			case !ok:
				continue
			case o.Size > m.most:
				if len(skipped) < maxTrouble && !notAnImage(name) {
					skipped = append(skipped, fmt.Errorf("%.200q is larger than %d bytes: %w", name, m.most, journal.ErrTooLarge))
				}
				continue
			}
			total += o.Size
			found[name] = o
		}
		if seen > m.many || total > maxMirror {
			return nil, nil, fmt.Errorf("more than %d objects or %d bytes: name a longer prefix: %w", m.many, int64(maxMirror), journal.ErrTooLarge)
		}
		if !p.More {
			break
		}
		if p.Next == token || p.Next == "" {
			return nil, nil, fmt.Errorf("the listing does not go on where it says: %w", journal.ErrInvalid)
		}
		token = p.Next
	}
	return found, skipped, nil
}

// pathOf is the path of an object in the mirror: below the prefix, and a name that a file can have. What is no image is brought
// too, as it may be one under another name.
func (m *Mirror) pathOf(key string) (string, bool) {
	name, ok := strings.CutPrefix(key, m.bucket.Prefix)
	if !ok || !fs.ValidPath(name) || name == "." || hidden(name) || strings.ContainsAny(name, "\\\x00") || len(name) > 1000 {
		return "", false
	}
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > 200 {
			return "", false
		}
	}
	return name, true
}

// forget removes what has gone, and tells whether something has.
func (m *Mirror) forget(root *os.Root, objects map[string]object) (changed bool) {
	for _, name := range slices.Collect(maps.Keys(m.known)) {
		if _, there := objects[name]; there {
			continue
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			continue // the next poll tries again
		}
		for dir := path.Dir(name); dir != "." && root.Remove(dir) == nil; dir = path.Dir(dir) {
		}
		delete(m.known, name)
		changed = true
	}
	return changed
}

// fetch brings what is new or has changed, some at a time.
func (m *Mirror) fetch(ctx context.Context, root *os.Root, objects map[string]object) (fetched bool, failed []error) {
	work := make(chan string)
	var mu sync.Mutex // guards what follows, and what is known
	var all sync.WaitGroup
	for range fetchers {
		all.Go(func() {
			for name := range work {
				err := m.bring(ctx, root, name, objects[name])
				mu.Lock()
				switch {
				case err == nil:
					o := objects[name]
					m.known[name], fetched = version{o.ETag, o.Size, o.Modified}, true
				case !errors.Is(err, errChanged): // which the next poll sees
					failed = append(failed, fmt.Errorf("fetch %.200q: %w", name, err))
				}
				mu.Unlock()
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		mu.Lock()
		same := m.has(root, name, objects[name])
		mu.Unlock()
		if !same && ctx.Err() == nil {
			work <- name
		}
	}
	close(work)
	all.Wait()
	return fetched, append(failed, ctx.Err())
}

// has tells whether the mirror has the very version.
func (m *Mirror) has(root *os.Root, name string, o object) bool {
	v, ok := m.known[name]
	if !ok || v.ETag != o.ETag || v.Size != o.Size || !v.Modified.Equal(o.Modified) {
		return false
	}
	info, err := root.Lstat(name)
	return err == nil && info.Mode().IsRegular() && info.Size() == o.Size
}

// bring writes an object beside its place and renames it, with the date that the bucket says.
func (m *Mirror) bring(ctx context.Context, root *os.Root, name string, o object) (err error) {
	body, err := m.bucket.open(ctx, o)
	if err != nil {
		return err
	}
	defer body.Close()
	dir := path.Dir(name)
	if err := root.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	part := path.Join(dir, ".safelight-part-"+path.Base(name))
	f, err := root.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(body, o.Size+1))
	if err == nil && n != o.Size {
		err = errChanged
	}
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = root.Chtimes(part, o.Modified, o.Modified)
	}
	if err == nil {
		err = root.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(part))
	}
	return nil
}

// save writes the index.
func (m *Mirror) save() error {
	text, err := json.Marshal(m.known)
	if err != nil {
		return err
	}
	part := m.index() + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(part, m.index())
	}
	return err
}
