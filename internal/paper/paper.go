// Package paper sets a Markdown document as a page of HTML that is complete in itself, and as PDF.
package paper

import (
	"bytes"
	_ "embed" // the style sheet is data
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	_ "image/gif" // pictures come in the formats that browsers show
	"image/jpeg"
	_ "image/png"
	"time"

	"golang.org/x/image/draw"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Page is what is set.
type Page struct {
	Title    string
	Lang     phrase.Lang
	Markdown []byte
	// Foot stands at the end of each page: what the document is, its digest.
	Foot     string
	At       time.Time // when it was written, as the PDF says
	Causes   Map
	Pictures []Picture
}

// Picture is shown behind the text. Side by side stand those of one caption.
type Picture struct {
	Caption string
	Label   string // "Reference"
	Data    []byte // as it is kept; JPEG, PNG or GIF
}

// Limits of what a picture is shrunk to, and of what is decoded.
const (
	shownSide   = 640       // pixels of the longer side
	maxPixels   = 100 << 20 // of a picture that is decoded
	jpegQuality = 88
)

//go:embed paper.css
var style string

var pageHTML = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>{{.Style}}</style>
</head>
<body>
<main>
{{.Body}}
{{range .Figures}}<figure>
<figcaption>{{.Caption}}</figcaption>
<div class="row">{{range .Pictures}}<div><img src="{{.Source}}" alt="{{.Label}}, {{.Caption}}"><p>{{.Label}}</p></div>{{end}}</div>
</figure>
{{end}}</main>
<footer>{{.Foot}}</footer>
</body>
</html>
`))

// HTML sets the page as one file, with its style and its pictures inside, for screens and for paper.
func HTML(p Page) ([]byte, error) {
	body, err := Fragment(p.Markdown, 0, p.Causes)
	if err != nil {
		return nil, err
	}
	type shown struct {
		Picture
		Source template.URL
	}
	type figure struct {
		Caption  string
		Pictures []shown
	}
	var figures []figure
	for _, g := range grouped(p.Pictures) {
		f := figure{Caption: g[0].Caption}
		for _, pic := range g {
			small, err := shrink(pic.Data, shownSide)
			if err != nil {
				continue // a picture that cannot be shown must not keep the text back
			}
			f.Pictures = append(f.Pictures, shown{pic, template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(small.data))})
		}
		if len(f.Pictures) > 0 {
			figures = append(figures, f)
		}
	}
	var b bytes.Buffer
	err = pageHTML.Execute(&b, map[string]any{
		"Lang": string(p.Lang), "Title": p.Title, "Style": template.CSS(style), "Body": body, "Figures": figures, "Foot": p.Foot,
	})
	if err != nil {
		return nil, fmt.Errorf("set %s as a page: %w", p.Title, err)
	}
	return b.Bytes(), nil
}

// grouped puts pictures of one caption side by side.
func grouped(list []Picture) [][]Picture {
	var groups [][]Picture
	for _, p := range list {
		if n := len(groups); n > 0 && groups[n-1][0].Caption == p.Caption {
			groups[n-1] = append(groups[n-1], p)
			continue
		}
		groups = append(groups, []Picture{p})
	}
	return groups
}

// small is a picture that is ready to be shown, as JPEG.
type small struct {
	data          []byte
	width, height int
}

// shrink decodes a picture within limits and makes it as small as it is shown, on white: no side longer than that.
func shrink(data []byte, side int) (small, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return small{}, fmt.Errorf("read a picture: %w", err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxPixels/config.Height {
		return small{}, fmt.Errorf("read a picture of %d×%d pixels: more than %d", config.Width, config.Height, maxPixels)
	}
	src, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return small{}, fmt.Errorf("read a picture: %w", err)
	}
	w, h := fit(config.Width, config.Height, side)
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Bounds(), image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Over, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, dst, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return small{}, fmt.Errorf("write a picture: %w", err)
	}
	return small{b.Bytes(), w, h}, nil
}

// fit gives a size of the same proportions, no side of it longer than the given one.
func fit(w, h, side int) (int, int) {
	if longer := max(w, h); longer > side {
		return max(1, w*side/longer), max(1, h*side/longer)
	}
	return w, h
}
