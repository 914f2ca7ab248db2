package oncall

import (
	"slices"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Crew is who is there at a time, and how they are reached: what the caller knows and an escalation asks.
type Crew struct {
	Schedules map[string][]people.ID // who is on call, by schedule
	Admins    []people.ID
	Logins    map[string]people.ID
	// Methods by which each person can be reached now, the first first. Whoever is missing cannot be reached.
	Methods map[people.ID][]string
	// Shared are the services that several people read. They are told once of what pages several at a time.
	Shared []string
	// Rewritable are the methods whose messages can be changed where they lie.
	Rewritable []string
}

// Known tells whether the crew was looked up.
func (c Crew) Known() bool { return c.Methods != nil }

// Roster lists who stands behind the targets of a policy; lead is the person who leads, if there is one.
func (c Crew) Roster(p pipeline.Escalation, lead people.ID) Roster {
	roster := Roster{}
	e := Escalation{Policy: p}
	for _, t := range slices.Concat(Fallback(p), e.targets()) {
		if _, done := roster[t]; done {
			continue
		}
		for _, id := range c.behind(t, lead) {
			if id != "" {
				roster[t] = append(roster[t], Responder{id, c.Methods[id]})
			}
		}
	}
	return roster
}

func (c Crew) behind(t pipeline.Target, lead people.ID) []people.ID {
	if name, ok := t.Schedule(); ok {
		return c.Schedules[name]
	}
	if login, ok := t.Login(); ok {
		return []people.ID{c.Logins[login]}
	}
	if t == pipeline.LeadTarget {
		return []people.ID{lead}
	}
	return c.Admins
}

// targets lists those of all steps.
func (e Escalation) targets() (all []pipeline.Target) {
	for _, s := range e.Policy.Steps {
		all = append(all, s.Page...)
	}
	return all
}
