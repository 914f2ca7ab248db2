package personal

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// RFC 5321, 4.5.3.1: the limits of the two parts of an address.
const (
	maxLocal  = 64
	maxDomain = 255
)

// mailsAndHandles looks at each @.
func (s *scan) mailsAndHandles() {
	if s.ats == 0 {
		return
	}
	for i := 0; i < len(s.text); i++ {
		if s.text[i] != '@' || s.mail(i) {
			continue
		}
		s.handle(i)
	}
}

// mail finds an address around the @ at i.
func (s *scan) mail(i int) bool {
	start := i
	for start > 0 && i-start < maxLocal && (isLocal(s.text[start-1]) || s.text[start-1] >= 0x80 && s.before(start)) {
		start--
	}
	for start < i && (s.text[start] == '.' || s.text[start] == '-' || s.text[start] == '%' || s.text[start]&0xc0 == 0x80) {
		start++ // no address begins so; the last is the rest of a character cut by the limit
	}
	end, ok := s.domain(i + 1)
	if start == i || end == i+1 || s.text[i-1] == '.' {
		return false
	}
	likelihood := VeryLikely
	if !ok {
		if !privateDomain(s.text[i+1 : end]) {
			return false
		}
		likelihood = Possible
	}
	if start > 0 && s.text[start-1] == '@' && !s.before(start-1) {
		// @name@server is how the fediverse writes a handle.
		s.add(Finding{Person, start - 1, end, VeryLikely})
		return true
	}
	s.add(Finding{Email, start, end, likelihood})
	return true
}

func isLocal(c byte) bool {
	return isAlnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%'
}

// domain reads a domain name at i and tells whether its last label is one of the public ones. It ends at i where none
// is.
func (s *scan) domain(i int) (end int, public bool) {
	end = i
	for end < len(s.text) && end-i < maxDomain && (isAlnum(s.text[end]) || s.text[end] == '-' || s.text[end] == '.' || s.text[end] >= 0x80 && s.after(end)) {
		end++
	}
	for end > i && (s.text[end-1] == '.' || s.text[end-1] == '-') {
		end--
	}
	name := s.text[i:end]
	if name == "" || name[0] == '.' || name[0] == '-' || strings.Contains(name, "..") || !strings.Contains(name, ".") {
		return i, false
	}
	return end, publicDomain(name)
}

// publicDomain tells whether a name ends in a top-level domain that exists.
func publicDomain(name string) bool {
	suffix, icann := publicsuffix.PublicSuffix(strings.ToLower(name))
	return icann || strings.Contains(suffix, ".")
}

// fileEndings are what follows @ in names of files (logo@2x.png) and is no domain.
var fileEndings = [...]string{"png", "jpg", "jpeg", "webp", "avif", "heic", "gif", "svg", "tif", "tiff", "bmp", "jxl", "psd",
	"css", "js", "mjs", "ts", "json", "html", "xml", "pdf", "txt", "csv", "yaml", "yml"}

// privateDomain tells whether a name may be a host inside a company: mail.corp, server.local.
func privateDomain(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	for i := range len(last) {
		if !isLetter(last[i]) {
			return false
		}
	}
	return len(last) >= 2 && !slices.Contains(fileEndings[:], strings.ToLower(last))
}

// notPeople follow an @ and are no handles: rules of style sheets, and the names of everybody.
var notPeople = [...]string{"media", "import", "font-face", "supports", "keyframes", "charset", "layer", "container",
	"here", "channel", "all", "everyone", "tous"}

// handle finds @name at i.
func (s *scan) handle(i int) {
	if i > 0 && (s.before(i) || s.text[i-1] == '@' || s.text[i-1] == '/') {
		return
	}
	end := i + 1
	for end < len(s.text) && end-i <= maxLocal && (isAlnum(s.text[end]) || strings.IndexByte("_.-", s.text[end]) >= 0) {
		end++
	}
	for end > i+1 && (s.text[end-1] == '.' || s.text[end-1] == '-') {
		end--
	}
	name := s.text[i+1 : end]
	if len(name) < 2 || !isLetter(name[0]) && name[0] != '_' || s.after(end) || slices.Contains(notPeople[:], strings.ToLower(name)) {
		return
	}
	if end+1 < len(s.text) && s.text[end] == '/' && isAlnum(s.text[end+1]) {
		return // @scope/package
	}
	s.add(Finding{Person, i, end, Possible})
}
