package app

import (
	"context"
	"slices"
	"strconv"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// seenLink is the address behind which a member of the board says to have seen a status update: the incident, the number of
// the update, the person, and when it ends, signed as the links of pages are.
func (a *App) seenLink(id string, number int, to people.ID) string {
	return a.pageLink("/seen/" + a.linkToken(seeUpdate, a.now().Add(ackLinkFor), id, strconv.Itoa(number), string(to)))
}

// linkedUpdate finds the status update of a link, and whom the link was sent to.
func (a *App) linkedUpdate(ctx context.Context, token string) (s incident.State, number int, to people.Person, err error) {
	fields, err := a.linkFields(seeUpdate, token, 3)
	if err != nil {
		return s, 0, to, err
	}
	if number, err = strconv.Atoi(fields[1]); err != nil {
		return s, 0, to, errLink
	}
	if to, err = a.Person(ctx, people.ID(fields[2])); err != nil {
		return s, 0, to, err
	}
	c, err := a.Case(ctx, fields[0])
	if err == nil && (number < 1 || number > len(c.Incident.Updates)) {
		err = errLink
	}
	return c.Incident, number, to, err
}

// SeenLink says which status update a link is about.
func (a *App) SeenLink(ctx context.Context, token string) (web.SeenLink, error) {
	s, number, to, err := a.linkedUpdate(ctx, token)
	if err != nil {
		return web.SeenLink{}, err
	}
	u := s.Updates[number-1]
	return web.SeenLink{
		Incident: s.ID, Title: s.Opened.Title, Severity: s.Severity, Number: number, Update: u, To: a.recipient(to).Name,
		By: a.nameOf(ctx, u.By), Seen: slices.Contains(u.SeenBy, to.ID), Closed: s.Closed != nil,
	}, nil
}

// SeeByLink says for the person whom the link was sent to that the update has been seen.
func (a *App) SeeByLink(ctx context.Context, token string) error {
	s, number, to, err := a.linkedUpdate(ctx, token)
	if err != nil {
		return err
	}
	return a.doVia(ctx, to.Actor(), incident.ViaLink, s.ID, incident.SeeUpdate{Number: number})
}
