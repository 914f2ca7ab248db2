package sentiment

import (
	"unicode"
	"unicode/utf8"
)

// kind is what a token is.
type kind uint8

const (
	word    kind = iota // letters and digits
	face                // an emoticon or emoji
	stop                // . ! ? ; : and line breaks, which end the reach of a negation
	pause               // any other punctuation
	mention             // @name or an address
	link                // a URL
)

// token is one piece of a text. Its folded form is lower case, of one spelling, with letters that repeat thrice or more
// written twice.
type token struct {
	from, to   int32 // in the text
	start, end int32 // of the folded form
	alt, alend int32 // of the form with the repeated letters written once, where it is stretched
	kind       kind
	caps       bool // all its letters, two or more, are capitals
	stretched  bool
	first      int32 // rune of a stop
	count      uint8 // runes of a stop
}

// pieces is a text taken apart. Folded tokens stand in order with one blank between, so that a phrase of several words is
// one run of bytes. It is reused from text to text.
type pieces struct {
	runes  []rune
	at     []int32 // where each rune begins in the text, and where the last one ends
	folded []byte
	alts   []byte
	tokens []token
	faces  map[string]float32 // the emoticons and emoji known
	starts [128]bool          // the first runes of emoticons, bit 5 set
	next   int                // the rune being read
}

// form is a token's folded form.
func (p *pieces) form(t *token) []byte { return p.folded[t.start:t.end] }

// cut takes a text apart.
func (p *pieces) cut(text string) {
	if len(text) > MaxText {
		text = text[:MaxText]
	}
	p.read(text)
	p.folded, p.alts, p.tokens = p.folded[:0], p.alts[:0], p.tokens[:0]
	for p.next = 0; p.next < len(p.runes); {
		p.scan()
	}
}

// read fills runes and at.
func (p *pieces) read(text string) {
	p.runes, p.at = p.runes[:0], p.at[:0]
	for i := 0; i < len(text); {
		raw, n := decode(text[i:])
		r := plain(raw)
		if last := len(p.runes) - 1; last >= 0 && grave <= r && r <= cedilla {
			if joined := compose(p.runes[last], r); joined != 0 {
				p.runes[last], r = joined, 0
			}
		}
		if r != 0 {
			p.runes, p.at = append(p.runes, r), append(p.at, int32(i))
		}
		i += n
	}
	p.at = append(p.at, int32(len(text)))
}

func (p *pieces) peek(i int) rune {
	if i < 0 || i >= len(p.runes) {
		return ' '
	}
	return p.runes[i]
}

