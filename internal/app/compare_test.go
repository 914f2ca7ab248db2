package app

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/suspect"
	"github.com/safelight-dev/safelight/pixels"
)

// plant is a pipeline of three hosts, which takes references through a colour table, an encoder and a stripper of metadata, and
// says so run by run. It is what an incident is planted in.
type plant struct {
	*house
	images int
}

var plantHosts = []string{"render-1", "render-2", "render-3"}

// newPlant has references with rights in their metadata, of many colours and with some detail.
func newPlant(t *testing.T, images int, change func(*house)) plant {
	t.Helper()
	p := plant{newHouseWith(t, func(h *house) {
		h.wall = true
		c := h.config.Watch.Pipelines["catalogue"]
		c.Metadata = &pipeline.MetadataPolicy{Keep: []pipeline.Selector{"rights"}}
		h.config.Watch.Pipelines["catalogue"] = c
		change(h)
	}), images}
	for i := range 3 { // of the house, and of nothing that is planted
		for _, folder := range []string{"reference", "delivered"} {
			if err := os.Remove(filepath.Join(p.dir, folder, fmt.Sprint(i, ".png"))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range images {
		m := image.NewRGBA(image.Rect(0, 0, 64, 64))
		for at := range 64 * 64 {
			x, y := at%64, at/64
			m.Set(x, y, color.RGBA{uint8(60 + 2*x + i), uint8(50 + x*y/40), uint8(40 + 2*y), 255})
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 97}); err != nil {
			t.Fatal(err)
		}
		p.write("reference/"+p.name(i), withRights(b.Bytes()))
	}
	return p
}

func (p plant) name(i int) string { return fmt.Sprintf("i%03d.jpg", i) }

// withRights puts a packet of XMP into a JPEG.
func withRights(file []byte) []byte {
	packet := []byte("http://ns.adobe.com/xap/1.0/\x00" + `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Atelier 7">` +
		`<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Maison</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>`)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(packet)+2))
	return bytes.Join([][]byte{file[:2], segment, packet, file[2:]}, nil)
}

// run is how a run of the plant works.
type plantRun struct {
	id, lut, encoder string
	work             func(p plant, host, in, out string)
}

// deliver makes every image again, by the hosts in turn, and has it measured.
func (p plant) deliver(r plantRun) {
	p.t.Helper()
	var own [3][]string
	for i := range p.images {
		own[i%3] = append(own[i%3], p.name(i))
	}
	p.begin(pipeline.Run{ID: r.id, LUT: r.lut, Attributes: map[string]string{"encoder": r.encoder}})
	for i, host := range plantHosts {
		p.begin(pipeline.Run{Attributes: map[string]string{"host": host}, Paths: own[i]})
	}
	for i := range p.images {
		r.work(p, plantHosts[i%3], filepath.Join(p.dir, "reference", p.name(i)), filepath.Join(p.dir, "delivered", p.name(i)))
	}
	p.sweep()
}

func (p plant) begin(r pipeline.Run) {
	p.t.Helper()
	r.Pipeline = "catalogue"
	if _, err := p.BeginRun(p.t.Context(), r); err != nil {
		p.t.Fatal(err)
	}
}

// sh runs a line of shell, in which $1 is the reference and $2 the delivered image.
func (p plant) sh(line, in, out string, more ...string) {
	p.t.Helper()
	if text, err := exec.Command("sh", append([]string{"-ec", line, "sh", in, out}, more...)...).CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v: %s; libjpeg-turbo-progs has cjpeg, djpeg and jpegtran, .ci/run installs them", line, err, text)
	}
}

const (
	encodeLine = `djpeg "$1" | cjpeg -quality "$3" -outfile "$2"`
	stripLine  = `jpegtran -copy "$3" -outfile "$2" "$1"`
)

// The three plants of the trial: a colour table, an encoder's quality, a stripper of metadata on one host.

