package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/backlog"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

// maxPolled bounds one look for changes; the next goes on where it ends.
const maxPolled = 100 // pages of 100 issues

// hearer reads what the tracker tells by itself.
type hearer interface {
	Hears() bool
	Notice(h http.Header, body []byte) (backlog.Notice, error)
}

// pollBacklog asks the tracker what has changed, and queues what brings it here.
func (a *App) pollBacklog(ctx context.Context) error {
	err := a.backlog.broken
	if err == nil {
		err = a.pollPages(ctx)
	}
	a.backlog.mu.Lock()
	defer a.backlog.mu.Unlock()
	if a.backlog.failed = err; err == nil {
		a.backlog.readAt = a.now()
	}
	return err
}

func (a *App) pollPages(ctx context.Context) error {
	t := a.backlog.tracker
	name := "backlog/" + t.Tracker()
	cursor, err := a.store.Cursors().Cursor(ctx, name)
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return err
	}
	persons, err := a.People(ctx)
	if err != nil {
		return err
	}
	for range maxPolled {
		page, err := t.Changed(ctx, cursor)
		if err != nil {
			return err
		}
		var wanted []journal.Effect
		for _, issue := range page.Issues {
			e, err := a.pullWanted(ctx, issue, persons)
			if err != nil {
				return err
			}
			wanted = append(wanted, e...)
		}
		if len(wanted) > 0 {
			if _, err := a.store.Append(ctx, journal.Change{Effects: wanted}); err != nil {
				return err
			}
		}
		// The effects are durable: a crash before this line queues them again under the same keys.
		if page.Cursor != cursor {
			if err := a.store.Cursors().SetCursor(ctx, name, page.Cursor); err != nil {
				return err
			}
		}
		if cursor = page.Cursor; !page.More {
			return nil
		}
	}
	return nil
}

// pullWanted is the effect that brings an issue here, where it is the issue of an action and holds something new.
func (a *App) pullWanted(ctx context.Context, issue backlog.Issue, persons []people.Person) ([]journal.Effect, error) {
	row, err := a.store.ActionOf(ctx, a.backlog.tracker.Tracker(), issue.Key)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := a.Case(ctx, row.Incident)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.Prevention.Actions, func(o prevention.Action) bool { return o.ID == row.ID })
	if i < 0 || c.Prevention.Actions[i].Link == nil {
		return nil, nil
	}
	action := c.Prevention.Actions[i]
	held := true
	for f, v := range valuesOf(a.backlog.tracker, issue, string(action.Owner), persons) {
		held = held && action.Link.Theirs[f] == v
	}
	if held && len(action.Conflicts) == 0 {
		return nil, nil
	}
	return []journal.Effect{pull(row.Incident, row.ID, fmt.Sprint(issue.Updated.UnixNano()), "")}, nil
}

func pull(id, action, change string, by people.ID) journal.Effect {
	return journal.Effect{
		Kind: prevention.EffectSync, Key: fmt.Sprintf("%s/%s/%s/pull-%s", prevention.EffectSync, id, action, change), Stream: id,
		Data: prevention.SyncEffect{Incident: id, Action: action, By: string(by)},
	}
}

// backlogMounts is where the tracker tells of changes by itself. It carries a secret of its own.
func (a *App) backlogMounts() []web.Mount {
	return []web.Mount{{Pattern: "POST /api/v1/backlog/hook", Limit: backlog.MaxHookBody, Handler: http.HandlerFunc(a.heardFromTracker)}}
}

// heardFromTracker queues what brings the changed issue here. What the webhook says of the issue is not believed: webhooks come late, twice and
// in any order.
func (a *App) heardFromTracker(w http.ResponseWriter, r *http.Request) {
	if a.backlog.hears == nil || !a.backlog.hears.Hears() {
		http.Error(w, "no webhook secret is configured under backlog in safelight.yaml", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, backlog.MaxHookBody))
	if err != nil {
		http.Error(w, "the body cannot be read, or is too long", http.StatusRequestEntityTooLarge)
		return
	}
	n, err := a.backlog.hears.Notice(r.Header, body)
	switch {
	case errors.Is(err, journal.ErrForbidden):
		http.Error(w, journal.Sentence(err), http.StatusUnauthorized)
		return
	case err != nil:
		http.Error(w, journal.Sentence(err), http.StatusBadRequest)
		return
	}
	if err := a.takeNotice(r.Context(), n); err != nil {
		a.log.Error("a webhook of the tracker is not kept; the next poll brings the change", "error", journal.Sentence(err))
		http.Error(w, "it cannot be kept now", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (a *App) takeNotice(ctx context.Context, n backlog.Notice) error {
	if n.Key == "" {
		return nil
	}
	row, err := a.store.ActionOf(ctx, a.backlog.tracker.Tracker(), n.Key)
	if errors.Is(err, journal.ErrNotFound) {
		return nil // an issue of nobody's action
	}
	if err != nil {
		return err
	}
	persons, err := a.People(ctx)
	if err != nil {
		return err
	}
	var by people.ID
	if i := slices.IndexFunc(persons, func(p people.Person) bool { return n.By != "" && p.Login == n.By }); i >= 0 {
		by = persons[i].ID
	}
	_, err = a.store.Append(ctx, journal.Change{Effects: []journal.Effect{pull(row.Incident, row.ID, n.At, by)}})
	return err
}

// Backlog says which tracker actions stand in too, and how reading it goes.
func (a *App) Backlog() web.Backlog {
	c := a.config.Backlog
	if !c.Configured() {
		return web.Backlog{}
	}
	a.backlog.mu.Lock()
	defer a.backlog.mu.Unlock()
	b := web.Backlog{Tracker: c.Tracker(), ReadAt: a.backlog.readAt}
	if a.backlog.failed != nil {
		b.Error = journal.Sentence(a.backlog.failed)
	}
	return b
}

// startBacklog asks for changes until ctx ends.
func (a *App) startBacklog(ctx context.Context) {
	if a.config.Backlog.Configured() {
		a.loop(ctx, max(a.config.Backlog.Every(), time.Second), a.pollBacklog)
	}
}
