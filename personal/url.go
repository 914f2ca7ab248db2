package personal

import (
	"slices"
	"strings"
)

// maxScheme is longer than any scheme in use.
const maxScheme = 20

// bareEndings are the top-level domains of which a name alone is read as a domain: those that are no word of English
// or French and no ending of a file, so that a missing space after a full stop is not taken for a dot.
var bareEndings = [...]string{"com", "net", "org", "edu", "gov", "fr", "uk", "eu", "io", "biz", "info", "ca", "ch", "nl", "pl",
	"cz", "dk", "au", "nz", "ie", "jp", "br", "pt", "app", "dev", "shop", "store", "online", "site"}

// urls finds addresses with a scheme, then names of hosts.
func (s *scan) urls() {
	if s.colons > 0 {
		for from := 0; ; {
			at := strings.Index(s.text[from:], "://")
			if at < 0 {
				break
			}
			from = s.withScheme(from + at)
		}
	}
	if s.dots == 0 {
		return
	}
	for i := 1; i+1 < len(s.text); i++ {
		if s.text[i] == '.' && isAlnum(s.text[i-1]) && isAlnum(s.text[i+1]) {
			i = s.host(i)
		}
	}
}

// withScheme finds scheme://… around the :// at i and gives where to go on.
func (s *scan) withScheme(i int) int {
	start := i
	for start > 0 && i-start < maxScheme && (isAlnum(s.text[start-1]) || s.text[start-1] == '+' || s.text[start-1] == '-') {
		start--
	}
	for start < i && !isLetter(s.text[start]) {
		start++
	}
	end := s.addressEnd(i + 3)
	if start == i || end == i+3 {
		return i + 3
	}
	s.add(Finding{URL, start, end, VeryLikely})
	return end
}

// addressEnd gives where an address that goes on at i ends: at white space or at what is no part of one, without the
// punctuation of the sentence around it.
func (s *scan) addressEnd(i int) int {
	from, open := i, 0
	for ; i < len(s.text); i++ {
		c := s.text[i]
		if c <= ' ' || c == 0x7f || strings.IndexByte("<>\"`{}|\\^", c) >= 0 || c >= 0x80 && !wordStart(s.text[i:]) {
			break
		}
		if c == '[' && s.masked(i) || c == ')' && open == 0 {
			break
		}
		switch c {
		case '(':
			open++
		case ')':
			open--
		}
	}
	for i > from && strings.IndexByte(".,;:!?'*_~([]", s.text[i-1]) >= 0 {
		i--
	}
	return i
}

// host finds the name of a host around the dot at i and gives the last byte looked at.
func (s *scan) host(i int) int {
	start := i
	for start > 0 && i-start < maxLocal && (isAlnum(s.text[start-1]) || s.text[start-1] == '-') {
		start--
	}
	end, public := s.domain(start)
	if end <= i {
		return i
	}
	name := s.text[start:end]
	if !public || s.before(start) || s.after(end) || start > 0 && strings.IndexByte("@/\\.", s.text[start-1]) >= 0 ||
		end < len(s.text) && s.text[end] == '@' {
		return end
	}
	path := end+1 < len(s.text) && s.text[end] == '/' && isAlnum(s.text[end+1])
	if path || end < len(s.text) && s.text[end] == ':' {
		end = s.addressEnd(end)
	}
	switch last := name[strings.LastIndexByte(name, '.')+1:]; {
	case len(name) > 4 && strings.EqualFold(name[:4], "www."):
		s.add(Finding{URL, start, end, VeryLikely})
	case path && last == strings.ToLower(last), slices.Contains(bareEndings[:], last):
		s.add(Finding{URL, start, end, Possible})
	}
	return max(end-1, i)
}
