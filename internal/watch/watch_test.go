package watch

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// write puts a small picture of one grey level into a folder.
func write(t *testing.T, dir, name string, level uint8, w int) {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, 16))
	for i := range m.Pix {
		m.Pix[i] = level + uint8(i%7)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
}

func options(t *testing.T) Options {
	t.Helper()
	return Options{
		Reference: t.TempDir(), Candidate: t.TempDir(),
		NewMeter: func() *measure.Meter {
			return measure.NewMeter(measure.Options{Class: pipeline.Product, Budget: pipeline.DefaultBudgets()[pipeline.Product]})
		},
	}
}

func scanAll(t *testing.T, o Options) (map[string]Result, []string, error) {
	t.Helper()
	results, order := map[string]Result{}, []string(nil)
	err := Scan(context.Background(), o, func(r Result) error {
		results[r.Path] = r
		order = append(order, r.Path)
		return nil
	})
	return results, order, err
}

func TestScanGoesOnPastEveryKindOfBrokenFile(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Limits = pixels.Options{MaxPixels: 10_000, MaxBytes: 100_000}
	for _, name := range []string{"a.png", "deep/er/b.png", "cut.png", "text.png", "huge.png", "size.png", "moving.gif", "heavy.png", "z.png"} {
		write(t, o.Reference, name, 100, 16)
		write(t, o.Candidate, name, 100, 16)
	}
	whole, err := os.ReadFile(filepath.Join(o.Candidate, "cut.png"))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(o.Candidate, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("cut.png", whole[:len(whole)/2])
	put("text.png", []byte("this is no image"))
	put("heavy.png", make([]byte, 200_000))
	write(t, o.Candidate, "huge.png", 1, 1000)
	write(t, o.Candidate, "size.png", 100, 17)
	write(t, o.Candidate, "unknown.png", 100, 16)
	write(t, o.Reference, "lost.png", 100, 16)
	frame := image.NewPaletted(image.Rect(0, 0, 16, 16), color.Palette{color.Black, color.White})
	f, err := os.Create(filepath.Join(o.Candidate, "moving.gif"))
	if err != nil {
		t.Fatal(err)
	}
	if err := gif.EncodeAll(f, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	f.Close()

	results, order, err := scanAll(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(order) || len(order) != 11 {
		t.Errorf("results came as %v, want 11 sorted", order)
	}
	for name, want := range map[string]error{
		"a.png": nil, "deep/er/b.png": nil, "z.png": nil,
		"cut.png": pixels.ErrTruncated, "text.png": pixels.ErrNotImage, "huge.png": pixels.ErrTooManyPixels, "heavy.png": pixels.ErrTooLarge,
		"moving.gif": nil, "size.png": journal.ErrInvalid, "unknown.png": journal.ErrNotFound, "lost.png": journal.ErrNotFound,
	} {
		if got := results[name].Err; !errors.Is(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		} else if got != nil && strings.Contains(got.Error(), "\n") {
			t.Errorf("%s: %q is not one sentence", name, got)
		}
	}
	if c := results["a.png"].Check; c.DeltaE00.Max != 0 || c.Candidate.SHA256 == "" || c.Candidate.Path != "a.png" {
		t.Errorf("check of an equal pair = %+v", c)
	}
}

func TestUnusableFoldersAreOneSentence(t *testing.T) {
	t.Parallel()
	o := options(t)
	if _, _, err := scanAll(t, o); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "holds no files") {
		t.Errorf("empty folders gave %v", err)
	}
	missing := o
	missing.Candidate = filepath.Join(o.Candidate, "nowhere")
	if _, _, err := scanAll(t, missing); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a missing folder gave %v", err)
	}
	isFile := o
	isFile.Reference = filepath.Join(o.Candidate, "file")
	write(t, o.Candidate, "file", 1, 16)
	if _, _, err := scanAll(t, isFile); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a file as folder gave %v", err)
	}
}

