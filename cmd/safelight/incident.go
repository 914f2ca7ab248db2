package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/web"
)

// runIncident lists, shows, declares and leads incidents.
func runIncident(c *cli, ctx context.Context, args []string) error {
	verbs := []verb{{"list", (*cli).incidentList}, {"show", (*cli).incidentShow}, {"similar", (*cli).incidentSimilar}, {"pages", (*cli).incidentPages}, {"declare", (*cli).incidentDeclare}, {"drill", (*cli).incidentDrill}, {"rehearse", (*cli).incidentRehearse}, {"plan", (*cli).incidentPlan}, {"runbook", (*cli).incidentRunbook}}
	for _, ch := range incidentChanges() {
		verbs = append(verbs, ch.verb("incident"))
	}
	return c.choose(ctx, "incident", verbs, args)
}

// incidentChanges lists the commands on a live incident.
func incidentChanges() []change {
	return []change{
		{name: "ack", usage: "ID", args: 1, build: plain(incident.Acknowledge{})},
		{name: "escalate", usage: "ID --to LOGIN [--text T]", args: 1, must: []string{"to"}, build: buildEscalate},
		{name: "accept", usage: "ID", args: 1, build: plain(incident.AnswerLead{Accept: true})},
		{name: "refuse", usage: "ID --text REASON", args: 1, must: []string{"text"}, build: texted("flag.reason", func(t string) any { return incident.AnswerLead{Text: t} })},
		{name: "update", usage: "ID --situation S --mitigation M --next N", args: 1, must: []string{"situation", "mitigation", "next"}, build: buildUpdate},
		{name: "severity", usage: "ID --to S0|S1|S2|S3 --reason T", args: 1, must: []string{"to", "reason"}, build: buildSeverity, changes: true},
		{name: "pause-clock", usage: "ID --clock publish|prevent --until TIME --reason T", args: 1, must: []string{"clock", "until", "reason"}, build: buildPause},
		{name: "resume-clock", usage: "ID --clock publish|prevent", args: 1, must: []string{"clock"}, build: buildResume},
		{name: "impact", usage: "ID [--text T]", args: 1, build: texted("a remark", func(t string) any { return web.FileImpact{Text: t} })},
		{name: "make-test", usage: "ID --lut PATH|--images FOLDER|--generate PROGRAM [--set NAME=VALUE …] [--image PATH] [--reference FILE] [--bad FILE] [--fix FILE] [--control FILE …]", args: 1, build: buildMakeTest},
		{name: "contain", usage: "ID --route R... [--reason T]", args: 1, must: []string{"route"}, build: buildContain, contains: true},
		{name: "isolate", usage: "ID --over | --image P... | --software S | --model M | --run R | --lut L [--plan SHA256] [--reason T]", args: 1, build: buildIsolate, contains: true},
		{name: "roll-back", usage: "ID [--way kept|command|webhook|git] [--commit C] [--before T] [--plan SHA256] [--reason T]", args: 1, build: buildRollBack, contains: true},
		{name: "purge", usage: "ID --route R [--path P]... [--tag T]... [--reason T]", args: 1, must: []string{"route"}, build: buildPurge, contains: true},
		{name: "no-store", usage: "ID --route R [--for 1h] [--reason T]", args: 1, must: []string{"route"}, build: buildNoStore, contains: true},
		{name: "approve-mitigation", usage: "ID --mitigation M1", args: 1, must: []string{"mitigation"}, build: buildApproveMitigation, changes: true},
		{name: "undo", usage: "ID --mitigation M1 [--reason T]", args: 1, must: []string{"mitigation"}, build: buildUndo, changes: true},
		{name: "analysed", usage: "ID --text FINDING", args: 1, must: []string{"text"}, build: texted("flag.analysed.text", func(t string) any { return incident.CompleteAnalysis{Text: t} })},
		{name: "note", usage: "ID --text T", args: 1, must: []string{"text"}, build: texted("flag.note.text", func(t string) any { return incident.AddNote{Text: t} })},
		{name: "resolve", usage: "ID --text T", args: 1, must: []string{"text"}, build: texted("flag.resolve.text", func(t string) any { return incident.Resolve{Text: t} })},
		{name: "reopen", usage: "ID --text T", args: 1, must: []string{"text"}, build: texted("flag.reason", func(t string) any { return incident.Reopen{Text: t} })},
		{name: "close", usage: "ID [--waive LINE=REASON]... [--text T]", args: 1, build: buildClose},
	}
}

// texted is the build of a command whose one flag is a text.
func texted(usage phrase.Key, command func(text string) any) func(flags) func(given) (any, error) {
	return func(f flags) func(given) (any, error) {
		text := f.String("text", "", string(usage))
		return func(given) (any, error) { return command(*text), nil }
	}
}

