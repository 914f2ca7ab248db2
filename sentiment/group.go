package sentiment

import "slices"

// Samples repeat each other: a story is posted again, a ticket is written from a template. Were one of two such texts
// trained on and the other one measured on, the figure would be too good; so they are kept together. A text is the set of
// its runs of three words (Broder 1997, "On the resemblance and containment of documents"), and those that share alike of
// it, or more, are a group, and all that are in a group with one of them.
const (
	shingle    = 3
	alike      = 0.3
	sketch     = 4 // candidates are those with one of so many smallest hashes in common,
	candidates = 8 // the last few of them
)

// grouping is texts and which of them are in a group.
type grouping struct {
	parent   []int
	shingles [][]uint32 // sorted
	seen     map[uint32][]int
	buffer   []uint32
}

func newGrouping(n int) *grouping {
	return &grouping{parent: make([]int, n), shingles: make([][]uint32, n), seen: map[uint32][]int{}}
}

// of names the group of a text: by the number of one of them.
func (g *grouping) of(i int) int {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

// add takes in text i, which has been cut.
func (g *grouping) add(i int, p *pieces) {
	g.parent[i] = i
	g.shingles[i] = g.read(p)
	for _, h := range g.shingles[i][:min(sketch, len(g.shingles[i]))] {
		others := g.seen[h]
		for _, j := range others[max(0, len(others)-candidates):] {
			if g.of(j) != g.of(i) && resemblance(g.shingles[i], g.shingles[j]) >= alike {
				g.parent[g.of(j)] = g.of(i)
			}
		}
		g.seen[h] = append(others, i)
	}
}

// read gives the sorted hashes of a text's runs of words; of fewer words than a run, that of all of them.
func (g *grouping) read(p *pieces) []uint32 {
	words := g.buffer[:0]
	for i := range p.tokens {
		if t := &p.tokens[i]; t.kind == word {
			words = append(words, bucket(hash(start(seedWord), p.form(t)), 32))
		}
	}
	g.buffer = words
	runs := make([]uint32, 0, max(1, len(words)-shingle+1))
	for i := 0; i == 0 || i+shingle <= len(words); i++ {
		h := start(seedPair)
		for _, w := range words[i:min(i+shingle, len(words))] {
			h = bucket(h*31+w, 32)
		}
		runs = append(runs, h)
	}
	slices.Sort(runs)
	return slices.Compact(runs)
}

// resemblance is the share of two sets' members that are in both.
func resemblance(a, b []uint32) float64 {
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			both, i, j = both+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
