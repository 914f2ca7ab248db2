package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
	"github.com/safelight-dev/safelight/internal/web"
)

// runRetrospective lists retrospectives, schedules, minutes and skips them.
func runRetrospective(c *cli, ctx context.Context, args []string) error {
	verbs := []verb{{"list", (*cli).retrospectiveList}}
	for _, ch := range retrospectiveChanges() {
		verbs = append(verbs, ch.verb("retrospective"))
	}
	return c.choose(ctx, "retrospective", verbs, args)
}

func retrospectiveChanges() []change {
	return []change{
		{name: "schedule", usage: "ID --at TIME --facilitator LOGIN [--invite LOGIN]... [--place T]", args: 1, must: []string{"at", "facilitator"}, build: buildSchedule},
		{name: "minute", usage: "ID [--well T]... [--badly T]... [--lucky T]... [--notes T] [--attended LOGIN]... [--lesson T]... [--action T --owner LOGIN --due DATE --domain D] [--words T]", args: 1, build: buildMinute},
		{name: "skip", usage: "ID --reason T", args: 1, must: []string{"reason"}, build: func(f flags) func(given) (any, error) {
			reason := f.String("reason", "", "flag.retro-reason")
			return func(given) (any, error) {
				return retrospective.Skip{SkippedFields: retrospective.SkippedFields{Reason: *reason}}, nil
			}
		}},
	}
}

func buildSchedule(f flags) func(given) (any, error) {
	at := f.String("at", "", "flag.retro-at")
	facilitator := f.String("facilitator", "", "flag.retro-facilitator")
	var invited list
	f.Var(&invited, "invite", "flag.retro-invite")
	place := f.String("place", "", "flag.retro-place")
	return func(g given) (any, error) {
		when, err := time.Parse(time.RFC3339, *at)
		if err != nil {
			return nil, misused("retrospective schedule", "no-time", phrase.Of("misuse.no-time.hint", "2025-10-02T14:00:00Z"), strconv.Quote(*at))
		}
		c := retrospective.Schedule{ScheduleFields: retrospective.ScheduleFields{At: when, Place: *place}}
		if c.Facilitator, err = g.person(*facilitator); err != nil {
			return nil, err
		}
		c.Invited, err = g.persons(invited)
		return c, err
	}
}

// persons finds the ids of logins.
func (g given) persons(logins []string) (ids []people.ID, err error) {
	for _, login := range logins {
		id, err := g.person(login)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func buildMinute(f flags) func(given) (any, error) {
	var well, badly, lucky, lessons, attended list
	f.Var(&well, "well", "flag.retro-well")
	f.Var(&badly, "badly", "flag.retro-badly")
	f.Var(&lucky, "lucky", "flag.retro-lucky")
	f.Var(&attended, "attended", "flag.retro-attended")
	f.Var(&lessons, "lesson", "flag.retro-lesson")
	notes := f.String("notes", "", "flag.retro-notes")
	words := f.String("words", "", "flag.retro-words")
	action := f.String("action", "", "flag.retro-action")
	owner := f.String("owner", "", "flag.retro-action-owner")
	due := f.String("due", "", "flag.retro-action-due")
	domain := f.String("domain", "", "flag.retro-domain")
	return func(g given) (any, error) {
		c := retrospective.Minute{Minutes: retrospective.Minutes{Well: well, Badly: badly, Lucky: lucky, Notes: *notes, Words: *words}, Lessons: lessons}
		var err error
		if c.Attended, err = g.persons(attended); err != nil || *action == "" {
			return c, err
		}
		who, err := g.person(*owner)
		c.Actions = []prevention.AddAction{{
			Title: *action, Domain: postmortem.Domain(*domain), Owner: who, Due: *due, Impact: prevention.Medium, Effort: prevention.Medium,
		}}
		return c, err
	}
}

// retrospectiveList prints those that are expected, then the others.
func (c *cli) retrospectiveList(ctx context.Context, args []string) error {
	f := newReadFlags("retrospective list [--dir D] [--json]")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	list, err := r.Retrospectives(ctx)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, append([]web.ListedRetrospective{}, list...))
	}
	l := c.lang()
	if len(list) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "retrospective.none-expected"))
	}
	for _, r := range list {
		fmt.Fprintf(c.stdout, "%s  %s  %s  %s\n", r.Incident, r.Severity, r.Title, retrospectiveStanding(r, l))
	}
	return nil
}

// retrospectiveStanding says where a retrospective stands.
func retrospectiveStanding(r web.ListedRetrospective, l phrase.Lang) string {
	at := func(t *time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
	switch {
	case r.HeldAt != nil:
		return phrase.Say(l, "retrospective.held", at(r.HeldAt)) + " · " + phrase.Say(l, "retrospective.results", len(r.Lessons), len(r.Actions))
	case r.Deadline == nil:
		return phrase.Say(l, "retrospective.skipped", r.Reason)
	case r.Late:
		return phrase.Say(l, "retrospective.late", at(r.Deadline))
	case r.Stage == retrospective.Scheduled:
		return phrase.Say(l, "retrospective.scheduled", at(r.Deadline)) + " · " + phrase.Say(l, "retrospective.led-by", r.Facilitator)
	}
	return phrase.Say(l, "retrospective.due", at(r.Deadline))
}
