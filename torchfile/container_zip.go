package torchfile

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
)

// maxEntries bounds the directory of a zip file: a storage for each tensor, and a few files of bookkeeping.
const maxEntries = 20_000

// openZip reads the container of PyTorch 1.6 and later: a zip file, nothing in it compressed, with NAME/data.pkl and a
// file NAME/data/KEY for each storage.
func openZip(r io.ReaderAt, size int64, limits Limits) (any, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("read its zip directory: %w: %w", err, ErrFormat)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("its zip directory has %d files, %d are allowed: %w", len(z.File), maxEntries, ErrTooLarge)
	}
	entries := map[string]*zip.File{}
	var pickle *zip.File
	for _, f := range z.File {
		if f.Method != zip.Store {
			return nil, fmt.Errorf("its file %.80q is compressed, which PyTorch never does: %w", f.Name, ErrFormat)
		}
		entries[f.Name] = f
		if folder, name, ok := strings.Cut(f.Name, "/"); ok && name == "data.pkl" && folder != "" {
			pickle = f
		}
	}
	if pickle == nil {
		return nil, fmt.Errorf("its zip directory has no data.pkl: %w", ErrFormat)
	}
	c := zipContainer{entries, strings.TrimSuffix(pickle.Name, "data.pkl")}
	if err := c.littleEndian(); err != nil {
		return nil, err
	}
	return c.unpickle(pickle, limits)
}

type zipContainer struct {
	entries map[string]*zip.File
	folder  string
}

// littleEndian checks the note on byte order that newer files have.
func (c zipContainer) littleEndian() error {
	f := c.entries[c.folder+"byteorder"]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("read its byte order: %w: %w", err, ErrFormat)
	}
	defer r.Close()
	order, err := io.ReadAll(io.LimitReader(r, 16))
	if err != nil {
		return fmt.Errorf("read its byte order: %w: %w", err, ErrFormat)
	}
	if s := strings.TrimSpace(string(order)); s != "little" {
		return fmt.Errorf("its numbers are %q-endian and little is read: %w", s, ErrUnsupported)
	}
	return nil
}

func (c zipContainer) unpickle(pickle *zip.File, limits Limits) (any, error) {
	r, err := pickle.Open()
	if err != nil {
		return nil, fmt.Errorf("read its data.pkl: %w: %w", err, ErrFormat)
	}
	defer r.Close()
	m := newMachine(r, limits)
	root, err := m.run()
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, m.r); err != nil { // the checksum is compared at the end
		return nil, fmt.Errorf("read its data.pkl: %w: %w", err, ErrFormat)
	}
	for key, s := range m.storages {
		f := c.entries[c.folder+"data/"+key]
		if f == nil {
			return nil, fmt.Errorf("its storage %.80q is missing: %w", key, ErrFormat)
		}
		if want := uint64(s.count) * uint64(s.kind.bytes); f.UncompressedSize64 != want {
			return nil, fmt.Errorf("its storage %.80q has %d bytes, want %d: %w", key, f.UncompressedSize64, want, ErrFormat)
		}
		s.open = f.Open
	}
	return root, nil
}
