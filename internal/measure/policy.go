package measure

import (
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/metadata"
	"github.com/safelight-dev/safelight/personal"
	"github.com/safelight-dev/safelight/pixels"
	"github.com/safelight-dev/safelight/provenance"
)

// judge holds an image against the policy; ref is nil where there is none.
func (i Inspector) judge(m *Metadata, cand, ref *read, changes metadata.Changes) {
	i.judgeKept(m, changes)
	i.judgeFields(m, cand.document)
	i.judgePersonal(m, cand)
	i.judgeProvenance(m, cand, ref)
}

// judgeUnread holds against an image what nobody has seen of it: it may be what must not get out.
func (i Inspector) judgeUnread(m *Metadata, cand *read) {
	if !i.Policy.Refusing() {
		return
	}
	for _, p := range cand.unread {
		i.breach(m, pipeline.UnreadMetadata, p.Place, "")
		for n := range m.Breaches {
			if b := &m.Breaches[n]; b.Kind == pipeline.UnreadMetadata && len(b.Reasons) < maxReasons {
				b.Reasons = appendNew(b.Reasons, p.Reason)
			}
		}
	}
}

// maxReasons bounds how often a check says why something could not be read: a damaged file may have many faults.
const maxReasons = 8

// judgeKept finds what was to be kept and is gone, or says something else.
func (i Inspector) judgeKept(m *Metadata, changes metadata.Changes) {
	for _, c := range changes.Lost {
		if !c.Elsewhere && pipeline.Any(i.Policy.Keep, c, c.Class, "") {
			i.breach(m, pipeline.LostField, c.Key(), "")
		}
	}
	for _, c := range changes.Changed {
		if pipeline.Any(i.Policy.Keep, c, c.Class, "") {
			i.breach(m, pipeline.LostField, c.Key(), "")
		}
	}
}

// judgeFields finds what must or must not be there.
func (i Inspector) judgeFields(m *Metadata, d *metadata.Document) {
	p := i.Policy
	if len(p.Require)+len(p.Strip)+len(p.Forbid) == 0 {
		return
	}
	found := make([]bool, len(p.Require))
	for _, f := range d.Fields {
		if strings.TrimSpace(f.Value) == "" {
			continue
		}
		key := f.Key()
		for n := range p.Require {
			found[n] = found[n] || pipeline.Any(p.Require[n:n+1], f, f.Class, "")
		}
		if pipeline.Any(p.Strip, f, f.Class, "") {
			i.breach(m, pipeline.UnstrippedField, key, "")
		}
		if pipeline.Any(p.Forbid, f, f.Class, "") {
			i.breach(m, pipeline.ForbiddenField, key, "")
		}
	}
	for n, s := range p.Require {
		if !found[n] {
			i.breach(m, pipeline.MissingField, string(s), "")
		}
	}
}

// keyAuthor names the authors that a C2PA manifest states.
const keyAuthor = "C2PA:author"

// judgePersonal finds what is said of persons, in the fields and in the manifests.
func (i Inspector) judgePersonal(m *Metadata, cand *read) {
	for _, f := range cand.document.Personal() {
		i.person(m, f)
	}
	for _, manifest := range cand.report.Manifests {
		if len(manifest.Authors) > 0 {
			i.person(m, metadata.Finding{Name: keyAuthor, Class: metadata.Rights, Entity: personal.Person, Likelihood: personal.VeryLikely})
		}
	}
}

func (i Inspector) person(m *Metadata, f metadata.Finding) {
	key := f.Key()
	p := PersonalField{key, f.Entity, f.Likelihood.String(), f.Within, i.Policy.Allows(f)}
	if len(m.Personal) < maxFields && !slices.Contains(m.Personal, p) {
		m.Personal = append(m.Personal, p)
	}
	if i.Policy.Counts(f) && pipeline.Any(i.Policy.Forbid, f, f.Class, f.Entity) {
		i.breach(m, pipeline.ForbiddenField, key, f.Entity)
	}
	if i.Policy.Refuses(f) {
		i.breach(m, pipeline.PersonalData, key, f.Entity)
	}
}

// judgeProvenance holds the image's manifest against the rule. Lost and stale are two breaches: the one says nothing any
// more, the other something that is not true.
func (i Inspector) judgeProvenance(m *Metadata, cand, ref *read) {
	rule := i.Policy.Provenance
	if rule == "" {
		return
	}
	verdict := provenance.Compare(reportOf(ref), cand.report)
	switch {
	case verdict == provenance.Lost:
		i.breach(m, pipeline.LostProvenance, "", "")
	case verdict == provenance.Stale && reportOf(ref).State >= provenance.Valid:
		i.breach(m, pipeline.StaleProvenance, "", "")
	case verdict == provenance.Stale:
		i.breach(m, pipeline.InvalidProvenance, "", "")
	case rule != pipeline.KeepProvenance && cand.report.State == provenance.Absent:
		i.breach(m, pipeline.MissingProvenance, "", "")
	case rule == pipeline.TrustProvenance && cand.report.State == provenance.Valid:
		i.breach(m, pipeline.UntrustedSigner, "", "")
	}
}

func reportOf(r *read) *provenance.Report {
	if r == nil {
		return &provenance.Report{}
	}
	return r.report
}

// judgeThumbnails finds pictures within the picture that show something else.
func (i Inspector) judgeThumbnails(m *Metadata, cand *read, shown *pixels.Image) {
	if !i.Policy.Thumbnails || shown == nil || len(cand.document.Pictures) == 0 {
		return
	}
	for _, s := range metadata.StaleThumbnails(cand.document, shown) {
		i.breach(m, pipeline.StaleThumbnail, cand.document.Pictures[s.Picture].Where, metadata.Thumbnail)
	}
}

// breach adds to the breach of a kind.
func (i Inspector) breach(m *Metadata, kind pipeline.Breach, field string, entity personal.Entity) {
	m.Add(kind, i.Policy.To(kind), field, entity)
}

// Add records a breach, with the field and the entity that it was found by, where there are any.
func (m *Metadata) Add(kind pipeline.Breach, to pipeline.Reaction, field string, entity personal.Entity) {
	if to == pipeline.Ignore {
		return
	}
	at := slices.IndexFunc(m.Breaches, func(b Breach) bool { return b.Kind == kind })
	if at < 0 {
		at = len(m.Breaches)
		m.Breaches = append(m.Breaches, Breach{Kind: kind, Reaction: to})
	}
	b := &m.Breaches[at]
	if field != "" {
		b.Fields = appendNew(b.Fields, field)
	}
	if entity != "" {
		b.Entities = appendNew(b.Entities, string(entity))
	}
}

// Findings says the breaches as findings of a check; nil has none.
func (m *Metadata) Findings(class pipeline.Class) []Finding {
	if m == nil {
		return nil
	}
	var list []Finding
	for _, b := range m.Breaches {
		list = append(list, b.Finding(class))
	}
	return list
}

// named is how many fields a finding names in its sentence.
const named = 4

// Finding says a breach as one of a check's findings.
func (b Breach) Finding(class pipeline.Class) Finding {
	fields := strings.Join(b.Fields[:min(len(b.Fields), named)], ", ")
	if more := len(b.Fields) - named; more > 0 {
		fields += " (+" + strconv.Itoa(more) + ")"
	}
	f := Finding{Metric: MetricMetadata + "." + string(b.Kind), Class: class}
	return f.because("finding.metadata."+phrase.Key(b.Kind), fields)
}
