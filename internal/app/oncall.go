package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/calendar"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// Schedules gives all schedules under their overrides, the primary one first.
func (a *App) Schedules() []*oncall.Schedule { return a.schedule.all() }

// shownOverrides is how long an override is listed after its end.
const shownOverrides = 30 * 24 * time.Hour

// Overrides lists overrides and swaps that are to come, hold, or ended not long ago, the latest end first.
func (a *App) Overrides(ctx context.Context) ([]oncall.Override, error) {
	list, err := a.store.Overrides(ctx, a.now().Add(-shownOverrides), maxOverrides)
	slices.SortStableFunc(list, func(x, y oncall.Override) int { return y.Until().Compare(x.Until()) })
	return list, err
}

// ChangeOnCall decides a command on an override, or with an empty id one that
// makes it, and gives its id.
func (a *App) ChangeOnCall(ctx context.Context, by people.Actor, id string, c oncall.Command) (string, error) {
	if id != "" && !oncall.IsStream(id) {
		return "", phrase.Refusal(journal.ErrNotFound, "refusal.duty.override", fmt.Sprintf("%.80q", id))
	}
	now := a.now()
	err := a.store.Update(ctx, func(tx *store.Tx) error {
		change, err := a.decideOnCall(tx, id, c, oncall.Env{Now: now, By: by})
		if err != nil {
			return err
		}
		id = change.Events[0].Stream
		_, err = tx.Append(change)
		return err
	})
	if err != nil {
		return "", err
	}
	if err := a.applySchedules(ctx); err != nil {
		// The change is durable; the loop applies it with the next calendars.
		a.log.Error("the schedules do not show the last change yet", "error", err)
	}
	return id, nil
}

// decideOnCall gathers what a decision may know: schedules and overrides as the transaction sees them.
func (a *App) decideOnCall(tx *store.Tx, id string, c oncall.Command, env oncall.Env) (journal.Change, error) {
	records, err := tx.Persons()
	if err != nil {
		return journal.Change{}, err
	}
	var o oncall.Override
	if id != "" {
		entries, err := tx.Stream(id)
		if err != nil {
			return journal.Change{}, err
		}
		if o, err = oncall.Fold(entries); err != nil {
			return journal.Change{}, err
		}
	}
	overrides, err := tx.Overrides(env.Now.Add(-overridesPast), maxOverrides)
	if err != nil {
		return journal.Change{}, err
	}
	if len(overrides) == maxOverrides && !o.Exists() {
		return journal.Change{}, phrase.Refusal(journal.ErrTooLarge, "refusal.duty.many", maxOverrides)
	}
	env.Login = newStaff(records, a.config.OnCall).login
	schedule, err := a.schedule.named(cmp.Or(scheduleOf(c), o.Schedule))
	if err != nil {
		return journal.Change{}, err
	}
	env.Schedule = schedule.WithOverrides(oncall.Covers(overrides, schedule.Name(), env.Login))
	if env.NewID, err = tx.NextOverrideID(env.Now); err != nil {
		return journal.Change{}, err
	}
	return oncall.Decide(o, c, env)
}

func scheduleOf(c oncall.Command) string {
	switch c := c.(type) {
	case oncall.SetOverride:
		return c.Schedule
	case oncall.ProposeSwap:
		return c.Schedule
	}
	return ""
}

// PersonNamed finds an account by login or id.
func (a *App) PersonNamed(ctx context.Context, loginOrID string) (people.ID, error) {
	record, err := a.store.PersonByLogin(ctx, loginOrID)
	if errors.Is(err, journal.ErrNotFound) {
		record, err = a.store.Person(ctx, people.ID(loginOrID))
	}
	if errors.Is(err, journal.ErrNotFound) {
		return "", phrase.Refusal(journal.ErrInvalid, "refusal.duty.find", fmt.Sprintf("%.40q", loginOrID))
	}
	return record.ID, err
}

// Calendars reach from three months back to a year ahead.
const calendarAhead = 366 * 24 * time.Hour

// WriteCalendar writes shifts of a schedule, of a person in all schedules, or both, in iCalendar.
func (a *App) WriteCalendar(ctx context.Context, w io.Writer, c web.CalendarOf) error {
	overrides, err := a.store.Overrides(ctx, a.now().Add(-overridesPast), maxOverrides)
	if err != nil {
		return err
	}
	persons, err := a.People(ctx)
	if err != nil {
		return err
	}
	from := feedSource{schedules: a.schedule.all(), overrides: overrides, now: a.now(), host: a.feedHost(), since: a.schedule.since, revision: a.schedule.revision}
	from.names = map[string]string{}
	for _, p := range persons {
		from.names[p.Login] = cmp.Or(p.Name, p.Login)
	}
	return from.write(w, c)
}

