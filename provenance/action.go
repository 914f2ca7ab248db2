package provenance

import (
	"github.com/safelight-dev/safelight/cbor"
)

// actions checks the actions assertions of a claim of version 2 (15.10.3.2.3, 15.10.1.2). Those of version 1 were
// written before most of the rules, and validators of others do not hold them against it.
func (v *validation) actions(m *manifest) {
	first, inception := true, false
	for i := range m.declared {
		a := &m.declared[i]
		if a.name != "c2pa.actions" || a.redacted || a.again || a.box == nil || a.cborErr != nil {
			continue
		}
		list := a.value.Get("actions")
		if list.Kind() != cbor.Array || list.Len() == 0 {
			v.add(ActionMalformed, a.uri, "the assertion has no list of actions")
			continue
		}
		if m.claim.version < 2 {
			continue
		}
		for n, action := range list.Items() {
			name, ok := action.Get("action").Text()
			if !ok {
				v.add(ActionMalformed, a.uri, "action %d has no name", n+1)
			}
			if name == "c2pa.created" || name == "c2pa.opened" {
				if inception = true; !first || n > 0 {
					v.add(ActionMalformed, a.uri, "%s is not the first action", name)
				}
			}
			v.action(m, a, name, action)
		}
		first = false
	}
	if m.claim.version >= 2 && !m.update && !inception {
		v.add(ActionMalformed, m.uri(m.claim.label), "no action says whether the picture was created or opened")
	}
}

// action checks what one action refers to.
func (v *validation) action(m *manifest, a *assertion, name string, action cbor.Value) {
	parameters := action.Get("parameters")
	refs := parameters.Get("ingredients").Items()
	if one := parameters.Get("ingredient"); one.Kind() == cbor.Map {
		refs = append(refs[:len(refs):len(refs)], one)
	}
	switch name {
	case "c2pa.opened":
		if len(refs) != 1 || !v.refersTo(m, refs, "parentOf", true) {
			v.add(ActionIngredient, a.uri, "c2pa.opened names no parent")
		}
	case "c2pa.placed":
		if len(refs) == 0 || !v.refersTo(m, refs, "componentOf", true) {
			v.add(ActionIngredient, a.uri, "c2pa.placed names no component")
		}
	case "c2pa.removed":
		if len(refs) == 0 || !v.refersTo(m, refs, "componentOf", false) {
			v.add(ActionIngredient, a.uri, "c2pa.removed names no component of another manifest")
		}
	case "c2pa.transcoded", "c2pa.repackaged":
		if !v.refersTo(m, refs, "parentOf", true) {
			v.add(ActionIngredient, a.uri, "%s names an ingredient that is no parent", name)
		}
	case "c2pa.redacted":
		uri := parameters.Get("redacted").String()
		if of := v.store.byLabel[uriLabel(uri)]; of == nil || !v.redacted[uri] {
			v.add(ActionRedaction, a.uri, "c2pa.redacted names no redacted assertion")
		}
	case "c2pa.watermarked", "c2pa.watermarked.bound":
		if !m.declares("c2pa.soft-binding") {
			v.add(ActionSoftBinding, a.uri, "%s stands without a soft binding", name)
		}
	}
}

func (m *manifest) declares(name string) bool {
	for _, a := range m.declared {
		if a.name == name {
			return true
		}
	}
	return false
}

// refersTo says whether all references are to ingredient assertions of a relationship, in this manifest or in another
// one, and unchanged.
func (v *validation) refersTo(m *manifest, refs []cbor.Value, relationship string, here bool) bool {
	for _, item := range refs {
		r, _ := newReference(item)
		of, box := v.store.resolve(r.url, m)
		if of == nil || box == nil || here != (of == m) {
			return false
		}
		match, _ := v.matches(box, or(r.alg, m.claim.alg), r.hash)
		if i := of.byBox[box]; !match || i == nil || i.relationship != relationship {
			return false
		}
	}
	return true
}
