package lpips

import (
	"encoding/binary"
	"fmt"
	"image/png"
	"math"
	"os"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// readModel reads a network of the shared weights: their README gives the layout.
func readModel(t testing.TB, kind Kind) *Network {
	t.Helper()
	data, err := os.ReadFile(corpora.Models(t, fmt.Sprintf("lpips-%s.bin", kind)))
	if err != nil {
		t.Fatal(err)
	}
	integer := func() int {
		v := int(int32(binary.LittleEndian.Uint32(data)))
		data = data[4:]
		return v
	}
	floats := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		data = data[4*n:]
		return v
	}
	convs, heads := integer(), integer()
	specs, tensors := kind.Specs(), map[string]Tensor{}
	for i := range convs {
		out, in, side, _, _ := integer(), integer(), integer(), integer(), integer()
		tensors[specs[2*i].Name] = Tensor{[]int{out, in, side, side}, floats(out * in * side * side)}
		tensors[specs[2*i+1].Name] = Tensor{[]int{out}, floats(out)}
	}
	for i := range heads {
		n := integer()
		tensors[specs[2*convs+i].Name] = Tensor{[]int{1, n, 1, 1}, floats(n)}
	}
	network, err := New(kind, tensors)
	if err != nil {
		t.Fatal(err)
	}
	return network
}

// readPicture reads an opaque 8-bit picture.
func readPicture(t testing.TB, path string) Picture {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	p := Picture{Width: m.Bounds().Dx(), Height: m.Bounds().Dy()}
	for y := range p.Height {
		for x := range p.Width {
			r, g, b, _ := m.At(x, y).RGBA()
			p.RGB8 = append(p.RGB8, uint8(r>>8), uint8(g>>8), uint8(b>>8))
		}
	}
	return p
}

// TestPublishedExample measures the authors' example pictures with the published weights: the figures are PyTorch's.
func TestPublishedExample(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind   Kind
		p0, p1 float64
	}{{Alex, 0.721881, 0.137566}, {Squeeze, 0.711048, 0.147902}} {
		n := readModel(t, tt.kind)
		ref := readPicture(t, corpora.Models(t, "ex_ref.png"))
		for _, e := range engines() {
			n.engine = e
			for name, want := range map[string]float64{"ex_p0.png": tt.p0, "ex_p1.png": tt.p1} {
				d, err := n.Distance(new(Workspace), ref, readPicture(t, corpora.Models(t, name)))
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(d.Value-want) > 1e-6 {
					t.Errorf("%s, %s, %s: distance %.7f, PyTorch gives %.6f", tt.kind, e.name, name, d.Value, want)
				}
			}
		}
	}
}
