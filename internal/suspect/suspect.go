// Package suspect ranks what bad images have in common that good ones have not.
//
// Images are counted in groups of equal attributes: which run, which colour table, which host, which encoder, which quality made
// them. Each value of each attribute splits all images into those that have it and those that have not; how well this split is
// the one into bad and good is its score, Youden's J (Cancer 3:32, 1950): the share of the bad images that have it less the share
// of the good ones. Two values that split the images alike cannot be told apart by counting, and are named together.
//
// A value is looked at twice: among all images, where what was new when the harm began stands out, and among those that came since
// then, where what only some of them have does, however long it was harmless before. The better score counts.
//
// Counting finds what went with the harm and not what made it: Judge says so where another attribute went with it as well.
package suspect

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Origin says where an attribute was learned, from what can be a cause to what is hardly more than a mark. It decides the order of
// those that separate equally well: a cause comes before its traces.
type Origin uint8

// The origins.
const (
	Told     Origin = iota + 1 // by the pipeline: what it worked by
	Said                       // by the image of itself, in its metadata
	Trait                      // read off the file: format, quality, folder
	Identity                   // names a run, in which anything may have changed
)

var originNames = map[Origin]string{Told: "told", Said: "said", Trait: "trait", Identity: "identity"}

// String is the word of JSON and of phrases.
func (o Origin) String() string { return originNames[o] }

// MarshalText writes the word.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads it.
func (o *Origin) UnmarshalText(text []byte) error {
	for v, name := range originNames {
		if name == string(text) {
			*o = v
			return nil
		}
	}
	return fmt.Errorf("origin %q is not known", text)
}

// Attribute is a value of something that was recorded of an image. An empty value says that the image has none; what was not
// recorded at all is no attribute.
type Attribute struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin Origin `json:"origin"`
}

// Group is a number of images with the same attributes, each key once.
type Group struct {
	Attributes []Attribute
	Bad, Good  int
	// Since are those that came since the harm began.
	SinceBad, SinceGood int
}

// Among says of which images a value was scored.
type Among string

// The populations.
const (
	All   Among = "all"
	Since Among = "since" // the harm began
)

// Suspect is a value that bad images have more often than good ones.
type Suspect struct {
	Attribute
	Among Among `json:"among"`
	Bad   int   `json:"bad"`  // images among them that have it
	Good  int   `json:"good"` // likewise
	// Score is the share of the bad images that have it less the share of the good ones: 1 where it is all of the bad and none of
	// the good, 0 where it is as frequent among both.
	Score float64 `json:"score"`
	// P is how likely chance alone gives such a split, by the G-test with one degree of freedom, times the number of splits looked at.
	P float64 `json:"p"`
	// Same are the values that split the images in the very same way.
	Same []Attribute `json:"same,omitempty"`
}

// Unrecorded says of an attribute on how many images nobody knows it.
type Unrecorded struct {
	Key  string `json:"key"`
	Bad  int    `json:"bad"`
	Good int    `json:"good"`
}

// Ranking is what came of a comparison.
type Ranking struct {
	Bad       int `json:"bad"`
	Good      int `json:"good"`
	SinceBad  int `json:"sinceBad"` // of those that came since the harm began
	SinceGood int `json:"sinceGood"`
	// Suspects are the values that go with the harm: those first that separate bad from good, a cause before its traces, then the
	// others by their score.
	Suspects   []Suspect    `json:"suspects"`
	Unrecorded []Unrecorded `json:"unrecorded,omitempty"`

	scores map[[2]string]Suspect // of every value, also of those that are no suspects
}

// split is the images that have a value: which groups they are, a bit each, and how many.
type split struct {
	Attribute
	groups big.Int
	count  Group
}

// Rank compares.
func Rank(groups []Group) Ranking {
	r := Ranking{Suspects: []Suspect{}, scores: map[[2]string]Suspect{}}
	splits := map[[2]string]*split{}
	known := map[string]*Unrecorded{}
	for i, g := range groups {
		r.Bad, r.Good, r.SinceBad, r.SinceGood = r.Bad+g.Bad, r.Good+g.Good, r.SinceBad+g.SinceBad, r.SinceGood+g.SinceGood
		for _, a := range g.Attributes {
			key := [2]string{a.Key, a.Value}
			s := splits[key]
			if s == nil {
				s = &split{Attribute: a}
				splits[key] = s
			}
			s.groups.SetBit(&s.groups, i, 1)
			s.count.add(g)
			k := known[a.Key]
			if k == nil {
				k = &Unrecorded{Key: a.Key}
				known[a.Key] = k
			}
			k.Bad, k.Good = k.Bad+g.Bad, k.Good+g.Good
		}
	}
	r.rank(splits)
	for _, k := range known {
		if k.Bad < r.Bad || k.Good < r.Good {
			r.Unrecorded = append(r.Unrecorded, Unrecorded{k.Key, r.Bad - k.Bad, r.Good - k.Good})
		}
	}
	slices.SortFunc(r.Unrecorded, func(a, b Unrecorded) int { return cmp.Compare(a.Key, b.Key) })
	return r
}

func (g *Group) add(o Group) {
	g.Bad, g.Good, g.SinceBad, g.SinceGood = g.Bad+o.Bad, g.Good+o.Good, g.SinceBad+o.SinceBad, g.SinceGood+o.SinceGood
}

