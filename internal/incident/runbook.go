package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// The event types of the steps of a runbook. A step that is a containment, or that is done by another fact of the incident,
// has no events of its own: what happened is journalled once.
const (
	TypeStepBegun   = "incident.runbook-step-begun"
	TypeStepEnded   = "incident.runbook-step-ended"
	TypeStepSkipped = "incident.runbook-step-skipped"
)

// EffectRunStep runs a check or a command; Data is a [StepEffect].
const EffectRunStep = "run-step"

// StepEffect asks for a run of a step, counted from 1. A command is run once: an attempt that follows another one only says that
// nobody saw how that ended.
type StepEffect struct {
	Incident string `json:"incident"`
	Step     string `json:"step"`
	Run      int    `json:"run"`
}

// StepBegun says that a check or a command was asked for.
type StepBegun struct {
	Duty people.Duty  `json:"duty"`
	Step string       `json:"step"`
	Kind runbook.Kind `json:"kind"`
	Run  int          `json:"run"`
	Via  Via          `json:"via,omitempty"`
}

// StepOutcome is how a step ended.
type StepOutcome string

// The outcomes. A bad one is of a check that has seen what it should not; what failed has not been done; of what is unknown
// nobody saw how it ended.
const (
	StepDone    StepOutcome = "done"
	StepBad     StepOutcome = "bad"
	StepFailed  StepOutcome = "failed"
	StepUnknown StepOutcome = "unknown"
)

// StepEnded is how a step ended. Run is 0 where a person did it and says so.
type StepEnded struct {
	Duty    people.Duty `json:"duty"`
	Step    string      `json:"step"`
	Run     int         `json:"run,omitempty"`
	Outcome StepOutcome `json:"outcome"`
	// Says are sentences with figures, of a check or of how a command ended.
	Says   []phrase.Sentence `json:"says,omitempty"`
	Output *StepOutput       `json:"output,omitempty"`
	Note   string            `json:"note,omitempty"`   // in the words of the person
	Update int               `json:"update,omitempty"` // the status update that was sent, counted from 1
}

// StepOutput is what a command wrote. Text is its beginning, with what looks like personal data masked; all of it that was
// read is kept by its digest where Text does not hold it.
type StepOutput struct {
	Text   string `json:"text"`
	Bytes  int64  `json:"bytes"`            // that it wrote
	SHA256 string `json:"sha256,omitempty"` // of the Kept bytes
	Kept   int64  `json:"kept,omitempty"`
}

// MaxStepText bounds the text of an output in the journal, in bytes.
const MaxStepText = 4 << 10

// StepSkipped says why a step is left out.
type StepSkipped struct {
	Duty   people.Duty `json:"duty"`
	Step   string      `json:"step"`
	Reason string      `json:"reason"`
}

// StepState is what the journal says of a step of the runbook.
type StepState struct {
	Name    string       `json:"name"`
	Runs    int          `json:"runs,omitempty"`
	Begun   *Mark        `json:"begun,omitempty"` // of the last run
	Duty    people.Duty  `json:"duty,omitempty"`  // of who asked for it
	Ended   *Mark        `json:"ended,omitempty"` // nil while it runs
	Result  *StepEnded   `json:"result,omitempty"`
	Skipped *Mark        `json:"skipped,omitempty"`
	Left    *StepSkipped `json:"left,omitempty"`
}

func (t StepState) running() bool { return t.Begun != nil && t.Ended == nil }

// Runbook is what is done in this incident, as it was configured when it was opened. Where nothing was, it is ours, of which the
// stream needs no copy.
func (s State) Runbook() runbook.Runbook {
	if s.Opened.Steps != nil {
		return *s.Opened.Steps
	}
	return runbook.Default()
}

// step gives what the journal says of a step.
func (s State) step(name string) StepState {
	i := slices.IndexFunc(s.Steps, func(t StepState) bool { return t.Name == name })
	if i < 0 {
		return StepState{Name: name}
	}
	return s.Steps[i]
}

