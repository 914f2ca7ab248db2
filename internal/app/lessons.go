package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// maxLessons bounds what one list shows.
const maxLessons = 2000

// Lessons lists the lessons of all incidents that somebody may read, the newest first.
func (a *App) Lessons(ctx context.Context, by people.Actor) ([]web.ListedLesson, error) {
	return a.lessonsFor(ctx, by, !web.ReadsWhole(by))
}

func (a *App) lessonsFor(ctx context.Context, by people.Actor, public bool) ([]web.ListedLesson, error) {
	rows, err := a.store.Lessons(ctx, public, a.config.Restricted, maxLessons)
	if err != nil {
		return nil, err
	}
	active, err := a.audience(ctx, nil)
	if err != nil {
		return nil, err
	}
	list := make([]web.ListedLesson, len(rows))
	for i, r := range rows {
		list[i] = web.ListLesson(r.Lesson, web.LessonOf{Incident: r.Incident, Title: r.Title, Severity: r.Severity, Pipeline: r.Pipeline}, active, by, a.now())
	}
	return list, nil
}

// audience gives the accounts, by which a lesson's audience is told, and demands that each person who is named has one.
func (a *App) audience(ctx context.Context, named []people.ID) ([]people.Person, error) {
	persons, err := a.store.Persons(ctx)
	if err != nil {
		return nil, err
	}
	var list []people.Person
	for _, p := range persons {
		if !p.Disabled {
			list = append(list, p.Person)
		}
	}
	for _, id := range named {
		if !slices.ContainsFunc(list, func(p people.Person) bool { return p.ID == id }) {
			return nil, phrase.Refusal(journal.ErrInvalid, "refusal.lesson.account", id)
		}
	}
	return list, nil
}

// decideLesson decides on a lesson. To who may not read it there is none.
func (a *App) decideLesson(entries []journal.Entry, inc incident.State, c lesson.Command, env incident.Env) (journal.Change, error) {
	all, err := foldCase(entries)
	if err != nil {
		return journal.Change{}, err
	}
	if ack, ok := c.(lesson.Acknowledge); ok && !web.ReadsWhole(env.By) && all.Analysis.Restriction(a.config.Restricted, inc) != nil {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.lesson.ack", ack.Lesson, inc.ID)
	}
	return lesson.Decide(all.Lessons, inc, c, env)
}

// lessonDue tells whether a message about a lesson still has a purpose. What a restricted postmortem has taught is not sent to
// those who do not read it.
func lessonDue(c web.Case, e incident.InformEffect, p people.Person) (bool, error) {
	if !strings.HasPrefix(e.What, "lesson-") {
		return true, nil
	}
	if e.Number < 1 || e.Number > len(c.Lessons.Lessons) {
		return false, errors.New("tell of a lesson: the incident has none of that number")
	}
	if c.Restriction != nil && !web.ReadsWhole(p.Actor()) {
		return false, nil
	}
	l := c.Lessons.Lessons[e.Number-1]
	if e.What == "lesson-for-you" {
		return l.Audience.Has(p) && !l.AckedBy(p.ID), nil
	}
	return l.Open(), nil
}
