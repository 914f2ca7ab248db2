package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/lpips"
)

// torchFile writes seeded tensors as torch.save would, in the container of PyTorch 1.6 and later. Other networks of the
// same shapes come of another seed.
func torchFile(t testing.TB, path string, specs []lpips.Spec, seed uint32) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, data []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: "archive/" + name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pickle := "\x80\x02}("
	for i, s := range specs {
		n := 1
		for _, d := range s.Shape {
			n *= d
		}
		pickle += text(s.Name) + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" +
			text(fmt.Sprint(i)) + text("cpu") + number(n) + "tQK\x00" + shape(s.Shape) + "\x89}tR"
		put(fmt.Sprintf("data/%d", i), littleEndian(seeded(n, seed+uint32(i))))
	}
	put("data.pkl", []byte(pickle+"u."))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func text(s string) string { return "X" + number(len(s))[1:] + s }

func number(n int) string { return "J" + string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

// shape is the tuple of lengths and that of strides.
func shape(lengths []int) string {
	strides, step := make([]string, len(lengths)), 1
	sizes := make([]string, len(lengths))
	for i := len(lengths) - 1; i >= 0; i-- {
		sizes[i], strides[i] = number(lengths[i]), number(step)
		step *= lengths[i]
	}
	return "(" + strings.Join(sizes, "") + "t(" + strings.Join(strides, "") + "t"
}

// seeded are small values of a linear congruential generator (Numerical Recipes' constants).
func seeded(n int, seed uint32) []float32 {
	v := make([]float32, n)
	for i := range v {
		seed = seed*1664525 + 1013904223
		v[i] = float32(seed>>8) / (1 << 24) * 0.05
	}
	return v
}

// backbone and head write the files of a network's two parts and return their paths.
func backbone(t testing.TB, kind lpips.Kind, seed uint32) string {
	path := filepath.Join(t.TempDir(), "backbone.pth")
	torchFile(t, path, specsOf(kind, Convolutions), seed)
	return path
}

func head(t testing.TB, kind lpips.Kind, seed uint32) string {
	path := filepath.Join(t.TempDir(), string(kind)+".pth")
	torchFile(t, path, specsOf(kind, Distance), seed)
	return path
}
