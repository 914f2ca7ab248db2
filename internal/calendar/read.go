package calendar

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Limits of a calendar that is read.
const (
	MaxBytes       = 4 << 20
	maxEvents      = 5000
	maxRules       = 200    // events that recur
	maxBarren      = 10     // rules that never come true: each is followed to the year 9999
	maxOccurrences = 20_000 // of all events together
	maxLength      = 366 * 24 * time.Hour
)

// Duty is an event that says who is on call: by the addresses of its attendees, or by its summary.
type Duty struct {
	Emails  []string // in lower case
	Summary string
	From    time.Time // included
	Until   time.Time // excluded
}

// Read gives the duties of a calendar that touch a stretch of time, in their
// order. Times without a zone are meant in zone. What of it cannot be read is left
// out, and problems say so, one sentence each; they do not quote the calendar.
func Read(data []byte, zone *time.Location, from, until time.Time) (list []Duty, problems []string, err error) {
	if len(data) > MaxBytes {
		return nil, nil, fmt.Errorf("%d bytes, the limit is %d: %w", len(data), MaxBytes, journal.ErrTooLarge)
	}
	events, err := components(data)
	if err != nil {
		return nil, nil, err
	}
	r := reader{zone: zone, from: from, until: until, replaced: map[string]bool{}}
	for i, c := range events {
		if id, ok := c.get("RECURRENCE-ID"); ok {
			if at, _, err := r.moment(id); err == nil {
				r.replaced[instance(c, at)] = true
			} else {
				r.complain(i, err)
			}
		}
	}
	for i, c := range events {
		if err := r.add(c); err != nil {
			r.complain(i, err)
		}
	}
	slices.SortStableFunc(r.list, func(a, b Duty) int { return a.From.Compare(b.From) })
	return r.list, r.problems, nil
}

// reader gathers duties.
type reader struct {
	zone        *time.Location
	from, until time.Time
	replaced    map[string]bool // occurrences that have an event of their own
	rules       int
	barren      int // rules without any occurrence
	list        []Duty
	problems    []string
}

const maxProblems = 20

func (r *reader) complain(i int, err error) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, fmt.Sprintf("event %d is left out: %s", i+1, journal.Sentence(err)))
	}
}

// instance names an occurrence of an event.
func instance(c component, at time.Time) string {
	uid, _ := c.get("UID")
	return strconv.FormatInt(at.Unix(), 10) + " " + uid.value
}

// add adds the occurrences of an event.
func (r *reader) add(c component) error {
	if p, ok := c.get("STATUS"); ok && strings.EqualFold(p.value, "CANCELLED") {
		return nil
	}
	p, _ := c.get("DTSTART")
	start, whole, err := r.moment(p)
	if err != nil {
		return err
	}
	length, err := r.length(c, start, whole)
	if err != nil {
		return err
	}
	d := Duty{Emails: emails(c)}
	if p, ok := c.get("SUMMARY"); ok {
		d.Summary = strings.TrimSpace(text(p.value))
	}
	_, single := c.get("RECURRENCE-ID")
	starts, err := r.starts(c, start)
	if err != nil {
		return err
	}
	for _, at := range starts {
		if !single && r.replaced[instance(c, at)] {
			continue
		}
		d.From, d.Until = at, onTheWall(at, length)
		if !d.From.Before(d.Until) || !d.Until.After(r.from) || !d.From.Before(r.until) {
			continue
		}
		if len(r.list) == maxOccurrences {
			return fmt.Errorf("more than %d occurrences: %w", maxOccurrences, journal.ErrTooLarge)
		}
		r.list = append(r.list, d)
	}
	return nil
}

// onTheWall adds a length on the wall clock, as people see it in their calendars: an
// event from 18:00 to 09:00 stays so in the night in which summer time ends.
func onTheWall(at time.Time, length time.Duration) time.Time {
	y, m, d := at.Date()
	seconds := at.Hour()*3600 + at.Minute()*60 + at.Second() + int(length/time.Second)
	return time.Date(y, m, d, 0, 0, seconds, 0, at.Location())
}

