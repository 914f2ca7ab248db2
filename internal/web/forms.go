package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// form turns the fields of a form into a command, and says what to tell and
// which part of the page to show when it is done.
type form struct {
	command func(fields) any
	done    phrase.Key
	part    string // id of the section
}

// fields are the posted values. Browsers send line breaks as CR LF.
type fields struct{ url.Values }

func (f fields) text(name string) string {
	return strings.TrimSpace(unixLines(f.Get(name)))
}

func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// lines gives the lines of a field that say something.
func (f fields) lines(name string) (list []string) {
	for line := range strings.Lines(f.Get(name)) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// number gives 0 for what is none; the domain refuses it with a sentence.
func (f fields) number(name string) int {
	n, err := strconv.Atoi(f.text(name))
	if err != nil {
		return 0
	}
	return n
}

// moment reads a time in UTC; zero for what is none, which the domain refuses with a sentence.
func (f fields) moment(name string) time.Time {
	t, err := time.Parse(momentLayout, f.text(name))
	if err != nil {
		return time.Time{}
	}
	return t
}

// forms lists every form of the page of an incident by its verb, but for the
// upload and the edit, which have routes of their own.
func forms() map[string]form {
	list := responseForms()
	for _, more := range []map[string]form{runbookForms(), analysisForms(), experimentForms(), documentForms(), preventionForms(), lessonForms(), retrospectiveForms()} {
		for verb, f := range more {
			list[verb] = f
		}
	}
	return list
}

func responseForms() map[string]form {
	return map[string]form{
		"acknowledge": {func(fields) any { return incident.Acknowledge{} }, "page.done.acknowledged", ""},
		"escalate": {func(f fields) any {
			return incident.Escalate{To: people.ID(f.text("to")), Text: f.text("text")}
		}, "page.done.escalated", ""},
		"answer-lead": {func(f fields) any {
			return incident.AnswerLead{Accept: f.Get("accept") == "yes", Text: f.text("text")}
		}, "page.done.answered", ""},
		"change-severity": {func(f fields) any {
			return incident.ChangeSeverity{To: pipeline.Severity(f.text("to")), Reason: f.text("reason")}
		}, "page.done.severity", ""},
		"update": {func(f fields) any {
			return incident.SendUpdate{Situation: f.text("situation"), Mitigation: f.text("mitigation"), Next: f.text("next")}
		}, "page.done.update", "updates"},
		"pause-clock": {func(f fields) any {
			return incident.PauseClock{Clock: incident.ClockName(f.text("clock")), Until: f.moment("until"), Reason: f.text("reason")}
		}, "page.done.paused", ""},
		"resume-clock": {func(f fields) any { return incident.ResumeClock{Clock: incident.ClockName(f.text("clock"))} }, "page.done.resumed", ""},
		"see-update":   {func(f fields) any { return incident.SeeUpdate{Number: f.number("number")} }, "page.done.seen", "updates"},
		"note":         {func(f fields) any { return incident.AddNote{Text: f.text("text")} }, "page.done.noted", "timeline"},
		"file-impact":  {func(f fields) any { return FileImpact{Text: f.text("text")} }, "page.done.impact", "impact"},
		"disable-route": {func(f fields) any {
			return incident.DisableRoute{Route: f.text("route"), Reason: f.text("reason")}
		}, "page.done.disable", "mitigation"},
		"disable-routes": {func(f fields) any {
			return incident.DisableRoutes{Routes: f.Values["route"], Reason: f.text("reason")}
		}, "page.done.disable", "mitigation"},
		"isolate": {func(f fields) any {
			return Isolate{Selection: selectionOf(f), Plan: f.text("plan"), Reason: f.text("reason")}
		}, "page.done.isolate", "mitigation"},
		"roll-back": {func(f fields) any { return rollBackOf(f) }, "page.done.roll-back", "mitigation"},
		"purge": {func(f fields) any {
			return incident.PurgeRoute{Route: f.text("route"), Paths: f.lines("paths"), Tags: f.lines("tags"), Reason: f.text("reason")}
		}, "page.done.purge", "mitigation"},
		"no-store": {func(f fields) any {
			return incident.NoStoreRoute{Route: f.text("route"), Lasting: time.Duration(f.number("hours")) * time.Hour, Reason: f.text("reason")}
		}, "page.done.no-store", "mitigation"},
		"approve-mitigation": {func(f fields) any { return incident.ApproveMitigation{ID: f.text("id")} }, "page.done.mitigation-approved", "mitigation"},
		"undo":               {func(f fields) any { return incident.Undo{ID: f.text("id"), Reason: f.text("reason")} }, "page.done.undo", "mitigation"},
		"complete-analysis":  {func(f fields) any { return incident.CompleteAnalysis{Text: f.text("text")} }, "page.done.analysed", "analysis"},
		"resolve":            {func(f fields) any { return incident.Resolve{Text: f.text("text")} }, "page.done.resolved", ""},
		"reopen":             {func(f fields) any { return incident.Reopen{Text: f.text("text")} }, "page.done.reopened", ""},
		"close":              {func(f fields) any { return closeCommand(f) }, "page.done.closed", ""},
	}
}

func closeCommand(f fields) incident.Close {
	c := incident.Close{Text: f.text("text")}
	for name := range f.Values {
		line, ok := strings.CutPrefix(name, "waive.")
		if reason := f.text(name); ok && reason != "" {
			if c.Waive == nil {
				c.Waive = map[string]string{}
			}
			c.Waive[line] = reason
		}
	}
	return c
}

func analysisForms() map[string]form {
	return map[string]form{
		"set-cause": {func(f fields) any {
			return postmortem.SetCause{CauseFields: postmortem.CauseFields{
				ID: f.text("id"), Kind: postmortem.CauseKind(f.text("kind")), Domain: postmortem.Domain(f.text("domain")),
				Text: f.text("text"), Evidence: f.chosen("evidence"), LeadsTo: f.chosen("leadsTo"),
			}}
		}, "page.done.cause", "analysis/map"},
		"remove-cause": {func(f fields) any { return postmortem.RemoveCause{ID: f.text("id")} }, "page.done.cause-removed", "analysis/map"},
		"collect-evidence": {func(f fields) any {
			from, source, _ := strings.Cut(f.text("source"), "/")
			return CollectEvidence{From: from, Source: source, Good: f.text("good"), Bad: f.text("bad"), Run: f.text("run")}
		}, "page.done.collected", "evidence"},
		"set-why": {func(f fields) any {
			return postmortem.SetWhy{WhyFields: postmortem.WhyFields{
				Level: f.number("level"), Question: f.text("question"), Answer: f.text("answer"),
				Evidence: f.chosen("evidence"), Stop: f.text("stop"), Reaches: postmortem.Reach(f.text("reaches")),
			}}
		}, "page.done.why", "analysis/whys"},
		"state-hypothesis": {func(f fields) any {
			return postmortem.StateHypothesis{HypothesisFields: postmortem.HypothesisFields{
				Text: f.text("text"), Cause: f.text("cause"), RefutedIf: f.text("refutedIf"),
			}}
		}, "page.done.hypothesis", "analysis/tests"},
		"add-lesson": {func(f fields) any {
			return postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: f.text("text"), Link: f.text("link")}}
		}, "page.done.lesson", "lessons"},
		"integrate-lesson": {func(f fields) any {
			return postmortem.IntegrateLesson{LessonIntegrated: postmortem.LessonIntegrated{Index: f.number("index"), Link: f.text("link")}}
		}, "page.done.integrated", "lessons"},
	}
}

