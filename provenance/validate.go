package provenance

import (
	"crypto/subtle"
	"fmt"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/jumbf"
)

// Validate validates the manifest store of an image: of the file's bytes and what [container.Parse] found in them. It
// never fails: what cannot be read is a status, and an image without a manifest store is Absent.
func Validate(data []byte, f *container.File, o Options) *Report {
	o.Limits = o.Limits.orDefault()
	v := &validation{data: data, file: f, options: o, report: &Report{}, visited: map[*manifest]bool{},
		redacted: map[string]bool{}, redactedIn: map[string]bool{}, recorded: map[recordedStatus]bool{}, digests: map[digestOf][]byte{}, stamps: map[string][][]byte{}}
	var parts []container.Part
	for _, p := range f.Parts {
		if p.Kind == container.C2PA {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		v.report.Remote = remote(f)
		return v.report
	}
	var err error
	if v.store, err = v.stores(parts); err != nil {
		v.add(GeneralError, "", "%v", err)
	} else {
		v.run()
	}
	v.conclude()
	return v.report
}

// stores reads the manifest store, of which there may be one; in ISO base media files a second one for updates, whose
// manifests come after those of the first (15.12.2).
func (v *validation) stores(parts []container.Part) (*store, error) {
	v.part = parts[0]
	s, err := parseStore(v.part.Data, v.options.Limits)
	if err != nil || len(parts) == 1 {
		return s, err
	}
	if len(parts) > 2 || parts[0].Name != "uuid C2PA original" || parts[1].Name != "uuid C2PA update" {
		return nil, fmt.Errorf("read the manifest store: the image holds %d, of which none counts", len(parts))
	}
	update, err := parseStore(parts[1].Data, v.options.Limits)
	if err != nil {
		return nil, err
	}
	for _, m := range update.manifests {
		if s.byLabel[m.label] != nil {
			return nil, fmt.Errorf("read the manifest store: two manifests are labelled %q: %w", m.label, jumbf.ErrMalformed)
		}
		s.manifests = append(s.manifests, m)
		s.byLabel[m.label] = m
	}
	return s, nil
}

// validation is one run of Validate.
type validation struct {
	data    []byte
	file    *container.File
	part    container.Part // the manifest store
	options Options
	store   *store
	report  *Report

	ingredient string // the ingredient assertion under which statuses are reported now
	visited    map[*manifest]bool
	redacted   map[string]bool // absolute URIs of assertions that some claim redacts
	redactedIn map[string]bool // labels of their manifests
	digests    map[digestOf][]byte
	stamps     map[string][][]byte // time-stamps that other manifests keep, by label (15.8.1.2)
	responses  [][]byte            // of OCSP, that manifests keep (15.9)
	recorded   map[recordedStatus]bool
}

// recordedStatus is a status that an ingredient assertion says was already so when the ingredient was taken in.
type recordedStatus struct {
	code Code
	uri  string
}

// digestOf is what digests are kept by: one box may be referred to very often.
type digestOf struct {
	box *jumbf.Box
	alg string
}

// matches says whether a box has the hash; ok is false for an algorithm that is not allowed.
func (v *validation) matches(box *jumbf.Box, alg string, want []byte) (match, ok bool) {
	sum := v.digests[digestOf{box, alg}]
	if sum == nil {
		h := newHash(alg)
		if h == nil {
			return false, false
		}
		h.Write(box.Payload)
		sum = h.Sum(nil)
		v.digests[digestOf{box, alg}] = sum
	}
	return subtle.ConstantTimeCompare(sum, want) == 1, true
}

// add reports a status, as long as there are not too many.
func (v *validation) add(code Code, uri, format string, args ...any) {
	switch n := len(v.report.Statuses); {
	case n > v.options.Limits.Statuses:
		return
	case n == v.options.Limits.Statuses:
		code, uri, format, args = GeneralError, "", "there is more to report than %d statuses", []any{n}
	}
	v.report.Statuses = append(v.report.Statuses, Status{code, code.Kind(), uri, fmt.Sprintf(format, args...), v.ingredient})
}

// run validates the active manifest, and by it those of its ingredients.
func (v *validation) run() {
	active := v.store.manifests[len(v.store.manifests)-1]
	v.report.Active = active.label
	v.gather(active)
	v.manifest(active)
	if active.claim != nil {
		v.content(active)
	}
}

// gather reads the claims of a manifest and of its ingredients, and from them what they redact and what they recorded
// of their ingredients (15.11.3.3): both must be known before the first assertion is looked at.
func (v *validation) gather(m *manifest) {
	queue := []*manifest{m}
	known := map[*manifest]bool{m: true}
	for ; len(queue) > 0 && len(known) <= v.options.Limits.Manifests; queue = queue[1:] {
		m := queue[0]
		if m.box == nil {
			continue
		}
		if m.claim, m.claimCode, m.claimErr = readClaim(m, v.options.Limits); m.claim == nil {
			continue
		}
		for _, uri := range m.claim.redacted {
			uri = absoluteURI(uri, m)
			v.redacted[uri], v.redactedIn[uriLabel(uri)] = true, true
		}
		v.read(m)
		v.readStamps(m)
		v.readResponses(m)
		for _, i := range m.ingredients {
			for _, s := range i.recorded {
				v.recorded[s] = true
			}
			if i.manifest != nil && !known[i.manifest] {
				known[i.manifest] = true
				queue = append(queue, i.manifest)
			}
		}
	}
}

// manifest validates one manifest except for the binding to the content, which only the active one has.
func (v *validation) manifest(m *manifest) {
	v.visited[m] = true
	switch {
	case m.box == nil:
		v.add(CompressedInvalid, m.uri(""), "the compressed manifest cannot be unpacked")
		return
	case m.claim == nil && m.claimErr == nil:
		v.add(GeneralError, m.uri(""), "more than %d manifests were not looked at", v.options.Limits.Manifests)
		return
	case m.claim == nil:
		v.add(m.claimCode, m.uri(""), "%v", m.claimErr)
		return
	}
	said := describe(m)
	for _, i := range m.ingredients {
		said.evidence = append(said.evidence, v.generatorInput(m, i)...)
	}
	v.report.Manifests = append(v.report.Manifests, said)
	v.signature(m, said)
	v.assertions(m)
	v.redactions(m)
	if m.update {
		v.updateManifest(m)
	} else {
		v.standardManifest(m)
	}
	v.actions(m)
	for _, i := range m.ingredients {
		v.ingredientOf(m, i)
	}
}

// conclude drops what ingredient assertions had recorded, and says what is left comes to (C2PA 2.4, 14.3).
func (v *validation) conclude() {
	kept := v.report.Statuses[:0]
	for _, s := range v.report.Statuses {
		if s.Ingredient == "" || v.ofActive(s.URI) || !v.recorded[recordedStatus{s.Code, s.URI}] {
			kept = append(kept, s)
		}
	}
	v.report.Statuses = kept
	has := map[Code]bool{}
	sound := true
	for _, s := range kept {
		if s.Ingredient == "" {
			has[s.Code] = true
		}
		if s.Kind == Failure && s.Code != CredentialUntrusted {
			sound = false
		}
	}
	bound := has[DataHashMatch] || has[BMFFHashMatch] || has[BoxesHashMatch]
	switch {
	case !sound || !bound || !has[SignatureValidated] || !has[InsideValidity]:
		v.report.State = Invalid
	case has[CredentialTrusted]:
		v.report.State = Trusted
	default:
		v.report.State = Valid
	}
}

func (v *validation) ofActive(uri string) bool {
	return v.store != nil && uriLabel(uri) == v.report.Active
}

// binding is the hard binding that content is held against.
type binding struct {
	of  *manifest
	uri string
}

// content validates the hard binding of the active manifest, or of the first standard manifest among its parents if it
// is an update manifest (15.12).
func (v *validation) content(active *manifest) {
	m := active
	for seen := map[*manifest]bool{}; m != nil && m.update && !seen[m]; {
		seen[m] = true
		m = m.parent()
	}
	if m == nil || m.claim == nil || m.update {
		v.add(HardBindingsMissing, active.uri(active.claim.label), "no standard manifest stands behind the update manifest")
		return
	}
	for _, a := range m.declared {
		b := binding{m, a.uri}
		switch {
		case a.box == nil:
		case a.name == "c2pa.hash.data":
			v.dataHash(b, a.value, active.update)
		case a.name == "c2pa.hash.boxes":
			v.boxesHash(b, a.value)
		case a.name == "c2pa.hash.bmff" && a.version >= 2:
			v.bmffHash(b, a.value)
		case a.name == "c2pa.hash.collection.data":
			v.add(GeneralError, a.uri, "a hash over a collection binds no image")
		}
	}
}
