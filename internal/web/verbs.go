package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
)

// Verb is a command on an incident by its name: POST /api/v1/incidents/{id}/NAME.
type Verb struct {
	Name string
	// Decode reads the command from JSON, strictly: a field that it does not
	// know is journal.ErrInvalid. The command is a value that [Perform] takes.
	Decode func(body []byte) (any, error)

	kind     reflect.Type
	register func(*api, Verb)
}

// Verbs lists the commands that people may issue. What only the system
// records (the outcome of an effect, a tick) is not among them.
func Verbs() []Verb {
	return []Verb{
		command[incident.Acknowledge]("acknowledge"),
		command[incident.Escalate]("escalate"),
		command[incident.EscalateNow]("escalate-now"),
		command[incident.AnswerLead]("answer-lead"),
		command[incident.ChangeSeverity]("change-severity"),
		command[incident.PauseClock]("pause-clock"),
		command[incident.ResumeClock]("resume-clock"),
		command[incident.SendUpdate]("update"),
		command[incident.SeeUpdate]("see-update"),
		command[incident.AddNote]("note"),
		command[FileImpact]("file-impact"),
		command[incident.DisableRoute]("disable-route"),
		command[incident.DisableRoutes]("disable-routes"),
		command[incident.Undo]("undo"),
		command[incident.CompleteAnalysis]("complete-analysis"),
		command[incident.Resolve]("resolve"),
		command[incident.Reopen]("reopen"),
		command[incident.Close]("close"),

		command[AddEvidence]("evidence"),
		command[CollectEvidence]("collect-evidence"),
		command[RedactEvidence]("redact-evidence"),
		command[postmortem.SetCause]("set-cause"),
		command[postmortem.RemoveCause]("remove-cause"),
		command[postmortem.LinkCauses]("link-causes"),
		command[postmortem.UnlinkCauses]("unlink-causes"),
		command[postmortem.TakeMap]("take-map"),
		command[postmortem.LinkBoard]("link-board"),
		command[postmortem.SetWhy]("set-why"),
		command[postmortem.StateHypothesis]("state-hypothesis"),
		command[RunTest]("run-test"),
		command[postmortem.NoteTest]("record-test"),
		command[postmortem.SetGap]("set-gap"),
		command[postmortem.CloseGap]("close-gap"),
		command[postmortem.JudgeCause]("judge-cause"),
		command[postmortem.AddLesson]("add-lesson"),
		command[postmortem.IntegrateLesson]("integrate-lesson"),
		command[Isolate]("isolate"),
		command[RollBack]("roll-back"),
		command[incident.PurgeRoute]("purge"),
		command[incident.NoStoreRoute]("no-store"),
		command[incident.ApproveMitigation]("approve-mitigation"),
		command[incident.RunStep]("run-step"),
		command[incident.FinishStep]("finish-step"),
		command[incident.SkipStep]("skip-step"),
		command[incident.TellStep]("tell-step"),
		command[DraftPostmortem]("draft-postmortem"),
		command[EditPostmortem]("edit-postmortem"),
		command[TakeIn]("take-in"),
		command[postmortem.OverruleProblem]("overrule-problem"),
		command[postmortem.Submit]("submit"),
		command[postmortem.RequestChanges]("request-changes"),
		command[postmortem.Approve]("approve"),
		command[postmortem.AddComment]("comment"),
		command[postmortem.ResolveComment]("resolve-comment"),
		command[postmortem.Restrict]("restrict"),

		command[prevention.AddAction]("add-action"),
		command[prevention.CloseAction]("close-action"),
		command[prevention.ConfirmAction]("confirm-action"),
		command[prevention.DoubtAction]("doubt-action"),
		command[prevention.ReopenAction]("reopen-action"),
		command[prevention.PlanAction]("plan-action"),
		command[prevention.ChangeAction]("change-action"),
		command[prevention.SyncAction]("sync-action"),
		command[prevention.LinkAction]("link-action"),
		command[prevention.UnlinkAction]("unlink-action"),
		command[prevention.ResolveConflict]("resolve-conflict"),
		command[prevention.TakeRow]("take-row"),
		command[MakeTest]("make-test"),

		command[lesson.Address]("address-lesson"),
		command[lesson.Acknowledge]("acknowledge-lesson"),
		command[lesson.SetChange]("set-lesson-change"),
		command[lesson.FinishChange]("finish-lesson-change"),
		command[lesson.DropChange]("drop-lesson-change"),

		command[retrospective.Schedule]("schedule-retrospective"),
		command[retrospective.Minute]("minute-retrospective"),
		command[retrospective.Skip]("skip-retrospective"),
	}
}

func command[T any](name string) Verb {
	return Verb{
		Name: name, kind: reflect.TypeFor[T](),
		Decode: func(body []byte) (any, error) {
			var c T
			if len(bytes.TrimSpace(body)) == 0 {
				return c, nil
			}
			d := json.NewDecoder(bytes.NewReader(body))
			d.DisallowUnknownFields()
			if err := d.Decode(&c); err != nil {
				return nil, fmt.Errorf("read the command %s: %w: %w", name, err, journal.ErrInvalid)
			}
			if _, err := d.Token(); !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("read the command %s: more than one JSON value: %w", name, journal.ErrInvalid)
			}
			return c, nil
		},
		register: registerCommand[T],
	}
}

