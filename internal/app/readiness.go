package app

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
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
func (a *App) ContactWarnings(ctx context.Context) ([]error, error) {
	records, err := a.store.Persons(ctx)
	if err != nil || a.replayed {
		return nil, err
	}
	return readiness{a.config, a.schedule.all(), records, a.methods, a.config.Notify.Unusable(), a.now()}.warnings(), nil
}

// ContactWarnings is what the start says of a folder's people, for commands that only read. Where there is no database yet,
// nobody is known.
func ContactWarnings(ctx context.Context, dir string, c Config, now time.Time) (list []error, known bool, err error) {
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

// warnings are sentences in both languages.
func (r readiness) warnings() []error {
	return slices.Concat(r.shifts(), r.targets(), r.leads(), r.boards())
}

// console is the terminal of the server, which reaches nobody at night.
const console = "console"

// unreachable says why a page would not reach somebody, or nothing.
func (r readiness) unreachable(login string) error {
	i := slices.IndexFunc(r.persons, func(p store.PersonRecord) bool { return p.Login == login })
	if i < 0 {
		return phrase.Errorf("ready.no-account", login)
	}
	p := r.persons[i]
	methods := slices.DeleteFunc(r.methods(p.Person), func(m string) bool { return m == console })
	usable := func(m string) bool {
		return !slices.ContainsFunc(r.broken, func(u *notify.UnusableError) bool { return u.Channel == m })
	}
	switch {
	case p.Disabled:
		return phrase.Errorf("ready.disabled")
	case !p.Actor().May(people.Respond):
		return phrase.Errorf("ready.may-not-respond", string(p.Role))
	case r.config.Notify.ReachesPeople() && len(methods) == 0:
		return phrase.Errorf("ready.no-channel", login)
	case len(methods) > 0 && !slices.ContainsFunc(methods, usable):
		return phrase.Errorf("ready.unusable", strings.Join(methods, ", "))
	}
	return nil
}

// shifts looks at who is on call in the next two weeks, each person once a schedule.
func (r readiness) shifts() (list []error) {
	for _, s := range r.schedules {
		seen := map[string]bool{}
		for _, shift := range s.Between(r.now, r.now.Add(gapsWithin)) {
			if shift.Gap() || shift.Login == "" || seen[shift.Login] {
				continue
			}
			seen[shift.Login] = true
			known := slices.ContainsFunc(r.persons, func(p store.PersonRecord) bool { return p.Login == shift.Login })
			if why := r.unreachable(shift.Login); why != nil && known { // who has no account is said elsewhere
				from := shift.From
				if from.Before(r.now) {
					from = r.now
				}
				list = append(list, phrase.Errorf("ready.shift", shift.Login, s.Name(), from.In(s.Zone()).Format(minute), why))
			}
		}
	}
	return list
}

// minute is how these sentences write a moment, in the zone of a schedule.
const minute = "2006-01-02 15:04"

// severities gathers, by what is wrong, the severities that it is wrong with.
type severities map[string]struct {
	why  error
	with []string
}

func (m severities) add(s pipeline.Severity, why error) {
	wrong := m[why.Error()]
	wrong.why, wrong.with = why, append(wrong.with, string(s))
	m[why.Error()] = wrong
}

func (m severities) say(key phrase.Key) (list []error) {
	for _, text := range slices.Sorted(maps.Keys(m)) {
		list = append(list, phrase.Errorf(key, strings.Join(m[text].with, ", "), m[text].why))
	}
	return list
}

// targets looks at whom the steps of each severity name.
func (r readiness) targets() []error {
	wrong := severities{}
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
			if why := r.target(t); why != nil {
				wrong.add(severity, why)
			}
		}
	}
	return wrong.say("ready.policy")
}

func (r readiness) target(t pipeline.Target) error {
	if login, ok := t.Login(); ok {
		if why := r.unreachable(login); why != nil {
			return phrase.Errorf("ready.target.person", string(t), why)
		}
	}
	if name, ok := t.Schedule(); ok && !slices.ContainsFunc(r.schedules, func(s *oncall.Schedule) bool { return s.Name() == name }) {
		return phrase.Errorf("ready.target.schedule", string(t))
	}
	if t == pipeline.AdminTarget && !slices.ContainsFunc(r.persons, func(p store.PersonRecord) bool {
		return p.Role == people.Administrator && r.unreachable(p.Login) == nil
	}) {
		return phrase.Errorf("ready.target.administrator", string(t))
	}
	return nil
}

// leads looks at who leads the incidents of pipelines. That a lead has no account is said elsewhere.
func (r readiness) leads() (list []error) {
	for _, name := range slices.Sorted(maps.Keys(r.config.Watch.Pipelines)) {
		lead := r.config.Watch.Pipelines[name].Lead
		i := slices.IndexFunc(r.persons, func(p store.PersonRecord) bool { return p.Login == lead })
		if lead == "" || i < 0 {
			continue
		}
		why := r.unreachable(lead)
		if why == nil && !r.persons[i].Actor().May(people.Author) {
			why = phrase.Errorf("ready.may-not-write", string(r.persons[i].Role))
		}
		if why != nil {
			list = append(list, phrase.Errorf("ready.lead", lead, name, why))
		}
	}
	return list
}

// boards looks for severities whose postmortem could never be approved.
func (r readiness) boards() []error {
	wrong := severities{}
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
		if len(missing) > 0 {
			wrong.add(severity, phrase.Errorf("ready.board.domains", strings.Join(missing, ", ")))
		} else {
			wrong.add(severity, phrase.Errorf("ready.board.few", len(members), max(p.Board.Members, len(p.Board.Domains))))
		}
	}
	return wrong.say("ready.board")
}
