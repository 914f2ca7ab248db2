package colour

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

func palette() []Swatch {
	return []Swatch{
		{"red", FromSRGB8(220, 30, 50)},
		{"blue", FromSRGB8(20, 60, 200)},
		{"green", FromSRGB8(20, 160, 60)},
	}
}

// logoPicture is a noisy grey picture of 200×100 with a red logo of 10×10 pixels: 0.5 % of it. shift moves the red.
func logoPicture(shift int) [][]uint8 {
	r := rand.New(rand.NewPCG(41, 42))
	rows := make([][]uint8, 100)
	for y := range rows {
		rows[y] = make([]uint8, 3*200)
		for x := range 200 {
			p := rows[y][3*x : 3*x+3]
			noise := r.IntN(5) - 2
			p[0], p[1], p[2] = uint8(150+noise), uint8(150+noise), uint8(150+noise)
			if y >= 20 && y < 30 && x >= 50 && x < 60 {
				p[0], p[1], p[2] = uint8(220+noise), uint8(30+noise+shift), uint8(50+noise)
			}
		}
	}
	return rows
}

func TestPaletteDriftFindsALogo(t *testing.T) {
	t.Parallel()
	ref, cand := logoPicture(0), logoPicture(40)
	d := NewPaletteDrift(palette(), 12)
	for y := range ref {
		d.AddRow8(ref[y], cand[y])
	}
	got := d.Result()
	want := DeltaE2000(FromSRGB8(220, 30, 50), FromSRGB8(220, 70, 50))
	if got[0].Name != "red" || got[0].Coverage != 0.005 || math.Abs(got[0].DeltaE00-want) > 0.15 {
		t.Errorf("the logo's red is %+v, want coverage 0.005 and ΔE00 of about %.2f", got[0], want)
	}
	if got[1].Coverage != 0 || got[1].DeltaE00 != 0 || got[2].Coverage != 0 || got[2].DeltaE00 != 0 {
		t.Errorf("blue and green are %+v, want no coverage and no difference", got[1:])
	}
}

func TestPaletteDriftOfIdenticalPictures(t *testing.T) {
	t.Parallel()
	ref := logoPicture(0)
	d := NewPaletteDrift(palette(), 12)
	for _, row := range ref {
		d.AddRow8(row, row)
	}
	if got := d.Result()[0]; got.DeltaE00 != 0 || got.Coverage != 0.005 {
		t.Errorf("a picture differs from itself: %+v, want exactly 0", got)
	}
}

func TestPaletteDriftNearestWins(t *testing.T) {
	t.Parallel()
	swatches := []Swatch{{"far", FromSRGB8(100, 100, 100)}, {"near", FromSRGB8(104, 104, 104)}, {"same as near", FromSRGB8(104, 104, 104)}}
	d := NewPaletteDrift(swatches, 10)
	row := []uint8{103, 103, 103}
	d.AddRow8(row, row)
	got := d.Result()
	if got[0].Coverage != 0 || got[1].Coverage != 1 || got[2].Coverage != 0 {
		t.Errorf("coverage is %v, %v, %v, want it all at the nearest, the first of equals", got[0].Coverage, got[1].Coverage, got[2].Coverage)
	}
}

func TestPaletteDriftIncludesTheEdge(t *testing.T) {
	t.Parallel()
	d := NewPaletteDrift([]Swatch{{Name: "black"}}, 0)
	d.AddRow8([]uint8{0, 0, 0, 1, 1, 1}, []uint8{9, 9, 9, 9, 9, 9})
	want := FromSRGB8(9, 9, 9)
	if got := d.Result()[0]; got.Coverage != 0.5 || !near(got.Lab, want, 1e-5) {
		t.Errorf("black with radius 0 is %+v, want half the picture and %v", got, want)
	}
}

func TestPaletteDrift16KeepsAllBits(t *testing.T) {
	t.Parallel()
	swatch := Swatch{"deep", FromSRGB16(50_001, 20_002, 30_003)}
	d := NewPaletteDrift([]Swatch{swatch}, 1)
	d.AddRow16([]uint16{50_001, 20_002, 30_003}, []uint16{50_011, 20_022, 30_033})
	want := FromSRGB16(50_011, 20_022, 30_033)
	if got := d.Result()[0]; !near(got.Lab, want, 1e-4) || math.Abs(got.DeltaE00-DeltaE2000(swatch.Lab, want)) > 1e-4 {
		t.Errorf("16-bit colours give %+v, want %v, ΔE00 %v", got, want, DeltaE2000(swatch.Lab, want))
	}
}

func TestPaletteMergeRefusesOtherSwatches(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("palettes of different swatches were merged")
		}
	}()
	NewPaletteDrift(palette(), 5).Merge(NewPaletteDrift(nil, 5))
}

