package web

import (
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Markdown is the report, to be printed or filed.
func (r Rehearsal) Markdown(l phrase.Lang) string {
	say := func(key phrase.Key, args ...any) string { return phrase.Say(l, key, args...) }
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", say("rehearsal.report", r.ID))
	line := func(name phrase.Key, value string) {
		fmt.Fprintf(&b, "- %s\n", say("rehearsal.line", say(name), inCell(value)))
	}
	line("rehearsal.pipeline", r.Pipeline)
	line("rehearsal.at", r.At.UTC().Format("2006-01-02 15:04 UTC"))
	line("rehearsal.by", r.Held(l))
	line("rehearsal.verdict", say(phrase.Key("rehearsal.verdict."+r.Verdict())))
	line("rehearsal.took", r.Took(l))
	line("rehearsal.machine", r.OfClock(l))
	fmt.Fprintf(&b, "\n| %s | %s | %s | %s |\n| --- | --- | --- | --- |\n", say("rehearsal.step"), say("rehearsal.outcome"), say("rehearsal.time"), say("rehearsal.saw"))
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Name(l), s.Result(l), s.Took(l), inCell(s.Saw(l)))
	}
	fmt.Fprintf(&b, "\n%s\n\n%s\n", say("rehearsal.is"), say("rehearsal.is-not"))
	return b.String()
}

// Held says by whom it was begun.
func (r Rehearsal) Held(l phrase.Lang) string {
	if r.Scheduled {
		return phrase.Say(l, "rehearsal.planned")
	}
	return r.By
}

// inCell keeps a text within its line and its column.
func inCell(text string) string {
	return strings.NewReplacer("|", `\|`, "\r", " ", "\n", " ").Replace(text)
}
