package app

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// replyToken names a page in the address that its reply goes to: the incident, the number of the page, a signature. Its
// time is that of the link.
func (a *App) replyToken(s incident.State, p incident.Page) string {
	for i, other := range s.Pages {
		if other.Key == p.Key {
			return strings.ToLower(fmt.Sprintf("%s.%d.%s", s.ID, i, a.replySignature(replyPage, s.ID+"\n"+p.Key)))
		}
	}
	return ""
}

// replyTo is the address by which a page is answered; empty where no replies are taken or can be, or nothing is asked.
func (a *App) replyTo(s incident.State, p incident.Page) string {
	if p.Purpose != incident.ToAcknowledge || a.deaf.Load() {
		return ""
	}
	return a.config.Notify.ReplyAddress(a.replyToken(s, p))
}

// repliedPage finds the page of a token.
func (a *App) repliedPage(ctx context.Context, token string) (s incident.State, p incident.Page, err error) {
	parts := strings.Split(strings.ToUpper(token), ".")
	if len(token) > maxToken || len(parts) != 3 {
		return s, p, errLink
	}
	i, err := strconv.Atoi(parts[1])
	if err != nil || i < 0 {
		return s, p, errLink
	}
	c, err := a.Case(ctx, parts[0])
	if err != nil {
		return s, p, err
	}
	if s = c.Incident; i >= len(s.Pages) {
		return s, p, errLink
	}
	p = s.Pages[i]
	if !hmac.Equal([]byte(strings.ToLower(token)), []byte(a.replyToken(s, p))) {
		return s, p, errLink
	}
	if a.now().After(p.PlannedAt.Add(ackLinkFor)) {
		return s, p, phrase.Refusal(journal.ErrForbidden, "refusal.reply.late")
	}
	return s, p, nil
}

// acknowledgeByReply acknowledges for the person whom the page was sent to, or all pages of a message that carries several.
// What the rules refuse is logged, and no more: whoever has the token may be anybody who was forwarded it.
func (a *App) acknowledgeByReply(ctx context.Context, token string) error {
	var err error
	if prefix, _, _ := strings.Cut(strings.ToLower(token), "."); prefix == bundlePrefix {
		err = a.replyToBundle(ctx, token)
	} else {
		err = a.replyToPage(ctx, token)
	}
	for _, kind := range []error{journal.ErrNotFound, journal.ErrForbidden, journal.ErrConflict, journal.ErrInvalid} {
		if errors.Is(err, kind) {
			a.replyRefused(err)
			return nil
		}
	}
	return err
}

func (a *App) replyToPage(ctx context.Context, token string) error {
	s, p, err := a.repliedPage(ctx, token)
	if err != nil {
		return err
	}
	person, err := a.Person(ctx, p.To)
	if err != nil {
		return err
	}
	return a.doVia(ctx, person.Actor(), incident.ViaMail, s.ID, incident.Acknowledge{})
}

func (a *App) replyToBundle(ctx context.Context, token string) error {
	b, err := a.repliedBundle(ctx, token)
	if err != nil {
		return err
	}
	n, err := a.acknowledgeBundle(ctx, b, incident.ViaMail)
	if err == nil && n == 0 {
		return phrase.Refusal(journal.ErrConflict, "refusal.reply.again")
	}
	return err
}

// replyRefused counts and logs, without a word of the mail.
func (a *App) replyRefused(reason error) {
	a.log.Warn("a reply by e-mail acknowledged nothing", "reason", journal.Sentence(reason), "count", a.refusedReplies.Add(1))
}

// listenAgain is how soon an address is listened on again that could not be.
const listenAgain = 30 * time.Second

// startReplies takes replies in, where the configuration says so.
func (a *App) startReplies(ctx context.Context) {
	if a.config.Notify.Inbound != nil {
		a.loop(ctx, listenAgain, a.takeReplies)
	}
}

// takeReplies listens until the end. An address that cannot be listened on costs the replies and nothing else: pages do not
// ask for any meanwhile.
func (a *App) takeReplies(ctx context.Context) error {
	c := *a.config.Notify.Inbound
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr())
	a.deaf.Store(err != nil)
	if err != nil {
		return fmt.Errorf("take replies by e-mail: %w", err)
	}
	defer a.deaf.Store(true)
	in := &notify.Inbound{Config: c, Acknowledge: a.acknowledgeByReply, Refused: a.replyRefused}
	if err := in.Serve(ctx, l); err != nil {
		return fmt.Errorf("take replies by e-mail: %w", err)
	}
	return nil
}
