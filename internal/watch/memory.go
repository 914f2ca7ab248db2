package watch

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// memory bounds what a scan holds: a quarter for files read ahead, the rest
// for pictures. A worker that waits for pictures holds files, and nobody who
// holds pictures waits for files, so that they cannot block each other.
type memory struct {
	files, pictures *semaphore.Weighted
	inFiles, inPics int64
}

func newMemory(total int64) memory {
	if total <= 0 {
		total = DefaultMemory
	}
	files := max(total/4, 1)
	pictures := max(total-files, 1)
	return memory{semaphore.NewWeighted(files), semaphore.NewWeighted(pictures), files, pictures}
}

// share is the greatest picture memory that each of n workers may keep between two pairs.
func (m memory) share(n int) int64 { return m.inPics / int64(n) }

// hold waits until n bytes are free, or all if there are not so many, and gives
// the number to release.
func hold(ctx context.Context, s *semaphore.Weighted, n, most int64) (int64, error) {
	n = min(n, most)
	return n, s.Acquire(ctx, n)
}
