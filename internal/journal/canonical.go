package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a value, since the encoder is recursive and
// an entry may come from a file that somebody else wrote.
const maxDepth = 64

// Canonical encodes v as canonical JSON: RFC 8785 (JCS). Numbers must be
// finite and integers exact in a float64, as RFC 7493 (I-JSON) demands; what
// encoding/json replaces (invalid UTF-8) is replaced here too.
func Canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode as JSON: %w", err)
	}
	return canonicalText(raw)
}

// canonicalText rewrites any JSON text canonically.
func canonicalText(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode JSON: %w", err)
	}
	if dec.More() {
		return nil, fmt.Errorf("decode JSON: text after the value: %w", ErrInvalid)
	}
	return appendValue(make([]byte, 0, len(raw)), v, 0)
}

func appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("encode canonically: nested deeper than %d: %w", maxDepth, ErrTooLarge)
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v)
	case json.Number:
		return appendNumber(b, v)
	case []any:
		return appendArray(b, v, depth)
	case map[string]any:
		return appendObject(b, v, depth)
	}
	return nil, fmt.Errorf("encode canonically: unexpected %T: %w", v, ErrInvalid)
}

func appendArray(b []byte, list []any, depth int) ([]byte, error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, object map[string]any, depth int) ([]byte, error) {
	keys := make([]string, 0, len(object))
	for k := range object {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareUTF16)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendString(b, k); err != nil {
			return nil, err
		}
		b = append(b, ':')
		if b, err = appendValue(b, object[k], depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// compareUTF16 orders keys by UTF-16 code units (RFC 8785, section 3.2.3),
// which differs from the order of bytes beyond the basic plane.
func compareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// appendString escapes as RFC 8785, section 3.2.2.2: only what JSON demands.
func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("encode canonically: string is not UTF-8: %w", ErrInvalid)
	}
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ':
			b = utf8.AppendRune(b, r)
		default:
			b = appendControl(b, r)
		}
	}
	return append(b, '"'), nil
}

func appendControl(b []byte, r rune) []byte {
	if i := strings.IndexRune("\b\t\n\f\r", r); i >= 0 {
		return append(b, '\\', "btnfr"[i])
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// appendNumber writes a number as ECMAScript does (RFC 8785, section 3.2.2.3).
func appendNumber(b []byte, n json.Number) ([]byte, error) {
	f, err := n.Float64()
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("encode canonically: number %s is out of range: %w", n, ErrInvalid)
	}
	// An integer that comes back with other digits has lost some of them.
	if !strings.ContainsAny(n.String(), ".eE") && strconv.FormatFloat(f, 'f', -1, 64) != n.String() {
		return nil, fmt.Errorf("encode canonically: integer %s is not exact in a float64: %w", n, ErrInvalid)
	}
	if f == 0 {
		return append(b, '0'), nil // also for -0
	}
	if abs := math.Abs(f); abs >= 1e21 || abs < 1e-6 {
		text := strconv.FormatFloat(f, 'e', -1, 64)
		// ECMAScript writes no leading zero in the exponent: 1e-7, not 1e-07.
		return append(b, strings.Replace(text, "e-0", "e-", 1)...), nil
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64), nil
}
