package main

import (
	"context"

	"github.com/safelight-dev/safelight/internal/causemap"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// rcaMap writes the map of causes.
func (c *cli) rcaMap(ctx context.Context, args []string) error {
	f := newReadFlags("rca map ID [--format svg|mmd|excalidraw] [--dir D]")
	format := f.String("format", "mmd", "flag.map.format")
	r, rest, err := f.open(ctx, args, 1)
	if err != nil {
		return err
	}
	defer r.Close() // it was only read
	now, err := r.Case(ctx, rest[0])
	if err != nil {
		return err
	}
	data, _, err := web.MapAs(now, c.lang(), *format)
	if err != nil {
		return err
	}
	_, err = c.stdout.Write(data)
	return err
}

// buildMap takes over a map that was drawn elsewhere.
func buildMap(f flags) func(given) (any, error) {
	file := f.String("file", "", "flag.map.file")
	return func(g given) (any, error) {
		data, err := g.cli.readInput(*file, causemap.MaxBytes)
		if err != nil {
			return nil, err
		}
		now, err := g.present()
		if err != nil {
			return nil, err
		}
		return web.ReadMap(now.Analysis, data)
	}
}

func buildLink(f flags) func(given) (any, error) {
	var evidence list
	from := f.String("from", "", "flag.map.from")
	to := f.String("to", "", "flag.map.to")
	f.Var(&evidence, "evidence", "flag.map.evidence")
	return func(given) (any, error) { return postmortem.LinkCauses{From: *from, To: *to, Evidence: evidence}, nil }
}

func buildUnlink(f flags) func(given) (any, error) {
	from := f.String("from", "", "flag.map.from")
	to := f.String("to", "", "flag.map.to")
	return func(given) (any, error) { return postmortem.UnlinkCauses{From: *from, To: *to}, nil }
}

func buildBoard(f flags) func(given) (any, error) {
	url := f.String("url", "", "flag.map.url")
	text := f.String("text", "", "flag.map.text")
	snapshot := f.String("snapshot", "", "flag.map.snapshot")
	return func(given) (any, error) {
		return postmortem.LinkBoard{BoardLinked: postmortem.BoardLinked{URL: *url, Text: *text, Snapshot: *snapshot}}, nil
	}
}
