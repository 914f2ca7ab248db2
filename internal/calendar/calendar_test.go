package calendar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that the tests do not depend on the machine's zones
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

func utc(text string) time.Time {
	at, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return at
}

func paris(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func written(t testing.TB, f Feed) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWrite is a feed to the letter.
func TestWrite(t *testing.T) {
	t.Parallel()
	got := written(t, Feed{Name: "primary; on call", Zone: "Europe/Paris", Events: []Event{{
		UID: "primary-20250106T080000Z@safelight.example", Summary: "Ada, of \\ the\nfirst \x07line", From: utc("2025-01-06 08:00"), Until: utc("2025-01-13 08:00"),
		Revised: utc("2025-01-02 03:04"), Sequence: 2,
	}}})
	want := strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Safelight//on call//EN
CALSCALE:GREGORIAN
NAME:primary\; on call
X-WR-CALNAME:primary\; on call
X-WR-TIMEZONE:Europe/Paris
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
BEGIN:VEVENT
UID:primary-20250106T080000Z@safelight.example
DTSTAMP:20250102T030400Z
DTSTART:20250106T080000Z
DTEND:20250113T080000Z
SUMMARY:Ada\, of \\ the\nfirst line
SEQUENCE:2
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n")
	if got != want {
		t.Errorf("the feed is\n%s, want\n%s", got, want)
	}
}

// TestFolding: no line has more than 75 bytes, no character is torn, and what was folded is read back.
func TestFolding(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		summary := strings.Repeat("a", n%7) + strings.Repeat("é€😀;", n/4) + strings.Repeat("x", n)
		got := written(t, Feed{Name: "n", Zone: "UTC", Events: []Event{{UID: "u", Summary: summary, From: utc("2025-01-06 08:00"), Until: utc("2025-01-06 09:00")}}})
		for line := range strings.SplitSeq(got, "\r\n") {
			if len(line) > 75 || !utf8.ValidString(line) || strings.Contains(line, "\n") {
				t.Fatalf("a line of %d bytes: %q", len(line), line)
			}
		}
		list, problems, err := Read([]byte(got), time.UTC, utc("2025-01-01 00:00"), utc("2026-01-01 00:00"))
		if err != nil || len(problems) > 0 || len(list) != 1 || list[0].Summary != summary {
			t.Fatalf("%q is read back as %+v, %v, %v", summary, list, problems, err)
		}
	}
}

func calendarOf(events ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + strings.ReplaceAll(strings.Join(events, ""), "\n", "\r\n") + "END:VCALENDAR\r\n"
}

func event(lines ...string) string {
	return "BEGIN:VEVENT\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\n"
}

// TestRead reads what calendars of teams hold: zones, whole days, rules, exceptions, moved occurrences.
func TestRead(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, calendar, want string }{
		{"UTC", event("SUMMARY:ada", "DTSTART:20250310T080000Z", "DTEND:20250310T160000Z"), "ada 03-10 08:00–03-10 16:00"},
		{"a zone", event("SUMMARY:ada", "DTSTART;TZID=America/New_York:20250310T080000", "DURATION:PT8H"), "ada 03-10 12:00–03-10 20:00"},
		{"a zone as Outlook calls it", event("SUMMARY:ada", `DTSTART;TZID="Romance Standard Time":20250310T080000`, "DURATION:PT8H"), "ada 03-10 07:00–03-10 15:00"},
		{"the layer's zone", event("SUMMARY:ada", "DTSTART:20250310T080000", "DURATION:PT8H"), "ada 03-10 07:00–03-10 15:00"},
		{"a whole day", event("SUMMARY:ada", "DTSTART;VALUE=DATE:20250310"), "ada 03-09 23:00–03-10 23:00"},
		{"whole days over the change of the clocks", event("SUMMARY:ada", "DTSTART;VALUE=DATE:20250329", "DTEND;VALUE=DATE:20250331"), "ada 03-28 23:00–03-30 22:00"},
		{"nights over the change of the clocks", event("SUMMARY:ada", "DTSTART;TZID=Europe/Paris:20250328T180000", "DTEND;TZID=Europe/Paris:20250329T090000", "RRULE:FREQ=DAILY;COUNT=3"),
			"ada 03-28 17:00–03-29 08:00, ada 03-29 17:00–03-30 07:00, ada 03-30 16:00–03-31 07:00"},
		{"weeks by turns, an exception and one more", event("SUMMARY:ada", "DTSTART;TZID=Europe/Paris:20250303T090000", "DURATION:P1D",
			"RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20250601T000000Z", "EXDATE;TZID=Europe/Paris:20250317T090000", "RDATE:20250319T080000Z"),
			"ada 03-03 08:00–03-04 08:00, ada 03-19 08:00–03-20 08:00, ada 03-31 07:00–04-01 07:00"},
		{"a moved occurrence", event("UID:1", "SUMMARY:ada", "DTSTART:20250303T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2") +
			event("UID:1", "RECURRENCE-ID:20250304T090000Z", "SUMMARY:grace", "DTSTART:20250304T120000Z", "DURATION:PT2H"),
			"ada 03-03 09:00–03-03 10:00, grace 03-04 12:00–03-04 14:00"},
		{"a cancelled occurrence", event("UID:1", "SUMMARY:ada", "DTSTART:20250303T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2") +
			event("UID:1", "RECURRENCE-ID:20250303T090000Z", "STATUS:CANCELLED", "SUMMARY:ada", "DTSTART:20250303T090000Z", "DURATION:PT1H"),
			"ada 03-04 09:00–03-04 10:00"},
		{"attendees", event("SUMMARY:on call", "DTSTART:20250310T080000Z", "DURATION:PT1H", "ATTENDEE;CN=\"a;b:c\";PARTSTAT=ACCEPTED:MAILTO:Ada@Example.org", "ATTENDEE;PARTSTAT=DECLINED:mailto:grace@example.org"),
			"on call [ada@example.org] 03-10 08:00–03-10 09:00"},
		{"an alarm and a zone inside", "BEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\n" +
			event("SUMMARY:ada", "DTSTART:20250310T080000Z", "BEGIN:VALARM", "SUMMARY:no", "DURATION:PT5M", "END:VALARM", "DURATION:PT1H"), "ada 03-10 08:00–03-10 09:00"},
		{"folded", event("SUMMARY:a\n d\n\ta", "DTSTART:20250310T080000Z", "DURATION:PT1H"), "ada 03-10 08:00–03-10 09:00"},
		{"long ago", event("SUMMARY:ada", "DTSTART:20240310T080000Z", "DURATION:PT1H"), ""},
	} {
		list, problems, err := Read([]byte(calendarOf(row.calendar)), paris(t), utc("2025-03-01 00:00"), utc("2025-04-01 12:00"))
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %v", row.name, problems, err)
			continue
		}
		if got := said(list); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func said(list []Duty) string {
	var parts []string
	for _, d := range list {
		who := d.Summary
		if len(d.Emails) > 0 {
			who += fmt.Sprint(" ", d.Emails)
		}
		parts = append(parts, fmt.Sprintf("%s %s–%s", who, d.From.UTC().Format("01-02 15:04"), d.Until.UTC().Format("01-02 15:04")))
	}
	return strings.Join(parts, ", ")
}

