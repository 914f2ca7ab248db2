package web

import (
	"strconv"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// MitigationText names a mitigation by what it does.
func MitigationText(m incident.MitigationRequested) phrase.Sentence {
	switch m.Kind {
	case incident.KindIsolate:
		return phrase.Of("page.mitigation.isolate", m.Images.Count, m.Images.Pipeline)
	case incident.KindNoStore:
		return phrase.Of("page.mitigation.no-store", m.Route, m.Lasting)
	case incident.KindPurge:
		return phrase.Of("page.mitigation.purge", m.Route)
	case incident.KindRollBack:
		return phrase.Of("page.mitigation.roll-back", m.Images.Count, m.Images.Pipeline)
	}
	return phrase.Of("page.mitigation.disable", m.Route)
}

// StandsText says where a mitigation of an incident stands.
func StandsText(s incident.State, m incident.Mitigation) phrase.Sentence {
	if m.Status == incident.IsFailed && m.UndoFailed {
		return phrase.Of("page.mitigation.undo-failed")
	}
	key := "page.mitigation." + string(m.Status)
	if m.Status == incident.IsProven || m.Status == incident.IsUndone {
		switch m.Kind {
		case incident.KindIsolate:
			key += ".images"
		case incident.KindNoStore:
			key += ".no-store"
		case incident.KindRollBack:
			key += ".roll-back"
		case incident.KindPurge:
			key += ".purge"
		}
	}
	switch {
	case s.HeldByAnother(m):
		key += ".held"
	case s.LetGoWhileHeld(m):
		key += ".was-held"
	}
	return phrase.Of(phrase.Key(key))
}

func undoText(m incident.Mitigation) phrase.Sentence {
	if m.Status == incident.IsProposed {
		return phrase.Of("page.refuse-mitigation")
	}
	switch m.Kind {
	case incident.KindPurge:
		return phrase.Of("page.give-up-purge")
	case incident.KindIsolate:
		return phrase.Of("page.put-back", m.Images.Count)
	case incident.KindNoStore:
		return phrase.Of("page.store-again")
	case incident.KindRollBack:
		return phrase.Of("page.roll-forward")
	}
	return phrase.Of("page.undo")
}

// undoModel is the form that takes a mitigation back.
type undoModel struct {
	frame
	Incident, Mitigation string
	Words                string // on the button
	Follow               bool   // leads to the page on which it is followed
}

// Undo is the form that takes a mitigation back, where the visitor may.
func (m containModel) Undo(x incident.Mitigation) *undoModel {
	if !m.Mine || !m.Incident.MayUndo(x) {
		return nil
	}
	return &undoModel{m.frame, m.ID, x.ID, undoText(x).In(m.Lang), true}
}

// Undo is the form that takes a mitigation back, where the visitor may.
func (p incidentModel) Undo(x incident.Mitigation) *undoModel {
	if !p.Can.Contain || !p.Incident.MayUndo(x) {
		return nil
	}
	return &undoModel{p.frame, p.ID, x.ID, undoText(x).In(p.Lang), false}
}

// What says what a mitigation is.
func (p incidentModel) What(x incident.Mitigation) string {
	return MitigationText(x.MitigationRequested).In(p.Lang)
}

// Stands says where a mitigation stands.
func (p incidentModel) Stands(x incident.Mitigation) string {
	return StandsText(p.Incident, x).In(p.Lang)
}

// ProbeText says what a probe saw. Of several images it is the last, whose time says nothing of the others'.
func (f frame) ProbeText(p incident.Probe) string {
	if p.Images > 0 {
		return f.Say("page.probe.images", strconv.Itoa(p.Status), p.State, p.Images)
	}
	return f.Say("page.probe", strconv.Itoa(p.Status), p.State, strconv.FormatInt(p.Millis, 10))
}
