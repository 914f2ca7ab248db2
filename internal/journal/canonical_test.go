package journal

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
)

// TestNumbers holds the vectors of RFC 8785, appendix B: IEEE 754 bits and
// what they are written as.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		bits uint64
		want string
	}{
		{0x0000000000000000, "0"},
		{0x8000000000000000, "0"},
		{0x0000000000000001, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0xffefffffffffffff, "-1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0xc340000000000000, "-9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555554, "333333333.33333325"},
		{0x41b3de4355555555, "333333333.3333333"},
		{0x41b3de4355555556, "333333333.3333334"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
	} {
		got, err := Canonical(math.Float64frombits(test.bits))
		if err != nil || string(got) != test.want {
			t.Errorf("Canonical(%016x) = %s, %v; want %s", test.bits, got, err, test.want)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got, err := Canonical(f); err == nil {
			t.Errorf("Canonical(%v) = %s, want an error", f, got)
		}
	}
}

// TestIntegers: an integer that a float64 cannot hold is refused, never rounded.
func TestIntegers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		v    any
		want string // empty: refused
	}{
		{4200, "4200"},
		{int64(-1) << 53, "-9007199254740992"},
		{int64(1)<<53 + 1, ""},
		{int64(1)<<53 + 2, "9007199254740994"},
		{int64(math.MaxInt64), ""},
		{uint64(math.MaxUint64), ""},
		{json.RawMessage("123456789012345678901234567890"), ""},
		{json.RawMessage("-0"), "0"},
		{json.RawMessage("1e400"), ""},
		{json.RawMessage("1E2"), "100"},
		{json.RawMessage("1.50"), "1.5"},
	} {
		got, err := Canonical(test.v)
		if string(got) != test.want || (err == nil) != (test.want != "") {
			t.Errorf("Canonical(%v) = %q, %v; want %q", test.v, got, err, test.want)
		}
	}
}

// TestDocument is the example of RFC 8785, section 3.2.4, built from its section 3.2.2.
func TestDocument(t *testing.T) {
	t.Parallel()
	in := `{
		"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
		"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
		"literals": [null, true, false]
	}`
	want := `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
		`"string":"€$\u000f\nA'B\"\\\\\"/"}`
	got, err := Canonical(json.RawMessage(in))
	if err != nil || string(got) != want {
		t.Errorf("Canonical = %s, %v\nwant %s", got, err, want)
	}
}

// TestKeyOrder is the example of RFC 8785, section 3.2.3: keys are in the
// order of their UTF-16 code units, in which U+1F600 stands before U+FB33.
func TestKeyOrder(t *testing.T) {
	t.Parallel()
	in := `{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",` +
		`"\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`
	want := `{"\r":"Carriage Return","1":"One","` + "\u0080" + `":"Control","ö":"Latin Small Letter O With Diaeresis",` +
		`"€":"Euro Sign","😀":"Emoji: Grinning Face","` + "\ufb33" + `":"Hebrew Letter Dalet With Dagesh"}`
	got, err := Canonical(json.RawMessage(in))
	if err != nil || string(got) != want {
		t.Errorf("Canonical = %s, %v\nwant %s", got, err, want)
	}
}

func TestStrings(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                       `""`,
		"<script>&amp;</script>": `"<script>&amp;</script>"`, // encoding/json would escape it
		"\u2028\u2029\x7f":       "\"\u2028\u2029\x7f\"",
		"\x00\x1f\b\f\n\r\t\v":   `"\u0000\u001f\b\f\n\r\t\u000b"`,
		"a/b\\c\"d":              `"a/b\\c\"d"`,
		"é e\u0301":              "\"é e\u0301\"", // no normalisation
		"\xff":                   "\"\ufffd\"",
	} {
		if got, err := Canonical(in); err != nil || string(got) != want {
			t.Errorf("Canonical(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
}

// TestCanonicalTwice: canonical text is its own canonical form.
func TestCanonicalTwice(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`{"b":[1,2.50,{"z":null,"a":"\u0041"}],"a":{}}`, `[]`, `""`, `[[[]]]`, `-0.0`, `{"a":1,"a":2}`,
	} {
		once, err := Canonical(json.RawMessage(in))
		if err != nil {
			t.Fatalf("Canonical(%s): %v", in, err)
		}
		if twice, err := Canonical(json.RawMessage(once)); err != nil || string(twice) != string(once) {
			t.Errorf("Canonical(%s) = %s, %v; want the same", once, twice, err)
		}
	}
}

func TestDepth(t *testing.T) {
	t.Parallel()
	nested := func(n int) json.RawMessage {
		return json.RawMessage(strings.Repeat("[", n) + strings.Repeat("]", n))
	}
	if _, err := Canonical(nested(maxDepth)); err != nil {
		t.Errorf("%d levels: %v", maxDepth, err)
	}
	if _, err := Canonical(nested(maxDepth + 2)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d levels: %v, want ErrTooLarge", maxDepth+2, err)
	}
	if got, err := Canonical(make(chan int)); err == nil {
		t.Errorf("Canonical of a channel = %s, want an error", got)
	}
}
