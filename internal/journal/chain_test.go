package journal

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// export gives the lines of entries, and where each line ends.
func export(entries []Entry) (text []byte, ends []int) {
	for _, e := range entries {
		text = append(text, e.Line()...)
		ends = append(ends, len(text))
	}
	return text, ends
}

// damageAt demands that VerifyExport objects and names one of the entries given.
func damageAt(t *testing.T, what string, text []byte, seqs ...int64) {
	t.Helper()
	head, err := VerifyExport(bytes.NewReader(text))
	var damage *DamageError
	if !errors.As(err, &damage) || !errors.Is(err, ErrInvalid) {
		t.Fatalf("%s: VerifyExport = %+v, %v; want a *DamageError", what, head, err)
	}
	if !slices.Contains(seqs, damage.Seq) {
		t.Errorf("%s: damage is reported at entry %d, want %v", what, damage.Seq, seqs)
	}
	if head.Size != damage.Seq-1 {
		t.Errorf("%s: the head has %d entries and the damage is at %d, want the one before it", what, head.Size, damage.Seq)
	}
	if damage.Reason == "" || strings.Contains(damage.Error(), "\n") {
		t.Errorf("%s: %q does not say in a line what is wrong", what, damage.Error())
	}
}

func TestVerifyExport(t *testing.T) {
	t.Parallel()
	entries := chain(t, 5)
	text, _ := export(entries)
	for _, r := range []io.Reader{bytes.NewReader(text), iotest.OneByteReader(bytes.NewReader(text)), iotest.DataErrReader(bytes.NewReader(text))} {
		head, err := VerifyExport(r)
		if want := (Head{Size: 5, Hash: entries[4].Hash}); err != nil || head != want {
			t.Errorf("VerifyExport = %+v, %v; want %+v", head, err, want)
		}
	}
	if head, err := VerifyExport(strings.NewReader("")); err != nil || head != (Head{}) {
		t.Errorf("VerifyExport of nothing = %+v, %v; want the empty journal", head, err)
	}
	broken := errors.New("broken pipe")
	_, err := VerifyExport(io.MultiReader(bytes.NewReader(text), iotest.ErrReader(broken)))
	var damage *DamageError
	if !errors.Is(err, broken) || errors.As(err, &damage) {
		t.Errorf("a read error gives %v, want itself and not damage", err)
	}
}

// TestEveryBit flips every bit of an export, among them those that turn a key
// into the other case and those that end a line early or late.
func TestEveryBit(t *testing.T) {
	t.Parallel()
	text, ends := export(chain(t, 4))
	for i := range text {
		entry := int64(1)
		for ends[entry-1] <= i {
			entry++
		}
		for bit := range 8 {
			text[i] ^= 1 << bit
			damageAt(t, "bit flipped", text, entry)
			text[i] ^= 1 << bit
		}
	}
}

// TestEveryCut cuts an export at every length. Only a cut after an entry goes
// unseen, which is why the head is published; it then shows in the head.
func TestEveryCut(t *testing.T) {
	t.Parallel()
	entries := chain(t, 4)
	text, ends := export(entries)
	for n := range len(text) {
		whole, _ := slices.BinarySearch(ends, n+1) // entries that end at or before n
		if n == 0 || whole > 0 && ends[whole-1] == n {
			head, err := VerifyExport(bytes.NewReader(text[:n]))
			if err != nil || head.Size != int64(whole) {
				t.Errorf("cut after entry %d: %+v, %v; want that head", whole, head, err)
			}
			continue
		}
		damageAt(t, "cut", text[:n], int64(whole+1))
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	entries := chain(t, 5)
	lines := func(order ...int) (text []byte) {
		for _, i := range order {
			text = append(text, entries[i-1].Line()...)
		}
		return text
	}
	damageAt(t, "first removed", lines(2, 3, 4, 5), 1)
	damageAt(t, "one removed", lines(1, 2, 4, 5), 3)
	damageAt(t, "swapped", lines(1, 3, 2, 4, 5), 2)
	damageAt(t, "twice", lines(1, 2, 2, 3), 3)
	damageAt(t, "empty line", append(lines(1, 2), '\n'), 3)
	damageAt(t, "carriage return", bytes.Replace(lines(1, 2, 3), []byte("}\n"), []byte("}\r\n"), 1), 1)
	damageAt(t, "byte order mark", append([]byte("\xef\xbb\xbf"), lines(1)...), 1)
	damageAt(t, "space in a line", bytes.Replace(lines(1, 2), []byte(`,"hash"`), []byte(`, "hash"`), 1), 1)
	damageAt(t, "more in a line", bytes.Replace(lines(1, 2), []byte(`,"hash"`), []byte(`,"more":1,"hash"`), 1), 1)
	damageAt(t, "keys swapped", []byte(`{"hash":"`+entries[0].Hash.String()+`","entry":`+string(entries[0].Text)+"}\n"), 1)
	damageAt(t, "endless line", bytes.Repeat([]byte("x"), MaxEntry+1000), 1)

	// A stranger's entry, itself whole, in place of the third.
	d := sampleDraft(99)
	forged := mustSeal(t, d, Head{Size: 2})
	damageAt(t, "foreign entry", slices.Concat(lines(1, 2), forged.Line(), lines(4, 5)), 3)
	// One who can compute the chain rewrites an entry: the next does not follow.
	rewritten := mustSeal(t, d, Head{Size: 2, Hash: entries[1].Hash})
	damageAt(t, "rewritten entry", slices.Concat(lines(1, 2), rewritten.Line(), lines(4, 5)), 4)
}

func TestVerifierAt(t *testing.T) {
	t.Parallel()
	entries := chain(t, 4)
	v := VerifierAt(Head{Size: 2, Hash: entries[1].Hash})
	for _, e := range entries[2:] {
		if _, err := v.Next(e.Text, e.Hash); err != nil {
			t.Fatalf("Next(%d): %v", e.Seq, err)
		}
	}
	if want := (Head{Size: 4, Hash: entries[3].Hash}); v.Head() != want {
		t.Errorf("Head = %+v, want %+v", v.Head(), want)
	}
	if _, err := VerifierAt(Head{Size: 2}).Next(entries[2].Text, entries[2].Hash); err == nil {
		t.Error("an entry was accepted after another head")
	}
	before := v.Head()
	if _, err := v.Next(entries[0].Text, entries[0].Hash); err == nil || v.Head() != before {
		t.Errorf("after a refused entry the head is %+v, want it unchanged", v.Head())
	}
}

// FuzzVerifyExport: an accepted export is exactly what its entries write.
func FuzzVerifyExport(f *testing.F) {
	text, ends := export(chain(f, 3))
	f.Add(text)
	f.Add(text[:ends[0]])
	f.Add(text[:ends[1]-1])
	f.Add(text[ends[0]:])
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"entry":{},"hash":"` + strings.Repeat("0", 64) + "\"}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		head, err := VerifyExport(bytes.NewReader(text))
		if err != nil {
			var damage *DamageError
			if !errors.As(err, &damage) || damage.Seq != head.Size+1 {
				t.Fatalf("VerifyExport(%q) = %+v, %v; want damage after the head", text, head, err)
			}
			return
		}
		if int64(bytes.Count(text, []byte("\n"))) != head.Size {
			t.Fatalf("VerifyExport(%q) counts %d entries", text, head.Size)
		}
	})
}
