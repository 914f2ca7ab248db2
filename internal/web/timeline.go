package web

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// names turns the id of a person into what a page shows.
type names map[people.ID]people.Person

func namesOf(list []people.Person) names {
	n := names{}
	for _, p := range list {
		n[p.ID] = p
	}
	return n
}

// Of gives the name, else the login, else the id: an erased person keeps only that.
func (n names) Of(id people.ID) string {
	p := n[id]
	switch {
	case id == people.Monitor().ID:
		return phrase.Say(phrase.French, "duty.monitor") // the same in all languages
	case p.Name != "":
		return p.Name
	case p.Login != "":
		return p.Login
	}
	return string(id)
}

// all joins the names of several people.
func (n names) all(ids []people.ID) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = n.Of(id)
	}
	return strings.Join(list, ", ")
}

// told is one event in words.
type told struct {
	Seq  int64
	At   time.Time
	Type string
	Text phrase.Sentence
	Duty people.Duty
	Who  string
}

// timeline tells every entry of an incident. An event that this program does
// not know is shown by its type, never dropped.
func timeline(entries []journal.Entry, who names) []told {
	t := teller{who: who, mitigations: map[string]incident.MitigationRequested{}}
	list := make([]told, 0, len(entries))
	for _, e := range entries {
		say, duty := t.tell(e)
		if say.IsZero() {
			say = phrase.Of("page.event.unknown", e.Type)
		}
		if e.Actor == string(people.Monitor().ID) && duty == "" {
			duty = people.MonitorBot
		}
		list = append(list, told{e.Seq, e.OccurredAt, e.Type, say, duty, who.Of(people.ID(e.Actor))})
	}
	return list
}

// teller remembers what later events only name.
type teller struct {
	who         names
	mitigations map[string]incident.MitigationRequested
	steps       runbook.Runbook
}

// line is what an event says: the sentence and the duty of who did it.
type line struct {
	text phrase.Sentence
	duty people.Duty
}

// read decodes an event and says it; what cannot be decoded stays unsaid.
func read[T any](e journal.Entry, say func(T) line) line {
	v, err := journal.Decode[T](e)
	if err != nil {
		return line{}
	}
	return say(v)
}

func (t *teller) tell(e journal.Entry) (phrase.Sentence, people.Duty) {
	for _, tell := range []func(journal.Entry) line{t.tellRunbook, t.tellCourse, tellAlert, tellQuarantine, t.tellMitigation, t.tellPage, tellAnalysis, tellDocument, tellPrevention, t.tellLesson, t.tellRetrospective} {
		if l := tell(e); !l.text.IsZero() {
			return l.text, l.duty
		}
	}
	return phrase.Sentence{}, ""
}

// reasoned says an event whose words belong into its sentence.
func reasoned(e journal.Entry, key phrase.Key) line {
	return read(e, func(v incident.Reasoned) line { return line{phrase.Of(key, v.Text), v.Duty} })
}

// remarked says an event whose words, if any, follow its sentence.
func remarked(e journal.Entry, key phrase.Key) line {
	return read(e, func(v incident.Reasoned) line { return line{remark(phrase.Of(key), v.Text), v.Duty} })
}

// tellCourse says how the incident went from one facet to the next.
func (t *teller) tellCourse(e journal.Entry) line {
	switch e.Type {
	case incident.TypeOpened:
		return read(e, func(v incident.Opened) line { return line{detection(v), v.Duty} })
	case incident.TypeImpactFiled:
		return read(e, func(v incident.Impact) line { return line{phrase.Of("timeline.impact-filed", v.Affected), v.Duty} })
	case incident.TypeImpactCommitted:
		return read(e, func(v incident.ImpactCommitted) line {
			return line{phrase.Of("timeline.impact-committed", strconv.Itoa(v.Number)), ""}
		})
	case incident.TypeAnalysisCompleted:
		return remarked(e, "timeline.analysis-completed")
	case incident.TypeNoted:
		return reasoned(e, "timeline.noted")
	case incident.TypeResolved:
		return reasoned(e, "timeline.resolved")
	case incident.TypeReopened:
		return reasoned(e, "timeline.reopened")
	case incident.TypePrevented:
		return reasoned(e, "timeline.prevented")
	case incident.TypePublished:
		return read(e, func(v incident.Published) line {
			return line{phrase.Of("timeline.published", strconv.Itoa(v.Revision)), ""}
		})
	case incident.TypeClosed:
		return read(e, func(v incident.Closed) line { return line{remark(phrase.Of("timeline.closed"), v.Text), v.Duty} })
	}
	return tellPeople(e)
}

