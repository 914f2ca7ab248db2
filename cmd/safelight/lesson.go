package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// runLesson lists lessons, says whom they are for, acknowledges them and follows up what they change.
func runLesson(c *cli, ctx context.Context, args []string) error {
	verbs := []verb{{"list", (*cli).lessonList}}
	for _, ch := range lessonChanges() {
		verbs = append(verbs, ch.verb("lesson"))
	}
	return c.choose(ctx, "lesson", verbs, args)
}

func lessonChanges() []change {
	return []change{
		{name: "address", usage: "ID --lesson N [--role R]... [--domain D]... [--person LOGIN]...", args: 1, build: buildAddress},
		{name: "ack", usage: "ID --lesson N", args: 1, build: buildLessonAck},
		{name: "plan", usage: "ID --lesson N --kind training|governance --title T --owner LOGIN --due DATE [--change K1]", args: 1, must: []string{"kind", "title", "owner", "due"}, build: buildLessonPlan},
		{name: "done", usage: "ID CHANGE --link L", args: 2, must: []string{"link"}, build: func(f flags) func(given) (any, error) {
			link := f.String("link", "", "flag.lesson-link")
			return func(g given) (any, error) { return lesson.FinishChange{ID: g.args[1], Link: *link}, nil }
		}},
		{name: "drop", usage: "ID CHANGE --reason T", args: 2, must: []string{"reason"}, build: func(f flags) func(given) (any, error) {
			reason := f.String("reason", "", "flag.lesson-reason")
			return func(g given) (any, error) { return lesson.DropChange{ID: g.args[1], Reason: *reason}, nil }
		}},
	}
}

func buildAddress(f flags) func(given) (any, error) {
	number := f.Int("lesson", 0, "flag.lesson-number")
	var roles, domains, persons list
	f.Var(&roles, "role", "flag.lesson-role")
	f.Var(&domains, "domain", "flag.lesson-domain")
	f.Var(&persons, "person", "flag.lesson-person")
	return func(g given) (any, error) {
		c := lesson.Address{Addressed: lesson.Addressed{Lesson: *number}}
		for _, r := range roles {
			c.Roles = append(c.Roles, people.Role(r))
		}
		for _, d := range domains {
			c.Domains = append(c.Domains, people.Domain(d))
		}
		for _, login := range persons {
			id, err := g.person(login)
			if err != nil {
				return nil, err
			}
			c.People = append(c.People, id)
		}
		return c, nil
	}
}

func buildLessonAck(f flags) func(given) (any, error) {
	number := f.Int("lesson", 0, "flag.lesson-number")
	return func(given) (any, error) {
		return lesson.Acknowledge{Acknowledged: lesson.Acknowledged{Lesson: *number}}, nil
	}
}

func buildLessonPlan(f flags) func(given) (any, error) {
	number := f.Int("lesson", 0, "flag.lesson-number")
	kind := f.String("kind", "", "flag.lesson-kind")
	title := f.String("title", "", "flag.lesson-title")
	owner := f.String("owner", "", "flag.lesson-owner")
	due := f.String("due", "", "flag.lesson-due")
	id := f.String("change", "", "flag.lesson-change")
	return func(g given) (any, error) {
		who, err := g.person(*owner)
		return lesson.SetChange{ChangeFields: lesson.ChangeFields{ID: *id, Lesson: *number, Kind: lesson.Kind(*kind), Title: *title, Owner: who, Due: *due}}, err
	}
}

// lessonList prints the lessons of all incidents, the newest first.
func (c *cli) lessonList(ctx context.Context, args []string) error {
	f := newReadFlags("lesson list [--mine LOGIN] [--open] [--dir D] [--json]")
	mine := f.String("mine", "", "flag.lesson-mine")
	open := f.Bool("open", false, "flag.lesson-open")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	by := people.Monitor()
	if *mine != "" {
		persons, err := r.People(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(persons, func(p people.Person) bool { return p.Login == *mine })
		if i < 0 {
			return fmt.Errorf("list the lessons of %s: there is no such account: %w", *mine, journal.ErrNotFound)
		}
		by = persons[i].Actor()
	}
	list, err := r.Lessons(ctx, by)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(l web.ListedLesson) bool { return *mine != "" && !l.Mine || *open && !l.Open() })
	if *f.asJSON {
		return printJSON(c.stdout, append([]web.ListedLesson{}, list...))
	}
	if len(list) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "lesson.none"))
	}
	for _, l := range list {
		printLesson(c.stdout, l, c.lang())
	}
	return nil
}

func printLesson(w io.Writer, l web.ListedLesson, lang phrase.Lang) {
	fmt.Fprintf(w, "%s  %d  %s\n", l.Incident, l.Number, l.Text)
	line := func(k phrase.Key, args ...any) { fmt.Fprintf(w, "    %s\n", phrase.Say(lang, k, args...)) }
	for _, link := range l.Links() {
		fmt.Fprintf(w, "    %s %s\n", phrase.Say(lang, "page.lesson.in"), link)
	}
	if len(l.Acked) > 0 {
		line("lesson.acked", strings.Join(l.Acked, ", "))
	}
	if len(l.Waiting) > 0 {
		line("lesson.waiting", strings.Join(l.Waiting, ", "))
	}
	for i, ch := range l.Changes {
		if !ch.Open() {
			continue
		}
		due := phrase.Key("page.action.due")
		if l.Follow[i].Overdue {
			due = "page.action.overdue"
		}
		fmt.Fprintf(w, "    %s  %s  %s  %s\n", ch.ID, ch.Title, l.Follow[i].Owner, phrase.Say(lang, due, ch.Due))
	}
}
