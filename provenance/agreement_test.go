//go:build c2pa

package provenance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/container"
)

// sample is one image of the comparison.
type sample struct {
	group, name, ext string
	data             []byte
	trusted          bool // held against the trust list of the tests
	refuse           bool // tampered: must be refused
}

// comparison compares Validate with the official tool, image by image.
type comparison struct {
	t        *testing.T
	tool     *official
	dir      string
	trust    *TrustList
	settings string
	rows     map[string]*row
	order    []string
	ours     []time.Duration
	theirs   []time.Duration
}

// row is the count of one group of samples.
type row struct {
	files, states, codes, tampered, refused, falseAccepts int
}

// takenByThem is the group of forgeries that the official tool takes and Validate, stricter on purpose, does not.
const takenByThem = "by hand: forged, and taken by the official tool"

const created1 = `{"action":"c2pa.created","digitalSourceType":"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"}`

func definition(actions, more string) string {
	return `{"claim_generator_info":[{"name":"safelight test","version":"1"}],"title":"picture"` + more +
		`,"assertions":[{"label":"c2pa.actions.v2","data":{"actions":[` + actions + `]}},{"label":"stds.schema-org.CreativeWork","data":{"@context":"http://schema.org/","@type":"CreativeWork","author":[{"@type":"Person","name":"A. Author"}]}}]}`
}

// verdicts of both.
type verdicts struct {
	state, official string // Error where the official tool refuses to read
	codes, theirs   []string
}

func (c *comparison) ask(s sample) verdicts {
	c.t.Helper()
	path := filepath.Join(c.dir, "ask."+s.ext)
	if err := os.WriteFile(path, s.data, 0o644); err != nil {
		c.t.Fatal(err)
	}
	settings := &c.settings
	o := Options{Now: time.Now(), Trust: c.trust}
	if !s.trusted {
		settings, o.Trust = nil, nil
	}
	answer := c.tool.read(path, mimes[s.ext], settings)
	v := verdicts{official: answer.State}
	if answer.Error != "" {
		v.official = "Error: " + answer.Error
	}
	for _, f := range answer.Results.Active.Failure {
		v.theirs = append(v.theirs, f.Code)
	}
	for _, d := range answer.Results.Deltas {
		for _, f := range d.Deltas.Failure {
			v.theirs = append(v.theirs, f.Code)
		}
	}
	start := time.Now()
	f, err := container.Parse(s.data, container.Limits{})
	if err != nil {
		v.state = "Error: " + err.Error()
		return v
	}
	r := Validate(s.data, f, o)
	c.ours = append(c.ours, time.Since(start))
	if answer.NS > 0 {
		c.theirs = append(c.theirs, time.Duration(answer.NS))
	}
	v.state = r.State.String()
	for _, f := range r.Failures() {
		v.codes = append(v.codes, string(f.Code))
	}
	for _, list := range []*[]string{&v.codes, &v.theirs} {
		sort.Strings(*list)
		*list = slices.Compact(*list)
	}
	return v
}

// agree says whether the states are the same. Where the official tool cannot read a store it gives an error: to refuse
// it, or to find none, is the same.
func (v verdicts) agree() bool {
	if strings.HasPrefix(v.official, "Error") {
		return v.state == "Absent" || v.state == "Invalid" || strings.HasPrefix(v.state, "Error")
	}
	return v.state == v.official
}

func (v verdicts) accepted() bool { return v.state == "Valid" || v.state == "Trusted" }

func (v verdicts) theyAccept() bool { return v.official == "Valid" || v.official == "Trusted" }

