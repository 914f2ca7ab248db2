package personal

import "strings"

// group is digits without a gap. from is where the separator before it begins; it is start where there is none.
type group struct{ from, start, end int }

func (g group) size() int { return g.end - g.start }

func (g group) separator(text string) string { return text[g.from:g.start] }

// wideSeparators part the groups of one number, as some in ASCII do.
var wideSeparators = [...]string{"\u00a0", "\u202f", "\u2011", "\u2009"}

// longestGap is how many separators in a row still part groups of one number: "030 / 123", ") ".
const longestGap = 3

// gap gives where the separators at i end; it is i where none is. A full stop ends the number when a space follows.
func (s *scan) gap(i int) int {
	for range longestGap {
		n := separator(s.text[i:])
		if n == 0 || s.text[i] == '.' && i+1 < len(s.text) && s.text[i+1] == ' ' {
			break
		}
		i += n
	}
	return i
}

// separator is the length of the separator that a text begins with; 0 where it begins with none.
func separator(text string) int {
	if text == "" {
		return 0
	}
	switch c := text[0]; {
	case c == ' ', '-' <= c && c <= '/', c == '(', c == ')':
		return 1
	case c < 0x80:
		return 0
	}
	for _, sep := range wideSeparators {
		if strings.HasPrefix(text, sep) {
			return len(sep)
		}
	}
	return 0
}

// number reads the groups of digits from i, the start of a word, finds in them what it can and gives where the
// groups end.
func (s *scan) number(i int) int {
	groups := s.run[:0]
	for from := i; ; {
		start := s.gap(from)
		if len(groups) == 0 {
			start = i
		}
		if start >= len(s.text) || !isDigit(s.text[start]) || start == from && len(groups) > 0 {
			break
		}
		end := start
		for end < len(s.text) && isDigit(s.text[end]) {
			end++
		}
		groups = append(groups, group{from, start, end})
		from = end
	}
	s.run = groups
	end := groups[len(groups)-1].end
	for g := 0; g < len(groups); {
		g += s.numberAt(groups[g:])
	}
	return end
}

// numberAt finds what begins with the first of the groups and gives how many it used; one where it found nothing.
func (s *scan) numberAt(groups []group) int {
	for _, find := range [...]func([]group) int{s.ip4, s.nir, s.card, s.ssn, s.date, s.phone} {
		if n := find(groups); n > 0 {
			return n
		}
	}
	return 1
}

// digitsOf joins the digits of groups.
func (s *scan) digitsOf(groups []group) string {
	if len(groups) == 1 {
		return s.text[groups[0].start:groups[0].end]
	}
	var room [2 * longestCard]byte
	b := room[:0]
	for _, g := range groups {
		b = append(b, s.text[g.start:g.end]...)
	}
	return string(b)
}

// total is how many digits the groups have.
func total(groups []group) int {
	n := 0
	for _, g := range groups {
		n += g.size()
	}
	return n
}

// uniform tells whether the same single separator parts all groups, and which.
func (s *scan) uniform(groups []group) (string, bool) {
	if len(groups) == 1 {
		return "", true
	}
	first := groups[1].separator(s.text)
	for _, g := range groups[2:] {
		if g.separator(s.text) != first {
			return "", false
		}
	}
	return first, true
}

// sizes tells whether the first groups have these sizes and the word ends there.
func (s *scan) sizes(groups []group, want ...int) bool {
	if len(groups) < len(want) {
		return false
	}
	for i, n := range want {
		if groups[i].size() != n {
			return false
		}
	}
	return !s.after(groups[len(want)-1].end)
}

// date passes over a date written in numbers, which is nobody's number.
func (s *scan) date(groups []group) int {
	if len(groups) < 3 {
		return 0
	}
	sep, same := s.uniform(groups[:3])
	if !same || sep != "-" && sep != "." && sep != "/" || len(groups) > 3 && groups[3].separator(s.text) == sep {
		return 0
	}
	a, b, c := atoi(s.text[groups[0].start:groups[0].end]), atoi(s.text[groups[1].start:groups[1].end]), groups[2].size()
	yearFirst := groups[0].size() == 4 && b <= 12 && groups[1].size() <= 2 && c <= 2
	yearLast := groups[0].size() <= 2 && groups[1].size() <= 2 && (c == 2 || c == 4) && (a <= 31 && b <= 12 || a <= 12 && b <= 31)
	if yearFirst || yearLast {
		return 3
	}
	return 0
}

