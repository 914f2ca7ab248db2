package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// maxEvidenceSignals bounds the signals that become evidence: the most negative ones.
const maxEvidenceSignals = 2000

// verificationLabel names the verification among the labels of the incident that it declared.
const verificationLabel = "verification"

// confirmation is an alarm that somebody, or policy, takes for real.
type confirmation struct {
	alarm    intake.Opened
	incident string // empty: a new one is declared
	severity pipeline.Severity
	title    string
	byPolicy bool
	evidence signalFile
}

// ConfirmVerification declares the incident of a verification, or adds its
// signals to an open one, and gives its id.
func (a *App) ConfirmVerification(ctx context.Context, by people.Actor, id string, c web.Confirmation) (string, error) {
	if err := by.Require(people.Respond); err != nil {
		return "", err
	}
	v, err := a.store.Verification(ctx, id)
	if err != nil {
		return "", err
	}
	severity, known := pipeline.ParseSeverity(string(c.Severity))
	if !known && c.Incident == "" {
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.signals.severity", id, strconv.Quote(string(c.Severity)))
	}
	title := strings.TrimSpace(c.Title)
	if title == "" {
		title = a.verificationTitle(v.Opened)
	}
	evidence, err := a.signalFile(ctx, v.Opened, a.now())
	if err != nil {
		return "", err
	}
	return a.confirm(ctx, by, id, confirmation{alarm: v.Opened, incident: c.Incident, severity: severity, title: title, evidence: evidence})
}

func (a *App) verificationTitle(o intake.Opened) string { return o.Title(a.config.Language) }

// confirm decides: the incident, the verification's end and the evidence are one transaction.
func (a *App) confirm(ctx context.Context, by people.Actor, id string, c confirmation) (declared string, err error) {
	env := incident.Env{Now: a.now(), By: by}
	o, err := a.openedByAlarm(ctx, c, env.Now)
	if err != nil {
		return "", err
	}
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		declared, err = a.confirmIn(tx, id, confirming{c, o}, env)
		return err
	})
	return declared, err
}

// confirming is a confirmation with the incident that it declares, if it does.
type confirming struct {
	confirmation
	opened incident.Opened
}

func (a *App) confirmIn(tx *store.Tx, id string, c confirming, env incident.Env) (declared string, err error) {
	v, err := verificationIn(tx, id)
	if err != nil {
		return "", err
	}
	if declared = c.incident; declared == "" {
		c.opened.Labels[verificationLabel] = id
		declared, err = a.openIn(tx, env.By, env.Now, c.opened)
	} else {
		err = mayTakeSignals(tx, declared, c.alarm.Pipeline)
	}
	if err != nil {
		return "", err
	}
	change, err := v.Confirm(intake.Confirmed{Incident: declared, ByPolicy: c.byPolicy}, intake.Env{Now: env.Now, By: env.By})
	if err != nil {
		return "", err
	}
	if _, err := tx.Append(change); err != nil {
		return "", err
	}
	return declared, a.addSignalEvidence(tx, declared, c.evidence.fields(a.config.Language, id, c.alarm), env)
}

func verificationIn(tx *store.Tx, id string) (intake.Verification, error) {
	entries, err := tx.Stream(id)
	if err != nil {
		return intake.Verification{}, err
	}
	return intake.Fold(entries)
}

// openedByAlarm describes the incident that a confirmation declares.
func (a *App) openedByAlarm(ctx context.Context, c confirmation, at time.Time) (incident.Opened, error) {
	p := a.config.Watch.Pipelines[c.alarm.Pipeline] // the zero Pipeline if it has left the configuration since
	o := incident.Opened{
		Severity: c.severity, Pipeline: c.alarm.Pipeline, Class: p.Class, Routes: p.Routes, Title: c.title,
		Policy: a.policy(c.severity), Stakeholders: p.Stakeholders,
		Labels: map[string]string{"source": c.alarm.Source, "metric": string(c.alarm.Metric)},
	}
	if c.byPolicy {
		o.Rule = "user_signal_trend"
	}
	return o, a.assign(ctx, &o, p, at)
}

// mayTakeSignals demands an incident of the same pipeline that is not over.
func mayTakeSignals(tx *store.Tx, id, pipeline string) error {
	s, err := foldIncident(tx, id)
	switch {
	case err != nil:
		return err
	case !s.Exists():
		return phrase.Refusal(journal.ErrNotFound, "refusal.signals.none", id)
	case s.Closed != nil:
		return phrase.Refusal(journal.ErrConflict, "refusal.signals.closed", id)
	case s.Resolved != nil: // its chart would ask the same again at the next reading
		return phrase.Refusal(journal.ErrConflict, "refusal.signals.resolved", id)
	case s.Opened.Pipeline != pipeline:
		return phrase.Refusal(journal.ErrInvalid, "refusal.signals.other", pipeline, id, s.Opened.Pipeline)
	}
	return nil
}

// addSignalEvidence names the signals' file among the incident's evidence.
func (a *App) addSignalEvidence(tx *store.Tx, id string, e postmortem.EvidenceFields, env incident.Env) error {
	entries, err := tx.Stream(id)
	if err != nil {
		return err
	}
	change, err := a.decide(entries, postmortem.AddEvidence{EvidenceFields: e}, env)
	if err != nil {
		return err
	}
	_, err = tx.Append(change)
	return err
}

