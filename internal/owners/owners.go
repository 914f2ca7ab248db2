// Package owners reads CODEOWNERS as GitHub does: who has to approve a change of a file.
//
// The rules are those that GitHub documents: of the lines that match a file the last one counts, patterns are those of .gitignore without
// negation and ranges, and "docs/*" does not reach below docs. A line without owners takes a file from those of before.
package owners

import (
	"path"
	"slices"
	"strings"
)

// MaxFile is the size from which on GitHub does not read the file any more, in bytes.
const MaxFile = 3 << 20

// Places lists where GitHub looks for the file, the first that is there counts.
func Places() []string { return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"} }

// Rule is one line.
type Rule struct {
	Pattern string
	Owners  []string
	Line    int    // from 1
	Text    string // the line as it stands
}

// Parse reads the rules; comments, sections of GitLab and lines that mean nothing are passed over.
func Parse(text []byte) []Rule {
	var rules []Rule
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") || strings.HasPrefix(words[0], "[") || strings.HasPrefix(words[0], "!") {
			continue
		}
		list := words[1:]
		if i := slices.IndexFunc(list, func(w string) bool { return strings.HasPrefix(w, "#") }); i >= 0 {
			list = list[:i]
		}
		rules = append(rules, Rule{words[0], list, n, line})
	}
	return rules
}

// Of gives the rule that decides about a file: the last one that matches it.
func Of(rules []Rule, file string) (Rule, bool) {
	for _, r := range slices.Backward(rules) {
		if match(r.Pattern, file) {
			return r, true
		}
	}
	return Rule{}, false
}

// CatchesAll tells a rule for the whole repository, which names nobody for one file in particular.
func (r Rule) CatchesAll() bool { return strings.Trim(r.Pattern, "/*") == "" }

// match matches as GitHub describes it: as .gitignore does, except that
// "docs/*" does not reach below docs.
func match(pattern, file string) bool {
	folder := strings.HasSuffix(pattern, "/")
	trimmed := strings.Trim(pattern, "/")
	anchored := strings.HasPrefix(pattern, "/") || strings.Contains(trimmed, "/")
	want := strings.Split(trimmed, "/")
	if trimmed == "" {
		return true
	}
	if !anchored {
		want = append([]string{"**"}, want...)
	}
	segments := strings.Split(file, "/")
	if !folder && matchSegments(want, segments) {
		return true
	}
	if !folder && anchored && want[len(want)-1] == "*" {
		return false
	}
	for n := 1; n < len(segments); n++ {
		if matchSegments(want, segments[:n]) {
			return true
		}
	}
	return false
}

// matchSegments matches segment by segment; "**" stands for any number of
// them. reach[j] tells whether the pattern so far matches the first j segments.
func matchSegments(want, have []string) bool {
	reach := make([]bool, len(have)+1)
	reach[0] = true
	for _, w := range want {
		next := make([]bool, len(have)+1)
		for j := range next {
			if w == "**" {
				next[j] = reach[j] || j > 0 && next[j-1]
				continue
			}
			if j > 0 && reach[j-1] {
				ok, err := path.Match(w, have[j-1])
				next[j] = ok && err == nil
			}
		}
		reach = next
	}
	return reach[len(have)]
}
