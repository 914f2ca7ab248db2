package provenance

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/safelight-dev/safelight/container"
)

// boxHash is a general box hash of a file with room for a manifest. change may alter the entries.
func boxHash(t testing.TB, change func(entries []any) []any) func(file []byte, at, length int) madeAssertion {
	return func(file []byte, at, length int) madeAssertion {
		f, err := container.Parse(file, container.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		entry := func(from, to int) any {
			var names []any
			for _, e := range f.Elements {
				if int(e.Span.Offset) >= from && int(e.Span.End()) <= to {
					names = append(names, e.Name)
				}
			}
			sum := sha256.Sum256(file[from:to])
			return pairs{{"names", names}, {"hash", sum[:]}, {"pad", []byte{}}}
		}
		entries := []any{entry(0, at), pairs{{"names", []any{"C2PA"}}, {"hash", []byte{0}}, {"pad", []byte{}}}, entry(at+length, len(file))}
		if change != nil {
			entries = change(entries)
		}
		return madeAssertion{label: "c2pa.hash.boxes", value: pairs{{"alg", "sha256"}, {"boxes", entries}}}
	}
}

// bmffHash is a hash of the root boxes of an AVIF, with more exclusions than are usual, and a tree of the mdat box.
func bmffHash(t testing.TB, more []any, tree pairs) func(file []byte, at, length int) madeAssertion {
	return func(file []byte, at, length int) madeAssertion {
		exclusions := append([]any{pairs{{"xpath", "/uuid"}, {"data", []any{pairs{{"offset", 8}, {"value", manifestUUID}}}}},
			pairs{{"xpath", "/ftyp"}}, pairs{{"xpath", "/mfra"}}}, more...)
		left := map[string]bool{"ftyp": true, "uuid": true, "mfra": true}
		for _, e := range more {
			left[e.(pairs)[0][1].(string)[1:]] = true
		}
		f, err := container.Parse(file, container.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		value := pairs{{"exclusions", exclusions}, {"alg", "sha256"}}
		for _, e := range f.Elements {
			box := file[e.Span.Offset:e.Span.End()]
			if tree != nil && e.Name == "mdat" {
				sum := sha256.Sum256(box[16:])
				value = append(value, [2]any{"merkle", []any{append(pairs{{"uniqueId", 0}, {"localId", 0}, {"hashes", []any{sum[:]}}}, tree...)}})
				box = box[:16]
			} else if left[e.Name] {
				continue
			}
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.Span.Offset)))
			h.Write(box)
		}
		return madeAssertion{label: "c2pa.hash.bmff.v3", value: append(value, [2]any{"hash", h.Sum(nil)})}
	}
}

// bindings are images by hand with the other hard bindings.
func bindings(t testing.TB) []forgery {
	var list []forgery
	for _, format := range []string{"jpg", "png"} {
		boxes := func(name, want string, stricter bool, change func([]any) []any) {
			list = append(list, forgery{format + ": " + name, made{format: format, assertions: []madeAssertion{created}, binding: boxHash(t, change)}, want, stricter})
		}
		with := func(field string, value any) func([]any) []any {
			return func(e []any) []any {
				e[2] = append(e[2].(pairs)[:3:3], [2]any{field, value})
				return e
			}
		}
		boxes("a box hash", "", false, nil)
		boxes("a box hash that leaves a box out", "assertion.boxesHash.mismatch", true, with("excluded", true))
		boxes("a box hash that leaves out a range", "assertion.boxesHash.mismatch", false, with("exclusions", []any{pairs{{"start", 8}, {"length", 8}, {"boxIndex", 0}}}))
		boxes("a box hash without the picture", "assertion.boxesHash.unknownBox", true, func(e []any) []any { return e[:2] })
		boxes("a box hash in another order", "assertion.boxesHash.mismatch", false, func(e []any) []any { return []any{e[0], e[2], e[1]} })
		boxes("a box hash without names", "assertion.boxesHash.malformed", false, func(e []any) []any {
			e[2] = e[2].(pairs)[1:]
			return e
		})
		boxes("a box hash without entries", "assertion.boxesHash.unknownBox", false, func(e []any) []any { return e[:0] })
	}
	bmff := func(name, want string, stricter bool, more []any, tree pairs) {
		list = append(list, forgery{"avif: " + name, made{format: "avif", assertions: []madeAssertion{created}, binding: bmffHash(t, more, tree)}, want, stricter})
	}
	leaf := []any{pairs{{"xpath", "/mdat"}, {"subset", []any{pairs{{"offset", 16}, {"length", 0}}}}}}
	bmff("a hash of boxes", "", false, nil, nil)
	bmff("free space left out", "", false, []any{pairs{{"xpath", "/free"}}}, nil)
	bmff("the picture left out", "assertion.bmffHash.mismatch", true, []any{pairs{{"xpath", "/mdat"}}}, nil)
	bmff("what describes the picture left out", "assertion.bmffHash.mismatch", true, []any{pairs{{"xpath", "/meta"}}}, nil)
	bmff("a tree", "", false, leaf, pairs{{"count", 1}, {"alg", "sha256"}})
	bmff("a tree of more leaves than there are", "assertion.bmffHash.mismatch", false, leaf, pairs{{"count", 2}, {"alg", "sha256"}})
	bmff("a tree of blocks of no size", "assertion.bmffHash.mismatch", false, leaf, pairs{{"count", 1}, {"fixedBlockSize", 0}})
	return list
}

// TestBindings holds the general box hash and that of ISO base media files.
func TestBindings(t *testing.T) {
	t.Parallel()
	for _, c := range bindings(t) {
		data := c.made.build(t)
		r := validate(t, data, Options{})
		if codes(r) != c.want || (r.State == Valid) != (c.want == "") {
			t.Errorf("%s: got %v with %q, want %q", c.name, r.State, codes(r), c.want)
		}
		if c.want != "" {
			continue
		}
		data[len(data)-20] ^= 1
		if r := validate(t, data, Options{}); r.State != Invalid {
			t.Errorf("%s, a byte of the picture changed: got %v", c.name, r.State)
		}
	}
}
