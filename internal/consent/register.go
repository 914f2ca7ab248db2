package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"
)

// Register is all records, indexed by what images can say of them. It holds no
// name: names are known by a digest under a key that is drawn for the register
// and kept nowhere. It does not change and is safe for concurrent use.
type Register struct {
	key      []byte
	fold     func(string) string
	records  []Record
	subjects map[string][]int            // records by subject
	names    map[[sha256.Size]byte][]int // by digest of the folded name
	releases map[string][]int
	images   map[string][]int
	places   map[string][]place // by pipeline
}

type place struct {
	Place
	record int
}

// RegisterOptions are the chance and the alphabet of a register.
type RegisterOptions struct {
	Key []byte // random
	// Fold makes one text of spellings that mean the same, before case and
	// blanks are evened out; the identity if nil.
	Fold func(string) string
}

// NewRegister indexes records.
func NewRegister(records []Record, o RegisterOptions) *Register {
	g := &Register{
		key: o.Key, fold: o.Fold, records: slices.Clone(records), subjects: map[string][]int{}, names: map[[sha256.Size]byte][]int{},
		releases: map[string][]int{}, images: map[string][]int{}, places: map[string][]place{},
	}
	if g.fold == nil {
		g.fold = func(s string) string { return s }
	}
	for i := range g.records {
		g.add(i)
	}
	return g
}

func (g *Register) add(i int) {
	r := &g.records[i]
	g.subjects[r.Subject] = append(g.subjects[r.Subject], i)
	for _, name := range append([]string{r.Values.Name}, r.Values.Aliases...) {
		if key, ok := g.nameKey(name); ok && !slices.Contains(g.names[key], i) {
			g.names[key] = append(g.names[key], i)
		}
	}
	for _, id := range r.Values.Releases {
		g.releases[id] = append(g.releases[id], i)
	}
	for _, image := range r.Values.Images {
		g.images[image] = append(g.images[image], i)
	}
	for _, p := range r.Values.Paths {
		g.places[p.Pipeline] = append(g.places[p.Pipeline], place{p, i})
	}
	// What the register does not need it does not keep.
	r.Values = Values{Images: r.Values.Images, Releases: r.Values.Releases, Paths: r.Values.Paths}
}

// Len is the number of records.
func (g *Register) Len() int { return len(g.records) }

// nameKey gives the digest that a name is known by: case, blanks and the order
// of "Doe, Jane" make no difference.
func (g *Register) nameKey(name string) (key [sha256.Size]byte, ok bool) {
	name = g.fold(name)
	if last, first, comma := strings.Cut(name, ","); comma && !strings.Contains(first, ",") {
		name = first + " " + last
	}
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	if name == "" {
		return key, false
	}
	h := hmac.New(sha256.New, g.key)
	h.Write([]byte(name))
	return [sha256.Size]byte(h.Sum(nil)), true
}

// byName gives the records of who bears a name.
func (g *Register) byName(name string) []int {
	key, ok := g.nameKey(name)
	if !ok {
		return nil
	}
	return g.names[key]
}

// byFile gives the records that are linked to a file by its digest or its place.
func (g *Register) byFile(i Image) []int {
	list := slices.Clone(g.images[strings.ToLower(i.SHA256)])
	for _, p := range g.places[i.Pipeline] {
		if p.covers(i.Pipeline, i.Path) && !slices.Contains(list, p.record) {
			list = append(list, p.record)
		}
	}
	return list
}
