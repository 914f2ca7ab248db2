package app

import (
	"context"
	"slices"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// A link to acknowledge by stands in the messages of a page, for somebody who
// has no session at hand at 04:12. It names the incident, the page, of which
// there is one for each person and round, and when it ends; a signature under a
// key of this installation makes it ours. Opening it changes nothing, since
// scanners of mail open links; the form behind it acknowledges, once: an
// incident that has been acknowledged takes none.

// ackLink is the address behind which a page is acknowledged.
func (a *App) ackLink(id string, p incident.Page) string {
	if p.Purpose != incident.ToAcknowledge {
		return ""
	}
	return a.pageLink("/ack/" + a.linkToken(ackPage, p.PlannedAt.Add(ackLinkFor), id, p.Key))
}

// linkedPage finds the page of a link.
func (a *App) linkedPage(ctx context.Context, token string) (s incident.State, p incident.Page, err error) {
	fields, err := a.linkFields(ackPage, token, 2)
	if err != nil {
		return s, p, err
	}
	c, err := a.Case(ctx, fields[0])
	if err != nil {
		return s, p, err
	}
	i := slices.IndexFunc(c.Incident.Pages, func(p incident.Page) bool { return p.Key == fields[1] })
	if i < 0 {
		return s, p, errLink
	}
	return c.Incident, c.Incident.Pages[i], nil
}

// AckLink says what a link would acknowledge, and whether somebody has.
func (a *App) AckLink(ctx context.Context, token string) (web.AckLink, error) {
	s, p, err := a.linkedPage(ctx, token)
	if err != nil {
		return web.AckLink{}, err
	}
	return a.ackStanding(ctx, s, p), nil
}

// ackStanding says whether a page is still open, and who was faster.
func (a *App) ackStanding(ctx context.Context, s incident.State, p incident.Page) web.AckLink {
	l := web.AckLink{Incident: s.ID, Title: s.Opened.Title, Severity: s.Severity, Pipeline: s.Opened.Pipeline, DetectedAt: s.DetectedAt, Open: s.Ack == nil && s.Closed == nil}
	l.To = a.nameOf(ctx, p.To)
	if s.Ack != nil {
		l.By, l.ByYou, l.At = a.nameOf(ctx, s.Ack.By), s.Ack.By == p.To, s.Ack.At
	}
	return l
}

// nameOf is what somebody is called; an account that is gone keeps its id.
func (a *App) nameOf(ctx context.Context, id people.ID) string {
	p, err := a.Person(ctx, id)
	if err != nil {
		return string(id)
	}
	return a.recipient(p).Name
}

// AcknowledgeByLink acknowledges for the person whom the page was sent to.
func (a *App) AcknowledgeByLink(ctx context.Context, token string) error {
	s, p, err := a.linkedPage(ctx, token)
	if err != nil {
		return err
	}
	person, err := a.Person(ctx, p.To)
	if err != nil {
		return err
	}
	return a.doVia(ctx, person.Actor(), incident.ViaLink, s.ID, incident.Acknowledge{})
}
