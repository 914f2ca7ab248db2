package web

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
)

// Pages of signals.
const (
	signalsPerPage = 50
	maxSignalsPage = 500
)

// SignalPage is a page of signals, the newest first; Next asks for the one after it.
type SignalPage struct {
	Signals []intake.Heard `json:"signals"`
	Next    string         `json:"next,omitempty"`
}

// VerificationList is the queue with the detector's record.
type VerificationList struct {
	Verifications []intake.Verification `json:"verifications"`
	Reports       []intake.Report       `json:"reports"`
}

// signalsInput selects signals.
type signalsInput struct {
	Pipeline string `query:"pipeline" maxLength:"64"`
	Source   string `query:"source" maxLength:"64"`
	Label    string `query:"label" maxLength:"16" doc:"negative, neutral or positive"`
	Limit    int    `query:"limit" minimum:"0" maximum:"500"`
	After    string `query:"after" maxLength:"64" doc:"next of the page before"`
}

func (in signalsInput) query() (intake.Query, error) {
	q := intake.Query{Stream: intake.Stream{Pipeline: in.Pipeline, Source: in.Source}, Label: intake.Label(in.Label), Limit: in.Limit}
	if q.Limit <= 0 || q.Limit > maxSignalsPage {
		q.Limit = signalsPerPage
	}
	var err error
	if in.After != "" {
		q.After, err = placeOf(in.After)
	}
	return q, err
}

// nextPage writes where a page ended.
func nextPage(list []intake.Heard, limit int) string {
	if len(list) < limit {
		return ""
	}
	last := list[len(list)-1]
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", last.At.UnixMicro(), last.ID))
}

// placeOf reads what nextPage wrote.
func placeOf(next string) (*intake.Place, error) {
	text, err := base64.RawURLEncoding.DecodeString(next)
	at, id, _ := strings.Cut(string(text), ".")
	micros, err1 := strconv.ParseInt(at, 10, 64)
	number, err2 := strconv.ParseInt(id, 10, 64)
	if err != nil || err1 != nil || err2 != nil {
		return nil, fmt.Errorf("turn the page: %.70q is no place in the list: %w", next, journal.ErrInvalid)
	}
	return &intake.Place{At: time.UnixMicro(micros).UTC(), ID: number}, nil
}

// verificationInput names a verification.
type verificationInput struct {
	ID string `path:"id" maxLength:"64" doc:"the verification, as V-2025-10-03-01"`
}

// reasonInput erases a signal.
type reasonInput struct {
	Number int64 `path:"number" doc:"the number of the signal"`
	Body   struct {
		Reason string `json:"reason"`
	}
}

// signals are the calls on user signals.
func (a *api) signals() {
	s := a.server.signals
	if s == nil {
		return
	}
	get(a, "list-signals", "/api/v1/signals", func(ctx context.Context, in *signalsInput) (SignalPage, error) {
		q, err := in.query()
		if err != nil {
			return SignalPage{}, err
		}
		list, err := s.Signals(ctx, q)
		return SignalPage{append([]intake.Heard{}, list...), nextPage(list, q.Limit)}, err
	})
	get(a, "signal-trends", "/api/v1/trends", func(ctx context.Context, _ *struct{}) ([]SignalTrend, error) {
		list, err := s.SignalTrends(ctx)
		return append([]SignalTrend{}, list...), err
	})
	get(a, "signal-sources", "/api/v1/signals/sources", func(context.Context, *struct{}) (SignalSources, error) {
		all := s.SignalSources()
		all.Sources = append([]SignalSource{}, all.Sources...)
		return all, nil
	})
	get(a, "list-verifications", "/api/v1/verifications", func(ctx context.Context, _ *struct{}) (VerificationList, error) {
		list, err := s.Verifications(ctx)
		return VerificationList{append([]intake.Verification{}, list...), append([]intake.Report{}, intake.Reports(list)...)}, err
	})
	get(a, "show-verification", "/api/v1/verifications/{id}", func(ctx context.Context, in *verificationInput) (intake.Verification, error) {
		return s.Verification(ctx, in.ID)
	})
	a.decideSignals(s)
}

// decideSignals are the calls by which people decide.
func (a *api) decideSignals(s SignalsService) {
	post := func(name, path string) huma.Operation {
		return huma.Operation{OperationID: name, Method: http.MethodPost, Path: path, MaxBodyBytes: formLimit}
	}
	huma.Register(a.huma, post("confirm-verification", "/api/v1/verifications/{id}/confirm"),
		answering(a, func(ctx context.Context, in *commandInput[Confirmation]) (Declared, error) {
			id, err := s.ConfirmVerification(ctx, visitIn(ctx).actor(), in.ID, in.Body)
			return Declared{id}, err
		}))
	decided := func(ctx context.Context, id string, err error) (intake.Verification, error) {
		if err != nil {
			return intake.Verification{}, err
		}
		return s.Verification(ctx, id)
	}
	huma.Register(a.huma, post("dismiss-verification", "/api/v1/verifications/{id}/dismiss"),
		answering(a, func(ctx context.Context, in *commandInput[intake.Dismissed]) (intake.Verification, error) {
			return decided(ctx, in.ID, s.DismissVerification(ctx, visitIn(ctx).actor(), in.ID, in.Body))
		}))
	huma.Register(a.huma, post("note-verification", "/api/v1/verifications/{id}/note"),
		answering(a, func(ctx context.Context, in *commandInput[intake.Noted]) (intake.Verification, error) {
			return decided(ctx, in.ID, s.NoteVerification(ctx, visitIn(ctx).actor(), in.ID, in.Body.Text))
		}))
	huma.Register(a.huma, post("erase-signal", "/api/v1/signals/{number}/erase"),
		answering(a, func(ctx context.Context, in *reasonInput) (struct{}, error) {
			return struct{}{}, s.EraseSignal(ctx, visitIn(ctx).actor(), in.Number, in.Body.Reason)
		}))
}
