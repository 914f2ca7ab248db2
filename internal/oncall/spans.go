package oncall

import (
	"cmp"
	"container/heap"
	"slices"
	"sort"
	"time"
)

// spans are shifts in their order, without overlap: a calendar's, or the overrides.
type spans []Shift

func (s spans) at(at time.Time) Shift {
	i := sort.Search(len(s), func(i int) bool { return s[i].Until.After(at) })
	if i < len(s) && !s[i].From.After(at) {
		return s[i]
	}
	var gap Shift
	if i > 0 {
		gap.From = s[i-1].Until
	}
	if i < len(s) {
		gap.Until = s[i].From
	}
	return gap
}

// edge is where a shift of a list begins or ends.
type edge struct {
	at     time.Time
	index  int
	begins bool
}

// flatten leaves of each shift what no later one of the list covers. What has
// no login or no length is left out.
func flatten(list []Shift) spans {
	var edges []edge
	for i, s := range list {
		if s.Login != "" && s.From.Before(s.Until) {
			edges = append(edges, edge{s.From, i, true}, edge{s.Until, i, false})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.index, b.index)) })
	var flat spans
	var open latest
	for i, e := range edges {
		if e.begins {
			heap.Push(&open, e.index)
		}
		if i+1 == len(edges) || edges[i+1].at.Equal(e.at) {
			continue
		}
		for len(open) > 0 && !list[open[0]].Until.After(e.at) {
			heap.Pop(&open)
		}
		if len(open) == 0 {
			continue
		}
		top := list[open[0]]
		piece := Shift{Login: top.Login, From: e.at, Until: edges[i+1].at, Layer: top.Layer, Override: top.Override}
		if n := len(flat); n > 0 && !top.From.Equal(e.at) && flat[n-1].Until.Equal(e.at) && flat[n-1].sameAs(piece) {
			flat[n-1].Until = piece.Until // another shift's edge below it
			continue
		}
		flat = append(flat, piece)
	}
	return flat
}

// sameAs tells whether two pieces are of one person and one override.
func (s Shift) sameAs(o Shift) bool {
	return s.Login == o.Login && s.Override == o.Override && s.Layer == o.Layer
}

// latest is a heap of indices, the greatest first.
type latest []int

func (l latest) Len() int           { return len(l) }
func (l latest) Less(i, j int) bool { return l[i] > l[j] }
func (l latest) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Push is of [heap.Interface].
func (l *latest) Push(x any) { *l = append(*l, x.(int)) }

// Pop is of [heap.Interface].
func (l *latest) Pop() any {
	old := *l
	x := old[len(old)-1]
	*l = old[:len(old)-1]
	return x
}
