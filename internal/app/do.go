package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// Do decides a command on an incident and appends what follows from it: the
// one write path of pages, API, CLI and machines. The command is an
// [incident.Command], a [postmortem.Command] or a [prevention.Command].
func (a *App) Do(ctx context.Context, by people.Actor, id string, command any) error {
	return a.doVia(ctx, by, "", id, command)
}

// doVia is [App.Do] for somebody who acts on a message.
func (a *App) doVia(ctx context.Context, by people.Actor, via incident.Via, id string, command any) error {
	if by.ID == "" {
		return fmt.Errorf("change %s: nobody is signed in: %w", id, journal.ErrForbidden)
	}
	if err := a.checkPeople(ctx, command); err != nil {
		return err
	}
	switch c := command.(type) {
	case retrospective.Command:
		ready, err := a.prepareRetrospective(ctx, id, c)
		if err != nil {
			return err
		}
		command = ready
	case lesson.Address:
		var err error
		if c.Told, err = a.audience(ctx, c.People); err != nil {
			return err
		}
		command = c
	case prevention.CloseAction:
		guards, err := a.seenToCatch(ctx, id, c.Proof)
		if err != nil {
			return err
		}
		c.Guards = guards
		command = c
	case prevention.LinkAction:
		link, err := a.linkOf(ctx, id, c)
		if err != nil {
			return err
		}
		command = link
	case postmortem.Submit, postmortem.OverruleProblem:
		return a.doJudged(ctx, by, id, command)
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		_, err := a.doIn(tx, by, via, id, command)
		return err
	})
}

// doIn decides and appends in a transaction, and gives what it appended.
func (a *App) doIn(tx *store.Tx, by people.Actor, via incident.Via, id string, command any) (journal.Change, error) {
	entries, err := tx.Stream(id)
	if err != nil {
		return journal.Change{}, err
	}
	env, err := a.env(tx, by, a.now())
	if err != nil {
		return journal.Change{}, err
	}
	env.Via = via
	change, err := a.decide(entries, command, env)
	if err != nil {
		return journal.Change{}, err
	}
	_, err = tx.Append(change)
	return change, err
}

// checkPeople demands that whoever a command names has an account that can
// take on what it is given: the domain knows only ids.
func (a *App) checkPeople(ctx context.Context, command any) error {
	var who people.ID
	duty, needs := phrase.Key("action"), people.Read
	switch c := command.(type) {
	case incident.Escalate:
		who, duty, needs = c.To, "lead", people.Author
	case prevention.AddAction:
		who = c.Owner
	case prevention.ChangeAction:
		who = c.Owner
	case prevention.TakeRow:
		who = people.ID(c.Values[prevention.OwnerField])
	case postmortem.SetGap:
		who, duty = c.Owner, "gap"
	case lesson.SetChange:
		who, duty = c.Owner, "lesson"
	}
	if who == "" {
		return nil // the domain asks for a name where one is required
	}
	p, err := a.Person(ctx, who)
	if errors.Is(err, journal.ErrNotFound) {
		return phrase.Refusal(journal.ErrInvalid, "refusal.account.none", who, phrase.Of("refusal.duty.to."+duty))
	}
	if err == nil && !p.Actor().May(needs) {
		return phrase.Refusal(journal.ErrInvalid, "refusal.account.role", p.Login, phrase.Of("refusal.duty.to."+duty), p.Role)
	}
	return err
}

