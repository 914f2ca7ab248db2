// Package oncall says who is on call and which page goes out next.
//
// A [Schedule] is a function of time: it holds no state, and a change of the
// configuration changes it as a whole. The rotation has no beginning and no
// end: the start date only says at which hand-off the first member takes over,
// and before it the turns run backwards, so that somebody is on call always.
//
// A schedule has layers. At each time the highest one that has somebody says
// who is on call, and an override wins over all of them. Where none has anybody
// there is a gap, which is a [Shift] without a login.
//
// # Local time
//
// Hand-offs and hours are meant on the wall clock: monday 09:00 stays 09:00 when
// summer time begins or ends, so a week then has 167 or 169 hours. A hand-off at
// a time that the clock skips happens when the clock skips it; one at a time
// that the clock shows twice happens the first time.
package oncall

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Shift is one turn of one person, from a hand-off to the next, or what layers
// and overrides above leave of it. Without a login nobody is on call: a gap.
type Shift struct {
	Login string
	From  time.Time // included; zero for a gap without a beginning
	Until time.Time // excluded; zero for a gap without an end
	// Layer names the layer that says so; empty if it has no name.
	Layer string
	// Override is the id of the override that says so; empty if none does.
	Override string
}

// Gap tells whether nobody is on call.
func (s Shift) Gap() bool { return s.Login == "" }

// source is asked who is on call: a rotation, a calendar, the overrides. Where
// it has nobody it gives the gap, as far as its own shifts bound it.
type source interface {
	at(time.Time) Shift
}

// Schedule says who is on call at any time. Make it with [NewSchedule] or
// [NewSchedules]. It is never changed.
type Schedule struct {
	name      string
	zone      *time.Location
	layers    []layer // the lowest first
	overrides spans
}

// layer is a source with its name and its restriction.
type layer struct {
	name     string
	calendar string // the file or address; empty for a rotation
	source
}

