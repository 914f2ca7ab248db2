package grade

import (
	"errors"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/cube"
)

// ModelName names a family of transforms.
type ModelName string

// The models, in order of complexity.
const (
	ModelIdentity ModelName = "identity"             // nothing is changed: the difference as it stands
	ModelNamed    ModelName = "named"                // the known transform that comes closest
	ModelTone     ModelName = "tone-curve"           // one curve for all channels
	ModelCurves   ModelName = "curves"               // a curve for each channel
	ModelMatrix   ModelName = "matrix"               // 3×3 and an offset, in linear light
	ModelStack    ModelName = "curves-matrix-curves" // curves, matrix in linear light, curves
	ModelLUT      ModelName = "lut"                  // the curves and matrix, and a coarse 3-D table of corrections
)

// Model is a fitted family, and what it leaves of the difference. Residuals are held out: each block is judged by a fit
// that did not see it.
type Model struct {
	Name       ModelName `json:"model"`
	Parameters int       `json:"parameters"`
	Mean       float64   `json:"mean"` // ΔE00 that remains, mean over the samples
	P95        float64   `json:"p95"`  // and 95th percentile
	// Explained is the share of the systematic difference that the model explains: 1 − Σ s² after ÷ Σ s² before, where s²
	// is what ΔE00² of the mean of a block's eight samples has beyond their noise (see the package comment). Coding noise
	// does not count; a model that does harm is below 0.
	Explained float64 `json:"explained"`
	// Elsewhere is Explained without the blocks that were left out of the fit because they stand out.
	Elsewhere float64 `json:"elsewhere"`
	// Pixels is the share with all noise: 1 − Σ ΔE00² after ÷ Σ ΔE00² before, over the samples.
	Pixels float64 `json:"pixels"`
}

// Verdict is what the difference is.
type Verdict string

// Verdicts; the rule stands in the package comment.
const (
	Global       Verdict = "global"       // one colour transform
	Local        Verdict = "local"        // defects in few places, nothing elsewhere
	Mixed        Verdict = "mixed"        // a colour transform, and defects in few places
	Noise        Verdict = "noise"        // nothing but what coding does
	Spread       Verdict = "spread"       // everywhere, and no colour transform: blur, banding, blocking
	Content      Verdict = "content"      // other content, or the same in other places: shifted, mirrored, turned, cropped, scaled
	Identical    Verdict = "identical"    // equal in every pixel
	Undetermined Verdict = "undetermined" // too few pixels or colours to tell
)

// Fit says whether the difference between references and candidates is one colour transform.
type Fit struct {
	Verdict Verdict `json:"verdict"`
	// Kind is the transform's, for Global and Mixed.
	Kind Kind `json:"kind,omitempty"`
	// Named is the known transform that explains as much as the fit; nil if there is none.
	Named *Named `json:"named,omitempty"`
	// Model is the simplest that explains what can be explained.
	Model ModelName `json:"model"`
	// Models are all models that were fitted, by rising complexity.
	Models []Model `json:"models"`
	// Remaining says where that is which the model does not explain.
	Remaining Concentration `json:"remaining"`
	Edges     Edges         `json:"edges"`
	// Structure says whether the pictures show the same thing in the same places.
	Structure Structure `json:"structure"`
	// Level is the root mean square of the systematic difference, in ΔE00, without the blocks that were left out of the
	// fit: what there was to explain.
	Level float64 `json:"level"`
	// Colours is the number of different colours of the references, at 5 bits a channel.
	Colours int `json:"colours"`
	// Condition is that of fitting a matrix to them: 10² to 10⁴ for pictures in colour, above 10⁶ for grey or flat
	// ones, to which only curves are fitted.
	Condition float64 `json:"condition"`
	Samples   int     `json:"samples"`
	Pairs     int     `json:"pairs"`

	chosen transform
}

