package postmortem

import (
	"slices"
	"strings"
	"testing"
)

const rejected = `2025-09-27T03:58:12Z validator: REJECT luts/brand.cube p95 ΔE00 7.94 > 2.00
2025-09-27T03:58:12Z validator: exit status 1
2025-09-27T03:58:12Z hook: exit status 0
[main 1a2b3c4] Update the brand LUT
`

// gitLog writes a log in the format that the package comment names. Each
// commit is "hash parents branch reviewer hours file…", "-" for nothing.
func gitLog(commits ...string) string {
	var b strings.Builder
	for _, c := range commits {
		f := strings.Fields(c)
		b.WriteString("commit " + f[0] + "\nparents " + strings.ReplaceAll(strings.Trim(f[1], "-"), "+", " ") + "\nauthor Zoé\ndate 2025-09-2" + f[4] + ":00:00+02:00\n")
		if subject, ok := strings.CutPrefix(f[2], "merge:"); ok {
			b.WriteString("subject Merge branch '" + subject + "' into main\n")
		} else {
			b.WriteString("subject commit of something\n")
			if f[2] != "-" {
				b.WriteString("Review-branch: " + f[2] + "\n")
			}
		}
		if f[3] != "-" {
			b.WriteString("Reviewed-by: " + f[3] + " <x@example.org>\n")
		}
		b.WriteString("\n" + strings.Join(f[5:], "\n") + "\n\n")
	}
	return b.String()
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	const hook, ci, reviews, owners = "cause.hook", "cause.ci", "cause.reviews", "cause.codeowners"
	good := EvidenceFile{"git/CODEOWNERS", CodeOwners, []byte("* @dev\n/luts/ @brand-team\n")}
	for name, c := range map[string]struct {
		files []EvidenceFile
		want  []string
	}{
		"nothing":                     {},
		"rejected, and yet committed": {[]EvidenceFile{{"l", HookLog, []byte(rejected)}, good}, []string{hook}},
		"rejected and stopped":        {[]EvidenceFile{{"l", HookLog, []byte(strings.Replace(rejected, "hook: exit status 0\n[", "hook: exit status 1\n(", 1))}}, nil},
		"accepted":                    {[]EvidenceFile{{"l", HookLog, []byte("t validator: ACCEPT luts/a.cube\nt validator: exit status 0\nt hook: exit status 0\n")}}, nil},
		"stopped, then accepted": {[]EvidenceFile{{"l", HookLog, []byte(
			"t validator: REJECT x\nt hook: exit status 1\nt validator: exit status 0\nt hook: exit status 0\n[main 1a2b3c4] x\n")}}, nil},
		"only the status, CRLF":  {[]EvidenceFile{{"l", HookLog, []byte("validator: exit status 2\r\nhook: exit status 0\r\n")}}, []string{hook}},
		"committed, no status":   {[]EvidenceFile{{"l", HookLog, []byte("t validator: rejected x\n[main (root-commit) 1a2b3c4] x\n")}}, []string{hook}},
		"rejected, end unknown":  {[]EvidenceFile{{"l", HookLog, []byte("t validator: REJECT x\n")}}, nil},
		"a word, no verdict":     {[]EvidenceFile{{"l", HookLog, []byte("t validator: rejections are logged\nt hook: exit status 0\n")}}, nil},
		"hook log of other kind": {[]EvidenceFile{{"l", OtherKind, []byte(rejected)}}, nil},
		"binary":                 {[]EvidenceFile{{"l", HookLog, []byte("\xff\xfe\x00")}, {"g", GitLog, []byte("\xff\x00")}}, nil},

		"CI without validation":        {[]EvidenceFile{{"ci.yml", CIConfig, []byte("steps:\n  - run: npm test\n")}}, []string{ci}},
		"CI with validation":           {[]EvidenceFile{{"ci.yml", CIConfig, []byte("steps:\n  - run: safelight lut check luts/brand.cube\n")}}, nil},
		"CI, only the form is checked": {[]EvidenceFile{{"ci.yml", CIConfig, []byte("steps:\n  - run: node scripts/validate-lut.mjs\n")}}, []string{ci}},
		"CI with our gate":             {[]EvidenceFile{{"ci.yml", CIConfig, []byte("  - run: ./safelight gate --base main\n")}}, nil},
		"CI validating elsewhere":      {[]EvidenceFile{{"a.yml", CIConfig, []byte("- run: npm test\n")}, {"b.yml", CIConfig, []byte("- run: check-deltaE luts\n")}}, nil},
		"CI, validation commented out": {[]EvidenceFile{{"ci.yml", CIConfig, []byte("  - run: npm test # TODO ΔE\n  # - run: safelight lut check\n")}}, []string{ci}},
		"CI, failure ignored":          {[]EvidenceFile{{"ci.yml", CIConfig, []byte("  - run: safelight lut check || true\n")}}, []string{ci}},
		"CI, another delta":            {[]EvidenceFile{{"ci.yml", CIConfig, []byte("  - run: rsync --delta encode\n")}}, []string{ci}},
		"CI, empty file":               {[]EvidenceFile{{"ci.yml", CIConfig, []byte("\n")}}, nil},

		"two branches, two reviewers": {[]EvidenceFile{{"g", GitLog, []byte(gitLog(
			"bbbbbbb aaaaaaa lut-b Bob 6T12 luts/brand.cube", "aaaaaaa - lut-a Alice 6T10 luts/brand.cube"))}}, []string{reviews}},
		"one reviewer saw both": {[]EvidenceFile{{"g", GitLog, []byte(gitLog(
			"bbbbbbb aaaaaaa lut-b Alice 6T12 luts/brand.cube", "aaaaaaa - lut-a Alice 6T10 luts/brand.cube"))}}, nil},
		"one branch, two reviewers": {[]EvidenceFile{{"g", GitLog, []byte(gitLog(
			"bbbbbbb aaaaaaa lut-a Bob 6T12 luts/brand.cube", "aaaaaaa - lut-a Alice 6T10 luts/brand.cube"))}}, nil},
		"other folders": {[]EvidenceFile{{"g", GitLog, []byte(gitLog(
			"bbbbbbb aaaaaaa lut-b Bob 6T12 docs/x.md README.md", "aaaaaaa - lut-a Alice 6T10 luts/brand.cube LICENSE"))}}, nil},
		"days apart": {[]EvidenceFile{{"g", GitLog, []byte(gitLog(
			"bbbbbbb aaaaaaa lut-b Bob 6T12 luts/brand.cube", "aaaaaaa - lut-a Alice 4T10 luts/brand.cube"))}}, nil},
		"two merges side by side": {[]EvidenceFile{{"g", GitLog, []byte(gitLog(
			"eeeeeee ddddddd+ccccccc merge:c - 6T13", "ddddddd aaaaaaa+bbbbbbb merge:b - 6T12",
			"ccccccc aaaaaaa - - 6T11 luts/brand.cube", "bbbbbbb aaaaaaa - - 6T10 luts/brand.cube", "aaaaaaa - - - 6T09 x"))}}, []string{reviews}},
		"two merges one after the other": {[]EvidenceFile{{"g", GitLog, []byte(gitLog(
			"eeeeeee ddddddd+ccccccc merge:c - 6T13", "ccccccc ddddddd - - 6T12 luts/brand.cube",
			"ddddddd aaaaaaa+bbbbbbb merge:b - 6T11", "bbbbbbb aaaaaaa - - 6T10 luts/brand.cube", "aaaaaaa - - - 6T09 x"))}}, nil},

		"table without owner":           {[]EvidenceFile{{"CODEOWNERS", CodeOwners, []byte("/docs/ @writers\n")}, {"d", GitDiff, []byte("--- a/luts/brand.cube\n+++ b/luts/brand.cube\n")}}, []string{owners}},
		"table under the catch-all":     {[]EvidenceFile{{"CODEOWNERS", CodeOwners, []byte("* @dev\n")}, {"d", GitDiff, []byte("+++ b/luts/brand.cube\n")}}, []string{owners}},
		"brand owns everything":         {[]EvidenceFile{{"CODEOWNERS", CodeOwners, []byte("* @dev @org/brand\n")}, {"d", GitDiff, []byte("+++ b/luts/brand.cube\n")}}, nil},
		"table with an owner":           {[]EvidenceFile{good, {"d", GitDiff, []byte("+++ b/luts/brand.cube\n")}}, nil},
		"the last rule takes it back":   {[]EvidenceFile{{"CODEOWNERS", CodeOwners, []byte("/luts/ @brand\n*.cube # nobody\n")}, {"luts/brand.cube", LUT, nil}}, []string{owners}},
		"no table known":                {[]EvidenceFile{{"CODEOWNERS", CodeOwners, []byte("/docs/ @writers\n")}, {"d", GitDiff, []byte("+++ b/readme.md\n")}}, nil},
		"table named by the hook's log": {[]EvidenceFile{{"CODEOWNERS", CodeOwners, []byte("/docs/ @writers\n")}, {"l", HookLog, []byte(rejected)}}, []string{hook, owners}},
	} {
		var got []string
		for _, s := range Suggest(c.files) {
			got = append(got, string(s.Say.Key))
			if strings.Contains(s.Say.In("fr")+s.Say.In("en"), "!") || len(s.Evidence) == 0 {
				t.Errorf("%s: suggestion %+v has no sentence or no evidence", name, s)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: suggests %v, want %v", name, got, c.want)
		}
	}
}

func TestSuggestionNamesItsLinesAndBecomesACause(t *testing.T) {
	t.Parallel()
	w := night(t)
	list := Suggest([]EvidenceFile{{"ci-logs/hook.log", HookLog, []byte("start\n" + rejected)}})
	if len(list) != 1 || list[0].Kind != Direct {
		t.Fatalf("suggestions = %+v, want one direct cause", list)
	}
	lines := list[0].Lines
	if len(lines) != 3 || lines[0].Number != 2 || lines[2].Number != 4 || !strings.Contains(lines[0].Text, "REJECT luts/brand.cube") {
		t.Errorf("supporting lines = %+v, want lines 2 to 4", lines)
	}
	w.do(onCall, list[0].Cause("fr"))
	if c := w.pm.Causes[0]; c.ID != "C1" || c.Text != "Échec du hook Git lors de la mise à jour LUT" || c.Say == nil {
		t.Errorf("cause = %+v", c)
	}
}

func FuzzSuggest(f *testing.F) {
	f.Add([]byte(rejected))
	f.Add([]byte(gitLog("bbbbbbb aaaaaaa+ccccccc merge:b Bob 6T12 luts/brand.cube", "aaaaaaa bbbbbbb lut-a Alice 6T10 luts/brand.cube")))
	f.Add([]byte("*.cube @x\n/**/a/**/b/** @y\n+++ b/luts/x.cube\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		var files []EvidenceFile
		for _, k := range EvidenceKinds() {
			files = append(files, EvidenceFile{string(k), k, src})
		}
		for _, s := range Suggest(files) {
			if len(s.Lines) > maxSupport || len(s.Evidence) == 0 {
				t.Fatalf("suggestion with %d lines and evidence %v", len(s.Lines), s.Evidence)
			}
			for _, l := range s.Lines {
				if l.Number < 1 || strings.Contains(l.Text, "\n") || len(l.Text) > maxQuote+len("…") {
					t.Fatalf("supporting line %+v", l)
				}
			}
		}
	})
}
