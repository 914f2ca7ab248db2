package journal

import "strings"

// Sentence is what an error says to a person: its text without the name of its
// kind at the end, which is for programs, and several that were joined as one
// sentence. What was looked for and is said no more of keeps its "not found".
func Sentence(err error) string {
	return strings.ReplaceAll(WithoutKind(err.Error()), "\n", "; ")
}

// WithoutKind drops the name of an error's kind from the end of each line of a text.
func WithoutKind(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = lineWithoutKind(line)
	}
	return strings.Join(lines, "\n")
}

// lineWithoutKind drops all kinds: what is wrapped twice may name two.
func lineWithoutKind(line string) string {
	for cut := true; cut; {
		cut = false
		for _, kind := range []error{ErrNotFound, ErrConflict, ErrForbidden, ErrInvalid, ErrTooLarge} {
			short, found := strings.CutSuffix(line, ": "+kind.Error())
			if found && (kind != ErrNotFound || strings.Contains(short, ": ")) {
				line, cut = short, true
			}
		}
	}
	return line
}