// signalFile is the file of the signals of an alarm, among the blobs.
type signalFile struct {
	digest  blob.Digest
	size    int64
	signals int
}

// signalFile writes the signals of an alarm into a file among the blobs: the most negative ones first.
func (a *App) signalFile(ctx context.Context, o intake.Opened, now time.Time) (signalFile, error) {
	list, err := a.store.Signals(ctx, intake.Query{
		Stream: o.Stream, From: o.Since, Until: now.Add(intake.MaxAhead), MostNegative: true, Limit: maxEvidenceSignals,
	})
	if err != nil {
		return signalFile{}, err
	}
	text, err := signalsCSV(list)
	if err != nil {
		return signalFile{}, err
	}
	f := signalFile{signals: len(list)}
	if f.digest, f.size, err = a.blobs.Put(ctx, bytes.NewReader(text), maxEvidence); err != nil {
		return f, fmt.Errorf("keep the signals of %s, source %s: %w", o.Pipeline, o.Source, err)
	}
	return f, nil
}

// fields are the evidence of a verification.
func (f signalFile) fields(l phrase.Lang, id string, o intake.Opened) postmortem.EvidenceFields {
	return postmortem.EvidenceFields{
		Path: "signals/" + id + ".csv", SHA256: f.digest.String(), Size: f.size, Kind: postmortem.OtherKind,
		Source: phrase.Say(l, "verification.evidence.source", id, f.signals, o.Source), Tool: "safelight signals",
	}
}

// signalsCSV writes signals as RFC 4180 has it. Texts and addresses are not
// among it: what is in an incident's evidence cannot be erased on request.
func signalsCSV(list []intake.Heard) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{{"number", "at", "kind", "label", "score", "scorer", "language", "rating"}}
	for _, h := range list {
		rating := ""
		if h.Rating != nil {
			rating = strconv.FormatFloat(*h.Rating, 'g', -1, 64)
		}
		rows = append(rows, []string{
			strconv.FormatInt(h.ID, 10), h.At.Format(time.RFC3339), string(h.Kind), string(h.Opinion.Label),
			strconv.FormatFloat(h.Opinion.Score, 'f', 3, 64), plainCell(h.Opinion.Scorer), h.Opinion.Lang, rating,
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the table of signals: %w", err)
	}
	return b.Bytes(), nil
}

// plainCell puts an apostrophe before what a spreadsheet would run as a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// DismissVerification says that an alarm is none, and why.
func (a *App) DismissVerification(ctx context.Context, by people.Actor, id string, d intake.Dismissed) error {
	return a.decideVerification(ctx, id, func(v intake.Verification) (journal.Change, error) {
		return v.Dismiss(d, intake.Env{Now: a.now(), By: by})
	})
}

// NoteVerification adds a remark.
func (a *App) NoteVerification(ctx context.Context, by people.Actor, id, text string) error {
	return a.decideVerification(ctx, id, func(v intake.Verification) (journal.Change, error) {
		return v.Remark(text, intake.Env{Now: a.now(), By: by})
	})
}

func (a *App) decideVerification(ctx context.Context, id string, decide func(intake.Verification) (journal.Change, error)) error {
	if !intake.IsStream(id) {
		return phrase.Refusal(journal.ErrNotFound, "refusal.signals.verification", fmt.Sprintf("%.80q", id))
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		v, err := verificationIn(tx, id)
		if err != nil {
			return err
		}
		change, err := decide(v)
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
}

// EraseSignal erases the text and the address of a signal for good: no evidence
// holds them. That it was erased, by whom and why, is in the journal.
func (a *App) EraseSignal(ctx context.Context, by people.Actor, signal int64, reason string) error {
	change, err := intake.Erase(signal, reason, intake.Env{Now: a.now(), By: by})
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.EraseSignal(signal); err != nil {
			return err
		}
		_, err := tx.Append(change)
		return err
	})
}

// tellVerification is a new verification, unless it is decided by
// now and no policy decided it. Nobody is paged.
func (a *App) tellVerification(ctx context.Context, e intake.TellEffect, p people.Person) (notify.Message, bool, error) {
	v, err := a.store.Verification(ctx, e.Verification)
	if err != nil || v.Status != intake.StatusOpen && !v.ByPolicy {
		return notify.Message{}, false, err
	}
	l := a.config.Language
	subject, text := notify.VerificationMessage(l, notify.VerificationFacts{
		ID: v.ID, Title: v.Title(l), Alarm: v.Say(l), Pipeline: v.Pipeline, Source: v.Source,
		Link: a.pageLink("/signals/verifications/" + v.ID), ByPolicy: v.ByPolicy,
	})
	return notify.Message{Subject: subject, Text: text, Key: v.ID + "/opened/" + string(p.ID)}, true, nil
}

func (a *App) hearsOfSignals(p people.Person) bool {
	switch a.signals.config.Tell {
	case intake.TellBoard:
		return p.Role == people.Board
	case intake.TellOnCall:
		onCall, _ := a.schedule.Who(a.now())
		return p.Login == onCall
	}
	return false
}
