package sentiment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the longest text that is read, in bytes: of a longer one the rest is not looked at.
const MaxText = 64 << 10

// entities are the character references that feeds leave in their texts.
var entities = [...]struct {
	name string
	char rune
}{
	{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&apos;", '\''}, {"&nbsp;", ' '},
}

// decode reads the character at the start of a text, taking references and doubly escaped JSON for what they mean, and
// says how many bytes it takes.
func decode(text string) (rune, int) {
	switch c := text[0]; {
	case c == '&':
		for _, e := range &entities {
			if strings.HasPrefix(text, e.name) {
				return e.char, len(e.name)
			}
		}
	case c == '\\':
		if r, n := decodeEscape(text); n > 0 {
			return r, n
		}
	case c >= utf8.RuneSelf:
		return utf8.DecodeRuneInString(text)
	}
	return rune(text[0]), 1
}

// decodeEscape reads \u2019, and the two halves of an emoji.
func decodeEscape(text string) (rune, int) {
	const size = len(`\u0000`)
	high, ok := hex4(text)
	if !ok {
		return 0, 0
	}
	if high&^0x7ff != 0xd800 {
		return high, size
	}
	low, ok := hex4(text[size:])
	if !ok || high >= 0xdc00 || low&^0x3ff != 0xdc00 {
		return utf8.RuneError, size
	}
	return 0x10000 + (high-0xd800)<<10 + (low - 0xdc00), 2 * size
}

func hex4(text string) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(text[2:6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// The combining marks that French and its neighbours need; the kernels take no Unicode tables from elsewhere.
const (
	grave      = '\u0300'
	acute      = '\u0301'
	circumflex = '\u0302'
	diaeresis  = '\u0308'
	cedilla    = '\u0327'
)

// composed holds, mark by mark, the letters and what they are under it.
var composed = map[rune][2]string{
	grave:      {"aeiouAEIOU", "àèìòùÀÈÌÒÙ"},
	acute:      {"aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ"},
	circumflex: {"aeiouAEIOU", "âêîôûÂÊÎÔÛ"},
	diaeresis:  {"aeiouyAEIOU", "äëïöüÿÄËÏÖÜ"},
	cedilla:    {"cC", "çÇ"},
}

// compose joins a letter and the mark that follows it; 0 where they do not join.
func compose(letter, mark rune) rune {
	pair, ok := composed[mark]
	if !ok {
		return 0
	}
	at := strings.IndexRune(pair[0], letter)
	if at < 0 {
		return 0
	}
	for i, r := range []rune(pair[1]) {
		if i == at {
			return r
		}
	}
	return 0
}

// bare takes the accent off a letter of French.
func bare(r rune) rune {
	switch r {
	case 'à', 'â', 'ä', 'á':
		return 'a'
	case 'é', 'è', 'ê', 'ë':
		return 'e'
	case 'î', 'ï', 'í':
		return 'i'
	case 'ô', 'ö', 'ó':
		return 'o'
	case 'ù', 'û', 'ü', 'ú':
		return 'u'
	case 'ç':
		return 'c'
	case 'ÿ':
		return 'y'
	}
	return r
}

// plain gives one spelling to characters that mean the same, and 0 to those that mean nothing here.
func plain(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r == '’' || r == 'ʼ' || r == '‘' || r == '´' || r == '′':
		return '\''
	case r == '‐' || r == '‑':
		return '-'
	case r == 0xad || 0x200b <= r && r <= 0x200f || r == 0xfeff:
		return 0 // soft hyphens, joiners and other zero widths
	case 0xfe00 <= r && r <= 0xfe0f || 0x1f3fb <= r && r <= 0x1f3ff:
		return 0 // variants and skin tones of an emoji
	case r == utf8.RuneError || unicode.IsControl(r):
		return ' '
	}
	return r
}
