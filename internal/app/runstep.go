package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/hook"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/personal"
)

const (
	// maxCommands is how many commands run at once: they must not keep all workers from what stops harm.
	maxCommands  = 2
	commandAgain = 500 * time.Millisecond
	// stepTime bounds an attempt: the longest command, and keeping what it wrote.
	stepTime = runbook.MaxTime + 30*time.Second
	// checkTime bounds a check, for which somebody waits.
	checkTime = time.Minute
)

// performStep makes a check, or runs a command. A command may do something that must not be done twice: where an attempt has
// begun before and nobody saw its end, that is what is journalled, and a person decides.
func (a *App) performStep(ctx context.Context, e store.Effect) (store.Result, error) {
	var data incident.StepEffect
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
	}
	cased, err := a.Case(ctx, data.Incident)
	if err != nil {
		return nil, err
	}
	s := cased.Incident
	st, ok := s.Standing(data.Step)
	if !ok || st.Status != incident.StepIsRunning || st.Runs != data.Run {
		return nil, &store.DroppedError{Reason: "the step is not waited for any more"}
	}
	ended, free := incident.StepEnded{Step: data.Step, Run: data.Run}, func() {}
	switch {
	case st.Kind() == runbook.KindCheck:
		ctx, cancel := context.WithTimeout(ctx, checkTime)
		defer cancel()
		a.check(ctx, s, st.Step, &ended)
	case e.Attempts > 1:
		ended.Outcome = incident.StepUnknown
		ended.Says = says("runbook.says.unseen")
	default:
		select {
		case a.commands <- struct{}{}:
			defer func() { <-a.commands }()
		default:
			return nil, &store.Waiting{After: commandAgain, For: phrase.Of("page.effect.waits.commands")}
		}
		free = a.runCommand(ctx, s, st.Step, &ended)
	}
	return func(tx *store.Tx) (journal.Change, error) {
		defer free() // from here on the journal names what is kept
		return a.decided(e.Stream, incident.RecordStep{StepEnded: ended})(tx)
	}, nil
}

func says(k phrase.Key, args ...any) []phrase.Sentence {
	return []phrase.Sentence{phrase.Of(k, args...)}
}

// check looks. What cannot be looked at is a failure of the step, and no news of the images.
func (a *App) check(ctx context.Context, s incident.State, step runbook.Step, ended *incident.StepEnded) {
	looks := map[runbook.Check]func(context.Context, incident.State) (bool, []phrase.Sentence, error){
		runbook.Images: a.checkImages, runbook.Edges: a.checkEdges, runbook.Alerts: a.checkAlerts,
	}
	good, list, err := looks[step.Check](ctx, s)
	ended.Outcome, ended.Says = incident.StepDone, list
	switch {
	case err != nil:
		ended.Outcome, ended.Says = incident.StepFailed, says("runbook.says.failed", journal.Sentence(err))
	case !good:
		ended.Outcome = incident.StepBad
	}
}

// checkImages measures what is new, and counts the delivered images whose last measurement is over a limit.
func (a *App) checkImages(ctx context.Context, s incident.State) (bool, []phrase.Sentence, error) {
	name := s.Opened.Pipeline
	summary, err := a.Sweep(ctx, name)
	if err != nil {
		return false, nil, err
	}
	all, err := a.store.CountChecked(ctx, name)
	if err != nil || all == 0 {
		return true, says("runbook.says.images.none"), err
	}
	chosen, err := a.store.Choose(ctx, store.Choice{Pipeline: name, Over: true}, delivery.MaxHeld+1)
	if err != nil {
		return false, nil, err
	}
	over, held := 0, 0
	for _, x := range chosen {
		item, err := a.store.HeldAt(ctx, name, x.Path)
		if err != nil {
			return false, nil, err
		}
		switch _, gone := os.Stat(filepath.Join(a.config.Watch.Pipelines[name].Delivered, filepath.FromSlash(x.Path))); {
		case item.Exists() && item.SHA256 == x.SHA256:
			over, held = over+1, held+1
		case gone == nil:
			over++
		}
	}
	list := says("runbook.says.images.good", all)
	if over > 0 {
		list = says("runbook.says.images.bad", over, all)
	}
	if held > 0 {
		list = append(list, phrase.Of("runbook.says.images.held", held))
	}
	if summary.Checked > 0 {
		list = append(list, phrase.Of("runbook.says.images.new", summary.Checked))
	}
	return over == held, list, nil
}

// checkEdges asks for images of each route where the public does, and holds the answers against what the route is to serve.
func (a *App) checkEdges(ctx context.Context, s incident.State) (bool, []phrase.Sentence, error) {
	if len(s.Opened.Routes) == 0 {
		return true, says("runbook.says.edge.none"), nil
	}
	good := true
	var list []phrase.Sentence
	for _, route := range s.Opened.Routes {
		plan, err := a.edge.Plan(route)
		if err != nil {
			return false, nil, err
		}
		probe, err := a.edge.Probe(ctx, route, plan.Disabled, a.suspects(ctx, route, s)...)
		if err != nil {
			good = false
			list = append(list, phrase.Of("runbook.says.edge.bad", route, journal.Sentence(err)))
			continue
		}
		key := phrase.Key("runbook.says.edge.enabled")
		if plan.Disabled {
			key = "runbook.says.edge.disabled"
		}
		list = append(list, phrase.Of(key, route, probe.Status, probe.Millis))
	}
	return good, list, nil
}

