package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// replacement is one image of a roll back, as the list that is kept by its digest has it.
type replacement struct {
	Path  string `json:"path"`
	Bad   string `json:"bad"`            // SHA-256 of what is over budget
	Bytes int64  `json:"bytes"`          // of that
	Good  string `json:"good,omitempty"` // of the version that takes its place; empty where the house rolls back
}

// maxBack bounds the images of one roll back.
const maxBack = 50_000

// backs is a plan with what only the server needs of it.
type backs struct {
	web.RollBackPlan
	list    []byte // as it is kept
	back    incident.Back
	problem error // why it cannot be done
}

// PlanRollBack says what a roll back would change. Nothing is changed.
func (a *App) PlanRollBack(ctx context.Context, id string, c web.RollBack) (web.RollBackPlan, error) {
	cased, err := a.Case(ctx, id)
	if err != nil {
		return web.RollBackPlan{}, err
	}
	plan, err := a.planRollBack(ctx, cased.Incident, c)
	plan.Problem = phrase.SaidOf(plan.problem)
	return plan.RollBackPlan, err
}

func (a *App) planRollBack(ctx context.Context, s incident.State, c web.RollBack) (plan backs, err error) {
	name := s.Opened.Pipeline
	p, ok := a.config.Watch.Pipelines[name]
	if !ok {
		return plan, fmt.Errorf("%w: %w", phrase.Errorf("refusal.no-pipeline", s.ID, strconv.Quote(name)), journal.ErrInvalid)
	}
	plan.RollBackPlan = web.RollBackPlan{Pipeline: name, Ways: backWays(p.Rollback), Routes: a.gatewayRoutes(p), Before: begin(s)}
	if c.Before != nil {
		plan.Before = c.Before.UTC()
	}
	if len(plan.Ways) == 0 {
		plan.problem = phrase.Errorf("back.no-way", name, journal.ErrInvalid)
		return plan, nil
	}
	plan.Way = cmp.Or(c.Way, plan.Ways[0])
	if !slices.Contains(plan.Ways, plan.Way) {
		return plan, phrase.Errorf("back.other-way", string(plan.Way), name, journal.ErrInvalid)
	}
	affected, err := a.store.Choose(ctx, store.Choice{Pipeline: name, Over: true, Since: begin(s)}, maxBack+1)
	switch {
	case err != nil:
		return plan, err
	case len(affected) > maxBack:
		return plan, phrase.Errorf("back.too-many", maxBack, journal.ErrTooLarge)
	case len(affected) == 0:
		plan.problem = phrase.Errorf("back.none", name, journal.ErrNotFound)
		return plan, nil
	}
	plan.Over = len(affected)
	plan.back = incident.Back{Way: plan.Way, Within: p.Rollback.Patience()}
	if err := a.planWay(ctx, &plan, p, c, affected); err != nil {
		return plan, err
	}
	plan.Undoable = plan.back.Undoable
	paths := make([]string, len(affected))
	for n, x := range affected {
		paths[n] = x.Path
	}
	plan.Recent = a.deliveredLately(ctx, plan.Routes).of(paths)
	return plan, nil
}

// backWays are the ways that a pipeline is configured for, the quickest first.
func backWays(r pipeline.Rollback) (ways []incident.BackWay) {
	if r.Keep > 0 {
		ways = append(ways, incident.BackKept)
	}
	switch {
	case len(r.Command) > 0:
		ways = append(ways, incident.BackCommand)
	case r.Webhook != "":
		ways = append(ways, incident.BackWebhook)
	case r.Git != nil:
		ways = append(ways, incident.BackGit)
	}
	return ways
}

// planWay finds out which images take part, and what is wrong with the way if anything is.
func (a *App) planWay(ctx context.Context, plan *backs, p pipeline.Pipeline, c web.RollBack, affected []store.Chosen) (err error) {
	var list []replacement
	switch plan.Way {
	case incident.BackKept:
		if a.inBucket(plan.Pipeline) {
			plan.problem = phrase.Errorf("back.bucket", plan.Pipeline, journal.ErrInvalid)
			return nil
		}
		if list, err = a.goodFor(ctx, plan, affected); err != nil {
			return err
		}
		plan.back.Undoable = true
	default:
		for _, x := range affected {
			list = append(list, replacement{Path: x.Path, Bad: x.SHA256, Bytes: x.Bytes})
		}
		plan.Undo = p.Rollback.Undo
		plan.back.Undoable = len(p.Rollback.Undo) > 0 || p.Rollback.Undoable && plan.Way == incident.BackWebhook || plan.Way == incident.BackGit
		plan.Within = p.Rollback.Patience()
		plan.Command = p.Rollback.Command
		if plan.Way == incident.BackGit {
			plan.problem = a.planRevert(ctx, plan, *p.Rollback.Git, c.Commit)
			plan.back.Commit = plan.Commit.Hash
		} else if err := (delivery.House{Pipeline: plan.Pipeline, Config: p.Rollback}).Check(); err != nil {
			plan.problem = err
		}
	}
	if plan.Images = len(list); plan.Images == 0 && plan.problem == nil {
		plan.problem = phrase.Errorf("back.nothing-kept", plan.Pipeline, journal.ErrNotFound)
	}
	plan.Whole = plan.Images > 0 && plan.Images == plan.Over
	// What is agreed to is the way, too.
	if plan.list, err = json.Marshal(list); err == nil {
		sum := sha256.Sum256(fmt.Appendf(bytes.Clone(plan.list), "\n%s %s", plan.Way, plan.back.Commit))
		plan.SHA256 = blob.Digest(sum).String()
	}
	return err
}

