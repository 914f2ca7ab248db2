package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// A link to acknowledge by stands in the messages of a page, for somebody who
// has no session at hand at 04:12. It names the incident, the page, of which
// there is one for each person and round, and when it ends; a signature under a
// key of this installation makes it ours. Opening it changes nothing, since
// scanners of mail open links; the form behind it acknowledges, once: an
// incident that has been acknowledged takes none.
const (
	ackLinkFor  = 7 * 24 * time.Hour
	pageKeyName = "page-key" // among the settings
	macSize     = 16         // bytes of HMAC-SHA-256: guessing takes 2^128 tries, each a request
	maxToken    = 512
)

// openPageKey reads the key that links are signed with, and makes it where there is none.
func (a *App) openPageKey(ctx context.Context) error {
	text, err := a.store.Setting(ctx, pageKeyName)
	if errors.Is(err, journal.ErrNotFound) {
		var key [32]byte
		_, _ = rand.Read(key[:]) // never fails
		text = hex.EncodeToString(key[:])
		err = a.store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(pageKeyName, text) })
	}
	if err != nil {
		return err
	}
	a.pageKey, err = hex.DecodeString(text)
	return err
}

// ackLink is the address behind which a page is acknowledged.
func (a *App) ackLink(id string, p incident.Page) string {
	if p.Purpose != incident.ToAcknowledge {
		return ""
	}
	payload := strings.Join([]string{id, p.Key, strconv.FormatInt(p.PlannedAt.Add(ackLinkFor).Unix(), 36)}, "\n")
	return a.pageLink("/ack/" + base64.RawURLEncoding.EncodeToString(append([]byte(payload), a.pageMAC(payload)...)))
}

func (a *App) pageMAC(payload string) []byte {
	mac := hmac.New(sha256.New, a.pageKey)
	mac.Write([]byte("acknowledge\n" + payload))
	return mac.Sum(nil)[:macSize]
}

// errLink hides why a link is none: strangers are not told.
var errLink = fmt.Errorf("open the link: it is not one of ours, or it is cut short: %w", journal.ErrNotFound)

// linkedPage finds the page of a link.
func (a *App) linkedPage(ctx context.Context, token string) (s incident.State, p incident.Page, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(token) > maxToken || len(raw) <= macSize {
		return s, p, errLink
	}
	payload := string(raw[:len(raw)-macSize])
	parts := strings.Split(payload, "\n")
	if !hmac.Equal(raw[len(raw)-macSize:], a.pageMAC(payload)) || len(parts) != 3 {
		return s, p, errLink
	}
	until, err := strconv.ParseInt(parts[2], 36, 64)
	if err != nil || a.now().Unix() > until {
		return s, p, fmt.Errorf("open the link: its time is over; sign in to acknowledge: %w", journal.ErrForbidden)
	}
	c, err := a.Case(ctx, parts[0])
	if err != nil {
		return s, p, err
	}
	i := slices.IndexFunc(c.Incident.Pages, func(p incident.Page) bool { return p.Key == parts[1] })
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
