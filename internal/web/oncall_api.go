package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
)

// OnDuty is a shift, or a gap, of a schedule.
type OnDuty struct {
	Login    string     `json:"login,omitempty"` // empty: nobody is on call
	Gap      bool       `json:"gap,omitempty"`
	From     *time.Time `json:"from,omitempty"`  // missing for a gap without a beginning
	Until    *time.Time `json:"until,omitempty"` // missing for a gap without an end
	Layer    string     `json:"layer,omitempty"`
	Override string     `json:"override,omitempty"`
}

// OnDutyOf gives the JSON of a shift.
func OnDutyOf(s oncall.Shift) OnDuty {
	d := OnDuty{Login: s.Login, Gap: s.Gap(), Layer: s.Layer, Override: s.Override}
	if !s.From.IsZero() {
		at := s.From.UTC()
		d.From = &at
	}
	if !s.Until.IsZero() {
		at := s.Until.UTC()
		d.Until = &at
	}
	return d
}

// ScheduleNow says who is on call in a schedule, and who is next.
type ScheduleNow struct {
	Schedule string `json:"schedule"`
	TimeZone string `json:"timeZone"`
	Now      OnDuty `json:"now"`
	Next     OnDuty `json:"next"`
}

// onCallInput asks for a moment.
type onCallInput struct {
	At string `query:"at" maxLength:"40" doc:"a moment, as 2025-09-27T04:12:00Z; now if absent"`
}

// shiftsInput asks for the shifts of a schedule.
type shiftsInput struct {
	Schedule string `path:"schedule" maxLength:"32"`
	At       string `query:"at" maxLength:"40" doc:"from when on, as 2025-09-27T04:12:00Z; now if absent"`
	Days     int    `query:"days" minimum:"0" maximum:"400" doc:"14 if absent"`
}

// OverrideFields are what sets an override: by login or id.
type OverrideFields struct {
	Schedule string    `json:"schedule,omitempty" doc:"primary if absent"`
	Person   string    `json:"person,omitempty" doc:"login or id of who takes over; oneself if absent"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Reason   string    `json:"reason"`
}

// SwapFields are what proposes a swap.
type SwapFields struct {
	Schedule  string    `json:"schedule,omitempty" doc:"primary if absent"`
	To        string    `json:"to" doc:"login or id of whom it is proposed to"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
	BackFrom  time.Time `json:"backFrom,omitzero" doc:"the shift that is taken in return"`
	BackUntil time.Time `json:"backUntil,omitzero"`
	Reason    string    `json:"reason"`
	AnswerBy  time.Time `json:"answerBy,omitzero" doc:"when the proposal lapses; when the first shift begins if absent"`
}

// OnCallReason says why something is answered or ended.
type OnCallReason struct {
	Reason string `json:"reason,omitempty"`
}

// onCall are the calls on schedules.
func (a *api) onCall() {
	s := a.server.onCall
	if s == nil {
		return
	}
	get(a, "on-call", "/api/v1/oncall", func(_ context.Context, in *onCallInput) ([]ScheduleNow, error) {
		at, err := a.moment(in.At)
		list := []ScheduleNow{}
		for _, sc := range s.Schedules() {
			list = append(list, ScheduleNow{sc.Name(), sc.Zone().String(), OnDutyOf(sc.At(at)), OnDutyOf(sc.Next(at))})
		}
		return list, err
	})
	get(a, "on-call-shifts", "/api/v1/oncall/schedules/{schedule}", func(_ context.Context, in *shiftsInput) ([]OnDuty, error) {
		at, err := a.moment(in.At)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(s.Schedules(), func(sc *oncall.Schedule) bool { return sc.Name() == in.Schedule })
		if i < 0 {
			return nil, fmt.Errorf("find the schedule: it is not configured: %w", journal.ErrNotFound)
		}
		list := []OnDuty{}
		for _, shift := range s.Schedules()[i].Between(at, at.AddDate(0, 0, cmp.Or(in.Days, shownDays))) {
			list = append(list, OnDutyOf(shift))
		}
		return list, nil
	})
	get(a, "list-overrides", "/api/v1/oncall/overrides", func(ctx context.Context, _ *struct{}) ([]oncall.Override, error) {
		list, err := s.Overrides(ctx)
		return append([]oncall.Override{}, list...), err
	})
	huma.Register(a.huma, huma.Operation{OperationID: "export-on-call", Method: http.MethodGet, Path: "/api/v1/oncall/calendar"}, a.exportOnCall)
	a.changeOnCall(s)
}

