package grade

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/corpora"
	"github.com/safelight-dev/safelight/pixels"
)

// photos are the photographs of the corpora.
func photos(t testing.TB) []picture {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpora.Dir(t, "photos"), "*.png"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no photographs: %v", err)
	}
	var all []picture
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := pixels.DecodeBytes(data, pixels.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, picture{m.Width, m.Height, m.RGB8})
	}
	return all
}

// films are the film looks of the corpora, by file name.
func films(t testing.TB) map[string]*cube.LUT {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpora.Dir(t, "lut"), "*.cube"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	all := map[string]*cube.LUT{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		l, err := cube.Read(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[filepath.Base(name)] = l
	}
	return all
}

func TestPlantedDeviationsInPhotographs(t *testing.T) {
	assertPlanted(t, photos(t))
}

// Film looks through JPEG at quality 90: found in every photograph, and the written table does what the true one does.
func TestFilmLooksOnPhotographs(t *testing.T) {
	pictures, tables := photos(t), films(t)
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		truth := tables[name]
		var shares, pixels, distances []float64
		global := 0
		all := NewAccumulator()
		for _, p := range pictures {
			cand := p.looked(truth).coded(t, 90)
			f := diagnose(t, p, cand)
			add(t, all, p, cand)
			if f.Verdict == Global {
				global++
			}
			shares, pixels = append(shares, f.Chosen().Explained), append(pixels, f.Chosen().Pixels)
			distances = append(distances, tablesApart(t, p, truth, written(t, f)))
		}
		f := all.Fit()
		lut := written(t, f)
		var whole float64
		for _, p := range pictures {
			whole += tablesApart(t, p, truth, lut) / float64(len(pictures))
		}
		n := float64(len(pictures))
		t.Logf("%s: global in %d of %d; explained mean %.3f, least %.3f (pixels %.3f); table off by mean %.2f, most %.2f; over all: %s by %s, explained %.3f, off by %.2f",
			name, global, len(pictures), sumOf(shares)/n, slices.Min(shares), sumOf(pixels)/n, sumOf(distances)/n, slices.Max(distances), f.Verdict, f.Model, f.Chosen().Explained, whole)
		if slices.Max(distances) > 1 || whole > 1 || f.Verdict != Global || global != len(pictures) {
			t.Errorf("%s: want global and a table within 1 ΔE00 everywhere", name)
		}
		// Coding leaves about 0.5 ΔE00 of what is systematic, which weighs where the look itself is hardly more.
		want := 0.95
		if f.Level < 2 {
			want = 0.8
		}
		if f.Chosen().Explained < want {
			t.Errorf("%s: explained %.3f over all pictures, want %v", name, f.Chosen().Explained, want)
		}
	}
}

// mixedWith is the look with the given share of the table.
func (p picture) mixedWith(l *cube.LUT, share float64) picture {
	q := p.looked(l)
	for i := range q.pix {
		q.pix[i] = clamp8((1-share)*float64(p.pix[i]) + share*float64(q.pix[i]))
	}
	return q
}

// Film looks of several strengths, uncoded and through coarse JPEG, with clipped pixels and beside a defect.
func TestFilmLooksInAllConditions(t *testing.T) {
	tables := films(t)
	for i, p := range photos(t)[:4] {
		rnd := rand.New(rand.NewPCG(uint64(i), 9))
		for _, name := range slices.Sorted(maps.Keys(tables)) {
			l := tables[name]
			for _, tt := range []struct {
				name  string
				cand  picture
				want  Verdict
				coded bool
			}{
				{"whole", p.looked(l), Global, false},
				{"half", p.mixedWith(l, 0.5), Global, false},
				{"whole, JPEG 75", p.looked(l).coded(t, 75), Global, true},
				{"2 % clipped", overexposed(p.looked(l), 0.02), Global, false},
				{"a defect beside, JPEG 75", patch(p.looked(l), rnd).coded(t, 75), Mixed, true},
			} {
				f := diagnose(t, p, tt.cand)
				if f.Verdict != tt.want && (f.Level >= 1.5 || !tt.coded) { // a faint look is below what coarse coding does
					t.Errorf("picture %d, %s, %s: %s by %s, want %s; level %.2f, remaining %+v", i, name, tt.name, f.Verdict, f.Model, tt.want, f.Level, f.Remaining)
				}
			}
		}
	}
}

// Mistakes of colour management that hold for a whole catalogue are named from all of it.
func TestACatalogueNamesTheMistake(t *testing.T) {
	pictures := photos(t)
	for _, pl := range globals() {
		if pl.named == "" {
			continue
		}
		var workers [2]*Accumulator
		for i := range workers {
			workers[i] = NewAccumulator()
		}
		for i, p := range pictures {
			add(t, workers[i%2], p, pl.make(p, rand.New(rand.NewPCG(1, 1))).coded(t, 75))
		}
		workers[0].Merge(workers[1])
		f := workers[0].Fit()
		if f.Verdict != Global || f.Named == nil || f.Named.Name != pl.named || f.Pairs != len(pictures) {
			t.Errorf("%s over %d pairs: %s %s by %s, %+v, want it named", pl.name, f.Pairs, f.Verdict, f.Kind, f.Model, f.Chosen())
		}
	}
}
