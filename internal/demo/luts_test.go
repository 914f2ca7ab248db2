package demo

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/iqa"
)

// Limits of the budget for product pictures.
const (
	limitP95     = 2.0
	limitPalette = 1.5
	limitSSIM    = 0.97
)

// outcome is what one delivery measures.
type outcome struct {
	n     int
	p95   float64
	ssim  float64
	drift []colour.SwatchDrift
}

// bench delivers and measures pictures by each recipe; one a goroutine.
type bench struct {
	rd                     *Renderer
	e                      *Encoder
	pix, reference, result []uint8
	deltaE                 []float32
	file                   []byte
}

func newBench(t testing.TB) *bench {
	n := DefaultSize * DefaultSize
	return &bench{
		rd: newRenderer(t, 20250927, DefaultSize), e: NewEncoder(DefaultSize),
		pix: make([]uint8, 3*n), reference: make([]uint8, 3*n), result: make([]uint8, 3*n), deltaE: make([]float32, n),
	}
}

// prepare renders reference n and decodes its file.
func (b *bench) prepare(n int) (err error) {
	b.rd.Render(n, b.pix)
	if b.file, err = b.e.Append(b.file[:0], b.pix, Quality); err != nil {
		return err
	}
	return b.e.Pixels(b.reference, b.file)
}

// measure compares the delivery of the prepared reference with it.
func (b *bench) measure(n int, by Recipe) (outcome, error) {
	var err error
	if b.file, err = b.e.Deliver(b.file[:0], b.reference, by); err != nil {
		return outcome{}, err
	}
	if err = b.e.Pixels(b.result, b.file); err != nil {
		return outcome{}, err
	}
	colour.DeltaERow8(b.deltaE, b.reference, b.result)
	palette := colour.NewPaletteDrift(BrandPalette(), PaletteRadius)
	palette.AddRow8(b.reference, b.result)
	slices.Sort(b.deltaE)
	ssim, err := iqa.SSIM(luma(b.reference), luma(b.result))
	return outcome{n, float64(b.deltaE[(len(b.deltaE)*95+99)/100-1]), ssim, palette.Result()}, err
}

func luma(pix []uint8) iqa.Plane {
	p := iqa.Plane{Width: DefaultSize, Height: DefaultSize, Pix: make([]float32, DefaultSize*DefaultSize)}
	for i := range p.Pix {
		p.Pix[i] = float32(lumaOf(pix[3*i:]))
	}
	return p
}

// sampled is the numbers measured: a spread of the catalogue, or as many as SAFELIGHT_DEMO_SAMPLE says.
func sampled(t *testing.T) []int {
	count := 60
	if text := os.Getenv("SAFELIGHT_DEMO_SAMPLE"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil || count < 1 || count > catalogueSize {
			t.Fatalf("SAFELIGHT_DEMO_SAMPLE is %q, want 1 to %d", text, catalogueSize)
		}
	}
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = i*(catalogueSize/count) + i/12%(catalogueSize/count) // every kind of product, though their cycle divides the step
	}
	return numbers
}