// tellPeople says who took the incident on, who leads it, what the board was told.
func tellPeople(e journal.Entry) line {
	switch e.Type {
	case incident.TypeAcknowledged:
		return read(e, func(v incident.By) line { return line{via(phrase.Of("timeline.acknowledged"), v.Via), v.Duty} })
	case incident.TypeEscalated:
		return read(e, func(v incident.Escalated) line { return line{remark(phrase.Of("timeline.escalated"), v.Text), v.Duty} })
	case incident.TypeLeadAccepted:
		return remarked(e, "timeline.lead-accepted")
	case incident.TypeLeadRefused:
		return reasoned(e, "timeline.lead-refused")
	case incident.TypeSeverityChanged:
		return read(e, func(v incident.SeverityChanged) line {
			if v.Alert != "" {
				return line{phrase.Of("timeline.severity-raised", string(v.From), string(v.To), v.Alert), v.Duty}
			}
			return line{phrase.Of("timeline.severity-changed", string(v.From), string(v.To), v.Reason), v.Duty}
		})
	case incident.TypeUpdated:
		return read(e, func(v incident.Updated) line { return line{phrase.Of("timeline.updated", v.Situation), v.Duty} })
	case incident.TypeUpdateSeen:
		return line{phrase.Of("timeline.update-seen"), people.Member}
	}
	return line{}
}

// remark adds a person's words to a sentence that has no place for them.
func remark(s phrase.Sentence, text string) phrase.Sentence {
	if text == "" {
		return s
	}
	return phrase.Of("page.event.remark", s, text)
}

// via adds by which message somebody acted, if by one.
func via(s phrase.Sentence, v incident.Via) phrase.Sentence {
	if k := phrase.Key("timeline.via." + string(v)); v != "" && phrase.Known(k) {
		return phrase.Of("timeline.via", s, phrase.Of(k))
	}
	return s
}

func detection(v incident.Opened) phrase.Sentence {
	switch {
	case v.Rule == "":
		return phrase.Of("timeline.declared", v.Title)
	case v.ColourDrift:
		return phrase.Of("timeline.detected.colour")
	case v.Quarantine:
		return phrase.Of("timeline.detected.quarantine", v.Title)
	}
	return phrase.Of("timeline.detected", v.Rule)
}

// tellAlert says what alerts did after the first opened the incident.
func tellAlert(e journal.Entry) line {
	switch e.Type {
	case incident.TypeAlertJoined:
		return read(e, func(v incident.AlertJoined) line {
			if v.Last {
				return line{phrase.Of("timeline.alert-joined-last", v.Name, string(v.Severity)), v.Duty}
			}
			return line{phrase.Of("timeline.alert-joined", v.Name, string(v.Severity)), v.Duty}
		})
	case incident.TypeAlertsResolved:
		return read(e, func(v incident.AlertsResolved) line {
			return line{phrase.Of("timeline.alerts-resolved", v.Count), v.Duty}
		})
	}
	return line{}
}

// tellQuarantine says what became of images that are held.
func tellQuarantine(e journal.Entry) line {
	switch e.Type {
	case incident.TypeLeakFound:
		return read(e, func(v incident.LeakFound) line { return line{phrase.Of("timeline.leak-found", v.Item), v.Duty} })
	case incident.TypeQuarantined:
		return read(e, func(v incident.Quarantined) line {
			if v.Probe == nil {
				return line{phrase.Of("timeline.quarantined-unseen", v.Item), v.Duty}
			}
			return line{phrase.Of("timeline.quarantined", v.Item), v.Duty}
		})
	}
	return line{}
}

