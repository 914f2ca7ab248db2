package lpips

import (
	"errors"
	"math"
	"sync"
	"testing"
)

func distance(t *testing.T, n *Network, w *Workspace, a, b Picture) Distance {
	t.Helper()
	d, err := n.Distance(w, a, b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLawsOfDistance(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Alex, Squeeze} {
		n := seeded(t, kind)
		for _, e := range engines() {
			n.engine = e
			var w Workspace
			a, b := seededPair(64, 48)
			if d := distance(t, n, &w, a, a); d != (Distance{}) {
				t.Errorf("%s, %s: equal pictures have distance %v, want exactly 0", kind, e.name, d)
			}
			ab, ba := distance(t, n, &w, a, b), distance(t, n, &w, b, a)
			if ab != ba || ab.Value <= 0 {
				t.Errorf("%s, %s: distance %v one way and %v the other, want the same and positive", kind, e.name, ab, ba)
			}
			sum := 0.0
			for _, s := range ab.Stages {
				sum += s
			}
			if math.Abs(sum-ab.Value) > 1e-15 {
				t.Errorf("%s: stages %v sum to %v, the distance is %v", kind, ab.Stages, sum, ab.Value)
			}
			if half := distance(t, n, &w, a, between(a, b)); half.Value >= ab.Value {
				t.Errorf("%s, %s: half the change has distance %v, all of it %v", kind, e.name, half.Value, ab.Value)
			}
		}
	}
}

// between is the mean of two pictures.
func between(a, b Picture) Picture {
	m := Picture{Width: a.Width, Height: a.Height}
	for i := range a.RGB8 {
		m.RGB8 = append(m.RGB8, uint8((int(a.RGB8[i])+int(b.RGB8[i]))/2))
	}
	return m
}

// TestSixteenBits: a picture in 16 bits with the same values has the same distance.
func TestSixteenBits(t *testing.T) {
	t.Parallel()
	n := seeded(t, Alex)
	var w Workspace
	a, b := seededPair(40, 37)
	wide := Picture{Width: b.Width, Height: b.Height}
	for _, v := range b.RGB8 {
		wide.RGB16 = append(wide.RGB16, 257*uint16(v))
	}
	d8, d16 := distance(t, n, &w, a, b), distance(t, n, &w, a, wide)
	if math.Abs(d8.Value-d16.Value) > 1e-7 {
		t.Errorf("8 bits have distance %v, the same in 16 bits %v", d8.Value, d16.Value)
	}
	if d := distance(t, n, &w, b, wide); d.Value > 1e-12 {
		t.Errorf("a picture has distance %v from itself in 16 bits", d.Value)
	}
}

// TestWorkspaceKeepsNothing: what a larger picture leaves in a workspace must not be seen in the next.
func TestWorkspaceKeepsNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Alex, Squeeze} {
		n := seeded(t, kind)
		var used Workspace
		a, b := seededPair(101, 83)
		distance(t, n, &used, a, b)
		a, b = seededPair(53, 40)
		if got, want := distance(t, n, &used, a, b), distance(t, n, new(Workspace), a, b); got != want {
			t.Errorf("%s: a used workspace gives %v, a new one %v", kind, got, want)
		}
	}
}

// TestNetworkServesManyGoroutines, each with a workspace of its own.
func TestNetworkServesManyGoroutines(t *testing.T) {
	t.Parallel()
	n := seeded(t, Squeeze)
	a, b := seededPair(40, 40)
	want := distance(t, n, new(Workspace), a, b)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if d, err := n.Distance(new(Workspace), a, b); err != nil || d != want {
				t.Errorf("one of four gives %v, %v, alone it is %v", d, err, want)
			}
		})
	}
	group.Wait()
}

func TestMemoryIsWhatItSays(t *testing.T) { // not parallel: it counts allocations
	for _, kind := range []Kind{Alex, Squeeze} {
		n := seeded(t, kind)
		a, b := seededPair(150, 90)
		want, err := kind.Memory(150, 90)
		if err != nil {
			t.Fatal(err)
		}
		w := Workspace{Limit: want}
		distance(t, n, &w, a, b)
		got := int64(4 * (len(w.features[0]) + len(w.features[1]) + len(w.middle) + len(w.line)))
		if got != want {
			t.Errorf("%s: the workspace has %d bytes, Memory says %d", kind, got, want)
		}
		if allocated := testing.AllocsPerRun(2, func() { distance(t, n, &w, a, b) }); allocated != 0 {
			t.Errorf("%s: a measurement in a used workspace allocates %v times, want 0", kind, allocated)
		}
		w = Workspace{Limit: want - 1}
		if _, err := n.Distance(&w, a, b); !errors.Is(err, ErrTooLarge) || w.features[0] != nil {
			t.Errorf("%s: with a byte less: %v, want ErrTooLarge and nothing allocated", kind, err)
		}
	}
	for kind, most := range map[Kind]float64{Alex: 57, Squeeze: 202, VGG: 1030} {
		n, err := kind.Memory(10_000, 8_000)
		if perPixel := float64(n) / 80e6; err != nil || perPixel > most || perPixel < 0.95*most {
			t.Errorf("%s takes %.1f bytes a pixel, want about %v; %v", kind, perPixel, most, err)
		}
	}
}

