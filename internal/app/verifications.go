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

// confirmation is a verification that somebody, or policy, takes for real.
type confirmation struct {
	id       string
	incident string // empty: a new one is declared
	severity pipeline.Severity
	title    string
	byPolicy bool
	evidence *signalEvidence
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
		return "", fmt.Errorf("confirm %s with severity %q: use S0, S1, S2 or S3: %w", id, c.Severity, journal.ErrInvalid)
	}
	title := strings.TrimSpace(c.Title)
	if title == "" {
		title = a.verificationTitle(v.Opened)
	}
	evidence, err := a.signalEvidence(ctx, id, v.Opened, a.now())
	if err != nil {
		return "", err
	}
	return a.confirm(ctx, by, confirmation{id: id, incident: c.Incident, severity: severity, title: title, evidence: evidence})
}

func (a *App) verificationTitle(o intake.Opened) string { return o.Title(a.config.Language) }

// confirm decides: the incident, the verification's end and the evidence are one transaction.
func (a *App) confirm(ctx context.Context, by people.Actor, c confirmation) (string, error) {
	at := a.now()
	v, err := a.store.Verification(ctx, c.id)
	if err != nil {
		return "", err
	}
	o, err := a.openedByVerification(ctx, v, c, at)
	if err != nil {
		return "", err
	}
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		now, err := verificationIn(tx, c.id)
		if err != nil {
			return err
		}
		if c.incident == "" {
			c.incident, err = openIn(tx, by, at, o)
		} else {
			err = mayTakeSignals(tx, c.incident, v.Pipeline)
		}
		if err != nil {
			return err
		}
		change, err := now.Confirm(intake.Confirmed{Incident: c.incident, ByPolicy: c.byPolicy}, intake.Env{Now: at, By: by})
		if err != nil {
			return err
		}
		if _, err := tx.Append(change); err != nil {
			return err
		}
		return a.addSignalEvidence(tx, c, incident.Env{Now: at, By: by})
	})
	return c.incident, err
}

func verificationIn(tx *store.Tx, id string) (intake.Verification, error) {
	entries, err := tx.Stream(id)
	if err != nil {
		return intake.Verification{}, err
	}
	return intake.Fold(entries)
}

// openedByVerification describes the incident that a confirmation declares.
func (a *App) openedByVerification(ctx context.Context, v intake.Verification, c confirmation, at time.Time) (incident.Opened, error) {
	p := a.config.Watch.Pipelines[v.Pipeline] // the zero Pipeline if it has left the configuration since
	o := incident.Opened{
		Severity: c.severity, Pipeline: v.Pipeline, Class: p.Class, Routes: p.Routes, Title: c.title,
		Policy: a.policy(c.severity), Stakeholders: p.Stakeholders,
		Labels: map[string]string{verificationLabel: v.ID, "source": v.Source, "metric": string(v.Metric)},
	}
	if c.byPolicy {
		o.Rule = "user_signal_trend"
	}
	return o, a.assign(ctx, &o, p, at)
}

// mayTakeSignals demands an open incident of the same pipeline.
func mayTakeSignals(tx *store.Tx, id, pipeline string) error {
	s, err := foldIncident(tx, id)
	switch {
	case err != nil:
		return err
	case !s.Exists():
		return fmt.Errorf("add signals to %s: there is no such incident: %w", id, journal.ErrNotFound)
	case s.Closed != nil:
		return fmt.Errorf("add signals to %s: it is closed; declare a new incident: %w", id, journal.ErrConflict)
	case s.Opened.Pipeline != pipeline:
		return fmt.Errorf("add signals of %s to %s: it is an incident of %s: %w", pipeline, id, s.Opened.Pipeline, journal.ErrInvalid)
	}
	return nil
}

