package provenance

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"github.com/safelight-dev/safelight/container"
)

// TestAlgorithms signs with each of the seven and finds the signature valid, trusted by the root, and invalid where a
// bit of it is another.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	trust := testTrust(t)
	for alg, a := range algorithms {
		id := testRoot().issue(t, alg, newKey(t, alg), nil)
		for _, format := range []string{"jpg", "png"} {
			data := made{format: format, id: id, assertions: []madeAssertion{created}}.build(t)
			if r := validate(t, data, Options{}); r.State != Valid || codes(r) != "" {
				t.Errorf("%s, %s: got %v, want Valid: %v", a.name, format, r.State, codes(r))
			}
			r := validate(t, data, Options{Trust: trust})
			if r.State != Trusted {
				t.Errorf("%s, %s: got %v, want Trusted: %v", a.name, format, r.State, codes(r))
			}
			if s := r.ActiveManifest().Signature; s.Algorithm != a.name || s.Issuer != "Safelight" || s.CommonName != "Safelight Test Signer" {
				t.Errorf("%s: the report says %+v", a.name, s)
			}
			last := len(data) - len(plainJPEG()) + 2 - 1 // of the store, and of the signature
			if format == "png" {
				last = len(data) - len(plainPNG()) + 33 - 5
			}
			data[last] ^= 0x10
			if r := validate(t, data, Options{Trust: trust}); r.State != Invalid || codes(r) != "claimSignature.mismatch" {
				t.Errorf("%s, %s, a bit of the signature changed: got %v with %q", a.name, format, r.State, codes(r))
			}
		}
	}
}

// forgery is an image by hand, and the failures that validating it gives; none if it is honest.
type forgery struct {
	name string
	made made
	want string
	// stricter says that the official tool takes it.
	stricter bool
}

