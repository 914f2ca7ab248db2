package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// tellBacklog tells the events of an action and its issue.
func tellBacklog(e journal.Entry) line {
	switch e.Type {
	case prevention.TypeActionLinked:
		return read(e, func(v prevention.ActionLinked) line {
			return line{phrase.Of("page.event.action-linked", v.ID, v.Tracker+"#"+v.Key), people.LeadDuty}
		})
	case prevention.TypeActionUnlinked:
		return read(e, func(v prevention.ActionUnlinked) line {
			return line{phrase.Of("page.event.action-unlinked", v.ID), people.LeadDuty}
		})
	case prevention.TypeActionSynced:
		return read(e, func(v prevention.ActionSynced) line {
			var names []string
			for _, f := range prevention.Fields() {
				if _, ok := v.Ours[f]; ok {
					names = append(names, string(f))
				}
			}
			return line{phrase.Of("page.event.action-synced", v.ID, strings.Join(names, ", ")), people.MonitorBot}
		})
	case prevention.TypeActionConflict:
		return read(e, func(v prevention.ActionConflict) line {
			return line{phrase.Of("page.event.action-conflict", v.ID, fieldName(v.Field), reasonName(v.Why)), people.MonitorBot}
		})
	case prevention.TypeActionResolved:
		return read(e, func(v prevention.ConflictResolved) line {
			return line{phrase.Of("page.event.action-conflict-resolved", v.ID, fieldName(v.Field)), people.LeadDuty}
		})
	}
	return line{}
}

func fieldName(f prevention.Field) phrase.Sentence {
	return phrase.Of(phrase.Key("backlog.field." + string(cmp.Or(f, prevention.IssueField))))
}

func reasonName(r prevention.Reason) phrase.Sentence {
	return phrase.Of(phrase.Key("backlog.why." + string(cmp.Or(r, prevention.Gone))))
}

// ConflictText says a conflict of an action in one sentence; owner gives what is printed for a person.
func ConflictText(c prevention.Conflict, owner func(people.ID) string) phrase.Sentence {
	if c.Field == prevention.IssueField {
		return phrase.Of("backlog.conflict.gone")
	}
	return phrase.Of("backlog.conflict", fieldName(c.Field), heldText(c.Field, c.Ours, owner), heldText(c.Field, c.Theirs, owner), reasonName(c.Why))
}

// heldText is a value of a field as people read it.
func heldText(f prevention.Field, v string, owner func(people.ID) string) any {
	switch {
	case v == "":
		return phrase.Of("backlog.value.none")
	case f == prevention.StateField && (v == prevention.Open || v == prevention.Shut), f == prevention.OwnerField && v == prevention.Stranger:
		return phrase.Of(phrase.Key("backlog.value." + v))
	case f == prevention.OwnerField:
		return owner(people.ID(v))
	}
	return v
}

// Conflict says a conflict of an action.
func (p incidentModel) Conflict(c prevention.Conflict) string {
	return ConflictText(c, p.who.Of).In(p.Lang)
}

// Takeable tells whether the value of the other side can be taken by pressing a button.
func (p incidentModel) Takeable(c prevention.Conflict) bool {
	switch c.Why {
	case prevention.NoAccount, prevention.NoOwner, prevention.BadValue:
		return false
	}
	return c.Theirs != ""
}

// NeedsProof tells whether taking their value closes the action.
func (p incidentModel) NeedsProof(c prevention.Conflict) bool {
	return c.Field == prevention.StateField && c.Theirs == prevention.Shut
}

// Choosable tells whether somebody can choose by a button here: a missing issue is unlinked instead.
func (p incidentModel) Choosable(c prevention.Conflict) bool { return c.Field != prevention.IssueField }

// backlogged is an action with the page that it stands on.
type backlogged struct {
	incidentModel
	Action prevention.Action
}

// Backlogged gives an action to the template of its issue.
func (p incidentModel) Backlogged(a prevention.Action) backlogged { return backlogged{p, a} }

// OwnersOf are those who may own an action, whoever does chosen.
func (p incidentModel) OwnersOf(a prevention.Action) []option {
	list := slices.Clone(p.Options.Owners)
	for i := range list {
		list[i].Selected = list[i].Value == string(a.Owner)
	}
	return list
}
