package personal

import (
	"cmp"
	"slices"
	"strings"
)

// Find gives all findings of a text, by place and without overlap: where two detectors claim the same bytes the
// surer one has them, then the longer one. Time grows with the length of the text, whatever is in it. Text that is
// not UTF-8 is read all the same. What [Mask] wrote is no finding.
func Find(text string, o Options) []Finding {
	f := Finder{Options: o}
	return f.Find(text)
}

// Finder finds in texts that came together, as the fields of one file: numbering plans are asked so often about all of
// them, and no more often about many short texts than about a long one. It is not for several goroutines at once.
type Finder struct {
	Options
	asked int     // questions to numbering plans
	run   []group // room for the groups of a number
}

// Find is [Find] for the next of the texts.
func (f *Finder) Find(text string) []Finding {
	s := scan{text: text, regions: f.Regions, asked: f.asked, run: f.run}
	if len(s.regions) == 0 {
		s.regions = defaultRegions[:]
	}
	s.survey()
	s.mailsAndHandles()
	s.urls()
	s.groups()
	s.words()
	f.asked, f.run = s.asked, s.run
	return resolve(slices.DeleteFunc(s.found, func(found Finding) bool { return found.Likelihood < f.Least }))
}

// scan is one text being read.
type scan struct {
	text    string
	regions []string
	masks   []span // placeholders that Mask wrote, which nothing may touch
	found   []Finding
	run     []group // the groups of the number being read
	asked   int     // questions to numbering plans

	// What the text has at all; a detector whose characters are missing does not run.
	ats, dots, colons, digits int
}

type span struct{ start, end int }

// survey counts the characters that detectors start from.
func (s *scan) survey() {
	brackets := 0
	for i := range len(s.text) {
		switch c := s.text[i]; {
		case c >= 'a':
		case '0' <= c && c <= '9':
			s.digits++
		case c == '@':
			s.ats++
		case c == '.':
			s.dots++
		case c == ':':
			s.colons++
		case c == '[':
			brackets++
		}
	}
	if brackets > 0 {
		s.masks = placeholders(s.text)
	}
}

// add keeps a finding unless it touches a placeholder.
func (s *scan) add(f Finding) {
	i, _ := slices.BinarySearchFunc(s.masks, f.Start, func(m span, at int) int { return cmp.Compare(m.end, at+1) })
	if i < len(s.masks) && s.masks[i].start < f.End {
		return
	}
	s.found = append(s.found, f)
}

// before tells that the byte before i belongs to a word, so that none begins at i.
func (s *scan) before(i int) bool {
	if i == 0 {
		return false
	}
	return wordEnd(s.text[:i]) || s.text[i-1] == ']' && s.masked(i-1)
}

// after tells that a word goes on at i.
func (s *scan) after(i int) bool {
	return i < len(s.text) && (wordStart(s.text[i:]) || s.text[i] == '[' && s.masked(i))
}

// masked tells whether the byte at i is part of a placeholder.
func (s *scan) masked(i int) bool {
	at, _ := slices.BinarySearchFunc(s.masks, i, func(m span, at int) int { return cmp.Compare(m.end, at+1) })
	return at < len(s.masks) && s.masks[at].start <= i
}

// resolve sorts findings and leaves of each overlap the best: by likelihood, then length, then place.
func resolve(found []Finding) []Finding {
	if len(found) < 2 {
		return found
	}
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(a.Entity, b.Entity))
	})
	kept := found[:0]
	for _, f := range found {
		for len(kept) > 0 && kept[len(kept)-1].End > f.Start && better(f, kept[len(kept)-1]) {
			kept = kept[:len(kept)-1]
		}
		if len(kept) == 0 || kept[len(kept)-1].End <= f.Start {
			kept = append(kept, f)
		}
	}
	return kept
}

func better(f, g Finding) bool {
	if f.Likelihood != g.Likelihood {
		return f.Likelihood > g.Likelihood
	}
	return f.End-f.Start > g.End-g.Start
}

// wordStart tells whether the text begins with a character of a word: a letter, a digit, an underscore. Bytes beyond
// ASCII count as letters, but for the punctuation and the spaces of French and of word processors.
func wordStart(text string) bool {
	c := text[0]
	if c < 0x80 {
		return isAlnum(c) || c == '_'
	}
	return !strings.HasPrefix(text, "\u00a0") && !strings.HasPrefix(text, "«") && !strings.HasPrefix(text, "»") &&
		!strings.HasPrefix(text, "°") && !strings.HasPrefix(text, "\u3000") && !strings.HasPrefix(text, "\xe2\x80")
}

// wordEnd is wordStart for the last character of a text.
func wordEnd(text string) bool {
	c := text[len(text)-1]
	if c < 0x80 {
		return isAlnum(c) || c == '_'
	}
	return !strings.HasSuffix(text, "\u00a0") && !strings.HasSuffix(text, "«") && !strings.HasSuffix(text, "»") &&
		!strings.HasSuffix(text, "°") && !strings.HasSuffix(text, "\u3000") &&
		(len(text) < 3 || text[len(text)-3:len(text)-1] != "\xe2\x80")
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isAlnum(c byte) bool { return isDigit(c) || isLetter(c) }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