func (c *comparison) compare(s sample) {
	c.t.Helper()
	v := c.ask(s)
	r := c.rows[s.group]
	if r == nil {
		r = &row{}
		c.rows[s.group] = r
		c.order = append(c.order, s.group)
	}
	r.files++
	if v.agree() {
		r.states++
	} else {
		c.t.Logf("%s, %s: %s %v, the official tool %s %v", s.group, s.name, v.state, v.codes, v.official, v.theirs)
		if keep := os.Getenv("SAFELIGHT_KEEP"); keep != "" {
			os.WriteFile(filepath.Join(keep, strings.ReplaceAll(s.group+"-"+s.name, " ", "_")+"."+s.ext), s.data, 0o644)
		}
	}
	if slices.Equal(v.codes, v.theirs) || strings.HasPrefix(v.official, "Error") {
		r.codes++
	} else if v.agree() {
		c.t.Logf("codes: %s, %s: %v, the official tool %v", s.group, s.name, v.codes, v.theirs)
	}
	if s.refuse {
		r.tampered++
		if !v.accepted() {
			r.refused++
		}
	}
	if v.accepted() && !v.theyAccept() {
		r.falseAccepts++
		c.t.Logf("false accept: %s, %s: %s, the official tool %s %v", s.group, s.name, v.state, v.official, v.theirs)
	}
}

// signAll lets the official tool sign in every format with every algorithm.
func (c *comparison) signAll(pictures map[string]string) (signed []sample) {
	c.t.Helper()
	for _, alg := range []int64{-7, -35, -36, -37, -38, -39, -8} {
		id := testRoot().issue(c.t, alg, newKey(c.t, alg), nil)
		for _, ext := range sortedKeys(pictures) {
			name := ext + " " + algorithms[alg].name
			s, err := c.sign(signRequest{Path: pictures[ext], MIME: mimes[ext], Manifest: definition(created1, "")}, id, ext)
			if err != nil {
				c.t.Fatalf("%s: %v", name, err)
			}
			s.group, s.name = "signed, nine formats by seven algorithms", name
			signed = append(signed, s)
		}
	}
	return signed
}

