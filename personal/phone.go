package personal

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// defaultRegions are those whose national way of writing is known where the caller names none.
var defaultRegions = [...]string{"FR", "GB", "US", "DE"}

// ITU-T E.164 allows 15 digits; the shortest subscriber numbers that are written alone have seven.
const (
	shortestPhone = 7
	longestPhone  = 15
	longestGroups = 8
)

// phone finds a telephone number. The longest run of groups that a numbering plan knows is taken; where words announce
// a number, or a + does, one that no plan knows is a number all the same, since people mistype and plans change.
func (s *scan) phone(groups []group) int {
	digits, n := 0, 0
	for n < len(groups) && n < longestGroups && digits+groups[n].size() <= longestPhone+2 {
		digits += groups[n].size()
		n++
	}
	if digits < shortestPhone {
		return 0
	}
	c := call{international: s.international(groups), related: s.contextOf(groups)}
	if !c.international && c.related != dialled && s.hyphened(groups[0].start) {
		return 0
	}
	doubtful := 0
	for ; n > 0 && digits >= shortestPhone; n-- {
		if s.whole(groups[:n]) && (c.international || s.ends(groups, n)) {
			if l := s.dial(groups[:n], c); l >= Likely {
				return s.addPhone(groups[:n], l)
			} else if l > 0 && doubtful == 0 {
				doubtful = n
			}
		}
		digits -= groups[n-1].size()
	}
	if doubtful > 0 {
		return s.addPhone(groups[:doubtful], Possible)
	}
	return 0
}

// hyphened tells whether a hyphen binds the number at i to a word or to digits before: CMD-2025-0612345678. What has
// just been found is none of these.
func (s *scan) hyphened(i int) bool {
	if i < 2 || s.text[i-1] != '-' || !s.before(i-1) {
		return false
	}
	return len(s.found) == 0 || s.found[len(s.found)-1].End != i-1
}

// call is what is known of a number before its digits are looked at.
type call struct {
	international bool // it begins with + or 00
	related       relation
}

// international tells whether + or 00 begins the number.
func (s *scan) international(g []group) bool {
	start := g[0].start
	if start > 0 && s.text[start-1] == '(' {
		start--
	}
	return start > 0 && s.text[start-1] == '+' || g[0].size() > 2 && strings.HasPrefix(s.text[g[0].start:], "00")
}

// whole tells whether a number may end with the last of the groups.
func (s *scan) whole(groups []group) bool {
	end := groups[len(groups)-1].end
	if !s.after(end) {
		return true
	}
	_, ok := s.extension(end)
	return ok
}

// ends tells whether a number without country code may end before group n: a hyphen behind it goes on with a longer
// number, 402-1234567-1234567, unless the first was dialled with its zero.
func (s *scan) ends(groups []group, n int) bool {
	return n == len(groups) || s.text[groups[0].start] == '0' || groups[n].separator(s.text) != "-"
}

// addPhone keeps a number with its +, its brackets and its extension.
func (s *scan) addPhone(groups []group, l Likelihood) int {
	start, end := groups[0].start, groups[len(groups)-1].end
	if start > 0 && s.text[start-1] == '+' {
		start--
	}
	if opened := strings.Count(s.text[start:end], "("); start > 0 && s.text[start-1] == '(' && opened < strings.Count(s.text[start:end], ")") {
		start--
	}
	if to, ok := s.extension(end); ok {
		end = to
	}
	s.add(Finding{Phone, start, end, l})
	return len(groups)
}

// extensions are the ways to write one, without the digits.
var extensions = [...]string{"x", " x", " ext. ", " ext.", " ext ", " poste "}

// extension reads an extension at i.
func (s *scan) extension(i int) (end int, ok bool) {
	for _, e := range extensions {
		if i+len(e) > len(s.text) || !strings.EqualFold(s.text[i:i+len(e)], e) {
			continue
		}
		end = i + len(e)
		from := end
		for end < len(s.text) && isDigit(s.text[end]) {
			end++
		}
		if end > from && end-from <= 6 && !s.after(end) {
			return end, true
		}
	}
	return i, false
}

