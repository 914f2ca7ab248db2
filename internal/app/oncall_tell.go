package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

// tellDuty is a change of duties, unless it is a proposal that waits for no answer any more.
func (a *App) tellDuty(ctx context.Context, e oncall.TellEffect, p people.Person) (notify.Message, bool, error) {
	o, err := a.store.Override(ctx, e.Override)
	if err != nil || e.What == oncall.TypeProposed && o.State(a.now()) != oncall.StatusProposed {
		return notify.Message{}, false, err
	}
	records, err := a.store.Persons(ctx)
	if err != nil {
		return notify.Message{}, false, err
	}
	facts, err := a.dutyFacts(o, e, records)
	if err != nil {
		return notify.Message{}, false, err
	}
	subject, text := notify.DutyMessage(a.config.Language, facts)
	return notify.Message{Subject: subject, Text: text, Key: fmt.Sprintf("%s/%s/%s", e.Override, e.What, p.ID)}, true, nil
}

func (a *App) dutyFacts(o oncall.Override, e oncall.TellEffect, records []store.PersonRecord) (notify.DutyFacts, error) {
	login := func(id people.ID) string {
		i := slices.IndexFunc(records, func(r store.PersonRecord) bool { return r.ID == id })
		if i < 0 {
			return string(id)
		}
		return records[i].Login
	}
	s, err := a.schedule.named(o.Schedule)
	if err != nil {
		return notify.DutyFacts{}, err
	}
	f := notify.DutyFacts{What: e.What, By: login(e.By), Schedule: s.Name(), Reason: o.Reason, Link: a.pageLink("/oncall")}
	if o.Remark != "" {
		f.Reason = o.Remark
	}
	if e.What == oncall.TypeProposed {
		f.AnswerBy = o.AnswerBy.In(s.Zone())
	}
	for _, t := range o.Terms.Terms {
		f.Terms = append(f.Terms, notify.DutyTerm{Who: login(t.Person), From: t.From.In(s.Zone()), Until: t.Until.In(s.Zone())})
	}
	return f, nil
}

// onlyNamed hears of nothing that does not name whom it tells.
func onlyNamed(people.Person) bool { return false }
