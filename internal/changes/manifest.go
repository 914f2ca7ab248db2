package changes

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// listed is a column of a manifest: files anywhere, by the paths of the changed images.
type listed struct {
	name  string
	files map[string]string // the file of each path
	most  int64
}

const (
	maxManifest = 64 << 20 // bytes
	maxListed   = 1_000_000
)

// Manifest reads a list of pairs, as CSV with the columns base and change: files relative to the folder of the list. An empty base is
// an image that was added, an empty change one that was removed. The images are called as their changed files are.
func Manifest(file string, most int64) (base, change Tree, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read the manifest: %w", err)
	}
	defer f.Close()
	was, is := listed{file, map[string]string{}, most}, listed{file, map[string]string{}, most}
	text := bufio.NewReader(io.LimitReader(f, maxManifest))
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" { // as spreadsheets begin a file
		_, _ = text.Discard(len(mark)) // which are there
	}
	rows := csv.NewReader(text)
	header, err := rows.Read()
	b, c := slices.Index(header, "base"), slices.Index(header, "change")
	if err != nil || b < 0 || c < 0 {
		return nil, nil, fmt.Errorf("read the manifest %s: its first line must name the columns base and change: %w", file, journal.ErrInvalid)
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return was, is, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read the manifest %s: %v: %w", file, err, journal.ErrInvalid)
		}
		line, _ := rows.FieldPos(0)
		if len(is.files)+len(was.files) > maxListed {
			return nil, nil, fmt.Errorf("read the manifest %s: more than %d images: %w", file, maxListed, journal.ErrTooLarge)
		}
		name := filepath.ToSlash(filepath.Clean(row[c]))
		if row[c] == "" {
			name = filepath.ToSlash(filepath.Clean(row[b]))
		}
		name = strings.TrimPrefix(name, "/")
		for strings.HasPrefix(name, "../") {
			name = name[len("../"):]
		}
		if !fs.ValidPath(name) || name == "." || is.files[name] != "" || was.files[name] != "" {
			return nil, nil, fmt.Errorf("read the manifest %s, line %d: %q is no path of an image, or stands there twice: %w", file, line, name, journal.ErrInvalid)
		}
		for side, cell := range map[*listed]string{&was: row[b], &is: row[c]} {
			if cell != "" {
				side.files[name] = beside(file, cell)
			}
		}
	}
}

// beside gives a file that is named relative to the manifest.
func beside(manifest, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(manifest), filepath.FromSlash(name))
}

func (l listed) String() string { return l.name }

func (l listed) linked(string) bool { return false } // the links of a list are followed

func (l listed) list(_ context.Context, want func(string) bool) (map[string]entry, error) {
	files := map[string]entry{}
	for name, at := range l.files {
		if !want(name) {
			continue
		}
		info, err := os.Stat(at)
		if err != nil {
			return nil, fmt.Errorf("look at an image of the manifest %s: %w", l.name, err)
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("look at an image of the manifest %s: %s is no file: %w", l.name, at, journal.ErrInvalid)
		}
		files[name] = fileEntry(at, info.Size())
	}
	return files, nil
}

func (l listed) open(name string) (io.ReadCloser, error) {
	at, ok := l.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return os.Open(at)
}

func (l listed) lay(ctx context.Context, paths []string, into string) (string, error) {
	if err := os.MkdirAll(into, 0o700); err != nil {
		return "", err
	}
	for _, p := range paths {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if err := l.layOne(l.files[p], filepath.Join(into, filepath.FromSlash(p))); err != nil {
			return "", fmt.Errorf("%s: %w", p, err)
		}
	}
	return into, nil
}

func (l listed) layOne(at, to string) error {
	from, err := os.Open(at)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	return put(to, from, info.Size(), l.most)
}