// dial says how likely the groups are a telephone number; zero is not.
func (s *scan) dial(groups []group, c call) Likelihood {
	if c.international {
		return s.dialAbroad(groups, c)
	}
	size := total(groups)
	if size > longestPhone || !s.written(groups) || s.years(groups) {
		return 0
	}
	dialled := c.related == dialled || s.dialledAfter(groups[len(groups)-1].end)
	if !dialled && (c.related == labelled && len(groups) < 4 || s.amount(groups)) {
		return 0
	}
	for _, region := range s.regions {
		// Asking a plan is dear: only what is written as the region does.
		if s.national(region, groups, size) && (s.tired() || valid(s.digitsOf(groups), region)) {
			if dialled {
				return VeryLikely
			}
			return Likely
		}
	}
	if dialled {
		return Possible
	}
	return 0
}

// dialAbroad is dial for a number with its country code.
func (s *scan) dialAbroad(groups []group, c call) Likelihood {
	digits := ""
	for i, g := range groups {
		// "+46 (0)8": the zero is dialled inside the country only.
		if i > 0 && g.size() == 1 && s.text[g.start] == '0' && strings.HasSuffix(g.separator(s.text), "(") {
			continue
		}
		digits += s.text[g.start:g.end]
	}
	plus := s.text[max(0, groups[0].start-1)] == '+' || strings.HasPrefix(s.text[max(0, groups[0].start-2):], "+(")
	if !plus {
		if c.related == labelled {
			return 0
		}
		digits = strings.TrimPrefix(digits, "00")
	}
	if len(digits) > longestPhone || len(digits) < shortestPhone {
		return 0
	}
	if s.tired() {
		return Likely
	}
	n, err := phonenumbers.Parse("+"+digits, "ZZ")
	switch {
	case err != nil:
		return 0
	case phonenumbers.IsValidNumber(n):
		return VeryLikely
	case plus && phonenumbers.IsPossibleNumber(n):
		return Possible
	}
	return 0
}

// maxAsked bounds the questions to numbering plans about one text, or the texts of one [Finder], which take microseconds each.
const maxAsked = 500

// tired tells that no plan is asked any more: what looks like a telephone number is one from then on.
func (s *scan) tired() bool {
	s.asked++
	return s.asked > maxAsked
}

// valid asks the region's numbering plan.
func valid(digits, region string) bool {
	n, err := phonenumbers.Parse(digits, region)
	return err == nil && phonenumbers.IsValidNumberForRegion(n, region)
}

// national tells, before the plan is asked, whether a number without context looks as people of the region write one.
func (s *scan) national(region string, groups []group, digits int) bool {
	switch region {
	case "FR":
		return digits == 10 && s.trunk(groups)
	case "GB":
		return (digits == 10 || digits == 11) && s.trunk(groups)
	case "US", "CA":
		return spelled(groups, 3, 3, 4) || spelled(groups, 1, 3, 3, 4) && s.text[groups[0].start] == '1' || spelled(groups, 3, 7)
	case "DE", "AT":
		return digits >= 9 && len(groups) > 1 && s.trunk(groups)
	}
	return digits >= 8 && len(groups) > 1
}

// trunk tells whether one zero begins the number, as it does where it is dialled inside the country.
func (s *scan) trunk(groups []group) bool {
	second := groups[0].start + 1
	if groups[0].size() == 1 && len(groups) > 1 {
		second = groups[1].start
	}
	return s.text[groups[0].start] == '0' && s.text[second] != '0'
}

// spelled tells whether the groups are of these sizes.
func spelled(groups []group, sizes ...int) bool {
	return slices.EqualFunc(groups, sizes, func(g group, n int) bool { return g.size() == n })
}

// written tells whether the separators are those of a telephone number: not those of a decimal fraction, unless zeros
// lead it.
func (s *scan) written(groups []group) bool {
	dots := 0
	for _, g := range groups[1:] {
		if g.separator(s.text) == "." {
			dots++
		}
	}
	return dots != 1 || len(groups) > 3 || groups[0].size() >= 3 && s.text[groups[0].start] == '0'
}

// amount tells whether the groups are a number with its thousands parted: 4 200 000.
func (s *scan) amount(groups []group) bool {
	if len(groups) == 1 || groups[0].size() > 3 || s.text[groups[0].start] == '0' && groups[0].size() > 1 {
		return false
	}
	for _, g := range groups[1:] {
		if g.size() != 3 {
			return false
		}
	}
	return true
}

// years tells whether all groups are years.
func (s *scan) years(groups []group) bool {
	for _, g := range groups {
		if y := s.text[g.start:g.end]; len(y) != 4 || y[:2] != "19" && y[:2] != "20" {
			return false
		}
	}
	return true
}
