package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/retrospective"
	"github.com/safelight-dev/safelight/internal/web"
)

// remindAhead is how long before its day a retrospective may have to be recalled.
const remindAhead = 3 * 24 * time.Hour

// Retrospectives lists the retrospectives of all incidents that somebody may read, those that are expected first.
func (a *App) Retrospectives(ctx context.Context, by people.Actor) ([]web.ListedRetrospective, error) {
	return a.retrospectivesFor(ctx, by, !web.ReadsWhole(by))
}

func (a *App) retrospectivesFor(ctx context.Context, by people.Actor, public bool) ([]web.ListedRetrospective, error) {
	rows, err := a.store.Retrospectives(ctx, public, a.config.Restricted, maxLessons)
	if err != nil {
		return nil, err
	}
	persons, err := a.People(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]web.ListedRetrospective, len(rows))
	for i, r := range rows {
		of := web.LessonOf{Incident: r.Incident, Title: r.Title, Severity: r.Severity, Pipeline: r.Pipeline}
		list[i] = web.ListRetrospective(r.State, of, r.Stage, r.Deadline, loginsOf(persons), by, a.now())
	}
	return list, nil
}

// prepareRetrospective gives a command what only the application knows, and demands that whom it names has an account.
func (a *App) prepareRetrospective(ctx context.Context, id string, c retrospective.Command) (retrospective.Command, error) {
	switch c := c.(type) {
	case retrospective.Schedule:
		if _, err := a.audience(ctx, append([]people.ID{c.Facilitator}, c.Invited...)); err != nil && c.Facilitator != "" {
			return nil, fmt.Errorf("schedule the retrospective of %s: %w", id, err)
		}
		var err error
		c.Changed, err = a.changedBy(ctx, id)
		return c, err
	case retrospective.Minute:
		if _, err := a.audience(ctx, c.Attended); err != nil {
			return nil, fmt.Errorf("minute the retrospective of %s: %w", id, err)
		}
		for _, action := range c.Actions {
			if err := a.checkPeople(ctx, action); err != nil {
				return nil, err
			}
		}
		persons, err := a.People(ctx)
		for _, p := range persons {
			c.Names = append(c.Names, postmortem.Name{Login: p.Login, Full: p.Name})
		}
		return c, err
	}
	return c, nil
}

// changedBy finds the accounts whose names the Git logs among the evidence give as authors: who made what the incident may be about.
func (a *App) changedBy(ctx context.Context, id string) ([]people.ID, error) {
	c, err := a.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	persons, err := a.People(ctx)
	if err != nil {
		return nil, err
	}
	var list []people.ID
	for _, e := range c.Analysis.Evidence {
		if e.Kind != postmortem.GitLog {
			continue
		}
		text, err := readHead(func(digest string) (io.ReadCloser, error) { return a.Blob(ctx, digest) }, e.SHA256)
		if err != nil {
			return nil, fmt.Errorf("read evidence %s: %w", e.Path, err)
		}
		for _, p := range persons {
			if p.Name != "" && !slices.Contains(list, p.ID) && hasAuthor(text, p.Name) {
				list = append(list, p.ID)
			}
		}
	}
	return list, nil
}

// hasAuthor tells whether a Git log, as evidence has it, names an author.
func hasAuthor(log []byte, name string) bool {
	lines := bufio.NewScanner(bytes.NewReader(log))
	for lines.Scan() {
		if author, ok := strings.CutPrefix(lines.Text(), "author "); ok && strings.EqualFold(strings.TrimSpace(author), name) {
			return true
		}
	}
	return false
}

// decideRetrospective decides on a retrospective, with the actions that come of it in the tracker.
func (a *App) decideRetrospective(entries []journal.Entry, c retrospective.Command, env incident.Env) (journal.Change, error) {
	all, err := foldCase(entries)
	if err != nil {
		return journal.Change{}, err
	}
	change, err := retrospective.Decide(all.Retrospective, all.Incident, all.Analysis, all.Prevention, c, env)
	return a.withSync(change, entries), err
}

// remindRetrospectives tells of those that are nearly due or late.
func (a *App) remindRetrospectives(ctx context.Context) (errs []error) {
	ids, err := a.store.RetrospectivesExpected(ctx, a.now().Add(remindAhead))
	errs = append(errs, err)
	for _, id := range ids {
		errs = append(errs, a.Do(ctx, monitor, id, retrospective.Remind{}))
	}
	return errs
}

// retrospectiveWaits tells whether a message about a retrospective still has a purpose.
func retrospectiveWaits(c web.Case, e incident.InformEffect) bool {
	if !strings.HasPrefix(e.What, "retrospective-") {
		return true
	}
	stage := c.Retrospective.Stage(c.Incident)
	return stage == retrospective.Due || stage == retrospective.Scheduled
}
