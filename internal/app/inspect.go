package app

import (
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/watch"
)

// reactions says what follows from each kind of breach; one that nothing follows from is never counted.
func reactions(p pipeline.MetadataPolicy) map[string]string {
	by := map[string]string{}
	for _, b := range pipeline.Breaches() {
		if r := p.To(b); r != pipeline.Ignore {
			by[string(b)] = string(r)
		}
	}
	return by
}

func namesOf(breaches []pipeline.Breach) []string {
	var names []string
	for _, b := range breaches {
		names = append(names, string(b))
	}
	return names
}

// countMetadata counts what was found in an image's metadata and picture, and that a picture was not looked at.
func (r *recorder) countMetadata(result watch.Result) {
	if result.Metadata == nil {
		return
	}
	for _, b := range result.Metadata.Breaches {
		r.app.meter.CountMetadata(r.pipeline, string(r.class), string(b.Kind), string(b.Reaction))
	}
	r.countUnsought(result.Metadata)
}

// heldFor gives what an image is taken out of delivery for; nothing where it may stay.
func heldFor(m *measure.Metadata) []quarantine.Finding {
	if m == nil {
		return nil
	}
	var findings []quarantine.Finding
	for _, b := range m.Quarantined() {
		findings = append(findings, quarantine.Finding{Kind: string(b.Kind), Fields: b.Fields, Entities: b.Entities, Reasons: b.Reasons})
	}
	return findings
}
