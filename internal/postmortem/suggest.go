package postmortem

import (
	"regexp"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// EvidenceFile is a piece of evidence with its content.
type EvidenceFile struct {
	Path string
	Kind EvidenceKind
	Text []byte
}

// Support is a line of evidence, counted from 1, that speaks for a suggestion.
type Support struct {
	Path   string
	Number int
	Text   string
}

// Suggestion is a cause found in evidence, for a person to accept.
type Suggestion struct {
	Kind     CauseKind
	Domain   Domain
	Say      phrase.Sentence
	Evidence []string  // paths
	Lines    []Support // none where the cause is that something is absent
}

// Cause gives the suggestion as a command. Its text is the sentence in lang.
func (s Suggestion) Cause(lang phrase.Lang) SetCause {
	return SetCause{CauseFields{Kind: s.Kind, Domain: s.Domain, Text: s.Say.In(lang), Say: sayOf(s.Say), Evidence: s.Evidence}}
}

const (
	maxSuggestText = 8 << 20 // bytes of one file that are looked at
	maxSupport     = 20      // lines that one suggestion quotes
	maxQuote       = 300     // bytes of a quoted line
)

// Suggest looks for causes in evidence; see the package comment for what it
// looks for. Files of other kinds, and what cannot be read, are passed over.
func Suggest(files []EvidenceFile) []Suggestion {
	files = slices.Clone(files)
	for i := range files {
		files[i].Text = files[i].Text[:min(len(files[i].Text), maxSuggestText)]
	}
	var list []Suggestion
	for _, find := range []func([]EvidenceFile) (Suggestion, bool){suggestHook, suggestCI, suggestReviews, suggestOwners} {
		if s, ok := find(files); ok {
			list = append(list, s)
		}
	}
	return list
}

// Suggestive tells whether Suggest looks at files of a kind: pictures and measurements hold no lines that speak for a cause.
func (k EvidenceKind) Suggestive() bool {
	return k != Image && k != Heatmap && k != Measurement && k != Series
}

// Unnoted leaves out the suggestions that the map has already.
func (s State) Unnoted(found []Suggestion) []Suggestion {
	return slices.DeleteFunc(slices.Clone(found), func(f Suggestion) bool {
		return slices.ContainsFunc(s.Causes, func(c Cause) bool {
			return c.Kind == f.Kind && (c.Say != nil && c.Say.Key == f.Say.Key ||
				slices.ContainsFunc(phrase.Langs(), func(l phrase.Lang) bool { return c.Text == f.Say.In(l) }))
		})
	})
}

func ofKind(files []EvidenceFile, kinds ...EvidenceKind) []EvidenceFile {
	return slices.DeleteFunc(slices.Clone(files), func(f EvidenceFile) bool { return !slices.Contains(kinds, f.Kind) })
}

// textLines splits a text into lines without their ends.
func textLines(b []byte) []string {
	return strings.Split(strings.ReplaceAll(strings.ToValidUTF8(string(b), "�"), "\r\n", "\n"), "\n")
}

// quote makes a supporting line.
func quote(path string, index int, text string) Support {
	text = oneLine(text)
	if len(text) > maxQuote {
		text = strings.ToValidUTF8(text[:maxQuote], "") + "…"
	}
	return Support{path, index + 1, text}
}

var (
	logLine   = regexp.MustCompile(`(?i)^(?:\S+\s+){0,2}(validator|hook)\s*:\s*(.*)$`)
	exitLine  = regexp.MustCompile(`(?i)^exit status (\d+)$`)
	rejection = regexp.MustCompile(`(?i)^reject(ed)?\b`)
	// committed is what git commit prints when the commit was made.
	committed = regexp.MustCompile(`^\[\S+( \([^)]*\))? [0-9a-f]{7,64}\] `)
)

// suggestHook finds runs in which the validator rejected and the hook let through.
func suggestHook(files []EvidenceFile) (Suggestion, bool) {
	s := Suggestion{Kind: Direct, Domain: Operations, Say: phrase.Of("cause.hook")}
	for _, f := range ofKind(files, HookLog) {
		if lines := hookRuns(f); len(lines) > 0 {
			s.Evidence = append(s.Evidence, f.Path)
			s.Lines = append(s.Lines, lines...)
		}
	}
	s.Lines = s.Lines[:min(len(s.Lines), maxSupport)]
	return s, len(s.Evidence) > 0
}

// hookRuns gives the lines of the runs that rejected and passed all the same.
// A log may hold several runs; each ends with the hook's own status.
func hookRuns(f EvidenceFile) []Support {
	var found, run []Support
	for i, line := range textLines(f.Text) {
		source, status, rejected := readLogLine(line)
		switch {
		case source == "commit" && len(run) > 0, source == "hook" && status == "0" && len(run) > 0:
			found, run = append(append(found, run...), quote(f.Path, i, line)), nil
		case source == "hook" && status != "":
			run = nil
		case source == "validator" && (rejected || status != "" && status != "0"):
			run = append(run, quote(f.Path, i, line))
		}
	}
	return found
}

func readLogLine(line string) (source, status string, rejected bool) {
	line = strings.TrimSpace(line)
	if committed.MatchString(line) {
		return "commit", "", false
	}
	m := logLine.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	if exit := exitLine.FindStringSubmatch(m[2]); exit != nil {
		if status = strings.TrimLeft(exit[1], "0"); status == "" {
			status = "0"
		}
	}
	return strings.ToLower(m[1]), status, rejection.MatchString(m[2])
}

var (
	validation = regexp.MustCompile(`(?i)ΔE|delta[-_ ]?e(00|2000|\b|[^a-z])|ciede|\bde-?2000|` +
		`safelight\S*\s+(gate|check|scan|test|pre-merge|lut\s+check)\b`)
	ignored = regexp.MustCompile(`\|\|\s*(true|:)(\s|$|["'])`)
	// stepLine is a line that runs something, worth quoting when no validation is among them.
	stepLine = regexp.MustCompile(`^\s*(-\s+)?(run|script|uses|steps?)\s*:\s*\S`)
)

// suggestCI finds that no CI configuration among the evidence validates colour.
func suggestCI(files []EvidenceFile) (Suggestion, bool) {
	s := Suggestion{Kind: Contributing, Domain: Operations, Say: phrase.Of("cause.ci")}
	for _, f := range ofKind(files, CIConfig) {
		if strings.TrimSpace(string(f.Text)) == "" {
			continue // an empty file says nothing of what CI does
		}
		s.Evidence = append(s.Evidence, f.Path)
		for i, line := range textLines(f.Text) {
			code := uncommented(line)
			if validation.MatchString(code) && !ignored.MatchString(code) {
				return Suggestion{}, false
			}
			if stepLine.MatchString(code) && len(s.Lines) < maxSupport {
				s.Lines = append(s.Lines, quote(f.Path, i, line))
			}
		}
	}
	return s, len(s.Evidence) > 0
}

// uncommented cuts a comment of YAML, shell, Groovy or JavaScript off a line.
func uncommented(line string) string {
	trimmed := strings.TrimSpace(line)
	if strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, "//") || strings.HasPrefix(trimmed, "*") {
		return ""
	}
	code, _, _ := strings.Cut(line, " #")
	return code
}
