package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/metadata"
)

// shownChanges is the JSON of `metadata diff`.
type shownChanges struct {
	Lost       []shownChange      `json:"lost"`
	Added      []shownChange      `json:"added"`
	Changed    []shownChange      `json:"changed"`
	Kept       int                `json:"kept"`
	Provenance string             `json:"provenance"` // never there, kept, added, replaced, lost, stale
	Breaches   []measure.Breach   `json:"breaches"`
	Findings   []measure.Finding  `json:"findings"`
	Check      measure.Provenance `json:"claims"`
	Problems   []shownProblem     `json:"problems"`
}

// shownProblem is what is wrong with one of the two files.
type shownProblem struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// shownProblems lists what is wrong with a file.
func shownProblems(path string, d *metadata.Document) []shownProblem {
	list := []shownProblem{}
	for _, p := range d.Problems {
		list = append(list, shownProblem{path, p.Reason})
	}
	return list
}

// shownChange is what became of one value.
type shownChange struct {
	Field     string `json:"field"`
	Class     string `json:"class"`
	From      string `json:"from,omitempty"`
	To        string `json:"to,omitempty"`
	Elsewhere bool   `json:"elsewhere,omitempty"`
}

// metadataDiff says what became of a reference's metadata, and judges that by the policy of a class.
func (c *cli) metadataDiff(_ context.Context, args []string) error {
	f := newJudgeFlags("metadata diff REF CANDIDATE [--class C] [--json]")
	files, err := f.parse(args, 2, 2)
	if err != nil {
		return err
	}
	refData, _, ref, err := readMetadata(files[0])
	if err != nil {
		return err
	}
	candData, _, cand, err := readMetadata(files[1])
	if err != nil {
		return err
	}
	inspector, err := f.inspector()
	if err != nil {
		return err
	}
	judged := inspector.Inspect(measure.Source{Data: refData}, measure.Source{Data: candData})
	changes := metadata.Compare(ref, cand)
	shown := shownChanges{
		Lost: shownList(changes.Lost), Added: shownList(changes.Added), Changed: shownList(changes.Changed), Kept: len(changes.Kept),
		Provenance: judged.Provenance.Verdict, Breaches: judged.Breaches, Check: judged.Provenance,
		Findings: append([]measure.Finding{}, judged.Findings(pipeline.Class(*f.class))...),
	}
	shown.Problems = append(shownProblems(files[0], ref), shownProblems(files[1], cand)...)
	if *f.asJSON {
		err = printJSON(c.stdout, shown)
	} else {
		c.printChanges(shown)
	}
	if err == nil && len(shown.Findings) > 0 {
		return errFailed
	}
	return err
}

func shownList(changes []metadata.Change) []shownChange {
	list := []shownChange{}
	for _, c := range changes {
		list = append(list, shownChange{c.Path(), c.Class.String(), c.From, c.To, c.Elsewhere})
	}
	return list
}

// printChanges prints what was lost first, then what changed, then what came.
func (c *cli) printChanges(shown shownChanges) {
	l := c.lang()
	for _, s := range shown.Lost {
		key := phrase.Key("metadata.lost")
		if s.Elsewhere {
			key = "metadata.lost.elsewhere"
		}
		fmt.Fprintln(c.stdout, phrase.Say(l, key, s.Field, legible(s.From)))
	}
	for _, s := range shown.Changed {
		fmt.Fprintln(c.stdout, phrase.Say(l, "metadata.changed", s.Field, legible(s.From), legible(s.To)))
	}
	for _, s := range shown.Added {
		fmt.Fprintln(c.stdout, phrase.Say(l, "metadata.added", s.Field, legible(s.To)))
	}
	fmt.Fprintln(c.stdout, phrase.Say(l, "metadata.changes", len(shown.Lost), len(shown.Changed), len(shown.Added), shown.Kept))
	fmt.Fprintln(c.stdout, phrase.Say(l, "metadata.verdict", phrase.Of(verdictKey(shown.Provenance))))
	for _, p := range shown.Problems {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.warning", phrase.Of("metadata.problem", p.File, p.Reason)))
	}
	for _, f := range shown.Findings {
		fmt.Fprintln(c.stdout, f.In(l))
	}
}

// verdictKey is the sentence of a verdict on provenance.
func verdictKey(verdict string) phrase.Key {
	return "metadata.verdict." + phrase.Key(strings.ReplaceAll(verdict, " ", "-"))
}
