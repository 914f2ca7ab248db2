package report

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
	"golang.org/x/net/html"
)

func flat(w, h int, c [3]uint8) *pixels.Image {
	m := &pixels.Image{Width: w, Height: h, Depth: 8, RGB8: bytes.Repeat(c[:], w*h)}
	return m
}

// entry is a pair with one red pixel on grey.
func entry(t *testing.T) Entry {
	t.Helper()
	ref, cand := flat(900, 500, [3]uint8{128, 128, 128}), flat(900, 500, [3]uint8{128, 128, 128})
	copy(cand.Row8(250)[3*450:], []uint8{255, 0, 0})
	p, err := Thumbnails(ref, cand, "")
	if err != nil {
		t.Fatal(err)
	}
	ssim := 0.5
	return Entry{Pictures: p, Findings: []string{"OVER BUDGET <b>"}, Check: measure.Check{
		SSIM: &ssim, Candidate: measure.File{Path: "élan/<script>.png"}, DeltaE00: measure.DeltaE00{P95: 3.21, Max: 50},
		NotMeasured: []measure.NotMeasured{measure.Missing(measure.MetricMSSSIM, "missing.window")},
	}}
}

func TestOneBadPixelGlowsInTheThumbnail(t *testing.T) {
	t.Parallel()
	p := entry(t).Pictures
	if r := p.Heat.Bounds(); r != image.Rect(0, 0, 320, 178) {
		t.Errorf("900×500 became %v", r)
	}
	if got := p.Heat.At(160, 89); got != (color.NRGBA{0xfc, 0xff, 0xa4, 255}) {
		t.Errorf("the bad pixel shows as %v", got)
	}
	if got := p.Heat.At(10, 10); got != (color.NRGBA{0, 0, 4, 255}) {
		t.Errorf("an equal place shows as %v", got)
	}
	if r, g, b, _ := p.Reference.At(5, 5).RGBA(); r>>8 != 128 || g>>8 != 128 || b>>8 != 128 {
		t.Errorf("grey became %d %d %d", r>>8, g>>8, b>>8)
	}
	deep := flat(20, 20, [3]uint8{1, 2, 3}).Wide()
	if p, err := Thumbnails(deep, deep, ""); err != nil || p.Candidate.Bounds().Dx() != 20 {
		t.Errorf("16 bits: %v", err)
	}
	if _, err := Thumbnails(deep, flat(20, 21, [3]uint8{}), ""); err == nil {
		t.Error("other dimensions were drawn")
	}
}

// TestPageIsWholeInBothLanguages looks for what must not be in a page that is sent around: scripts, addresses, markup
// out of file names, missing sentences.
func TestPageIsWholeInBothLanguages(t *testing.T) {
	t.Parallel()
	q := measure.NewScreenQuality()
	q.Good, q.Cleared, q.Defects[2].Planted, q.Defects[2].Missed = 6, 4, 6, 1
	r := Report{
		Version: "v1", Class: pipeline.Product, Budget: pipeline.DefaultBudgets()[pipeline.Product], Reference: "ref", Candidate: "cand",
		At: time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC), Took: 12 * time.Second, Methods: map[string]string{"ssim": "Wang"},
		Summary:   measure.Summary{Checked: 10, Failed: 1, Broken: 3, Screened: 4},
		Screening: &q, Worst: []Entry{entry(t)}, Broken: []Broken{{"x.png", "decode x.png: <i>"}},
	}
	for _, lang := range phrase.Langs() {
		r.Lang = lang
		var b bytes.Buffer
		if err := Write(&b, r); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		if strings.Contains(page, ">"+phrase.Say(lang, "cli.palette")+"<") {
			t.Errorf("%s: the page speaks of a palette that is not there", lang)
		}
		if _, err := html.Parse(&b); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script", "http://", "https://", "<i>", "<b>", "!report", "!cli", "ZgotmplZ", "%!"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page holds %q", lang, bad)
			}
		}
		for _, want := range []string{"élan/&lt;script&gt;.png", `lang="` + string(lang) + `"`, "data:image/png;base64,", phrase.Say(lang, "report.defect.banding"),
			phrase.Say(lang, "report.more", 2), phrase.Decimal(lang, 3.21, 2), "LPIPS", phrase.Say(lang, "missing.window")} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", lang, want)
			}
		}
		if images, alts := strings.Count(page, "<img "), strings.Count(page, `alt="`); images != 3 || alts != 3 {
			t.Errorf("%s: %d pictures with %d texts", lang, images, alts)
		}
	}
	gap := measure.Gap{NotMeasured: measure.Missing(measure.MetricMSSSIM, "missing.window"), Images: 10}
	r.Summary.NotMeasured = append(r.Summary.NotMeasured, gap, measure.Gap{NotMeasured: measure.Missing(measure.MetricLPIPS, "missing.window"), Images: 10})
	var gone bytes.Buffer
	if err := Write(&gone, r); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(gone.String(), gap.NotMeasured.In(r.Lang)); n != 1 || strings.Contains(gone.String(), ">LPIPS<") {
		t.Errorf("what no image has is said %d times, want once; and it has no row of figures", n)
	}
	r.Summary.OffMetadata, r.Summary.Breaches = 3, []measure.Tally{{Kind: pipeline.PersonalData, Reaction: pipeline.Quarantine, Images: 3}}
	r.Metadata = []Named{{"<i>.svg", []string{"personal data in X"}}}
	var leaks bytes.Buffer
	if err := Write(&leaks, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"&lt;i&gt;.svg</strong>", "personal data in X", r.Summary.Breaches[0].Does(r.Lang), phrase.Say(r.Lang, "report.more", 2)} {
		if !strings.Contains(leaks.String(), want) {
			t.Errorf("the page of leaks lacks %q", want)
		}
	}
	r.Worst, r.Screening, r.Broken = nil, nil, nil
	var b bytes.Buffer
	if err := Write(&b, r); err != nil || !strings.Contains(b.String(), phrase.Say(r.Lang, "report.none")) {
		t.Errorf("a report of nothing: %v", err)
	}
}

func TestContactSheet(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	long := entry(t)
	long.Check.Candidate.Path = strings.Repeat("a-very-long-folder/", 20) + "é.png"
	if err := WriteSheet(&b, []Entry{entry(t), long}); err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(&b)
	if err != nil || m.Bounds() != image.Rect(0, 0, 3*332+12, 2*270+12) {
		t.Fatalf("the sheet is %v, %v", m.Bounds(), err)
	}
	if r, g, _, _ := m.At(12+332+20, 12+20).RGBA(); r>>8 < 100 || g>>8 < 100 {
		t.Errorf("where the delivered picture should be is %d %d", r>>8, g>>8)
	}
	if err := WriteSheet(&b, nil); err != nil {
		t.Errorf("an empty sheet: %v", err)
	}
}