// atoi reads up to nine digits.
func atoi(digits string) int {
	n := 0
	for i := 0; i < len(digits) && i < 9; i++ {
		n = 10*n + int(digits[i]-'0')
	}
	return n
}

// ssn finds a social security number of the United States: area, group and serial number, none of them zero, with
// areas 666 and 900 up never given (Social Security Administration, POMS RM 10201.030).
func (s *scan) ssn(groups []group) int {
	n, likelihood := 3, Likely
	if sep, same := "", false; !s.sizes(groups, 3, 2, 4) {
		n, likelihood = 1, Possible
		if !s.sizes(groups, 9) || !s.precededBy(groups[0].start, []string{"ssn", "security"}) {
			return 0
		}
	} else if sep, same = s.uniform(groups[:3]); !same || sep != "-" && (sep != " " || !s.precededBy(groups[0].start, []string{"ssn", "security"})) {
		return 0
	}
	if len(groups) > n && groups[n].separator(s.text) == "-" {
		return 0
	}
	d := s.digitsOf(groups[:n])
	if area := atoi(d[:3]); area == 0 || area == 666 || area >= 900 || d[3:5] == "00" || d[5:] == "0000" {
		return 0
	}
	s.add(Finding{SSN, groups[0].start, groups[n-1].end, likelihood})
	return n
}

const (
	nirLength = 15
	corsicaAt = 6 // where the letter of Corsica's departments stands
)

// nir finds a French social security number: sex, year, month, department, commune, order and a key of 97 minus the
// rest modulo 97; Corsica's departments 2A and 2B count as 19 and 18 (INSEE, Répertoire national d'identification).
func (s *scan) nir(groups []group) int {
	start := groups[0].start
	if c := s.text[start]; c == '0' || c == '5' || c == '6' || c == '9' {
		return 0
	}
	var id [nirLength]byte
	i, n := start, 0
	for _, g := range groups {
		if n == len(id) || n+g.size() > len(id) {
			break
		}
		n += copy(id[n:], s.text[g.start:g.end])
		i = g.end
	}
	if n == corsicaAt && id[n-1] == '2' {
		n, i = s.corsica(&id, i)
	}
	if n < len(id) || s.after(i) || !validNIR(id) {
		return 0
	}
	s.add(Finding{NIR, start, i, VeryLikely})
	used := 0
	for used < len(groups) && groups[used].start < i {
		used++
	}
	return used
}

// corsica reads on at i, behind the 2 of a department 2A or 2B, whose letter ends the groups.
func (s *scan) corsica(id *[nirLength]byte, i int) (n, end int) {
	n = corsicaAt
	for n < len(id) && i < len(s.text) {
		at := s.gap(i)
		if at == len(s.text) {
			break
		}
		c := s.text[at]
		if letter := n == corsicaAt && (c|0x20 == 'a' || c|0x20 == 'b'); !isDigit(c) && !letter {
			break
		}
		id[n] = c
		n, i = n+1, at+1
	}
	return n, i
}

func validNIR(id [nirLength]byte) bool {
	month := int(id[3]-'0')*10 + int(id[4]-'0')
	if month == 0 || month > 12 && month < 20 || month > 42 && month < 50 {
		return false
	}
	minus := 0
	switch id[6] | 0x20 {
	case 'a':
		id[6], minus = '0', 1000000
	case 'b':
		id[6], minus = '0', 2000000
	}
	rest := 0
	for _, c := range id[:13] {
		rest = 10*rest + int(c-'0')
	}
	return int(id[13]-'0')*10+int(id[14]-'0') == 97-(rest-minus)%97
}