func forgeries() []forgery {
	with := func(more ...madeAssertion) []madeAssertion { return append([]madeAssertion{created}, more...) }
	remove := func(field string) func(pairs) pairs {
		return func(p pairs) pairs {
			var kept pairs
			for _, f := range p {
				if f[0] != field {
					kept = append(kept, f)
				}
			}
			return kept
		}
	}
	return []forgery{
		{"nothing forged", made{assertions: with()}, "", false},
		{"nothing forged, version 1", made{v1: true, assertions: with()}, "", false},
		{"an exclusion of the picture", made{assertions: with(), exclusions: func(s, l int) [][2]int { return [][2]int{{s, l}, {s + l + 200, 50}} }}, "assertion.dataHash.mismatch", true},
		{"an exclusion of a byte before the manifest", made{assertions: with(), exclusions: func(s, l int) [][2]int { return [][2]int{{0, 1}, {s, l}} }}, "assertion.dataHash.mismatch", true},
		{"an exclusion that goes on into the picture", made{assertions: with(), exclusions: func(s, l int) [][2]int { return [][2]int{{s, l + 60}} }}, "assertion.dataHash.mismatch", false},
		{"an exclusion from the first byte on", made{assertions: with(), exclusions: func(s, l int) [][2]int { return [][2]int{{0, s + l}} }}, "assertion.dataHash.mismatch", false},
		{"an exclusion of a part of the manifest", made{assertions: with(), exclusions: func(s, l int) [][2]int { return [][2]int{{s, l - 1}} }}, "assertion.dataHash.mismatch", false},
		{"an exclusion of two parts of the manifest", made{format: "png", assertions: with(), exclusions: func(s, l int) [][2]int { return [][2]int{{s, 9}, {s + 9, l - 9}} }}, "assertion.dataHash.mismatch", false},
		{"exclusions out of order", made{assertions: with(), exclusions: func(s, l int) [][2]int { return [][2]int{{s, l}, {s, 1}} }}, "assertion.dataHash.malformed", false},
		{"an exclusion beyond the file", made{assertions: with(), exclusions: func(s, l int) [][2]int { return [][2]int{{s, 1 << 30}} }}, "assertion.dataHash.mismatch", false},
		{"another hash", made{assertions: with(), hash: func([]byte, int) []byte { return make([]byte, 32) }}, "assertion.dataHash.mismatch", false},
		{"no hash", made{assertions: with(), hash: func([]byte, int) []byte { return nil }}, "assertion.dataHash.mismatch", false},
		{"no binding", made{assertions: with(), noHash: true}, "claim.hardBindings.missing", false},
		{"two bindings", made{assertions: with(madeAssertion{label: "c2pa.hash.boxes", value: pairs{{"boxes", []any{}}}})}, "assertion.multipleHardBindings assertion.boxesHash.unknownBox", false},
		{"a payload that is attached and not the claim", made{assertions: with(), cose: coseOptions{payload: []byte("another claim")}}, "claimSignature.mismatch", true},
		{"another claim than the signed one", made{assertions: with(), swap: func(c []byte) []byte { return bytes.Replace(c, []byte("made"), []byte("fake"), 1) }}, "claimSignature.mismatch", false},
		{"an assertion of another hash", made{assertions: with(madeAssertion{label: "org.example.a", value: "x", badHash: true})}, "assertion.hashedURI.mismatch", false},
		{"an assertion that is not there", made{assertions: with(madeAssertion{label: "org.example.a", value: "x", omit: true})}, "assertion.missing", false},
		{"an assertion of another manifest", made{assertions: with(madeAssertion{label: "org.example.a", value: "x", omit: true, url: "self#jumbf=/c2pa/urn:other/c2pa.assertions/org.example.a"})}, "assertion.outsideManifest", false},
		{"an assertion that is not declared", made{assertions: with(), extra: [][]byte{cborBox("org.example.b", "x")}}, "assertion.undeclared", false},
		{"an assertion that is there twice", made{assertions: with(madeAssertion{label: "org.example.a", value: "x"}), extra: [][]byte{cborBox("org.example.a", "y")}}, "assertion.undeclared", false},
		{"CBOR with a key twice", made{assertions: with(madeAssertion{label: "c2pa.asset-type.v2", value: pairs{{"a", 1}, {"a", 2}}})}, "assertion.cbor.invalid", true},
		{"JSON that is none", made{assertions: with(madeAssertion{label: "c2pa.metadata", box: superBox("json", "c2pa.metadata", jumbfBox("json", []byte("{")))})}, "assertion.json.invalid", false},
		{"no action", made{}, "assertion.action.malformed", false},
		{"a second first action", made{assertions: with(madeAssertion{label: "c2pa.actions.v2__1", value: pairs{{"actions", []any{pairs{{"action", "c2pa.created"}}}}}})}, "assertion.action.malformed", false},
		{"opened without a parent", made{assertions: []madeAssertion{{label: "c2pa.actions.v2", value: pairs{{"actions", []any{pairs{{"action", "c2pa.opened"}}}}}}}}, "assertion.action.ingredientMismatch", false},
		{"watermarked without a soft binding", made{assertions: []madeAssertion{{label: "c2pa.actions.v2", value: pairs{{"actions", []any{pairs{{"action", "c2pa.created"}}, pairs{{"action", "c2pa.watermarked.bound"}}}}}}}}, "assertion.action.softBindingMissing", false},
		{"a claim without an instance", made{assertions: with(), claim: remove("instanceID")}, "claim.malformed", false},
		{"a claim without a signature", made{v1: true, assertions: with(), claim: remove("signature")}, "claimSignature.missing", false},
		{"a claim without a hash algorithm", made{assertions: with(), claim: remove("alg")}, "algorithm.unsupported algorithm.unsupported", false},
		{"a claim of MD5", made{assertions: with(), claim: func(p pairs) pairs { p[len(p)-1][1] = "md5"; return p }}, "algorithm.unsupported algorithm.unsupported", false},
		{"a claim that redacts its own", made{assertions: with(), claim: func(p pairs) pairs {
			return append(p, [2]any{"redacted_assertions", []any{"self#jumbf=/c2pa/" + made{}.name() + "/c2pa.assertions/org.example.z"}})
		}}, "assertion.selfRedacted", false},
		{"two claims", made{assertions: with(), store: func(b [][]byte) []byte {
			m := b[len(b)-1]
			return superBox("c2pa", "c2pa", jumbfBox("jumb", m[8:], superBox("c2cl", "c2pa.claim", jumbfBox("cbor", []byte{0xa0}))))
		}}, "claim.multiple", false},
		{"no claim", made{store: func([][]byte) []byte { return superBox("c2pa", "c2pa", superBox("c2ma", "urn:c2pa:x")) }}, "claim.missing", false},
		{"no manifest", made{store: func([][]byte) []byte { return superBox("c2pa", "c2pa") }}, "general.error", false},
		{"two manifests of one label", made{assertions: with(), store: func(b [][]byte) []byte { return superBox("c2pa", "c2pa", b[0], b[0]) }}, "general.error", true},
		{"a reference to data that are not there", made{assertions: with(madeAssertion{label: "c2pa.ingredient.v3", value: pairs{{"relationship", "inputTo"},
			{"data", ref("self#jumbf=c2pa.databoxes/c2pa.data", cborBox("c2pa.data", 1))}}})}, "hashedURI.missing", true},
		{"a reference to an assertion of another hash", made{assertions: with(madeAssertion{label: "c2pa.ingredient.v3", value: pairs{{"relationship", "inputTo"},
			{"data", ref("self#jumbf=c2pa.assertions/c2pa.actions.v2", cborBox("c2pa.data", 1))}}})}, "hashedURI.mismatch", true},
		{"an update manifest without a parent", made{letters: "c2um", noHash: true}, "manifest.update.wrongParents claim.hardBindings.missing", false},
		{"a compressed manifest that is none", made{store: func([][]byte) []byte {
			return superBox("c2pa", "c2pa", superBox("c2cm", "urn:c2pa:x", jumbfBox("brob", []byte("\x01\x02"))))
		}}, "manifest.compressed.invalid", false},
	}
}

