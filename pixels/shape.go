package pixels

import (
	"bytes"
	"image/color"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/safelight-dev/safelight/jpegdec"
	"github.com/safelight-dev/safelight/pngdec"
)

// shapeJPEG counts the picture, two rows of MCUs, the longest segment of data and, where the picture comes in several
// scans, its coefficients with a bit for each.
func shapeJPEG(data []byte, _ Options) (shape, error) {
	h, err := jpegdec.ParseHeader(data)
	if err != nil {
		return shape{}, err
	}
	s := shape{width: h.Width, height: h.Height}
	s.work = s.pixels()*int64(h.Channels) + grown(len(data))
	g := readGrid(data)
	wide, high := roundUp(uint64(h.Width), uint64(8*g.maxH)), roundUp(uint64(h.Height), uint64(8*g.maxV))
	for _, c := range g.comps {
		across := wide / uint64(g.maxH) * uint64(c.h)
		s.work += int64(16*uint64(c.v)*(across+64) + wide + 128)
		if g.scans {
			samples := across * (high / uint64(g.maxV) * uint64(c.v))
			s.work += int64(2*samples + samples/8 + 8)
		}
	}
	if s.kind = " " + string(rune('0'+h.Channels)); g.scans {
		s.kind += " scans"
	}
	return s, nil
}

// grid is how a JPEG file samples its components.
type grid struct {
	comps      []struct{ h, v int }
	maxH, maxV int
	scans      bool // they do not all come in one scan
}

// readGrid reads a file that jpegdec.ParseHeader has accepted (T.81, B.2.2 and B.2.3).
func readGrid(data []byte) grid {
	g := grid{maxH: 1, maxV: 1}
	for p := 2; ; {
		marker, next := nextMarker(data, p)
		p = next
		if marker == jpegTEM || marker >= jpegRST0 && marker <= jpegSOI {
			continue
		}
		body, ok := segment(data, p)
		switch {
		case !ok:
			return g
		case marker == jpegSOF0 || marker == jpegSOF1 || marker == jpegSOF2:
			g.scans = marker == jpegSOF2
			for i := 6; i+2 < len(body); i += 3 {
				c := struct{ h, v int }{int(body[i+1] >> 4), int(body[i+1] & 15)}
				if len(body) == 9 { // the factors of a lone component mean nothing
					c.h, c.v = 1, 1
				}
				g.comps = append(g.comps, c)
				g.maxH, g.maxV = max(g.maxH, c.h), max(g.maxV, c.v)
			}
		case marker == jpegSOS:
			g.scans = g.scans || len(body) > 0 && int(body[0]) < len(g.comps)
			return g
		}
		p += 2 + len(body)
	}
}

// shapePNG counts the picture as pngdec gives it, the image data in one piece, and rows.
func shapePNG(data []byte, _ Options) (shape, error) {
	h, err := pngdec.ParseHeader(data)
	if err != nil {
		return shape{}, err
	}
	s := shape{width: h.Width, height: h.Height, wide: h.Depth == 16, alpha: h.Channels%2 == 0}
	perPixel := int64(h.Channels * h.Depth / 8)
	s.work = s.pixels()*perPixel + grown(len(data)) + 8*perPixel*int64(h.Width)
	if s.kind = " " + string(rune('0'+h.Channels)); h.Interlaced {
		s.kind += " interlaced"
	}
	return s, nil
}

// shapeWebP counts what x/image or the native decoder takes: for lossy pictures luma with chroma of half the size, for
// lossless ones and lossless alpha four channels, and as many again for a palette.
func shapeWebP(data []byte, o Options) (shape, error) {
	c, err := webp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return shape{}, err
	}
	s := shape{width: c.Width, height: c.Height, alpha: c.ColorModel != color.YCbCrModel || isAnimatedWebP(data)}
	webPChunks(data, func(kind string, _ []byte) { s.alpha = s.alpha || kind == "VP8L" }) // which says by itself whether it has alpha
	blocks := int64(roundUp(uint64(c.Width), 16) * roundUp(uint64(c.Height), 16))
	switch {
	case o.Native != nil:
		s.native()
	case s.alpha:
		s.work = 21*blocks/2 + grown(len(data))
	default:
		s.work = 3*blocks/2 + blocks/4 + int64(len(data))
	}
	return s, nil
}

// native counts a picture of four channels twice: the child makes it in memory that both share, and it is copied.
func (s *shape) native() {
	s.work, s.narrow = 8*s.pixels(), true
	if s.wide {
		s.work *= 2
	}
}

// shapeGIF counts indices of a palette.
func shapeGIF(data []byte, _ Options) (shape, error) {
	w, h, err := gifSize(data)
	s := shape{width: w, height: h, alpha: true}
	s.work = s.pixels()
	return s, err
}

// shapeTIFF counts four channels, and the same again for the largest strip or tile, which may be the whole picture,
// read into memory that grows.
func shapeTIFF(data []byte, _ Options) (shape, error) {
	c, err := tiff.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return shape{}, err
	}
	s := shape{width: c.Width, height: c.Height, filled: true}
	samples := uint64(1)
	if t, off, ok := openTIFF(data); ok {
		t.walk(off, func(e tiffEntry) {
			if e.tag == tagSamplesPerPixel {
				samples = min(e.uint(), 8)
			}
		})
	}
	s.kind = " " + string(rune('0'+samples))
	s.alpha = samples > 3
	perPixel := int64(4)
	switch c.ColorModel {
	case color.GrayModel:
		s.filled, perPixel = false, 1
	case color.Gray16Model:
		s.filled, s.wide, perPixel = false, true, 2
	case color.RGBA64Model, color.NRGBA64Model:
		s.wide, perPixel = true, 8
	}
	stored := int64(samples)
	if s.wide {
		stored *= 2
	}
	s.work = s.pixels()*perPixel + grown(int(s.pixels()*stored)) + s.pixels()*stored/2 // io.ReadAll grows in more steps
	return s, nil
}

// shapeBMP counts four channels.
func shapeBMP(data []byte, _ Options) (shape, error) {
	c, err := bmp.DecodeConfig(bytes.NewReader(data))
	s := shape{width: c.Width, height: c.Height, filled: true, alpha: c.ColorModel == color.NRGBAModel}
	s.work = 4*s.pixels() + 8*int64(c.Width)
	return s, err
}
