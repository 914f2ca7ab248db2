package checkpoint

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Tree is the Merkle tree of a journal, held in memory: some 64 bytes an entry.
// The zero Tree is empty.
type Tree struct {
	size   int64
	hashes []tlog.Hash // in the order of tlog's stored hashes
}

// Add puts in the next entry by its hash.
func (t *Tree) Add(h journal.Hash) {
	n, node := t.size, leaf(h)
	t.hashes = append(t.hashes, node)
	// A node is stored as soon as both that it joins are there.
	for level := 0; n&1 == 1; level, n = level+1, n>>1 {
		node = tlog.NodeHash(t.hashes[tlog.StoredHashIndex(level, n-1)], node)
		t.hashes = append(t.hashes, node)
	}
	t.size++
}

// leaf is the hash of a leaf.
func leaf(h journal.Hash) tlog.Hash { return tlog.RecordHash(h[:]) }

// Size is the number of entries.
func (t *Tree) Size() int64 { return t.size }

// Root is the root of the tree that the first size entries make.
func (t *Tree) Root(size int64) (tlog.Hash, error) {
	if size < 0 || size > t.size {
		return tlog.Hash{}, fmt.Errorf("root of %d entries: the journal has %d: %w", size, t.size, journal.ErrNotFound)
	}
	return tlog.TreeHash(size, t)
}

// ReadHashes implements [tlog.HashReader].
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("hash %d of the tree: %w", x, journal.ErrNotFound)
		}
		list[i] = t.hashes[x]
	}
	return list, nil
}