func (t *teller) tellPage(e journal.Entry) line {
	clock := func(key phrase.Key) line {
		return read(e, func(v incident.ClockEvent) line {
			return line{phrase.Of(key, phrase.Of(phrase.Key("clock."+string(v.Clock)))), people.MonitorBot}
		})
	}
	result := func(key phrase.Key, arg func(incident.PageResult) string) line {
		return read(e, func(v incident.PageResult) line { return line{phrase.Of(key, arg(v)), people.MonitorBot} })
	}
	switch e.Type {
	case incident.TypePaged:
		return read(e, func(v incident.Paged) line {
			return line{phrase.Of("timeline.paged", t.who.Of(v.To)), people.MonitorBot}
		})
	case incident.TypePageSent:
		return result("timeline.page-sent", func(v incident.PageResult) string { return strings.Join(v.Channels, ", ") })
	case incident.TypePageFailed:
		return result("timeline.page-failed", func(v incident.PageResult) string { return v.Reason })
	case incident.TypePageDropped:
		return line{phrase.Of("timeline.page-dropped"), people.MonitorBot}
	case incident.TypeStepped:
		return read(e, t.tellStep)
	case incident.TypeClockAtRisk:
		return clock("timeline.clock-at-risk")
	case incident.TypeClockBreached:
		return clock("timeline.clock-breached")
	case incident.TypeClockOverdue:
		return clock("timeline.clock-overdue")
	case incident.TypeClockPaused:
		return read(e, func(v incident.ClockPaused) line {
			return line{phrase.Of("timeline.clock-paused", phrase.Of(phrase.Key("clock."+string(v.Clock))), clockTime(v.Until), v.Reason), v.Duty}
		})
	case incident.TypeClockResumed:
		return read(e, func(v incident.ClockResumed) line {
			return line{phrase.Of("timeline.clock-resumed", phrase.Of(phrase.Key("clock."+string(v.Clock)))), v.Duty}
		})
	}
	return line{}
}

// tellStep says of a step of the escalation what the pages that it plans do not: who was passed over, and why it waits.
func (t *teller) tellStep(v incident.Stepped) line {
	var names []string
	for _, s := range v.Skipped {
		name := string(s.Target)
		if s.To != "" {
			name = t.who.Of(s.To)
		}
		names = append(names, name)
	}
	skipped := strings.Join(names, ", ")
	switch {
	case v.Asked != "" && !v.Nobody && skipped != "":
		return line{phrase.Of("timeline.step-asked-skipped", skipped), v.Asked}
	case v.Asked != "" && !v.Nobody:
		return line{phrase.Of("timeline.step-asked"), v.Asked}
	case v.Nobody:
		return line{phrase.Of("timeline.step-nobody"), people.MonitorBot}
	case v.QuietUntil != nil:
		return line{phrase.Of("timeline.step-quiet", clockTime(*v.QuietUntil)), people.MonitorBot}
	case skipped != "":
		return line{phrase.Of("timeline.step-skipped", skipped), people.MonitorBot}
	case v.NextAt != nil:
		return line{phrase.Of("timeline.step", clockTime(*v.NextAt)), people.MonitorBot}
	}
	return line{phrase.Of("timeline.step-none"), people.MonitorBot}
}