// starts gives the beginnings of an event's occurrences that may touch the stretch of time.
func (r *reader) starts(c component, start time.Time) ([]time.Time, error) {
	p, recurs := c.get("RRULE")
	list := []time.Time{start}
	if recurs {
		var err error
		if list, err = r.recur(p.value, start); err != nil {
			return nil, err
		}
	}
	except := map[int64]bool{}
	for _, p := range c {
		if p.name != "EXDATE" && p.name != "RDATE" {
			continue
		}
		for _, value := range strings.Split(p.value, ",") {
			at, _, err := r.moment(property{p.name, p.params, value})
			switch {
			case err != nil:
				return nil, err
			case p.name == "RDATE":
				list = append(list, at)
			default:
				except[at.Unix()] = true
			}
		}
	}
	return slices.DeleteFunc(list, func(at time.Time) bool { return except[at.Unix()] }), nil
}

// recur follows a rule up to the end of the stretch. Rules by the hour or less have
// no use for shifts, and one that never comes true would be followed for long.
func (r *reader) recur(rule string, start time.Time) ([]time.Time, error) {
	if r.rules++; r.rules > maxRules || r.barren > maxBarren {
		return nil, fmt.Errorf("more than %d events recur, or more than %d have rules that never come true: %w", maxRules, maxBarren, journal.ErrTooLarge)
	}
	option, err := rrule.StrToROptionInLocation(rule, start.Location())
	if err != nil || option.Freq > rrule.DAILY || option.Interval < 0 || option.Interval > 1000 || len(rule) > 1000 ||
		len(option.Byhour)+len(option.Byminute)+len(option.Bysecond) > 0 || option.Count < 0 {
		return nil, fmt.Errorf("its rule of recurrence is not one by the day, week, month or year that we know: %w", journal.ErrInvalid)
	}
	if !start.Before(r.until) {
		return nil, nil
	}
	if option.Dtstart, err = r.ahead(*option, start); err != nil {
		return nil, err
	}
	if !option.Until.IsZero() && option.Until.Add(maxLength+24*time.Hour).Before(r.from) {
		return nil, nil
	}
	if option.Until.IsZero() || option.Until.After(r.until) {
		option.Until = r.until
	}
	rules, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, fmt.Errorf("its rule of recurrence cannot be followed: %w", journal.ErrInvalid)
	}
	var list []time.Time
	for next := rules.Iterator(); len(list) < maxOccurrences; {
		at, more := next()
		if !more || !at.Before(r.until) {
			break
		}
		if !at.Add(maxLength + 24*time.Hour).Before(r.from) {
			list = append(list, at)
		}
	}
	if len(list) == 0 {
		r.barren++
	}
	return list, nil
}

// ahead is a later beginning of a rule with the same occurrences from then on, since a rule is followed day by day. One that
// counts its occurrences has to be followed from its own beginning.
func (r *reader) ahead(o rrule.ROption, start time.Time) (time.Time, error) {
	before := r.from.Add(-maxLength - 24*time.Hour).Sub(start)
	days := max(o.Interval, 1)
	switch {
	case o.Count > 0 && before > maxCounted:
		return start, fmt.Errorf("its rule of recurrence counts, and began more than ten years ago: %w", journal.ErrTooLarge)
	case o.Count > 0 || before <= 0 || o.Freq < rrule.WEEKLY:
		return start, nil
	case o.Freq == rrule.WEEKLY:
		days *= 7
	}
	return start.AddDate(0, 0, int(before/(24*time.Hour))/days*days), nil
}

// maxCounted is how far back the beginning of a rule that counts may lie.
const maxCounted = 10 * 366 * 24 * time.Hour

// moment reads a date or a date-time with its zone; whole says that it is a date.
func (r *reader) moment(p property) (at time.Time, whole bool, err error) {
	zone := r.zone
	if id := p.params["TZID"]; id != "" {
		if zone, err = zoneOf(id); err != nil {
			return at, false, err
		}
	}
	value := strings.TrimSpace(p.value)
	switch {
	case len(value) == 8:
		at, err = time.ParseInLocation("20060102", value, zone)
		whole = true
	case strings.HasSuffix(value, "Z"):
		at, err = time.Parse("20060102T150405Z", value)
	default:
		at, err = time.ParseInLocation("20060102T150405", value, zone)
	}
	if err != nil || at.Year() < 1970 || at.Year() > 9000 {
		return at, whole, fmt.Errorf("a time is missing, or not one of the years from 1970 on: %w", journal.ErrInvalid)
	}
	return at, whole, nil
}

