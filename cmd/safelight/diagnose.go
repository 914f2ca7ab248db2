package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/safelight-dev/safelight/grade"
	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/watch"
	"github.com/safelight-dev/safelight/pixels"
)

// cubeSize is the number of points along an axis of the tables that are written.
const cubeSize = 33

// runDiagnose says whether a deviation is one colour transform. Its exit code is 0 whatever it finds, since a diagnosis is
// no check; it is 1 where a table was asked for and there is none to write.
func runDiagnose(c *cli, _ context.Context, args []string) error {
	f := newFlags("diagnose REF CANDIDATE [--cube FILE.cube] [--json]")
	dir := f.String("dir", ".", "flag.dir")
	table := f.String("cube", "", "flag.diagnose.cube")
	asJSON := f.Bool("json", false, "flag.json")
	files, err := f.parse(args, 2, 2)
	if err != nil {
		return err
	}
	if err := writable(*table, files); err != nil {
		return err
	}
	d, err := diagnosePair(files[0], files[1], *dir)
	if err != nil {
		return err
	}
	if *table != "" && d.Kind != "" {
		if err := writeFit(*table, d.Fit); err != nil {
			return err
		}
		d.Table = *table
	}
	if *asJSON {
		err = printJSON(c.stdout, d)
	} else {
		c.printDiagnosis(d)
	}
	if err == nil && *table != "" && d.Table == "" {
		return fmt.Errorf("%w: %w", phrase.Errorf("diagnose.unwritten", *table), errInput)
	}
	return err
}

// diagnosis is what is said of a pair, and its JSON.
type diagnosis struct {
	grade.Fit
	// Transparent is the share of pixels that are not opaque in both pictures. They do not count, unless the rest is too
	// little, so that all are compared OnWhite.
	Transparent float64 `json:"transparent,omitempty"`
	OnWhite     bool    `json:"onWhite,omitempty"`
	// AlphaDiffers says that the transparency differs, TransparentDiffers that what is not opaque differs in any way.
	AlphaDiffers       bool   `json:"alphaDiffers,omitempty"`
	TransparentDiffers bool   `json:"transparentDiffers,omitempty"`
	Table              string `json:"table,omitempty"` // the file that was written
	warnings           []phrase.Sentence
}

// writable refuses a file for a table that is no .cube or is one of the pictures.
func writable(table string, pictures []string) error {
	if table == "" {
		return nil
	}
	if err := named(table, "diagnose.extension", ".cube"); err != nil {
		return err
	}
	return notAnInput(table, pictures)
}

func diagnosePair(reference, candidate, dir string) (d diagnosis, err error) {
	config, err := app.LoadWatch(dir)
	if err != nil {
		return d, err
	}
	engine := app.NewEngine(dir, config)
	defer engine.Close()
	ref, cand, err := watch.Decode(reference, candidate, engine.Pixels())
	if err != nil {
		return d, err
	}
	pairs := grade.NewAccumulator()
	t, err := samplePair(pairs, ref, cand, candidate)
	if err != nil {
		return d, err
	}
	d = diagnosis{Fit: pairs.Fit(), Transparent: t.share, OnWhite: t.share > 0 && t.mask == nil, AlphaDiffers: t.alpha, TransparentDiffers: t.alpha || t.shown}
	for _, r := range ref.Warnings {
		d.warnings = append(d.warnings, phrase.Of("warning.reference", r))
	}
	for _, r := range cand.Warnings {
		d.warnings = append(d.warnings, phrase.Of("warning.candidate", r))
	}
	return d, nil
}

// samplePair takes a pair of pictures of the same size into a fit, and says what of the pair does not count.
func samplePair(a *grade.Accumulator, ref, cand *pixels.Image, name string) (t transparency, err error) {
	if ref.Width != cand.Width || ref.Height != cand.Height {
		return t, fmt.Errorf("%w: %w", phrase.Errorf("diagnose.dimensions", name,
			strconv.Itoa(cand.Width), strconv.Itoa(cand.Height), strconv.Itoa(ref.Width), strconv.Itoa(ref.Height)), errInput)
	}
	if err := a.Begin(ref.Width, ref.Height); err != nil {
		return t, err
	}
	if ref.Depth != cand.Depth {
		ref, cand = ref.Wide(), cand.Wide()
	}
	if t = transparencyOf(ref, cand); t.mask != nil {
		a.Hide(t.mask)
	}
	for y := range ref.Height {
		if ref.Depth == 8 {
			a.AddRow8(y, ref.Row8(y), cand.Row8(y))
		} else {
			a.AddRow16(y, ref.Row16(y), cand.Row16(y))
		}
	}
	return t, nil
}