// decide folds what the command needs and asks the package that owns it.
func (a *App) decide(entries []journal.Entry, command any, env incident.Env) (journal.Change, error) {
	inc, err := incident.Fold(entries)
	if err != nil {
		return journal.Change{}, err
	}
	switch c := command.(type) {
	case incident.Close:
		if c.Open, err = openLines(entries, inc, env.Now); err != nil {
			return journal.Change{}, err
		}
		return incident.Decide(inc, c, env)
	case incident.DisableRoute:
		return a.decideOnRoute(inc, c.Route, c, env)
	case incident.DisableRoutes:
		for _, route := range c.Routes {
			if err := a.checkRoute(inc, route); err != nil {
				return journal.Change{}, err
			}
		}
		return incident.Decide(inc, c, env)
	case incident.NoStoreRoute:
		return a.decideOnRoute(inc, c.Route, c, env)
	case incident.PurgeRoute:
		if err := delivery.CheckPurge(c.Route, c.Paths, c.Tags); err != nil {
			return journal.Change{}, err
		}
		return a.decideOnRoute(inc, c.Route, c, env)
	case incident.ChangeSeverity:
		c.Policy = a.policy(c.To)
		return incident.Decide(inc, c, env)
	case incident.Command:
		return incident.Decide(inc, c, env)
	case postmortem.Command:
		state, err := postmortem.Fold(entries)
		if err != nil {
			return journal.Change{}, err
		}
		return postmortem.Decide(state, inc, c, env)
	case retrospective.Command:
		return a.decideRetrospective(entries, c, env)
	case lesson.Command:
		return a.decideLesson(entries, inc, c, env)
	case prevention.Command:
		state, err := prevention.Fold(entries)
		if err != nil {
			return journal.Change{}, err
		}
		change, err := prevention.Decide(state, inc, c, env)
		if _, recurred := c.(prevention.ReopenForCause); env.By.System && !recurred {
			return change, err // it comes from the tracker
		}
		return a.withSync(change, entries), err
	}
	return journal.Change{}, fmt.Errorf("decide %T: no package owns this command: %w", command, journal.ErrInvalid)
}

func (a *App) decideOnRoute(inc incident.State, route string, c incident.Command, env incident.Env) (journal.Change, error) {
	if err := a.checkRoute(inc, route); err != nil {
		return journal.Change{}, err
	}
	return incident.Decide(inc, c, env)
}

// checkRoute refuses a route that the gateway does not have: the domain knows no routes.
func (a *App) checkRoute(inc incident.State, route string) error {
	if _, ok := a.config.Gateway.Routes[route]; !ok {
		names := strings.Join(slices.Sorted(maps.Keys(a.config.Gateway.Routes)), ", ")
		return fmt.Errorf("%w: %w", phrase.Errorf("refusal.no-route", inc.ID, strconv.Quote(route), names), journal.ErrInvalid)
	}
	return nil
}

// openLines names the lines of the checklist that are not true.
func openLines(entries []journal.Entry, inc incident.State, now time.Time) ([]string, error) {
	c, err := foldCase(entries)
	if err != nil {
		return nil, err
	}
	var open []string
	for _, line := range c.Checklist(now) {
		if !line.Done {
			open = append(open, line.Name)
		}
	}
	return open, nil
}

// Declare opens an incident on a person's word.
func (a *App) Declare(ctx context.Context, by people.Actor, d web.Declaration) (string, error) {
	p, ok := a.config.Watch.Pipelines[d.Pipeline]
	if !ok {
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.declare.pipeline", d.Pipeline)
	}
	severity, known := pipeline.ParseSeverity(string(d.Severity))
	if !known {
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.declare.severity", d.Severity)
	}
	at := a.now()
	o := incident.Opened{
		Severity: severity, Pipeline: d.Pipeline, Class: p.Class, Routes: p.Routes, Title: d.Title,
		PersonalData: d.PersonalData, Policy: a.policy(severity), Stakeholders: p.Stakeholders,
	}
	if err := a.assign(ctx, &o, p, at); err != nil {
		return "", err
	}
	return a.open(ctx, by, at, o)
}

// assign names the people of a new incident: who is on call now, the
// pipeline's lead, the administrators. A login without an account is left out
// and logged: an incident must open all the same.
func (a *App) assign(ctx context.Context, o *incident.Opened, p pipeline.Pipeline, at time.Time) error {
	persons, err := a.store.Persons(ctx)
	if err != nil {
		return err
	}
	onCall, _ := a.schedule.Who(at)
	for _, r := range persons {
		if r.Login == onCall {
			o.OnCall = r.ID
		}
		if r.Login == p.Lead {
			o.Lead = r.ID
		}
		if r.Role == people.Administrator {
			o.Admins = append(o.Admins, r.ID)
		}
	}
	if o.OnCall == "" {
		a.log.Error("the person on call has no account and is passed over", "login", onCall)
	}
	return nil
}