// TestForged refuses what no honest signer writes.
func TestForged(t *testing.T) {
	t.Parallel()
	for _, c := range forgeries() {
		r := validate(t, c.made.build(t), Options{})
		want := Valid
		if c.want != "" {
			want = Invalid
		}
		if r.State != want || codes(r) != c.want {
			t.Errorf("%s: got %v with %q, want %v with %q", c.name, r.State, codes(r), want, c.want)
		}
	}
}

// TestTimeStamps holds an expired certificate against the time of a trusted authority, and of others.
func TestTimeStamps(t *testing.T) {
	t.Parallel()
	trust := testTrust(t)
	later := day.AddDate(11, 0, 0) // the signer's certificate has expired
	stamper := testRoot().stamper(t)
	wrong := testRoot().issue(t, -7, newKey(t, -7), nil) // not for time-stamps
	for name, c := range map[string]struct {
		stamp func([]byte) []byte
		state State
		code  Code
	}{
		"trusted":           {func(m []byte) []byte { return stamper.timeStamp(t, m, day) }, Trusted, TimeStampTrusted},
		"after the expiry":  {func(m []byte) []byte { return stamper.timeStamp(t, m, later) }, Invalid, TimeStampOutside},
		"of something else": {func(m []byte) []byte { return stamper.timeStamp(t, m[1:], day) }, Invalid, TimeStampMismatch},
		"of no authority":   {func(m []byte) []byte { return wrong.timeStamp(t, m, day) }, Invalid, TimeStampInvalid},
		"of another root":   {func(m []byte) []byte { return newAuthority("Other").stamper(t).timeStamp(t, m, day) }, Invalid, TimeStampUntrusted},
		"no DER":            {func(m []byte) []byte { return []byte("token") }, Invalid, TimeStampMalformed},
		"altered": {func(m []byte) []byte {
			token := stamper.timeStamp(t, m, day)
			token[bytes.Index(token, []byte("20261126"))+3]++
			return token
		}, Invalid, TimeStampMismatch},
	} {
		r := validate(t, made{assertions: []madeAssertion{created}, cose: coseOptions{stamp: c.stamp}}.build(t), Options{Trust: trust, Now: later})
		has := false
		for _, s := range r.Statuses {
			has = has || s.Code == c.code
		}
		if r.State != c.state || !has {
			t.Errorf("a time-stamp %s: got %v with %+v, want %v with %s", name, r.State, r.Statuses, c.state, c.code)
		}
	}
}

