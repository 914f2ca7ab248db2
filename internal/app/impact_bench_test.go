package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// The size of what the impact is measured over.
const (
	benchChecks     = 1_000_000
	benchDeliveries = 2_000_000 // lines of the gateway's log
	benchPictures   = 40        // pairs that are there as files: the worst
	benchBatch      = 5_000
)

var benchNight = time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)

const benchHouse = `
language: en
palette: [{name: red, hex: "#c8102e"}, {name: blue, hex: "#1040a0"}, {name: sand, hex: "#e0c090"}]
pipelines:
  catalogue: {reference: reference, delivered: delivered, class: product, routes: [catalogue]}
  thumbs: {reference: r2, delivered: d2, class: thumbnail, routes: [thumbs]}
  hero: {reference: r3, delivered: d3, class: hero}
gateway:
  routes:
    catalogue: {prefix: /catalogue/, origin: delivered, fallback: reference}
    thumbs: {prefix: /thumbs/, origin: d2, fallback: r2}
onCall: {rotation: {members: [nora], handOff: "monday 09:00", every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}}
`

// benchFolder is where one process leaves what another measures, so that the peak of its memory is its own.
func benchFolder(b *testing.B) string {
	dir := os.Getenv("SAFELIGHT_IMPACT")
	if dir == "" {
		b.Skip("SAFELIGHT_IMPACT names no folder: run bench/impact.sh")
	}
	return dir
}

