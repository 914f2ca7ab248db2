package app

import (
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/watch"
)

// breachKinds are the values of the label "kind" of findings in metadata.
func breachKinds() []string {
	var kinds []string
	for _, b := range pipeline.Breaches() {
		kinds = append(kinds, string(b))
	}
	return kinds
}

// countMetadata counts what was found in an image's metadata and picture, and that a picture was not looked at.
func (r *recorder) countMetadata(result watch.Result) {
	if result.Metadata == nil {
		return
	}
	for _, b := range result.Metadata.Breaches {
		r.app.meter.CountMetadata(r.pipeline, string(r.class), string(b.Kind))
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
		findings = append(findings, quarantine.Finding{Kind: string(b.Kind), Fields: b.Fields, Entities: b.Entities})
	}
	return findings
}
