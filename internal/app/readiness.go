package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
)

// readiness looks by day for whom a page would not reach at night.
type readiness struct {
	config    Config
	schedules []*oncall.Schedule
	persons   []store.PersonRecord
	methods   func(people.Person) []string
	broken    []*notify.UnusableError
	now       time.Time
}

// ContactWarnings says who cannot be reached, and which board can never agree.
func (a *App) ContactWarnings(ctx context.Context) ([]string, error) {
	records, err := a.store.Persons(ctx)
	if err != nil || a.replayed {
		return nil, err
	}
	return readiness{a.config, a.schedule.all(), records, a.methods, a.config.Notify.Unusable(), a.now()}.warnings(), nil
}

// ContactWarnings is what the start says of a folder's people, for commands that only read. Where there is no database yet,
// nobody is known.
func ContactWarnings(ctx context.Context, dir string, c Config, now time.Time) (list []string, known bool, err error) {
	s, err := OpenReader(ctx, dir)
	if errors.Is(err, journal.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer s.Close() // only read
	records, err := s.Persons(ctx)
	if err != nil {
		return nil, false, err
	}
	schedules, _, err := ReadSchedules(ctx, dir, c.OnCall, now)
	if err != nil {
		return nil, false, err
	}
	return readiness{c, schedules, records, (&App{config: c}).methods, c.Notify.Unusable(), now}.warnings(), true, nil
}

func (r readiness) warnings() []string {
	return slices.Concat(r.shifts(), r.targets(), r.leads(), r.boards())
}

// console is the terminal of the server, which reaches nobody at night.
const console = "console"

// unreachable says why a page would not reach somebody, or nothing.
func (r readiness) unreachable(login string) string {
	i := slices.IndexFunc(r.persons, func(p store.PersonRecord) bool { return p.Login == login })
	if i < 0 {
		return fmt.Sprintf("has no account: safelight user add %s --role responder", login)
	}
	p := r.persons[i]
	methods := slices.DeleteFunc(r.methods(p.Person), func(m string) bool { return m == console })
	usable := func(m string) bool {
		return !slices.ContainsFunc(r.broken, func(u *notify.UnusableError) bool { return u.Channel == m })
	}
	switch {
	case p.Disabled:
		return "has an account that is disabled: name somebody else"
	case !p.Actor().May(people.Respond):
		return fmt.Sprintf("has the role %s, which may not acknowledge: name somebody else, or give the account the role responder", p.Role)
	case r.config.Notify.ReachesPeople() && len(methods) == 0:
		return fmt.Sprintf("can be reached by no channel: write an address or a member id under onCall.contacts.%s", login)
	case len(methods) > 0 && !slices.ContainsFunc(methods, usable):
		return fmt.Sprintf("is reached by nothing but %s, which cannot be used: correct its secret (docs/notify.md)", strings.Join(methods, ", "))
	}
	return ""
}

// shifts looks at who is on call in the next two weeks, each person once a schedule.
func (r readiness) shifts() (list []string) {
	for _, s := range r.schedules {
		seen := map[string]bool{}
		for _, shift := range s.Between(r.now, r.now.Add(gapsWithin)) {
			if shift.Gap() || shift.Login == "" || seen[shift.Login] {
				continue
			}
			seen[shift.Login] = true
			known := slices.ContainsFunc(r.persons, func(p store.PersonRecord) bool { return p.Login == shift.Login })
			if why := r.unreachable(shift.Login); why != "" && known { // who has no account is said elsewhere
				from := shift.From
				if from.Before(r.now) {
					from = r.now
				}
				list = append(list, fmt.Sprintf("%s is on call in the schedule %s from %s and %s", shift.Login, s.Name(), from.In(s.Zone()).Format("2006-01-02 15:04"), why))
			}
		}
	}
	return list
}

// targets looks at whom the steps of each severity name.
func (r readiness) targets() (list []string) {
	wrong := map[string][]string{} // severities
	for _, severity := range slices.Sorted(maps.Keys(r.config.Watch.Severities)) {
		e := r.config.Watch.Severities[severity].Escalate()
		if len(e.Steps) == 0 {
			continue
		}
		var all []pipeline.Target
		for _, s := range e.Steps {
			all = append(all, s.Page...)
		}
		if all = append(all, e.Fallback...); len(e.Fallback) == 0 {
			all = append(all, pipeline.AdminTarget)
		}
		slices.Sort(all)
		for _, t := range slices.Compact(all) {
			if why := r.target(t); why != "" {
				said := fmt.Sprintf("pages %s, %s", t, why)
				wrong[said] = append(wrong[said], string(severity))
			}
		}
	}
	for _, said := range slices.Sorted(maps.Keys(wrong)) {
		list = append(list, fmt.Sprintf("the policy of %s %s", strings.Join(wrong[said], ", "), said))
	}
	return list
}

func (r readiness) target(t pipeline.Target) string {
	if login, ok := t.Login(); ok {
		if why := r.unreachable(login); why != "" {
			return "who " + why
		}
	}
	if name, ok := t.Schedule(); ok && !slices.ContainsFunc(r.schedules, func(s *oncall.Schedule) bool { return s.Name() == name }) {
		return "which is no schedule: name it under onCall.schedules"
	}
	if t == pipeline.AdminTarget && !slices.ContainsFunc(r.persons, func(p store.PersonRecord) bool {
		return p.Role == people.Administrator && r.unreachable(p.Login) == ""
	}) {
		return "and no administrator can be reached: safelight user add LOGIN --role administrator --email ADDRESS"
	}
	return ""
}

// leads looks at who leads the incidents of pipelines. That a lead has no account is said elsewhere.
func (r readiness) leads() (list []string) {
	for _, name := range slices.Sorted(maps.Keys(r.config.Watch.Pipelines)) {
		lead := r.config.Watch.Pipelines[name].Lead
		i := slices.IndexFunc(r.persons, func(p store.PersonRecord) bool { return p.Login == lead })
		if lead == "" || i < 0 {
			continue
		}
		why := r.unreachable(lead)
		if why == "" && !r.persons[i].Actor().May(people.Author) {
			why = fmt.Sprintf("has the role %s, which may not write the postmortem: give the account the role lead", r.persons[i].Role)
		}
		if why != "" {
			list = append(list, fmt.Sprintf("%s leads the incidents of %s and %s", lead, name, why))
		}
	}
	return list
}

// boards looks for severities whose postmortem could never be approved.
func (r readiness) boards() (list []string) {
	wrong := map[string][]string{} // severities
	var members []people.Domain
	for _, p := range r.persons {
		if !p.Disabled && p.Actor().May(people.Approve) {
			members = append(members, p.Domain)
		}
	}
	for _, severity := range slices.Sorted(maps.Keys(r.config.Watch.Severities)) {
		p := r.config.Watch.Severities[severity]
		if !p.Postmortem || p.Board.Met(members) {
			continue
		}
		var missing []string
		for _, d := range p.Board.Domains {
			if !slices.Contains(members, d) {
				missing = append(missing, string(d))
			}
		}
		said := fmt.Sprintf("%d of %d", len(members), max(p.Board.Members, len(p.Board.Domains)))
		if len(missing) > 0 {
			said = "nobody for " + strings.Join(missing, ", ")
		}
		wrong[said] = append(wrong[said], string(severity))
	}
	for _, said := range slices.Sorted(maps.Keys(wrong)) {
		list = append(list, fmt.Sprintf("the accounts cannot form the control board of %s (%s), so that its postmortems can never be approved: safelight user add LOGIN --role board --domain DOMAIN", strings.Join(wrong[said], ", "), said))
	}
	return list
}
