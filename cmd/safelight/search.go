package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/knowledge"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// runSearch finds incidents by what is written of them. Without words it lists them, the newest first.
func runSearch(c *cli, ctx context.Context, args []string) error {
	f := newReadFlags("search [WORDS...] [--pipeline P] [--severity S1] [--cause KIND] [--quarter 2025-Q3] [--page N] [--dir D] [--json]")
	pipe := f.String("pipeline", "", "flag.search-pipeline")
	severity := f.String("severity", "", "flag.search-severity")
	cause := f.String("cause", "", "flag.search-cause")
	quarter := f.String("quarter", "", "flag.search-quarter")
	page := f.Int("page", 1, "flag.search-page")
	f.minus = true
	words, err := f.parse(args, 0, -1)
	if err != nil {
		return err
	}
	r, err := app.NewReader(ctx, *f.dir)
	if err != nil {
		return err
	}
	defer r.Close()
	q := knowledge.Query{
		Words: searched(words), Pipeline: *pipe, Severity: pipeline.Severity(*severity),
		Cause: postmortem.CauseKind(*cause), Quarter: *quarter,
	}
	found, err := r.Search(ctx, web.Search{Query: q, Lang: c.lang(), Page: *page})
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, found)
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "knowledge.count", found.Total))
	for _, inc := range found.Incidents {
		fmt.Fprintf(c.stdout, "%s  %s  %s  %s\n", inc.ID, inc.Severity, inc.Pipeline, inc.Title)
		for _, s := range inc.Snippets {
			fmt.Fprintf(c.stdout, "    %s: %s\n", phrase.Say(c.lang(), phrase.Key("knowledge.part."+string(s.Part))), spoken(s.Spans))
		}
	}
	return nil
}

// searched joins the arguments. The shell has taken the quotes of one that is several words: they stand in a row.
func searched(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		if words[i] = arg; strings.ContainsAny(arg, " \t\n") && !strings.Contains(arg, `"`) {
			minus := ""
			if strings.HasPrefix(arg, "-") {
				minus, arg = "-", arg[1:]
			}
			words[i] = minus + `"` + arg + `"`
		}
	}
	return strings.Join(words, " ")
}

// spoken writes a snippet, hits in brackets.
func spoken(spans []knowledge.Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.String())
	}
	return b.String()
}

// incidentSimilar prints what is like an incident, why, and what helped then.
func (c *cli) incidentSimilar(ctx context.Context, args []string) error {
	f := newReadFlags("incident similar ID [--dir D] [--json]")
	r, ids, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := r.Case(ctx, ids[0]); err != nil {
		return err
	}
	list, err := r.Similar(ctx, ids[0])
	if err != nil {
		return err
	}
	l := c.lang()
	if *f.asJSON {
		return printJSON(c.stdout, web.SimilarReports(list, l))
	}
	if len(list) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "knowledge.similar.none"))
	}
	for _, s := range list {
		printSimilar(c.stdout, s, l)
	}
	return nil
}

func printSimilar(w io.Writer, s web.Similar, l phrase.Lang) {
	fmt.Fprintf(w, "%s  %s  %s  %s\n", s.ID, s.Severity, s.Pipeline, s.Title)
	line := func(k phrase.Key, args ...any) { fmt.Fprintf(w, "    %s\n", phrase.Say(l, k, args...)) }
	fmt.Fprintf(w, "    %s: %s\n", phrase.Say(l, "knowledge.points", s.Points), s.Why(l))
	if !s.Cause.IsZero() {
		line("knowledge.its-cause", s.Cause)
	}
	if len(s.ContainedBy) > 0 && s.ContainedIn > 0 {
		line("knowledge.contained-by", s.By(l), s.ContainedIn)
	}
	if s.ResolvedIn > 0 {
		line("knowledge.resolved-in", s.ResolvedIn)
	} else {
		line("knowledge.unresolved")
	}
	for _, text := range s.Lessons {
		line("knowledge.lesson", text)
	}
	for _, name := range s.Tests {
		line("knowledge.test", name)
	}
}
