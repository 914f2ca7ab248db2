package app

import (
	"context"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// Consents lists the records without their values: what ends soon, what holds, what is over; the first to end on top.
func (r *Reader) Consents(ctx context.Context) ([]web.ListedConsent, error) {
	return r.app.Consents(ctx)
}

// Consent reads one record without its values, or gives journal.ErrNotFound.
func (r *Reader) Consent(ctx context.Context, id string) (web.ConsentCase, error) {
	return r.app.Consent(ctx, people.Actor{}, id)
}

// ConsentAudit gives the trail of a record with its proof.
func (r *Reader) ConsentAudit(ctx context.Context, id string) (web.ConsentAudit, error) {
	return r.app.ConsentAudit(ctx, id)
}

// ConsentRegister gives the register that images are judged by.
func (r *Reader) ConsentRegister(ctx context.Context) (*consent.Register, error) {
	return r.app.ConsentRegister(ctx)
}
