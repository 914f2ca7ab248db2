package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/trend"
	"github.com/safelight-dev/safelight/internal/web"
	"github.com/safelight-dev/safelight/sentiment"
)

// runSignals takes in, watches and verifies what users say.
func runSignals(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "signals", []verb{
		{"import", (*cli).signalsImport}, {"trends", (*cli).signalsTrends}, {"verify", (*cli).signalsVerify}, {"erase", (*cli).signalsErase},
		{"score", (*cli).signalsScore}, {"train", (*cli).signalsTrain}, {"evaluate", (*cli).signalsEvaluate},
	}, args)
}

// signalsTrends prints what the charts of all streams say now.
func (c *cli) signalsTrends(ctx context.Context, args []string) error {
	f := newReadFlags("signals trends [--dir D] [--json]")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	config, err := app.LoadWatch(*f.dir)
	if err != nil {
		return err
	}
	trends, err := r.SignalTrends(ctx, config)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, append([]web.SignalTrend{}, trends...))
	}
	if len(trends) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.signals.trends.none"))
	}
	return c.table(func(w io.Writer) {
		for _, t := range trends {
			for _, chart := range t.Charts {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Pipeline, t.Source, phrase.Say(c.lang(), phrase.Key("signal.metric."+string(chart.Metric))),
					phrase.Say(c.lang(), phrase.Key("signal.state."+string(chart.State))), chartWords(c.lang(), chart))
			}
		}
	})
}

func chartWords(l phrase.Lang, c web.Chart) string {
	if c.State == trend.Learning {
		return phrase.Say(l, "signal.learning", c.Days)
	}
	return phrase.Say(l, "signal.facts", intake.Figure(l, c.Metric, c.Value), intake.Figure(l, c.Metric, c.Baseline), intake.Figure(l, c.Metric, c.Limit))
}

// signalsVerify is the queue of manual verifications.
func (c *cli) signalsVerify(ctx context.Context, args []string) error {
	return c.choose(ctx, "signals verify", []verb{
		{"list", (*cli).verifyList}, {"confirm", (*cli).verifyConfirm}, {"dismiss", (*cli).verifyDismiss},
	}, args)
}

func (c *cli) verifyList(ctx context.Context, args []string) error {
	f := newReadFlags("signals verify list [--all] [--dir D] [--json]")
	all := f.Bool("all", false, "flag.signals.all")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	list, err := r.Verifications(ctx)
	if err != nil {
		return err
	}
	shown := []intake.Verification{}
	for _, v := range list {
		if *all || v.Status == intake.StatusOpen {
			shown = append(shown, v)
		}
	}
	if *f.asJSON {
		return printJSON(c.stdout, web.VerificationList{Verifications: shown, Reports: append([]intake.Report{}, intake.Reports(list)...)})
	}
	l := c.lang()
	if len(shown) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.signals.verify.none"))
	}
	for _, v := range shown {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.signals.verify.line", v.ID, phrase.Of(phrase.Key("signal.status."+string(v.Status))), v.Pipeline, v.Source, v.Say(l)))
	}
	return nil
}

func (c *cli) verifyConfirm(ctx context.Context, args []string) error {
	f := newWriteFlags("signals verify confirm V-ID [--severity S2] [--title TEXT] [--incident PM-ID] [--dir D] [--as LOGIN] [--json]")
	severity, title := f.String("severity", "S2", "flag.signals.severity"), f.String("title", "", "flag.signals.title")
	into := f.String("incident", "", "flag.signals.incident")
	positional, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	confirmation := web.Confirmation{Severity: pipeline.Severity(*severity), Title: *title, Incident: *into}
	return c.decideSignal(ctx, f, func(w writer) (any, string, error) {
		var declared web.Declared
		switch w := w.(type) {
		case *local:
			declared.ID, err = w.app.ConfirmVerification(ctx, w.by, positional[0], confirmation)
		case *remote:
			err = w.decode(ctx, "/api/v1/verifications/"+url.PathEscape(positional[0])+"/confirm", confirmation, &declared)
			w.incident = declared.ID
		}
		return declared, phrase.Say(c.lang(), "cli.signals.confirmed", positional[0], declared.ID), err
	})
}

