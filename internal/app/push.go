package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	effectPush = "push"
	pushTime   = 5 * time.Minute // a first push of years of publications

	// repositoryStream is what a push belongs to that no incident has caused.
	repositoryStream = "repository"
)

// pushEffect brings a branch to the remote. The commit names what caused it: the branch is pushed as it is by then.
type pushEffect struct {
	Incident string `json:"incident"`
	Branch   string `json:"branch"`
	Commit   string `json:"commit"`
}

// pushWanted is the effect that a commit has where a remote is configured; none for a draft that stays here.
func (a *App) pushWanted(stream, branch, commit string) []journal.Effect {
	m := a.config.Git.Remote
	if !m.Configured() || branch != mainBranch && !m.Drafts {
		return nil
	}
	return []journal.Effect{{
		Kind: effectPush, Key: fmt.Sprintf("%s/%s/%s", effectPush, branch, commit), Stream: stream,
		Data: pushEffect{stream, branch, commit},
	}}
}

// push brings a branch to the remote. What is there already is no error, so that of many that waited for a remote the first does it.
func (a *App) push(ctx context.Context, e pushEffect) (incident.Command, error) {
	m := a.config.Git.Remote
	if !m.Configured() {
		return nothing, &store.DroppedError{Reason: "no remote is configured any more"}
	}
	return nothing, a.repo.Push(ctx, e.Branch, m)
}

// queuePush queues the push of a commit that no effect has made.
func (a *App) queuePush(ctx context.Context, stream, branch, commit string) error {
	effects := a.pushWanted(stream, branch, commit)
	if len(effects) == 0 {
		return nil
	}
	_, err := a.store.Append(ctx, journal.Change{Effects: effects})
	return err
}

// pushWhatIsHere pushes main once after a remote was configured: what was published before is to be there too.
func (a *App) pushWhatIsHere(ctx context.Context) error {
	if !a.config.Git.Remote.Configured() {
		return nil
	}
	tip, err := a.repo.Tip(mainBranch)
	if err != nil || tip == "" {
		return err
	}
	return a.queuePush(ctx, repositoryStream, mainBranch, tip)
}

// waitingPushes gives the pushes to main that wait, by incident.
func (a *App) waitingPushes(ctx context.Context) (map[string]*web.Effect, error) {
	pending, err := a.store.PendingEffects(ctx)
	if err != nil {
		return nil, err
	}
	waiting := map[string]*web.Effect{}
	for _, e := range pending {
		var data pushEffect
		if e.Kind == effectPush && json.Unmarshal(e.Data, &data) == nil && data.Branch == mainBranch {
			shown := shownEffect(e)
			waiting[e.Stream] = &shown
		}
	}
	return waiting, nil
}
