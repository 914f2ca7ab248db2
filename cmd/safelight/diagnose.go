package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
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

// runDiagnose says whether a deviation is one colour transform. Its exit code is 0 whatever it finds: a diagnosis is no
// check.
func runDiagnose(c *cli, _ context.Context, args []string) error {
	f := newFlags("diagnose REF CANDIDATE [--cube FILE.cube] [--json]")
	dir := f.String("dir", ".", "folder with safelight.yaml, if there is one")
	table := f.String("cube", "", "write the transform that was found as a .cube table")
	asJSON := f.Bool("json", false, "print the diagnosis as JSON")
	files, err := f.parse(args, 2, 2)
	if err != nil {
		return err
	}
	config, err := app.LoadWatch(*dir)
	if err != nil {
		return err
	}
	if *table != "" {
		if err := notAnInput(*table, files); err != nil {
			return err
		}
	}
	engine := app.NewEngine(*dir, config)
	defer engine.Close()
	ref, cand, err := watch.Decode(files[0], files[1], engine.Pixels())
	if err != nil {
		return err
	}
	pairs := grade.NewAccumulator()
	if err := addPair(pairs, ref, cand, files[1]); err != nil {
		return err
	}
	fit := pairs.Fit()
	if *table != "" {
		if err := writeFit(*table, fit); err != nil {
			return err
		}
	}
	if *asJSON {
		return printJSON(c.stdout, fit)
	}
	c.printDiagnosis(fit, *table)
	return nil
}

// addPair takes a pair of pictures of the same size into a fit.
func addPair(a *grade.Accumulator, ref, cand *pixels.Image, name string) error {
	if ref.Width != cand.Width || ref.Height != cand.Height {
		return fmt.Errorf("compare %s: it has %d×%d pixels and its reference %d×%d: give pictures of the same size: %w",
			name, cand.Width, cand.Height, ref.Width, ref.Height, errInput)
	}
	if err := a.Begin(ref.Width, ref.Height); err != nil {
		return err
	}
	if ref.Depth == 8 && cand.Depth == 8 {
		for y := range ref.Height {
			a.AddRow8(y, ref.Row8(y), cand.Row8(y))
		}
		return nil
	}
	ref, cand = ref.Wide(), cand.Wide()
	for y := range ref.Height {
		a.AddRow16(y, ref.Row16(y), cand.Row16(y))
	}
	return nil
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

// printDiagnosis prints a fit for people: the verdict, the models, where the rest is, what to do.
func (c *cli) printDiagnosis(fit grade.Fit, table string) {
	l := c.lang()
	say := func(k phrase.Key, args ...any) { fmt.Fprintln(c.stdout, phrase.Say(l, k, args...)) }
	for _, line := range verdictText(l, fit) {
		fmt.Fprintln(c.stdout, line)
	}
	c.printModels(fit)
	say("diagnose.colours", fit.Samples, fit.Colours, phrase.Decimal(l, fit.Condition, 0))
	if fit.Grey() {
		say("diagnose.grey")
	}
	if fit.Verdict != grade.Undetermined {
		say("diagnose.worst", percent(l, fit.Remaining.Worst1), percent(l, fit.Remaining.Worst5))
	}
	if r := fit.Remaining.Region; r != nil && (fit.Verdict == grade.Local || fit.Verdict == grade.Mixed) {
		say("diagnose.region", r.Width, r.Height, r.X, r.Y, phrase.Decimal(l, r.DeltaE00, 1), percent(l, r.Energy))
	}
	if fit.Edges.Follow() {
		say("diagnose.edges", phrase.Decimal(l, fit.Edges.ShiftX, 1), phrase.Decimal(l, fit.Edges.ShiftY, 1))
	}
	say(phrase.Key("diagnose.next." + string(fit.Verdict)))
	if table != "" {
		say("diagnose.written", table)
		if fit.Kind == "" {
			say("diagnose.useless", percent(l, fit.Chosen().Explained))
		}
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
