package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/calendar"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
)

const (
	calendarsEvery = 15 * time.Minute     // how soon a change of somebody else's calendar is seen
	scheduledPast  = 100 * 24 * time.Hour // how far calendars are followed
	scheduledAhead = 400 * 24 * time.Hour
	overridesPast  = 400 * 24 * time.Hour // how long ago an override may have ended that still counts
	maxOverrides   = 10_000
)

// scheduleDesk keeps the schedules under their calendars and overrides.
type scheduleDesk struct {
	mu        sync.RWMutex
	plain     []*oncall.Schedule // as configured
	current   []*oncall.Schedule // as they are
	calendars map[string][]byte  // the last good text of each file or address
	problems  []error            // of the calendars
	since     time.Time          // of the configuration
	revision  int                // how often it has changed
}

// Who is on call in the primary schedule, and until when. The login is empty where nobody is.
func (d *scheduleDesk) Who(at time.Time) (login string, until time.Time) {
	return d.all()[0].Who(at)
}

// Zone is the time zone of the primary schedule.
func (d *scheduleDesk) Zone() *time.Location { return d.all()[0].Zone() }

func (d *scheduleDesk) all() []*oncall.Schedule {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.current
}

// named gives a schedule; the primary one for the empty name.
func (d *scheduleDesk) named(name string) (*oncall.Schedule, error) {
	list := d.all()
	if name == "" {
		return list[0], nil
	}
	i := slices.IndexFunc(list, func(s *oncall.Schedule) bool { return s.Name() == name })
	if i < 0 {
		return nil, phrase.Refusal(journal.ErrNotFound, "refusal.duty.schedule", fmt.Sprintf("%.40q", name))
	}
	return list[i], nil
}

// openSchedules reads the schedules, calendars in files, and the last good copies of calendars at addresses.
func (a *App) openSchedules(ctx context.Context) error {
	plain, err := oncall.NewSchedules(a.config.OnCall)
	if err != nil {
		return err
	}
	a.schedule = &scheduleDesk{plain: plain, current: plain, calendars: map[string][]byte{}}
	for _, from := range a.config.OnCall.Calendars() {
		if calendar.IsAddress(from) {
			if data, err := os.ReadFile(calendarCopy(a.dir, from)); err == nil {
				a.schedule.calendars[from] = data
			}
		}
	}
	a.schedule.problems = a.schedule.loadFiles(ctx, a.config.OnCall.Calendars())
	return a.applySchedules(ctx)
}

// noteRevision reads from the journal how often the configuration has changed: events of calendars are revised by it.
func (a *App) noteRevision(ctx context.Context) error {
	return a.store.Update(ctx, func(tx *store.Tx) error {
		entries, err := tx.Stream(configStream)
		if n := len(entries); err == nil && n > 0 {
			a.schedule.since, a.schedule.revision = entries[n-1].OccurredAt, n-1
		}
		return err
	})
}

// calendarCopy is where the last good text of a calendar at an address is kept.
func calendarCopy(dir, address string) string {
	sum := sha256.Sum256([]byte(address))
	return filepath.Join(StateDir(dir), "calendars", hex.EncodeToString(sum[:16])+".ics")
}

// loadFiles reads the calendars that are files.
func (d *scheduleDesk) loadFiles(ctx context.Context, list []string) (problems []error) {
	for _, from := range list {
		if calendar.IsAddress(from) {
			continue
		}
		data, err := calendar.Load(ctx, from)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		d.mu.Lock()
		d.calendars[from] = data
		d.mu.Unlock()
	}
	return problems
}

// readCalendars reads all calendars anew. Of one that cannot be read the last good text holds. It knows the accounts of now, too.
func (a *App) readCalendars(ctx context.Context) error {
	list := a.config.OnCall.Calendars()
	problems := a.schedule.loadFiles(ctx, list)
	for _, from := range list {
		if !calendar.IsAddress(from) {
			continue
		}
		if err := a.fetchCalendar(ctx, from); err != nil {
			problems = append(problems, err)
		}
	}
	a.schedule.mu.Lock()
	a.schedule.problems = problems
	a.schedule.mu.Unlock()
	err := a.applySchedules(ctx)
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("read the calendars of schedules: %w", errors.Join(problems...))
	}
	return err
}

func (a *App) fetchCalendar(ctx context.Context, address string) error {
	data, err := calendar.Load(ctx, address)
	if err != nil {
		return err
	}
	if _, _, err := calendar.Read(data, time.UTC, a.now(), a.now()); err != nil {
		return err // not a calendar: what we have stays
	}
	path := calendarCopy(a.dir, address)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep a copy of a calendar: %w", err)
	}
	if err := WriteFile(path, data); err != nil {
		return err
	}
	a.schedule.mu.Lock()
	a.schedule.calendars[address] = data
	a.schedule.mu.Unlock()
	return nil
}

// applySchedules puts calendars and overrides over the schedules as configured.
func (a *App) applySchedules(ctx context.Context) error {
	records, err := a.store.Persons(ctx)
	if err != nil {
		return err
	}
	overrides, err := a.store.Overrides(ctx, a.now().Add(-overridesPast), maxOverrides)
	if err != nil {
		return err
	}
	d := a.schedule
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current, _ = composed(d.plain, composition{d.calendars, newStaff(records, a.config.OnCall), overrides, a.now()})
	return nil
}

