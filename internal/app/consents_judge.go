package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/watch"
)

// ConsentJudge holds what delivered images claim against a register of consents, for the channel of one pipeline. Where
// there is no record at all nobody keeps the register, and nothing is missing from it.
type ConsentJudge struct {
	register *consent.Register
	policy   pipeline.MetadataPolicy
	delivery consent.Delivery
	pipeline string
	class    pipeline.Class
}

func newConsentJudge(register *consent.Register, w pipeline.Config, name string, at time.Time) ConsentJudge {
	p := w.Pipelines[name]
	d := consent.Delivery{Channel: p.Channel, Use: p.Use, At: at}
	if p.Territory != "" {
		d.Territories = []string{p.Territory}
	}
	return ConsentJudge{register, w.MetadataPolicy(name), d, name, p.Class}
}

// ConsentJudge judges by the register as it stands in the folder, for a pipeline of a configuration.
func (r *Reader) ConsentJudge(ctx context.Context, w pipeline.Config, name string) (ConsentJudge, error) {
	register, err := r.app.ConsentRegister(ctx)
	if err != nil {
		return ConsentJudge{}, err
	}
	return newConsentJudge(register, w, name, r.app.now()), nil
}

// Judge adds to a result what the register does not allow.
func (j ConsentJudge) Judge(result *watch.Result) {
	m := result.Metadata
	if m == nil || j.register.Len() == 0 {
		return
	}
	before := len(m.Breaches)
	for _, f := range j.register.Judge(claimed(m.Claims, j.pipeline, result), j.delivery) {
		kind := pipeline.Breach(f.Kind)
		m.Add(kind, j.policy.To(kind), cmp.Or(f.Record, f.Field), "")
	}
	for _, b := range m.Breaches[before:] {
		result.Check.Findings = append(result.Check.Findings, b.Finding(j.class))
	}
}

func claimed(c measure.Claims, pipeline string, result *watch.Result) consent.Image {
	return consent.Image{
		Releases: c.ModelReleases, Properties: c.Properties, Persons: c.Persons, ModelRelease: c.ModelStatus,
		PropertyRelease: c.PropertyStatus, MinorAge: c.MinorAge, DataMining: c.DataMining,
		Pipeline: pipeline, Path: result.Path, SHA256: result.SHA256,
	}
}

// judgeConsents judges a result by the register as it stands now.
func (r *recorder) judgeConsents(ctx context.Context, result *watch.Result) error {
	register, err := r.app.ConsentRegister(ctx)
	if err != nil {
		return err
	}
	newConsentJudge(register, r.app.config.Watch, r.pipeline, r.app.now()).Judge(result)
	return nil
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
	meter, err := a.engine.PipelineMeter(name, false)
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
		if err := r.judgeConsents(ctx, &result); err != nil {
			return err
		}
		r.note(result, pipeline.OfConsent())
		if len(heldFor(result.Metadata)) == 0 {
			return r.flushFull(ctx)
		}
		return r.quarantine(ctx, result)
	})
	if err = errors.Join(err, r.flush(ctx)); err != nil {
		return fmt.Errorf("judge what pipeline %s has delivered by the register of consents: %w", name, err)
	}
	return nil
}
