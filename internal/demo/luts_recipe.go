package demo

import (
	"fmt"

	"github.com/safelight-dev/safelight/cube"
)

// Recipe is one way from a reference's pixels to a delivered file.
type Recipe struct {
	Name    string // short, for file names and lists
	What    string // what changed against the approved delivery, in a few words
	LUT     *cube.LUT
	Quality int
	Comment string // written into the file as a comment, if any
}

// Recipes are the deliveries of the demo.
type Recipes struct {
	Good    Recipe
	Drifted Recipe
	Fixed   Recipe
	// Unrelated are changes that no guard may stop.
	Unrelated []Recipe
}

// NewRecipes prepares the deliveries.
func NewRecipes() (Recipes, error) {
	good, err := GoodLUT()
	if err != nil {
		return Recipes{}, fmt.Errorf("make the approved look: %w", err)
	}
	drifted, err := DriftedLUT()
	if err != nil {
		return Recipes{}, fmt.Errorf("make the season's look: %w", err)
	}
	fixed, err := FixedLUT()
	if err != nil {
		return Recipes{}, fmt.Errorf("make the corrected look: %w", err)
	}
	fine, err := RegridLUT(good, 2*gridSize-1)
	if err != nil {
		return Recipes{}, fmt.Errorf("export the approved look on a finer grid: %w", err)
	}
	return Recipes{
		Good:    Recipe{Name: "good", What: "approved look", LUT: good, Quality: Quality},
		Drifted: Recipe{Name: "drifted", What: "season look with turned hues", LUT: drifted, Quality: Quality},
		Fixed:   Recipe{Name: "fixed", What: "corrected season look", LUT: fixed, Quality: Quality},
		Unrelated: []Recipe{
			{Name: "regrid", What: "LUT exported on a 33-point grid", LUT: fine, Quality: Quality},
			{Name: "quality", What: "JPEG quality 92 instead of 90", LUT: good, Quality: Quality + 2},
			{Name: "comment", What: "colour space stated in a JPEG comment", LUT: good, Quality: Quality, Comment: "sRGB IEC61966-2.1"},
		},
	}, nil
}

// Deliver appends to dst the file that the recipe makes of a reference's pixels as [Encoder.Pixels] decodes them; they
// are left as they are. A delivery is made from the reference file, as pipelines do, and not from what the file was made
// of: coded twice from one source at two qualities, a picture differs by the errors of both.
func (e *Encoder) Deliver(dst []byte, pixels []uint8, by Recipe) ([]byte, error) {
	if len(pixels) != len(e.graded) {
		panic("demo: a picture needs three bytes for each of its pixels")
	}
	by.LUT.ApplyRow8(e.graded, pixels)
	start := len(dst)
	dst, err := e.Append(dst, e.graded, by.Quality)
	if err != nil {
		return dst, fmt.Errorf("deliver by %q: %w", by.Name, err)
	}
	if by.Comment == "" {
		return dst, nil
	}
	return insertComment(dst, start, by.Comment)
}

// insertComment puts a COM segment (ITU-T T.81, B.2.4.5) behind the start marker of the JPEG file at dst[start:].
func insertComment(dst []byte, start int, comment string) ([]byte, error) {
	const marker, most = 2, 0xffff - 2
	if len(comment) > most {
		return dst, fmt.Errorf("write a JPEG comment of %d bytes: at most %d fit", len(comment), most)
	}
	length := len(comment) + 2 // the length counts itself
	segment := append([]byte{0xff, 0xfe, byte(length >> 8), byte(length)}, comment...)
	tail := append([]byte(nil), dst[start+marker:]...)
	return append(append(dst[:start+marker], segment...), tail...), nil
}
