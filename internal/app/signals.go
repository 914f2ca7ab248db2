package app

import (
	"context"
	"fmt"
	"iter"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/opinion"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/personal"
	"github.com/safelight-dev/safelight/sentiment"
)

// signalDesk is where signals of all sources arrive.
type signalDesk struct {
	config  intake.Config
	router  *intake.Router
	scorer  *sentiment.Scorer
	outside *opinion.Client // nil: our own scorer alone
	privacy personal.Options

	roster roster

	mu     sync.Mutex
	drawn  map[intake.Stream]drawing
	unread map[intake.Stream]bool // those with signals that no chart has been given

	judging sync.Mutex // held while charts are read
}

const signalBatch = 1000 // signals that are stored in one transaction

// openSignals prepares the way of signals.
func (a *App) openSignals(ctx context.Context) error {
	d := &a.signals
	d.config = a.config.Signals.WithDefaults()
	d.router = intake.NewRouter(d.config, a.Pipelines())
	d.privacy = personal.Options{Regions: d.config.Regions}
	var err error
	if d.scorer, err = OpenScorer(d.config.Model); err != nil {
		return err
	}
	totals, err := a.store.SignalStreams(ctx)
	d.unread = map[intake.Stream]bool{}
	for _, t := range totals {
		d.roster.keep(t.Stream, beforeRestart)
		a.meter.DeclareSignals(t.Pipeline, t.Source, a.now())
	}
	return err
}

// openOpinion opens the outside scorer, if one is configured and it is not
// open. It reads its key, which only those need who take signals.
func (a *App) openOpinion() error {
	d := &a.signals
	d.mu.Lock()
	defer d.mu.Unlock()
	if a.config.Opinion.Kind == "" || d.outside != nil {
		return nil
	}
	var err error
	d.outside, err = opinion.New(a.config.Opinion, d.mask)
	return err
}

// OpenScorer gives the embedded scorer, with the model in a file if one is named.
func OpenScorer(model string) (*sentiment.Scorer, error) {
	if model == "" {
		return sentiment.New(), nil
	}
	f, err := os.Open(model)
	if err != nil {
		return nil, fmt.Errorf("open the sentiment model: %w", err)
	}
	defer f.Close() // only read
	m, err := sentiment.Load(f)
	if err != nil {
		return nil, fmt.Errorf("read the sentiment model %s: %w: %w", model, err, journal.ErrInvalid)
	}
	return sentiment.New().WithModel(m), nil
}

func (d *signalDesk) close() {
	if d.outside != nil {
		d.outside.Close()
	}
}

func (d *signalDesk) mask(text string) string {
	clean, _ := personal.Redact(text, d.privacy)
	return clean
}