// checkAlerts counts the alerts of the incident that have not ended.
func (a *App) checkAlerts(ctx context.Context, s incident.State) (good bool, list []phrase.Sentence, err error) {
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		all, open, err := tx.IncidentAlerts(s.ID)
		switch {
		case all == 0:
			list = says("runbook.says.alerts.none")
		case open > 0:
			list = says("runbook.says.alerts.firing", open, all)
		default:
			list = says("runbook.says.alerts.over", all)
		}
		good = open == 0
		return err
	})
	return good, list, err
}

// runCommand runs the command of a step, as the incident knows it. What the configuration names no more is not run: whoever took
// it out had a reason. What is kept of the output is held until free is called.
func (a *App) runCommand(ctx context.Context, s incident.State, step runbook.Step, ended *incident.StepEnded) (free func()) {
	ended.Outcome = incident.StepFailed
	if !a.names(step.Command) {
		ended.Says = says("runbook.says.unconfigured")
		return func() {}
	}
	c := a.command(s, step)
	o := hook.Run(ctx, c)
	if o.Good() {
		ended.Outcome = incident.StepDone
	}
	ended.Says = commandEnd(o, c.Limit)
	if o.Left {
		ended.Says = append(ended.Says, phrase.Of("runbook.says.left"))
	}
	if o.Bytes == 0 {
		return func() {}
	}
	return a.keepOutput(o, ended)
}

// names tells whether a command stands in the configuration.
func (a *App) names(command []string) bool {
	for _, r := range a.config.Runbooks {
		if slices.ContainsFunc(r.Steps, func(s runbook.Step) bool { return slices.Equal(s.Command, command) }) {
			return true
		}
	}
	return false
}

// command is the command of a step with what it is told.
func (a *App) command(s incident.State, step runbook.Step) hook.Command {
	return hook.Command{Args: step.Command, Dir: a.dir, Pass: step.Env, Limit: step.Limit(), Set: []string{
		"HOME=" + os.Getenv("HOME"), // where git, ssh and cloud tools look for who they are
		"SAFELIGHT_INCIDENT=" + s.ID, "SAFELIGHT_PIPELINE=" + s.Opened.Pipeline, "SAFELIGHT_ROUTES=" + strings.Join(s.Opened.Routes, ","),
		"SAFELIGHT_SEVERITY=" + string(s.Severity), "SAFELIGHT_STEP=" + step.Name,
	}}
}

// commandEnd is how a command ended, in a sentence.
func commandEnd(o hook.Outcome, limit time.Duration) []phrase.Sentence {
	took := math.Round(o.Took.Seconds()*100) / 100
	switch {
	case o.Unbegun != nil:
		return says("runbook.says.unstarted", o.Unbegun.Error())
	case o.TimedOut:
		return says("runbook.says.timeout", limit.Seconds())
	case o.Stopped:
		return says("runbook.says.stopped", took)
	case o.Signal != "":
		return says("runbook.says.signal", o.Signal, took)
	case o.Exit != 0:
		return says("runbook.says.exit.bad", o.Exit, took)
	}
	return says("runbook.says.exit.good", took)
}

// keepOutput keeps the beginning of an output in the journal, and where that is not all of it, what was read by its digest. The
// journal cannot forget, so that what looks like personal data is masked in it; what is kept by digest can be erased.
func (a *App) keepOutput(o hook.Outcome, ended *incident.StepEnded) (free func()) {
	text := printed(o.Output)
	short := text[:min(len(text), incident.MaxStepText)]
	masked, found := personal.Redact(strings.ToValidUTF8(short, ""), personal.Options{Least: personal.Likely})
	ended.Output = &incident.StepOutput{Text: masked[:min(len(masked), incident.MaxStepText)], Bytes: o.Bytes}
	if text == short && len(found) == 0 && text == string(o.Output) {
		return func() {}
	}
	digest, kept, free, err := a.blobs.PutHeld(context.Background(), bytes.NewReader(o.Output), hook.MaxOutput) // the step has ended, whatever else has
	if err != nil {
		ended.Says = append(ended.Says, phrase.Of("runbook.says.output.lost", journal.Sentence(err)))
		return func() {}
	}
	ended.Output.SHA256, ended.Output.Kept = digest.String(), kept
	return free
}

// printed is an output as it can be read: no characters that a terminal would obey, and none that is no text.
func printed(output []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		if r == '\r' {
			return -1
		}
		return '·'
	}, strings.ToValidUTF8(string(output), "·"))
}
