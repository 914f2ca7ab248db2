package demo_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

// credit is an XMP packet that names whom a picture is owed to, as the segment of a JPEG.
func credit() []byte {
	const packet = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""` +
		` xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" photoshop:Credit="Orée"><dc:rights><rdf:Alt>` +
		`<rdf:li xml:lang="x-default">© Orée 2025</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>`
	return segment(0xE1, []byte("http://ns.adobe.com/xap/1.0/\x00"+packet))
}

func segment(marker byte, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(data)+2)), data...)
}

// adobeRGB is a profile of the primaries and the gamma of Adobe RGB (1998), adapted to D50, as the segment of a JPEG.
func adobeRGB() []byte {
	number := func(v float64) []byte { return binary.BigEndian.AppendUint32(nil, uint32(int32(v*65536))) }
	xyz := func(x, y, z float64) []byte {
		return slices.Concat([]byte("XYZ \x00\x00\x00\x00"), number(x), number(y), number(z))
	}
	gamma := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33\x00\x00") // 563/256
	tags := []struct {
		name string
		data []byte
	}{
		{"wtpt", xyz(0.9642, 1, 0.8249)}, {"rXYZ", xyz(0.60974, 0.31111, 0.01947)}, {"gXYZ", xyz(0.20528, 0.62567, 0.06087)},
		{"bXYZ", xyz(0.14919, 0.06322, 0.74457)}, {"rTRC", gamma}, {"gTRC", gamma}, {"bTRC", gamma},
	}
	head := make([]byte, 128)
	copy(head[8:], "\x02\x40\x00\x00mntrRGB XYZ ")
	copy(head[36:], "acsp")
	copy(head[68:], slices.Concat(number(0.9642), number(1), number(0.8249)))
	table, data := binary.BigEndian.AppendUint32(nil, uint32(len(tags))), []byte(nil)
	for _, t := range tags {
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(128+4+12*len(tags)+len(data)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
		data = append(data, t.data...)
	}
	all := slices.Concat(head, table, data)
	binary.BigEndian.PutUint32(all, uint32(len(all)))
	return segment(0xE2, append([]byte("ICC_PROFILE\x00\x01\x01"), all...))
}

// encode writes a JPEG with segments after its beginning.
func encode(t *testing.T, m image.Image, quality int, segments ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return slices.Insert(b.Bytes(), 2, slices.Concat(segments...)...)
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// cropped leaves out an edge of an eighth and draws the rest to the size of the whole.
func cropped(m image.Image) image.Image {
	b := m.Bounds()
	out := image.NewRGBA(b)
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(x, y, m.At(b.Dx()/8+x*3/4, b.Dy()/8+y*3/4))
		}
	}
	return out
}

// recoloured turns what is near the brand's red into another red, and leaves all else.
func recoloured(m image.Image) image.Image {
	out := image.NewRGBA(m.Bounds())
	draw.Draw(out, m.Bounds(), m, image.Point{}, draw.Src)
	const red, green, blue = 0xC8, 0x10, 0x2E
	for i := 0; i < len(out.Pix); i += 4 {
		p := out.Pix[i : i+3]
		if near(p[0], red) && near(p[1], green) && near(p[2], blue) {
			p[1], p[2] = p[1]+40, p[2]-20
		}
	}
	return out
}

func near(a uint8, b int) bool { return int(a)-b < 30 && b-int(a) < 30 }

// planted are the faults and what each makes of a reference: harm is done by one changed parameter of an encoder, a stripper, a converter.
func planted(t *testing.T) map[string]func(image.Image) []byte {
	return map[string]func(image.Image) []byte{
		"quality":  func(m image.Image) []byte { return encode(t, m, 8, credit()) },
		"metadata": func(m image.Image) []byte { return encode(t, m, 95) },
		"profile":  func(m image.Image) []byte { return encode(t, m, 95, credit(), adobeRGB()) },
		"crop":     func(m image.Image) []byte { return encode(t, cropped(m), 95, credit()) },
		"palette":  func(m image.Image) []byte { return encode(t, recoloured(m), 95, credit()) },
	}
}

// past is the home of the night with a pipeline for each fault, on a clock of its own.
type past struct {
	*app.App
	t    *testing.T
	dir  string
	now  time.Time
	lead people.Actor
}

