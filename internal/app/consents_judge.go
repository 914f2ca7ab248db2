package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/watch"
)

// judgeConsents holds what a delivered image claims against the register of consents, for the channel of its pipeline.
// Where there is no record at all nobody keeps the register, and nothing is missing from it.
func (r *recorder) judgeConsents(ctx context.Context, result *watch.Result) error {
	m := result.Metadata
	if m == nil {
		return nil
	}
	register, err := r.app.ConsentRegister(ctx)
	if err != nil {
		return err
	}
	if register.Len() == 0 {
		return nil
	}
	p := r.app.config.Watch.Pipelines[r.pipeline]
	policy := r.app.config.Watch.MetadataPolicy(r.pipeline)
	before := len(m.Breaches)
	for _, f := range register.Judge(claimed(m.Claims, r.pipeline, result), deliveryOf(p, r)) {
		kind := pipeline.Breach(f.Kind)
		m.Add(kind, policy.To(kind), cmp.Or(f.Record, f.Field), "")
	}
	for _, b := range m.Breaches[before:] {
		result.Check.Findings = append(result.Check.Findings, b.Finding(r.class))
	}
	return nil
}

func deliveryOf(p pipeline.Pipeline, r *recorder) consent.Delivery {
	d := consent.Delivery{Channel: p.Channel, Use: p.Use, At: r.app.now()}
	if p.Territory != "" {
		d.Territories = []string{p.Territory}
	}
	return d
}

func claimed(c measure.Claims, pipeline string, result *watch.Result) consent.Image {
	return consent.Image{
		Releases: c.ModelReleases, Properties: c.Properties, Persons: c.Persons, ModelRelease: c.ModelStatus,
		PropertyRelease: c.PropertyStatus, MinorAge: c.MinorAge, DataMining: c.DataMining,
		Pipeline: pipeline, Path: result.Path, SHA256: result.SHA256,
	}
}

// consentsWithdrawn has the register read anew and all delivered images judged by it.
func (a *App) consentsWithdrawn() {
	a.consentsChanged()
	a.consents.judging.again()
}

// rejudgeConsents judges what has been delivered already, after a start, after a consent was taken back, and once a day:
// consents end by themselves. Nothing is measured or counted again.
func (a *App) rejudgeConsents(ctx context.Context) error {
	return a.consents.judging.run(a.now(), func() error {
		register, err := a.ConsentRegister(ctx)
		if err == nil && register.Len() > 0 {
			err = a.eachPipeline(func(name string) error { return a.rejudge(ctx, name) })
		}
		if err != nil {
			a.consentsChanged()
		}
		return err
	})
}

// eachPipeline does something for all of them, whatever happens to one.
func (a *App) eachPipeline(do func(name string) error) error {
	var errs []error
	for _, name := range a.Pipelines() {
		errs = append(errs, do(name))
	}
	return errors.Join(errs...)
}

func (a *App) rejudge(ctx context.Context, name string) error {
	p := a.config.Watch.Pipelines[name]
	if absent(p.Reference) || absent(p.Delivered) { // the sweep says so
		return nil
	}
	memory, err := a.sweepOf(ctx, name)
	if err != nil {
		return err
	}
	meter, err := a.engine.PipelineMeter(name)
	if err != nil {
		return err
	}
	r := recorder{app: a, pipeline: name, class: p.Class, memory: memory, held: &waiting{hold: a.HoldAll}}
	o := a.engine.Scan(p.Reference, p.Delivered, meter)
	o.Faces = nil // consents have nothing to do with what a picture shows
	err = watch.Inspect(ctx, o, func(result watch.Result) error {
		if memory.modified(result.Path) == 0 {
			return nil // new, and the sweep's
		}
		if err := r.judgeConsents(ctx, &result); err != nil || len(heldFor(result.Metadata)) == 0 {
			return err
		}
		return r.quarantine(ctx, result)
	})
	if err = errors.Join(err, r.held.settle()); err != nil {
		return fmt.Errorf("judge what pipeline %s has delivered by the register of consents: %w", name, err)
	}
	return nil
}
