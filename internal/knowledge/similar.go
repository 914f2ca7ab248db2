package knowledge

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// The points that a thing in common counts, of 100.
const (
	causePoints    = 35.0
	rulePoints     = 20.0
	pipelinePoints = 15.0
	wordPoints     = 15.0
	symptomPoints  = 10.0
	classPoints    = 5.0

	// Threshold is the least number of points of an incident that is told.
	Threshold = 30.0

	leastCause = 0.4 // of the words of two causes, by weight, for them to be one
	leastWords = 0.25
	mostTold   = 4 // words and symptoms in a reason
)

// Likeness is how much an incident is like another, and why.
type Likeness struct {
	ID      string
	Points  float64 // of 100
	Reasons []phrase.Sentence
}

// Corpus is the profiles of all incidents.
type Corpus struct {
	of   map[string]entry
	with map[string]int // in how many incidents a word is
}

// entry is a profile with all its words, sorted.
type entry struct {
	Profile
	words []string
}

// Put adds a profile, or replaces it.
func (c *Corpus) Put(p Profile) {
	if c.of == nil {
		c.of, c.with = map[string]entry{}, map[string]int{}
	}
	for _, w := range c.of[p.ID].words {
		c.with[w]--
	}
	e := entry{p, p.all()}
	c.of[p.ID] = e
	for _, w := range e.words {
		c.with[w]++
	}
}

// Get gives the profile of an incident.
func (c *Corpus) Get(id string) (Profile, bool) {
	e, ok := c.of[id]
	return e.Profile, ok
}

// Similar gives up to most incidents that are like the one of that id, the likest first, newer ones first among equals. Of those
// that hidden tells, only what everybody knows is compared.
func (c *Corpus) Similar(id string, most int, hidden func(Profile) bool) []Likeness {
	mine, ok := c.of[id]
	if !ok {
		return nil
	}
	seen := func(e entry) entry {
		if hidden(e.Profile) {
			return entry{e.public(), e.Words}
		}
		return e
	}
	a := c.side(seen(mine))
	var list []Likeness
	for other, e := range c.of {
		if other == id {
			continue
		}
		if points, told := c.compare(a, seen(e), nil); told {
			list = append(list, Likeness{ID: other, Points: points})
		}
	}
	slices.SortFunc(list, func(x, y Likeness) int {
		return cmp.Or(cmp.Compare(y.Points, x.Points), c.of[y.ID].At.Compare(c.of[x.ID].At), strings.Compare(x.ID, y.ID))
	})
	list = list[:min(len(list), most)]
	for i, l := range list { // the reasons of thousands that are not told would take longer than finding them
		c.compare(a, seen(c.of[l.ID]), func(r phrase.Sentence) { list[i].Reasons = append(list[i].Reasons, r) })
	}
	return list
}

// side is the incident that the others are compared with, its words weighed once.
type side struct {
	Profile
	words  weighed // all of them
	open   weighed // those of title and updates
	causes []weighed
}

// weighed are words with the weight of their rarity among all incidents (inverse document frequency).
type weighed struct {
	of    map[string]float64
	total float64
}

func (c *Corpus) side(e entry) side {
	s := side{Profile: e.Profile, words: c.weigh(e.words), open: c.weigh(e.Words)}
	for _, cause := range e.Causes {
		s.causes = append(s.causes, c.weigh(cause.Words))
	}
	return s
}

func (c *Corpus) weigh(words []string) weighed {
	w := weighed{of: make(map[string]float64, len(words))}
	for _, word := range words {
		w.of[word] = c.weight(word)
		w.total += w.of[word]
	}
	return w
}

func (c *Corpus) weight(word string) float64 {
	n := float64(len(c.of))
	return math.Log(1 + (n+1)/(float64(c.with[word])+0.5))
}

