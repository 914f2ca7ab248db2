package changes

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// folder is a side whose images lie in a folder.
type folder struct{ name, root string }

func (f folder) String() string { return f.name }

func (f folder) list(ctx context.Context, want func(string) bool) (map[string]entry, error) {
	files := map[string]entry{}
	err := filepath.WalkDir(f.root, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == ".safelight") {
			return fs.SkipDir
		}
		rel, err := filepath.Rel(f.root, at)
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if rel = filepath.ToSlash(rel); !want(rel) {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it went while this looked
		}
		if err != nil {
			return err
		}
		files[rel] = fileEntry(at, info.Size())
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list the images of %s: %w", f.name, err)
	}
	return files, nil
}

func fileEntry(at string, size int64) entry {
	return entry{size: size, open: func() (io.ReadCloser, error) { return os.Open(at) }}
}

func (f folder) open(name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(f.root, filepath.FromSlash(name)))
}

func (f folder) lay(context.Context, []string, string) (string, error) { return f.root, nil }

func (f folder) linked(name string) bool {
	at := f.root
	for part := range strings.SplitSeq(name, "/") {
		at = filepath.Join(at, part)
		info, err := os.Lstat(at)
		if err != nil {
			return false
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

// same tells whether two images have the same bytes, by as little reading as it takes.
func same(a, b entry) (bool, error) {
	switch {
	case a.object != "" && b.object != "":
		if a.object == b.object {
			return true, nil
		}
		if !pointing(a) && !pointing(b) {
			return false, nil
		}
	case a.object != "" || b.object != "":
		known, file := a, b
		if a.object == "" {
			known, file = b, a
		}
		id, err := objectOf(file)
		if err != nil || id == known.object {
			return err == nil, err
		}
		if !pointing(known) && !pointing(file) {
			return false, nil
		}
	case a.size != b.size:
		return false, nil
	}
	x, err := digest(a)
	if err != nil {
		return false, err
	}
	y, err := digest(b)
	return x == y, err
}

// objectOf is the name that Git gives a file: the SHA-1 of its kind, its size and its bytes.
func objectOf(e entry) (string, error) {
	r, err := e.open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", e.size)
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// digest is the SHA-256 of an image; of a pointer of Git LFS, that of the image that it names.
func digest(e entry) (string, error) {
	r, err := e.open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	head := make([]byte, pointerSize)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", err
	}
	if oid, _, ok := pointer(head[:n]); ok {
		return oid, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.MultiReader(bytes.NewReader(head[:n]), r)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