// Chosen is the entry of the chosen model; the zero value where none was fitted.
func (f Fit) Chosen() Model { return f.Of(f.Model) }

// Of is the entry of a model; the zero value where it was not fitted.
func (f Fit) Of(name ModelName) Model {
	for _, m := range f.Models {
		if m.Name == name {
			return m
		}
	}
	return Model{}
}

// Apply maps encoded components by the chosen model, clipped to 0 to 1. A Fit that was read from JSON has no model, and
// changes nothing.
func (f Fit) Apply(r, g, b float64) (float64, float64, float64) {
	if f.chosen == nil {
		return r, g, b
	}
	out := f.chosen.apply([3]float64{r, g, b})
	for c, v := range out {
		out[c] = min(max(v, 0), 1)
	}
	return out[0], out[1], out[2]
}

// LUT samples the chosen model as a table of n×n×n points over 0 to 1; 33 is what tools expect. Applied to the references
// it reproduces the global part of the deviation. It refuses a Fit that was read from JSON, and what [cube.FromFunc]
// refuses.
func (f Fit) LUT(n int) (*cube.LUT, error) {
	if f.chosen == nil {
		return nil, errors.New("make a LUT of the fit: it holds no model, only its figures: fit the pictures again")
	}
	return cube.FromFunc(f.title(), n, f.Apply)
}

// title names the fit in the table.
func (f Fit) title() string {
	m := f.Chosen()
	what := string(f.Model)
	if f.Named != nil {
		what = f.Named.Name
	}
	return fmt.Sprintf("Safelight fit: %s (%s), explains %.1f %%, mean dE00 %.2f to %.2f", what, f.Verdict, 100*m.Explained, f.Of(ModelIdentity).Mean, m.Mean)
}

// Limits of what can be told.
const (
	fewestSamples = 256
	fewestColours = 16
	greyCondition = 1e6
)

// fitting is one run of Fit.
type fitting struct {
	a         *Accumulator
	blocks    []block
	weights   []float64 // of the blocks
	judge     *evaluator
	identity  outcome
	use       []bool // blocks that models are fitted to; nil means all
	rough     []cell // coarse
	cells     []cell // fine
	coloured  bool   // a matrix can be told
	models    []candidate
	condition float64
	curves    *stack
	matrix    *stack // nil where it cannot be told
	base      *stack // of the table: the richest stack
}

// candidate is a model with its outcome.
type candidate struct {
	Model
	fitted
	named   *known
	outcome outcome
}

// Fit finds the transform from what was gathered; the accumulator can go on gathering. It is deterministic for the same
// pictures, up to the last digits between processors. It takes some tens of milliseconds.
func (a *Accumulator) Fit() Fit {
	f := fitting{a: a, blocks: a.blocks()}
	return f.fit()
}

func (f *fitting) fit() Fit {
	f.weights = weigh(f.blocks)
	f.judge = newEvaluator(f.blocks)
	f.identity = f.judge.evaluate(everywhere(identity{}, 0))
	f.gather(nil)
	fit := Fit{Colours: f.colours(), Samples: int(f.identity.stats.N), Pairs: f.a.pictures}
	f.condition = condition(f.cells)
	fit.Condition = f.condition
	f.coloured = f.condition < greyCondition
	if fit.Samples < fewestSamples || fit.Colours < fewestColours {
		f.add(ModelIdentity, everywhere(identity{}, 0), nil)
		return f.conclude(fit)
	}
	f.trim()
	f.reconsider()
	f.fitModels()
	return f.conclude(fit)
}

// colours counts the different colours of the references, whatever became of them.
func (f *fitting) colours() int {
	seen := map[[3]uint8]bool{}
	for i := range f.cells {
		c := &f.cells[i]
		seen[[3]uint8{uint8(c.in[0] * 31.99), uint8(c.in[1] * 31.99), uint8(c.in[2] * 31.99)}] = true
	}
	return len(seen)
}

