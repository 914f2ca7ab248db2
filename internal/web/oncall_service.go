package web

import (
	"context"
	"io"
	"time"

	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// OnCallService is what the page and the API of schedules ask of the application.
type OnCallService interface {
	// Schedules gives all schedules under their overrides, the primary one first.
	Schedules() []*oncall.Schedule
	// Policies says for each severity, the gravest first, who would be paged now.
	Policies(context.Context) ([]PolicyNow, error)
	// Overrides lists overrides and swaps that are to come, hold, or ended not long ago.
	Overrides(context.Context) ([]oncall.Override, error)
	// ChangeOnCall decides a command on an override, or with an empty id one that makes it, and gives its id.
	ChangeOnCall(ctx context.Context, by people.Actor, id string, c oncall.Command) (string, error)
	// PersonNamed finds an account by login or id.
	PersonNamed(ctx context.Context, loginOrID string) (people.ID, error)
	// WriteCalendar writes shifts of a schedule, of a person in all schedules, or both, in iCalendar.
	WriteCalendar(ctx context.Context, w io.Writer, c CalendarOf) error
	// CalendarKeyMade tells when a person's secret calendar address was made; zero for never.
	CalendarKeyMade(ctx context.Context, who people.ID) (time.Time, error)
	// NewCalendarKey makes a person's secret address anew; the old one is dead from then on.
	NewCalendarKey(ctx context.Context, by people.Actor) (string, error)
	// ByCalendarKey gives the person of a secret address, or journal.ErrNotFound.
	ByCalendarKey(ctx context.Context, key string) (people.Person, error)
}

// CalendarOf says which shifts a calendar holds.
type CalendarOf struct {
	Schedule string // all if empty
	Login    string // everybody if empty
	Lang     phrase.Lang
}
