package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// A message that carries many pages holds one more link, which acknowledges all of them: that of a bundle, which is kept in
// the transaction that begins the message. It is signed as the link of a page is, and holds as long.

// bundleOf names the pages of a message that ask for an acknowledgement, in the order in which they are told; ok is false
// where there are not two. Its id fits into the address that a reply goes to.
func bundleOf(to people.ID, pages []notify.Message) (b store.Bundle, ok bool) {
	for _, m := range pages {
		if id, key, cut := strings.Cut(m.Key, "/"); cut && m.Page.Ack != "" {
			b.Pages = append(b.Pages, store.BundledPage{Incident: id, Key: key})
		}
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", to)
	for _, p := range b.Pages {
		fmt.Fprintf(h, "%s/%s\n", p.Incident, p.Key)
	}
	b.ID, b.To = strings.ToLower(replyLetters.EncodeToString(h.Sum(nil)[:10])), to
	return b, len(b.Pages) > 1
}

// bundle keeps a bundle and gives its link and the address of its reply.
func (a *App) bundle(tx *store.Tx, to people.ID, pages []notify.Message) (ack, reply string, err error) {
	b, ok := bundleOf(to, pages)
	if !ok {
		return "", "", nil
	}
	b.MadeAt = a.now()
	if err := tx.PutBundle(b, b.MadeAt.Add(-2*ackLinkFor)); err != nil {
		return "", "", err
	}
	ack = a.pageLink("/ack/all/" + a.linkToken(ackBundle, b.MadeAt.Add(ackLinkFor), b.ID))
	if a.deaf.Load() {
		return ack, "", nil
	}
	return ack, a.config.Notify.ReplyAddress(a.bundleToken(b.ID)), nil
}

// bundlePrefix begins the token of a bundle's reply; no incident is called so.
const bundlePrefix = "all"

// bundleToken names a bundle in the address of a reply.
func (a *App) bundleToken(id string) string {
	return bundlePrefix + "." + id + "." + a.replySignature(replyBundle, id)
}

// linkedBundle finds the bundle of a link, and whom it was sent to.
func (a *App) linkedBundle(ctx context.Context, token string) (b store.Bundle, err error) {
	fields, err := a.linkFields(ackBundle, token, 1)
	if err != nil {
		return b, err
	}
	return a.knownBundle(ctx, fields[0])
}

// knownBundle is the bundle of a name that we signed. It is not known if the message was cut off before it was kept.
func (a *App) knownBundle(ctx context.Context, id string) (store.Bundle, error) {
	b, err := a.store.Bundle(ctx, id)
	if errors.Is(err, journal.ErrNotFound) {
		return b, errLink
	}
	return b, err
}

// repliedBundle finds the bundle of a reply's token.
func (a *App) repliedBundle(ctx context.Context, token string) (b store.Bundle, err error) {
	parts := strings.Split(strings.ToLower(token), ".")
	if len(token) > maxToken || len(parts) != 3 || !hmac.Equal([]byte(strings.ToLower(token)), []byte(a.bundleToken(parts[1]))) {
		return b, errLink
	}
	if b, err = a.knownBundle(ctx, parts[1]); err == nil && a.now().After(b.MadeAt.Add(ackLinkFor)) {
		err = phrase.Refusal(journal.ErrForbidden, "refusal.reply.late")
	}
	return b, err
}

// AckLinks says what the link of a bundle would acknowledge, and what somebody has.
func (a *App) AckLinks(ctx context.Context, token string) (l web.AckLinks, err error) {
	b, err := a.linkedBundle(ctx, token)
	if err != nil {
		return l, err
	}
	l.To = a.nameOf(ctx, b.To)
	for _, p := range b.Pages {
		s, page, err := a.bundled(ctx, p)
		if err != nil {
			return l, err
		}
		one := a.ackStanding(ctx, s, page)
		if l.Pages = append(l.Pages, one); one.Open {
			l.Open++
		}
	}
	return l, nil
}

// bundled finds a page of a bundle.
func (a *App) bundled(ctx context.Context, p store.BundledPage) (s incident.State, page incident.Page, err error) {
	c, err := a.Case(ctx, p.Incident)
	if err != nil {
		return s, page, err
	}
	i := slices.IndexFunc(c.Incident.Pages, func(page incident.Page) bool { return page.Key == p.Key })
	if i < 0 {
		return s, page, errLink
	}
	return c.Incident, c.Incident.Pages[i], nil
}

// AcknowledgeByLinks acknowledges all that is still open of a bundle for the person whom it was sent to.
func (a *App) AcknowledgeByLinks(ctx context.Context, token string) error {
	b, err := a.linkedBundle(ctx, token)
	if err != nil {
		return err
	}
	_, err = a.acknowledgeBundle(ctx, b, incident.ViaLink)
	return err
}

// acknowledgeBundle acknowledges each page that is still open, and gives how many. One that somebody is faster with stays
// theirs; one that cannot be done does not keep the others from being.
func (a *App) acknowledgeBundle(ctx context.Context, b store.Bundle, via incident.Via) (n int, err error) {
	person, err := a.Person(ctx, b.To)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, p := range b.Pages {
		s, _, err := a.bundled(ctx, p)
		if err == nil && (s.Ack != nil || s.Closed != nil) {
			continue
		}
		if err == nil {
			err = a.doVia(ctx, person.Actor(), via, p.Incident, incident.Acknowledge{})
		}
		switch {
		case err == nil:
			n++
		case !errors.Is(err, journal.ErrConflict):
			errs = append(errs, err)
		}
	}
	return n, errors.Join(errs...)
}