func newPast(t *testing.T) *past {
	t.Helper()
	h := &past{t: t, dir: t.TempDir(), now: time.Date(2025, 10, 6, 9, 0, 0, 0, time.UTC)}
	if err := os.CopyFS(h.dir, os.DirFS(replayed(t).dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(app.StateDir(h.dir), "journal.key"), 0o600); err != nil { // which a copy leaves readable
		t.Fatal(err)
	}
	name := filepath.Join(h.dir, app.ConfigName)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	pipelines := "pipelines:\n"
	for fault := range planted(t) {
		pipelines += fmt.Sprintf("  %s: {reference: %[1]s/reference, delivered: %[1]s/delivered, class: product}\n", fault)
	}
	text = []byte(strings.Replace(string(text), "pipelines:\n", pipelines, 1))
	if err := app.WriteFile(name, text); err != nil {
		t.Fatal(err)
	}
	config, err := app.Parse(text, h.dir)
	if err != nil {
		t.Fatal(err)
	}
	h.App, err = app.New(t.Context(), app.Options{
		Dir: h.dir, Config: config, Source: text, Now: func() time.Time { return h.now }, Replayed: true, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	persons, err := h.People(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(persons, func(p people.Person) bool { return p.Role == people.Lead })
	if i < 0 {
		t.Fatal("the demo has no lead")
	}
	h.lead = persons[i].Actor()
	return h
}

func (h *past) put(name string, data []byte) {
	h.t.Helper()
	path := filepath.Join(h.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// plant has a pipeline deliver well, then badly, then well again, with an incident between.
func (h *past) plant(fault string, sources []image.Image, harm func(image.Image) []byte) (id string) {
	h.t.Helper()
	deliver := func(make func(image.Image) []byte) {
		for i, m := range sources {
			h.put(fmt.Sprintf("%s/delivered/%d.jpg", fault, i), make(m))
		}
		if _, err := h.Sweep(h.t.Context(), fault); err != nil {
			h.t.Fatal(err)
		}
		h.now = h.now.Add(10 * time.Minute)
	}
	for i, m := range sources {
		h.put(fmt.Sprintf("%s/reference/%d.jpg", fault, i), encode(h.t, m, 98, credit()))
	}
	deliver(func(m image.Image) []byte { return encode(h.t, m, 95, credit()) })
	deliver(harm)
	id, err := h.Declare(h.t.Context(), h.lead, web.Declaration{Pipeline: fault, Severity: "S2", Title: fault})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.KeepSpecimens(h.t.Context(), id); err != nil {
		h.t.Fatal(err)
	}
	deliver(func(m image.Image) []byte { return encode(h.t, m, 94, credit()) })
	return id
}

// TestWouldHaveCaught: the incident of the night and five more, each of one changed parameter, are caught by today's gate; 200 good changes are not.
// Where the budget is wide, what slips through is said; where it is narrow, the false alarms are.
func TestWouldHaveCaught(t *testing.T) {
	t.Parallel()
	h := newPast(t)
	var sources []image.Image
	files, err := filepath.Glob(filepath.Join(h.dir, "demo/reference/*/*.jpg"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d references, %v", len(files), err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, decode(t, data))
	}
	for fault, harm := range planted(t) {
		h.plant(fault, sources[:4], harm)
	}
	for i, m := range sources[:50] { // four changes of each: qualities, a segment that nobody has to keep, black and white stay as they are
		for j, change := range [][]byte{encode(t, m, 92, credit()), encode(t, m, 97, credit()), encode(t, m, 94, credit(), segment(0xFE, []byte("made again"))), encode(t, m, 99, credit())} {
			name := fmt.Sprintf("%d-%d.jpg", i, j)
			h.put("good/before/"+name, encode(t, m, 96, credit()))
			h.put("good/after/"+name, change)
		}
	}
	h.Close()
	args := []string{"caught", "--dir", h.dir, "--base", filepath.Join(h.dir, "good/before"), "--change", filepath.Join(h.dir, "good/after"), "--json"}
	caught, status := runCaught(t, append(args, "--require", "100", "--false-alarms", "0")...)
	k, n, untried := caught.Count()
	if status != 0 || k != 6 || n != 6 || untried != 0 || caught.Alarms != 0 || caught.Controls < 200 {
		t.Errorf("caught %d of %d (%d untried), %d false alarms of %d good changes, exit status %d", k, n, untried, caught.Alarms, caught.Controls, status)
		for _, c := range caught.Cases {
			t.Logf("%s %s: %+v", c.Incident, c.Pipeline, c.By)
		}
		t.Logf("%+v", caught.FalseAlarms)
	}

	edit := func(from, to string) {
		name := filepath.Join(h.dir, app.ConfigName)
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), from) {
			t.Fatalf("%v, or no %q in it", err, from)
		}
		h.put(app.ConfigName, []byte(strings.Replace(string(text), from, to, 1)))
	}
	edit("language: fr\n", "language: fr\nclasses: {product: {deltaE00P95: 60, palette: 60, ssim: 0.01}}\n")
	caught, status = runCaught(t, append(args, "--require", "100")...)
	if k, n, _ := caught.Count(); status != 1 || k >= n || caught.Alarms != 0 {
		t.Errorf("by a wide budget %d of %d are caught, %d false alarms, exit status %d", k, n, caught.Alarms, status)
	}
	edit("classes: {product: {deltaE00P95: 60, palette: 60, ssim: 0.01}}", "classes: {product: {deltaE00P95: 0.01, palette: 0.01, ssim: 0.9999}}")
	caught, status = runCaught(t, append(args, "--false-alarms", "0")...)
	if status != 1 || caught.Alarms < 100 || len(caught.FalseAlarms) != prevention.MaxNamed {
		t.Errorf("by a narrow budget: %d false alarms, %d named, exit status %d", caught.Alarms, len(caught.FalseAlarms), status)
	}
}

func runCaught(t *testing.T, args ...string) (c prevention.Caught, status int) {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	var out, problem bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &problem
	_ = cmd.Run() // its exit status is looked at
	if err := json.Unmarshal(out.Bytes(), &c); err != nil {
		t.Fatalf("%v: %s%s", err, out.Bytes(), problem.Bytes())
	}
	return c, cmd.ProcessState.ExitCode()
}
