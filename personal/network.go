package personal

import (
	"net/netip"
	"strings"
)

// groups finds what is written in groups parted by colons: IP addresses of version 6, MAC addresses.
func (s *scan) groups() {
	if s.colons < 2 {
		return
	}
	for i := 0; i < len(s.text); i++ {
		if s.text[i] != ':' {
			continue
		}
		start, end := i, i+1
		for start > 0 && i-start < 4 && isHex(s.text[start-1]) {
			start--
		}
		for end < len(s.text) && (isHex(s.text[end]) || s.text[end] == ':' || s.text[end] == '.') {
			end++
		}
		s.group(start, end)
		i = end - 1
	}
}

// longestIP6 is the length of an address of version 6 that ends in one of version 4.
const longestIP6 = 45

func (s *scan) group(start, end int) {
	if s.before(start) { // the end of a word before the address: "mac:00:1b:…"
		start += strings.IndexByte(s.text[start:end], ':') + 1
	}
	if strings.HasPrefix(s.text[start:end], ":") && !strings.HasPrefix(s.text[start:end], "::") {
		start++
	}
	for end > start && (s.text[end-1] == '.' || s.text[end-1] == ':' && !strings.HasSuffix(s.text[start:end], "::")) {
		end--
	}
	token := s.text[start:end]
	if len(token) > longestIP6 || strings.Count(token, ":") < 2 || s.after(end) {
		return
	}
	if isMAC(token, ':') {
		s.add(Finding{MAC, start, end, VeryLikely})
		return
	}
	ip, err := netip.ParseAddr(token)
	if err != nil || ip.IsUnspecified() || ip.IsLoopback() || !strings.ContainsAny(token, "0123456789") {
		return
	}
	likelihood := VeryLikely
	if strings.Count(token, ":") < 3 {
		likelihood = Possible
	}
	s.add(Finding{IP, start, end, likelihood})
}

const macLength = len("00:1b:44:11:3a:b7")

// isMAC tells whether a text is six pairs of hexadecimal digits.
func isMAC(text string, separator byte) bool {
	if len(text) != macLength {
		return false
	}
	for i := range len(text) {
		if i%3 == 2 && text[i] != separator || i%3 != 2 && !isHex(text[i]) {
			return false
		}
	}
	return true
}

// hyphenMAC finds a MAC address with hyphens (IEEE 802) at the start of a word.
func (s *scan) hyphenMAC(i int) bool {
	end := i + macLength
	if end > len(s.text) || s.text[i+2] != '-' || !isMAC(s.text[i:end], '-') || s.after(end) ||
		end < len(s.text) && s.text[end] == '-' {
		return false
	}
	s.add(Finding{MAC, i, end, VeryLikely})
	return true
}

// versions are the words after which four numbers are no address.
var versions = [...]string{"v", "version", "versions", "ver", "release", "build", "firmware", "update", "rev"}

// ip4 finds an address of version 4 in the groups of a number.
func (s *scan) ip4(groups []group) int {
	if len(groups) < 4 {
		return 0
	}
	for _, g := range groups[1:4] {
		if g.separator(s.text) != "." {
			return 0
		}
	}
	start, end := groups[0].start, groups[3].end
	if len(groups) > 4 && groups[4].separator(s.text) == "." || s.after(end) || start > 0 && s.text[start-1] == '.' {
		return 0
	}
	ip, err := netip.ParseAddr(s.text[start:end])
	if err != nil || ip.IsUnspecified() || ip.IsLoopback() || s.precededBy(start, versions[:]) {
		return 0
	}
	s.add(Finding{IP, start, end, Likely})
	return 4
}
