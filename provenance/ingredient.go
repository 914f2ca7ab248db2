package provenance

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/cbor"
	"github.com/safelight-dev/safelight/jumbf"
)

// ingredient is an ingredient assertion (C2PA 2.4, 18.16) of any of its three versions.
type ingredient struct {
	*assertion
	title, format, sourceType string
	relationship              string
	active                    reference // to the ingredient's manifest: activeManifest, or c2pa_manifest
	claimSignature            reference
	signed                    bool      // claimSignature is there
	manifest                  *manifest // nil if there is none, or it is not in the store
	validated                 bool      // validation results are recorded
	recorded                  []recordedStatus
}

func (v *validation) newIngredient(m *manifest, a *assertion) *ingredient {
	i := &ingredient{assertion: a, title: a.value.Get("dc:title").String(), format: a.value.Get("dc:format").String(),
		sourceType: a.value.Get("digitalSourceType").String(), relationship: a.value.Get("relationship").String()}
	field := a.value.Get("activeManifest")
	if field.Kind() == cbor.Missing {
		field = a.value.Get("c2pa_manifest")
	}
	i.active, _ = newReference(field)
	i.claimSignature, i.signed = newReference(a.value.Get("claimSignature"))
	if i.active.url != "" {
		i.manifest, _ = v.store.resolve(i.active.url, m)
	}
	i.readRecorded(m)
	return i
}

// readRecorded reads what validating the ingredient gave when it was taken in: a list of failures in versions 1 and 2,
// all statuses in version 3.
func (i *ingredient) readRecorded(m *manifest) {
	of := m
	if i.manifest != nil {
		of = i.manifest
	}
	take := func(list cbor.Value) {
		for _, s := range list.Items() {
			i.recorded = append(i.recorded, recordedStatus{Code(s.Get("code").String()), absoluteURI(s.Get("url").String(), of)})
		}
	}
	all := func(codes cbor.Value) {
		take(codes.Get("success"))
		take(codes.Get("informational"))
		take(codes.Get("failure"))
	}
	take(i.value.Get("validationStatus"))
	results := i.value.Get("validationResults")
	i.validated = results.Kind() == cbor.Map
	all(results.Get("activeManifest"))
	for _, delta := range results.Get("ingredientDeltas").Items() {
		all(delta.Get("validationDeltas"))
	}
}

// ingredientOf validates an ingredient of a manifest (15.11.3).
func (v *validation) ingredientOf(m *manifest, i *ingredient) {
	if i.redacted || i.box == nil {
		return
	}
	defer func(before string) { v.ingredient = before }(v.ingredient)
	v.ingredient = i.uri
	switch {
	case !slices.Contains([]string{"parentOf", "componentOf", "inputTo"}, i.relationship):
		v.add(IngredientMalformed, i.uri, "the ingredient's relationship is %q", i.relationship)
	case i.version >= 3 && i.active.url != "" && i.sourceType != "":
		v.add(IngredientMalformed, i.uri, "the ingredient has both a manifest and a digital source type")
	case i.version >= 3 && i.active.url != "" && !i.validated:
		v.add(IngredientMalformed, i.uri, "the ingredient has a manifest and no results of its validation")
	}
	switch {
	case i.active.url == "" && i.relationship == "inputTo":
		return
	case i.active.url == "":
		v.add(UnknownProvenance, i.uri, "the ingredient has no manifest")
		return
	case i.manifest == nil:
		v.add(IngredientMissing, absoluteURI(i.active.url, m), "the ingredient's manifest is not in the store")
		return
	}
	v.ingredientHash(m, i)
	if !v.visited[i.manifest] {
		v.manifest(i.manifest)
	}
}

// ingredientHash holds the ingredient's manifest against its hash, or its signature where something was redacted,
// which changes the one and not the other.
func (v *validation) ingredientHash(m *manifest, i *ingredient) {
	if i.signed && v.redactedIn[i.manifest.label] {
		of, box := v.store.resolve(i.claimSignature.url, m)
		if of != i.manifest || box == nil {
			v.add(IngredientSigMissing, i.uri, "the ingredient's signature is not in its manifest")
			return
		}
		v.compare(m, i, box, i.claimSignature, IngredientSigValidated, IngredientSigMismatch)
		return
	}
	box := i.manifest.stored
	if c := i.manifest.claim; i.version < 3 && c != nil {
		// Before 2022 the hash was that of the claim alone, which says the same: it holds the hashes of all the rest.
		if match, _ := v.matches(c.content, or(i.active.alg, m.claim.alg), i.active.hash); match {
			box = c.content
		}
	}
	v.compare(m, i, box, i.active, IngredientValidated, IngredientMismatch)
}

func (v *validation) compare(m *manifest, i *ingredient, box *jumbf.Box, r reference, same, other Code) {
	match, ok := v.matches(box, or(r.alg, m.claim.alg), r.hash)
	switch {
	case !ok:
		v.add(AlgorithmUnsupported, i.uri, "hash algorithm %q is not allowed", or(r.alg, m.claim.alg))
	case match:
		v.add(same, i.uri, "the ingredient is as it was taken in")
	default:
		v.add(other, i.uri, "the ingredient is not as it was taken in")
	}
}

// generatorInput says what an ingredient that went into a generator was (C2PA 2.4, 18.14): a prompt, with its text, or a
// model, with its name.
func (v *validation) generatorInput(m *manifest, i *ingredient) []Evidence {
	types := i.value.Get("dataTypes")
	if types.Kind() == cbor.Missing {
		types = i.value.Get("data_types")
	}
	var evidence []Evidence
	for _, t := range types.Items() {
		switch kind := t.Get("type").String(); {
		case kind == "c2pa.types.generator.prompt":
			text := ""
			if r, ok := newReference(i.value.Get("data")); ok {
				_, box := v.store.resolve(r.url, m)
				text = embedded(box, v.options.Limits)
			}
			evidence = append(evidence, Evidence{Prompt, or(text, i.title), "C2PA " + i.label, false})
		case kind == "c2pa.types.generator.seed":
			evidence = append(evidence, Evidence{Seed, i.title, "C2PA " + i.label, false})
		case strings.HasPrefix(kind, "c2pa.types.model"):
			evidence = append(evidence, Evidence{Model, i.title, "C2PA " + i.label, false})
		}
	}
	return evidence
}

// embedded is the text of a box with embedded data: of an embedded file, or of the older data boxes.
func embedded(box *jumbf.Box, limits Limits) string {
	data, ok := box.First("bidb")
	if !ok {
		packed, _ := box.First("cbor")
		v, err := cbor.Parse(packed, limits.CBOR)
		if err != nil {
			return ""
		}
		data, _ = v.Get("data").Bytes()
	}
	if len(data) > maxValue || !utf8.Valid(data) {
		return ""
	}
	return string(data)
}
