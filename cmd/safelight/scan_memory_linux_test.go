//go:build !race

package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// scanArgs is the variable by which the test runs itself as a scan of its own process.
const scanArgs = "SAFELIGHT_TEST_SCAN"

// TestScanKeepsToItsMemory scans pictures of which a few at once, or one, would break the bound, in a process of its
// own, and reads from the system how much that has ever taken. The race detector takes several times what it watches,
// so that this is no test under it.
func TestScanKeepsToItsMemory(t *testing.T) {
	if args := os.Getenv(scanArgs); args != "" {
		c := &cli{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.Getenv}
		c.main(context.Background(), strings.Split(args, "\n"))
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(string(status))
		return
	}
	// The program itself, its code as far as it is read, word lists and numbering plans, has 60 to 90 MB.
	const bound, program = 100_000_000, 110_000_000
	dir := t.TempDir()
	ref, out := filepath.Join(dir, "ref"), filepath.Join(dir, "out")
	put := func(name string, data []byte) {
		for _, folder := range []string{ref, out} {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	photo := largeJPEG(t, 3000, 2000) // a pair takes 55 MB
	for i := range 8 {
		put(fmt.Sprintf("a%d.jpg", i), photo)
		put(fmt.Sprintf("c%d.jpg", i), photo)
	}
	put("b1.png", veiledPNG(t, 1000, 1000)) // 50 MB
	put("b2.png", veiledPNG(t, 1900, 1600)) // 150 MB

	cmd := exec.Command(os.Args[0], "-test.run=^TestScanKeepsToItsMemory$", "-test.v")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir, scanArgs+"="+strings.Join([]string{"scan", "--reference", ref, "--candidate", out,
		"--memory", strconv.Itoa(bound) + "B", "--no-cache", "--html", filepath.Join(dir, "page.html"), "--heatmaps", filepath.Join(dir, "maps")}, "\n"))
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(said)
	if peak == nil {
		t.Fatalf("no peak in %s", said)
	}
	if kB, _ := strconv.Atoi(string(peak[1])); kB*1024 > bound+program {
		t.Errorf("a scan bound to %d bytes took %d", bound, kB*1024)
	} else {
		t.Logf("peak %d MB", kB/1000)
	}
	if !bytes.Contains(said, []byte("17 images measured")) || !bytes.Contains(said, []byte("b2.png: it takes up to")) {
		t.Errorf("want 17 images measured and b2.png refused for its memory; got %s", said)
	}
}

func largeJPEG(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(i/97) ^ uint8(i%7)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func veiledPNG(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewNRGBA64(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA64(x, y, color.NRGBA64{uint16(x * 50), uint16(y * 50), 9000, uint16(40000 + x)})
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