// rank makes suspects of the splits that go with the harm; those that split alike become one.
func (r *Ranking) rank(splits map[[2]string]*split) {
	alike := map[string][]*split{}
	for _, s := range splits {
		key := string(s.groups.Bytes())
		alike[key] = append(alike[key], s)
	}
	for _, same := range alike {
		slices.SortFunc(same, func(a, b *split) int { return compareAttributes(a.Attribute, b.Attribute) })
		one := r.suspect(same[0], 2*len(alike)) // each is looked at twice
		for _, s := range same[1:] {
			one.Same = append(one.Same, s.Attribute)
		}
		for _, s := range same {
			r.scores[[2]string{s.Key, s.Value}] = one
		}
		if one.Score > 0 {
			r.Suspects = append(r.Suspects, one)
		}
	}
	slices.SortFunc(r.Suspects, func(a, b Suspect) int {
		if a.Separates() && b.Separates() {
			return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(b.Score, a.Score), compareAttributes(a.Attribute, b.Attribute))
		}
		return cmp.Or(cmp.Compare(b.Score, a.Score), compareAttributes(a.Attribute, b.Attribute))
	})
}

func compareAttributes(a, b Attribute) int {
	return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
}

func (r *Ranking) suspect(s *split, tried int) Suspect {
	n := s.count
	all := scored(s.Attribute, All, n.Bad, r.Bad, n.Good, r.Good, tried)
	if r.SinceBad < enough || r.SinceGood < enough {
		return all
	}
	if since := scored(s.Attribute, Since, n.SinceBad, r.SinceBad, n.SinceGood, r.SinceGood, tried); since.Score > all.Score {
		return since
	}
	return all
}

func scored(a Attribute, among Among, bad, ofBad, good, ofGood, tried int) Suspect {
	return Suspect{
		Attribute: a, Among: among, Bad: bad, Good: good,
		Score: share(bad, ofBad) - share(good, ofGood),
		P:     min(1, float64(tried)*chance(bad, ofBad, good, ofGood)),
	}
}

// Separates tells whether it parts the bad images from the good ones but for a few, beyond chance.
func (s Suspect) Separates() bool { return s.Score >= separates && s.P <= significant }

// Onset finds when the harm began: the time since which the share of bad images exceeds the one before by most. Times are in any
// unit and order; false says that there is no bad image.
func Onset(bad, good []int64) (at int64, ok bool) {
	bad, good = slices.Sorted(slices.Values(bad)), slices.Sorted(slices.Values(good))
	best, before := math.Inf(-1), 0
	for i, t := range bad {
		if i > 0 && t == bad[i-1] {
			continue
		}
		for before < len(good) && good[before] < t {
			before++
		}
		// Of all bad images those since t, less of all good ones those since t.
		score := share(len(bad)-i, len(bad)) - share(len(good)-before, len(good))
		if score > best {
			best, at = score, t
		}
	}
	return at, len(bad) > 0
}

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// chance is the p-value of the G-test of a table of two by two (Sokal and Rohlf, Biometry, 17.4): G = 2 Σ O ln(O/E).
func chance(bad, ofBad, good, ofGood int) float64 {
	n, with := float64(ofBad+ofGood), float64(bad+good)
	g := 0.0
	for _, cell := range [...]struct {
		seen     int
		row, col float64
	}{
		{bad, float64(ofBad), with}, {ofBad - bad, float64(ofBad), n - with},
		{good, float64(ofGood), with}, {ofGood - good, float64(ofGood), n - with},
	} {
		if cell.seen > 0 {
			g += 2 * float64(cell.seen) * math.Log(float64(cell.seen)*n/(cell.row*cell.col))
		}
	}
	return math.Erfc(math.Sqrt(max(g, 0) / 2))
}

// Harm is what makes an image bad in a comparison: being over a limit of quality, a breach of the metadata policy, or one kind of
// breach by its name.
type Harm string

// The harms that are no breach by name.
const (
	Quality  Harm = "quality"
	Metadata Harm = "metadata"
)

// Query says what is compared; zero fields leave it to the incident.
type Query struct {
	Since, Until time.Time
	Harm         Harm
}

// Comparison is a ranking with what was compared.
type Comparison struct {
	Pipeline string    `json:"pipeline"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`
	Harm     Harm      `json:"harm"`
	// Onset is when it began, as far as the images tell; zero where none is bad.
	Onset time.Time `json:"onset,omitzero"`
	// Untold are the images, bad and good, of which no run says what made them.
	Untold int `json:"untold"`
	Ranking
}

// Of gives how many bad and good images a population has.
func (r Ranking) Of(a Among) (bad, good int) {
	if a == Since {
		return r.SinceBad, r.SinceGood
	}
	return r.Bad, r.Good
}

// String writes key=value.
func (a Attribute) String() string {
	if a.Value == "" {
		return a.Key + "=∅"
	}
	return a.Key + "=" + a.Value
}

// Phrase is the key of what the harm is called.
func (h Harm) Phrase() phrase.Key {
	if h == Quality || h == Metadata {
		return phrase.Key("compare.harm." + h)
	}
	return phrase.Key("quarantine.kind." + h)
}