// under gives what is written in the fields whose names begin so, by the rest of their names; nil where all are empty.
func (f fields) under(prefix string) map[string]string {
	var all map[string]string
	for name := range f.Values {
		key, ok := strings.CutPrefix(name, prefix)
		if text := f.text(name); ok && text != "" {
			if all == nil {
				all = map[string]string{}
			}
			all[key] = text
		}
	}
	return all
}

// chosen gives the values of a control that takes several, blanks left out.
func (f fields) chosen(name string) []string {
	var list []string
	for _, v := range f.Values[name] {
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

func documentForms() map[string]form {
	return map[string]form{
		"draft-postmortem": {func(fields) any { return DraftPostmortem{} }, "page.done.drafted", "postmortem"},
		"take-in": {func(f fields) any {
			t := TakeIn{Based: f.number("based"), Through: int64(f.number("through"))}
			for _, s := range f.chosen("section") {
				t.Sections = append(t.Sections, postmortem.Field(s))
			}
			return t
		}, "page.done.taken-in", "postmortem"},
		"overrule-problem": {func(f fields) any {
			return postmortem.OverruleProblem{Pin: f.text("pin"), Reason: f.text("reason")}
		}, "page.done.overruled", "postmortem"},
		"submit":  {func(f fields) any { return postmortem.Submit{SHA256: f.text("sha256")} }, "page.done.submitted", "postmortem"},
		"approve": {func(f fields) any { return postmortem.Approve{SHA256: f.text("sha256")} }, "page.done.approved", "postmortem"},
		"restrict": {func(f fields) any {
			return postmortem.Restrict{Restriction: postmortem.Restriction{
				Reason: f.text("reason"), Sections: f.chosen("sections"), Evidence: f.chosen("evidence"), Persons: f.Get("persons") == "yes",
			}}
		}, "page.done.restricted", "postmortem"},
		"comment": {func(f fields) any {
			return postmortem.AddComment{Section: postmortem.Field(f.text("section")), Text: f.text("text")}
		}, "page.done.commented", "postmortem"},
		"resolve-comment": {func(f fields) any {
			return postmortem.ResolveComment{Number: f.number("number"), Text: f.text("text")}
		}, "page.done.comment-resolved", "postmortem"},
		"request-changes": {func(f fields) any { return postmortem.RequestChanges{Text: f.text("text")} }, "page.done.changes", "postmortem"},
	}
}

func preventionForms() map[string]form {
	return map[string]form{
		"add-action": {func(f fields) any {
			return prevention.AddAction{
				Title: f.text("title"), Domain: postmortem.Domain(f.text("domain")), Owner: people.ID(f.text("owner")),
				Due: f.text("due"), Impact: prevention.Size(f.text("impact")), Effort: prevention.Size(f.text("effort")),
			}
		}, "page.done.action", "actions"},
		"close-action": {func(f fields) any { return prevention.CloseAction{ID: f.text("id"), Proof: f.text("proof")} }, "page.done.action-proven", "actions"},
		"plan-action":  {func(f fields) any { return prevention.PlanAction{ID: f.text("id"), Slot: f.text("slot")} }, "page.done.action-planned", "actions"},
		"change-action": {func(f fields) any {
			return prevention.ChangeAction{ID: f.text("id"), Title: f.text("title"), Owner: people.ID(f.text("owner")), Due: f.text("due")}
		}, "page.done.action-changed", "actions"},
		"sync-action":   {func(f fields) any { return prevention.SyncAction{ID: f.text("id")} }, "page.done.action-synced", "actions"},
		"link-action":   {func(f fields) any { return prevention.LinkAction{ID: f.text("id"), Key: f.text("key")} }, "page.done.action-linked", "actions"},
		"unlink-action": {func(f fields) any { return prevention.UnlinkAction{ID: f.text("id")} }, "page.done.action-unlinked", "actions"},
		"resolve-conflict": {func(f fields) any {
			return prevention.ResolveConflict{ID: f.text("id"), Field: prevention.Field(f.text("field")), Keep: f.text("keep"), Proof: f.text("proof")}
		}, "page.done.conflict-resolved", "actions"},
		"confirm-action": {func(f fields) any { return prevention.ConfirmAction{ID: f.text("id"), Proof: f.text("proof")} }, "page.done.action-closed", "actions"},
		"doubt-action":   {func(f fields) any { return prevention.DoubtAction{ID: f.text("id"), Reason: f.text("reason")} }, "page.done.action-doubted", "actions"},
		"make-test":      {func(f fields) any { return makeTestOf(f) }, "page.done.test-made", "actions"},
		"reopen-action":  {func(f fields) any { return prevention.ReopenAction{ID: f.text("id"), Reason: f.text("reason")} }, "page.done.action-reopened", "actions"},
	}
}

// makeTestOf is the test of one of three forms: of images, of a table, of what a program generates.
func makeTestOf(f fields) MakeTest {
	m := MakeTest{LUT: f.text("lut"), Images: f.text("images"), Image: f.text("image"), Bad: TestSubject{Path: f.text("bad")}, Fix: TestSubject{Path: f.text("fix")}}
	for _, path := range f.chosen("control") {
		m.Controls = append(m.Controls, TestSubject{Path: path})
	}
	if program := f.text("program"); program != "" {
		m.Generate = &prevention.Generation{Program: program, Parameters: f.under("p.")}
		m.Bad.Settings = f.under("bad.")
	}
	return m
}

// command carries out a form of the page of an incident.
func (s *Server) command(w http.ResponseWriter, v *visit) error {
	f, ok := forms()[v.PathValue("verb")]
	if !ok {
		return errNoPage
	}
	id := v.PathValue("id")
	if err := Perform(v.Context(), s.service, v.actor(), id, f.command(fields{v.PostForm})); err != nil {
		return err
	}
	if to, ok := (fields{v.PostForm}).after(id); ok {
		return s.back(w, v, to, f.done)
	}
	return s.back(w, v, incidentPath(id, f.part), f.done)
}

// incidentPath is the page of an incident at one of its parts; those of the analysis have a page of their own.
func incidentPath(id, part string) string {
	if rest, ok := strings.CutPrefix(part, "analysis/"); ok {
		return analysisPath(id, rest)
	}
	at := "/incidents/" + url.PathEscape(id)
	if part != "" {
		at += "#" + part
	}
	return at
}

// uploadEvidence takes one file of the form into the evidence folder.
// uploadRedacted takes a redacted copy of evidence.
func (s *Server) uploadRedacted(w http.ResponseWriter, v *visit) error {
	file, head, err := v.FormFile("file")
	if err != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.upload", err)
	}
	defer func() { _ = file.Close() }() // only read
	if head.Size > evidenceLimit {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.upload.bytes", head.Size, evidenceLimit)
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return fmt.Errorf("read the uploaded file: %w", err)
	}
	f, id := fields{v.PostForm}, v.PathValue("id")
	at, from, _ := strings.Cut(f.text("original"), "@")
	err = s.service.RedactEvidence(v.Context(), v.actor(), id, RedactEvidence{
		Path: at, From: from, Reason: f.text("reason"), Erase: f.Get("erase") == "yes", Tool: f.text("tool"), Data: data,
	})
	if err != nil {
		return err
	}
	return s.back(w, v, incidentPath(id, "evidence"), "page.done.redacted")
}

func (s *Server) uploadEvidence(w http.ResponseWriter, v *visit) error {
	file, head, err := v.FormFile("file")
	if err != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.upload", err)
	}
	defer func() { _ = file.Close() }() // only read
	if head.Size > evidenceLimit {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.upload.bytes", head.Size, evidenceLimit)
	}
	f, id := fields{v.PostForm}, v.PathValue("id")
	at := f.text("path")
	if at == "" {
		at = head.Filename
	}
	err = s.service.AddEvidence(v.Context(), v.actor(), id, EvidenceUpload{
		Path: at, Kind: f.text("kind"), Source: f.text("source"), Tool: f.text("tool"), Data: file,
	})
	if err != nil {
		return err
	}
	return s.back(w, v, incidentPath(id, "evidence"), "page.done.evidence")
}
