package app

import (
	"context"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
)

// env is what a decision about an incident may know: the time, the doer, and
// who is there to be paged.
func (a *App) env(tx *store.Tx, by people.Actor, at time.Time) (incident.Env, error) {
	persons, err := tx.Persons()
	if err != nil {
		return incident.Env{}, err
	}
	return incident.Env{Now: at, By: by, Crew: a.crew(persons, at)}, nil
}

// crew looks up who is on call and how everybody is reached.
func (a *App) crew(persons []store.PersonRecord, at time.Time) oncall.Crew {
	c := oncall.Crew{Schedules: map[string][]people.ID{}, Logins: map[string]people.ID{}, Methods: map[people.ID][]string{}, Shared: a.config.Notify.Shared(), Rewritable: a.config.Notify.Rewritable()}
	onCall := map[string][]string{} // schedules by login
	for _, s := range a.schedule.all() {
		login, _ := s.Who(at)
		onCall[login] = append(onCall[login], s.Name())
	}
	for _, p := range persons {
		c.Logins[p.Login] = p.ID
		for _, name := range onCall[p.Login] {
			c.Schedules[name] = append(c.Schedules[name], p.ID)
		}
		if p.Disabled {
			continue // whoever has left is passed over as one who cannot be reached
		}
		c.Methods[p.ID] = a.methods(p.Person)
		if p.Role == people.Administrator {
			c.Admins = append(c.Admins, p.ID)
		}
	}
	return c
}

// methods lists by which channels a person can be reached. The configuration
// tells, not what is open: a folder that is open for one command sends nothing. The console reaches nobody where anything
// else does: whoever reads a terminal is awake.
func (a *App) methods(p people.Person) []string {
	methods := a.config.Notify.Methods(a.recipient(p))
	for _, c := range a.channels {
		if !slices.Contains(methods, c.Name()) && (c.Name() != console || a.terminalOnly()) {
			methods = append(methods, c.Name())
		}
	}
	return methods
}

// terminalOnly tells whether the console is all that there is: nothing else is configured, or nothing that can be used.
func (a *App) terminalOnly() bool {
	usable := func(c notify.Channel) bool {
		_, not := c.(*notify.Unusable)
		return !not && c.Name() != console
	}
	opened := a.sender.Channels
	return !a.config.Notify.ReachesPeople() || len(opened) > 1 && !slices.ContainsFunc(opened, usable)
}

// policy is what a severity does. Quiet hours without a time zone are those of
// the people on call.
func (a *App) policy(s pipeline.Severity) pipeline.Policy {
	p := a.config.Watch.Severities[s]
	if q := p.Escalation.Quiet; q != nil && q.TimeZone == "" {
		local := *q
		local.TimeZone = a.schedule.Zone().String()
		p.Escalation.Quiet = &local
	}
	return p
}

// openIn starts an incident under the next free id of the day.
func (a *App) openIn(tx *store.Tx, by people.Actor, at time.Time, o incident.Opened) (string, error) {
	id, err := tx.NextIncidentID(at)
	if err != nil {
		return "", err
	}
	env, err := a.env(tx, by, at)
	if err != nil {
		return "", err
	}
	o.Steps = a.runbookOf(o)
	change, err := incident.Decide(incident.State{}, incident.Open{ID: id, Opened: o}, env)
	if err != nil {
		return "", err
	}
	_, err = tx.Append(change)
	return id, err
}

// open is openIn in a transaction of its own.
func (a *App) open(ctx context.Context, by people.Actor, at time.Time, o incident.Opened) (id string, err error) {
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		id, err = a.openIn(tx, by, at, o)
		return err
	})
	return id, err
}
