package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/web"
)

// runRun says, and lists, which runs of pipelines have made what is delivered.
func runRun(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "run", []verb{{"begin", (*cli).runBegin}, {"list", (*cli).runList}}, args)
}

// runBegin is what a pipeline calls before it delivers anything.
func (c *cli) runBegin(ctx context.Context, args []string) error {
	f := newWriteFlags("run begin PIPELINE [--run R] [--lut L] [--attribute K=V]... [--path P]... [--at T] [--dir D] [--as LOGIN] [--json]")
	run := f.String("run", "", "flag.run.run")
	lut := f.String("lut", "", "flag.run.lut")
	at := f.String("at", "", "flag.run.at")
	var attributes, paths list
	f.Var(&attributes, "attribute", "flag.run.attribute")
	f.Var(&paths, "path", "flag.run.path")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	r := pipeline.Run{Pipeline: rest[0], ID: *run, LUT: *lut, Paths: paths}
	if r.Attributes, err = attributesIn(attributes); err != nil {
		return err
	}
	if *at != "" {
		if r.At, err = time.Parse(time.RFC3339, *at); err != nil {
			return misuse(f.usage, "time", "--at", *at)
		}
	}
	if err := r.Validate(); err != nil {
		return err
	}
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	r, err = w.beginRun(ctx, r)
	if err := errors.Join(err, w.close()); err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, r)
	}
	_, err = fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.run.begun", r.At.Format(time.RFC3339)))
	return err
}

// attributesIn reads K=V.
func attributesIn(pairs []string) (map[string]string, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	all := map[string]string{}
	for _, p := range pairs {
		key, value, ok := strings.Cut(p, "=")
		if _, twice := all[key]; !ok || twice {
			return nil, misuse("run begin PIPELINE --attribute K=V", "run.attribute", p)
		}
		all[key] = value
	}
	return all, nil
}

func (l *local) beginRun(ctx context.Context, r pipeline.Run) (pipeline.Run, error) {
	if err := l.by.Require(people.Ingest); err != nil {
		return r, err
	}
	return l.app.BeginRun(ctx, r)
}

func (r *remote) beginRun(ctx context.Context, run pipeline.Run) (pipeline.Run, error) {
	begun := web.BegunRun{Run: run.ID, LUT: run.LUT, Attributes: run.Attributes, Paths: run.Paths}
	if !run.At.IsZero() {
		begun.At = &run.At
	}
	answer, err := r.post(ctx, "/api/v1/pipelines/"+url.PathEscape(run.Pipeline)+"/runs", begun)
	if err == nil {
		err = json.Unmarshal(answer, &run)
	}
	return run, err
}

func (c *cli) runList(ctx context.Context, args []string) error {
	f := newReadFlags("run list PIPELINE [--dir D] [--json]")
	r, rest, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close() // it was only read
	runs, err := r.Runs(ctx, rest[0], 100)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, append([]pipeline.Run{}, runs...))
	}
	if len(runs) == 0 {
		_, err := fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.run.none", rest[0]))
		return err
	}
	return c.table(func(w io.Writer) {
		fmt.Fprintln(w, phrase.Say(c.lang(), "cli.run.head"))
		for _, run := range runs {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", run.At.Format("2006-01-02 15:04:05"), run.ID, run.LUT, attributesOut(run.Attributes), pathsOut(run.Paths))
		}
	})
}

func attributesOut(all map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, key+"="+all[key])
	}
	return strings.Join(pairs, " ")
}

// pathsOut shows the first paths, and how many more there are.
func pathsOut(paths []string) string {
	const most = 3
	if len(paths) > most {
		return fmt.Sprintf("%s +%d", strings.Join(paths[:most], " "), len(paths)-most)
	}
	return strings.Join(paths, " ")
}