func buildEscalate(f flags) func(given) (any, error) {
	to := f.String("to", "", "flag.escalate.lead")
	text := f.String("text", "", "flag.reason")
	return func(g given) (any, error) {
		id, err := g.person(*to)
		return incident.Escalate{To: id, Text: *text}, err
	}
}

func buildUpdate(f flags) func(given) (any, error) {
	situation := f.String("situation", "", "flag.update.situation")
	mitigation := f.String("mitigation", "", "flag.update.mitigation")
	next := f.String("next", "", "flag.update.next")
	return func(given) (any, error) {
		return incident.SendUpdate{Situation: *situation, Mitigation: *mitigation, Next: *next}, nil
	}
}

func buildSeverity(f flags) func(given) (any, error) {
	to := f.String("to", "", "flag.severity.new")
	reason := f.String("reason", "", "flag.reason")
	return func(given) (any, error) {
		return incident.ChangeSeverity{To: pipeline.Severity(*to), Reason: *reason}, nil
	}
}

func buildPause(f flags) func(given) (any, error) {
	clock := f.String("clock", "", "flag.clock")
	until := f.String("until", "", "flag.clock.until")
	reason := f.String("reason", "", "flag.clock.reason")
	return func(given) (any, error) {
		at, err := time.Parse(time.RFC3339, *until)
		if err != nil {
			return nil, misused("incident pause-clock", "no-time", phrase.Of("misuse.no-time.hint", "2026-11-30T09:00:00Z"), strconv.Quote(*until))
		}
		return incident.PauseClock{Clock: incident.ClockName(*clock), Until: at, Reason: *reason}, nil
	}
}

func buildResume(f flags) func(given) (any, error) {
	clock := f.String("clock", "", "flag.clock")
	return func(given) (any, error) { return incident.ResumeClock{Clock: incident.ClockName(*clock)}, nil }
}

// incidentPages prints the page ledger: a line for each page by each channel.
func (c *cli) incidentPages(ctx context.Context, args []string) error {
	f := newReadFlags("incident pages ID [--dir D] [--json]")
	r, ids, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close()
	now, err := r.Case(ctx, ids[0])
	if err != nil {
		return err
	}
	persons, err := r.People(ctx)
	if err != nil {
		return err
	}
	lines := web.LedgerOf(now, persons)
	if *f.asJSON {
		return printJSON(c.stdout, lines)
	}
	return c.table(func(w io.Writer) {
		for _, l := range lines {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s", l.PlannedAt.UTC().Format("2006-01-02 15:04:05"), l.Name, phrase.Say(c.lang(), phrase.Key("page.purpose."+string(l.Purpose))), l.Method)
			fmt.Fprintf(w, "\t%s", phrase.Say(c.lang(), phrase.Key("page.paging."+string(l.Status))))
			if l.AcceptedAt != nil {
				fmt.Fprintf(w, "\t%s", phrase.Latency(c.lang(), l.AcceptedAt.Sub(l.PlannedAt)))
			}
			if l.Problem != "" {
				fmt.Fprintf(w, "\t%s", oneLine(l.Problem))
			}
			fmt.Fprintln(w)
		}
	})
}

func buildContain(f flags) func(given) (any, error) {
	var routes list
	f.Var(&routes, "route", "flag.contain.routes")
	reason := f.String("reason", "", "flag.reason")
	return func(given) (any, error) {
		return incident.DisableRoutes{Routes: routes, Reason: *reason}, nil
	}
}

func buildUndo(f flags) func(given) (any, error) {
	id := f.String("mitigation", "", "flag.undo.mitigation")
	reason := f.String("reason", "", "flag.reason")
	return func(given) (any, error) { return incident.Undo{ID: *id, Reason: *reason}, nil }
}

func buildClose(f flags) func(given) (any, error) {
	var waive list
	f.Var(&waive, "waive", "flag.close.waive")
	text := f.String("text", "", "flag.remark")
	return func(given) (any, error) {
		command := incident.Close{Text: *text}
		for _, w := range waive {
			line, reason, ok := strings.Cut(w, "=")
			if !ok {
				return nil, misused("incident close", "waive", phrase.Of("misuse.waive.hint"), strconv.Quote(w))
			}
			if command.Waive == nil {
				command.Waive = map[string]string{}
			}
			command.Waive[line] = reason
		}
		return command, nil
	}
}

