package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/quarantine"
)

// HeldList is the quarantine as the API gives it.
type HeldList struct {
	Count HeldCount         `json:"count"`
	Items []quarantine.Item `json:"items"`
}

// heldInput selects held images.
type heldInput struct {
	Pipeline string `query:"pipeline" maxLength:"64"`
	Incident string `query:"incident" maxLength:"64"`
	Active   bool   `query:"active" doc:"only those that are not over"`
	Limit    int    `query:"limit" minimum:"0" maximum:"5000"`
}

// itemInput names a held image.
type itemInput struct {
	ID string `path:"id" maxLength:"64" doc:"the held image, as Q-2026-11-26-01"`
}

// quarantined are the calls on held images.
func (a *api) quarantined() {
	s := a.server.quarantine
	if s == nil {
		return
	}
	get(a, "list-quarantine", "/api/v1/quarantine", func(ctx context.Context, in *heldInput) (HeldList, error) {
		items, err := s.Quarantine(ctx, HeldQuery{Pipeline: in.Pipeline, Incident: in.Incident, Active: in.Active, Limit: in.Limit})
		if err != nil {
			return HeldList{}, err
		}
		count, err := s.CountQuarantine(ctx, in.Incident)
		return HeldList{count, append([]quarantine.Item{}, items...)}, err
	})
	get(a, "show-quarantine", "/api/v1/quarantine/{id}", func(ctx context.Context, in *itemInput) (HeldItem, error) {
		return s.QuarantineItem(ctx, in.ID)
	})
	decideHeld(a, s, "release", func(in quarantine.Release) quarantine.Command { return in })
	decideHeld(a, s, "discard", func(in quarantine.Discard) quarantine.Command { return in })
	decideHeld(a, s, "retry", func(in quarantine.Retry) quarantine.Command { return in })
	decideAllHeld(a, s, "release", func(why string) quarantine.Command { return quarantine.Release{Reason: why} })
	decideAllHeld(a, s, "discard", func(why string) quarantine.Command { return quarantine.Discard{Reason: why} })
}

// HeldDecision is a decision about all that are held of an incident or of a pipeline.
type HeldDecision struct {
	Incident string `json:"incident,omitempty" maxLength:"64"`
	Pipeline string `json:"pipeline,omitempty" maxLength:"64"`
	Reason   string `json:"reason"`
}

// decideAllHeld is a call by which a person decides about many held images with one reason.
func decideAllHeld(a *api, s QuarantineService, verb string, command func(why string) quarantine.Command) {
	huma.Register(a.huma, huma.Operation{
		OperationID: verb + "-quarantine-of", Method: http.MethodPost, Path: "/api/v1/quarantine/" + verb, MaxBodyBytes: formLimit,
	}, answering(a, func(ctx context.Context, in *struct{ Body HeldDecision }) (HeldChange, error) {
		q := HeldQuery{Incident: in.Body.Incident, Pipeline: in.Body.Pipeline}
		return s.ChangeQuarantineOf(ctx, visitIn(ctx).actor(), q, command(in.Body.Reason))
	}))
}

// decideHeld is a call by which a person decides about a held image.
func decideHeld[T any](a *api, s QuarantineService, verb string, command func(T) quarantine.Command) {
	huma.Register(a.huma, huma.Operation{
		OperationID: verb + "-quarantine", Method: http.MethodPost, Path: "/api/v1/quarantine/{id}/" + verb, MaxBodyBytes: formLimit,
	}, answering(a, func(ctx context.Context, in *commandInput[T]) (HeldItem, error) {
		if err := s.ChangeQuarantine(ctx, visitIn(ctx).actor(), in.ID, command(in.Body)); err != nil {
			return HeldItem{}, err
		}
		return s.QuarantineItem(ctx, in.ID)
	}))
}