// trim leaves out of the fit the blocks that a first fit does not explain while it explains the others: a defect must not
// bend the transform.
func (f *fitting) trim() {
	f.fitBase()
	if !f.mostMoved() {
		return // most of the picture is as it was: there is no transform to protect
	}
	for range 3 {
		out := beyond(f.judge.evaluate(everywhere(f.base, 0)))
		if share := float64(count(out)) / float64(len(out)); share == 0 || share > mostTrimmed {
			return
		}
		use := make([]bool, len(out))
		for i, v := range out {
			use[i] = !v
		}
		if slices.Equal(use, f.use) {
			return
		}
		f.gather(use)
		f.fitBase()
	}
}

// gather makes cells of the blocks that are used.
func (f *fitting) gather(use []bool) {
	f.use, f.rough, f.cells = use, gather(f.blocks, use, coarse), gather(f.blocks, use, fine)
}

// fitBase fits the curves, the matrix, and from the better of them both together.
func (f *fitting) fitBase() {
	f.curves = fitStack(newStack(), outCurves, f.rough)
	f.base = f.curves
	if !f.coloured {
		return
	}
	f.matrix = fitStack(newStack(), matrix, f.rough)
	start := f.curves
	if f.matrix.energy(f.rough) < start.energy(f.rough) {
		start = f.matrix
	}
	f.base = fitStack(start, inCurves|matrix|outCurves, f.rough)
}

// fitModels judges all models.
func (f *fitting) fitModels() {
	f.add(ModelIdentity, everywhere(identity{}, 0), nil)
	if k := nearest(f.rough); k != nil {
		f.add(ModelNamed, everywhere(k, k.size), k)
	}
	f.add(ModelTone, fitTone(f.cells), nil)
	f.add(ModelCurves, hold(f.curves, f.cells), nil)
	if f.coloured {
		f.add(ModelMatrix, hold(f.matrix, f.cells), nil)
		base := hold(f.base, f.cells)
		f.add(ModelStack, base, nil)
		f.add(ModelLUT, fitTable(base, f.cells), nil)
	}
}

// reconsider takes back the blocks that were left out if a table explains them together with the others: a few colours
// that curves and a matrix do not reach are no defect.
func (f *fitting) reconsider() {
	if f.use == nil || !f.coloured {
		return
	}
	whole := fitting{a: f.a, blocks: f.blocks, weights: f.weights, judge: f.judge, identity: f.identity, coloured: true}
	whole.gather(nil)
	whole.fitBase()
	o := f.judge.evaluate(fitTable(hold(whole.base, whole.cells), whole.cells))
	if whole.explained(nil, o) >= globalShare && whole.standing(o, whole.standOut(o)) < localEnergy {
		f.use, f.rough, f.cells = nil, whole.rough, whole.cells
		f.curves, f.matrix, f.base = whole.curves, whole.matrix, whole.base
	}
}

func (f *fitting) add(name ModelName, m fitted, k *known) {
	o := f.identity
	if name != ModelIdentity {
		o = f.judge.evaluate(m)
	}
	f.models = append(f.models, candidate{
		Model: Model{
			Name: name, Parameters: m.size, Mean: o.stats.Mean, P95: o.stats.P95,
			Explained: f.explained(nil, o), Elsewhere: f.explained(f.use, o),
			Pixels: explained(sumOf(f.identity.sums), sumOf(o.sums)),
		},
		fitted: m, named: k, outcome: o,
	})
}

func (f *fitting) explained(use []bool, o outcome) float64 {
	return explained(weighted(f.weights, use, f.identity.systematic), weighted(f.weights, use, o.systematic))
}

func explained(before, after float64) float64 {
	if before <= 0 {
		return 0
	}
	return min(1-after/before, 1)
}

// Grey says whether the references have hardly any colour, so that only curves could be fitted.
func (f Fit) Grey() bool { return f.Condition >= greyCondition }