// TestReadLeavesOut says what it leaves out, without quoting it, and keeps the rest.
func TestReadLeavesOut(t *testing.T) {
	t.Parallel()
	const secret = "Zanzibar"
	for name, lines := range map[string][]string{
		"no start":            {"DURATION:PT1H"},
		"an unknown zone":     {"DTSTART;TZID=" + secret + ":20250310T080000", "DURATION:PT1H"},
		"an end before":       {"DTSTART:20250310T080000Z", "DTEND:20250310T070000Z"},
		"no length":           {"DTSTART:20250310T080000Z"},
		"a length of years":   {"DTSTART:20250310T080000Z", "DURATION:P9999D"},
		"a rule by the hour":  {"DTSTART:20250310T080000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"},
		"a count of decades":  {"DTSTART:19700310T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=20000"},
		"a rule that is none": {"DTSTART:20250310T080000Z", "DURATION:PT1H", "RRULE:" + secret},
		"a year that is none": {"DTSTART:00010310T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"},
	} {
		text := calendarOf(event(append(lines, "SUMMARY:"+secret)...), event("SUMMARY:ada", "DTSTART:20250310T080000Z", "DURATION:PT1H"))
		list, problems, err := Read([]byte(text), time.UTC, utc("2025-03-01 00:00"), utc("2025-04-01 00:00"))
		if err != nil || len(list) != 1 || len(problems) != 1 || strings.Contains(problems[0], secret) || !strings.HasPrefix(problems[0], "event 1 is left out: ") {
			t.Errorf("%s: %+v, %q, %v; want the other event and one sentence", name, list, problems, err)
		}
	}
}

