package provenance

import (
	"bytes"

	"github.com/safelight-dev/safelight/cbor"
)

// maxLeaves bounds the leaves of a tree: those of blocks of one byte would cost more than the file does.
const maxLeaves = 1 << 16

// merkle holds every mdat box against its tree of hashes (15.12.2.1), of which the assertion has one row.
func (v *validation) merkle(trees cbor.Value, alg string) bool {
	n := 0
	for _, e := range v.file.Elements {
		if e.Name != "mdat" {
			continue
		}
		tree := trees.At(n)
		n++
		from := min(e.Span.Offset+treeOffset, e.Span.End())
		if tree.Kind() != cbor.Map || !holdsTree(v.data[from:e.Span.End()], tree, or(tree.Get("alg").String(), alg)) {
			return false
		}
	}
	return n > 0 && n == trees.Len()
}

// holdsTree says whether the blocks of an mdat box give the row of hashes.
func holdsTree(data []byte, tree cbor.Value, alg string) bool {
	blocks, ok := leaves(data, tree)
	count, known := tree.Get("count").Int()
	row := tree.Get("hashes").Items()
	if !ok || !known || count != int64(len(blocks)) || len(row) == 0 || newHash(alg) == nil {
		return false
	}
	nodes := make([][]byte, len(blocks))
	for i, block := range blocks {
		h := newHash(alg)
		h.Write(block)
		nodes[i] = h.Sum(nil)
	}
	for len(nodes) > len(row) {
		nodes = above(nodes, alg)
	}
	for i, node := range nodes {
		if want, _ := row[i].Bytes(); len(nodes) != len(row) || !bytes.Equal(node, want) {
			return false
		}
	}
	return true
}

// above is the row of the tree above another. A node without a neighbour moves up as it is.
func above(nodes [][]byte, alg string) [][]byte {
	var up [][]byte
	for ; len(nodes) > 1; nodes = nodes[2:] {
		h := newHash(alg)
		h.Write(nodes[0])
		h.Write(nodes[1])
		up = append(up, h.Sum(nil))
	}
	return append(up, nodes...)
}

// leaves are the blocks that are hashed one by one: of one size, of sizes that are listed, or the whole.
func leaves(data []byte, tree cbor.Value) ([][]byte, bool) {
	fixed, sizes := tree.Get("fixedBlockSize"), tree.Get("variableBlockSizes")
	if fixed.Kind() != cbor.Missing && sizes.Kind() != cbor.Missing {
		return nil, false
	}
	if fixed.Kind() == cbor.Missing && sizes.Kind() == cbor.Missing {
		return [][]byte{data}, true
	}
	var blocks [][]byte
	for i := 0; len(data) > 0; i++ {
		size, ok := fixed.Int()
		if sizes.Kind() != cbor.Missing {
			size, ok = sizes.At(i).Int()
			ok = ok && size <= int64(len(data))
		}
		if !ok || size <= 0 || i >= maxLeaves {
			return nil, false
		}
		n := min(size, int64(len(data)))
		blocks, data = append(blocks, data[:n]), data[n:]
	}
	return blocks, sizes.Kind() == cbor.Missing || sizes.Len() == len(blocks)
}