// goodFor finds for each affected image the version to go back to.
func (a *App) goodFor(ctx context.Context, plan *backs, affected []store.Chosen) (list []replacement, err error) {
	good := map[string]store.Version{}
	if err := a.store.EachGoodVersion(ctx, plan.Pipeline, plan.Before, func(v store.Version) { good[v.Path] = v }); err != nil {
		return nil, err
	}
	for _, x := range affected {
		v, ok := good[x.Path]
		if ok && v.SHA256 != x.SHA256 {
			ok, err = a.stillGood(ctx, v)
		} else {
			ok = false
		}
		if err != nil {
			return nil, err
		}
		if !ok {
			if plan.Missing++; len(plan.Sample) < web.PlanSample {
				plan.Sample = append(plan.Sample, x.Path)
			}
			continue
		}
		list = append(list, replacement{Path: x.Path, Bad: x.SHA256, Bytes: x.Bytes, Good: v.SHA256})
		if !v.FirstGood.Before(plan.Before) {
			plan.Late++
		}
		if plan.Oldest == nil || v.LastGood.Before(*plan.Oldest) {
			plan.Oldest = &v.LastGood
		}
	}
	return list, nil
}

// stillGood tells whether the bytes of a version are there, and nothing has been found against them since.
func (a *App) stillGood(ctx context.Context, v store.Version) (bool, error) {
	digest, err := blob.Parse(v.SHA256)
	if err != nil {
		return false, err
	}
	if _, err := a.blobs.Stat(digest); errors.Is(err, journal.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	holders, err := a.store.Holders(ctx, v.SHA256)
	return err == nil && len(holders) == 0, err
}

// planRevert chooses the commit: the one that was named, or the last one before the first image was over budget.
func (a *App) planRevert(ctx context.Context, plan *backs, g pipeline.GitRollback, named string) error {
	line, err := repository.OpenLine(g.Repository, g.Line())
	if err != nil {
		return err
	}
	commits, err := line.Commits(ctx, web.PlanCommits)
	if err != nil {
		return err
	}
	for _, c := range commits {
		plan.Commits = append(plan.Commits, web.PlannedCommit{Hash: c.Hash, Subject: c.Subject, Author: c.Author.Name, At: c.When})
	}
	if named == "" {
		named = plan.Suspect(plan.Before).Hash
	}
	what, err := line.Plan(ctx, named)
	if err != nil {
		return err
	}
	plan.Commit = web.PlannedCommit{Hash: what.Commit.Hash, Subject: what.Commit.Subject, Author: what.Commit.Author.Name, At: what.Commit.When}
	plan.Files = what.Files
	return nil
}

// RollBack has what is delivered become good again. Where the caller has seen a plan, it is that plan which is carried out, or none.
func (a *App) RollBack(ctx context.Context, by people.Actor, id string, c web.RollBack) error {
	cased, err := a.Case(ctx, id)
	if err != nil {
		return err
	}
	if err := by.Require(people.Contain); err != nil {
		return err
	}
	plan, err := a.planRollBack(ctx, cased.Incident, c)
	switch {
	case err != nil:
		return err
	case plan.problem != nil:
		return plan.problem
	case c.Plan != "" && c.Plan != plan.SHA256:
		return phrase.Errorf("back.changed", plan.Images, journal.ErrConflict)
	}
	digest, _, err := a.blobs.Put(ctx, bytes.NewReader(plan.list), maxList)
	if err != nil {
		return fmt.Errorf("keep the list of the images to roll back: %w", err)
	}
	return a.Do(ctx, by, id, incident.RollBack{Reason: c.Reason, Back: plan.back, Images: incident.ImageList{
		Pipeline: plan.Pipeline, Count: plan.Images, SHA256: digest.String(), Chosen: "over budget", Whole: plan.Whole,
	}})
}