// TestReadLimits refuses what is too large, and is not kept busy by rules that never come true.
func TestReadLimits(t *testing.T) {
	t.Parallel()
	from, until := utc("2025-01-01 00:00"), utc("2026-04-01 00:00")
	for name, row := range map[string]struct {
		text string
		kind error
	}{
		"nothing":       {"", journal.ErrInvalid},
		"a web page":    {"<html>BEGIN:VCALENDAR</html>", journal.ErrInvalid},
		"many bytes":    {calendarOf(strings.Repeat("X", MaxBytes)), journal.ErrTooLarge},
		"many events":   {calendarOf(strings.Repeat(event("A:b"), maxEvents+1)), journal.ErrTooLarge},
		"nested deeply": {"BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\n", 200_000), nil},
	} {
		if _, _, err := Read([]byte(row.text), time.UTC, from, until); !errors.Is(err, row.kind) {
			t.Errorf("%s: %v, want %v", name, err, row.kind)
		}
	}
	never := strings.Repeat(event("SUMMARY:ada", "DTSTART:19700101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), maxBarren+6)
	list, problems, err := Read([]byte(calendarOf(never)), time.UTC, from, until)
	if err != nil || len(list) != 0 || len(problems) != 5 {
		t.Errorf("rules that never come true: %d duties, %d problems, %v", len(list), len(problems), err)
	}
	daily := strings.Repeat(event("SUMMARY:ada", "DTSTART:20250101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"), 100)
	if list, _, err = Read([]byte(calendarOf(daily)), time.UTC, from, until); err != nil || len(list) != maxOccurrences {
		t.Errorf("%d duties, %v; want the bound %d", len(list), err, maxOccurrences)
	}
}

// TestLoad reads a file and a real server; what goes wrong does not tell the address, which is a secret.
func TestLoad(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/secret.ics":
			_, _ = w.Write([]byte(calendarOf()))
		case "/long":
			_, _ = w.Write(bytes.Repeat([]byte("x"), MaxBytes+1))
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "a.ics")
	if err := os.WriteFile(file, []byte(calendarOf()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{file, server.URL + "/secret.ics"} {
		if data, err := Load(t.Context(), from); err != nil || string(data) != calendarOf() {
			t.Errorf("%s gives %q, %v", from, data, err)
		}
	}
	if _, err := Load(t.Context(), file+"x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for from, ctx := range map[string]context.Context{
		server.URL + "/secretless": t.Context(), server.URL + "/long": t.Context(), server.URL + "/loop": t.Context(),
		"http://127.0.0.1:1/secret": t.Context(), "http://[secret": t.Context(), server.URL + "/secret.ics": ended,
	} {
		if _, err := Load(ctx, from); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), server.URL) {
			t.Errorf("%s gives %v, want an error that does not tell the address", from, err)
		}
	}
}

// TestRulesFromLongAgo: what a rule gives does not depend on how long ago it began.
func TestRulesFromLongAgo(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"FREQ=DAILY;INTERVAL=3":                   "ada 03-02 08:00–03-02 09:00, ada 03-05 08:00–03-05 09:00, ada 03-08 08:00–03-08 09:00",
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU":      "ada 03-02 08:00–03-02 09:00",
		"FREQ=MONTHLY;BYDAY=1FR":                  "ada 03-07 08:00–03-07 09:00",
		"FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-26":    "ada 03-06 08:00–03-06 09:00",
		"FREQ=DAILY;UNTIL=20250302T235959Z":       "ada 03-01 08:00–03-01 09:00, ada 03-02 08:00–03-02 09:00",
		"FREQ=DAILY;INTERVAL=2;UNTIL=20240101":    "",
		"FREQ=WEEKLY;WKST=SU;INTERVAL=3;BYDAY=MO": "",
	} {
		text := calendarOf(event("SUMMARY:ada", "DTSTART:19900102T080000Z", "DURATION:PT1H", "RRULE:"+rule))
		list, problems, err := Read([]byte(text), time.UTC, utc("2025-03-01 00:00"), utc("2025-03-10 00:00"))
		if got := said(list); err != nil || len(problems) > 0 || want != "" && got != want {
			t.Errorf("%s gives %s, %v, %v; want %s", rule, got, problems, err, want)
		}
		slow := reader{zone: time.UTC, from: utc("1990-01-01 00:00"), until: utc("2025-03-10 00:00")}
		all, err := slow.recur(rule, utc("1990-01-02 08:00"))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, at := range all {
			if !at.Before(utc("2025-03-01 00:00")) {
				n++
			}
		}
		if n != len(list) {
			t.Errorf("%s gives %d, followed from its beginning %d", rule, len(list), n)
		}
	}
}

// FuzzRead must end soon, with an error or duties that touch the stretch of time.
func FuzzRead(f *testing.F) {
	f.Add(calendarOf(event("UID:1", "SUMMARY:ada", "DTSTART;TZID=Europe/Paris:20250303T090000", "DTEND;TZID=Europe/Paris:20250304T090000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=9", "EXDATE:20250310T080000Z")))
	f.Add(calendarOf(event("SUMMARY:ada", "DTSTART;VALUE=DATE:20250303", "DURATION:P2D", "RRULE:FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR", "ATTENDEE;CN=\"x\":mailto:a%40b")))
	f.Add(calendarOf(event("UID:1", "RECURRENCE-ID:20250303T090000Z", "DTSTART:20250303T100000Z", "DURATION:PT1H", "STATUS:CANCELLED")))
	from, until := utc("2025-01-01 00:00"), utc("2026-04-01 00:00")
	f.Fuzz(func(t *testing.T, text string) {
		list, _, err := Read([]byte(text), time.UTC, from, until)
		if err != nil && len(list) > 0 {
			t.Errorf("%d duties beside %v", len(list), err)
		}
		for _, d := range list {
			if !d.From.Before(d.Until) || !d.Until.After(from) || !d.From.Before(until) {
				t.Errorf("a duty from %v until %v", d.From, d.Until)
			}
		}
	})
}
