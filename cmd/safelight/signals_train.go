package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/feed"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/sentiment"
)

// signalsTrain fits a model to texts that the user has labelled.
func (c *cli) signalsTrain(_ context.Context, args []string) error {
	f := newFlags("signals train --labels FILE.csv --out MODEL [--json]")
	labels, out := f.String("labels", "", "flag.signals.labels"), f.String("out", "", "flag.signals.out")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	if *labels == "" || *out == "" {
		return misuse(f.usage, "train")
	}
	if err := notAnInput(*out, []string{*labels}); err != nil {
		return err
	}
	samples, err := readLabels(*labels)
	if err != nil {
		return err
	}
	model, report, err := sentiment.Train(samples, sentiment.Options{})
	if err != nil {
		return fmt.Errorf("%w: %w", err, journal.ErrInvalid)
	}
	var b bytes.Buffer
	if err := model.Save(&b); err != nil {
		return err
	}
	if err := app.WriteFile(*out, b.Bytes()); err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.stdout, struct {
			Version string           `json:"version"`
			Report  sentiment.Report `json:"report"`
		}{model.Version(), report})
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.signals.trained", *out, report.Samples, model.Version()))
	c.printTraining(report)
	return nil
}

func (c *cli) printTraining(report sentiment.Report) {
	l := c.lang()
	c.printMeasures(phrase.Say(l, "cli.signals.by.model"), report.Model)
	c.printMeasures(phrase.Say(l, "cli.signals.by.lexicon"), report.Lexicon)
	for _, lang := range slices.Sorted(maps.Keys(report.By)) {
		c.printMeasures(phrase.Say(l, "cli.signals.by.model")+" "+string(lang), report.By[lang])
	}
}

func (c *cli) printMeasures(name string, m sentiment.Measures) {
	l := c.lang()
	fmt.Fprintln(c.stdout, phrase.Say(l, "cli.signals.measures", name, phrase.Decimal(l, m.AUC, 3), phrase.Decimal(l, m.F1, 3), phrase.Decimal(l, m.Accuracy, 3), m.Samples))
}

// readLabels reads a CSV with the columns text and label.
func readLabels(path string) ([]sentiment.Sample, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, inputError(err)
	}
	defer file.Close() // only read
	m := feed.Mapping{Text: feed.Field{Names: []string{"text"}}, Tags: feed.Field{Names: []string{"label"}}}
	var samples []sentiment.Sample
	err = feed.ReadCSV(file, m, func(t intake.Told) error {
		if t.Err != nil {
			return fmt.Errorf("line %d: %w", t.Line, t.Err)
		}
		label := ""
		if len(t.Tags) == 1 {
			label = strings.ToLower(t.Tags[0])
		}
		if !slices.Contains(intake.Labels(), intake.Label(label)) {
			return fmt.Errorf("line %d: the label is %.40q: use negative, neutral or positive: %w", t.Line, label, journal.ErrInvalid)
		}
		if len(samples) == sentiment.MaxSamples {
			return fmt.Errorf("line %d: more than %d texts: %w", t.Line, sentiment.MaxSamples, journal.ErrTooLarge)
		}
		samples = append(samples, sentiment.Sample{Text: t.Text, Label: sentiment.Label(label)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the labels of %s: %w", path, err)
	}
	return samples, nil
}

// signalsEvaluate says how well a scorer tells negative texts from the others.
func (c *cli) signalsEvaluate(_ context.Context, args []string) error {
	f := newFlags("signals evaluate --labels FILE.csv [--model FILE] [--json]")
	labels, model := f.String("labels", "", "flag.signals.labels"), f.String("model", "", "flag.signals.model")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	if *labels == "" {
		return misuse(f.usage, "evaluate")
	}
	samples, err := readLabels(*labels)
	if err != nil {
		return err
	}
	scorer, err := app.OpenScorer(*model)
	if err != nil {
		return err
	}
	by := evaluate(scorer, samples)
	if *asJSON {
		return printJSON(c.stdout, by)
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		c.printMeasures(name, by[name])
	}
	return nil
}

// guess is a text with what it was taken for.
type guess struct {
	score          float64
	negative, said bool // the text is, and was called, negative
	right          bool // of three classes
}

// evaluate measures by language and, under "all", altogether.
func evaluate(s *sentiment.Scorer, samples []sentiment.Sample) map[string]sentiment.Measures {
	by := map[string][]guess{}
	for _, sample := range samples {
		r := s.Score(sample.Text)
		g := guess{r.Compound, sample.Label == sentiment.Negative, r.Label == sentiment.Negative, r.Label == sample.Label}
		by["all"] = append(by["all"], g)
		by[string(r.Lang)] = append(by[string(r.Lang)], g)
	}
	measures := map[string]sentiment.Measures{}
	for name, list := range by {
		measures[name] = measureGuesses(list)
	}
	return measures
}

// measureGuesses gives the figures of the class negative. The AUC is the share
// of pairs in which the negative text has the lower score, ties counted half.
func measureGuesses(list []guess) sentiment.Measures {
	slices.SortFunc(list, func(a, b guess) int { return cmp.Compare(a.score, b.score) })
	m := sentiment.Measures{Samples: len(list)}
	var wins, before, negatives, others, found, said, right float64
	for i := 0; i < len(list); {
		var tiedNegative, tiedOther float64
		j := i
		for ; j < len(list) && list[j].score == list[i].score; j++ {
			g := list[j]
			count(&tiedNegative, g.negative)
			count(&tiedOther, !g.negative)
			count(&found, g.negative && g.said)
			count(&said, g.said)
			count(&right, g.right)
		}
		wins += tiedOther * (before + tiedNegative/2)
		before, negatives, others = before+tiedNegative, negatives+tiedNegative, others+tiedOther
		i = j
	}
	if negatives*others > 0 {
		m.AUC = wins / (negatives * others)
	}
	if negatives+said > 0 {
		m.F1 = 2 * found / (negatives + said)
	}
	if len(list) > 0 {
		m.Accuracy = right / float64(len(list))
	}
	return m
}

func count(n *float64, yes bool) {
	if yes {
		*n++
	}
}
