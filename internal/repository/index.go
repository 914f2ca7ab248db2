package repository

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"

	"github.com/safelight-dev/safelight/internal/journal"
)

// maxIndex is an index of some three million files, in bytes.
const maxIndex = 256 << 20

// decodeIndex reads .git/index; where there is none, it is empty. A split or
// a sparse index is refused by go-git, since those parts would be lost.
func (t *transaction) decodeIndex() (*index.Index, error) {
	idx := &index.Index{Version: 2}
	name := t.repository.gitDir("index")
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return idx, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	if info.Size() > maxIndex {
		return nil, fmt.Errorf("read the index: %d bytes: %w", info.Size(), journal.ErrTooLarge)
	}
	data, err := os.ReadFile(name)
	if err == nil {
		err = index.NewDecoder(bytes.NewReader(data)).Decode(idx)
	}
	if err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	return idx, nil
}

// readIndex reads the index and makes sure that blobs can stand in it.
func (t *transaction) readIndex(blobs []blob) (*index.Index, error) {
	idx, err := t.decodeIndex()
	if err != nil {
		return nil, err
	}
	ours, folders := map[string]bool{}, map[string]bool{}
	for _, b := range blobs {
		ours[b.path] = true
		for _, dir := range parents(b.path) {
			folders[dir] = true
		}
	}
	for _, e := range idx.Entries {
		if e.Stage != 0 {
			return nil, fmt.Errorf("%s is in conflict in the work tree: resolve it: %w", e.Name, journal.ErrConflict)
		}
		if folders[e.Name] {
			return nil, fmt.Errorf("%s is staged as a file and needed as a folder: %w", e.Name, journal.ErrConflict)
		}
		for dir := e.Name; ; {
			i := strings.LastIndexByte(dir, '/')
			if i < 0 {
				break
			}
			if dir = dir[:i]; ours[dir] {
				return nil, fmt.Errorf("%s is staged as a folder and needed as a file: %w", dir, journal.ErrConflict)
			}
		}
	}
	return idx, nil
}

// writeIndex sets the entries of blobs, whose files stand in the work tree or are gone,
// and leaves all others as they are.
func (t *transaction) writeIndex(idx *index.Index, blobs []blob) error {
	entries := make(map[string]*index.Entry, len(idx.Entries))
	for _, e := range idx.Entries {
		entries[e.Name] = e
	}
	for _, b := range blobs {
		if b.gone {
			idx.Entries = slices.DeleteFunc(idx.Entries, func(e *index.Entry) bool { return e.Name == b.path })
			continue
		}
		info, err := t.files.root.Lstat(b.path)
		if err != nil {
			return fmt.Errorf("stage %s: %w", b.path, err)
		}
		e := entries[b.path]
		if e == nil {
			e = idx.Add(b.path)
		}
		*e = index.Entry{Name: b.path, Hash: b.hash, Mode: cmp.Or(b.mode, filemode.Regular), Size: uint32(info.Size()), ModifiedAt: info.ModTime()}
		fillStat(e, info)
	}
	var text bytes.Buffer
	err := index.NewEncoder(&text).Encode(idx)
	if err == nil {
		err = replace(t.repository.gitDir("index"), text.Bytes(), t.repository.gitDir())
	}
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}