func lutPlant(t *testing.T, change func(*house)) plant {
	p := newPlant(t, 36, change)
	good := plantRun{"811", "v7", "q97", func(p plant, _, in, out string) { p.sh(`cp "$1" "$2"`, in, out) }}
	p.deliver(good)
	warmed := table(t, warm)
	p.deliver(plantRun{"812", "v8", "q97", func(p plant, _, in, out string) {
		m := p.decode(in)
		for y := range m.Height {
			warmed.ApplyRow8(m.Row8(y), m.Row8(y))
		}
		p.encode(m, out)
	}})
	return p
}

func encoderPlant(t *testing.T, change func(*house)) plant {
	p := newPlant(t, 36, func(h *house) {
		c := h.config.Watch.Pipelines["catalogue"]
		c.Metadata = nil
		h.config.Watch.Pipelines["catalogue"] = c
		change(h)
	})
	p.deliver(plantRun{"811", "v7", "q92", func(p plant, _, in, out string) { p.sh(encodeLine, in, out, "92") }})
	p.deliver(plantRun{"812", "v7", "q5", func(p plant, _, in, out string) { p.sh(encodeLine, in, out, "5") }})
	return p
}

func stripperPlant(t *testing.T, change func(*house)) plant {
	p := newPlant(t, 36, change)
	p.deliver(plantRun{"811", "v7", "q97", func(p plant, _, in, out string) { p.sh(stripLine, in, out, "all") }})
	p.deliver(plantRun{"812", "v7", "q97", func(p plant, host, in, out string) {
		if p.sh(stripLine, in, out, "all"); host == "render-3" {
			p.sh(stripLine, in, out, "none")
		}
	}})
	return p
}

// TestCompareFindsThePlantedCause has the true attribute first, before its traces and before the name of the run.
func TestCompareFindsThePlantedCause(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant      func(*testing.T, func(*house)) plant
		harm       suspect.Harm
		key, value string
		bad, good  int
	}{
		"a colour table":         {lutPlant, suspect.Quality, "lut", "v8", 36, 36},
		"an encoder's quality":   {encoderPlant, suspect.Quality, "encoder", "q5", 36, 36},
		"a stripper on one host": {stripperPlant, suspect.Metadata, "host", "render-3", 12, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := c.plant(t, func(*house) {})
			id := p.declare()
			r, err := p.Compare(t.Context(), id, suspect.Query{Harm: c.harm})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d bad, %d good, untold %d: %+v", r.Bad, r.Good, r.Untold, r.Suspects)
			if r.Bad != c.bad || r.Good != c.good || len(r.Suspects) == 0 {
				t.Fatalf("%d bad and %d good images, want %d and %d", r.Bad, r.Good, c.bad, c.good)
			}
			if s := r.Suspects[0]; s.Key != c.key || s.Value != c.value {
				t.Errorf("%s=%s is first, want %s=%s", s.Key, s.Value, c.key, c.value)
			}
			if again, err := p.Compare(t.Context(), id, suspect.Query{}); err != nil || again.Harm != c.harm {
				t.Errorf("left to the incident, it compares by %s, %v; want %s", again.Harm, err, c.harm)
			}
		})
	}
}

func TestCompareRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	at := h.clock()
	for name, q := range map[string]suspect.Query{
		"an unknown harm": {Harm: "ugliness"}, "no time": {Since: at, Until: at.Add(-time.Hour)},
	} {
		if _, err := h.Compare(t.Context(), id, q); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), id) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Compare(t.Context(), "PM-2025-01-01-01", suspect.Query{}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("of no incident: %v", err)
	}
	if r, err := h.Compare(t.Context(), id, suspect.Query{}); err != nil || r.Bad != 0 || len(r.Suspects) != 0 {
		t.Errorf("of nothing: %+v, %v", r, err)
	}
}

// decode reads an image of the house.
func (h *house) decode(path string) *pixels.Image {
	h.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	m, err := pixels.Decode(f, pixels.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

// encode writes pixels as the plant's references are written, with their rights.
func (h *house) encode(m *pixels.Image, path string) {
	h.t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, m.Width, m.Height))
	for at := range m.Width * m.Height {
		copy(picture.Pix[4*at:], append([]byte{}, m.RGB8[3*at], m.RGB8[3*at+1], m.RGB8[3*at+2], 255))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 97}); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, withRights(b.Bytes()), 0o644); err != nil {
		h.t.Fatal(err)
	}
}
