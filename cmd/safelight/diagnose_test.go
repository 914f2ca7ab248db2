package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/safelight-dev/safelight/grade"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// scriptScene writes a picture of many colours: scene FILE WxH [plain|patch|16|leaves|mirrored|shifted|window|veil|clear|shade]; with
// a grey patch, with 16 bits a channel, with a texture, and of that with left and right exchanged, moved by three pixels,
// with a part that is transparent, half transparent everywhere, or with a
// right half that is clear, or black and half transparent.
func scriptScene(ts *testscript.TestScript, _ bool, args []string) {
	var w, h int
	_, err := fmt.Sscanf(args[1], "%dx%d", &w, &h)
	ts.Check(err)
	bounds := image.Rect(0, 0, w, h)
	var m draw.Image = image.NewNRGBA(bounds)
	if args[2] == "16" {
		m = image.NewNRGBA64(bounds)
	}
	for y := range h {
		for x := range w {
			m.Set(x, y, sceneColour(args[2], x, y, w, h))
		}
	}
	if args[2] == "patch" {
		draw.Draw(m, image.Rect(w/4, h/4, w/4+w/8, h/4+h/8), image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	ts.Check(png.Encode(&b, m))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}

// sceneColour is the colour of one pixel of a scene.
func sceneColour(kind string, x, y, w, h int) color.NRGBA64 {
	switch kind {
	case "mirrored":
		x = w - 1 - x
	case "shifted":
		x += 3
	}
	u, v := float64(x)/float64(w), float64(y)/float64(h)
	c := color.NRGBA64{
		R: uint16(65535 * min(u, 1)), G: uint16(65535 * v),
		B: uint16(65535 * (0.5 + 0.45*math.Sin(9*u)*math.Cos(7*v))), A: 65535,
	}
	switch kind {
	case "plain", "patch", "16":
		return c
	case "clear", "shade":
		if x >= w/2 {
			c = color.NRGBA64{}
			if kind == "shade" {
				c.A = 128 * 257
			}
			return c
		}
	case "veil":
		c.A = 40000
	case "window":
		if x > w/2 {
			c.A = uint16(65535 * v)
		}
	}
	leaf := 0.3 + 0.7*uneven(x/2, y/2)
	c.R, c.G, c.B = uint16(leaf*float64(c.R)), uint16(leaf*float64(c.G)), uint16(leaf*float64(c.B))
	return c
}

// uneven is a number from 0 to 1 that depends on a place and seems to follow no rule.
func uneven(x, y int) float64 {
	n := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77
	n = (n ^ n>>15) * 0x2c1b3c6d
	return float64(n^n>>13) / math.MaxUint32
}

func TestEveryDiagnosisHasItsPhrase(t *testing.T) {
	t.Parallel()
	var keys []phrase.Key
	for _, v := range []grade.Verdict{grade.Global, grade.Local, grade.Mixed, grade.Noise, grade.Spread, grade.Undetermined, grade.Content, grade.Identical} {
		keys = append(keys, phrase.Key("diagnose.verdict."+string(v)), phrase.Key("diagnose.next."+string(v)))
	}
	for _, k := range []grade.Kind{grade.Exposure, grade.WhiteBalance, grade.Gamma, grade.Levels, grade.Saturation, grade.Channels, grade.Inversion,
		grade.Primaries, grade.YCbCr, grade.ToneCurve, grade.ChannelCurves, grade.LinearMatrix, grade.CurvesAndMatrix, grade.Table} {
		keys = append(keys, phrase.Key("diagnose.kind."+string(k)))
	}
	for _, m := range []grade.ModelName{grade.ModelIdentity, grade.ModelNamed, grade.ModelTone, grade.ModelCurves, grade.ModelMatrix, grade.ModelStack, grade.ModelLUT} {
		keys = append(keys, phrase.Key("diagnose.model."+string(m)))
	}
	for _, k := range keys {
		if !phrase.Known(k) {
			t.Errorf("%s has no sentence", k)
		}
	}
}
