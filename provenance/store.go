package provenance

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"

	"github.com/safelight-dev/safelight/jumbf"
)

// UUIDs of the specification (11.1.4).
var (
	storeType      = jumbf.Four("c2pa")
	standardType   = jumbf.Four("c2ma")
	standardOld    = jumbf.Four("c2md") // still to be accepted (11.2.2)
	updateType     = jumbf.Four("c2um")
	compressedType = jumbf.Four("c2cm")
	claimType      = jumbf.Four("c2cl")
	signatureType  = jumbf.Four("c2cs")
	assertionsType = jumbf.Four("c2as")
)

const (
	selfPrefix      = "self#jumbf="
	assertionsLabel = "c2pa.assertions"
)

// store is a manifest store. The last manifest is the active one.
type store struct {
	manifests []*manifest
	byLabel   map[string]*manifest
}

// manifest is one manifest of the store.
type manifest struct {
	label      string
	stored     *jumbf.Box // as it stands in the file: what references to the whole manifest hash
	box        *jumbf.Box // unpacked, if it is compressed; nil if that failed
	update     bool
	compressed bool

	// What gather reads.
	claim       *claim // nil if the manifest has none that can be read, for the reason of
	claimCode   Code
	claimErr    error
	declared    []assertion
	ingredients []*ingredient
	byBox       map[*jumbf.Box]*ingredient
}

// uri is the absolute URI of a box of the manifest.
func (m *manifest) uri(path string) string { return absolute(m.label, path) }

func absolute(label, path string) string {
	if path == "" {
		return selfPrefix + "/c2pa/" + label
	}
	return selfPrefix + "/c2pa/" + label + "/" + path
}

// parseStore reads a manifest store. What follows its superbox may only be padding.
func parseStore(data []byte, limits Limits) (*store, error) {
	root, err := jumbf.Parse(data, limits.JUMBF)
	if err != nil {
		return nil, fmt.Errorf("read the manifest store: %w", err)
	}
	if root.Label != "c2pa" || root.Content != storeType {
		return nil, fmt.Errorf("read the manifest store: a superbox %q stands in its place: %w", root.Label, jumbf.ErrMalformed)
	}
	if !requestable(root) {
		return nil, fmt.Errorf("read the manifest store: a superbox has no label to refer to it: %w", jumbf.ErrMalformed)
	}
	if _, _, rest, _ := jumbf.Split(data); len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, fmt.Errorf("read the manifest store: %d bytes behind it are not zero: %w", len(rest), jumbf.ErrMalformed)
	}
	s := &store{byLabel: map[string]*manifest{}}
	for _, b := range root.Children {
		m := newManifest(b, limits)
		if m != nil {
			if m.compressed && m.box != nil {
				limits.Unpacked -= len(m.box.Payload) // of all together
			}
			if s.byLabel[m.label] != nil {
				return nil, fmt.Errorf("read the manifest store: two manifests are labelled %q: %w", m.label, jumbf.ErrMalformed)
			}
			s.manifests = append(s.manifests, m)
			s.byLabel[m.label] = m
		}
	}
	if len(s.manifests) == 0 {
		return nil, fmt.Errorf("read the manifest store: it holds no manifest: %w", jumbf.ErrMalformed)
	}
	return s, nil
}

// requestable says whether all superboxes have what references need (11.1.4.1.2).
func requestable(b *jumbf.Box) bool {
	if !b.Super() {
		return true
	}
	for _, c := range b.Children {
		if !requestable(c) {
			return false
		}
	}
	return b.Requestable && b.Label != ""
}

// newManifest takes a manifest out of its box; nil for boxes of other kinds, which are to be passed over (11.1.2).
func newManifest(b *jumbf.Box, limits Limits) *manifest {
	if !b.Super() {
		return nil
	}
	m := &manifest{label: b.Label, stored: b, box: b, update: b.Content == updateType}
	switch b.Content {
	case standardType, standardOld, updateType:
	case compressedType:
		m.compressed = true
		if m.box = unpack(b, limits); m.box != nil {
			m.update = m.box.Content == updateType
		}
	default:
		return nil
	}
	return m
}

// unpack is the manifest in a compressed one (11.1.3.2, 11.2.5): one brob box with the Brotli stream of a manifest's
// superbox of the same label. Nil if there is no such thing, or one larger than the limit.
func unpack(b *jumbf.Box, limits Limits) *jumbf.Box {
	packed, ok := b.First("brob")
	if !ok || len(b.Children) != 1 {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(brotli.NewReader(bytes.NewReader(packed)), int64(limits.Unpacked)+1))
	if err != nil || len(data) > limits.Unpacked {
		return nil
	}
	inner, err := jumbf.Parse(data, limits.JUMBF)
	if err != nil || inner.Label != b.Label || !requestable(inner) {
		return nil
	}
	switch inner.Content {
	case standardType, standardOld, updateType:
		return inner
	}
	return nil
}

// resolve finds the box that a URI names, as seen from a manifest: "self#jumbf=/c2pa/label/path" or
// "self#jumbf=path" within the manifest. The manifest is nil if the URI is not one of these, or names none.
func (s *store) resolve(uri string, from *manifest) (*manifest, *jumbf.Box) {
	path, ok := strings.CutPrefix(uri, selfPrefix)
	if !ok {
		return nil, nil
	}
	m := from
	if inside, ok := strings.CutPrefix(path, "/c2pa/"); ok {
		var label string
		label, path, _ = strings.Cut(inside, "/")
		if m = s.byLabel[label]; m == nil {
			return nil, nil
		}
	} else if strings.HasPrefix(path, "/") {
		return nil, nil
	}
	if path == "" {
		return m, m.stored
	}
	if strings.HasPrefix(path, assertionsLabel+"/") && m.assertions() == nil {
		return m, nil // boxes of other types are to be passed over (11.1.2)
	}
	return m, m.box.Find(path)
}

// absoluteURI is a URI of a manifest's own boxes in the form that begins with the store.
func absoluteURI(uri string, m *manifest) string {
	path, ok := strings.CutPrefix(uri, selfPrefix)
	if !ok || strings.HasPrefix(path, "/") {
		return uri
	}
	return m.uri(path)
}

// assertions are the boxes of the assertion store.
func (m *manifest) assertions() []*jumbf.Box {
	if s := m.box.Child(assertionsLabel); s != nil && s.Content == assertionsType {
		return s.Children
	}
	return nil
}

// parent is the manifest of the ingredient that this one comes of, nil without.
func (m *manifest) parent() *manifest {
	for _, i := range m.ingredients {
		if i.relationship == "parentOf" {
			return i.manifest
		}
	}
	return nil
}
