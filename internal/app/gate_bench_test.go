package app

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// BenchmarkGate judges changes of 20 in 1 000 and in 10 000 pictures of 256 by 256 pixels, and prints rows of a Markdown table: how long, and
// the most memory that the process has had until then. See bench/gate.sh.
func BenchmarkGate(b *testing.B) {
	const changed = 20
	for _, images := range []int{1000, 10_000} {
		dir := b.TempDir()
		gateRepository(b, dir, images, changed)
		for _, sides := range []struct{ name, base, change string }{
			{"two revisions", "main:images", "warm:images"}, {"a revision and the working tree", "main:images", "images"}, {"two folders", "before", "images"},
		} {
			c, err := Parse([]byte(`palette: [{name: brand red, hex: "#C8102E"}]`), dir)
			if err != nil {
				b.Fatal(err)
			}
			e := NewEngine(dir, c)
			begun := time.Now()
			g, err := e.Gate(b.Context(), GateOptions{Base: sides.base, Change: sides.change, Class: "product", Lang: phrase.English, Now: time.Now()})
			took := time.Since(begun)
			e.Close()
			if err != nil || g.Failed != changed || g.Unchanged != images-changed {
				b.Fatalf("%s: %d failed, %d unchanged, %v", sides.name, g.Failed, g.Unchanged, err)
			}
			fmt.Printf("| %d images, %d changed, %s | %.2f s | %d MB |\n", images, changed, sides.name, took.Seconds(), mostMemory(b)/1000)
		}
	}
}

// mostMemory is the most that the process has had, in kB.
func mostMemory(b *testing.B) int {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// gateRepository has the pictures on main, and on warm some that have drifted; the pictures of main are in the folder before, too.
func gateRepository(b *testing.B, dir string, images, changed int) {
	b.Helper()
	draw := func(n int, red uint8) []byte {
		m := image.NewRGBA(image.Rect(0, 0, 256, 256))
		for y := range 256 {
			for x := range 256 {
				m.SetRGBA(x, y, color.RGBA{red, uint8(x/2 + n%97), uint8(y/2 + n/97), 255})
			}
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
			b.Fatal(err)
		}
		return out.Bytes()
	}
	put := func(data []byte, parts ...string) {
		at := filepath.Join(append([]string{dir}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(at, data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@x"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	name := func(n int) string { return fmt.Sprintf("%03d/%05d.jpg", n/100, n) }
	git("init", "-q", "-b", "main")
	for n := range images {
		data := draw(n, 120)
		put(data, "images", name(n))
		put(data, "before", name(n))
	}
	git("add", "images")
	git("commit", "-qm", "base")
	git("switch", "-qc", "warm")
	for n := range changed {
		put(draw(n*(images/changed), 150), "images", name(n*(images/changed)))
	}
	git("add", "images")
	git("commit", "-qm", "warm")
	runtime.GC()
}
