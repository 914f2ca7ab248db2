package sentiment

import (
	"math"
	"slices"
)

// mark is what the lexicon knows of a token, or of the phrase that begins there.
type mark struct {
	entry
	span uint8 // tokens of the phrase; 0 inside one
}

// hit is a word or phrase that counts.
type hit struct {
	token   int // the first
	span    int
	valence float32 // with all that its neighbours do to it
}

// reading is a text seen through one lexicon. It is reused from text to text.
type reading struct {
	*pieces
	lexicon *lexicon
	marks   []mark
	hits    []hit
	grams   []gram    // the features of a model,
	edged   []byte    // a word between blanks,
	moves   []float64 // and what each token adds
}

// read marks the tokens and finds the hits.
func (r *reading) read(l *lexicon) {
	r.lexicon = l
	r.marks, r.hits = r.marks[:0], r.hits[:0]
	for len(r.marks) < len(r.tokens) {
		m := r.longest(len(r.marks))
		r.marks = append(r.marks, m)
		for range m.span - 1 {
			r.marks = append(r.marks, mark{})
		}
	}
	mixed := r.mixed()
	for i := range r.marks {
		if m := &r.marks[i]; m.known && m.valence != 0 {
			r.hits = append(r.hits, hit{i, int(m.span), r.weigh(i, mixed)})
		}
	}
	r.contrast()
}

// longest looks up the token i, or the longest known phrase that begins with it.
func (r *reading) longest(i int) mark {
	t := &r.tokens[i]
	switch t.kind {
	case face:
		return mark{entry{valence: r.lexicon.faces[string(r.form(t))], known: true}, 1}
	case word:
	default:
		return mark{span: 1}
	}
	e := r.lexicon.entries[string(r.form(t))]
	for n := min(int(e.longest), len(r.tokens)-i); n > 1; n-- {
		if phrase, ok := r.lexicon.entries[string(r.folded[t.start:r.tokens[i+n-1].end])]; ok && phrase.says() {
			return mark{phrase, uint8(n)}
		}
	}
	if !e.says() && t.stretched {
		e = r.lexicon.entries[string(r.alts[t.alt:t.alend])]
	}
	return mark{e, 1}
}

// says is false for what is only the beginning of a phrase.
func (e entry) says() bool { return e.known || e.role != 0 || e.boost != 0 }

// mixed says whether some words are in capitals and others are not: else capitals stress nothing.
func (r *reading) mixed() bool {
	caps, others := false, false
	for i := range r.tokens {
		if t := &r.tokens[i]; t.kind == word {
			caps, others = caps || t.caps, others || !t.caps
		}
	}
	return caps && others
}

// weigh is the valence of the hit at token i after capitals, boosters and negation around it.
func (r *reading) weigh(i int, mixed bool) float32 {
	valence := r.marks[i].valence
	if r.tokens[i].kind == face {
		return valence
	}
	sign := float32(1)
	if valence < 0 {
		sign = -1
	}
	if mixed && r.tokens[i].caps {
		valence += sign * capitals
	}
	negated := false
	for j, away := i-1, 1; j >= 0 && away <= reach; j-- {
		m := &r.marks[j]
		if k := r.tokens[j].kind; k == stop || k == pause {
			break
		} else if k == mention || k == link || m.span == 0 {
			continue
		}
		if m.boost != 0 && !m.known && !(m.role&closesNe != 0 && r.opened(j)) {
			change := m.boost * fading[away]
			if mixed && r.tokens[j].caps {
				change += capitals
			}
			valence += sign * change
		}
		negated = negated || r.turns(j, away)
		away++
	}
	if negated {
		valence *= negation
	}
	return valence
}

// turns says whether the token j negates a hit that is so many words away from it on its right.
func (r *reading) turns(j, away int) bool {
	m := &r.marks[j]
	switch {
	case m.role&negates != 0:
		return true
	case m.role&closesNe != 0:
		return r.opened(j)
	case m.role&opensNe != 0: // n'aime … pas: the other half comes after the hit
		return r.closed(j + away + 1)
	}
	return false
}

// opened says whether a ne stands within reach before the token.
func (r *reading) opened(i int) bool {
	for j := i - 1; j >= max(i-reach-1, 0) && r.tokens[j].kind != stop; j-- {
		if r.marks[j].role&opensNe != 0 {
			return true
		}
	}
	return false
}

// closed says whether the second half of a negation stands at the token or just after it.
func (r *reading) closed(i int) bool {
	for j := i; j < min(i+2, len(r.marks)) && r.tokens[j].kind == word; j++ {
		if r.marks[j].role&(negates|closesNe) != 0 {
			return true
		}
	}
	return false
}

// contrast weighs down what comes before a but, in its sentence or in the one before if it begins with it, and up what
// comes after, up to the next but.
func (r *reading) contrast() {
	before, from := 0, 0 // where the last sentence and this one begin
	for i := range r.marks {
		if r.tokens[i].kind == stop {
			before, from = from, i+1
		}
		if r.marks[i].role&contrasts == 0 {
			continue
		}
		if i == from {
			from = before
		}
		r.scale(from, i, beforeBut)
		r.scale(i+1, r.clauseEnd(i+1), afterBut)
		from = i
	}
}

func (r *reading) clauseEnd(i int) int {
	for i < len(r.tokens) && r.tokens[i].kind != stop && r.marks[i].role&contrasts == 0 {
		i++
	}
	return i
}

// scale multiplies the hits from one token to before another.
func (r *reading) scale(from, to int, factor float32) {
	h, _ := slices.BinarySearchFunc(r.hits, from, func(h hit, token int) int { return h.token - token })
	for ; h < len(r.hits) && r.hits[h].token < to; h++ {
		r.hits[h].valence *= factor
	}
}

// shares is what a reading comes to.
type shares struct {
	negative, neutral, positive float64 // of all words; they sum to 1
	compound                    float64 // -1 to 1
}

// sum is VADER's: the compound is the sum of valences, with what the punctuation adds, squeezed into -1 to 1; a share counts
// each word as one beside its valence.
func (r *reading) sum() shares {
	var negative, positive, neutral, total float64
	for _, h := range r.hits {
		v := float64(h.valence)
		total += v
		if v < 0 {
			negative += 1 - v
		} else {
			positive += 1 + v
		}
		neutral -= float64(h.span)
	}
	for i := range r.tokens {
		if k := r.tokens[i].kind; k == word || k == face {
			neutral++
		}
	}
	stress := r.stress()
	switch {
	case total > 0:
		total += stress
		positive += stress
	case total < 0:
		total -= stress
		negative += stress
	}
	all := negative + positive + neutral
	if all == 0 {
		return shares{neutral: 1}
	}
	return shares{negative / all, neutral / all, positive / all, total / math.Sqrt(total*total+spread)}
}

// stress is what ! and ? add.
func (r *reading) stress() float64 {
	exclamations, questions := 0, 0
	for i := range r.tokens {
		t := &r.tokens[i]
		if t.kind != stop || t.count == 0 {
			continue
		}
		for _, c := range r.runes[t.first : t.first+int32(t.count)] {
			switch c {
			case '!':
				exclamations++
			case '?':
				questions++
			}
		}
	}
	stress := exclaimed * float64(min(exclamations, 4))
	switch {
	case questions > 3:
		stress += asked
	case questions > 1:
		stress += questioned * float64(questions)
	}
	return stress
}
