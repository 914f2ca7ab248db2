package watch

import (
	"container/heap"
	"io/fs"
	"time"
)

// settling holds files that have just changed until they have come to rest: a
// file is written in many steps, and half of an image must not be judged.
type settling struct {
	quiet time.Duration // how long size and date must not change
	files map[place]*resting
	queue restingQueue
}

// place is a file below a watched folder.
type place struct {
	folder string
	path   string // relative, with slashes
}

// resting is a file with what it was like at the last look.
type resting struct {
	place
	size  int64
	mod   int64
	due   time.Time // when to look again
	index int       // in the queue
}

func newSettling(quiet time.Duration) *settling {
	return &settling{quiet: quiet, files: map[place]*resting{}}
}

// touch notes that something happened to a file: it is looked at when it has
// been left alone for long enough.
func (s *settling) touch(p place, now time.Time) {
	due := now.Add(s.quiet)
	if r, ok := s.files[p]; ok {
		r.due = due
		heap.Fix(&s.queue, r.index)
		return
	}
	r := &resting{place: p, size: -1, due: due}
	s.files[p] = r
	heap.Push(&s.queue, r)
}

// next tells when the next file is to be looked at; zero where there is none.
func (s *settling) next() time.Time {
	if len(s.queue) == 0 {
		return time.Time{}
	}
	return s.queue[0].due
}

// settled takes out the files that have come to rest. A file is looked at
// twice at least; what is not there any more is left to whoever looks for it.
func (s *settling) settled(now time.Time, stat func(place) (fs.FileInfo, error)) []place {
	var rested []place
	for len(s.queue) > 0 && !s.queue[0].due.After(now) {
		r := s.queue[0]
		info, err := stat(r.place)
		if err != nil || !info.Mode().IsRegular() {
			s.drop(r)
			continue
		}
		if size, mod := info.Size(), info.ModTime().UnixNano(); r.size != size || r.mod != mod {
			r.size, r.mod, r.due = size, mod, now.Add(s.quiet)
			heap.Fix(&s.queue, 0)
			continue
		}
		s.drop(r)
		rested = append(rested, r.place)
	}
	return rested
}

func (s *settling) drop(r *resting) {
	heap.Remove(&s.queue, r.index)
	delete(s.files, r.place)
}

// forget drops the files of a folder, which is looked through as a whole.
func (s *settling) forget(folder string) {
	for p, r := range s.files {
		if p.folder == folder {
			s.drop(r)
		}
	}
}

// restingQueue orders files by when they are due: a [heap.Interface].
type restingQueue []*resting

func (q restingQueue) Len() int           { return len(q) }
func (q restingQueue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q restingQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push adds the last element.
func (q *restingQueue) Push(x any) {
	r := x.(*resting)
	r.index = len(*q)
	*q = append(*q, r)
}

// Pop takes the last element away.
func (q *restingQueue) Pop() any {
	last := len(*q) - 1
	r := (*q)[last]
	*q = (*q)[:last]
	return r
}
