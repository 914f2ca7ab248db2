package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/watch"
	"github.com/safelight-dev/safelight/internal/web"
)

// looked is what a look at a delivered image has found, and of which version.
type looked struct {
	store.FileFindings
	version stamp
}

// note keeps what was found of an image, whether or not it could be measured, for the list of findings. Sought are the
// breaches that this look could have found; nil are all.
func (r *recorder) note(result watch.Result, sought []pipeline.Breach) {
	if result.Metadata == nil {
		return
	}
	f := store.FileFindings{Pipeline: r.pipeline, Path: result.Path, SHA256: result.SHA256, At: r.app.now(), Sought: namesOf(sought)}
	for _, b := range result.Metadata.Breaches {
		if sought == nil || slices.Contains(sought, b.Kind) {
			f.Findings = append(f.Findings, store.Finding{Kind: string(b.Kind), Reaction: string(b.Reaction), Fields: b.Fields, Entities: b.Entities})
		}
	}
	r.found = append(r.found, looked{f, r.memory.stamp(result.Path)})
}

// list stores what was found. Where the store will not take it, that must not keep the images that follow from being
// looked at and held: it is kept and tried again with what is found next.
func (r *recorder) list(ctx context.Context) {
	found := r.memory.toList(r.found)
	r.found = r.found[:0]
	files := make([]store.FileFindings, len(found))
	for i, l := range found {
		files[i] = l.FileFindings
	}
	err := r.app.store.PutFindings(ctx, files)
	if r.memory.notListed(found, err) && ctx.Err() == nil {
		r.app.log.Error("what was found in metadata is not listed yet", "pipeline", r.pipeline, "error", err)
	}
}

// toList gives what is to be stored: what could not be before, then what is new. Of a version that another look has found
// replaced meanwhile nothing is said any more.
func (s *sweep) toList(found []looked) []looked {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := append(s.unlisted, found...)
	s.unlisted = nil
	return slices.DeleteFunc(all, func(l looked) bool {
		now, known := s.seen[l.Path]
		return known && !now.fits(l.version) && !l.version.fits(now)
	})
}

// maxUnlisted bounds the images whose findings wait for the store.
const maxUnlisted = 10_000

// notListed keeps what could not be stored, if there is an error, and tells whether that is news.
func (s *sweep) notListed(found []looked, err error) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.unlisted = append(slices.Clone(found), s.unlisted...)
		s.unlisted = s.unlisted[max(0, len(s.unlisted)-maxUnlisted):]
	}
	return s.listing.news(err, time.Now())
}

// findingRounds bounds how often a page is filled anew of which all images are gone.
const findingRounds = 10

// Findings lists the delivered images that break a rule of their policy, and counts all of them. Those that are gone from
// the delivered folder are left out and forgotten.
func (a *App) Findings(ctx context.Context, q web.FindingQuery) (web.FindingPage, error) {
	page, gone, err := a.listFindings(ctx, q)
	if err != nil {
		return page, err
	}
	if err := a.store.DropFindings(ctx, gone); err != nil {
		a.log.Warn("findings of images that are gone are still kept", "error", err) // the list is right without
	}
	page.Counts, err = a.countFindings(ctx)
	return page, err
}

// listFindings gives a page without its counts, and the images that are listed and gone.
func (a *App) listFindings(ctx context.Context, q web.FindingQuery) (page web.FindingPage, gone []store.FileName, err error) {
	if q.Kind != "" && !slices.Contains(pipeline.Breaches(), q.Kind) {
		return page, nil, fmt.Errorf("list findings of kind %.70q: the kinds are %v: %w", q.Kind, pipeline.Breaches(), journal.ErrInvalid)
	}
	if q.Limit <= 0 {
		q.Limit = web.DefaultFindings
	}
	q.Limit = min(q.Limit, web.MaxFindings)
	rows := store.FindingQuery{Pipelines: a.watched(q.Pipeline), Kind: string(q.Kind), After: store.FindingPlace(q.After)}
	there := a.presence()
	for range findingRounds {
		list, err := a.store.Findings(ctx, rows, q.Limit+1)
		if err != nil {
			return page, nil, err
		}
		page.Next = ""
		if len(list) > q.Limit {
			list = list[:q.Limit]
			rows.After = list[q.Limit-1].Place()
			page.Next = web.FindingPlace(rows.After).String()
		}
		for _, row := range list {
			if there(row.FileName) {
				page.Findings = append(page.Findings, listed(row))
			} else if !slices.Contains(gone, row.FileName) {
				gone = append(gone, row.FileName)
			}
		}
		if page.Next == "" || len(page.Findings) > 0 {
			break
		}
	}
	return page, gone, nil
}