// compare gives the points of what two incidents have in common, and says why where somebody asks. Told says that it is worth telling.
func (c *Corpus) compare(a side, b entry, why func(phrase.Sentence)) (points float64, told bool) {
	add := func(n float64, k phrase.Key, arg any) {
		points += n
		if why != nil {
			why(phrase.Of(k, arg))
		}
	}
	if share, text := c.sameCause(a, b.Profile); share >= leastCause {
		told = true
		add(causePoints*share, "knowledge.same.cause", text)
	}
	if a.Rule != "" && a.Rule == b.Rule {
		told = true
		add(rulePoints, "knowledge.same.rule", a.Rule)
	}
	if a.Pipeline == b.Pipeline {
		add(pipelinePoints, "knowledge.same.pipeline", a.Pipeline)
	}
	if n, both := shared(a.Symptoms, b.Symptoms); n > 0 {
		told = told || n > 0.5
		add(symptomPoints*n, "knowledge.same.symptoms", symptomWords(both))
	}
	if share, both := c.sameWords(a, b); share >= leastWords {
		told = true
		add(wordPoints*share, "knowledge.same.words", rarest{a.words, both})
	}
	if a.Class != "" && a.Class == b.Class {
		add(classPoints, "knowledge.same.class", string(a.Class))
	}
	return points, told && points >= Threshold
}

// first is the beginning of a list, as it is told.
type first []string

// In joins it, alike in both languages.
func (f first) In(phrase.Lang) string { return strings.Join(f[:min(mostTold, len(f))], ", ") }

// symptomWords are symptoms, said where they are ours and as they are called otherwise.
type symptomWords []string

// In joins them.
func (s symptomWords) In(l phrase.Lang) string {
	words := make([]string, len(s))
	for i, name := range s {
		words[i] = name
		if k := phrase.Key("knowledge.symptom." + name); phrase.Known(k) {
			words[i] = phrase.Say(l, k)
		}
	}
	return first(words).In(l)
}

// rarest are words of which the rarest are told.
type rarest struct {
	weighed
	words []string
}

// In joins them, alike in both languages.
func (r rarest) In(l phrase.Lang) string {
	words := slices.Clone(r.words)
	slices.SortFunc(words, func(x, y string) int { return cmp.Or(cmp.Compare(r.of[y], r.of[x]), strings.Compare(x, y)) })
	return first(words).In(l)
}

// sameCause finds the two causes that are nearest to each other: how near, and what the other incident says of its one.
func (c *Corpus) sameCause(a side, b Profile) (most float64, text phrase.Spoken) {
	for i, mine := range a.Causes {
		for _, theirs := range b.Causes {
			if mine.Domain != theirs.Domain {
				continue
			}
			if share, _ := c.overlap(a.causes[i], theirs.Words); share > most {
				most, text = share, theirs
			}
		}
	}
	return most, text
}

// sameWords is the share of the words in both, of all or of titles and updates alone: an incident that has just been opened has no
// others, and an analysis must not make its incident less like it.
func (c *Corpus) sameWords(a side, b entry) (float64, []string) {
	share, both := c.overlap(a.words, b.words)
	if open, words := c.overlap(a.open, b.Words); open > share {
		return open, words
	}
	return share, both
}

// overlap is the weight of the words in both over the geometric mean of the two weights, and those words.
func (c *Corpus) overlap(mine weighed, words []string) (float64, []string) {
	var both []string
	inBoth, total := 0.0, 0.0
	for _, word := range words {
		weight, in := mine.of[word]
		if in {
			both = append(both, word)
			inBoth += weight
		} else {
			weight = c.weight(word)
		}
		total += weight
	}
	if len(both) == 0 {
		return 0, nil
	}
	return inBoth / math.Sqrt(mine.total*total), both
}

// shared is the share of two sorted lists that is in both (Jaccard), and what it is.
func shared(a, b []string) (float64, []string) {
	var both []string
	for _, s := range a {
		if _, in := slices.BinarySearch(b, s); in {
			both = append(both, s)
		}
	}
	if len(both) == 0 {
		return 0, nil
	}
	return float64(len(both)) / float64(len(a)+len(b)-len(both)), both
}

// all lists the words of a profile, sorted, each once.
func (p Profile) all() []string {
	list := slices.Concat(p.Words, p.Beliefs)
	for _, c := range p.Causes {
		list = append(list, c.Words...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// In says a cause.
func (c CauseProfile) In(l phrase.Lang) string {
	if c.Say != nil {
		return c.Say.In(l)
	}
	return c.Text
}
