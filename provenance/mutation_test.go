//go:build c2pa

package provenance

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/signed.* and testdata/root.pem anew")

// TestSamples holds the signed images that TestNineFormats validates against the official tool. With -update it writes
// them anew first.
func TestSamples(t *testing.T) {
	c := newComparison(t)
	if *update {
		c.writeSamples()
	}
	files, err := filepath.Glob("testdata/signed.*")
	if err != nil || len(files) != len(mimes) {
		t.Fatalf("testdata holds %d signed images, want one of each of %d formats (%v)", len(files), len(mimes), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if v := c.ask(sample{ext: strings.TrimPrefix(filepath.Ext(file), "."), data: data}); !v.accepted() || !v.theyAccept() {
			t.Errorf("%s is %s here and %s for the official tool, want it accepted by both", file, v.state, v.official)
		}
	}
}

func (c *comparison) writeSamples() {
	t := c.t
	t.Helper()
	plain := pictures(t, c.dir, 24, 16)
	for _, ext := range sortedKeys(plain) {
		s, err := c.sign(signRequest{Path: plain[ext], MIME: mimes[ext], Manifest: definition(created1, ""), Reserve: 1800}, testSigner(t), ext)
		if err == nil {
			err = os.WriteFile(filepath.Join("testdata", "signed."+ext), s.data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join("testdata", "root.pem"), testRoot().pem(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestMutations changes signed images at random and counts what is accepted that the official tool refuses.
func TestMutations(t *testing.T) {
	n, err := strconv.Atoi(or(os.Getenv("SAFELIGHT_MUTATIONS"), "500"))
	if err != nil {
		t.Fatal(err)
	}
	c := newComparison(t)
	plain := pictures(t, c.dir, 96, 64)
	id := testSigner(t)
	var signed []sample
	for _, ext := range sortedKeys(plain) {
		s, err := c.sign(signRequest{Path: plain[ext], MIME: mimes[ext], Manifest: definition(created1, ""), Reserve: 1800}, id, ext)
		if err != nil {
			t.Fatal(err)
		}
		s.name = ext
		signed = append(signed, s)
	}
	seed := uint64(20261126)
	rng := rand.New(rand.NewPCG(seed, 5))
	agreed, both, refusedMore, falseAccepts := 0, 0, 0, 0
	for i := range n {
		s := signed[i%len(signed)]
		s.data = mutate(rng, s.data)
		v := c.ask(s)
		switch {
		case v.accepted() == v.theyAccept():
			agreed++
			if v.accepted() {
				both++
			}
		case v.accepted():
			falseAccepts++
			t.Logf("false accept: mutation %d of %s: %s, the official tool %s %v", i, s.name, v.state, v.official, v.theirs)
			if keep := os.Getenv("SAFELIGHT_KEEP"); keep != "" {
				os.WriteFile(filepath.Join(keep, fmt.Sprintf("mutation-%d.%s", i, s.ext)), s.data, 0o644)
			}
		default:
			refusedMore++
			if keep := os.Getenv("SAFELIGHT_KEEP"); keep != "" {
				os.WriteFile(filepath.Join(keep, fmt.Sprintf("refused-%d.%s", i, s.ext)), s.data, 0o644)
			}
			if refusedMore <= 20 {
				t.Logf("refused: mutation %d of %s: %s %v, the official tool %s", i, s.name, v.state, v.codes, v.official)
			}
		}
	}
	fmt.Printf("mutations: %d of seed %d; same verdict %d (%.2f %%; %d accepted by both), refused here alone %d, accepted here alone %d; ours p95 %.2f ms, most %.2f ms\n",
		n, seed, agreed, 100*float64(agreed)/float64(n), both, refusedMore, falseAccepts, quantile(c.ours, .95), quantile(c.ours, 1))
	if falseAccepts > 0 {
		t.Errorf("%d mutations are accepted that the official tool refuses", falseAccepts)
	}
}

// mutate changes a few bytes of an image: one bit, one byte, a number of its size, a range copied, cut or put in. Most
// changes are to the manifest store, which a signature does not cover as a whole.
func mutate(rng *rand.Rand, data []byte) []byte {
	b := bytes.Clone(data)
	for range 1 + rng.IntN(3) {
		at := rng.IntN(len(b))
		switch rng.IntN(8) {
		case 0, 1:
			b[at] ^= 1 << rng.IntN(8)
		case 2, 3:
			b[at] = byte(rng.Uint32())
		case 4:
			b[at] = []byte{0, 1, 0x7f, 0x80, 0xff}[rng.IntN(5)]
		case 5:
			n := min(rng.IntN(24), len(b)-at)
			copy(b[rng.IntN(len(b)-n):], b[at:at+n])
		case 6:
			b = slices.Delete(b, at, min(at+1+rng.IntN(8), len(b)))
		case 7:
			b = slices.Insert(b, at, b[at:min(at+1+rng.IntN(8), len(b))]...)
		}
	}
	return b
}