// windowsZones are the names that Outlook gives to the zones that most teams live in (Unicode CLDR, windowsZones.xml).
var windowsZones = map[string]string{
	"Romance Standard Time": "Europe/Paris", "W. Europe Standard Time": "Europe/Berlin", "GMT Standard Time": "Europe/London",
	"Central European Standard Time": "Europe/Warsaw", "Central Europe Standard Time": "Europe/Budapest", "FLE Standard Time": "Europe/Kyiv",
	"GTB Standard Time": "Europe/Bucharest", "Russian Standard Time": "Europe/Moscow", "Turkey Standard Time": "Europe/Istanbul",
	"Eastern Standard Time": "America/New_York", "Central Standard Time": "America/Chicago", "Mountain Standard Time": "America/Denver",
	"Pacific Standard Time": "America/Los_Angeles", "Atlantic Standard Time": "America/Halifax", "E. South America Standard Time": "America/Sao_Paulo",
	"India Standard Time": "Asia/Kolkata", "China Standard Time": "Asia/Shanghai", "Tokyo Standard Time": "Asia/Tokyo",
	"Singapore Standard Time": "Asia/Singapore", "Arabian Standard Time": "Asia/Dubai", "Israel Standard Time": "Asia/Jerusalem",
	"AUS Eastern Standard Time": "Australia/Sydney", "New Zealand Standard Time": "Pacific/Auckland", "South Africa Standard Time": "Africa/Johannesburg",
	"Morocco Standard Time": "Africa/Casablanca", "UTC": "UTC",
}

func zoneOf(id string) (*time.Location, error) {
	name := cmp.Or(windowsZones[id], strings.TrimPrefix(id, "/"))
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("its time zone is not one of the tz database: %w", journal.ErrInvalid)
	}
	return zone, nil
}

// length of an event on the wall clock.
func (r *reader) length(c component, start time.Time, whole bool) (time.Duration, error) {
	length := time.Duration(0)
	end, ends := c.get("DTEND")
	lasts, hasLength := c.get("DURATION")
	switch {
	case ends:
		until, _, err := r.moment(end)
		if err != nil {
			return 0, err
		}
		length = wall(until.In(start.Location())).Sub(wall(start))
	case hasLength:
		var ok bool
		if length, ok = duration(lasts.value); !ok {
			return 0, fmt.Errorf("its duration cannot be read: %w", journal.ErrInvalid)
		}
	case whole:
		length = 24 * time.Hour
	}
	if length <= 0 || length > maxLength {
		return 0, fmt.Errorf("it has no length, or more than 366 days: %w", journal.ErrInvalid)
	}
	return length, nil
}

// wall writes the wall clock of a time as if it were UTC.
func wall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// durationForm is RFC 5545, section 3.3.6, without a sign and within what we take.
var durationForm = regexp.MustCompile(`^\+?P(?:(\d{1,3})W|(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?)$`)

func duration(s string) (time.Duration, bool) {
	m := durationForm.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(s)))
	if m == nil {
		return 0, false
	}
	var d time.Duration
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(m[i+1]) // digits, or nothing, which is 0
		d += time.Duration(n) * unit
	}
	return d, true
}

// emails are the addresses of the attendees who have not declined.
func emails(c component) []string {
	var list []string
	for _, p := range c {
		if p.name != "ATTENDEE" || strings.EqualFold(p.params["PARTSTAT"], "DECLINED") {
			continue
		}
		scheme, address, ok := strings.Cut(p.value, ":")
		if ok && strings.EqualFold(scheme, "mailto") {
			if plain, err := url.PathUnescape(address); err == nil {
				list = append(list, strings.ToLower(strings.TrimSpace(plain)))
			}
		}
	}
	return list
}
