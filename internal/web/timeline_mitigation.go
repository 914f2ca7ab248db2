package web

import (
	"strconv"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// tellMitigation says what was done about the images: asked for, agreed to, carried out, proven, and taken back.
func (t *teller) tellMitigation(e journal.Entry) line {
	switch e.Type {
	case incident.TypeMitigationRequested:
		return read(e, func(v incident.MitigationRequested) line {
			t.mitigations[v.ID] = v
			if v.Automatic {
				return line{phrase.Of("timeline.mitigation-by-policy", v.Route), v.Duty}
			}
			if v.Proposed {
				return line{via(phrase.Of("timeline.mitigation-proposed", MitigationText(v)), v.Via), v.Duty}
			}
			if v.Kind == incident.KindNoStore {
				return line{via(MitigationText(v), v.Via), v.Duty}
			}
			if v.Kind == incident.KindPurge {
				return line{via(phrase.Of("timeline.purge-requested", v.Route, len(v.Purge.Paths), len(v.Purge.Tags)), v.Via), v.Duty}
			}
			if v.Kind == incident.KindRollBack {
				return line{via(phrase.Of(phrase.Key("timeline.roll-back."+string(v.Back.Way)), v.Images.Count, v.Images.Pipeline, v.Back.Short()), v.Via), v.Duty}
			}
			if v.Images != nil {
				return line{via(phrase.Of("timeline.isolate-requested", v.Images.Count, v.Images.Chosen), v.Via), v.Duty}
			}
			return line{via(phrase.Of("timeline.mitigation-requested", v.Route), v.Via), v.Duty}
		})
	case incident.TypeMitigationApproved:
		return read(e, func(v incident.MitigationDecided) line {
			return line{phrase.Of("timeline.mitigation-approved", MitigationText(t.mitigations[v.ID])), v.Duty}
		})
	case incident.TypeMitigationRefused:
		return read(e, func(v incident.MitigationDecided) line {
			if v.Reason == "" {
				return line{phrase.Of("timeline.mitigation-refused", MitigationText(t.mitigations[v.ID])), v.Duty}
			}
			return line{phrase.Of("timeline.mitigation-refused.why", MitigationText(t.mitigations[v.ID]), v.Reason), v.Duty}
		})
	case incident.TypeMitigationApplied:
		return read(e, func(v incident.MitigationApplied) line {
			switch m := t.mitigations[v.ID]; m.Kind {
			case incident.KindIsolate:
				return line{phrase.Of("timeline.isolate-applied"), v.Duty}
			case incident.KindNoStore:
				return line{phrase.Of("timeline.no-store-applied", m.Route), v.Duty}
			case incident.KindRollBack:
				return line{phrase.Of("timeline.roll-back-applied"), v.Duty}
			case incident.KindPurge:
				return line{phrase.Of("timeline.purge-applied", m.Route), v.Duty}
			}
			if v.Duty == people.OnCall {
				return line{phrase.Of("timeline.mitigation-applied"), v.Duty}
			}
			return line{phrase.Of("timeline.mitigation-applied-by"), v.Duty}
		})
	case incident.TypeMitigationProven:
		return read(e, func(v incident.MitigationProven) line {
			switch m := t.mitigations[v.ID]; m.Kind {
			case incident.KindIsolate:
				return line{phrase.Of("timeline.isolated", v.Probe.Images), people.MonitorBot}
			case incident.KindNoStore:
				return line{phrase.Of("timeline.no-store", m.Route), people.MonitorBot}
			case incident.KindPurge:
				return line{phrase.Of("timeline.purged", m.Route), people.MonitorBot}
			case incident.KindRollBack:
				return line{phrase.Of("timeline.rolled-back", v.Probe.Measured), people.MonitorBot}
			}
			return line{phrase.Of("timeline.mitigation-proven", t.mitigations[v.ID].Route, strconv.Itoa(v.Probe.Status)), people.MonitorBot}
		})
	case incident.TypeMitigationOutgrown:
		return read(e, func(v incident.MitigationOutgrown) line {
			return line{phrase.Of("timeline.mitigation-outgrown", MitigationText(t.mitigations[v.ID]), strconv.Itoa(v.Images), v.Example), people.MonitorBot}
		})
	case incident.TypeMitigationFailed:
		return read(e, func(v incident.MitigationFailed) line {
			key := phrase.Key("timeline.mitigation-")
			if v.Undo {
				key = "timeline.undo-"
			}
			if v.Final {
				key += "failed"
			} else {
				key += "trying"
			}
			return line{phrase.Of(key, MitigationText(t.mitigations[v.ID]), v.Said.Else(v.Reason)), people.MonitorBot}
		})
	case incident.TypeUndoRequested:
		return read(e, func(v incident.UndoRequested) line {
			switch m := t.mitigations[v.ID]; m.Kind {
			case incident.KindIsolate:
				return line{phrase.Of("timeline.put-back-requested", m.Images.Count), v.Duty}
			case incident.KindNoStore:
				return line{phrase.Of("timeline.store-again-requested", m.Route), v.Duty}
			case incident.KindRollBack:
				return line{phrase.Of("timeline.roll-forward-requested", m.Images.Pipeline), v.Duty}
			}
			return line{phrase.Of("timeline.undo-requested", t.mitigations[v.ID].Route), v.Duty}
		})
	case incident.TypeUndone:
		return read(e, func(v incident.MitigationProven) line {
			return line{undoneText(t.mitigations[v.ID], v.Probe), people.MonitorBot}
		})
	}
	return line{}
}

// undoneText says what a probe saw after an undo. Where another mitigation holds the same, only this one has let go.
func undoneText(m incident.MitigationRequested, p incident.Probe) phrase.Sentence {
	key, about := phrase.Key("timeline.undone"), any(m.Route)
	switch m.Kind {
	case incident.KindIsolate:
		key, about = "timeline.put-back", p.Images
	case incident.KindNoStore:
		key = "timeline.store-again"
	case incident.KindRollBack:
		key, about = "timeline.rolled-forward", m.Images.Pipeline
	}
	if p.StillShows(m.Kind) {
		key += ".held"
	}
	return phrase.Of(key, about)
}
