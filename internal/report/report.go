// Package report writes what a scan found as one page and as a contact sheet, both complete in themselves.
//
// The page needs no network and no script: pictures stand in it as data, small
// and in the colours that were measured. The contact sheet is a picture for
// chats and tickets. Both show the worst images side by side with their
// references and the map of their colour difference.
package report

import (
	"bytes"
	_ "embed" // for the template
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// MostBroken is how many broken files a page lists, and how many images whose metadata break the policy.
const MostBroken = 200

// Report is what a page shows.
type Report struct {
	Lang                 phrase.Lang
	Version              string
	Class                pipeline.Class
	Budget               pipeline.Budget
	Reference, Candidate string // the folders
	At                   time.Time
	Took                 time.Duration
	Summary              measure.Summary
	Methods              map[string]string
	Screening            *measure.ScreenQuality // nil where nothing was screened
	Worst                []Entry
	Over                 []string // budgets of the scan as a whole that were broken, in sentences
	Diagnosis            []string // whether one colour transform made the worst images what they are, in sentences
	Broken               []Broken // at most MostBroken of them
	Metadata             []Named  // at most MostBroken of the images whose metadata break the policy
}

// Named is an image with what was found in it, in sentences that quote no value.
type Named struct {
	Path     string
	Findings []string
}

// Entry is one of the worst images.
type Entry struct {
	Check    measure.Check
	Findings []string // sentences
	Pictures Pictures
}

// Broken is a file that could not be measured.
type Broken struct{ Path, Reason string }

// Pictures are a pair and its heat map, small enough for a page.
type Pictures struct{ Reference, Candidate, Heat image.Image }

// thumbWidth and thumbHeight bound the pictures of a page, in pixels.
const thumbWidth, thumbHeight = 320, 240

// Thumbnails makes the pictures of a pair. The heat map is drawn in full and
// then shrunk, so that a small defect glows instead of vanishing.
func Thumbnails(ref, cand *pixels.Image, fit pixels.Filter) (Pictures, error) {
	heat, err := measure.Heatmap(ref, cand, fit)
	if err != nil {
		return Pictures{}, err
	}
	p := Pictures{Heat: brightest(heat)}
	if p.Reference, err = thumbnail(ref); err == nil {
		p.Candidate, err = thumbnail(cand)
	}
	return p, err
}

// bounds is the size of a thumbnail of a picture, which keeps its shape.
func bounds(w, h int) (int, int) {
	scale := min(thumbWidth/float64(w), thumbHeight/float64(h), 1)
	return max(int(float64(w)*scale+0.5), 1), max(int(float64(h)*scale+0.5), 1)
}

func thumbnail(m *pixels.Image) (image.Image, error) {
	w, h := bounds(m.Width, m.Height)
	small, err := m.Resize(w, h, pixels.Area)
	if err != nil {
		return nil, fmt.Errorf("draw a thumbnail: %w", err)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		p := out.Pix[4*i : 4*i+4]
		p[3] = 255
		for c := range 3 {
			if small.Depth == 16 {
				p[c] = uint8(small.RGB16[3*i+c] >> 8)
			} else {
				p[c] = small.RGB8[3*i+c]
			}
		}
	}
	return out, nil
}

// brightest shrinks a heat map to the brightest of the pixels that fall
// together; the ramp of heat rises in red, then in green.
func brightest(m *image.NRGBA) *image.NRGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	tw, th := bounds(w, h)
	out := image.NewNRGBA(image.Rect(0, 0, tw, th))
	for y := range h {
		for x := range w {
			p := m.Pix[m.PixOffset(x, y):][:4]
			q := out.Pix[out.PixOffset(x*tw/w, y*th/h):][:4]
			if q[3] == 0 || int(p[0])+2*int(p[1]) > int(q[0])+2*int(q[1]) {
				copy(q, p)
			}
		}
	}
	return out
}

//go:embed report.html
var page string

