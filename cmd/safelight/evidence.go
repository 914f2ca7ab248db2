package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/collect"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// evidenceVerbs are those of `rca evidence`, besides adding a file.
func evidenceVerbs() []verb {
	list := []verb{{"verify", (*cli).evidenceVerify}, {"list", (*cli).evidenceList}}
	for _, ch := range []change{
		{name: "collect", usage: "ID --from git|ci|command|series|versions|configuration [--source NAME] [--good REV --bad REV] [--run N]", args: 1, must: []string{"from"}, build: buildCollect},
		{name: "chat", usage: "ID --file EXPORT.zip|CHANNEL.json --channel C [--since T] [--until T]", args: 1, must: []string{"file", "channel"}, build: buildChat},
		{name: "redact", usage: "ID --path P --file COPY --reason R [--erase] [--tool T]", args: 1, must: []string{"path", "file", "reason"}, build: buildRedact},
	} {
		list = append(list, ch.verb("rca evidence"))
	}
	return list
}

func buildCollect(f flags) func(given) (any, error) {
	var c web.CollectEvidence
	f.StringVar(&c.From, "from", "", "flag.collect-from")
	f.StringVar(&c.Source, "source", "", "flag.collect-source")
	f.StringVar(&c.Good, "good", "", "flag.collect-good")
	f.StringVar(&c.Bad, "bad", "", "flag.collect-bad")
	f.StringVar(&c.Run, "run", "", "flag.collect-run")
	return func(given) (any, error) { return c, nil }
}

// chatBefore is how long before the detection of an incident its chat begins, where nobody says.
const chatBefore = 2 * time.Hour

// buildChat reads the export here: what was said outside of the time does not leave this machine.
func buildChat(f flags) func(given) (any, error) {
	file := f.String("file", "", "flag.chat-file")
	channel := f.String("channel", "", "flag.chat-channel")
	since := f.String("since", "", "flag.chat-since")
	until := f.String("until", "", "flag.chat-until")
	return func(g given) (any, error) {
		now, err := g.present()
		if err != nil {
			return nil, err
		}
		from, to := now.Incident.DetectedAt.Add(-chatBefore), time.Now().UTC()
		for _, t := range []struct {
			text string
			at   *time.Time
		}{{*since, &from}, {*until, &to}} {
			if t.text == "" {
				continue
			}
			if *t.at, err = time.Parse(time.RFC3339, t.text); err != nil {
				return nil, misuse("rca evidence chat ID --file F --channel C --since 2025-09-27T04:12:00Z", "moment", fmt.Sprintf("%.40q", t.text))
			}
		}
		return readChat(*file, *channel, from, to)
	}
}

func readChat(name, channel string, from, to time.Time) (made web.AddEvidence, err error) {
	take := func(f collect.File) error {
		made = web.AddEvidence{Path: f.Path, Kind: postmortem.EvidenceKind(f.Kind), Source: f.Source, Tool: "safelight collect chat"}
		made.Data, err = io.ReadAll(io.LimitReader(f.Data, maxUpload+1))
		if err == nil && len(made.Data) > maxUpload {
			err = fmt.Errorf("read the chat: more than %d bytes: name a shorter time: %w", maxUpload, journal.ErrTooLarge)
		}
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return made, inputError(err)
	}
	defer f.Close()
	if !strings.EqualFold(filepath.Ext(name), ".zip") {
		return made, collect.SlackChannel(f, channel, from, to, take)
	}
	info, err := f.Stat()
	if err != nil {
		return made, err
	}
	err = collect.SlackExport(f, info.Size(), channel, from, to, take)
	return made, err
}

func buildRedact(f flags) func(given) (any, error) {
	path := f.String("path", "", "flag.redact-path")
	file := f.String("file", "", "flag.redact-file")
	reason := f.String("reason", "", "flag.redact-reason")
	erase := f.Bool("erase", false, "flag.redact-erase")
	tool := f.String("tool", "", "flag.redact-tool")
	return func(g given) (any, error) {
		now, err := g.present()
		if err != nil {
			return nil, err
		}
		r := web.RedactEvidence{Path: *path, Reason: *reason, Erase: *erase, Tool: *tool}
		for _, e := range now.Analysis.Evidence {
			if e.Path == *path {
				r.From = e.SHA256
			}
		}
		r.Data, err = g.cli.readInput(*file, maxUpload)
		return r, err
	}
}