// TakeSignals hears signals: it finds their pipelines, masks personal data,
// scores and stores them, on all cores and a bounded number at a time. A signal
// that is refused does not hold up the others; one that is known by its source
// and id is left as it is. When it returns, what it says was accepted is
// durable, also where there is an error.
func (a *App) TakeSignals(ctx context.Context, told iter.Seq[intake.Told]) (intake.Taken, error) {
	var taken intake.Taken
	if err := a.openOpinion(); err != nil {
		return taken, err
	}
	in := &arrival{sender: string(people.FromContext(ctx).ID)}
	defer a.signals.roster.release(in)
	work, ready := make(chan []intake.Told), make(chan prepared, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(work)
		return deal(ctx, told, work)
	})
	var makers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		makers.Add(1)
		g.Go(func() error {
			defer makers.Done()
			for batch := range work {
				select {
				case ready <- a.prepare(ctx, in, batch):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	}
	go func() { makers.Wait(); close(ready) }()
	g.Go(func() error {
		for p := range ready {
			if err := a.keepSignals(ctx, in, p, &taken); err != nil {
				return err
			}
		}
		return nil
	})
	err := g.Wait()
	return taken, err
}

// deal cuts what is told into batches.
func deal(ctx context.Context, told iter.Seq[intake.Told], work chan<- []intake.Told) error {
	send := func(batch []intake.Told) error {
		select {
		case work <- batch:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	batch := make([]intake.Told, 0, signalBatch)
	for t := range told {
		if batch = append(batch, t); len(batch) == signalBatch {
			if err := send(batch); err != nil {
				return err
			}
			batch = make([]intake.Told, 0, signalBatch)
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return send(batch)
}

// prepared is a batch on its way into the store.
type prepared struct {
	heard    []intake.Heard
	lines    []int // of heard
	refusals []intake.Refusal
}

// prepare does all that needs no store.
func (a *App) prepare(ctx context.Context, in *arrival, batch []intake.Told) prepared {
	d, now := &a.signals, a.now()
	p := prepared{heard: make([]intake.Heard, 0, len(batch))}
	for _, t := range batch {
		s, err := d.router.Check(t, now)
		if err == nil {
			err = d.roster.admit(intake.Stream{Pipeline: s.Pipeline, Source: s.Source}, in)
		}
		if err != nil {
			p.refusals = append(p.refusals, intake.Refusal{Line: t.Line, Err: err})
			continue
		}
		clean, findings := personal.Redact(s.Text, d.privacy)
		s.Text, s.Tags = clean, nil
		p.heard = append(p.heard, intake.Heard{Signal: s, Masked: len(findings), ReceivedAt: now, History: t.History})
		p.lines = append(p.lines, t.Line)
	}
	d.score(ctx, p.heard)
	return p
}

// score gives each signal its sentiment, by the outside scorer where there is one and it answers.
func (d *signalDesk) score(ctx context.Context, heard []intake.Heard) {
	var results []opinion.Result
	if d.outside != nil {
		texts := make([]opinion.Text, len(heard))
		for i, h := range heard {
			texts[i] = opinion.Text{Text: h.Text, Lang: h.Lang}
		}
		results = d.outside.Score(ctx, texts)
	}
	for i := range heard {
		if results != nil && results[i].Answered() {
			heard[i].Opinion = outsideOpinion(results[i])
			continue
		}
		heard[i].Opinion = ownOpinion(d.scorer.Score(heard[i].Text))
	}
}

func ownOpinion(r sentiment.Result) intake.Opinion {
	return intake.Opinion{Label: intake.Label(r.Label), Score: r.Compound, Lang: string(r.Lang), Scorer: r.Version}
}

// outsideOpinion names the greatest of the three shares; where two are equal, the calmer one.
func outsideOpinion(r opinion.Result) intake.Opinion {
	o := intake.Opinion{Label: intake.Neutral, Score: r.Score(), Lang: r.Lang, Scorer: r.Scorer.Name}
	switch {
	case r.Negative > r.Neutral && r.Negative > r.Positive:
		o.Label = intake.Negative
	case r.Positive > r.Neutral && r.Positive > r.Negative:
		o.Label = intake.Positive
	}
	for _, part := range []string{r.Scorer.Model, r.Scorer.Version} {
		if part != "" {
			o.Scorer += "/" + part
		}
	}
	if o.Lang == "" {
		o.Lang = string(sentiment.Undecided)
	}
	return o
}

// note says that a stream has something new to read.
func (d *signalDesk) note(s intake.Stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unread[s] = true
}

// toRead gives the streams that have something new, and takes them for read.
func (d *signalDesk) toRead() map[intake.Stream]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	streams := d.unread
	d.unread = map[intake.Stream]bool{}
	return streams
}

// keepSignals stores a batch and counts it.
func (a *App) keepSignals(ctx context.Context, in *arrival, p prepared, taken *intake.Taken) error {
	var fresh []bool
	if len(p.heard) > 0 {
		var err error
		if fresh, err = a.store.AddSignals(ctx, p.heard); err != nil {
			return err
		}
	}
	type key struct {
		intake.Stream
		label intake.Label
	}
	counts := map[key]int{}
	for i, isNew := range fresh {
		if !isNew {
			taken.Duplicate++
			continue
		}
		taken.Accepted++
		h := &p.heard[i]
		counts[key{intake.Stream{Pipeline: h.Pipeline, Source: h.Source}, h.Opinion.Label}]++
	}
	for k, n := range counts {
		a.signals.note(k.Stream)
		a.signals.roster.keep(k.Stream, in.sender)
		a.meter.DeclareSignals(k.Pipeline, k.Source, p.heard[0].ReceivedAt)
		a.meter.CountSignals(k.Pipeline, k.Source, string(k.label), n)
	}
	for _, r := range p.refusals {
		taken.Refuse(r.Line, r.Err)
	}
	return nil
}