// verdictText says in a sentence or two what a fit found.
func verdictText(l phrase.Lang, fit grade.Fit) []string {
	verdict := phrase.Key("diagnose.verdict." + string(fit.Verdict))
	if fit.Kind == "" {
		return []string{phrase.Say(l, verdict)}
	}
	chosen, before := fit.Chosen(), fit.Of(grade.ModelIdentity)
	return []string{
		phrase.Say(l, verdict, transformText(l, fit)),
		phrase.Say(l, "diagnose.explains", percent(l, chosen.Elsewhere), phrase.Decimal(l, before.Mean, 2), phrase.Decimal(l, chosen.Mean, 2)),
	}
}

func writeFit(path string, fit grade.Fit) error {
	lut, err := fit.LUT(cubeSize)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := lut.Write(&text); err != nil {
		return err
	}
	return app.WriteFile(path, text.Bytes())
}

// printDiagnosis prints a diagnosis for people: the verdict, the models, where the rest is, what to do.
func (c *cli) printDiagnosis(d diagnosis) {
	l := c.lang()
	say := func(k phrase.Key, args ...any) { fmt.Fprintln(c.stdout, phrase.Say(l, k, args...)) }
	for _, w := range d.warnings {
		say("cli.warning", w)
	}
	if d.Verdict == grade.Identical && d.TransparentDiffers {
		say("diagnose.opaque")
	} else {
		for _, line := range verdictText(l, d.Fit) {
			fmt.Fprintln(c.stdout, line)
		}
	}
	if d.OnWhite {
		say("diagnose.on-white", percent(l, d.Transparent))
	} else if d.Transparent > 0 {
		say("diagnose.transparent", percent(l, d.Transparent))
	}
	if d.AlphaDiffers {
		say("diagnose.alpha")
	}
	if d.Verdict != grade.Identical {
		c.printFit(d.Fit)
		say(phrase.Key("diagnose.next." + string(d.Verdict)))
	} else if !d.TransparentDiffers {
		say("diagnose.next.identical")
	}
	if d.Table != "" {
		say("diagnose.written", d.Table)
	}
}

// printFit prints the models and what they leave.
func (c *cli) printFit(fit grade.Fit) {
	l := c.lang()
	say := func(k phrase.Key, args ...any) { fmt.Fprintln(c.stdout, phrase.Say(l, k, args...)) }
	c.printModels(fit)
	say("diagnose.colours", fit.Samples, fit.Colours, phrase.Decimal(l, fit.Condition, 0))
	if fit.Verdict == grade.Undetermined {
		return
	}
	if fit.Grey() {
		say("diagnose.grey")
	}
	if fit.Structure.Textured > 0 {
		say("diagnose.structure", percent(l, fit.Structure.Agreement))
	}
	say("diagnose.worst", percent(l, fit.Remaining.Worst1), percent(l, fit.Remaining.Worst5))
	if r := fit.Remaining.Region; r != nil && (fit.Verdict == grade.Local || fit.Verdict == grade.Mixed) {
		say("diagnose.region", strconv.Itoa(r.Width), strconv.Itoa(r.Height), strconv.Itoa(r.X), strconv.Itoa(r.Y), phrase.Decimal(l, r.DeltaE00, 1), percent(l, r.Energy))
	}
	if fit.Edges.Follow() {
		say("diagnose.edges", phrase.Decimal(l, fit.Edges.ShiftX, 1), phrase.Decimal(l, fit.Edges.ShiftY, 1))
	}
}

// transformText names the transform: a known one by its name and values, another by its kind.
func transformText(l phrase.Lang, fit grade.Fit) string {
	text := phrase.Say(l, phrase.Key("diagnose.kind."+string(fit.Kind)))
	if fit.Named == nil {
		return text
	}
	var values []string
	for _, name := range slices.Sorted(maps.Keys(fit.Named.Values)) {
		values = append(values, name+" "+phrase.Decimal(l, fit.Named.Values[name], 3))
	}
	if len(values) > 0 {
		return text + ", " + fit.Named.Name + " (" + strings.Join(values, ", ") + ")"
	}
	return text + ", " + fit.Named.Name
}

func (c *cli) printModels(fit grade.Fit) {
	l := c.lang()
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, phrase.Say(l, "diagnose.head"))
	for _, m := range fit.Models {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", phrase.Say(l, phrase.Key("diagnose.model."+string(m.Name))), m.Parameters,
			percent(l, m.Explained), percent(l, m.Elsewhere),
			percent(l, m.Pixels), phrase.Decimal(l, m.Mean, 2), phrase.Decimal(l, m.P95, 2))
	}
	w.Flush()
}

// percent writes a share from 0 to 1 in percent.
func percent(l phrase.Lang, share float64) string { return phrase.Decimal(l, 100*share, 1) + " %" }
