package icc

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// The rows have the same bits on every machine, so that measurements of a picture can be compared between them: where
// products are added, they are kept from fusing. After a change that is meant to move pixels, put the new digest here.
func TestSameBitsEverywhere(t *testing.T) {
	t.Parallel()
	h := sha256.New()
	for _, c := range goldenCases(t) {
		tr, err := NewTransform(c.profile, Perceptual)
		if err != nil {
			t.Fatal(err)
		}
		src := randomSamples(3000 * tr.Channels())
		dst, wide := make([]uint8, 9000), make([]uint16, 9000)
		tr.Row8(dst, to8(src))
		tr.Row16(wide, src)
		h.Write(dst)
		if err := binary.Write(h, binary.LittleEndian, wide); err != nil {
			t.Fatal(err)
		}
	}
	const want = "27037e915de50722c6e1a95c80f3f83ba0b03799cf40911c6c723c912d935d3e"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}