// composition is what goes over schedules.
type composition struct {
	calendars map[string][]byte
	staff     staff
	overrides []oncall.Override
	now       time.Time
}

// composed puts calendars and overrides over schedules, and says what of the calendars is of no use.
func composed(plain []*oncall.Schedule, c composition) (list []*oncall.Schedule, problems []error) {
	for _, s := range plain {
		for _, from := range s.Calendars() {
			duties, left, err := calendar.Read(c.calendars[from], s.Zone(), c.now.Add(-scheduledPast), c.now.Add(scheduledAhead))
			if err != nil {
				problems = append(problems, phrase.Errorf("ready.calendar", s.Name(), err))
				continue
			}
			for _, p := range left {
				problems = append(problems, phrase.Errorf("ready.calendar.in", s.Name(), p))
			}
			shifts, unknown := c.staff.shifts(duties)
			if unknown > 0 {
				problems = append(problems, phrase.Errorf("ready.calendar.whom", unknown, s.Name()))
			}
			s = s.WithCalendar(from, shifts)
		}
		list = append(list, s.WithOverrides(oncall.Covers(c.overrides, s.Name(), c.staff.login)))
	}
	return list, problems
}

// staff knows who may be on call, by id, login and address.
type staff struct {
	logins map[people.ID]string
	emails map[string]string // to logins
	known  map[string]bool
}

func newStaff(records []store.PersonRecord, c oncall.Config) staff {
	r := staff{map[people.ID]string{}, map[string]string{}, map[string]bool{}}
	for _, p := range records {
		if p.Disabled || !p.Actor().May(people.Respond) {
			continue
		}
		r.logins[p.ID], r.known[p.Login] = p.Login, true
		if p.Email != "" {
			r.emails[strings.ToLower(p.Email)] = p.Login
		}
	}
	for login, contact := range c.Contacts {
		if contact.Email != "" {
			r.emails[strings.ToLower(contact.Email)] = login
		}
	}
	return r
}

func (r staff) login(id people.ID) string { return r.logins[id] }

// shifts finds the persons of duties, and counts those that name nobody.
func (r staff) shifts(duties []calendar.Duty) (list []oncall.Shift, unknown int) {
	for _, d := range duties {
		login := ""
		for _, email := range d.Emails {
			if login = r.emails[email]; login != "" {
				break
			}
		}
		if title := strings.ToLower(d.Summary); login == "" && r.known[title] {
			login = title
		}
		if login == "" {
			unknown++
			continue
		}
		list = append(list, oncall.Shift{Login: login, From: d.From, Until: d.Until})
	}
	return list, unknown
}

// scheduleWarnings says what would hurt at night: calendars that cannot be used, and the gaps of the next days.
func (a *App) scheduleWarnings(ctx context.Context) ([]error, error) {
	records, err := a.store.Persons(ctx)
	if err != nil {
		return nil, err
	}
	a.schedule.mu.RLock()
	defer a.schedule.mu.RUnlock()
	_, problems := composed(a.schedule.plain, composition{a.schedule.calendars, newStaff(records, a.config.OnCall), nil, a.now()})
	list := slices.Concat(a.schedule.problems, problems)
	if a.replayed {
		return list, nil
	}
	for _, s := range a.schedule.current {
		if gaps := GapWarning(s, a.now()); gaps != nil {
			list = append(list, gaps)
		}
	}
	return list, nil
}

// gapsWithin is how far ahead gaps are warned of.
const gapsWithin = 14 * 24 * time.Hour

// GapWarning says when nobody is on call in the next two weeks; nil if somebody always is.
func GapWarning(s *oncall.Schedule, now time.Time) error {
	gaps := s.Gaps(now, now.Add(gapsWithin))
	if len(gaps) == 0 {
		return nil
	}
	first := gaps[0]
	said := []any{s.Name(), first.From.In(s.Zone()).Format(minute), first.Until.In(s.Zone()).Format(minute), s.Zone().String()}
	if n := len(gaps) - 1; n > 0 {
		return phrase.Errorf("ready.gaps", append(said, n)...)
	}
	return phrase.Errorf("ready.gap", said...)
}

// ReadSchedules gives the schedules of a folder as they are, for commands that
// only read: with overrides where there is a database, and with calendars. problems
// are those of calendars.
func ReadSchedules(ctx context.Context, dir string, c oncall.Config, now time.Time) (list []*oncall.Schedule, problems []error, err error) {
	plain, err := oncall.NewSchedules(c)
	if err != nil {
		return nil, nil, err
	}
	of := composition{calendars: map[string][]byte{}, now: now}
	for _, from := range c.Calendars() {
		data, err := os.ReadFile(calendarCopy(dir, from))
		if err != nil {
			if data, err = calendar.Load(ctx, from); err != nil {
				problems = append(problems, err)
			}
		}
		of.calendars[from] = data
	}
	var records []store.PersonRecord
	s, err := OpenReader(ctx, dir)
	switch {
	case errors.Is(err, journal.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, nil, err
	default:
		defer s.Close() // only read
		if records, err = s.Persons(ctx); err != nil {
			return nil, nil, err
		}
		if of.overrides, err = s.Overrides(ctx, now.Add(-overridesPast), maxOverrides); err != nil {
			return nil, nil, err
		}
	}
	of.staff = newStaff(records, c)
	list, more := composed(plain, of)
	return list, append(problems, more...), nil
}
