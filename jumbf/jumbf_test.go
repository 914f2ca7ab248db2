package jumbf

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

func box(boxType string, parts ...string) string {
	payload := strings.Join(parts, "")
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(payload)))) + boxType + payload
}

func super(letters, label string, children ...string) string {
	u := Four(letters)
	return box("jumb", box("jumd", string(u[:]), "\x03", label, "\x00"), strings.Join(children, ""))
}

func TestParse(t *testing.T) {
	salted := box("jumb", box("jumd", strings.Repeat("u", 16), "\x1f", "salted\x00", "\x00\x00\x00\x07", strings.Repeat("s", 32),
		box("c2sh", "grain")), box("json", "{}"))
	store := super("c2pa", "c2pa", super("c2ma", "urn:a", super("c2as", "c2pa.assertions", super("cbor", "x", box("cbor", "\xa0")), salted)))
	b, err := Parse([]byte(store+"behind"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !b.Super() || b.Content != Four("c2pa") || b.Label != "c2pa" || len(b.Payload) != len(store)-8 {
		t.Errorf("got %q of %x with %d bytes, want the store", b.Label, b.Content, len(b.Payload))
	}
	x := b.Find("urn:a/c2pa.assertions/x")
	if data, ok := x.First("cbor"); !ok || string(data) != "\xa0" {
		t.Errorf("the box x holds %x, want a0", data)
	}
	s := b.Find("urn:a/c2pa.assertions/salted")
	if data, ok := s.First("json"); !ok || string(data) != "{}" || string(s.Salt) != "grain" || !s.Requestable {
		t.Errorf("the salted box holds %q with salt %q", data, s.Salt)
	}
	if b.Find("urn:a/nothing/x") != nil {
		t.Error("found a box that is not there")
	}
	if _, ok := b.Find("urn:b").First("cbor"); ok {
		t.Error("a box that is not there has content")
	}
}

func TestSizes(t *testing.T) {
	long := "\x00\x00\x00\x01free\x00\x00\x00\x00\x00\x00\x00\x12ab"
	if boxType, payload, rest, err := Split([]byte(long + "c")); err != nil || boxType != "free" || string(payload) != "ab" || string(rest) != "c" {
		t.Errorf("a length of 64 bits: got %q, %q, %q, %v", boxType, payload, rest, err)
	}
	if _, payload, rest, err := Split([]byte("\x00\x00\x00\x00freeabc")); err != nil || string(payload) != "abc" || len(rest) != 0 {
		t.Errorf("a length of 0: got %q, %q, %v", payload, rest, err)
	}
}

func TestRefused(t *testing.T) {
	deep := super("c2pa", "x")
	for range 20 {
		deep = super("c2pa", "x", deep)
	}
	for name, c := range map[string]struct {
		data string
		kind error
	}{
		"empty":            {"", ErrMalformed},
		"no superbox":      {box("cbor", "\xa0"), ErrMalformed},
		"too long":         {"\x00\x00\x00\x20jumb", ErrMalformed},
		"too short":        {"\x00\x00\x00\x07jumb", ErrMalformed},
		"64 bits too few":  {"\x00\x00\x00\x01jumb\x00\x00\x00\x00\x00\x00\x00\x0f", ErrMalformed},
		"64 bits too many": {"\x00\x00\x00\x01jumb\xff\xff\xff\xff\xff\xff\xff\xff", ErrMalformed},
		"no description":   {box("jumb", box("cbor", "\xa0")), ErrMalformed},
		"open label":       {box("jumb", box("jumd", strings.Repeat("u", 16), "\x03", "abc")), ErrMalformed},
		"no ID":            {box("jumb", box("jumd", strings.Repeat("u", 16), "\x07", "abc\x00\x01")), ErrMalformed},
		"left over":        {box("jumb", box("jumd", strings.Repeat("u", 16), "\x03", "abc\x00\x01")), ErrMalformed},
		"deep":             {deep, ErrTooLarge},
	} {
		if b, err := Parse([]byte(c.data), Limits{}); !errors.Is(err, c.kind) {
			t.Errorf("%s: got %v, error %v, want %v", name, b, err, c.kind)
		}
	}
	if _, err := Parse([]byte(super("c2pa", "c2pa", box("free"), box("free"), box("free"))), Limits{Boxes: 3}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("four boxes: got %v, want ErrTooLarge of a limit of three", err)
	}
}

// FuzzParse holds: no panic, and every payload lies inside of the one around it.
func FuzzParse(f *testing.F) {
	f.Add([]byte(super("c2pa", "c2pa", super("c2ma", "urn:a", super("cbor", "x", box("cbor", "\xa0"))))))
	f.Add([]byte("\x00\x00\x00\x01jumb\x00\x00\x00\x00\x00\x00\x00\x12ab"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Parse(data, Limits{})
		if err == nil {
			inside(t, b)
		}
	})
}

func inside(t *testing.T, b *Box) {
	sum := 0
	for _, c := range b.Children {
		sum += len(c.Payload)
		inside(t, c)
	}
	if sum > len(b.Payload) {
		t.Errorf("the boxes in %q hold %d bytes, more than its %d", b.Label, sum, len(b.Payload))
	}
}
