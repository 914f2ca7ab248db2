package postmortem

import (
	"slices"
	"strings"
)

// Hunk is a run of lines of a three-way merge. Where nobody or one side changed the lines, or both did the same, they are settled.
type Hunk struct {
	Base, Mine, Theirs []string
	Lines              []string // what the merge gives; of a conflict, mine
	Changed            bool     // Lines is not Base
	Conflict           bool
}

// Merge joins two texts that were made of one, line by line.
func Merge(base, mine, theirs string) []Hunk {
	b, m, t := lined(base), lined(mine), lined(theirs)
	toMine, toTheirs := matched(b, m), matched(b, t)
	var hunks []Hunk
	i, j, k := 0, 0, 0
	for i < len(b) || j < len(m) || k < len(t) {
		n := 0
		for i+n < len(b) && toMine[i+n] == j+n && toTheirs[i+n] == k+n {
			n++
		}
		if n > 0 {
			hunks = append(hunks, Hunk{Base: b[i : i+n], Mine: m[j : j+n], Theirs: t[k : k+n], Lines: b[i : i+n]})
			i, j, k = i+n, j+n, k+n
			continue
		}
		ni, nj, nk := len(b), len(m), len(t)
		for x := i; x < len(b); x++ {
			if toMine[x] >= 0 && toTheirs[x] >= 0 {
				ni, nj, nk = x, toMine[x], toTheirs[x]
				break
			}
		}
		hunks = append(hunks, settle(Hunk{Base: b[i:ni], Mine: m[j:nj], Theirs: t[k:nk]}))
		i, j, k = ni, nj, nk
	}
	return hunks
}

// settle decides a hunk that one of the two has changed, or both.
func settle(h Hunk) Hunk {
	h.Changed = true
	switch {
	case slices.Equal(h.Mine, h.Base):
		h.Lines = h.Theirs
	case slices.Equal(h.Theirs, h.Base), slices.Equal(h.Mine, h.Theirs):
		h.Lines = h.Mine
	default:
		h.Lines, h.Conflict = h.Mine, true
	}
	return h
}

// lined splits a text into lines, each with its end.
func lined(s string) []string {
	var list []string
	for line := range strings.Lines(s) {
		list = append(list, strings.TrimSuffix(line, "\n")+"\n")
	}
	return list
}

// maxCells bounds the table that a comparison of two runs of lines takes.
const maxCells = 1 << 22

// matched gives for each line of a where it stands in b, or -1: a longest common subsequence.
func matched(a, b []string) []int {
	to := make([]int, len(a))
	for i := range to {
		to[i] = -1
	}
	match(a, b, 0, 0, to)
	return to
}

// match fills in to for the runs a and b, which begin at the given places. Beginnings and ends that agree are taken off; what is still too
// long to compare is cut at the lines that stand once in both.
func match(a, b []string, fromA, fromB int, to []int) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		to[fromA] = fromB
		a, b, fromA, fromB = a[1:], b[1:], fromA+1, fromB+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		to[fromA+len(a)-1] = fromB + len(b) - 1
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a) == 0 || len(b) == 0:
	case len(a)*len(b) <= maxCells:
		compare(a, b, fromA, fromB, to)
	default:
		if i, j := anchor(a, b); i >= 0 {
			match(a[:i], b[:j], fromA, fromB, to)
			match(a[i:], b[j:], fromA+i, fromB+j, to)
		}
	}
}

// compare is the table of lengths of common subsequences, read back from its corner.
func compare(a, b []string, fromA, fromB int, to []int) {
	width := len(b) + 1
	length := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i*width+j] = length[(i+1)*width+j+1] + 1
			} else {
				length[i*width+j] = max(length[(i+1)*width+j], length[i*width+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			to[fromA+i] = fromB + j
			i, j = i+1, j+1
		case length[(i+1)*width+j] >= length[i*width+j+1]:
			i++
		default:
			j++
		}
	}
}

// anchor finds the line that stands once in a and once in b and is nearest to the middle of a; -1 where there is none.
func anchor(a, b []string) (i, j int) {
	inA, inB := once(a), once(b)
	best, at := -1, -1
	for line, i := range inA {
		if j, ok := inB[line]; ok && i >= 0 && j >= 0 && (i > 0 || j > 0) && (best < 0 || distance(i, len(a)/2) < distance(best, len(a)/2)) {
			best, at = i, j
		}
	}
	return best, at
}

func distance(a, b int) int { return max(a-b, b-a) }

// once gives where each line stands, or -1 for those that stand more than once.
func once(list []string) map[string]int {
	at := make(map[string]int, len(list))
	for i, s := range list {
		if _, twice := at[s]; twice {
			i = -1
		}
		at[s] = i
	}
	return at
}

// The marks around lines that two people changed in different ways, as Git writes them.
const (
	markMine   = "<<<<<<< "
	markMiddle = "======="
	markTheirs = ">>>>>>> "
)

// Merged writes a merge as one text, with marks around its conflicts. Mine and theirs name the two sides.
func Merged(hunks []Hunk, mine, theirs string) (text string, conflicts int) {
	var b strings.Builder
	for _, h := range hunks {
		if !h.Conflict {
			b.WriteString(strings.Join(h.Lines, ""))
			continue
		}
		conflicts++
		b.WriteString(markMine + mine + "\n" + strings.Join(h.Mine, "") + markMiddle + "\n" + strings.Join(h.Theirs, "") + markTheirs + theirs + "\n")
	}
	return b.String(), conflicts
}

// unmerged tells whether marks of a conflict are left in a text.
func unmerged(text string) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, markMine) || strings.HasPrefix(line, markTheirs) {
			return true
		}
	}
	return false
}