// applyRunbook folds the steps of the runbook.
func (s *State) applyRunbook(e journal.Entry, mark *Mark) error {
	switch e.Type {
	case TypeStepBegun:
		return on(e, func(v StepBegun) {
			s.changeStep(v.Step, func(t *StepState) {
				t.Runs, t.Begun, t.Duty, t.Ended, t.Skipped, t.Left = v.Run, mark, v.Duty, nil, nil, nil
			})
		})
	case TypeStepEnded:
		return on(e, func(v StepEnded) {
			s.changeStep(v.Step, func(t *StepState) { t.Ended, t.Result, t.Skipped, t.Left = mark, &v, nil, nil })
		})
	case TypeStepSkipped:
		return on(e, func(v StepSkipped) {
			s.changeStep(v.Step, func(t *StepState) { t.Skipped, t.Left = mark, &v })
		})
	}
	return nil
}

func (s *State) changeStep(name string, change func(*StepState)) {
	i := slices.IndexFunc(s.Steps, func(t StepState) bool { return t.Name == name })
	if i < 0 {
		s.Steps, i = append(s.Steps, StepState{Name: name}), len(s.Steps)
	}
	change(&s.Steps[i])
}

// onStep finds the step that somebody wants to do something about, and whether she may.
func (s State) onStep(env Env, doing, name string) (runbook.Step, StepState, error) {
	if err := env.By.Require(people.Respond); err != nil { // whoever may not is not told what there is
		return runbook.Step{}, StepState{}, err
	}
	if err := s.stillOpen(doing + "-any"); err != nil {
		return runbook.Step{}, StepState{}, err
	}
	step, ok := s.Runbook().Step(name)
	if !ok {
		return step, StepState{}, s.noStep(doing, name)
	}
	if err := env.By.Require(step.Needs()); err != nil {
		return step, StepState{}, err
	}
	t := s.step(name)
	if t.running() && doing != "run" {
		return step, t, s.conflict(s.doing(doing, name), "step.running")
	}
	return step, t, nil
}

func (s State) noStep(doing, name string) error {
	return refuse(journal.ErrNotFound, s.doing(doing, fmt.Sprintf("%.60q", name)), "no-step", s.Runbook().Name, strings.Join(s.Runbook().Names(), ", "))
}

// StepToPlan is a step that contains, as it stands, so that somebody sees what it would change. Another step has no plan.
func (s State) StepToPlan(name string) (Standing, error) {
	st, ok := s.Standing(name)
	switch kind := st.Kind(); {
	case !ok:
		return Standing{}, s.noStep("plan-step", name)
	case kind != runbook.KindContainment:
		return Standing{}, refuse(journal.ErrInvalid, s.doing("plan-step", name), "step.no-plan", phrase.Of(phrase.Key("runbook.kind."+kind)))
	}
	return st, nil
}

// RunStep has a check made or a command run.
type RunStep struct {
	Step string `json:"step"`
	// Run says which run of the step it is to be, counted from 1, so that two who press at once run it once. Where it is 0, the
	// step must not have been run before.
	Run int `json:"run,omitempty"`
}

func (c RunStep) decide(s State, env Env) (journal.Change, error) {
	step, t, err := s.onStep(env, "run", c.Step)
	if err != nil {
		return journal.Change{}, err
	}
	switch kind := step.Kind(); {
	case kind != runbook.KindCheck && kind != runbook.KindCommand:
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("run", c.Step), "step.not-run", phrase.Of(phrase.Key("runbook.kind."+kind)))
	case t.running(), c.Run > 0 && c.Run <= t.Runs:
		return journal.Change{}, nil // somebody else has just asked for it
	case c.Run == 0 && t.Runs > 0:
		return journal.Change{}, s.conflict(s.doing("run", c.Step), "step.again")
	case c.Run > t.Runs+1:
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("run", c.Step), "step.count", c.Run, t.Runs)
	}
	run := t.Runs + 1
	return decideOn(s.ID, env).
		event(TypeStepBegun, StepBegun{s.DutyOf(env.By), c.Step, step.Kind(), run, env.Via}).
		effect(EffectRunStep, fmt.Sprintf("%s-%d", c.Step, run), StepEffect{s.ID, c.Step, run}).change, nil
}