// TestLaterTimeStamp takes the time-stamp of a signature from an update manifest that keeps it.
func TestLaterTimeStamp(t *testing.T) {
	t.Parallel()
	later := day.AddDate(11, 0, 0)
	parent := made{label: "urn:c2pa:parent", assertions: []madeAssertion{created}}
	whole := parent.build(t)
	f, err := container.Parse(whole, container.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	part, _ := f.First(container.C2PA)
	s, err := parseStore(part.Data, Limits{}.orDefault())
	if err != nil {
		t.Fatal(err)
	}
	box := s.manifests[0].stored
	raw, _ := box.Child("c2pa.signature").First("cbor")
	signature, err := parseCOSE(raw, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	results := pairs{{"activeManifest", pairs{{"success", []any{}}, {"informational", []any{}}, {"failure", []any{}}}}}
	stored := part.Data[len(part.Data)-len(box.Payload)-8:]
	build := func(message []byte) []byte {
		token := testRoot().stamper(t).timeStamp(t, message, day)
		young := testRoot().issue(t, -7, newKey(t, -7), func(c *x509.Certificate) { c.NotAfter = day.AddDate(15, 0, 0) })
		update := made{id: young, letters: "c2um", noHash: true, assertions: []madeAssertion{{label: "c2pa.time-stamp", value: pairs{{"urn:c2pa:parent", token}}},
			{label: "c2pa.ingredient.v3", value: pairs{{"relationship", "parentOf"}, {"validationResults", results},
				{"activeManifest", ref("self#jumbf=/c2pa/urn:c2pa:parent", stored)}}}}}
		// The picture's hash knows the place of the store and not its length: the parent's is the one that counts.
		file, _, _ := update.embed(superBox("c2pa", "c2pa", stored, update.manifest(t, nil, nil)))
		return file
	}
	if r := validate(t, build(signature.structure("CounterSignature", encode(signature.signature))), Options{Now: later, Trust: testTrust(t)}); r.State != Trusted {
		t.Errorf("got %v with %q, want Trusted", r.State, codes(r))
	}
	if r := validate(t, build([]byte("something else")), Options{Now: later, Trust: testTrust(t)}); r.State != Invalid || codes(r) != "claimSignature.outsideValidity" {
		t.Errorf("a time-stamp of something else: got %v with %q", r.State, codes(r))
	}
}

// TestIngredients validates what stands behind the picture.
func TestIngredients(t *testing.T) {
	t.Parallel()
	parent := made{label: "urn:c2pa:parent", id: testSigner(t), assertions: []madeAssertion{created}}
	box := parent.manifest(t, [][2]int{{2, 100}}, make([]byte, 32))
	opened := func(r pairs) madeAssertion {
		return madeAssertion{label: "c2pa.actions.v2", value: pairs{{"actions", []any{pairs{{"action", "c2pa.opened"}, {"parameters", pairs{{"ingredients", []any{r}}}}}}}}}
	}
	results := [2]any{"validationResults", pairs{{"activeManifest", pairs{{"success", []any{}}, {"informational", []any{}}, {"failure", []any{}}}}}}
	ingredient := func(manifest []byte, more ...[2]any) madeAssertion {
		return madeAssertion{label: "c2pa.ingredient.v3", value: append(pairs{{"dc:title", "parent"}, {"relationship", "parentOf"},
			{"activeManifest", ref("self#jumbf=/c2pa/urn:c2pa:parent", manifest)}}, more...)}
	}
	build := func(i madeAssertion, before ...[]byte) []byte {
		r := ref("self#jumbf=c2pa.assertions/"+i.label, cborBox(i.label, i.value))
		return made{assertions: []madeAssertion{opened(r), i}, before: before}.build(t)
	}
	bad := bytes.Replace(box, []byte("made"), []byte("fake"), 1)
	bare := madeAssertion{label: "c2pa.ingredient.v3", value: pairs{{"dc:title", "p"}, {"relationship", "parentOf"}}}
	recorded := [2]any{"validationResults", pairs{{"activeManifest", pairs{{"failure", []any{pairs{{"code", "claimSignature.mismatch"},
		{"url", "self#jumbf=/c2pa/urn:c2pa:parent/c2pa.signature"}}}}}}}}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"sound":                        {build(ingredient(box, results), box), ""},
		"without a manifest":           {build(bare), ""},
		"not in the store":             {build(ingredient(box, results)), "ingredient.manifest.missing"},
		"altered since":                {build(ingredient(box, results), bad), "ingredient.manifest.mismatch claimSignature.mismatch"},
		"altered before":               {build(ingredient(bad, results), bad), "claimSignature.mismatch"},
		"altered before, and recorded": {build(ingredient(bad, recorded), bad), ""},
		"without results":              {build(ingredient(box), box), "assertion.ingredient.malformed"},
		"of a relation of its own":     {build(madeAssertion{label: "c2pa.ingredient.v3", value: pairs{{"relationship", "sisterOf"}}}), "assertion.action.ingredientMismatch assertion.ingredient.malformed"},
	} {
		r := validate(t, c.data, Options{})
		if codes(r) != c.want || (r.State == Valid) != (c.want == "") {
			t.Errorf("an ingredient %s: got %v with %q, want %q", name, r.State, codes(r), c.want)
		}
	}
}

// TestCompressed validates a manifest that is compressed whole, and refuses a bomb.
func TestCompressed(t *testing.T) {
	t.Parallel()
	pack := func(raw []byte) []byte {
		var b bytes.Buffer
		w := brotli.NewWriter(&b)
		w.Write(raw)
		w.Close()
		return superBox("c2pa", "c2pa", superBox("c2cm", made{}.name(), jumbfBox("brob", b.Bytes())))
	}
	size := 4000 // the store's, whatever the random bytes in it
	m := made{assertions: []madeAssertion{created}, store: func(b [][]byte) []byte {
		store := pack(b[0])
		return append(store, make([]byte, size-len(store))...)
	}}
	if r := validate(t, m.build(t), Options{}); r.State != Valid {
		t.Errorf("got %v with %q, want Valid", r.State, codes(r))
	}
	bomb := made{store: func([][]byte) []byte { return pack(make([]byte, 1<<20)) }}
	if r := validate(t, bomb.build(t), Options{Limits: Limits{Unpacked: 1<<20 - 1}}); r.State != Invalid || codes(r) != "manifest.compressed.invalid" {
		t.Errorf("a bomb: got %v with %q", r.State, codes(r))
	}
}

// TestAppended refuses whatever is added to a signed file, or taken from it.
func TestAppended(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"jpg", "png"} {
		data := made{format: format, assertions: []madeAssertion{created}}.build(t)
		for name, changed := range map[string][]byte{
			"a byte more":     append(bytes.Clone(data), 0),
			"a byte less":     data[:len(data)-1],
			"a picture twice": append(bytes.Clone(data), data...),
		} {
			if r := validate(t, changed, Options{}); r.State != Invalid {
				t.Errorf("%s, %s: got %v, want Invalid", format, name, r.State)
			}
		}
	}
}

// TestEveryByte changes every byte of a signed file: none of the picture's may be changed, and none that is signed.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	m := made{format: "png", assertions: []madeAssertion{created}}
	data := m.build(t)
	pad := bytes.Index(data, []byte("\x63pad\x59"))
	end := bytes.Index(data, []byte("\x64pad2"))
	var free []string
	for i := range data {
		if i > pad && i < end {
			continue // padding, which is not signed
		}
		data[i] ^= 0x01
		if f, err := container.Parse(data, container.Limits{}); err == nil && Validate(data, f, Options{Now: day}).State > Invalid {
			free = append(free, fmt.Sprint(i))
		}
		data[i] ^= 0x01
	}
	if r := validate(t, data, Options{}); r.State != Valid {
		t.Fatalf("the file itself is %v: %v", r.State, codes(r))
	}
	t.Logf("%d bytes can be changed without a trace: %s", len(free), strings.Join(free, " "))
	// The manifest's label, the checksum of the chunk, and the name of the second padding.
	if want := len(m.name()) + 4 + 4; len(free) > want {
		t.Errorf("%d bytes can be changed without a trace, want at most %d", len(free), want)
	}
}
