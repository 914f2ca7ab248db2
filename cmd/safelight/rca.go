package main

import (
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// runRCA collects evidence and finds, notes and tests causes.
func runRCA(c *cli, ctx context.Context, args []string) error {
	if len(args) > 1 && args[0] == "evidence" {
		for _, v := range evidenceVerbs() {
			if v.name == args[1] {
				return v.run(c, ctx, args[2:])
			}
		}
	}
	verbs := []verb{{"suggest", (*cli).rcaSuggest}, {"compare", (*cli).rcaCompare}, {"test", (*cli).rcaTest}, {"map", (*cli).rcaMap}}
	for _, ch := range rcaChanges() {
		verbs = append(verbs, ch.verb("rca"))
	}
	return c.choose(ctx, "rca", verbs, args)
}

func rcaChanges() []change {
	return []change{
		{name: "evidence", usage: "ID --file F --path P --kind K [--source T] [--tool T]", args: 1, must: []string{"file", "path", "kind"}, build: buildEvidence},
		{name: "cause", usage: "ID --kind K --domain D --text T [--cause C1] [--evidence PATH]... [--leads-to C1]...", args: 1, must: []string{"kind", "domain", "text"}, build: buildCause},
		{name: "link", usage: "ID --from C2 --to C1 [--evidence PATH]...", args: 1, must: []string{"from", "to"}, build: buildLink},
		{name: "unlink", usage: "ID --from C2 --to C1", args: 1, must: []string{"from", "to"}, build: buildUnlink},
		{name: "take-map", usage: "ID --file F", args: 1, must: []string{"file"}, build: buildMap},
		{name: "board", usage: "ID --url https://… [--text T] [--snapshot PATH]", args: 1, must: []string{"url"}, build: buildBoard},
		{name: "why", usage: "ID --level N --question Q --answer A [--evidence PATH]... [--reaches process|culture] [--stop REASON]", args: 1, must: []string{"answer"}, build: buildWhy},
		{name: "noted", usage: "ID --hypothesis H1 --method T --result R [--evidence PATH]... [--text T] [--missing T]", args: 1, must: []string{"hypothesis", "method", "result"}, build: buildNoted},
		{name: "gap", usage: "ID --gap G1 [--missing T] [--owner LOGIN] [--due D] [--close REASON]", args: 1, must: []string{"gap"}, build: buildGap},
		{name: "judge", usage: "ID --cause C1 --reason T", args: 1, must: []string{"cause", "reason"}, build: buildJudgement},
		{name: "hypothesis", usage: "ID --cause C1 --text T --refuted-if T [--hypothesis H1]", args: 1, must: []string{"cause", "text", "refuted-if"}, build: buildHypothesis},
	}
}

// maxUpload bounds a file of evidence that travels through a server.
const maxUpload = 32 << 20

func buildEvidence(f flags) func(given) (any, error) {
	file := f.String("file", "", "flag.file")
	path := f.String("path", "", "flag.evidence.path")
	kind := f.String("kind", "", fmt.Sprint(postmortem.EvidenceKinds()))
	source := f.String("source", "", "flag.evidence.source")
	tool := f.String("tool", "", "flag.evidence.tool")
	return func(g given) (any, error) {
		data, err := g.cli.readInput(*file, maxUpload)
		return web.AddEvidence{Path: *path, Kind: postmortem.EvidenceKind(*kind), Source: *source, Tool: *tool, Data: data}, err
	}
}

func buildCause(f flags) func(given) (any, error) {
	var evidence, leadsTo list
	id := f.String("cause", "", "flag.cause.replace")
	kind := f.String("kind", "", fmt.Sprint(postmortem.CauseKinds()))
	domain := f.String("domain", "", fmt.Sprint(postmortem.Domains()))
	text := f.String("text", "", "flag.cause.text")
	f.Var(&evidence, "evidence", "flag.map.evidence")
	f.Var(&leadsTo, "leads-to", "flag.cause.leads-to")
	return func(given) (any, error) {
		return postmortem.SetCause{CauseFields: postmortem.CauseFields{
			ID: *id, Kind: postmortem.CauseKind(*kind), Domain: postmortem.Domain(*domain), Text: *text, Evidence: evidence, LeadsTo: leadsTo,
		}}, nil
	}
}

func buildWhy(f flags) func(given) (any, error) {
	var evidence list
	level := f.Int("level", 0, "flag.why.level")
	question := f.String("question", "", "flag.why.why")
	answer := f.String("answer", "", "flag.why.because")
	stop := f.String("stop", "", "flag.why.stop")
	reaches := f.String("reaches", "", fmt.Sprint(postmortem.Reaches()))
	f.Var(&evidence, "evidence", "flag.map.evidence")
	return func(given) (any, error) {
		return postmortem.SetWhy{WhyFields: postmortem.WhyFields{Level: *level, Question: *question, Answer: *answer, Evidence: evidence, Stop: *stop, Reaches: postmortem.Reach(*reaches)}}, nil
	}
}

func buildHypothesis(f flags) func(given) (any, error) {
	id := f.String("hypothesis", "", "flag.hypothesis.replace")
	cause := f.String("cause", "", "flag.hypothesis.cause")
	text := f.String("text", "", "flag.hypothesis.text")
	refuted := f.String("refuted-if", "", "flag.hypothesis.refuted-by")
	return func(given) (any, error) {
		return postmortem.StateHypothesis{HypothesisFields: postmortem.HypothesisFields{ID: *id, Cause: *cause, Text: *text, RefutedIf: *refuted}}, nil
	}
}

// suggested is the JSON of a suggestion.
type suggested struct {
	Kind     postmortem.CauseKind `json:"kind"`
	Domain   postmortem.Domain    `json:"domain"`
	Text     string               `json:"text"`
	Evidence []string             `json:"evidence"`
	Lines    []quoted             `json:"lines,omitempty"`
}

// quoted is a line of evidence.
type quoted struct {
	Path string `json:"path"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// rcaSuggest looks for causes in the evidence; --apply notes them.
func (c *cli) rcaSuggest(ctx context.Context, args []string) error {
	f := newWriteFlags("rca suggest ID [--apply] [--dir D] [--as LOGIN] [--json]")
	apply := f.Bool("apply", false, "flag.cause.note")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	state, found, err := suggestions(ctx, *f.dir, ids[0])
	if err != nil {
		return err
	}
	if *apply {
		commands := newCauses(state, found, c.lang())
		return c.write(ctx, f, func(w writer) (string, error) {
			for _, command := range commands {
				if err := w.perform(ctx, ids[0], command); err != nil {
					return ids[0], err
				}
			}
			return ids[0], nil
		})
	}
	return c.printSuggestions(found, *f.asJSON)
}

// suggestions reads the evidence of an incident and looks for causes in it.
func suggestions(ctx context.Context, dir, id string) (postmortem.State, []postmortem.Suggestion, error) {
	r, err := app.NewReader(ctx, dir)
	if err != nil {
		return postmortem.State{}, nil, err
	}
	defer r.Close()
	now, err := r.Case(ctx, id)
	if err != nil {
		return postmortem.State{}, nil, err
	}
	found, err := r.Suggestions(ctx, now)
	return now.Analysis, found, err
}

// newCauses makes commands of the suggestions that are not noted yet.
func newCauses(state postmortem.State, found []postmortem.Suggestion, l phrase.Lang) []postmortem.SetCause {
	var commands []postmortem.SetCause
	for _, s := range state.Unnoted(found) {
		commands = append(commands, s.Cause(l))
	}
	return commands
}

func (c *cli) printSuggestions(found []postmortem.Suggestion, asJSON bool) error {
	l := c.lang()
	rows := make([]suggested, 0, len(found))
	for _, s := range found {
		row := suggested{Kind: s.Kind, Domain: s.Domain, Text: s.Say.In(l), Evidence: s.Evidence}
		for _, q := range s.Lines {
			row.Lines = append(row.Lines, quoted{q.Path, q.Number, q.Text})
		}
		rows = append(rows, row)
	}
	if asJSON {
		return printJSON(c.stdout, rows)
	}
	if len(rows) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.suggest.none"))
	}
	for _, row := range rows {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.suggest", phrase.Say(l, phrase.Key("document.kind."+string(row.Kind))), row.Text))
		for _, q := range row.Lines {
			fmt.Fprintf(c.stdout, "  %s:%d  %s\n", q.Path, q.Line, q.Text)
		}
	}
	return nil
}