// NameOf gives the verb of a command, for a client that has the command and needs the address.
func NameOf(command any) (name string, ok bool) {
	for _, v := range Verbs() {
		if v.kind == reflect.TypeOf(command) {
			return v.Name, true
		}
	}
	return "", false
}

// Perform carries out a command of [Verbs]: those of this package by their
// own method of [Service], all others by [Service.Do].
func Perform(ctx context.Context, s Service, by people.Actor, id string, command any) error {
	switch c := command.(type) {
	case DraftPostmortem:
		return s.DraftPostmortem(ctx, by, id)
	case EditPostmortem:
		return s.EditPostmortem(ctx, by, id, c)
	case TakeIn:
		return s.TakeIn(ctx, by, id, c)
	case Isolate:
		return s.Isolate(ctx, by, id, c)
	case RollBack:
		return s.RollBack(ctx, by, id, c)
	case incident.RunStep:
		return s.RunStep(ctx, by, id, c)
	case RunTest:
		_, err := s.RunTest(ctx, by, id, c)
		return err
	case MakeTest:
		return s.MakeTest(ctx, by, id, c)
	case FileImpact:
		return s.FileImpact(ctx, by, id, c.Text)
	case RedactEvidence:
		return s.RedactEvidence(ctx, by, id, c)
	case CollectEvidence:
		return s.CollectEvidence(ctx, by, id, c)
	case AddEvidence:
		return s.AddEvidence(ctx, by, id, EvidenceUpload{
			Path: c.Path, Kind: string(c.Kind), Source: c.Source, Tool: c.Tool, Data: bytes.NewReader(c.Data),
		})
	}
	return s.Do(ctx, by, id, command)
}

// RunTest asks for a falsification test to be run. Its outcome is never taken from a client.
type RunTest struct {
	Hypothesis string `json:"hypothesis"`
	experiment.Request
}

// MakeTest makes an incident test, tries it on what was bad, on the fix and on good changes, and accepts it if it tells them apart. It
// guards one of LUT, Images and Generate. What the runs show is never taken from a client.
type MakeTest struct {
	LUT      string                 `json:"lut,omitempty"`      // a colour table: its path in the user's repository
	Images   string                 `json:"images,omitempty"`   // delivered images: their folder in the user's repository
	Generate *prevention.Generation `json:"generate,omitempty"` // what a program generates
	// Image is which of the incident's images (Images, Generate); all that are kept where it is empty.
	Image string `json:"image,omitempty"`
	// Reference is the approved image, where it is not that of the incident's images.
	Reference TestSubject `json:"reference,omitzero"`
	// Bad and Fix are tables, images or settings. Images has those of the incident, and what is delivered now, where they are empty.
	Bad TestSubject `json:"bad,omitzero"`
	Fix TestSubject `json:"fix,omitzero"`
	// Controls are other good changes. Images and Generate have good images of the pipeline where there are fewer than three.
	Controls []TestSubject `json:"controls,omitempty"`
}

// TestSubject is a file, which is one of the evidence or is brought and becomes evidence under the path, or the settings of a generation.
type TestSubject struct {
	Path     string            `json:"path,omitempty"`
	Data     []byte            `json:"data,omitempty"` // base64 in JSON
	Settings map[string]string `json:"settings,omitempty"`
}

// FileImpact asks for the blast radius to be measured and filed. The figures
// are never taken from a client.
type FileImpact struct {
	Text string `json:"text,omitempty"`
}

// CollectEvidence asks for evidence to be collected: from git (between Good and Bad), ci (of Run) or a command, each by the name of
// a Source in the configuration, or series, versions or configuration of our own.
type CollectEvidence struct {
	From   string `json:"from"`
	Source string `json:"source,omitempty"`
	Good   string `json:"good,omitempty"`
	Bad    string `json:"bad,omitempty"`
	Run    string `json:"run,omitempty"`
}

// RedactEvidence brings a redacted copy of the file under a path. The original, of which From is the SHA-256, is withheld from then on, or erased.
type RedactEvidence struct {
	Path   string `json:"path"`
	From   string `json:"from"`
	Reason string `json:"reason"`
	Erase  bool   `json:"erase,omitempty"`
	Tool   string `json:"tool,omitempty"`
	Data   []byte `json:"data"` // base64 in JSON
}

// EvidenceSources names the configured sources of evidence.
type EvidenceSources struct{ Git, CI, Commands []string }

// AddEvidence brings a file for the evidence folder.
type AddEvidence struct {
	Path   string                  `json:"path"`
	Kind   postmortem.EvidenceKind `json:"kind"`
	Source string                  `json:"source,omitempty"`
	Tool   string                  `json:"tool,omitempty"`
	Data   []byte                  `json:"data"` // base64 in JSON
}