// custody is a piece of evidence and what became of it.
type custody struct {
	Path       string                 `json:"path"`
	Kind       string                 `json:"kind"`
	SHA256     string                 `json:"sha256"`
	Size       int64                  `json:"size"`
	Source     string                 `json:"source,omitempty"`
	Tool       string                 `json:"tool,omitempty"`
	AddedBy    people.ID              `json:"addedBy"`
	AddedAt    time.Time              `json:"addedAt"`
	Redactions []postmortem.Redaction `json:"redactions,omitempty"`
}

// evidenceList shows the evidence of an incident with its custody: who brought it, from where, by what, and who changed it why.
func (c *cli) evidenceList(ctx context.Context, args []string) error {
	f := newReadFlags("rca evidence list ID [--dir D] [--json]")
	r, ids, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close()
	now, err := r.Case(ctx, ids[0])
	if err != nil {
		return err
	}
	rows := []custody{}
	for _, e := range now.Analysis.Evidence {
		rows = append(rows, custody{e.Path, string(e.Kind), e.SHA256, e.Size, e.Source, e.Tool, e.By, e.At.UTC(), e.Redactions})
	}
	if *f.asJSON {
		return printJSON(c.stdout, rows)
	}
	persons, err := r.People(ctx)
	if err != nil {
		return err
	}
	c.printCustody(rows, func(id people.ID) string {
		for _, p := range persons {
			if p.ID == id {
				return p.Login
			}
		}
		return string(id)
	})
	return nil
}

func (c *cli) printCustody(rows []custody, login func(people.ID) string) {
	l := c.lang()
	for _, e := range rows {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.evidence.row", e.Path, e.Kind, e.Size, e.SHA256))
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.evidence.added", e.AddedAt.Format(time.RFC3339), login(e.AddedBy), e.Source, e.Tool))
		for _, r := range e.Redactions {
			key := phrase.Key("page.redaction.withheld")
			if r.Erase {
				key = "page.redaction.erased"
			}
			fmt.Fprintln(c.stdout, "  "+phrase.Say(l, key, r.At.UTC().Format(time.RFC3339), login(r.By), r.From[:12], r.Reason))
		}
	}
}

// evidenceVerify compares the evidence of one incident, or of all, with the journal.
func (c *cli) evidenceVerify(ctx context.Context, args []string) error {
	f := newFlags("rca evidence verify [ID]... [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	asJSON := f.Bool("json", false, "flag.json")
	ids, err := f.parse(args, 0, -1)
	if err != nil {
		return err
	}
	r, err := app.NewReader(ctx, *dir)
	if err != nil {
		return err
	}
	defer r.Close()
	if len(ids) == 0 {
		all, err := r.Incidents(ctx)
		if err != nil {
			return err
		}
		for _, s := range all {
			ids = append(ids, s.ID)
		}
	}
	reports, wrong := []app.EvidenceReport{}, false
	for _, id := range ids {
		report, err := r.VerifyEvidence(ctx, id)
		if err != nil {
			return err
		}
		wrong = wrong || len(report.Problems) > 0
		reports = append(reports, report)
	}
	if *asJSON {
		err = printJSON(c.stdout, reports)
	} else {
		c.printEvidence(reports)
	}
	if err == nil && wrong {
		return errFailed
	}
	return err
}

func (c *cli) printEvidence(reports []app.EvidenceReport) {
	l := c.lang()
	for _, r := range reports {
		if len(r.Problems) == 0 {
			fmt.Fprintln(c.stdout, phrase.Say(l, "cli.evidence.whole", r.Incident, r.Files))
		}
		for _, p := range r.Problems {
			fmt.Fprintln(c.stdout, phrase.Say(l, "cli.evidence.problem", r.Incident, p.Path, phrase.Say(l, phrase.Key("evidence.problem."+string(p.Fault)))))
		}
	}
}