// A link that leads back up must not make the walk endless.
// TestLinks: links to folders inside are followed, as gateways do, each folder once, and no link makes the walk go round.
func TestLinks(t *testing.T) {
	t.Parallel()
	o := options(t)
	write(t, o.Reference, "current/a.png", 1, 16)
	write(t, o.Candidate, ".releases/42/a.png", 1, 16)
	for link, target := range map[string]string{
		"current": filepath.Join(".releases", "42"), "again": "current", "loop": ".", "outside": t.TempDir(), "absolute": o.Candidate,
	} {
		if err := os.Symlink(target, filepath.Join(o.Candidate, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("..", filepath.Join(o.Candidate, ".releases", "up")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("..", ".."), filepath.Join(o.Candidate, ".releases", "42", "up")); err != nil {
		t.Fatal(err)
	}
	results, order, err := scanAll(t, o)
	seen := 0
	for name, r := range results {
		if r.SHA256 != "" {
			seen++
			if name != "again/a.png" && name != "current/a.png" {
				t.Errorf("%s was looked at", name)
			}
		}
	}
	if err != nil || seen != 1 {
		t.Errorf("results %v, error %v; want the one image, once", order, err)
	}
}

// TestImageUnderAnotherName: what is an image by its content is looked at, whatever it is called.
func TestImageUnderAnotherName(t *testing.T) {
	t.Parallel()
	o := options(t)
	write(t, o.Candidate, "a.png", 1, 16)
	image, err := os.ReadFile(filepath.Join(o.Candidate, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"photo.txt": string(image), "list.json": `{"images": 1}`, "empty.md": "", "notes.txt": "svg is a format"} {
		if err := os.WriteFile(filepath.Join(o.Candidate, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, paths := range [][]string{nil, {"a.png", "photo.txt", "list.json", "empty.md", "notes.txt"}} {
		o.Paths = paths
		_, order, err := scanAll(t, o)
		if want := []string{"a.png", "photo.txt"}; err != nil || !slices.Equal(order, want) {
			t.Errorf("of %v: results %q, error %v; want %q", paths, order, err, want)
		}
	}
}

func TestScanIsTheSameOnAnyNumberOfWorkers(t *testing.T) {
	t.Parallel()
	o := options(t)
	for i := range 40 {
		name := fmt.Sprintf("%02d.png", i)
		write(t, o.Reference, name, 100, 16)
		write(t, o.Candidate, name, 100+uint8(i), 16)
	}
	var texts []string
	for _, workers := range []int{1, 7} {
		o.Workers = workers
		var b strings.Builder
		err := Scan(context.Background(), o, func(r Result) error {
			fmt.Fprintf(&b, "%s %v %v\n", r.Path, r.Check.DeltaE00, *r.Check.SSIM)
			return r.Err
		})
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b.String())
	}
	if texts[0] != texts[1] {
		t.Error("one worker and seven gave different results")
	}
}

func TestYieldEndsTheScan(t *testing.T) {
	t.Parallel()
	o := options(t)
	for i := range 200 {
		name := fmt.Sprintf("%03d.png", i)
		write(t, o.Reference, name, 1, 16)
		write(t, o.Candidate, name, 1, 16)
	}
	stop := errors.New("enough")
	n := 0
	err := Scan(context.Background(), o, func(Result) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 3 {
		t.Errorf("scan ended with %v after %d results, want %v after 3", err, n, stop)
	}
}

// TestScanWithoutRoomMeasuresOneByOne gives less memory than any file needs: pairs go through one at a time, and none
// waits for another.
func TestScanWithoutRoomMeasuresOneByOne(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Memory, o.Workers = 1, 4
	for i := range 30 {
		name := fmt.Sprintf("%02d.png", i)
		write(t, o.Reference, name, 1, 16)
		write(t, o.Candidate, name, 1, 16)
	}
	results, _, err := scanAll(t, o)
	if err != nil || len(results) != 30 {
		t.Fatalf("%d results, %v; want 30", len(results), err)
	}
	for name, r := range results {
		if r.Err != nil {
			t.Errorf("%s: %v", name, r.Err)
		}
	}
}

// memoryCache is a Cache for tests.
type memoryCache struct {
	mu     sync.Mutex
	checks map[[32]byte][]byte
}

func (c *memoryCache) Get(_ context.Context, key [32]byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.checks[key], nil
}

func (c *memoryCache) Put(_ context.Context, key [32]byte, check []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checks[key] = check
}

// TestScanKnowsWhatItMeasured ends a scan halfway and goes on: every check comes out the same, only the rest is
// measured, and a changed image is measured again.
func TestScanKnowsWhatItMeasured(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Workers = 2
	for i := range 40 {
		name := fmt.Sprintf("%02d.png", i)
		write(t, o.Reference, name, 100, 16)
		write(t, o.Candidate, name, 100+uint8(i), 16)
	}
	plain, _, err := scanAll(t, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Cache = &memoryCache{checks: map[[32]byte][]byte{}}
	stop, n := errors.New("killed"), 0
	err = Scan(context.Background(), o, func(r Result) error {
		if n++; n == 20 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	write(t, o.Candidate, "05.png", 200, 16)
	cached := 0
	resumed, _, err := scanAll(t, o)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range resumed {
		if r.Cached {
			cached++
		}
		if same := reflect.DeepEqual(r.Check, plain[name].Check); same == (name == "05.png") {
			t.Errorf("%s (cached %v): %+v, at first %+v", name, r.Cached, r.Check, plain[name].Check)
		}
	}
	if cached < 19 || cached == 40 || resumed["05.png"].Cached {
		t.Errorf("%d of 40 were known, the changed one: %v", cached, resumed["05.png"].Cached)
	}
}

// TestReferencesMayHaveAnotherExtension delivers JPEG of approved PNG: one is found where one can be meant, and files
// that are no images are passed over.
func TestReferencesMayHaveAnotherExtension(t *testing.T) {
	t.Parallel()
	o := options(t)
	write(t, o.Reference, "a.png", 1, 16)
	write(t, o.Candidate, "a.jpg", 1, 16) // its content is a PNG, which the check warns of
	write(t, o.Reference, "deep/b.png", 1, 16)
	write(t, o.Candidate, "deep/b.webp", 1, 16)
	write(t, o.Reference, "c.png", 1, 16)
	write(t, o.Candidate, "c.png", 1, 16)
	write(t, o.Candidate, "c.jpg", 1, 16) // c.png has its own
	write(t, o.Reference, "d.png", 1, 16)
	write(t, o.Reference, "d.tif", 1, 16)
	write(t, o.Candidate, "d.jpg", 1, 16) // which of the two?
	for _, dir := range []string{o.Reference, o.Candidate} {
		if err := os.WriteFile(filepath.Join(dir, "README.txt"), []byte("notes"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	results, order, err := scanAll(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a.jpg", "c.jpg", "c.png", "d.jpg", "d.png", "d.tif", "deep/b.webp"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	for path, reference := range map[string]string{"a.jpg": "a.png", "deep/b.webp": "deep/b.png", "c.png": "c.png"} {
		if r := results[path]; r.Err != nil || r.Check.Reference.Path != reference || r.Check.Candidate.Path != path {
			t.Errorf("%s: reference %q, %v; want %s", path, r.Check.Reference.Path, r.Err, reference)
		}
	}
	for _, path := range []string{"c.jpg", "d.jpg", "d.png", "d.tif"} {
		if !errors.Is(results[path].Err, journal.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", path, results[path].Err)
		}
	}
}