func listed(row store.FindingRow) web.ListedFinding {
	return web.ListedFinding{
		Pipeline: row.Pipeline, Path: row.Path, SHA256: row.SHA256, Since: row.Since, At: row.At, Released: row.Released,
		Breach: measure.Breach{Kind: pipeline.Breach(row.Kind), Reaction: pipeline.Reaction(row.Reaction), Fields: row.Fields, Entities: row.Entities},
	}
}

// countFindings counts the images of each pipeline by kind.
func (a *App) countFindings(ctx context.Context) ([]web.FindingCount, error) {
	counts, err := a.store.CountFindings(ctx, store.FindingQuery{Pipelines: a.watched("")})
	list := make([]web.FindingCount, len(counts))
	for i, c := range counts {
		list[i] = web.FindingCount{Pipeline: c.Pipeline, Kind: pipeline.Breach(c.Kind), Images: c.Images}
	}
	return list, err
}

// watched gives the pipelines that are looked at, of all or of one: nobody knows what became of the images of others.
// Where no configuration is known it gives nil for all.
func (a *App) watched(name string) []string {
	names := a.Pipelines()
	switch {
	case name == "":
		return names
	case names != nil && !slices.Contains(names, name):
		return []string{}
	}
	return []string{name}
}

// presence gives a function that tells whether an image is still in its delivered folder. Where the folder itself is away,
// as a share that is not mounted, its images are not gone.
func (a *App) presence() func(store.FileName) bool {
	away := map[string]bool{}
	return func(f store.FileName) bool {
		p, ok := a.config.Watch.Pipelines[f.Pipeline]
		if !ok {
			return true
		}
		if _, asked := away[f.Pipeline]; !asked {
			away[f.Pipeline] = absent(p.Delivered)
		}
		if away[f.Pipeline] {
			return true
		}
		_, err := os.Stat(filepath.Join(p.Delivered, filepath.FromSlash(f.Path)))
		return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
	}
}

// forgetGone asks of a page of the listed images whether they are still there, and goes on from there the next time: what
// is gone must not be counted for long where nobody turns the pages.
func (a *App) forgetGone(ctx context.Context, name string, s *sweep) {
	rows, err := a.store.Findings(ctx, store.FindingQuery{Pipelines: []string{name}, After: s.checkedTo}, web.DefaultFindings)
	var gone []store.FileName
	there := a.presence()
	for _, row := range rows {
		if !there(row.FileName) {
			gone = append(gone, row.FileName)
		}
	}
	if err == nil {
		err = a.store.DropFindings(ctx, slices.Compact(gone))
	}
	if s.checkedTo = (store.FindingPlace{}); len(rows) == web.DefaultFindings {
		s.checkedTo = rows[len(rows)-1].Place()
	}
	if err != nil && ctx.Err() == nil {
		a.log.Warn("images that are gone may still be listed among the findings", "pipeline", name, "error", err)
	}
}

// Findings lists the delivered images that break a rule of their policy, and counts all of them.
func (r *Reader) Findings(ctx context.Context, q web.FindingQuery) (web.FindingPage, error) {
	if config, err := LoadWatch(r.app.dir); err == nil { // else the list can be read, and nobody knows what is gone
		r.app.config.Watch = config.Watch
	}
	page, _, err := r.app.listFindings(ctx, q)
	if err != nil {
		return page, err
	}
	page.Counts, err = r.app.countFindings(ctx)
	return page, err
}
