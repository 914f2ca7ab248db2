package cbor

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
)

// TestExamples reads examples of RFC 8949, Appendix A.
func TestExamples(t *testing.T) {
	for in, want := range map[string]func(Value) bool{
		"00":                         func(v Value) bool { n, ok := v.Int(); return ok && n == 0 },
		"1818":                       func(v Value) bool { n, ok := v.Int(); return ok && n == 24 },
		"1b000000e8d4a51000":         func(v Value) bool { n, ok := v.Int(); return ok && n == 1_000_000_000_000 },
		"1bffffffffffffffff":         func(v Value) bool { _, ok := v.Int(); return !ok && v.Kind() == Unsigned },
		"3903e7":                     func(v Value) bool { n, ok := v.Int(); return ok && n == -1000 },
		"f97bff":                     func(v Value) bool { f, ok := v.Float(); return ok && f == 65504 },
		"f90001":                     func(v Value) bool { f, ok := v.Float(); return ok && f == 5.960464477539063e-8 },
		"f9c400":                     func(v Value) bool { f, ok := v.Float(); return ok && f == -4 },
		"f97e00":                     func(v Value) bool { f, ok := v.Float(); return ok && math.IsNaN(f) },
		"fa47c35000":                 func(v Value) bool { f, ok := v.Float(); return ok && f == 100000 },
		"fb3ff199999999999a":         func(v Value) bool { f, ok := v.Float(); return ok && f == 1.1 },
		"f4":                         func(v Value) bool { b, ok := v.Bool(); return ok && !b },
		"f5":                         func(v Value) bool { b, ok := v.Bool(); return ok && b },
		"f6":                         func(v Value) bool { return v.Kind() == Null },
		"f7":                         func(v Value) bool { return v.Kind() == Undefined },
		"f8ff":                       func(v Value) bool { return v.Kind() == Simple },
		"4401020304":                 func(v Value) bool { b, ok := v.Bytes(); return ok && string(b) == "\x01\x02\x03\x04" },
		"62c3bc":                     func(v Value) bool { s, ok := v.Text(); return ok && s == "ü" },
		"80":                         func(v Value) bool { return v.Kind() == Array && v.Len() == 0 },
		"8301820203820405":           func(v Value) bool { n, _ := v.At(2).At(1).Int(); return n == 5 && v.Len() == 3 },
		"a201020304":                 func(v Value) bool { n, _ := v.GetInt(3).Int(); return n == 4 && v.Len() == 2 },
		"a26161016162820203":         func(v Value) bool { n, _ := v.Get("b").At(0).Int(); return n == 2 },
		"c11a514b67b0":               func(v Value) bool { n, in, ok := v.Tagged(); i, _ := in.Int(); return ok && n == 1 && i == 1363896240 },
		"5f42010243030405ff":         func(v Value) bool { b, _ := v.Bytes(); return string(b) == "\x01\x02\x03\x04\x05" },
		"7f657374726561646d696e67ff": func(v Value) bool { return v.String() == "streaming" },
		"9f018202039f0405ffff":       func(v Value) bool { n, _ := v.At(2).At(0).Int(); return n == 4 },
		"bf61610161629f0203ffff":     func(v Value) bool { n, _ := v.Get("b").At(1).Int(); return n == 3 },
		"d9d9f7d81843010203":         func(v Value) bool { return v.Untagged().Kind() == Bytes },
	} {
		v, err := Parse(unhex(t, in), Limits{})
		if err != nil || !want(v) {
			t.Errorf("%s: got %v of kind %v, error %v", in, v, v.Kind(), err)
		}
	}
}