// Write writes the page.
func Write(w io.Writer, r Report) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"say": func(l phrase.Lang, key string, args ...any) string { return phrase.Say(l, phrase.Key(key), args...) },
		"decimal": func(l phrase.Lang, v float64, digits int) string {
			return phrase.Decimal(l, v, digits)
		},
		"duration": took,
		"photo":    photo,
		"map":      heatmap,
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("read the template of the report: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// took writes how long a scan took: short ones to a tenth of a second.
func took(l phrase.Lang, d time.Duration) string {
	if d < 10*time.Second {
		return phrase.Decimal(l, d.Seconds(), 1) + " s"
	}
	return phrase.Duration(l, d)
}

// photo is a picture as data of a page.
func photo(m image.Image) (template.URL, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 88}); err != nil {
		return "", err
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

// heatmap is a heat map as data of a page.
func heatmap(m image.Image) (template.URL, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

// Good tells whether everything was measured and kept its budget.
func (r Report) Good() bool { return r.Summary.Good() }

// Count is how many images broke one budget.
type Count struct{ Metric, Images, Limit string }

// Counts lists the budgets that the class has. What no image shows, or was measured on none, is left out: a 0 there
// would read as good.
func (r Report) Counts() []Count {
	var all []Count
	add := func(metric string, n int, limit float64, sentence phrase.Key, decimals int) {
		if limit > 0 {
			all = append(all, Count{metric, phrase.Integer(r.Lang, int64(n)), phrase.Say(r.Lang, sentence, phrase.Decimal(r.Lang, limit, decimals))})
		}
	}
	s, b := &r.Summary, r.Budget
	add("ΔE00 p95", s.OverDeltaE, b.DeltaE00, "report.over", 2)
	add(phrase.Say(r.Lang, "cli.local"), s.OverLocal, b.DeltaE00Local, "report.over", 2)
	if s.Branded() {
		add(phrase.Say(r.Lang, "cli.palette"), s.OverPalette, b.Palette, "report.over", 2)
	}
	for _, m := range []struct {
		metric, name string
		n            int
		limit        float64
		sentence     phrase.Key
	}{
		{measure.MetricSSIM, "SSIM", s.UnderSSIM, b.SSIM, "report.under"},
		{measure.MetricMSSSIM, "MS-SSIM", s.UnderMSSSIM, b.MSSSIM, "report.under"},
		{measure.MetricLPIPS, "LPIPS", s.OverLPIPS, b.LPIPS, "report.over"},
	} {
		if s.Measured(m.metric) || m.n > 0 { // a class may demand what is missing
			add(m.name, m.n, m.limit, m.sentence, 3)
		}
	}
	if s.OffFormat > 0 {
		all = append(all, Count{phrase.Say(r.Lang, "cli.scan.format"), phrase.Integer(r.Lang, int64(s.OffFormat)), phrase.Say(r.Lang, "report.off-format")})
	}
	if s.OffMetadata > 0 {
		all = append(all, Count{phrase.Say(r.Lang, "cli.scan.metadata"), phrase.Integer(r.Lang, int64(s.OffMetadata)), phrase.Say(r.Lang, "report.off-metadata")})
	}
	return all
}

// Notes says what is missing of an entry's check that was measured on others, and its warnings. What is missing of all
// images stands above them once.
func (r Report) Notes(e Entry) []string {
	var all []string
	for _, n := range e.Check.NotMeasured {
		if n.Wanted() && r.Summary.Measured(n.Metric) {
			all = append(all, n.In(r.Lang))
		}
	}
	return append(all, e.Check.WarningsIn(r.Lang)...)
}

// MoreBroken is the number of broken files that the page does not list.
func (r Report) MoreBroken() int { return r.Summary.Broken - len(r.Broken) }

// MoreMetadata is the number of images whose metadata break the policy that the page does not list.
func (r Report) MoreMetadata() int { return r.Summary.OffMetadata - len(r.Metadata) }

// SSIM is the entry's SSIM, 0 where it was not measured.
func (e Entry) SSIM() float64 {
	if e.Check.SSIM == nil {
		return 0
	}
	return *e.Check.SSIM
}
