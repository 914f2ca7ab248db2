package provenance

import (
	"bytes"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/container"
)

// FuzzValidate validates any bytes as a manifest store in a PNG: no panic, and nothing is accepted that is not signed
// by the test's key.
func FuzzValidate(f *testing.F) {
	for _, m := range []made{{assertions: []madeAssertion{created}}, {v1: true, assertions: []madeAssertion{created}}} {
		m.format = "png"
		data := m.build(f)
		file, err := container.Parse(data, container.Limits{})
		if err != nil {
			f.Fatal(err)
		}
		part, _ := file.First(container.C2PA)
		f.Add(part.Data)
	}
	f.Add(superBox("c2pa", "c2pa", superBox("c2cm", "urn:x", jumbfBox("brob", []byte{0x8b, 0x00, 0x80, 0x41, 0x03}))))
	f.Fuzz(func(t *testing.T, store []byte) {
		file, _, _ := made{format: "png"}.embed(store)
		parsed, err := container.Parse(file, container.Limits{})
		if err != nil {
			return
		}
		r := Validate(file, parsed, Options{Now: day})
		if r.State > Invalid && len(codes(r)) > 0 {
			t.Errorf("%v with failures %s", r.State, codes(r))
		}
		Generation(nil, r)
	})
}

// FuzzCOSE reads any bytes as a signature.
func FuzzCOSE(f *testing.F) {
	f.Add(testSigner(f).sign(f, []byte("claim"), coseOptions{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseCOSE(data, Limits{})
		if err != nil {
			return
		}
		if chain, err := s.chain(); err == nil {
			_ = signer(chain[0])
		}
	})
}

// FuzzTimeStamp reads any bytes as a time-stamp.
func FuzzTimeStamp(f *testing.F) {
	f.Add(testRoot().stamper(f).timeStamp(f, []byte("message"), day))
	f.Fuzz(func(t *testing.T, der []byte) {
		for _, parse := range []func([]byte) (*stamp, error){parseToken, parseResponse} {
			if s, err := parse(der); err == nil {
				s.covers([]byte("message"))
			}
		}
	})
}

// TestHostile holds the time that a file may cost which is made to cost much.
func TestHostile(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte{0}, 4<<20)
	many := func(n int, item func(int) any) (list []any) {
		for i := range n {
			list = append(list, item(i))
		}
		return list
	}
	ingredient := madeAssertion{label: "c2pa.ingredient.v3", value: pairs{{"relationship", "componentOf"}, {"pad", big}}}
	r := ref("self#jumbf=c2pa.assertions/c2pa.ingredient.v3", cborBox(ingredient.label, ingredient.value))
	placed := madeAssertion{label: "c2pa.actions.v2", value: pairs{{"actions", append([]any{pairs{{"action", "c2pa.created"}}},
		many(5000, func(int) any {
			return pairs{{"action", "c2pa.placed"}, {"parameters", pairs{{"ingredients", []any{r}}}}}
		})...)}}}
	for name, m := range map[string]made{
		"5 000 references to four megabytes": {assertions: []madeAssertion{placed, ingredient}},
		"an assertion declared 5 000 times": {assertions: []madeAssertion{created, ingredient}, claim: func(p pairs) pairs {
			p[3][1] = many(5000, func(int) any { return r })
			return p
		}},
		"5 000 assertions": {assertions: []madeAssertion{created}, store: func(b [][]byte) []byte {
			var boxes [][]byte
			for range 5000 {
				boxes = append(boxes, cborBox("org.example.x", 1))
			}
			return superBox("c2pa", "c2pa", superBox("c2ma", "urn:c2pa:x", superBox("c2as", "c2pa.assertions", boxes...)), b[0])
		}},
		"5 000 manifests": {store: func(b [][]byte) []byte {
			var boxes [][]byte
			for i := range 5000 {
				boxes = append(boxes, superBox("c2ma", string(encode(i+1_000_000))))
			}
			return superBox("c2pa", "c2pa", boxes...)
		}},
		"20 000 exclusions": {assertions: []madeAssertion{created}, exclusions: func(int, int) (list [][2]int) {
			for i := range 20_000 {
				list = append(list, [2]int{2 * i, 1})
			}
			return list
		}},
	} {
		m.format = "png"
		data := m.build(t)
		start := time.Now()
		r := validate(t, data, Options{})
		// The goal is a second on a quiet machine; what grows with the square of the file takes minutes.
		if took := time.Since(start); took > 3*slower*time.Second {
			t.Errorf("%s: %v in %v, want about a second at most", name, r.State, took)
		}
		if len(r.Statuses) > (Limits{}).orDefault().Statuses+1 {
			t.Errorf("%s: %d statuses", name, len(r.Statuses))
		}
	}
}