// TestMalformed refuses what RFC 8949, Appendix F, calls not well-formed, and what is not valid.
func TestMalformed(t *testing.T) {
	for _, in := range []string{
		"", "18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98", "9a01ff00", "b8", "d8", "f8",
		"f900", "fa0000", "fb000000", "41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00", "81", "818181", "8200",
		"a1", "a20102", "a100", "a2000000", "c0", "5f4100", "7f6100", "9f", "9f0102", "bf", "bf01020102", "819f", "9f8000",
		"9f9f9f9f9fffffffff", "1c", "1d", "1e", "3c", "5c", "7c", "9c", "bc", "dc", "fc", "fd", "fe", "f800", "f801", "f818", "f81f",
		"5f00ff", "5f21ff", "5f6100ff", "5f80ff", "5fa0ff", "5fc000ff", "5fe0ff", "7f4100ff", "5f5f4100ffff", "7f7f6100ffff", "ff",
		"81ff", "8200ff", "a1ff", "a1ff00", "a100ff", "a20000ff", "9f81ff", "bf00ff", "bf000000ff", "1f", "3f", "df",
		"61ff", "7f61c361bcff", // not UTF-8, a character torn between chunks
		"a2616101616102", "a2010101f6", "bf616101616102ff", // a key twice
		"0000", "8000", // bytes behind the item
	} {
		if v, err := Parse(unhex(t, in), Limits{}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: got %v of kind %v, error %v, want ErrMalformed", in, v, v.Kind(), err)
		}
	}
}

func TestLimits(t *testing.T) {
	deep := strings.Repeat("81", 65) + "00"
	if _, err := Parse(unhex(t, deep), Limits{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("65 arrays in each other: got %v, want ErrTooLarge", err)
	}
	if _, err := Parse(unhex(t, deep[2:]), Limits{}); err != nil {
		t.Errorf("64 arrays in each other: got %v, want no error", err)
	}
	if _, err := Parse(unhex(t, "8400010203"), Limits{Items: 4}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("five items: got %v, want ErrTooLarge of a limit of four", err)
	}
	var many []byte
	many = AppendHead(many, MajorMap, 40)
	for i := range uint64(40) {
		many = append(AppendHead(many, MajorUnsigned, i%39), 0)
	}
	if _, err := Parse(many, Limits{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a key twice in a map of 40: got %v, want ErrMalformed", err)
	}
}

func TestMissing(t *testing.T) {
	var v Value
	if v.Kind() != Missing || v.Get("a").Kind() != Missing || v.At(0).Len() != 0 || v.Untagged().Kind() != Missing || v.Items() != nil {
		t.Error("the zero value holds something")
	}
	if _, _, ok := v.Tagged(); ok {
		t.Error("the zero value is tagged")
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// append writes a value again, in the shortest form.
func (v Value) append(dst []byte) []byte {
	switch v.kind {
	case Unsigned, Negative:
		return AppendHead(dst, byte(v.kind-Unsigned), v.n)
	case Bytes:
		return AppendBytes(dst, v.data)
	case Text:
		return AppendText(dst, string(v.data))
	case Array, Map:
		dst = AppendHead(dst, MajorArray+byte(v.kind-Array), uint64(v.Len()))
	case Tag:
		dst = AppendHead(dst, MajorTag, v.n)
	case Bool:
		return append(dst, 0xf4+byte(v.n))
	case Null:
		return append(dst, 0xf6)
	case Undefined:
		return append(dst, 0xf7)
	case Simple:
		return AppendHead(dst, MajorSimple, v.n)
	case Float:
		return binary.BigEndian.AppendUint64(append(dst, 0xfb), v.n)
	}
	for _, item := range v.items {
		dst = item.append(dst)
	}
	return dst
}

// FuzzParse holds: no panic, and what was read reads the same when written again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a26161016162820203", "5f42010243030405ff", "bf61610161629f0203ffff", "d9d9f7d81843010203", "fb3ff199999999999a",
		"d28443a10126a0f6584000", "9f9f9f9f9fffffffff", "9a00ffffff"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data, Limits{Items: 10_000})
		if err != nil {
			return
		}
		again, err := Parse(v.append(nil), Limits{Items: 10_000})
		if err != nil || !again.Equal(v) {
			t.Errorf("%x reads as another value when written again: %v", data, err)
		}
	})
}
