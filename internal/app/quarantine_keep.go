package app

import (
	"context"
	"io"
	"io/fs"

	"github.com/safelight-dev/safelight/internal/blob"
)

// keeper keeps the bytes of held images among the blobs.
type keeper struct{ blobs *blob.Folder }

// Put keeps what r gives among the blobs.
func (k keeper) Put(ctx context.Context, r io.Reader, limit int64) (string, error) {
	d, _, err := k.blobs.Put(ctx, r, limit)
	return d.String(), err
}

// Open gives the bytes of a blob.
func (k keeper) Open(digest string) (io.ReadCloser, error) {
	d, err := blob.Parse(digest)
	if err != nil {
		return nil, err
	}
	return k.blobs.Open(d)
}

func fileMode(bits uint32) fs.FileMode { return fs.FileMode(bits).Perm() }