func clockTime(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

func tellAnalysis(e journal.Entry) line {
	by := func(key phrase.Key, args ...any) line { return line{phrase.Of(key, args...), people.Analyst} }
	switch e.Type {
	case postmortem.TypeEvidenceAdded:
		return read(e, func(v postmortem.EvidenceFields) line { return by("page.event.evidence", v.Path) })
	case postmortem.TypeEvidenceRedacted:
		return read(e, func(v postmortem.EvidenceRedacted) line {
			if v.Erase {
				return by("page.event.erased", v.Path, v.Reason)
			}
			return by("page.event.redacted", v.Path, v.Reason)
		})
	case postmortem.TypeCauseSet:
		return read(e, func(v postmortem.CauseFields) line {
			return by("page.event.cause", phrase.Of(phrase.Key("document.kind."+string(v.Kind))), causeText(v))
		})
	case postmortem.TypeCauseRemoved:
		return read(e, func(v postmortem.CauseRemoved) line { return by("page.event.cause-removed", v.ID) })
	case postmortem.TypeWhySet:
		return read(e, func(v postmortem.WhyFields) line { return by("page.event.why", strconv.Itoa(v.Level), v.Answer) })
	case postmortem.TypeHypothesisStated:
		return read(e, func(v postmortem.HypothesisFields) line { return by("page.event.hypothesis", v.ID, v.Text) })
	case postmortem.TypeTestRun:
		return read(e, func(v postmortem.TestFields) line {
			return by("page.event.test", v.Hypothesis, phrase.Of(phrase.Key("document.result."+string(v.Result))))
		})
	case postmortem.TypeGapOpened:
		return read(e, func(v postmortem.GapFields) line { return by("page.event.gap", v.ID, v.Missing) })
	case postmortem.TypeGapSet:
		return read(e, func(v postmortem.GapFields) line { return by("page.event.gap-set", v.ID, v.Missing, v.Due) })
	case postmortem.TypeGapClosed:
		return read(e, func(v postmortem.GapClosed) line {
			if v.Result != "" {
				return by("page.event.gap-closed.test", v.ID, phrase.Of(phrase.Key("document.result."+string(v.Result))))
			}
			return by("page.event.gap-closed", v.ID, v.Reason)
		})
	case postmortem.TypeCommented:
		return read(e, func(v postmortem.Commented) line {
			return line{phrase.Of("page.event.comment", strconv.Itoa(v.Number), v.Text), ""}
		})
	case postmortem.TypeCommentResolved:
		return read(e, func(v postmortem.CommentResolved) line {
			return line{phrase.Of("page.event.comment-resolved", strconv.Itoa(v.Number)), ""}
		})
	case postmortem.TypeBoardReminded:
		return read(e, func(v postmortem.BoardReminded) line {
			return line{phrase.Of("page.event.board-reminded", strconv.Itoa(v.Revision), phrase.Of(phrase.Key("page.reminded."+string(cmp.Or(v.Level, postmortem.NearlyDue))))), people.MonitorBot}
		})
	case postmortem.TypeGapReminded:
		return read(e, func(v postmortem.GapReminded) line {
			return line{phrase.Of("page.event.gap-reminded", v.ID, v.Due), people.MonitorBot}
		})
	case postmortem.TypeBoardLinked:
		return read(e, func(v postmortem.BoardLinked) line { return by("page.event.board", v.URL) })
	case postmortem.TypeCauseJudged:
		return read(e, func(v postmortem.CauseJudged) line { return by("page.event.judged", v.Cause, v.Reason) })
	case postmortem.TypeRestricted:
		return read(e, func(v postmortem.RestrictionDecided) line {
			if v.Empty() {
				return line{phrase.Of("page.event.unrestricted", v.Reason), v.Duty}
			}
			return line{phrase.Of("page.event.restricted", v.Reason), v.Duty}
		})
	case postmortem.TypeLessonAdded:
		return read(e, func(v postmortem.LessonFields) line { return by("page.event.lesson", v.Text) })
	case postmortem.TypeLessonIntegrated:
		return read(e, func(v postmortem.LessonIntegrated) line {
			return by("page.event.integrated", strconv.Itoa(v.Index), v.Link)
		})
	}
	return line{}
}

// causeText prefers the sentence of a suggested cause, which can be said in every language.
func causeText(c postmortem.CauseFields) phrase.Sentence {
	if c.Say != nil && phrase.Known(c.Say.Key) {
		return *c.Say
	}
	return phrase.Of("page.free", c.Text)
}

func tellDocument(e journal.Entry) line {
	switch e.Type {
	case postmortem.TypeDrafted:
		return read(e, func(v postmortem.Written) line { return line{phrase.Of("page.event.drafted"), v.Duty} })
	case postmortem.TypeEdited:
		return read(e, func(v postmortem.Written) line {
			return line{phrase.Of("page.event.edited", strconv.Itoa(v.Revision)), v.Duty}
		})
	case postmortem.TypeCaughtUp:
		return read(e, func(v postmortem.CaughtUp) line { return line{phrase.Of("page.event.caught-up"), v.Duty} })
	case postmortem.TypeLintOverruled:
		return read(e, func(v postmortem.LintOverruled) line {
			rule := phrase.Of(phrase.Key("document.rule." + string(v.Rule)))
			if !phrase.Known(rule.Key) {
				rule = phrase.Of("page.free", string(v.Rule))
			}
			return line{phrase.Of("page.event.overruled", rule, v.Reason), v.Duty}
		})
	case postmortem.TypeSubmitted:
		return read(e, func(v postmortem.Submitted) line {
			return line{phrase.Of("page.event.submitted", strconv.Itoa(v.Revision)), v.Duty}
		})
	case postmortem.TypeChangesRequested:
		return read(e, func(v postmortem.ChangesRequested) line {
			return line{phrase.Of("page.event.changes-requested", v.Text), people.Member}
		})
	case postmortem.TypeApproved:
		return read(e, func(v postmortem.Approved) line {
			return line{phrase.Of("page.event.approved", strconv.Itoa(v.Revision), domainName(v.Domain)), people.Member}
		})
	}
	return line{}
}

// domainName is the name of a board member's domain.
func domainName(d people.Domain) phrase.Sentence {
	if d == "" {
		return phrase.Of("duty.board")
	}
	return phrase.Of(phrase.Key("document.board." + string(d)))
}

func tellPrevention(e journal.Entry) line {
	switch e.Type {
	case prevention.TypeActionAdded:
		return read(e, func(v prevention.ActionAdded) line {
			return line{phrase.Of("page.event.action", v.ID, v.Title, v.Due), people.LeadDuty}
		})
	case prevention.TypeActionClosed:
		return read(e, func(v prevention.ActionEnded) line {
			return line{phrase.Of("page.event.action-closed", v.ID, v.Text), people.LeadDuty}
		})
	case prevention.TypeActionProven, prevention.TypeActionDoubted:
		key := phrase.Key("page.event.action-proven")
		if e.Type == prevention.TypeActionDoubted {
			key = "page.event.action-doubted"
		}
		return read(e, func(v prevention.ActionProof) line { return line{phrase.Of(key, v.ID, v.Text), people.LeadDuty} })
	case prevention.TypeActionReminded:
		return read(e, func(v prevention.ActionReminded) line {
			return line{phrase.Of(phrase.Key("page.event."+string(cmp.Or(v.Level, prevention.Late))), v.ID, v.Due), people.MonitorBot}
		})
	case prevention.TypeActionPlanned:
		return read(e, func(v prevention.ActionPlanned) line {
			if v.Slot == "" {
				return line{phrase.Of("page.event.action-unplanned", v.ID), people.LeadDuty}
			}
			return line{phrase.Of("page.event.action-planned", v.ID, v.Slot), people.LeadDuty}
		})
	case prevention.TypeActionReopened:
		return read(e, func(v prevention.ActionEnded) line {
			return line{phrase.Of("page.event.action-reopened", v.ID, v.Text), people.LeadDuty}
		})
	case prevention.TypeActionChanged:
		return read(e, func(v prevention.ActionChanged) line {
			if v.Via != "" {
				return line{phrase.Of("page.event.action-changed.via", v.ID, v.Title, v.Due, v.Via), people.LeadDuty}
			}
			return line{phrase.Of("page.event.action-changed", v.ID, v.Title, v.Due), people.LeadDuty}
		})
	case prevention.TypeSpecimensKept:
		return read(e, func(v prevention.SpecimensKept) line {
			return line{phrase.Of("page.event.specimens-kept", len(v.Images)), people.MonitorBot}
		})
	case prevention.TypeTestAccepted:
		return read(e, func(v prevention.TestAccepted) line {
			return line{phrase.Of("page.event.test-accepted", v.Name), people.LeadDuty}
		})
	}
	return tellBacklog(e)
}