func (c *cli) verifyDismiss(ctx context.Context, args []string) error {
	f := newWriteFlags("signals verify dismiss V-ID --reason TEXT [--accepted] [--dir D] [--as LOGIN] [--json]")
	reason, accepted := f.String("reason", "", "flag.signals.reason"), f.Bool("accepted", false, "flag.signals.accepted")
	positional, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	d := intake.Dismissed{Outcome: trend.Noise, Reason: *reason}
	if *accepted {
		d.Outcome = trend.Accepted
	}
	return c.decideSignal(ctx, f, func(w writer) (any, string, error) {
		switch w := w.(type) {
		case *local:
			err = w.app.DismissVerification(ctx, w.by, positional[0], d)
		case *remote:
			err = w.decode(ctx, "/api/v1/verifications/"+url.PathEscape(positional[0])+"/dismiss", d, nil)
		}
		return d, phrase.Say(c.lang(), "cli.signals.dismissed", positional[0]), err
	})
}

// signalsErase erases the text of a signal for good.
func (c *cli) signalsErase(ctx context.Context, args []string) error {
	f := newWriteFlags("signals erase NUMBER --reason TEXT [--dir D] [--as LOGIN] [--json]")
	reason := f.String("reason", "", "flag.signals.reason")
	positional, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(positional[0], 10, 64)
	if err != nil {
		return misuse(f.usage, "erase", strconv.Quote(positional[0]))
	}
	return c.decideSignal(ctx, f, func(w writer) (any, string, error) {
		switch w := w.(type) {
		case *local:
			err = w.app.EraseSignal(ctx, w.by, number, *reason)
		case *remote:
			err = w.decode(ctx, fmt.Sprintf("/api/v1/signals/%d/erase", number), map[string]string{"reason": *reason}, nil)
		}
		return map[string]int64{"number": number}, phrase.Say(c.lang(), "cli.signals.erased", positional[0]), err
	})
}

// decideSignal does something with a writer, lets its effects run and says what was done.
func (c *cli) decideSignal(ctx context.Context, f writeFlags, do func(writer) (result any, said string, err error)) error {
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	result, said, err := do(w)
	if err != nil {
		return errors.Join(err, w.close())
	}
	bounded, cancel := context.WithTimeout(ctx, *f.wait)
	defer cancel()
	err = w.settle(bounded, nil)
	if bounded.Err() != nil {
		err = nil // the decision stands; its effects go on later
	}
	if err := errors.Join(err, w.close()); err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, result)
	}
	_, err = fmt.Fprintln(c.stdout, said)
	return err
}

// scored is the JSON of a scored text.
type scored struct {
	Text     string           `json:"text"`
	Label    sentiment.Label  `json:"label"`
	Score    float64          `json:"score"`
	Language string           `json:"language"`
	Scorer   string           `json:"scorer"`
	Words    []sentiment.Word `json:"words"`
}

// signalsScore scores texts and says which words decided.
func (c *cli) signalsScore(_ context.Context, args []string) error {
	f := newFlags("signals score TEXT... [--model FILE] [--json]")
	model, asJSON := f.String("model", "", "flag.signals.model"), f.Bool("json", false, "flag.json")
	texts, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	scorer, err := app.OpenScorer(*model)
	if err != nil {
		return err
	}
	var all []scored
	for _, t := range texts {
		r := scorer.Score(t)
		all = append(all, scored{t, r.Label, r.Compound, string(r.Lang), r.Version, append([]sentiment.Word{}, r.Words...)})
	}
	if *asJSON {
		return printJSON(c.stdout, all)
	}
	l := c.lang()
	for _, s := range all {
		fmt.Fprintln(c.stdout, s.Text)
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.signals.score", phrase.Of(phrase.Key("signal.label."+string(s.Label))), signed(l, s.Score), s.Language, s.Scorer))
		if negative, positive, ok := scorer.Thresholds(sentiment.Language(s.Language)); ok {
			fmt.Fprintln(c.stdout, phrase.Say(l, "cli.signals.score.neutral", signed(l, negative), signed(l, positive)))
		}
		for _, w := range s.Words {
			fmt.Fprintln(c.stdout, phrase.Say(l, "cli.signals.score.word", signed(l, w.Valence), w.Text))
		}
	}
	return nil
}

func signed(l phrase.Lang, v float64) string {
	text := phrase.Decimal(l, v, 2)
	if v > 0 && !strings.HasPrefix(text, "-") {
		text = "+" + text
	}
	return text
}