// incidentDeclare opens an incident on a person's word.
func (c *cli) incidentDeclare(ctx context.Context, args []string) error {
	f := newWriteFlags("incident declare --pipeline P --severity S --title T [--personal-data] [--dir D] [--as LOGIN] [--json]")
	name := f.String("pipeline", "", "flag.pipeline")
	severity := f.String("severity", "", "flag.severity")
	title := f.String("title", "", "flag.declare.title")
	personal := f.Bool("personal-data", false, "flag.declare.privacy")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	if *name == "" || *severity == "" || *title == "" {
		return misuse(f.usage, "declare")
	}
	f.changing = true // by policy it may begin a containment
	d := web.Declaration{Pipeline: *name, Severity: pipeline.Severity(*severity), Title: *title, PersonalData: *personal}
	return c.write(ctx, f, func(w writer) (string, error) { return w.declare(ctx, d) })
}

// incidentList prints all incidents, the newest first.
func (c *cli) incidentList(ctx context.Context, args []string) error {
	f := newReadFlags("incident list [--open] [--dir D] [--json]")
	open := f.Bool("open", false, "flag.open")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	states, err := r.Incidents(ctx)
	if err != nil {
		return err
	}
	rows := make([]web.Summary, 0, len(states))
	for _, s := range states {
		if !*open || s.Closed == nil {
			rows = append(rows, web.SummaryOf(s))
		}
	}
	if *f.asJSON {
		return printJSON(c.stdout, rows)
	}
	return c.table(func(w io.Writer) {
		for _, s := range rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Severity, phrase.Say(c.lang(), phrase.Key("phase."+string(s.Phase))),
				minute(s.DetectedAt), s.Pipeline, s.Title)
		}
	})
}

// table prints rows whose cells are separated by tabs.
func (c *cli) table(rows func(io.Writer)) error {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	rows(w)
	return w.Flush()
}

// minute writes a moment as documents do.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// incidentShow prints all that the journal says of one incident.
func (c *cli) incidentShow(ctx context.Context, args []string) error {
	f := newReadFlags("incident show ID [--dir D] [--json]")
	r, ids, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close()
	now, err := r.Case(ctx, ids[0])
	if err != nil {
		return err
	}
	persons, err := r.People(ctx)
	if err != nil {
		return err
	}
	report := web.ReportOf(now, persons, c.lang(), r.Now())
	if *f.asJSON {
		return printJSON(c.stdout, report)
	}
	held, err := r.CountQuarantine(ctx, ids[0])
	if err != nil {
		return err
	}
	return c.printReport(report, held, r.Now())
}

// printReport prints an incident for people, part by part.
func (c *cli) printReport(r web.Report, held web.HeldCount, now time.Time) error {
	l, s := c.lang(), r.Incident
	fmt.Fprintf(c.stdout, "%s  %s  %s  %s\n", s.ID, s.Severity, phrase.Say(l, phrase.Key("phase."+string(r.Phase))), s.Opened.Title)
	fmt.Fprintf(c.stdout, "%s  %s UTC\n", s.Opened.Pipeline, phrase.Say(l, "page.detected-at", minute(s.DetectedAt)))
	if held.Items > 0 { // the title and the timeline name some of them
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.incident.held", held.Active, held.Items, s.ID))
	}
	parts := []struct {
		title phrase.Key
		rows  func(io.Writer)
	}{
		{"page.part.clocks", func(w io.Writer) {
			for _, clock := range web.ClockLines(s, l, now) {
				fmt.Fprintf(w, "  %s\t%s\t(%s)\n", clock.Name, clock.Says, clock.Span)
			}
		}},
		{"page.part.mitigation", func(w io.Writer) { printMitigations(w, l, s) }},
		{"page.part.timeline", func(w io.Writer) {
			for _, t := range r.Timeline {
				fmt.Fprintf(w, "  %s\t%s\t%s\n", minute(t.At), t.Who, oneLine(t.Text))
			}
		}},
		{"page.part.effects", func(w io.Writer) {
			for _, e := range pendingOf(r.Effects) {
				fmt.Fprintf(w, "  %s\n", effectText(l, e))
			}
		}},
	}
	for _, p := range parts {
		var b strings.Builder
		p.rows(&b)
		if b.Len() == 0 {
			continue
		}
		fmt.Fprintf(c.stdout, "\n%s\n", phrase.Say(l, p.title))
		if err := c.table(func(w io.Writer) { io.WriteString(w, b.String()) }); err != nil {
			return err
		}
	}
	return nil
}

func printMitigations(w io.Writer, l phrase.Lang, s incident.State) {
	for _, m := range s.Mitigations {
		fmt.Fprintf(w, "  %s\t%s\t%s", m.ID, web.MitigationText(m.MitigationRequested).In(l), web.StandsText(s, m).In(l))
		if m.Problem != "" {
			fmt.Fprint(w, phrase.Say(l, "edge.words", oneLine(m.Why().In(l))))
		}
		fmt.Fprintln(w)
	}
}
