package grade

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
)

// wide is a picture in 16 bits, of the same colours.
func (p picture) wide() []uint16 {
	out := make([]uint16, len(p.pix))
	for i, v := range p.pix {
		out[i] = 257 * uint16(v)
	}
	return out
}

// figures are all of a fit but the transform itself.
func figures(t testing.TB, f Fit) string {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSixteenBitsOfTheSameColoursGiveTheSame(t *testing.T) {
	t.Parallel()
	p := scene(1, 200, 150)
	cand := p.mapped(look(2))
	wide := NewAccumulator()
	if err := wide.Begin(p.width, p.height); err != nil {
		t.Fatal(err)
	}
	ref16, cand16, n := p.wide(), cand.wide(), 3*p.width
	for y := range p.height {
		wide.AddRow16(y, ref16[n*y:n*y+n], cand16[n*y:n*y+n])
	}
	if got, want := figures(t, wide.Fit()), figures(t, diagnose(t, p, cand)); got != want {
		t.Errorf("16 bits give %s, 8 bits %s", got, want)
	}
}

// However pictures are ordered and divided among accumulators, the draw is the same.
func TestMergingIsTheSameAsSeeingAll(t *testing.T) {
	t.Parallel()
	var pairs [][2]picture
	for seed := range uint64(6) {
		p := scene(seed, 160+20*int(seed), 120)
		pairs = append(pairs, [2]picture{p, p.mapped(look(1))})
	}
	whole := NewAccumulator()
	for _, pair := range pairs {
		add(t, whole, pair[0], pair[1])
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		parts := []*Accumulator{NewAccumulator(), NewAccumulator(), NewAccumulator()}
		for _, i := range rnd.Perm(len(pairs)) {
			add(t, parts[rnd.IntN(len(parts))], pairs[i][0], pairs[i][1])
		}
		all := NewAccumulator()
		for _, part := range parts {
			all.Merge(part)
		}
		if !reflect.DeepEqual(all.blocks(), whole.blocks()) {
			t.Fatal("merged accumulators hold other blocks than one that saw all")
		}
		if all.pictures != len(pairs) || len(all.kept) >= 2*maxKept {
			t.Errorf("%d pairs, %d blocks kept, want %d pairs and fewer than %d blocks", all.pictures, len(all.kept), len(pairs), 2*maxKept)
		}
	}
	f := whole.Fit()
	if f.Verdict != Global || f.Pairs != len(pairs) || f.Remaining.Region != nil {
		t.Errorf("of six pairs: %s, %d pairs, region %v, want global, 6, none", f.Verdict, f.Pairs, f.Remaining.Region)
	}
}

// A single pair that was merged is as good as one that was added.
func TestMergingOnePairKeepsItsPlaces(t *testing.T) {
	t.Parallel()
	p := scene(2, 200, 150)
	cand := patch(p, rand.New(rand.NewPCG(1, 1)))
	one, all := NewAccumulator(), NewAccumulator()
	add(t, one, p, cand)
	all.Merge(one)
	if got, want := figures(t, all.Fit()), figures(t, one.Fit()); got != want {
		t.Errorf("merged: %s, want %s", got, want)
	}
	if f := all.Fit(); f.Verdict != Local || f.Remaining.Region == nil {
		t.Errorf("%s, region %v, want local with a region", f.Verdict, f.Remaining.Region)
	}
}

// Every sample is a pixel of both pictures at its place, none is taken twice, and cut blocks lose those outside.
func TestSamplesArePixels(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {3, 2}, {4, 4}, {5, 9}, {64, 3}, {131, 97}, {2000, 4}} {
		w, h := size[0], size[1]
		ref, cand := newPicture(w, h), newPicture(w, h)
		for i := range w * h { // each pixel says where it stands
			copy(ref.pix[3*i:], []uint8{uint8(i), uint8(i >> 8), uint8(i >> 16)})
			copy(cand.pix[3*i:], []uint8{uint8(i >> 16), uint8(i), uint8(i >> 8)})
		}
		a := NewAccumulator()
		add(t, a, ref, cand)
		seen := map[int]bool{}
		for _, b := range a.blocks() {
			for _, s := range b.samples[:b.n] {
				i := int(s.ref[0]/257) | int(s.ref[1]/257)<<8 | int(s.ref[2]/257)<<16
				j := int(s.cand[1]/257) | int(s.cand[2]/257)<<8 | int(s.cand[0]/257)<<16
				x, y := i%w, i/w
				if i != j || seen[i] || x/a.size != int(b.x) || y/a.size != int(b.y) {
					t.Fatalf("%d×%d: block %d, %d has reference pixel %d, %d with candidate pixel %d, seen before: %v", w, h, b.x, b.y, x, y, j, seen[i])
				}
				seen[i] = true
			}
		}
		if want := min(w*h, 8) / 8; len(seen) < want || a.cols*a.rows > maxKept {
			t.Errorf("%d×%d: %d samples in %d blocks", w, h, len(seen), a.cols*a.rows)
		}
	}
}

func TestSlopesAndEdges(t *testing.T) {
	t.Parallel()
	p := newPicture(64, 64)
	for y := range 64 {
		for x := range 64 { // brightness rises by 2 to the right and by 1 downwards
			copy(p.at(x, y), []uint8{uint8(2*x + y), uint8(2*x + y), uint8(2*x + y)})
		}
	}
	a := NewAccumulator()
	add(t, a, p, p)
	for _, b := range a.blocks() {
		if b.x == 0 || b.y == 0 || int(b.x) == a.cols-1 || int(b.y) == a.rows-1 {
			continue
		}
		for _, s := range b.samples[:b.n] {
			if s.dx != 257 || s.dy != 257/2 || s.edge != 4*257 {
				t.Fatalf("slopes %d, %d, edge %d, want %d, %d, %d", s.dx, s.dy, s.edge, 257, 257/2, 4*257)
			}
		}
	}
}

func TestBeginRefuses(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{0, 5}, {5, 0}, {-1, 5}, {1 << 16, 1 << 15}, {1 << 40, 1 << 40}} {
		if err := NewAccumulator().Begin(size[0], size[1]); err == nil {
			t.Errorf("%d×%d was accepted", size[0], size[1])
		}
	}
}

func TestRowsThatDoNotFitPanic(t *testing.T) {
	t.Parallel()
	begun := NewAccumulator()
	if err := begun.Begin(4, 4); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"before Begin": func() { NewAccumulator().AddRow8(0, nil, nil) },
		"row 4 of 4":   func() { begun.AddRow8(4, make([]uint8, 12), make([]uint8, 12)) },
		"a short row":  func() { begun.AddRow16(0, make([]uint16, 12), make([]uint16, 9)) },
	} {
		func() {
			defer func() {
				if recover() != errRow {
					t.Errorf("%s: no panic, or another", name)
				}
			}()
			f()
		}()
	}
}

func TestRowsAllocateNothing(t *testing.T) {
	p := scene(1, 120, 80)
	a := NewAccumulator()
	for range 8 { // until the draw has its memory
		add(t, a, p, p)
	}
	a.kept = a.kept[:0]
	if n := testing.AllocsPerRun(10, func() { add(t, a, p, p) }); n != 0 {
		t.Errorf("a pair costs %v allocations, want none", n)
	}
}