// addSignalEvidence names the signals' file among the incident's evidence.
func (a *App) addSignalEvidence(tx *store.Tx, c confirmation, env incident.Env) error {
	entries, err := tx.Stream(c.incident)
	if err != nil {
		return err
	}
	change, err := a.decide(entries, postmortem.AddEvidence{EvidenceFields: c.evidence.fields}, env)
	if err != nil {
		return err
	}
	_, err = tx.Append(change)
	return err
}

// signalEvidence is the file of the signals of a verification.
type signalEvidence struct{ fields postmortem.EvidenceFields }

// signalEvidence writes the signals of an alarm, masked as they are kept, into
// a file among the blobs: the most negative ones first.
func (a *App) signalEvidence(ctx context.Context, id string, o intake.Opened, now time.Time) (*signalEvidence, error) {
	list, err := a.store.Signals(ctx, intake.Query{
		Stream: o.Stream, From: o.Since, Until: now.Add(intake.MaxAhead), MostNegative: true, Limit: maxEvidenceSignals,
	})
	if err != nil {
		return nil, err
	}
	text, err := signalsCSV(list)
	if err != nil {
		return nil, err
	}
	digest, size, err := a.blobs.Put(ctx, bytes.NewReader(text), maxEvidence)
	if err != nil {
		return nil, fmt.Errorf("keep the signals of %s: %w", id, err)
	}
	return &signalEvidence{evidenceFields(a.config.Language, id, o, digest, size, len(list))}, nil
}

func evidenceFields(l phrase.Lang, id string, o intake.Opened, digest blob.Digest, size int64, n int) postmortem.EvidenceFields {
	return postmortem.EvidenceFields{
		Path: "signals/" + id + ".csv", SHA256: digest.String(), Size: size, Kind: postmortem.OtherKind,
		Source: phrase.Say(l, "verification.evidence.source", id, n, o.Source), Tool: "safelight signals",
	}
}

// signalsCSV writes signals as RFC 4180 has it.
func signalsCSV(list []intake.Heard) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{{"number", "at", "kind", "label", "score", "scorer", "language", "rating", "text", "url"}}
	for _, h := range list {
		rating := ""
		if h.Rating != nil {
			rating = strconv.FormatFloat(*h.Rating, 'g', -1, 64)
		}
		rows = append(rows, []string{
			strconv.FormatInt(h.ID, 10), h.At.Format(time.RFC3339), string(h.Kind), string(h.Opinion.Label),
			strconv.FormatFloat(h.Opinion.Score, 'f', 3, 64), plainCell(h.Opinion.Scorer), h.Opinion.Lang, rating, plainCell(h.Text), h.URL,
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
		return fmt.Errorf("read verification %.80q: it is none: %w", id, journal.ErrNotFound)
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

// EraseSignal erases the text of a signal for good. That it was erased, by whom and why, is in the journal.
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

// tellVerification tells people of a new verification, unless it is decided by
// now and no policy decided it. Nobody is paged.
func (a *App) tellVerification(ctx context.Context, e intake.TellEffect) (incident.Command, error) {
	v, err := a.store.Verification(ctx, e.Verification)
	if err != nil || v.Status != intake.StatusOpen && !v.ByPolicy {
		return nothing, err
	}
	persons, err := a.People(ctx)
	if err != nil {
		return nothing, err
	}
	l := a.config.Language
	subject, text := notify.VerificationMessage(l, notify.VerificationFacts{
		ID: v.ID, Title: v.Title(l), Alarm: v.Say(l), Pipeline: v.Pipeline, Source: v.Source,
		Link: a.pageLink("/signals/verifications/" + v.ID), ByPolicy: v.ByPolicy,
	})
	for _, p := range persons {
		if !a.hearsOfSignals(p) {
			continue
		}
		m := notify.Message{To: a.recipient(p), Subject: subject, Text: text, Key: v.ID + "/opened/" + string(p.ID)}
		if _, err := a.sender.Send(ctx, m); err != nil && !notify.IsPermanent(err) {
			return nothing, fmt.Errorf("tell of %s: %w", v.ID, err)
		}
	}
	return nothing, nil
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