func measureAll(t *testing.T, numbers []int, recipes []Recipe) map[string][]outcome {
	t.Helper()
	all := map[string][]outcome{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for worker := range 2 {
		b := newBench(t)
		wg.Go(func() {
			for i := worker; i < len(numbers); i += 2 {
				if err := b.prepare(numbers[i]); err != nil {
					t.Error(err)
					return
				}
				for _, by := range recipes {
					o, err := b.measure(numbers[i], by)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					all[by.Name] = append(all[by.Name], o)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return all
}

func newRecipes(t testing.TB) Recipes {
	t.Helper()
	recipes, err := NewRecipes()
	if err != nil {
		t.Fatal(err)
	}
	return recipes
}

func TestBrandColoursCoverEveryPicture(t *testing.T) {
	t.Parallel()
	for name, outcomes := range measureAll(t, sampled(t), []Recipe{newRecipes(t).Good}) {
		for _, o := range outcomes {
			sum := 0.0
			for _, d := range o.drift {
				sum += d.Coverage
				if d.Coverage < 0.005 {
					t.Errorf("%s, picture %d: %s covers %.2f %%, want at least 0.5", name, o.n, d.Name, 100*d.Coverage)
				}
			}
			if sum < 0.02 {
				t.Errorf("%s, picture %d: the brand's colours cover %.2f %%, want at least 2", name, o.n, 100*sum)
			}
		}
	}
}

func TestGoodDeliveriesKeepTheBudget(t *testing.T) {
	t.Parallel()
	recipes := newRecipes(t)
	for name, outcomes := range measureAll(t, sampled(t), append(recipes.Unrelated, recipes.Good, recipes.Fixed)) {
		var p95, ssim, worst []float64
		for _, o := range outcomes {
			p95 = append(p95, o.p95)
			ssim = append(ssim, o.ssim)
			if o.ssim < limitSSIM {
				t.Errorf("%s, picture %d: SSIM is %.4f, want at least %.2f", name, o.n, o.ssim, limitSSIM)
			}
			if o.p95 > limitP95 {
				t.Errorf("%s, picture %d: p95 is ΔE00 %.2f, want at most %.1f", name, o.n, o.p95, limitP95)
			}
			for _, d := range o.drift {
				worst = append(worst, d.DeltaE00)
				if d.DeltaE00 > limitPalette {
					t.Errorf("%s, picture %d: %s drifts by ΔE00 %.2f, want at most %.1f", name, o.n, d.Name, d.DeltaE00, limitPalette)
				}
			}
		}
		report(t, name+" p95", p95)
		report(t, name+" palette", worst)
		report(t, name+" SSIM", ssim)
	}
}

func TestDriftedDeliveriesBreakTheBudget(t *testing.T) {
	t.Parallel()
	outcomes := measureAll(t, sampled(t), []Recipe{newRecipes(t).Drifted})["drifted"]
	var p95, worst []float64
	for _, o := range outcomes {
		p95 = append(p95, o.p95)
		if o.p95 < 2*limitP95 {
			t.Errorf("picture %d: p95 is ΔE00 %.2f, want clearly over %.1f", o.n, o.p95, limitP95)
		}
		most := 0.0
		for _, d := range o.drift {
			most = max(most, d.DeltaE00)
		}
		worst = append(worst, most)
		if most < 4 || most > 9 {
			t.Errorf("picture %d: the worst brand colour drifts by ΔE00 %.2f, want 4 to 9", o.n, most)
		}
	}
	report(t, "drifted p95", p95)
	report(t, "drifted worst colour", worst)
}

func report(t *testing.T, name string, values []float64) {
	t.Helper()
	slices.Sort(values)
	t.Logf("%s of %d: least %.3f, median %.3f, 99 %% %.3f, most %.3f", name, len(values), values[0],
		values[len(values)/2], values[len(values)*99/100], values[len(values)-1])
}

func TestLooksDiffer(t *testing.T) {
	t.Parallel()
	r := newRecipes(t)
	against := func(l *cube.LUT) cube.Comparison {
		c, err := cube.Compare(r.Good.LUT, l, cube.CompareOptions{Swatches: BrandPalette()})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := against(r.Drifted.LUT); c.Grid.P95 < 2*limitP95 {
		t.Errorf("the drifted look is ΔE00 %.2f from the good one at p95, want far over %.1f", c.Grid.P95, limitP95)
	}
	if c := against(r.Fixed.LUT); c.Grid.P95 == 0 || c.Grid.P95 > 1 {
		t.Errorf("the fixed look is ΔE00 %.2f from the good one at p95, want another look within 1", c.Grid.P95)
	}
	fine := r.Unrelated[0].LUT
	if c := against(fine); fine.Size() != 33 || c.Grid.Max > 0.01 {
		t.Errorf("the finer export has %d points and differs by up to ΔE00 %.4f, want 33 and rounding", fine.Size(), c.Grid.Max)
	}
}

func TestUnrelatedChangesChangeTheFile(t *testing.T) {
	t.Parallel()
	b, r := newBench(t), newRecipes(t)
	if err := b.prepare(17); err != nil {
		t.Fatal(err)
	}
	good, err := b.e.Deliver(nil, b.reference, r.Good)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range r.Unrelated[1:] { // the finer export may well give the same bytes: that is its point
		file, err := b.e.Deliver([]byte("x"), b.reference, by)
		if err != nil {
			t.Fatal(err)
		}
		if file = file[1:]; bytes.Equal(file, good) {
			t.Errorf("%s: the file is the good one, want a change", by.Name)
		}
		if by.Comment == "" {
			continue
		}
		if !bytes.Contains(file, []byte(by.Comment)) {
			t.Errorf("%s: the comment is not in the file", by.Name)
		}
		a, errA := jpeg.Decode(bytes.NewReader(good))
		c, errC := jpeg.Decode(bytes.NewReader(file))
		if errA != nil || errC != nil {
			t.Fatal(errA, errC)
		}
		if !bytes.Equal(a.(*image.YCbCr).Y, c.(*image.YCbCr).Y) {
			t.Errorf("%s: the comment changed the picture", by.Name)
		}
	}
	if _, err := insertComment(append([]byte(nil), good...), 0, string(make([]byte, 70_000))); err == nil {
		t.Error("a comment longer than a segment was written")
	}
}

func TestBrandPaletteIsTheHexConstants(t *testing.T) {
	t.Parallel()
	for i, hex := range []string{BrandRed, BrandTeal, BrandSand} {
		want, err := colour.ParseHex(hex)
		if err != nil {
			t.Fatal(err)
		}
		if got := BrandPalette()[i].Lab; colour.DeltaE2000(got, want) > 1e-9 {
			t.Errorf("swatch %d is %v, want %v of %s", i, got, want, hex)
		}
	}
}

func BenchmarkDeliver(b *testing.B) {
	bench, recipes := newBench(b), newRecipes(b)
	if err := bench.prepare(3); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var err error
		if bench.file, err = bench.e.Deliver(bench.file[:0], bench.reference, recipes.Good); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReference(b *testing.B) {
	bench := newBench(b)
	for b.Loop() {
		if err := bench.prepare(3); err != nil {
			b.Fatal(err)
		}
	}
}
