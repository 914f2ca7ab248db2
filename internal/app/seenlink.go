package app

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// seenLink is the address behind which a member of the board says to have seen a status update: the incident, the number of
// the update, the person, and when it ends, signed as the links of pages are.
func (a *App) seenLink(id string, number int, to people.ID) string {
	until := a.now().Add(ackLinkFor).Unix()
	payload := strings.Join([]string{id, strconv.Itoa(number), string(to), strconv.FormatInt(until, 36)}, "\n")
	return a.pageLink("/seen/" + base64.RawURLEncoding.EncodeToString(append([]byte(payload), a.seenMAC(payload)...)))
}

func (a *App) seenMAC(payload string) []byte { return a.pageMAC("seen\n" + payload) }

// linkedUpdate finds the status update of a link, and whom the link was sent to.
func (a *App) linkedUpdate(ctx context.Context, token string) (s incident.State, number int, to people.Person, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(token) > maxToken || len(raw) <= macSize {
		return s, 0, to, errLink
	}
	payload := string(raw[:len(raw)-macSize])
	parts := strings.Split(payload, "\n")
	if !hmac.Equal(raw[len(raw)-macSize:], a.seenMAC(payload)) || len(parts) != 4 {
		return s, 0, to, errLink
	}
	number, numberErr := strconv.Atoi(parts[1])
	until, untilErr := strconv.ParseInt(parts[3], 36, 64)
	if numberErr != nil || untilErr != nil {
		return s, 0, to, errLink
	}
	if a.now().Unix() > until {
		return s, 0, to, fmt.Errorf("open the link: its time is over; sign in to say that you have seen the update: %w", journal.ErrForbidden)
	}
	if to, err = a.Person(ctx, people.ID(parts[2])); err != nil {
		return s, 0, to, err
	}
	c, err := a.Case(ctx, parts[0])
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
