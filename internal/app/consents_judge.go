package app

import (
	"cmp"
	"context"

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