func (c *comparison) sign(r signRequest, id identity, ext string) (sample, error) {
	c.t.Helper()
	r.Out = filepath.Join(c.dir, "signed."+ext)
	stamper := testRoot().stamper(c.t)
	o := coseOptions{stamp: func(m []byte) []byte { return stamper.timeStamp(c.t, m, time.Now().Add(-time.Minute)) }}
	if err := c.tool.sign(r, id, o); err != nil {
		return sample{}, err
	}
	data, err := os.ReadFile(r.Out)
	return sample{ext: ext, data: data, trusted: true}, err
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// tamper changes a signed image in the ways that must be found.
func tamper(t *testing.T, s sample) (list []sample) {
	t.Helper()
	f, err := container.Parse(s.data, container.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	part, _ := f.First(container.C2PA)
	place := part.Spans[0]
	flip := func(name string, at int) {
		if at < 0 || at >= len(s.data) {
			t.Fatalf("%s: nowhere to change %s", s.name, name)
		}
		data := bytes.Clone(s.data)
		data[at] ^= 0x11
		list = append(list, sample{"tampered: " + name, s.name, s.ext, data, true, true})
	}
	in := func(what string) int { return bytes.Index(s.data, []byte(what)) }
	pixel := len(s.data) - 12
	if place.End() >= int64(pixel) { // the manifest is at the end
		pixel = int(place.Offset) / 2
	}
	if s.ext == "svg" {
		pixel = in("#36c") + 1
	}
	flip("a byte of the picture", pixel)
	if s.ext != "svg" && s.ext != "gif" { // as they stand in the file
		flip("an assertion", in("trainedAlgorithmicMedia"))
		flip("the claim", in("safelight test")+4)
	}
	list = append(list, sample{"tampered: bytes appended", s.name, s.ext, append(bytes.Clone(s.data), "appended bytes!!"...), true, true})
	if s.ext != "svg" && s.ext != "gif" {
		// The signature is the last string of its box, behind the null of the detached payload.
		sig := bytes.LastIndex(s.data[:place.End()], []byte{0xf6, 0x58})
		if other := bytes.LastIndex(s.data[:place.End()], []byte{0xf6, 0x59}); other > sig {
			sig = other
		}
		flip("the signature", sig+20)
	}
	return list
}

// variants are the official tool's other ways to write a manifest, and pictures made of pictures.
func (c *comparison) variants(pictures map[string]string) (list []sample) {
	c.t.Helper()
	id := testSigner(c.t)
	add := func(name, ext string, r signRequest, setting string) {
		c.t.Helper()
		r.Path, r.MIME = or(r.Path, pictures[ext]), mimes[ext]
		r.Manifest = or(r.Manifest, definition(created1, ""))
		if setting != "" {
			r.Settings = &setting
		}
		s, err := c.sign(r, id, ext)
		if err != nil {
			c.t.Logf("%s, %s: the official tool does not sign: %v", name, ext, err)
			return
		}
		s.group, s.name = "signed: "+name, ext
		list = append(list, s)
	}
	for _, ext := range sortedKeys(pictures) {
		add("box hash", ext, signRequest{}, `{"builder":{"prefer_box_hash":true}}`)
		add("compressed manifest", ext, signRequest{}, `{"core":{"prefer_compress_manifests":true}}`)
		add("claim of version 1", ext, signRequest{Manifest: definition(created1, `,"claim_version":1`)}, "")
	}
	for _, ext := range []string{"avif", "heic"} {
		add("Merkle tree", ext, signRequest{}, `{"core":{"merkle_tree_chunk_size_in_kb":1}}`)
		add("Merkle tree of many leaves", ext, signRequest{Path: large(c.t, c.dir, ext)}, `{"core":{"merkle_tree_chunk_size_in_kb":1}}`)
	}
	parents, labels := map[string]string{}, map[string]string{}
	for _, ext := range sortedKeys(pictures) {
		s, err := c.sign(signRequest{Path: pictures[ext], MIME: mimes[ext], Manifest: definition(created1, "")}, id, ext)
		if err != nil {
			c.t.Fatal(err)
		}
		parents[ext] = filepath.Join(c.dir, "parent."+ext)
		if err := os.WriteFile(parents[ext], s.data, 0o644); err != nil {
			c.t.Fatal(err)
		}
		labels[ext] = validate(c.t, s.data, Options{}).Active
	}
	for _, ext := range sortedKeys(pictures) {
		add("edit of a signed parent", ext, signRequest{Path: parents[ext], Intent: "edit", Manifest: definition(`{"action":"c2pa.cropped"}`, "")}, "")
		add("update manifest", ext, signRequest{Path: parents[ext], Intent: "update", Manifest: definition(`{"action":"c2pa.edited.metadata"}`, "")}, "")
		add("redaction of the parent's author", ext, signRequest{Path: parents[ext], Intent: "edit", Manifest: definition(`{"action":"c2pa.cropped"}`, ""),
			Redact: absolute(labels[ext], "c2pa.assertions/stds.schema-org.CreativeWork")}, "")
		add("two components", ext, signRequest{Ingredients: []officialIngredient{
			{`{"title":"a","relationship":"componentOf"}`, mimes["png"], parents["png"]}, {`{"title":"b","relationship":"componentOf"}`, mimes["jpg"], pictures["jpg"]}}}, "")
	}
	return list
}

// byHand are images of the tests' own signer, honest and not.
func (c *comparison) byHand() (list []sample) {
	c.t.Helper()
	for _, f := range append(forgeries(), bindings(c.t)...) {
		group := "by hand: forged"
		switch {
		case f.want == "":
			group = "by hand: honest"
		case f.stricter:
			group = takenByThem
		}
		list = append(list, sample{group, f.name, or(f.made.format, "jpg"), f.made.build(c.t), true, f.want != ""})
	}
	for _, f := range certificates(c.t) {
		data := made{id: f.id, assertions: []madeAssertion{created}}.build(c.t)
		group := "by hand: certificates"
		if f.stricter {
			group = takenByThem
		}
		list = append(list, sample{group, f.name, "jpg", data, true, f.state == Invalid})
	}
	for _, s := range stapled(c.t) {
		group := "by hand: OCSP"
		if s.differs {
			group = takenByThem
		}
		list = append(list, sample{group, s.name, "jpg", s.build(c.t), true, s.state == Invalid})
	}
	return list
}

// TestOfficial compares states and codes with the official tool, and prints the table of docs/provenance.md.
func TestOfficial(t *testing.T) {
	c := newComparison(t)
	plain := pictures(t, c.dir, 96, 64)
	signed := c.signAll(plain)
	for _, s := range signed {
		c.compare(s)
	}
	for _, s := range signed {
		for _, changed := range tamper(t, s) {
			c.compare(changed)
		}
	}
	for _, s := range c.variants(plain) {
		c.compare(s)
	}
	for _, s := range c.byHand() {
		c.compare(s)
	}
	if dir := os.Getenv("SAFELIGHT_CORPORA"); dir != "" {
		paths, _ := filepath.Glob(filepath.Join(dir, "c2pa", "*.jp*g"))
		for _, p := range paths {
			data, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			c.compare(sample{"C2PA's public test files", filepath.Base(p), "jpg", data, false, false})
		}
	}
	c.print()
}

func newComparison(t *testing.T) *comparison {
	// The uses that may sign claims by the specification (14.4.1), and time-stamps; the tool's own list lacks the first.
	const uses = "1.3.6.1.4.1.62558.2.1\n1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n1.3.6.1.5.5.7.3.8\n1.3.6.1.5.5.7.3.9\n"
	settings, err := json.Marshal(map[string]any{"trust": map[string]any{"trust_anchors": string(testRoot().pem()), "trust_config": uses}})
	if err != nil {
		t.Fatal(err)
	}
	return &comparison{t: t, tool: startOfficial(t), dir: t.TempDir(), trust: testTrust(t), settings: string(settings), rows: map[string]*row{}}
}

func (c *comparison) print() {
	fmt.Println("| images | files | same state | same failure codes | tampered refused |\n| --- | --- | --- | --- | --- |")
	var sum, strict row
	for _, group := range c.order {
		r := c.rows[group]
		refused := ""
		if r.tampered > 0 {
			refused = fmt.Sprintf("%d of %d", r.refused, r.tampered)
		}
		fmt.Printf("| %s | %d | %d | %d | %s |\n", group, r.files, r.states, r.codes, refused)
		if group == takenByThem {
			strict = *r
			continue
		}
		sum.files, sum.states, sum.codes = sum.files+r.files, sum.states+r.states, sum.codes+r.codes
		sum.tampered, sum.refused, sum.falseAccepts = sum.tampered+r.tampered, sum.refused+r.refused, sum.falseAccepts+r.falseAccepts
	}
	fmt.Printf("| all but those that the official tool takes | %d | %d (%.1f %%) | %d (%.1f %%) | %d of %d |\n\n", sum.files, sum.states, 100*float64(sum.states)/float64(sum.files),
		sum.codes, 100*float64(sum.codes)/float64(sum.files), sum.refused, sum.tampered)
	fmt.Printf("time an image, ours: p50 %.2f ms, p95 %.2f ms, most %.2f ms; the official tool in Node: p50 %.2f ms, p95 %.2f ms\n",
		quantile(c.ours, .5), quantile(c.ours, .95), quantile(c.ours, 1), quantile(c.theirs, .5), quantile(c.theirs, .95))
	if 100*sum.states < 99*sum.files || strict.refused < strict.files || sum.refused < sum.tampered || sum.falseAccepts > 0 {
		c.t.Errorf("%d of %d states agree, %d of %d tampered are refused, %d are accepted that the official tool refuses", sum.states, sum.files,
			sum.refused, sum.tampered, sum.falseAccepts)
	}
}

func quantile(list []time.Duration, q float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return float64(sorted[int(q*float64(len(sorted)-1))]) / float64(time.Millisecond)
}
