package postmortem

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// ownerRule is one line of CODEOWNERS.
type ownerRule struct {
	pattern string
	owners  []string
	line    Support
}

var (
	diffFile   = regexp.MustCompile(`^\+\+\+ (?:[biw]/)?(.+)$`)
	cubeInText = regexp.MustCompile(`[^\s"'` + "`" + `]+\.cube\b`)
	brandOwner = regexp.MustCompile(`(?i)brand|marque`)
)

// suggestOwners finds that CODEOWNERS demands nobody of the brand for a lookup table.
func suggestOwners(files []EvidenceFile) (Suggestion, bool) {
	tables := lookupTables(files)
	for _, f := range ofKind(files, CodeOwners) {
		rules := readOwners(f)
		for _, table := range tables {
			rule, found := ownersOf(rules, table)
			if found && (len(rule.owners) > 0 && !catchesAll(rule.pattern) || brandOwner.MatchString(strings.Join(rule.owners, " "))) {
				continue
			}
			s := Suggestion{
				Kind: Systemic, Domain: Operations, Say: phrase.Of("cause.codeowners", oneLine(table)), Evidence: []string{f.Path},
			}
			if found {
				s.Lines = []Support{rule.line}
			}
			return s, true
		}
	}
	return Suggestion{}, false
}

// lookupTables lists the tables in question by their paths in the repository:
// those that a diff changes or a hook log names, else those among the evidence.
func lookupTables(files []EvidenceFile) []string {
	var list []string
	for _, f := range ofKind(files, GitDiff) {
		for _, line := range textLines(f.Text) {
			if m := diffFile.FindStringSubmatch(strings.TrimRight(line, "\t ")); m != nil && path.Ext(m[1]) == ".cube" {
				list = append(list, m[1])
			}
		}
	}
	for _, f := range ofKind(files, HookLog) {
		for _, line := range textLines(f.Text) {
			if _, _, rejected := readLogLine(line); rejected {
				list = append(list, cubeInText.FindAllString(line, -1)...)
			}
		}
	}
	if len(list) == 0 {
		for _, f := range ofKind(files, LUT) {
			list = append(list, f.Path)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func readOwners(f EvidenceFile) []ownerRule {
	var rules []ownerRule
	for i, line := range textLines(f.Text) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") || strings.HasPrefix(words[0], "[") {
			continue
		}
		owners := words[1:]
		if n := slices.IndexFunc(owners, func(w string) bool { return strings.HasPrefix(w, "#") }); n >= 0 {
			owners = owners[:n]
		}
		rules = append(rules, ownerRule{words[0], owners, quote(f.Path, i, line)})
	}
	return rules
}

// ownersOf gives the rule that decides about a path: the last one that matches it.
func ownersOf(rules []ownerRule, file string) (ownerRule, bool) {
	for _, r := range slices.Backward(rules) {
		if matchOwners(r.pattern, file) {
			return r, true
		}
	}
	return ownerRule{}, false
}

// catchesAll tells a rule for the whole repository, which names nobody for one file in particular.
func catchesAll(pattern string) bool { return strings.Trim(pattern, "/*") == "" }

// matchOwners matches as GitHub describes it: as .gitignore does, except that
// "docs/*" does not reach below docs.
func matchOwners(pattern, file string) bool {
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
