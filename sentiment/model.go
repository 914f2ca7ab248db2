package sentiment

import "math"

// classes is the order of a model's weights.
var classes = [...]Label{Negative, Neutral, Positive}

// Model is a classifier of one's own, made by [Train] or read by [Load]. It does not change.
type Model struct {
	bits      uint
	weights   []float32 // for each feature those of the three classes
	threshold float64   // the probability from which a text is called negative
	report    Report
	version   string
}

// Version is "model-" and the beginning of the SHA-256 of what [Model.Save] writes.
func (m *Model) Version() string { return m.version }

// Report is what training found.
func (m *Model) Report() Report { return m.report }

// WithModel gives a scorer that lets a model decide, which sees among others what the lexicon says. A nil model leaves
// the lexicon to it.
func (s *Scorer) WithModel(m *Model) *Scorer {
	other := *s
	other.model = m
	return &other
}

// odds are the logarithms of the classes' odds, up to a constant.
func (m *Model) odds(grams []gram) (z [len(classes)]float64) {
	for _, g := range grams {
		w := m.weights[len(classes)*int(g.index):][:len(classes)]
		for c := range z {
			z[c] += float64(w[c]) * float64(g.value)
		}
	}
	return z
}

// softmax turns logarithms of odds into probabilities.
func softmax(z [len(classes)]float64) [len(classes)]float64 {
	top := max(z[0], z[1], z[2])
	sum := 0.0
	for c := range z {
		z[c] = math.Exp(z[c] - top)
		sum += z[c]
	}
	for c := range z {
		z[c] /= sum
	}
	return z
}

// label names the class of probabilities.
func label(p [len(classes)]float64, threshold float64) Label {
	switch {
	case p[0] >= threshold:
		return Negative
	case p[2] > p[1]:
		return Positive
	}
	return Neutral
}

func (s *Scorer) byModel(text string, r *reading, lang Language) Result {
	sum, through := s.settle(r, lang)
	r.features(s.model.bits, through, sum)
	p := softmax(s.model.odds(r.grams))
	return Result{
		Lang: lang, Negative: p[0], Neutral: p[1], Positive: p[2], Compound: p[2] - p[0],
		Label: label(p, s.model.threshold), Scorer: "model", Version: s.model.version, Words: s.model.words(text, r),
	}
}

// words gives the tokens whose features move the log-odds of positive against negative most.
func (m *Model) words(text string, r *reading) []Word {
	r.moves = append(r.moves[:0], make([]float64, len(r.tokens))...)
	for _, g := range r.grams {
		if g.token >= 0 {
			w := m.weights[len(classes)*int(g.index):][:len(classes)]
			r.moves[g.token] += float64(w[2]-w[0]) * float64(g.value)
		}
	}
	strongest := make([]Word, 0, min(len(r.tokens), MaxWords))
	for i := range r.tokens {
		if t := &r.tokens[i]; t.kind == word || t.kind == face {
			strongest = insert(strongest, Word{text[t.from:t.to], int(t.from), r.moves[i]})
		}
	}
	return strongest
}
