package app

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// maxSuggest is how much of one file is looked at for causes.
const maxSuggest = 8 << 20

// Suggestions finds causes in the evidence of an incident, noted or not.
func (r *Reader) Suggestions(ctx context.Context, c web.Case) ([]postmortem.Suggestion, error) {
	return suggestions(ctx, c, r.Blob)
}

// Suggest finds causes in the evidence of an incident that are not noted yet.
func (a *App) Suggest(ctx context.Context, c web.Case) ([]postmortem.Suggestion, error) {
	found, err := suggestions(ctx, c, func(digest string) (io.ReadCloser, error) { return a.Blob(ctx, digest) })
	return c.Analysis.Unnoted(found), err
}

func suggestions(ctx context.Context, c web.Case, open func(digest string) (io.ReadCloser, error)) ([]postmortem.Suggestion, error) {
	var files []postmortem.EvidenceFile
	for _, e := range c.Analysis.Evidence {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !e.Kind.Suggestive() {
			continue
		}
		text, err := readHead(open, e.SHA256)
		if err != nil {
			return nil, fmt.Errorf("read evidence %s: %w", e.Path, err)
		}
		files = append(files, postmortem.EvidenceFile{Path: e.Path, Kind: e.Kind, Text: text})
	}
	return postmortem.Suggest(files), nil
}

func readHead(open func(digest string) (io.ReadCloser, error), digest string) ([]byte, error) {
	f, err := open(digest)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSuggest))
}

// Programs lists the programs of the house by which hypotheses are tested, by their names.
func (a *App) Programs() []experiment.Program {
	var list []experiment.Program
	for _, name := range slices.Sorted(maps.Keys(a.config.Tests)) {
		list = append(list, a.config.Tests[name])
	}
	return list
}
