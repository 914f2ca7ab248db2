package sentiment

import "math"

// A model sees a text as hashed features (Weinberger and others 2009, "Feature Hashing for Large Scale Multitask
// Learning"): words and pairs of words, those in the reach of a negation marked as such; the three to five letters
// anywhere in a word, its edges included; and what the lexicon makes of the text. In each of the first two groups an
// occurrence weighs 1/√n of n, so that a long text is no louder than a short one.
const (
	shortestGram = 3
	longestGram  = 5
	// featuresVersion changes with all that the features of a text depend on: rules and lists too.
	featuresVersion = 1
)

// The seeds keep the kinds of features apart.
const (
	seedWord uint32 = iota + 1
	seedNegated
	seedPair
	seedLetters
	seedLexicon
)

// gram is one occurrence of a feature.
type gram struct {
	index uint32
	token int32 // that it was seen in, -1 for the text as a whole
	value float32
}

// hash goes on from seed over more bytes (FNV-1a).
func hash(seed uint32, more []byte) uint32 {
	for _, c := range more {
		seed = (seed ^ uint32(c)) * 16777619
	}
	return seed
}

// start is the hash of a seed alone.
func start(seed uint32) uint32 { return (seed ^ 2166136261) * 16777619 }

// bucket mixes a hash (the finaliser of MurmurHash3) and takes its lower bits.
func bucket(h uint32, bits uint) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	h ^= h >> 16
	return h & (1<<bits - 1)
}

// features fills grams with those of the text as it was read last.
func (r *reading) features(bits uint, lang Language, sum shares) {
	r.grams = r.grams[:0]
	r.wordGrams(bits)
	r.letterGrams(bits)
	r.lexiconGrams(bits, lang, sum)
}

// level gives all grams from an index on their weight.
func (r *reading) level(from int) {
	value := float32(1 / math.Sqrt(float64(max(len(r.grams)-from, 1))))
	for i := range r.grams[from:] {
		r.grams[from+i].value = value
	}
}

func (r *reading) wordGrams(bits uint) {
	from := len(r.grams)
	before := start(seedPair)
	negated := false
	for i := range r.tokens {
		t := &r.tokens[i]
		form := r.form(t)
		if t.kind == stop || t.kind == pause {
			negated = false
		}
		seed := seedWord
		if negated && t.kind == word {
			seed = seedNegated
		}
		r.grams = append(r.grams, gram{index: bucket(hash(start(seed), form), bits), token: int32(i)},
			gram{index: bucket(hash(before, form), bits), token: int32(i)})
		before = hash(hash(start(seedPair), form), []byte{' '})
		negated = negated || r.marks[i].role&(negates|opensNe) != 0
	}
	r.level(from)
}

func (r *reading) letterGrams(bits uint) {
	from := len(r.grams)
	for i := range r.tokens {
		if r.tokens[i].kind != word {
			continue
		}
		r.edged = append(append(append(r.edged[:0], ' '), r.form(&r.tokens[i])...), ' ')
		for a := range r.edged {
			if continues(r.edged[a]) {
				continue
			}
			h, n := start(seedLetters), 0
			for b := a; b < len(r.edged) && n < longestGram; {
				h = (h ^ uint32(r.edged[b])) * 16777619
				for b++; b < len(r.edged) && continues(r.edged[b]); b++ {
					h = (h ^ uint32(r.edged[b])) * 16777619
				}
				if n++; n >= shortestGram {
					r.grams = append(r.grams, gram{index: bucket(h, bits), token: int32(i)})
				}
			}
		}
	}
	r.level(from)
}

// continues says whether a byte is not the first of a rune in UTF-8.
func continues(c byte) bool { return c&0xc0 == 0x80 }

// lexiconGrams adds what the lexicon makes of the text, and a constant, each by language.
func (r *reading) lexiconGrams(bits uint, lang Language, sum shares) {
	var negative, positive float64
	for _, h := range r.hits {
		negative += max(-float64(h.valence), 0)
		positive += max(float64(h.valence), 0)
	}
	seed := hash(start(seedLexicon), []byte(lang))
	for i, value := range [...]float64{
		0.5, sum.compound, sum.negative, sum.positive, math.Log1p(negative), math.Log1p(positive), r.stress(),
	} {
		r.grams = append(r.grams, gram{bucket(hash(seed, []byte{byte(i)}), bits), -1, float32(value)})
	}
}
