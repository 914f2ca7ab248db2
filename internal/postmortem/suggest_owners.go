package postmortem

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/owners"
	"github.com/safelight-dev/safelight/internal/phrase"
)

var (
	diffFile   = regexp.MustCompile(`^\+\+\+ (?:[biw]/)?(.+)$`)
	cubeInText = regexp.MustCompile(`[^\s"'` + "`" + `]+\.cube\b`)
	brandOwner = regexp.MustCompile(`(?i)brand|marque`)
)

// suggestOwners finds that CODEOWNERS demands nobody of the brand for a lookup table.
func suggestOwners(files []EvidenceFile) (Suggestion, bool) {
	tables := lookupTables(files)
	for _, f := range ofKind(files, CodeOwners) {
		rules := owners.Parse(f.Text)
		for _, table := range tables {
			rule, found := owners.Of(rules, table)
			if found && (len(rule.Owners) > 0 && !rule.CatchesAll() || brandOwner.MatchString(strings.Join(rule.Owners, " "))) {
				continue
			}
			s := Suggestion{
				Kind: Systemic, Domain: Operations, Say: phrase.Of("cause.codeowners", oneLine(table)), Evidence: []string{f.Path},
			}
			if found {
				s.Lines = []Support{quote(f.Path, rule.Line-1, rule.Text)}
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