// FinishStep says that a person has done a step.
type FinishStep struct {
	Step string `json:"step"`
	Note string `json:"note,omitempty"`
}

func (c FinishStep) decide(s State, env Env) (journal.Change, error) {
	step, t, err := s.onStep(env, "finish", c.Step)
	if err != nil {
		return journal.Change{}, err
	}
	ran := t.Runs > 0 && (t.Result.Outcome == StepFailed || t.Result.Outcome == StepUnknown) // what Safelight could not do, a person may have done
	switch {
	case !step.ByHand() && !ran:
		return journal.Change{}, s.conflict(s.doing("finish", c.Step), "step.by-itself")
	case t.Result != nil && t.Result.Outcome == StepDone && t.Skipped == nil:
		return journal.Change{}, nil
	}
	if err := text("done", c.Note, ran); err != nil {
		return journal.Change{}, err
	}
	return decideOn(s.ID, env).event(TypeStepEnded, StepEnded{Duty: s.DutyOf(env.By), Step: c.Step, Outcome: StepDone, Note: c.Note}).change, nil
}

// SkipStep leaves a step out.
type SkipStep struct {
	Step   string `json:"step"`
	Reason string `json:"reason"`
}

func (c SkipStep) decide(s State, env Env) (journal.Change, error) {
	_, t, err := s.onStep(env, "skip", c.Step)
	if err != nil {
		return journal.Change{}, err
	}
	if t.Skipped != nil {
		return journal.Change{}, nil
	}
	if st, _ := s.Standing(c.Step); st.Status.Over() {
		return journal.Change{}, s.conflict(s.doing("skip", c.Step), "step.done")
	}
	if err := text("reason", c.Reason, true); err != nil {
		return journal.Change{}, err
	}
	return decideOn(s.ID, env).event(TypeStepSkipped, StepSkipped{s.DutyOf(env.By), c.Step, c.Reason}).change, nil
}

// TellStep sends the status update of a step.
type TellStep struct {
	Step string `json:"step"`
	SendUpdate
}

func (c TellStep) decide(s State, env Env) (journal.Change, error) {
	step, t, err := s.onStep(env, "send", c.Step)
	if err != nil {
		return journal.Change{}, err
	}
	switch {
	case step.Kind() != runbook.KindMessage:
		return journal.Change{}, refuse(journal.ErrInvalid, s.doing("send", c.Step), "step.no-message", phrase.Of(phrase.Key("runbook.kind."+step.Kind())))
	case t.Result != nil && t.Skipped == nil:
		return journal.Change{}, nil // somebody else has just sent it
	}
	change, err := c.SendUpdate.decide(s, env)
	if err != nil {
		return journal.Change{}, err
	}
	d := decideOn(s.ID, env)
	d.change = change
	return d.event(TypeStepEnded, StepEnded{Duty: s.DutyOf(env.By), Step: c.Step, Outcome: StepDone, Update: len(s.Updates) + 1}).change, nil
}

// RecordStep is how a run of a step ended.
type RecordStep struct{ StepEnded }

func (c RecordStep) decide(s State, env Env) (journal.Change, error) {
	t := s.step(c.Step)
	if !env.By.System || t.Runs == 0 {
		return journal.Change{}, fmt.Errorf("record the end of step %.60q of %s: %w", c.Step, s.ID, journal.ErrInvalid)
	}
	if !t.running() || t.Runs != c.Run || s.Closed != nil {
		return journal.Change{}, nil // the late report of a repeated effect
	}
	c.Duty = t.Duty
	return decideOn(s.ID, env).event(TypeStepEnded, c.StepEnded).change, nil
}

// runningStep names a step that has begun and not ended, or "".
func (s State) runningStep() string {
	for _, t := range s.Steps {
		if t.running() {
			return t.Name
		}
	}
	return ""
}
