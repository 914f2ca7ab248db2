package measure

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/pixels"
)

// A Defect is a way in which a picture goes wrong. Planted into good pictures,
// defects show what a quick look would miss.
type Defect string

// The defects that are planted.
const (
	GlobalDrift Defect = "globalDrift" // all colours warmer
	LocalPatch  Defect = "localPatch"  // a twelfth of the picture in another colour
	LostTexture Defect = "lostTexture" // a twelfth of the picture smooth
	Banding     Defect = "banding"     // too few levels
	Blocking    Defect = "blocking"    // coded once more, far too strongly
	WrongICC    Defect = "wrongICC"    // values of Display P3 read as sRGB
	WrongCrop   Defect = "wrongCrop"   // moved sideways
)

// Defects lists them in the order of reports.
func Defects() []Defect {
	return []Defect{GlobalDrift, LocalPatch, LostTexture, Banding, Blocking, WrongICC, WrongCrop}
}

// plantSteps is the number of strengths of a defect, from hardly there to plain.
const plantSteps = 10

// plant gives an 8-bit picture with a defect of strength 1 to plantSteps.
func (d Defect) plant(m *pixels.Image, strength int) (*pixels.Image, error) {
	out := *m
	out.RGB8 = bytes.Clone(m.RGB8)
	s := float64(strength) / plantSteps
	switch d {
	case GlobalDrift:
		mapColours(out.RGB8, func(r, g, b float64) (float64, float64, float64) { return r * (1 + 0.25*s), g, b * (1 - 0.25*s) })
	case LocalPatch:
		at := patch(m)
		for y := at.Min.Y; y < at.Max.Y; y++ {
			mapColours(out.Row8(y)[3*at.Min.X:3*at.Max.X], func(r, g, b float64) (float64, float64, float64) {
				return r * (1 - 0.5*s), g * (1 + 0.3*s), b
			})
		}
	case LostTexture:
		at := patch(m)
		for y := at.Min.Y &^ 7; y+8 <= at.Max.Y; y += 8 {
			for x := at.Min.X &^ 7; x+8 <= at.Max.X; x += 8 {
				smooth(&out, x, y, s)
			}
		}
	case Banding:
		levels := 64 / float64(strength)
		step := func(v float64) float64 { return float64(int(v*levels+0.5)) / levels }
		mapColours(out.RGB8, func(r, g, b float64) (float64, float64, float64) { return step(r), step(g), step(b) })
	case Blocking:
		return recoded(m, 52-5*strength)
	case WrongICC:
		mapColours(out.RGB8, func(r, g, b float64) (float64, float64, float64) { return narrowed(r, g, b, s) })
	case WrongCrop:
		for y := range m.Height {
			row := out.Row8(y)
			copy(row, row[min(3*strength, len(row)):])
		}
	default:
		return nil, fmt.Errorf("plant the defect %q: it is unknown", d)
	}
	return &out, nil
}

// patch is where a local defect is planted.
func patch(m *pixels.Image) image.Rectangle {
	at := image.Pt(m.Width/4, m.Height/3)
	return image.Rectangle{at, at.Add(image.Pt((m.Width+1)/2, (m.Height+5)/6))}.Intersect(image.Rect(0, 0, m.Width, m.Height))
}

// smooth moves a block of 8×8 towards its mean.
func smooth(m *pixels.Image, x, y int, share float64) {
	for c := range 3 {
		total := 0
		for i := range 64 {
			total += int(m.Row8(y + i/8)[3*(x+i%8)+c])
		}
		for i := range 64 {
			v := &m.Row8(y + i/8)[3*(x+i%8)+c]
			*v = uint8(float64(*v) + share*(float64(total)/64-float64(*v)) + 0.5)
		}
	}
}

// mapColours changes encoded colours, 0 to 1, in place.
func mapColours(rgb []uint8, change func(r, g, b float64) (float64, float64, float64)) {
	code := func(v float64) uint8 { return uint8(255*min(max(v, 0), 1) + 0.5) }
	for i := 0; i+3 <= len(rgb); i += 3 {
		r, g, b := change(float64(rgb[i])/255, float64(rgb[i+1])/255, float64(rgb[i+2])/255)
		rgb[i], rgb[i+1], rgb[i+2] = code(r), code(g), code(b)
	}
}

// narrowed is a colour as it looks when its values were converted to Display P3
// and are then read as sRGB, mixed with what it was.
func narrowed(r, g, b, share float64) (float64, float64, float64) {
	lr, lg, lb := colour.ToLinear(r), colour.ToLinear(g), colour.ToLinear(b)
	// Linear sRGB to linear Display P3, both with white D65 (SMPTE EG 432-1 primaries).
	pr := 0.822462*lr + 0.177538*lg
	pg := 0.033194*lr + 0.966806*lg
	pb := 0.017083*lr + 0.072397*lg + 0.910520*lb
	mix := func(was, is float64) float64 { return was + share*(colour.ToEncoded(is)-was) }
	return mix(r, pr), mix(g, pg), mix(b, pb)
}

// recoded gives a picture as a JPEG of some quality shows it.
func recoded(m *pixels.Image, quality int) (*pixels.Image, error) {
	data, err := encodeJPEG(m, quality)
	if err != nil {
		return nil, err
	}
	return pixels.DecodeBytes(data, pixels.Options{})
}

func encodeJPEG(m *pixels.Image, quality int) ([]byte, error) {
	picture := image.NewRGBA(image.Rect(0, 0, m.Width, m.Height))
	for i := range m.Width * m.Height {
		copy(picture.Pix[4*i:], m.RGB8[3*i:3*i+3])
		picture.Pix[4*i+3] = 255
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}
