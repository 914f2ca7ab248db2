package runbook

import (
	"slices"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// DefaultName names the runbook of incidents for which nothing else is configured.
const DefaultName = "default"

// Default is the runbook that comes with the program: the first five minutes say how far the harm goes, the next ten stop it
// and tell people, the last fifteen make sure of that and keep what the analysis will need.
func Default() Runbook {
	r := ours
	r.Steps = slices.Clip(r.Steps) // whoever adds to it adds to a copy
	return r
}

var ours = first30()

func first30() Runbook {
	step := func(name string, from, to int, s Step) Step {
		s.Name, s.Within = name, Window{from, to}
		s.Text, s.More = said(phrase.Key("runbook.default."+name)), said(phrase.Key("runbook.default."+name+".more"))
		return s
	}
	return Runbook{Name: DefaultName, Title: said("runbook.default"), Steps: []Step{
		step("acknowledge", 0, 5, Step{DoneBy: Acknowledged}),
		step("scope", 0, 5, Step{Check: Images}),
		step("severity", 0, 5, Step{DoneBy: Rated}),
		step("contain", 5, 15, Step{Contain: DisableRoute, DoneBy: Contained}),
		step("tell", 5, 15, Step{DoneBy: Told, Message: &Message{
			Situation: said("runbook.default.tell.situation"), Mitigation: said("runbook.default.tell.mitigation"), Next: said("runbook.default.tell.next"),
		}}),
		step("edges", 15, 30, Step{Check: Edges}),
		step("impact", 15, 30, Step{DoneBy: ImpactFiled}),
		step("evidence", 15, 30, Step{}),
		step("alerts", 15, 30, Step{Check: Alerts}),
	}}
}