func openBench(b *testing.B, dir string) *App {
	b.Helper()
	config, err := Parse([]byte(benchHouse), dir)
	if err != nil {
		b.Fatal(err)
	}
	a, err := New(b.Context(), Options{Dir: dir, Config: config, Now: func() time.Time { return benchNight.Add(3 * time.Hour) }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// BenchmarkImpactFilled fills the folder.
func BenchmarkImpactFilled(b *testing.B) {
	dir := benchFolder(b)
	for i := range benchPictures {
		benchPicture(b, filepath.Join(dir, "reference", fmt.Sprintf("shoes/%07d.jpg", i)), i, 0)
		benchPicture(b, filepath.Join(dir, "delivered", fmt.Sprintf("shoes/%07d.jpg", i)), i, 28)
	}
	for _, name := range []string{"r2", "d2", "r3", "d3"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	a := openBench(b, dir)
	defer a.Close()
	if _, err := a.AddPerson(b.Context(), people.Person{Login: "nora", Role: people.Responder, Email: "nora@house.example"}, ""); err != nil {
		b.Fatal(err)
	}
	if _, err := a.Sweep(b.Context(), "catalogue"); err != nil {
		b.Fatal(err)
	}
	model, err := a.store.WorstChecks(b.Context(), store.CheckQuery{}, benchPictures)
	if err != nil || len(model) != benchPictures {
		b.Fatalf("%d pictures were measured, %v", len(model), err)
	}
	fillChecks(b, a, model[0])
	fillDeliveries(b, AccessLog(dir))
	fmt.Printf("| checks, JSON of each | %d, %.1f KB |\n", benchChecks, float64(len(model[0].JSON))/1000)
}

// benchPicture writes a picture of the size of a shop's, whose reds a shift moves.
func benchPicture(b *testing.B, name string, seed, shift int) {
	m := image.NewNRGBA(image.Rect(0, 0, 1000, 1000))
	for y := range 1000 {
		for x := range 1000 {
			p := m.Pix[m.PixOffset(x, y):]
			p[0], p[1], p[2], p[3] = 200, uint8(16+shift+(x/8+seed)%7), uint8(46+(y/8)%9), 255
			if (x-500)*(x-500)+(y-500)*(y-500) > 160_000 {
				p[0], p[1], p[2] = uint8(200+(x+y)%40), 230, 225
			}
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		b.Fatal(err)
	}
}

// fillChecks writes the night: 60 % of the checks are of the catalogue, 30 % of the thumbnails, which the same table has struck,
// 10 % of the heroes, which it has not; one image in three was checked twice, one in three is over.
func fillChecks(b *testing.B, a *App, model store.CheckRow) {
	chance := rand.New(rand.NewPCG(1, 2))
	rows := make([]store.CheckRow, 0, benchBatch)
	for i := range benchChecks {
		rows = append(rows, benchCheck(b, chance, i, model))
		if len(rows) == benchBatch {
			if err := a.store.AddChecks(b.Context(), rows); err != nil {
				b.Fatal(err)
			}
			rows = rows[:0]
		}
	}
}

var deltas = regexp.MustCompile(`"deltaE00":[0-9.]+,"coverage"`)

func benchCheck(b *testing.B, chance *rand.Rand, i int, model store.CheckRow) store.CheckRow {
	row := model
	row.Pipeline, row.Class = "catalogue", "product"
	switch d := i % 10; {
	case d == 9:
		row.Pipeline, row.Class = "hero", "hero"
	case d > 5:
		row.Pipeline, row.Class = "thumbs", "thumbnail"
	}
	image := benchPictures + i
	if i%4 == 3 && i > benchChecks/2 {
		image -= benchChecks / 2 // once more
	}
	row.Path = fmt.Sprintf("shoes/%07d.jpg", image)
	row.Candidate = fmt.Sprintf("%064x", i)
	row.At = benchNight.Add(2*time.Hour + time.Duration(i)*3*time.Millisecond)
	row.Model = fmt.Sprintf("diffusion %d", i%3)
	bad := row.Pipeline != "hero" && i%3 == 1
	drift := 0.2 + chance.Float64()
	row.Over = 0
	if bad {
		drift, row.Over = 2+2*chance.Float64(), store.OverDeltaE|store.OverPalette
	}
	row.DeltaEP95, row.PaletteWorst = drift, drift
	row.JSON = deltas.ReplaceAll(model.JSON, fmt.Appendf(nil, `"deltaE00":%.6f,"coverage"`, drift))
	if i == 0 {
		if s, err := measure.Swatches(row.JSON); err != nil || len(s) == 0 || !json.Valid(row.JSON) {
			b.Fatalf("the model check has %d brand colours, %v", len(s), err)
		}
	}
	return row
}

func fillDeliveries(b *testing.B, name string) {
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	for i := range benchDeliveries {
		at := benchNight.Add(2*time.Hour + time.Duration(i)*1500*time.Microsecond)
		fmt.Fprintf(out, `{"at":%q,"route":"catalogue","path":"/catalogue/shoes/%07d.jpg","status":200,"source":"origin","bytes":181234}`+"\n",
			at.Format(time.RFC3339Nano), i%benchChecks)
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkImpactFiled files the impact over what [BenchmarkImpactFilled] left.
func BenchmarkImpactFiled(b *testing.B) {
	a := openBench(b, benchFolder(b))
	defer a.Close()
	persons, err := a.People(b.Context())
	if err != nil || len(persons) != 1 {
		b.Fatalf("%d persons, %v", len(persons), err)
	}
	id, err := a.Declare(b.Context(), persons[0].Actor(), web.Declaration{Pipeline: "catalogue", Severity: "S1", Title: "the reds are orange"})
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := a.FileImpact(b.Context(), persons[0].Actor(), id, ""); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	c, err := a.Case(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	i := c.Incident.Impact
	if i.Affected < 250_000 || len(i.Images) == 0 || i.Deliveries == nil || *i.Deliveries == 0 {
		b.Fatalf("%d affected, %d pictures, deliveries %v", i.Affected, len(i.Images), i.Deliveries)
	}
	fmt.Printf("| filed in | %.1f s |\n| peak of memory, all of the process | %s |\n", took.Seconds(), peak(b))
	fmt.Printf("| images affected | %d of %d in %v |\n| deliveries | %d of %d lines |\n", i.Affected, i.Checked, i.Pipelines, *i.Deliveries, benchDeliveries)
	for name, stage := range map[string]func() error{
		"images alone": func() error { _, _, err := a.measureImpact(b.Context(), c.Incident); return err },
	} {
		began := time.Now()
		if err := stage(); err != nil {
			b.Fatal(err)
		}
		fmt.Printf("| of that, %s | %.1f s |\n", name, time.Since(began).Seconds())
	}
}

// peak is the most memory that the process has had.
func peak(b *testing.B) string {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	var kb int
	for line := range bytes.Lines(data) {
		if _, err := fmt.Sscanf(string(line), "VmHWM: %d kB", &kb); err == nil {
			return fmt.Sprintf("%.0f MB", float64(kb)*1024/1e6)
		}
	}
	b.Fatal("the system does not tell it")
	return ""
}