// feedHost makes the ids of events unique in the world, as far as the address of the pages is.
func (a *App) feedHost() string {
	if u, err := url.Parse(a.config.Serve.URL); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return "safelight"
}

// feedSource is what calendars are made from.
type feedSource struct {
	schedules []*oncall.Schedule
	overrides []oncall.Override
	names     map[string]string // of logins
	now       time.Time
	host      string
	since     time.Time // of the configuration
	revision  int
}

func (f feedSource) write(w io.Writer, c web.CalendarOf) error {
	feed := calendar.Feed{Name: phrase.Say(c.Lang, "oncall.feed.name", cmp.Or(c.Schedule, f.names[c.Login], c.Login, "Safelight"))}
	for _, s := range f.schedules {
		if c.Schedule != "" && c.Schedule != s.Name() {
			continue
		}
		feed.Zone = cmp.Or(feed.Zone, s.Zone().String())
		for _, shift := range s.Between(f.now.Add(-scheduledPast), f.now.Add(calendarAhead)) {
			if shift.Gap() || c.Login != "" && c.Login != shift.Login {
				continue
			}
			feed.Events = append(feed.Events, f.event(s, shift, c))
		}
	}
	if feed.Zone == "" {
		return fmt.Errorf("write a calendar: the schedule %.40q is not configured: %w", c.Schedule, journal.ErrNotFound)
	}
	return feed.Write(w)
}

// event describes a shift. Its id is the schedule and the beginning, so that an
// override changes the events that it touches and no other.
func (f feedSource) event(s *oncall.Schedule, shift oncall.Shift, c web.CalendarOf) calendar.Event {
	changes, last := oncall.Revisions(f.overrides, s.Name(), shift)
	if last.Before(f.since) {
		last = f.since
	}
	if last.IsZero() {
		last = time.Unix(0, 0)
	}
	title := phrase.Say(c.Lang, "oncall.feed.mine", s.Name())
	if c.Login == "" {
		title = phrase.Say(c.Lang, "oncall.feed.of", cmp.Or(f.names[shift.Login], shift.Login), s.Name())
	}
	return calendar.Event{
		UID:     "oncall-" + s.Name() + "-" + shift.From.UTC().Format("20060102T150405Z") + "@" + f.host,
		Summary: title, From: shift.From, Until: shift.Until, Revised: last, Sequence: f.revision + changes,
	}
}

// ReadCalendar writes a calendar of a folder, for commands that only read.
func ReadCalendar(ctx context.Context, w io.Writer, dir string, list []*oncall.Schedule, c web.CalendarOf) error {
	from := feedSource{schedules: list, names: map[string]string{}, now: time.Now(), host: "safelight"}
	s, err := OpenReader(ctx, dir)
	if err == nil {
		defer s.Close() // only read
		records, err := s.Persons(ctx)
		if err != nil {
			return err
		}
		for _, p := range records {
			from.names[p.Login] = cmp.Or(p.Name, p.Login)
		}
		if from.overrides, err = s.Overrides(ctx, from.now.Add(-overridesPast), maxOverrides); err != nil {
			return err
		}
	}
	return from.write(w, c)
}

// CalendarKeyMade tells when a person's secret calendar address was made; zero for never.
func (a *App) CalendarKeyMade(ctx context.Context, who people.ID) (time.Time, error) {
	return a.store.CalendarKeyMade(ctx, who)
}

// NewCalendarKey makes a person's secret address anew; the old one is dead from
// then on. The secret is given once and never stored.
func (a *App) NewCalendarKey(ctx context.Context, by people.Actor) (string, error) {
	if err := by.Require(people.Read); err != nil {
		return "", err
	}
	key := strings.ToLower(rand.Text())
	return key, a.store.Update(ctx, func(tx *store.Tx) error {
		return tx.SetCalendarKey(by.ID, sha256.Sum256([]byte(key)), a.now())
	})
}

// ByCalendarKey gives the person of a secret address, or [journal.ErrNotFound].
func (a *App) ByCalendarKey(ctx context.Context, key string) (people.Person, error) {
	id, err := a.store.CalendarKey(ctx, sha256.Sum256([]byte(key)))
	if err != nil {
		return people.Person{}, err
	}
	p, err := a.Person(ctx, id)
	if err == nil && !p.Actor().May(people.Read) {
		err = fmt.Errorf("read a calendar: the account may not: %w", journal.ErrNotFound)
	}
	return p, err
}