func TestSmallestSizes(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]int{Alex: 31, Squeeze: 17, VGG: 16, "none": 0} {
		if got := kind.MinSide(); got != want {
			t.Errorf("%q takes %d pixels and more, want %d", kind, got, want)
		}
	}
	for _, kind := range []Kind{Alex, Squeeze} {
		n, side := seeded(t, kind), kind.MinSide()
		a, b := seededPair(side, side+3)
		distance(t, n, new(Workspace), a, b)
		a, b = seededPair(side-1, 200)
		if _, err := n.Distance(new(Workspace), a, b); !errors.Is(err, ErrTooSmall) {
			t.Errorf("%s: %d×200 pixels: %v, want ErrTooSmall", kind, side-1, err)
		}
	}
}

func TestUnusablePictures(t *testing.T) {
	t.Parallel()
	n := seeded(t, Alex)
	good, _ := seededPair(40, 40)
	other, _ := seededPair(40, 41)
	for name, p := range map[string]Picture{
		"another size":   other,
		"no pixels":      {Width: 40, Height: 40},
		"too few":        {Width: 40, Height: 40, RGB8: good.RGB8[1:]},
		"too few wide":   {Width: 40, Height: 40, RGB16: make([]uint16, 10)},
		"negative":       {Width: -40, Height: -40, RGB8: good.RGB8},
		"empty":          {},
		"far too large":  {Width: 1 << 30, Height: 1 << 30},
		"product is fit": {Width: 1 << 32, Height: 1 << 32, RGB8: nil},
	} {
		for _, pair := range [][2]Picture{{good, p}, {p, good}} {
			if _, err := n.Distance(new(Workspace), pair[0], pair[1]); !errors.Is(err, ErrInput) {
				t.Errorf("%s: %v, want ErrInput", name, err)
			}
		}
	}
	for _, size := range [][2]int{{1 << 40, 40}, {40, 1 << 62}} {
		if _, err := Alex.Memory(size[0], size[1]); !errors.Is(err, ErrTooLarge) {
			t.Errorf("memory for %v: %v, want ErrTooLarge", size, err)
		}
	}
}

func TestUnusableWeights(t *testing.T) {
	t.Parallel()
	change := func(name string, t Tensor) map[string]Tensor {
		tensors := seededTensors(Squeeze)
		tensors[name] = t
		return tensors
	}
	nan := seededTensors(Squeeze)["features.0.bias"]
	nan.Data[5] = float32(math.NaN())
	huge := seededTensors(Squeeze)["features.0.weight"]
	for i := range huge.Data {
		huge.Data[i] = math.MaxFloat32
	}
	missing := seededTensors(Squeeze)
	delete(missing, "lin6.model.1.weight")
	for name, tensors := range map[string]map[string]Tensor{
		"nothing":        nil,
		"a missing one":  missing,
		"another shape":  change("features.0.bias", Tensor{[]int{32, 2}, make([]float32, 64)}),
		"too few values": change("features.0.bias", Tensor{[]int{64}, make([]float32, 63)}),
		"not a number":   change("features.0.bias", nan),
	} {
		if _, err := New(Squeeze, tensors); !errors.Is(err, ErrWeights) {
			t.Errorf("%s: %v, want ErrWeights", name, err)
		}
	}
	if _, err := New("none", seededTensors(Squeeze)); !errors.Is(err, ErrWeights) {
		t.Errorf("an unknown network: %v, want ErrWeights", err)
	}
	n, err := New(Squeeze, change("features.0.weight", huge))
	if err != nil {
		t.Fatal(err)
	}
	a, b := seededPair(32, 32)
	if d, err := n.Distance(new(Workspace), a, b); !errors.Is(err, ErrWeights) {
		t.Errorf("weights that overflow: %v, %v, want ErrWeights", d, err)
	}
}

// TestNewKeepsCopies: the tensors may be changed afterwards.
func TestNewKeepsCopies(t *testing.T) {
	t.Parallel()
	tensors := seededTensors(Squeeze)
	n, err := New(Squeeze, tensors)
	if err != nil {
		t.Fatal(err)
	}
	a, b := seededPair(40, 40)
	before := distance(t, n, new(Workspace), a, b)
	for _, v := range tensors {
		clear(v.Data)
	}
	if after := distance(t, n, new(Workspace), a, b); after != before {
		t.Errorf("distance %v became %v when the tensors were cleared", before, after)
	}
	if n.Kind() != Squeeze {
		t.Errorf("the network is %q, want squeeze", n.Kind())
	}
}
