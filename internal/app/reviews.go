package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/review"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	// maxReports bounds reports.csv, in bytes.
	maxReports = 64 << 20
	// listedReviews is how many quarters the list of reviews goes back.
	listedReviews = 8
)

// Review makes the pack of a quarter, as somebody may read it.
func (a *App) Review(ctx context.Context, by people.Actor, quarter string) (review.Pack, error) {
	q, err := review.QuarterNamed(quarter)
	if err != nil {
		return review.Pack{}, err
	}
	in := review.Input{Quarter: q, At: a.now()}
	if in.Facts, err = a.kpiFacts(ctx); err != nil {
		return review.Pack{}, err
	}
	if in.Cases, err = a.readable(ctx, by, in.Facts.Cases); err != nil {
		return review.Pack{}, err
	}
	if in.Rows, err = ReadReports(filepath.Join(a.dir, filepath.FromSlash(a.config.Root), "reports.csv")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return review.Pack{}, err
	}
	if in.State, err = a.review(ctx, q.Name); err != nil {
		return review.Pack{}, err
	}
	persons, err := a.People(ctx)
	if err != nil {
		return review.Pack{}, err
	}
	in.Owner = loginsOf(persons)
	return review.New(in)
}

// ReadReports reads a reports.csv within its limit.
func ReadReports(path string) ([]review.Row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxReports {
		return nil, fmt.Errorf("read %s: it has %d bytes, the limit is %d: %w", path, info.Size(), maxReports, journal.ErrTooLarge)
	}
	return review.ReadReports(io.LimitReader(f, maxReports))
}

// readable gives the cases as somebody may see them.
func (a *App) readable(ctx context.Context, by people.Actor, all []kpi.Case) ([]kpi.Case, error) {
	list := make([]kpi.Case, 0, len(all))
	for _, k := range all {
		c, err := a.Case(ctx, k.Incident.ID)
		if err == nil {
			c, err = c.For(by)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, kpi.Case{Incident: c.Incident, Analysis: c.Analysis, Prevention: c.Prevention})
	}
	return list, nil
}

// review reads how the review of a quarter stands.
func (a *App) review(ctx context.Context, quarter string) (review.State, error) {
	entries, err := a.stream(ctx, review.StreamPrefix+quarter)
	if err != nil {
		return review.State{}, err
	}
	s, err := review.Fold(entries)
	s.Quarter = quarter
	return s, err
}

// Reviews lists the reviews of the last quarters that are over, the newest first, back to the first incident.
func (a *App) Reviews(ctx context.Context) ([]web.ListedReview, error) {
	states, err := a.Incidents(ctx)
	if err != nil {
		return nil, err
	}
	var list []web.ListedReview
	for q := review.Last(a.now()); len(list) < listedReviews && begunBefore(states, q); q, _ = q.Before() {
		s, err := a.review(ctx, q.Name)
		if err != nil {
			return nil, err
		}
		list = append(list, web.ListedReview{Quarter: q.Name, DueAt: review.DueAt(q), Held: s.Held})
	}
	return list, nil
}

// begunBefore tells whether there had been an incident by the end of a quarter: before the first one there is nothing to review.
func begunBefore(states []incident.State, q kpi.Period) bool {
	return slices.ContainsFunc(states, func(s incident.State) bool { return s.DetectedAt.Before(q.Until) })
}

// HoldReview records that a review was held.
func (a *App) HoldReview(ctx context.Context, by people.Actor, h web.HeldReview) error {
	q, err := review.QuarterNamed(h.Quarter)
	if err != nil {
		return err
	}
	c := review.Hold{Quarter: q, On: h.On, Minutes: h.Minutes}
	persons, err := a.People(ctx)
	if err != nil {
		return err
	}
	for _, login := range h.People {
		i := slices.IndexFunc(persons, func(p people.Person) bool { return p.Login == strings.TrimSpace(login) })
		if i < 0 {
			return phrase.Refusal(journal.ErrInvalid, "refusal.review.account", q.Name, fmt.Sprintf("%.60q", login))
		}
		c.People = append(c.People, persons[i].ID)
	}
	return a.decideReview(ctx, by, q.Name, c)
}

func (a *App) decideReview(ctx context.Context, by people.Actor, quarter string, c review.Command) error {
	return a.store.Update(ctx, func(tx *store.Tx) error {
		entries, err := tx.Stream(review.StreamPrefix + quarter)
		if err != nil {
			return err
		}
		s, err := review.Fold(entries)
		if err != nil {
			return err
		}
		change, err := review.Decide(s, c, review.Env{Now: a.now(), By: by})
		if err != nil {
			return err
		}
		_, err = tx.Append(change)
		return err
	})
}

// RemindReview tells the leads that the review of the last quarter is due, until it is recorded as held.
func (a *App) RemindReview(ctx context.Context) error {
	q := review.Last(a.now())
	states, err := a.Incidents(ctx)
	if err != nil || !begunBefore(states, q) {
		return err
	}
	return a.decideReview(ctx, monitor, q.Name, review.Remind{Quarter: q})
}

func leads(p people.Person) bool { return p.Role == people.Lead }

// tellReview is what a lead is told of a review that is due.
func (a *App) tellReview(ctx context.Context, e review.TellEffect, p people.Person) (notify.Message, bool, error) {
	pack, err := a.Review(ctx, p.Actor(), e.Quarter)
	if err != nil || pack.Held != nil {
		return notify.Message{}, false, err
	}
	say := func(k phrase.Key, args ...any) string { return phrase.Say(a.config.Language, k, args...) }
	text := say("message.review.text", e.Quarter, len(pack.Incidents), len(pack.Overdue)+pack.Withheld, len(pack.Causes)) + "\n\n" + a.pageLink("/reviews/"+e.Quarter) + "\n"
	return notify.Message{Subject: say("message.review.subject", e.Quarter), Text: text, Key: e.Quarter + "/review/" + string(p.ID)}, true, nil
}
