package sentiment

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Report is how well a model told negative samples from the others, on samples that it was not trained on: each fold of the
// cross-validation was scored by a model of the others, near repetitions being in one fold.
type Report struct {
	Samples  int `json:"samples"`
	Negative int `json:"negative"` // of the samples, as the next two
	Neutral  int `json:"neutral"`
	Positive int `json:"positive"`
	Repeated int `json:"repeated"` // samples that nearly repeat another

	Model   Measures              `json:"model"`
	Lexicon Measures              `json:"lexicon"` // of the scorer without a model, on the same samples
	By      map[Language]Measures `json:"by"`      // of the model, by language
}

// Measures are figures of the class negative against the rest.
type Measures struct {
	Samples int `json:"samples"`
	// The probability that a negative text is scored as more negative than another; 0.5 is chance, 0 where there is none of
	// either.
	AUC float64 `json:"auc"`
	// The harmonic mean of precision and recall; of a model, with each fold at the threshold that suited the others best.
	F1 float64 `json:"f1"`
	// The share of samples whose class of three is right.
	Accuracy float64 `json:"accuracy"`
}

// verdict is a sample with what it was taken for.
type verdict struct {
	score    float64 // lower is more negative
	class    int
	labelled Label
	lang     Language
	fold     int
}

// enough refuses samples that are too few or of one class, repetitions counted once.
func (c *corpus) enough() error {
	groups := map[[2]int]bool{}
	var negative, others int
	for _, e := range c.examples {
		kind := min(e.class, 1)
		if key := [2]int{kind, e.group}; !groups[key] {
			groups[key] = true
			negative, others = negative+1-kind, others+kind
		}
	}
	if negative < MinSamples || others < MinSamples {
		return fmt.Errorf("train sentiment: %d different negative samples and %d others, give at least %d of each: %w",
			negative, others, MinSamples, ErrTooFew)
	}
	return nil
}

// folds deals the groups out, those with negative samples first, so that each fold gets its part of both.
func (c *corpus) folds(o Options) []int {
	type group struct {
		members  []int
		negative bool
	}
	byRoot := map[int]*group{}
	var groups []*group
	for i, e := range c.examples {
		g := byRoot[e.group]
		if g == nil {
			g = &group{}
			byRoot[e.group], groups = g, append(groups, g)
		}
		g.members, g.negative = append(g.members, i), g.negative || e.class == 0
	}
	chance := rand.New(rand.NewPCG(o.Seed, 0xf01d5))
	chance.Shuffle(len(groups), func(a, b int) { groups[a], groups[b] = groups[b], groups[a] })
	slices.SortStableFunc(groups, func(a, b *group) int {
		if a.negative != b.negative {
			return cmp.Compare(btoi(b.negative), btoi(a.negative))
		}
		return 0
	})
	fold := make([]int, len(c.examples))
	for n, g := range groups {
		for _, i := range g.members {
			fold[i] = n % o.Folds
		}
	}
	return fold
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// validate measures, and gives the threshold for the model of all samples.
func (c *corpus) validate(o Options) (Report, float64) {
	fold := c.folds(o)
	verdicts := make([]verdict, len(c.examples))
	probabilities := make([][len(classes)]float64, len(c.examples))
	for f := range o.Folds {
		var others []int
		for i := range fold {
			if fold[i] != f {
				others = append(others, i)
			}
		}
		weights := c.fit(others, o)
		for i, e := range c.examples {
			if fold[i] == f {
				probabilities[i] = softmax(odds(weights, e.cells))
				verdicts[i] = verdict{score: -probabilities[i][0], class: e.class, lang: e.lang, fold: f}
			}
		}
	}
	for f := range o.Folds {
		limit := -threshold(verdicts, func(v verdict) bool { return v.fold != f })
		for i := range verdicts {
			if verdicts[i].fold == f {
				verdicts[i].labelled = label(probabilities[i], limit)
			}
		}
	}
	return c.report(verdicts), -threshold(verdicts, func(verdict) bool { return true })
}

func (c *corpus) report(verdicts []verdict) Report {
	r := Report{Samples: len(verdicts), Model: measure(verdicts), By: map[Language]Measures{}}
	sizes := map[int]int{}
	byLanguage := map[Language][]verdict{}
	lexicon := make([]verdict, len(verdicts))
	for i, e := range c.examples {
		sizes[e.group]++
		*[...]*int{&r.Negative, &r.Neutral, &r.Positive}[e.class]++
		byLanguage[e.lang] = append(byLanguage[e.lang], verdicts[i])
		lexicon[i] = verdict{score: e.score, class: e.class, labelled: byThreshold(e.score, e.lang)}
	}
	for _, n := range sizes {
		if n > 1 {
			r.Repeated += n
		}
	}
	for lang, of := range byLanguage {
		r.By[lang] = measure(of)
	}
	r.Lexicon = measure(lexicon)
	return r
}

// measure sums verdicts up.
func measure(verdicts []verdict) Measures {
	var found, called, negative, right int
	for _, v := range verdicts {
		isNegative, saidSo := v.class == 0, v.labelled == Negative
		negative, called, found = negative+btoi(isNegative), called+btoi(saidSo), found+btoi(isNegative && saidSo)
		right += btoi(classes[v.class] == v.labelled)
	}
	m := Measures{Samples: len(verdicts), AUC: auc(verdicts), Accuracy: float64(right) / float64(max(len(verdicts), 1))}
	if negative+called > 0 {
		m.F1 = 2 * float64(found) / float64(negative+called)
	}
	return m
}

// auc is the area under the curve of true against false positives, as the probability that a negative text scores lower
// than another one; ties count half (Hanley and McNeil 1982, Radiology 143).
func auc(verdicts []verdict) float64 {
	sorted := slices.Clone(verdicts)
	slices.SortFunc(sorted, func(a, b verdict) int { return cmp.Compare(a.score, b.score) })
	var wins, negatives float64
	for i := 0; i < len(sorted); {
		j, tied, rest := i, 0.0, 0.0
		for ; j < len(sorted) && sorted[j].score == sorted[i].score; j++ {
			if sorted[j].class == 0 {
				tied++
			} else {
				rest++
			}
		}
		wins += rest * (negatives + tied/2)
		negatives += tied
		i = j
	}
	if pairs := negatives * (float64(len(sorted)) - negatives); pairs > 0 {
		return wins / pairs
	}
	return 0
}

// threshold is the score up to which calling a text negative gives the best F1 on those that are asked for.
func threshold(verdicts []verdict, asked func(verdict) bool) float64 {
	var of []verdict
	negatives := 0
	for _, v := range verdicts {
		if asked(v) {
			of = append(of, v)
			negatives += btoi(v.class == 0)
		}
	}
	slices.SortFunc(of, func(a, b verdict) int { return cmp.Compare(a.score, b.score) })
	best, limit, found := -1.0, math.Inf(-1), 0
	for i, v := range of {
		found += btoi(v.class == 0)
		if i+1 < len(of) && of[i+1].score == v.score {
			continue
		}
		if f1 := 2 * float64(found) / float64(negatives+i+1); f1 > best {
			best, limit = f1, v.score
		}
	}
	return limit
}
