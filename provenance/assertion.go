package provenance

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/cbor"
	"github.com/safelight-dev/safelight/jumbf"
)

// assertion is one that a claim declares.
type assertion struct {
	reference
	uri      string // absolute
	label    string // as it stands: c2pa.ingredient.v3__1
	name     string // without version and instance: c2pa.ingredient
	version  int    // 1 where the label has none
	of       *manifest
	box      *jumbf.Box // nil if it is not there
	value    cbor.Value // of a CBOR assertion that can be read
	json     []byte     // of a JSON assertion
	cborErr  error
	redacted bool
	again    bool // another entry of the claim declares the same box: the first is read
}

// splitLabel takes version and instance off a label (C2PA 2.4, 6.2.3 and 6.4).
func splitLabel(label string) (name string, version int) {
	name, version = label, 1
	if head, instance, ok := cutLast(name, "__"); ok && digits(instance) {
		name = head
	}
	if head, v, ok := cutLast(name, ".v"); ok && digits(v) {
		if n, err := strconv.Atoi(v); err == nil {
			name, version = head, n
		}
	}
	return name, version
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func digits(s string) bool {
	return s != "" && len(s) < 10 && strings.Trim(s, "0123456789") == ""
}

// uriLabel is the label of the manifest that an absolute URI is of.
func uriLabel(uri string) string {
	path, _ := strings.CutPrefix(uri, selfPrefix+"/c2pa/")
	label, _, _ := strings.Cut(path, "/")
	return label
}

// read finds the assertions that the claim declares, and reads them.
func (v *validation) read(m *manifest) {
	known := map[*jumbf.Box]bool{}
	for _, r := range m.claim.assertions {
		a := assertion{reference: r, uri: absoluteURI(r.url, m)}
		a.label = a.uri[strings.LastIndex(a.uri, "/")+1:]
		a.name, a.version = splitLabel(a.label)
		a.of, a.box = v.store.resolve(r.url, m)
		if a.of != m {
			a.box = nil
		}
		if a.again = known[a.box] && a.box != nil; a.again {
			m.declared = append(m.declared, a)
			continue
		}
		known[a.box] = true
		if data, ok := a.box.First("cbor"); ok {
			a.value, a.cborErr = cbor.Parse(data, v.options.Limits.CBOR)
		} else if data, ok := a.box.First("json"); ok {
			a.json = data
		}
		m.declared = append(m.declared, a)
	}
	m.byBox = map[*jumbf.Box]*ingredient{}
	for i := range m.declared {
		if a := &m.declared[i]; a.name == "c2pa.ingredient" && a.value.Kind() == cbor.Map {
			i := v.newIngredient(m, a)
			m.ingredients = append(m.ingredients, i)
			m.byBox[a.box] = i
		}
	}
}

// assertions holds every declared assertion against its hash, and looks for others (15.10.3.1).
func (v *validation) assertions(m *manifest) {
	declared := map[*jumbf.Box]bool{}
	for i := range m.declared {
		a := &m.declared[i]
		declared[a.box] = true
		if a.redacted = v.redacted[a.uri]; a.redacted {
			if !a.again {
				v.redactedAssertion(m, a)
			}
			continue
		}
		v.assertion(m, a)
	}
	for _, b := range m.assertions() {
		if b.Super() && !declared[b] {
			v.add(Undeclared, m.uri(assertionsLabel+"/"+b.Label), "the claim does not declare the assertion")
		}
	}
}

func (v *validation) assertion(m *manifest, a *assertion) {
	switch {
	case a.of != nil && a.of != m, !strings.HasPrefix(a.url, selfPrefix), uriLabel(a.uri) != m.label:
		v.add(OutsideManifest, m.uri(m.claim.label), "the claim declares %s, which is not in its manifest", a.url)
		return
	case a.box == nil:
		v.add(AssertionMissing, a.uri, "the assertion is not there")
		return
	}
	match, ok := v.matches(a.box, or(a.alg, m.claim.alg), a.hash)
	switch {
	case !ok:
		v.add(AlgorithmUnsupported, a.uri, "hash algorithm %q is not allowed", or(a.alg, m.claim.alg))
	case match:
		v.add(HashedURIMatch, a.uri, "the assertion has the hash that the claim says")
	default:
		v.add(HashedURIMismatch, a.uri, "the assertion has another hash than the claim says")
	}
	if !strings.HasPrefix(a.name, "c2pa.") || a.again {
		return
	}
	if a.cborErr != nil {
		v.add(AssertionCBOR, a.uri, "%v", a.cborErr)
	}
	if a.json != nil && !json.Valid(a.json) {
		v.add(AssertionJSON, a.uri, "the assertion is no JSON")
	}
	switch a.name {
	case "c2pa.cloud-data":
		v.cloudData(a)
	case "c2pa.actions", "c2pa.ingredient":
		v.references(m, a, a.value)
	case "c2pa.time-stamp":
		if a.cborErr == nil && (a.value.Kind() != cbor.Map || a.value.Len() == 0) {
			v.add(TimeStampAssertion, a.uri, "the assertion is no map of time-stamps")
		}
	}
}

// references holds what an assertion refers to against its hash (15.10.3.3): thumbnails, icons, data that the claim
// does not declare itself. Manifests and signatures of ingredients have rules of their own.
func (v *validation) references(m *manifest, a *assertion, value cbor.Value) {
	if r, ok := newReference(value); ok && r.hash != nil && strings.HasPrefix(r.url, selfPrefix) {
		_, box := v.store.resolve(r.url, m)
		if v.redacted[absoluteURI(r.url, m)] {
			return
		}
		if box == nil {
			v.add(ReferenceMissing, a.uri, "%s is not there", r.url)
		} else if match, _ := v.matches(box, or(r.alg, m.claim.alg), r.hash); !match {
			v.add(ReferenceMismatch, a.uri, "%s has another hash than the assertion says", r.url)
		}
		return
	}
	for _, item := range value.Items() {
		v.references(m, a, item)
	}
	for key, item := range value.Pairs() {
		switch key.String() {
		case "activeManifest", "c2pa_manifest", "claimSignature", "validationResults", "validationStatus", "metadata":
		case "ingredient", "ingredients": // an action's: in version 2 checked by its rules, in version 1 by nobody
		default:
			v.references(m, a, item)
		}
	}
}

// cloudData checks an assertion that is kept elsewhere (15.10.3.2.1); it is not fetched.
func (v *validation) cloudData(a *assertion) {
	label := a.value.Get("label").String()
	name, _ := splitLabel(label)
	switch {
	case label == "" || a.value.Get("size").Kind() != cbor.Unsigned || a.value.Get("location").Kind() != cbor.Map:
		v.add(CloudDataMalformed, a.uri, "the cloud data assertion lacks label, size or location")
	case isHardBinding(name), name == "c2pa.hash.multi-asset":
		v.add(CloudDataHardBinding, a.uri, "a hard binding is kept elsewhere")
	case name == "c2pa.cloud-data", name == "c2pa.ingredient", name == "c2pa.actions":
		v.add(CloudDataMalformed, a.uri, "an assertion %q must not be kept elsewhere", label)
	}
}

func isHardBinding(name string) bool {
	switch name {
	case "c2pa.hash.data", "c2pa.hash.boxes", "c2pa.hash.bmff", "c2pa.hash.collection.data":
		return true
	}
	return false
}

// redactedAssertion checks an assertion that a later claim redacts: it may be gone, or be zeros.
func (v *validation) redactedAssertion(m *manifest, a *assertion) {
	switch {
	case a.name == "c2pa.actions":
		v.add(ActionRedacted, a.uri, "an actions assertion must not be redacted")
	case isHardBinding(a.name):
		v.add(HardBindingRedacted, a.uri, "a hard binding must not be redacted")
	case a.box != nil && !zeroed(a.box):
		v.add(NotRedacted, a.uri, "the assertion is redacted, and still there")
	}
}

// zeroed says whether the content of a superbox is zeros.
func zeroed(b *jumbf.Box) bool {
	for _, c := range b.Children {
		if c.Super() && !zeroed(c) || !c.Super() && strings.Trim(string(c.Payload), "\x00") != "" {
			return false
		}
	}
	return true
}

// redactions checks what the claim redacts: never its own assertions (15.10.3.1).
func (v *validation) redactions(m *manifest) {
	for _, uri := range m.claim.redacted {
		if uriLabel(absoluteURI(uri, m)) == m.label {
			v.add(SelfRedacted, m.uri(m.claim.label), "the claim redacts its own assertion %s", uri)
		}
	}
}

// standardManifest checks that a manifest has one hard binding and at most one parent (15.10.1.2).
func (v *validation) standardManifest(m *manifest) {
	bindings, parents := 0, 0
	for _, a := range m.declared {
		if isHardBinding(a.name) && (a.name != "c2pa.hash.bmff" || a.version >= 2) {
			bindings++
		}
	}
	for _, i := range m.ingredients {
		if i.relationship == "parentOf" {
			parents++
		}
	}
	if bindings == 0 {
		v.add(HardBindingsMissing, m.uri(m.claim.label), "the manifest has no hard binding")
	}
	if bindings > 1 {
		v.add(MultipleHardBindings, m.uri(assertionsLabel), "the manifest has %d hard bindings", bindings)
	}
	if parents > 1 {
		v.add(MultipleParents, m.uri(m.claim.label), "the manifest has %d parents", parents)
	}
}

// updateManifest checks that a manifest changes nothing of the content (15.10.1.3).
func (v *validation) updateManifest(m *manifest) {
	if len(m.ingredients) != 1 || m.ingredients[0].relationship != "parentOf" {
		v.add(UpdateWrongParents, m.uri(m.claim.label), "an update manifest has one parent and no other ingredient")
	}
	for _, a := range m.declared {
		switch {
		case isHardBinding(a.name), a.name == "c2pa.hash.multi-asset", strings.HasPrefix(a.name, "c2pa.thumbnail"):
			v.add(UpdateInvalid, m.uri(m.claim.label), "an update manifest has an assertion %q", a.label)
		case a.name != "c2pa.actions":
			continue
		}
		for _, action := range a.value.Get("actions").Items() {
			switch name := action.Get("action").String(); name {
			case "c2pa.edited.metadata", "c2pa.opened", "c2pa.published", "c2pa.redacted":
			default:
				v.add(UpdateInvalid, m.uri(m.claim.label), "an update manifest has an action %q", name)
			}
		}
	}
}
