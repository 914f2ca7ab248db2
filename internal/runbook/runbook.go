// Package runbook says what is done in which order while an incident burns: steps, their kinds, when each is due.
//
// A runbook is configured, or is the one that comes with the program. How far one has come in an incident is the incident's
// own to say, in package incident.
package runbook

import (
	"regexp"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Runbook is an ordered list of steps.
type Runbook struct {
	// Name is its key in the configuration.
	Name string `yaml:"-" json:"name"`
	// Title says what it is for; its name where it is empty.
	Title Words `yaml:"title" json:"title,omitzero"`
	// Steps in the order in which they are usually done.
	Steps []Step `yaml:"steps" json:"steps"`
}

// Step is one thing to do. At most one of Check, Command, Contain and Message is set, which is its kind; where none is, a
// person does it and says so.
type Step struct {
	// Name is how commands call it.
	Name string `yaml:"name" json:"name"`
	// Text says in a few words what to do.
	Text Words `yaml:"text" json:"text"`
	// More says how, or why.
	More Words `yaml:"more" json:"more,omitzero"`
	// Within is when it is due, in minutes since the detection, as 0-5.
	Within Window `yaml:"within" json:"within,omitzero"`
	// Check has Safelight look: images, edges or alerts.
	Check Check `yaml:"check" json:"check,omitempty"`
	// Command is a program and its arguments; no shell reads them. They are shown to people and journalled: no secret belongs here.
	Command []string `yaml:"command" json:"command,omitempty"`
	// Timeout is how long the command may take: a minute where none is written.
	Timeout time.Duration `yaml:"timeout" json:"timeout,omitempty"`
	// Env names variables of the server's environment that the command gets; their values are hidden where it writes them.
	Env []string `yaml:"env" json:"env,omitempty"`
	// Contain is a containment: disable-route, isolate, roll-back, no-store or purge.
	Contain Containment `yaml:"contain" json:"contain,omitempty"`
	// Route is what is contained; all routes of the incident where none is written.
	Route string `yaml:"route" json:"route,omitempty"`
	// For is how long caches store nothing, of a no-store: an hour where none is written.
	For time.Duration `yaml:"for" json:"for,omitempty"`
	// Message is a status update to the control board, to be looked over before it is sent.
	Message *Message `yaml:"message" json:"message,omitempty"`
	// DoneBy is a fact of the incident by which the step is done, so that nobody need tell it twice.
	DoneBy Fact `yaml:"doneBy" json:"doneBy,omitempty"`
}

// Check is what Safelight looks at.
type Check string

// The checks: whether delivered images are over budget now, whether the edges of the routes serve what they are to serve,
// whether an alert of the incident is still firing.
const (
	Images Check = "images"
	Edges  Check = "edges"
	Alerts Check = "alerts"
)

// Containment is a way to stop the harm, by the name that the incident gives it.
type Containment string

// The containments that a step may be.
const (
	DisableRoute Containment = "disable-route"
	Isolate      Containment = "isolate"
	NoStore      Containment = "no-store"
	RollBack     Containment = "roll-back"
	Purge        Containment = "purge"
)

// OfImages tells whether a containment is about images, and not about routes.
func (c Containment) OfImages() bool { return c == Isolate || c == RollBack }

// Message is the draft of a status update. Words in braces stand for facts of the incident; see [Placeholders].
type Message struct {
	Situation  Words `yaml:"situation" json:"situation"`
	Mitigation Words `yaml:"mitigation" json:"mitigation"`
	Next       Words `yaml:"next" json:"next"`
}

// Placeholders are the facts that a message may name, in braces.
func Placeholders() []string {
	return []string{"incident", "severity", "title", "pipeline", "routes", "detected", "affected", "mitigation"}
}

// Fact is something that is known of an incident without anybody having to say that a step is done.
type Fact string

// The facts.
const (
	Acknowledged Fact = "acknowledged"
	Rated        Fact = "severity-changed"
	Contained    Fact = "contained"
	Told         Fact = "board-told"
	ImpactFiled  Fact = "impact-filed"
	HandedOver   Fact = "lead-accepted"
)

// Kind is how a step is done.
type Kind string

// The kinds.
const (
	KindCheck       Kind = "check"
	KindCommand     Kind = "command"
	KindContainment Kind = "containment"
	KindMessage     Kind = "message"
	KindManual      Kind = "manual"
)

// Kind is how the step is done.
func (s Step) Kind() Kind {
	switch {
	case s.Check != "":
		return KindCheck
	case len(s.Command) > 0:
		return KindCommand
	case s.Contain != "":
		return KindContainment
	case s.Message != nil:
		return KindMessage
	}
	return KindManual
}

// Needs is what whoever does the step must be allowed to do. A command may do anything to what is delivered.
func (s Step) Needs() people.Permission {
	switch s.Kind() {
	case KindCommand, KindContainment:
		return people.Contain
	}
	return people.Respond
}

// Limit is how long the command may take.
func (s Step) Limit() time.Duration {
	if s.Timeout == 0 {
		return DefaultTime
	}
	return s.Timeout
}

// Lasting is for how long caches store nothing.
func (s Step) Lasting() time.Duration {
	if s.For == 0 {
		return DefaultNoStore
	}
	return s.For
}

// ByHand tells whether a person says that the step is done. What the incident itself knows is not said twice; that a severity
// is right is known of nobody before it is said.
func (s Step) ByHand() bool {
	return s.Kind() == KindManual && (s.DoneBy == "" || s.DoneBy == Rated)
}

// Step finds a step by its name.
func (r Runbook) Step(name string) (Step, bool) {
	i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.Name == name })
	if i < 0 {
		return Step{}, false
	}
	return r.Steps[i], true
}

// Names lists the names of the steps.
func (r Runbook) Names() []string {
	names := make([]string, len(r.Steps))
	for i, s := range r.Steps {
		names[i] = s.Name
	}
	return names
}

// TitleIn is the title in a language, or the name.
func (r Runbook) TitleIn(l phrase.Lang) string {
	if t := r.Title.In(l); t != "" {
		return t
	}
	return r.Name
}

var name = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