// The cache must not show: the same means as adding up without one. Merged strips give the same bits as the whole.
func TestPaletteDriftAgainstPlainSums(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(43, 44))
	ref, cand := make([]uint8, 3*30_000), make([]uint8, 3*30_000)
	for i := range ref {
		ref[i], cand[i] = uint8(r.UintN(256)), uint8(r.UintN(256))
	}
	const radius = 40
	whole, top, bottom := NewPaletteDrift(palette(), radius), NewPaletteDrift(palette(), radius), NewPaletteDrift(palette(), radius)
	whole.AddRow8(ref, cand)
	top.AddRow8(ref[:3*777], cand[:3*777])
	bottom.AddRow8(ref[3*777:], cand[3*777:])
	bottom.Merge(top)
	if got, want := bottom.Result(), whole.Result(); !reflect.DeepEqual(got, want) {
		t.Errorf("two strips give %+v, want %+v", got, want)
	}
	for s, swatch := range palette() {
		var p, q Lab
		n := 0.0
		for i := 0; i < len(ref); i += 3 {
			lab := FromSRGB8(ref[i], ref[i+1], ref[i+2])
			if DeltaE76(lab, swatch.Lab) > radius || DeltaE76(lab, palette()[(s+1)%3].Lab) < DeltaE76(lab, swatch.Lab) || DeltaE76(lab, palette()[(s+2)%3].Lab) < DeltaE76(lab, swatch.Lab) {
				continue
			}
			other := FromSRGB8(cand[i], cand[i+1], cand[i+2])
			p, q = Lab{p.L + lab.L, p.A + lab.A, p.B + lab.B}, Lab{q.L + other.L, q.A + other.A, q.B + other.B}
			n++
		}
		p, q = Lab{p.L / n, p.A / n, p.B / n}, Lab{q.L / n, q.A / n, q.B / n}
		got := whole.Result()[s]
		if got.Coverage != n/30_000 || !near(got.Lab, q, 1e-5) || math.Abs(got.DeltaE00-DeltaE2000(p, q)) > 1e-4 {
			t.Errorf("%s: %+v, want mean %v, ΔE00 %v and coverage %v", swatch.Name, got, q, DeltaE2000(p, q), n/30_000)
		}
	}
}

func TestPaletteDrift16AgreesWith8(t *testing.T) {
	t.Parallel()
	ref, cand := logoPicture(0), logoPicture(25)
	d8, d16 := NewPaletteDrift(palette(), 12), NewPaletteDrift(palette(), 12)
	widen := func(row []uint8) []uint16 {
		wide := make([]uint16, len(row))
		for i, v := range row {
			wide[i] = uint16(v) * 257
		}
		return wide
	}
	for y := range ref {
		d8.AddRow8(ref[y], cand[y])
		d16.AddRow16(widen(ref[y]), widen(cand[y]))
	}
	for i, got := range d16.Result() {
		want := d8.Result()[i]
		if got.Coverage != want.Coverage || math.Abs(got.DeltaE00-want.DeltaE00) > 1e-4 {
			t.Errorf("16 bits give %+v, 8 bits %+v", got, want)
		}
	}
}

// Every colour lies in the box of its cell, so that no cell is passed over that holds a place.
func TestCellsHoldTheirColours(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(45, 46))
	check := func(cell uint, p Lab) {
		if box := &cellBoxes()[cell]; box.distance2(p) != 0 {
			t.Fatalf("%v lies outside of its cell %d, %v", p, cell, *box)
		}
	}
	for code := r.IntN(50); code < 1<<24; code += 1 + r.IntN(100) {
		r, g, b := uint8(code>>16), uint8(code>>8), uint8(code)
		check(uint(r>>3)<<10|uint(g>>3)<<5|uint(b>>3), FromSRGB8(r, g, b))
	}
	for range 200_000 {
		p := [3]uint16{}
		for i := range p {
			p[i] = uint16(r.UintN(32)<<11 + r.UintN(2)*2047 + r.UintN(3) - 1) // about the borders of cells
		}
		check(uint(p[0]>>11)<<10|uint(p[1]>>11)<<5|uint(p[2]>>11), FromSRGB16(p[0], p[1], p[2]))
	}
}

// A picture of every colour of a grid, with a logo of half a percent whose red drifts while all else stays: the logo's
// swatch shows the drift, the others none, and the whole picture's 99th percentile of ΔE00 nothing.
func TestPaletteDriftFiresWhereThePictureDoesNot(t *testing.T) {
	t.Parallel()
	const width, height = 400, 200
	r := rand.New(rand.NewPCG(47, 48))
	ref := make([]uint8, 3*width*height)
	for i := range width * height {
		base := []int{40 + i%width/3, 60 + i/width, 90 + (i%width+i/width)/6}
		for c := range 3 {
			ref[3*i+c] = uint8(base[c] + r.IntN(9) - 4)
		}
	}
	cand := append([]uint8(nil), ref...)
	for y := 50; y < 70; y++ { // 20×20 pixels of 80 000
		for x := 300; x < 320; x++ {
			p, q := ref[3*(y*width+x):], cand[3*(y*width+x):]
			p[0], p[1], p[2] = 220, 30, 50
			q[0], q[1], q[2] = 205, 60, 70
		}
	}
	swatches := append(palette(), Swatch{"sand", FromSRGB8(150, 150, 140)})
	d, difference := NewPaletteDrift(swatches, 10), NewDifference(2)
	for round := range 2 { // the second with what the first learnt
		d.Reset()
		d.AddRow8(ref, cand)
		got := d.Result()
		want := DeltaE2000(FromSRGB8(220, 30, 50), FromSRGB8(205, 60, 70))
		if got[0].Coverage != 0.005 || math.Abs(got[0].DeltaE00-want) > 1e-3 || want < 3 {
			t.Errorf("round %d: the logo's red is %+v, want coverage 0.005 and ΔE00 %.3f", round, got[0], want)
		}
		if sand := got[3]; sand.Coverage == 0 || sand.DeltaE00 != 0 {
			t.Errorf("round %d: sand is %+v, want places and no drift", round, sand)
		}
	}
	difference.AddRows8(0, ref, cand, width, nil)
	if s := difference.Stats(); s.P99 != 0 || s.OverRatio != 0.005 {
		t.Errorf("the picture's statistics are %+v, want a P99 of 0 and 0.5 %% over the threshold", s)
	}
}

func BenchmarkPaletteAddRow8(b *testing.B) {
	ref, cand := photoRow(4096, 1)
	d := NewPaletteDrift(palette(), 15)
	for b.Loop() {
		d.AddRow8(ref, cand)
	}
	reportMegapixels(b, 4096)
}