func (a *api) moment(text string) (time.Time, error) {
	if text == "" {
		now, _ := a.server.service.Now()
		return now, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		err = fmt.Errorf("read a moment: write it as 2025-09-27T04:12:00Z: %w", journal.ErrInvalid)
	}
	return at, err
}

// changeOnCall are the calls that change who is on call.
func (a *api) changeOnCall(s OnCallService) {
	makes(a, "set-override", "/api/v1/oncall/overrides", OverrideOf)
	makes(a, "propose-swap", "/api/v1/oncall/swaps", SwapOf)
	for _, verb := range []string{"accept", "refuse", "end"} {
		operation := huma.Operation{OperationID: verb + "-override", Method: http.MethodPost, Path: "/api/v1/oncall/overrides/{id}/" + verb, MaxBodyBytes: formLimit}
		huma.Register(a.huma, operation, answering(a, func(ctx context.Context, in *commandInput[OnCallReason]) (Declared, error) {
			id, err := s.ChangeOnCall(ctx, visitIn(ctx).actor(), in.ID, OnCallAnswer(verb, in.Body.Reason))
			return Declared{id}, err
		}))
	}
}

// OverrideOf makes the command of an override.
func OverrideOf(ctx context.Context, s OnCallService, by people.Actor, o OverrideFields) (oncall.Command, error) {
	who, err := by.ID, error(nil)
	if o.Person != "" {
		who, err = s.PersonNamed(ctx, o.Person)
	}
	return oncall.SetOverride{Schedule: o.Schedule, Person: who, From: o.From, Until: o.Until, Reason: o.Reason}, err
}

// SwapOf makes the command that proposes a swap.
func SwapOf(ctx context.Context, s OnCallService, _ people.Actor, f SwapFields) (oncall.Command, error) {
	to, err := s.PersonNamed(ctx, f.To)
	return oncall.ProposeSwap{Schedule: f.Schedule, To: to, From: f.From, Until: f.Until, BackFrom: f.BackFrom, BackUntil: f.BackUntil,
		Reason: f.Reason, AnswerBy: f.AnswerBy}, err
}

// OnCallAnswer gives the command of accept, refuse or end; nil for another verb.
func OnCallAnswer(verb, reason string) oncall.Command {
	switch verb {
	case "accept":
		return oncall.AnswerSwap{Accept: true, Reason: reason}
	case "refuse":
		return oncall.AnswerSwap{Reason: reason}
	case "end":
		return oncall.End{Reason: reason}
	}
	return nil
}

// makes is a call that makes an override.
func makes[T any](a *api, name, path string, command func(context.Context, OnCallService, people.Actor, T) (oncall.Command, error)) {
	operation := huma.Operation{OperationID: name, Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated, MaxBodyBytes: formLimit}
	huma.Register(a.huma, operation, answering(a, func(ctx context.Context, in *struct{ Body T }) (Declared, error) {
		by := visitIn(ctx).actor()
		c, err := command(ctx, a.server.onCall, by, in.Body)
		if err != nil {
			return Declared{}, err
		}
		id, err := a.server.onCall.ChangeOnCall(ctx, by, "", c)
		return Declared{id}, err
	}))
}

// calendarInput chooses the shifts of a calendar.
type calendarInput struct {
	Schedule string `query:"schedule" maxLength:"32" doc:"all if absent"`
	Person   string `query:"person" maxLength:"32" doc:"a login; everybody if absent"`
}

func (a *api) exportOnCall(ctx context.Context, in *calendarInput) (*exportOutput, error) {
	var b bytes.Buffer
	lang := visitIn(ctx).lang
	if err := a.server.onCall.WriteCalendar(ctx, &b, CalendarOf{in.Schedule, in.Person, lang}); err != nil {
		return nil, refusal(lang, err)
	}
	return &exportOutput{"text/calendar; charset=utf-8", `attachment; filename="oncall.ics"`, b.Bytes()}, nil
}
