package web

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/consent"
)

// consentInput names a record.
type consentInput struct {
	ID string `path:"id" maxLength:"64" doc:"the consent, as C-2026-11-26-01"`
}

// ConsentDrafts are records to be imported.
type ConsentDrafts struct {
	Drafts []consent.Draft `json:"drafts"`
}

// ConsentErasure says why values are erased.
type ConsentErasure struct {
	Ground consent.Ground `json:"ground" doc:"request, retention or error"`
}

// ConsentsErased names the records whose values are gone.
type ConsentsErased struct {
	Erased []string `json:"erased"`
}

// ConsentChange puts a draft in the place of a record.
type ConsentChange struct {
	Draft  consent.Draft `json:"draft"`
	Reason string        `json:"reason"`
	Seq    int64         `json:"seq,omitempty" doc:"the record's seq that the change was written for; of another one it is refused"`
}

// exportInput chooses the form of an export.
type exportInput struct {
	Format string `query:"format" maxLength:"8" doc:"json (ISO/IEC TS 27560:2023), the default, or csv"`
}

// exportOutput is an export as a file.
type exportOutput struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// consentsAPI are the calls on the register of consents.
func (a *api) consentsAPI() {
	s := a.server.consents
	if s == nil {
		return
	}
	get(a, "list-consents", "/api/v1/consents", func(ctx context.Context, _ *struct{}) ([]ListedConsent, error) {
		list, err := s.Consents(ctx)
		return append([]ListedConsent{}, list...), err
	})
	show := func(ctx context.Context, in *consentInput) (ConsentCase, error) {
		return s.Consent(ctx, visitIn(ctx).actor(), in.ID)
	}
	get(a, "show-consent", "/api/v1/consents/{id}", show)
	get(a, "audit-consent", "/api/v1/consents/{id}/audit", func(ctx context.Context, in *consentInput) (ConsentAudit, error) {
		return s.ConsentAudit(ctx, in.ID)
	})
	huma.Register(a.huma, huma.Operation{OperationID: "export-consents", Method: http.MethodGet, Path: "/api/v1/consents/export"}, a.exportConsents)
	decideConsent(a, s, "revoke", func(in consent.Revoke) consent.Command { return in })
	decideConsent(a, s, "expire", func(in consent.Expire) consent.Command { return in })
	decideConsent(a, s, "change", func(in ConsentChange) consent.Command {
		return consent.Change{Terms: in.Draft.Terms, Values: in.Draft.Values, Reason: in.Reason, Seq: in.Seq}
	})
	a.takeConsents(s)
}

// takeConsents are the calls that make records and erase them.
func (a *api) takeConsents(s ConsentsService) {
	add := huma.Operation{
		OperationID: "add-consent", Method: http.MethodPost, Path: "/api/v1/consents", DefaultStatus: http.StatusCreated, MaxBodyBytes: formLimit,
	}
	huma.Register(a.huma, add, answering(a, func(ctx context.Context, in *struct{ Body consent.Draft }) (Declared, error) {
		id, err := s.AddConsent(ctx, visitIn(ctx).actor(), in.Body)
		return Declared{id}, err
	}))
	take := huma.Operation{
		OperationID: "import-consents", Method: http.MethodPost, Path: "/api/v1/consents/import", MaxBodyBytes: 2 * consent.MaxImport, BodyReadTimeout: time.Minute,
	}
	huma.Register(a.huma, take, answering(a, func(ctx context.Context, in *struct{ Body ConsentDrafts }) (ConsentsTaken, error) {
		return s.ImportConsents(ctx, visitIn(ctx).actor(), in.Body.Drafts)
	}))
	erase := huma.Operation{OperationID: "erase-consents", Method: http.MethodPost, Path: "/api/v1/consents/{id}/erase", MaxBodyBytes: formLimit}
	huma.Register(a.huma, erase, answering(a, func(ctx context.Context, in *commandInput[ConsentErasure]) (ConsentsErased, error) {
		ids, err := s.EraseConsents(ctx, visitIn(ctx).actor(), in.ID, in.Body.Ground)
		return ConsentsErased{append([]string{}, ids...)}, err
	}))
}

// decideConsent is a call by which a person changes a record.
func decideConsent[T any](a *api, s ConsentsService, verb string, command func(T) consent.Command) {
	huma.Register(a.huma, huma.Operation{
		OperationID: verb + "-consent", Method: http.MethodPost, Path: "/api/v1/consents/{id}/" + verb, MaxBodyBytes: formLimit,
	}, answering(a, func(ctx context.Context, in *commandInput[T]) (ConsentCase, error) {
		by := visitIn(ctx).actor()
		if err := s.DecideConsent(ctx, by, in.ID, command(in.Body)); err != nil {
			return ConsentCase{}, err
		}
		return s.Consent(ctx, by, in.ID)
	}))
}

func (a *api) exportConsents(ctx context.Context, in *exportInput) (*exportOutput, error) {
	text, err := a.server.consentsFile(ctx, visitIn(ctx), in.Format)
	if err != nil {
		return nil, refusal(visitIn(ctx).lang, err)
	}
	if in.Format == "csv" {
		return &exportOutput{"text/csv; charset=utf-8", `attachment; filename="consents.csv"`, text}, nil
	}
	return &exportOutput{"application/json", `attachment; filename="consents.json"`, text}, nil
}

// consentsFile writes the register as a file.
func (s *Server) consentsFile(ctx context.Context, v *visit, format string) ([]byte, error) {
	records, err := s.consents.ExportConsents(ctx, v.actor())
	if err != nil {
		return nil, err
	}
	now, _ := s.service.Now()
	var b bytes.Buffer
	err = consent.Write(&b, format, records, now)
	return b.Bytes(), err
}