// NewSchedule makes the primary schedule of a valid configuration.
func NewSchedule(c Config) (*Schedule, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	list, err := NewSchedules(c)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// NewSchedules makes all schedules, the primary one first, then by name.
// Layers from calendars have nobody before [Schedule.WithCalendar].
func NewSchedules(c Config) ([]*Schedule, error) {
	all, err := c.schedules()
	if err != nil {
		return nil, err
	}
	var list []*Schedule
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s, err := newSchedule(name, all[name])
		if err != nil && len(c.Schedules) > 0 {
			err = fmt.Errorf("schedule %s: %w", name, err)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b *Schedule) int {
		return cmp.Compare(bit(a.name != Primary), bit(b.name != Primary))
	})
	return list, nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// scheduleName is such that a name can stand in an address.
var scheduleName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func newSchedule(name string, c ScheduleConfig) (*Schedule, error) {
	if !scheduleName.MatchString(name) {
		return nil, fmt.Errorf("name %.40q: use 1 to 32 of a-z, 0-9 and dash, a letter first: %w", name, journal.ErrInvalid)
	}
	if n := len(c.Layers); n == 0 || n > maxLayers {
		return nil, fmt.Errorf("%d layers: write 1 to %d: %w", n, maxLayers, journal.ErrInvalid)
	}
	s := &Schedule{name: name}
	if c.TimeZone != "" {
		var err error
		if s.zone, err = loadZone(c.TimeZone); err != nil {
			return nil, err
		}
	}
	for i, l := range c.Layers {
		read, zone, err := newLayer(l, c.TimeZone)
		if err != nil && len(c.Layers) > 1 {
			err = fmt.Errorf("layer %d: %w", i+1, err)
		}
		if err != nil {
			return nil, err
		}
		if s.zone == nil {
			s.zone = zone // that of the lowest layer where the schedule names none
		}
		s.layers = append(s.layers, read)
	}
	return s, nil
}

// newLayer reads a layer; scheduleZone holds where the layer names no zone of its own.
func newLayer(l Layer, scheduleZone string) (layer, *time.Location, error) {
	read := layer{name: l.Name, calendar: l.Calendar}
	if len(l.Name) > maxName || strings.ContainsFunc(l.Name, func(r rune) bool { return r < ' ' }) {
		return read, nil, fmt.Errorf("name of a layer: one line of at most %d bytes: %w", maxName, journal.ErrInvalid)
	}
	l.Rotation.TimeZone = cmp.Or(l.Rotation.TimeZone, scheduleZone)
	zone, err := loadZone(l.Rotation.TimeZone)
	switch {
	case l.Calendar != "" && (len(l.Rotation.Members) > 0 || l.Rotation.HandOff+l.Rotation.Every+l.Rotation.Start != ""):
		return read, nil, fmt.Errorf("a layer is a rotation or a calendar, not both: %w", journal.ErrInvalid)
	case l.Calendar != "":
		read.source = spans(nil)
	default:
		var p plan
		if p, err = l.Rotation.parse(); err == nil {
			read.source = rotating{slices.Clone(l.Rotation.Members), p}
		}
	}
	if err != nil {
		return read, nil, err
	}
	open, err := parseWindows(l.Only, zone)
	if err == nil && open != nil {
		read.source = restricted{read.source, *open}
	}
	return read, zone, err
}

// Name of the schedule.
func (s *Schedule) Name() string { return s.name }

// Zone is the time zone in which the schedule's times are meant.
func (s *Schedule) Zone() *time.Location { return s.zone }

// Calendars lists the files and addresses of the schedule's layers.
func (s *Schedule) Calendars() []string {
	var list []string
	for _, l := range s.layers {
		if l.calendar != "" {
			list = append(list, l.calendar)
		}
	}
	return list
}

// WithCalendar gives the schedule in which the layers of a file or address have
// these shifts. Where two of them overlap the one that stands later in the list wins.
func (s *Schedule) WithCalendar(calendar string, events []Shift) *Schedule {
	with := *s
	with.layers = slices.Clone(s.layers)
	for i, l := range with.layers {
		if l.calendar != calendar {
			continue
		}
		if r, ok := l.source.(restricted); ok {
			with.layers[i].source = restricted{flatten(events), r.open}
		} else {
			with.layers[i].source = flatten(events)
		}
	}
	return &with
}

// WithOverrides gives the schedule under these overrides, which win over every
// layer; of two that overlap the one that stands later in the list wins.
func (s *Schedule) WithOverrides(list []Shift) *Schedule {
	with := *s
	with.overrides = flatten(list)
	return &with
}

// Who is on call at a time, and until when. The login is empty where nobody is,
// and the time zero where that has no end.
func (s *Schedule) Who(at time.Time) (login string, until time.Time) {
	shift := s.At(at)
	return shift.Login, shift.Until
}

// At gives the shift, or the gap, that contains a time.
func (s *Schedule) At(at time.Time) Shift {
	piece := s.overrides.at(at)
	for i := len(s.layers) - 1; i >= 0 && piece.Gap(); i-- {
		below := s.layers[i].at(at)
		if !below.Gap() {
			below.Layer = s.layers[i].name
		}
		piece = below.within(piece)
	}
	return piece
}

// within cuts a shift to what a gap above leaves of it.
func (s Shift) within(gap Shift) Shift {
	if s.From.Before(gap.From) { // the zero time is before all others
		s.From = gap.From
	}
	if s.Until.IsZero() || !gap.Until.IsZero() && gap.Until.Before(s.Until) {
		s.Until = gap.Until
	}
	return s
}

// Next gives the shift, or the gap, after the one that contains a time; of a gap
// without end, that gap.
func (s *Schedule) Next(at time.Time) Shift {
	shift := s.At(at)
	if shift.Until.IsZero() {
		return shift
	}
	return s.At(shift.Until)
}

// maxShifts bounds what is listed at once: hourly turns of two years.
const maxShifts = 20_000

// Between lists the shifts and gaps that touch the time from a moment to
// another (excluded), whole and in their order, without overlap: at most 20,000.
func (s *Schedule) Between(from, until time.Time) []Shift {
	var list []Shift
	for len(list) < maxShifts && from.Before(until) {
		shift := s.At(from)
		list = append(list, shift)
		if shift.Until.IsZero() {
			break
		}
		from = shift.Until
	}
	return list
}

// Gaps lists when nobody is on call from a moment to another, cut to these.
func (s *Schedule) Gaps(from, until time.Time) []Shift {
	var list []Shift
	bounds := Shift{From: from, Until: until}
	for _, shift := range s.Between(from, until) {
		if !shift.Gap() {
			continue
		}
		shift = shift.within(bounds)
		if n := len(list); n > 0 && list[n-1].Until.Equal(shift.From) {
			list[n-1].Until = shift.Until // two layers may bound one gap
			continue
		}
		list = append(list, shift)
	}
	return list
}

// rotating is a rotation as a source. It never has a gap.
type rotating struct {
	members []string
	plan
}

func (r rotating) at(at time.Time) Shift {
	// The wall clock is right to within a skipped or repeated stretch, so the
	// guess is a few turns off at most.
	n := floorDiv(wall(at, r.zone).Unix()-r.anchor.Unix(), r.seconds())
	for r.handOff(n).After(at) {
		n--
	}
	for !r.handOff(n + 1).After(at) {
		n++
	}
	size := int64(len(r.members))
	return Shift{Login: r.members[((n%size)+size)%size], From: r.handOff(n), Until: r.handOff(n + 1)}
}

// handOff is the instant of the n-th hand-off. It never decreases with n.
func (p plan) handOff(n int64) time.Time {
	return instant(time.Unix(p.anchor.Unix()+n*p.seconds(), 0).UTC(), p.zone)
}

// seconds is the length of a turn. Turns are counted in whole seconds, since
// a [time.Duration] ends after 292 years and a clock may be wrong by more.
func (p plan) seconds() int64 { return int64(p.every / time.Second) }
