package notify

import "slices"

// Action is what a button of a page does, in channels whose buttons act by themselves.
type Action string

// The actions.
const (
	Acknowledge Action = "acknowledge"
	Escalate    Action = "escalate" // wake the next step now; once somebody has acknowledged, hand over to the lead
	Contain     Action = "contain"  // disable the routes of the incident
)

func (a Action) known() bool { return slices.Contains([]Action{Acknowledge, Escalate, Contain}, a) }