func isWord(r rune) bool {
	switch {
	case r < 0x80:
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// scan reads what stands at next and moves on.
func (p *pieces) scan() {
	i := p.next
	r := p.runes[i]
	switch {
	case r == '\n':
		p.punctuation(stop, 1)
	case unicode.IsSpace(r):
		p.next++
	case p.scanFace(), p.scanLink():
	case r == '@' && isWord(p.peek(i+1)):
		p.until(mention, func(r rune) bool { return isWord(r) || r == '@' || r == '-' })
	case isWord(r):
		p.scanWord()
	case r == '!' || r == '?':
		n := 1
		for p.peek(i+n) == '!' || p.peek(i+n) == '?' {
			n++
		}
		p.punctuation(stop, n)
	case r == '.' || r == ';' || r == ':' || r == '…':
		p.punctuation(stop, 1)
	case unicode.IsPunct(r) && r != '#' && r != '-' && r != '\'' && r != '*':
		p.punctuation(pause, 1)
	default:
		p.next++
	}
}

// open begins a token at next, with a blank before its folded form.
func (p *pieces) open(k kind) token {
	if len(p.folded) > 0 {
		p.folded = append(p.folded, ' ')
	}
	return token{kind: k, from: p.at[p.next], start: int32(len(p.folded))}
}

// shut ends a token before the rune to.
func (p *pieces) shut(t token, to int) {
	t.to, t.end = p.at[to], int32(len(p.folded))
	p.tokens, p.next = append(p.tokens, t), to
}

func (p *pieces) punctuation(k kind, n int) {
	t := p.open(k)
	p.folded = utf8.AppendRune(p.folded, p.runes[p.next])
	t.first, t.count = int32(p.next), uint8(min(n, 255))
	p.shut(t, p.next+n)
}

// until makes one token of the rune at next and those after it that belong, folded to the name of its kind: what
// mentions and links say is nobody's opinion.
func (p *pieces) until(k kind, belongs func(rune) bool) {
	t := p.open(k)
	to := p.next + 1
	for to < len(p.runes) && belongs(p.runes[to]) {
		to++
	}
	p.folded = append(p.folded, [...]string{mention: "@", link: "http"}[k]...)
	p.shut(t, to)
}

func (p *pieces) scanLink() bool {
	i := p.next
	if r := p.runes[i] | 0x20; r != 'h' && r != 'w' || isWord(p.peek(i-1)) {
		return false
	}
	if p.begins("www.") || p.begins("http://") || p.begins("https://") || p.begins("http") && !isWord(p.peek(i+4)) {
		p.until(link, func(r rune) bool { return !unicode.IsSpace(r) })
		return true
	}
	return false
}

func (p *pieces) begins(prefix string) bool {
	for j, r := range []byte(prefix) {
		if p.peek(p.next+j)|0x20 != rune(r)|0x20 {
			return false
		}
	}
	return true
}

// longestFace is the length of the longest emoticon that is looked for, in runes.
const longestFace = 7

// scanFace reads an emoji, or the longest emoticon that stands at next.
func (p *pieces) scanFace() bool {
	first := p.runes[p.next]
	if first >= 0x80 {
		return !isWord(first) && p.addFace(1)
	}
	if !p.starts[first|0x20] {
		return false
	}
	for n := min(longestFace, len(p.runes)-p.next); n > 1; n-- {
		if p.stands(n) && p.addFace(n) {
			return true
		}
	}
	return false
}

// stands says whether n runes from next can be an emoticon where they stand: no word follows, and none comes before but
// one that a face is glued to ("merci:)"); one that looks to the right, ending with its eyes, stands between blanks, since
// "(see there):" has no face.
func (p *pieces) stands(n int) bool {
	before, first := p.peek(p.next-1), p.runes[p.next]
	last, after := p.runes[p.next+n-1], p.peek(p.next+n)
	switch {
	case isWord(after) || last == ' ':
		return false
	case last == ':' || last == ';' || last == '=':
		return unicode.IsSpace(before) && unicode.IsSpace(after)
	case isWord(before):
		return (first == ':' || first == ';' || first == '=') && (last == ')' || last == '(' || last|0x20 == 'd')
	}
	return before != '/' && before != '\\'
}

// addFace takes the next n runes as an emoticon if they are one.
func (p *pieces) addFace(n int) bool {
	var buffer [longestFace * utf8.UTFMax]byte
	form, symbols := buffer[:0], 0
	for _, r := range p.runes[p.next : p.next+n] {
		if !isWord(r) {
			symbols++
		}
		form = utf8.AppendRune(form, unicode.ToLower(r))
	}
	if symbols == 0 {
		return false
	}
	if _, known := p.faces[string(form)]; !known {
		return false
	}
	t := p.open(face)
	p.folded = append(p.folded, form...)
	p.shut(t, p.next+n)
	return true
}

// scanWord reads a word up to its end or its elision: "l'image" are two words, "don't" is one.
func (p *pieces) scanWord() {
	t := p.open(word)
	t.alt = int32(len(p.alts))
	upper, lower, run := 0, 0, 0
	var last rune
	i := p.next
	for ; i < len(p.runes); i++ {
		r := p.runes[i]
		if r == '\'' && isWord(p.peek(i+1)) && i > p.next {
			if elides(p.folded[t.start:]) {
				p.folded, p.alts = append(p.folded, '\''), append(p.alts, '\'')
				i++
				break
			}
		} else if !isWord(r) {
			break
		}
		low := r
		if 'A' <= r && r <= 'Z' || r >= 0x80 && unicode.IsUpper(r) {
			low = unicode.ToLower(r)
			upper++
		} else if r > '9' && r != '_' {
			lower++
		}
		run++
		if low != last || r <= '9' {
			run, last = 1, low
		}
		p.fold(low, run)
		t.stretched = t.stretched || run > 2
	}
	if p.peek(i) == '@' && isWord(p.peek(i+1)) { // an address
		p.folded = p.folded[:max(int(t.start)-1, 0)]
		p.until(mention, func(r rune) bool { return isWord(r) || r == '@' || r == '-' || r == '.' })
		return
	}
	t.caps, t.alend = upper > 1 && lower == 0, int32(len(p.alts))
	p.shut(t, i)
}

// fold appends a letter that stands for the run-th time.
func (p *pieces) fold(low rune, run int) {
	switch {
	case run <= 2:
		p.folded, p.alts = utf8.AppendRune(p.folded, low), utf8.AppendRune(p.alts, low)
	case run == 3:
		p.alts = p.alts[:len(p.alts)-utf8.RuneLen(low)]
	}
}

// elides says whether a word before an apostrophe is a shortened one of French.
func elides(form []byte) bool {
	switch string(form) {
	case "c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu", "presqu":
		return true
	}
	return false
}
