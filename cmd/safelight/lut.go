package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// runLUT shows, checks or applies a colour lookup table.
func runLUT(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "lut", []verb{{"show", (*cli).lutShow}, {"check", (*cli).lutCheck}, {"apply", (*cli).lutApply}}, args)
}

func readLUT(path string) (*cube.LUT, error) {
	f, err := openRegular(path, "lut.missing", "lut.irregular")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lut, err := cube.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("lut.unread", path, cmp.Or(errors.Unwrap(err), err)), errInput) // what is wrapped says "read" again
	}
	return lut, nil
}

// openRegular opens a file that the user named. A folder or a pipe is refused before anything waits for it.
func openRegular(path string, missing, irregular phrase.Key) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", phrase.Errorf(missing, path), errInput)
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %w", phrase.Errorf(irregular, path), errInput)
	case err != nil:
		return nil, inputError(err)
	}
	f, err := os.Open(path)
	return f, inputError(err)
}

func (c *cli) lutShow(_ context.Context, args []string) error {
	f := newFlags("lut show FILE [--json]")
	asJSON := f.Bool("json", false, "flag.json")
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	lut, err := readLUT(files[0])
	if err != nil {
		return err
	}
	identity, err := cube.Identity(2)
	if err != nil {
		return err
	}
	d, err := cube.Compare(identity, lut, cube.CompareOptions{})
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.stdout, lutFacts{lut.Title(), lut.Size(), lut.Dimensions(), comparison(d)})
	}
	fmt.Fprintf(c.stdout, "%s  %d-D, %d  ΔE00 p95 %.2f, max %.2f\n", lut.Title(), lut.Dimensions(), lut.Size(), d.Grid.P95, d.Grid.Max)
	return nil
}

// lutFacts is the JSON of `lut show`: the change is measured against the identity.
type lutFacts struct {
	Title      string        `json:"title"`
	Size       int           `json:"size"`
	Dimensions int           `json:"dimensions"`
	Change     lutComparison `json:"change"`
}

// lutComparison is the JSON of a comparison of two tables.
type lutComparison struct {
	Mean     float64     `json:"mean"`
	P95      float64     `json:"p95"`
	Max      float64     `json:"max"`
	MaxInput [3]float64  `json:"maxInput"` // encoded sRGB
	Palette  []lutSwatch `json:"palette,omitempty"`
}

// lutSwatch is what two tables make of one brand colour.
type lutSwatch struct {
	Name     string  `json:"name"`
	DeltaE00 float64 `json:"deltaE00"`
}

func comparison(d cube.Comparison) lutComparison {
	j := lutComparison{Mean: d.Grid.Mean, P95: d.Grid.P95, Max: d.Grid.Max, MaxInput: d.Grid.MaxInput}
	for _, s := range d.Each {
		j.Palette = append(j.Palette, lutSwatch{s.Name, s.DeltaE00})
	}
	return j
}

// lutCheck compares a new table with the old one. Its sentence on standard
// output is what hooks keep as evidence.
func (c *cli) lutCheck(_ context.Context, args []string) error {
	f := newFlags("lut check NEW.cube --against OLD.cube [--max-delta-e N] [--json]")
	against := f.String("against", "", "flag.lut.against")
	limit := f.Float64("max-delta-e", 2, "flag.lut.max")
	dir := f.String("dir", ".", "flag.lut.dir")
	asJSON := f.Bool("json", false, "flag.json")
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if *against == "" {
		return misuse(f.usage, "lut")
	}
	d, err := compareLUTs(*against, files[0], *dir)
	if err != nil {
		return err
	}
	good := d.P95 <= *limit
	for _, s := range d.Palette {
		good = good && s.DeltaE00 <= *limit
	}
	if *asJSON {
		err = printJSON(c.stdout, lutChecked{d, d.flat(), map[string]float64{"deltaE00": *limit}, good})
	} else {
		_, err = fmt.Fprintln(c.stdout, lutVerdict(good, files[0], d, *limit))
	}
	if err == nil && !good {
		return errFailed
	}
	return err
}

// lutChecked is the JSON of `lut check`. Metrics and thresholds are flat, under the same names, for scripts that compare them.
type lutChecked struct {
	lutComparison
	Metrics    map[string]float64 `json:"metrics"`
	Thresholds map[string]float64 `json:"thresholds"`
	Good       bool               `json:"good"`
}

// flat gives the figure that the limit judges: the worst of the grid's 95th percentile and the brand colours.
func (d lutComparison) flat() map[string]float64 {
	worst := d.P95
	for _, s := range d.Palette {
		worst = max(worst, s.DeltaE00)
	}
	return map[string]float64{"deltaE00": worst}
}

func compareLUTs(old, updated, dir string) (lutComparison, error) {
	config, err := app.LoadWatch(dir)
	if err != nil {
		return lutComparison{}, err
	}
	swatches, err := config.Watch.Swatches()
	if err != nil {
		return lutComparison{}, err
	}
	a, err := readLUT(old)
	if err != nil {
		return lutComparison{}, err
	}
	b, err := readLUT(updated)
	if err != nil {
		return lutComparison{}, err
	}
	d, err := cube.Compare(a, b, cube.CompareOptions{Swatches: swatches})
	return comparison(d), err
}

func lutVerdict(good bool, path string, d lutComparison, limit float64) string {
	verdict, sign := "PASS", "≤"
	if !good {
		verdict, sign = "REJECT", ">"
	}
	worst, name := d.P95, "p95"
	for _, s := range d.Palette {
		if d.P95 <= limit && s.DeltaE00 > worst {
			worst, name = s.DeltaE00, s.Name
		}
	}
	return fmt.Sprintf("%s %s %s ΔE00 %.2f %s %.2f", verdict, filepath.ToSlash(path), name, worst, sign, limit)
}
