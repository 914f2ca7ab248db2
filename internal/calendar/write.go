// Package calendar reads and writes iCalendar (RFC 5545): shifts of schedules out, the calendars of others in.
package calendar

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one event of a feed.
type Event struct {
	UID     string
	Summary string
	From    time.Time // included
	Until   time.Time // excluded
	// Revised is when what the event says was last changed, and Sequence how often
	// it was (RFC 5545, section 3.8.7.4).
	Revised  time.Time
	Sequence int
}

// Feed is a calendar that clients read again and again.
type Feed struct {
	Name   string
	Zone   string // of the reader's display, such as Europe/Paris; a hint
	Events []Event
}

// Refresh is how often clients are asked to read a feed again.
const Refresh = time.Hour

// stampLayout is a date-time in UTC, form 2 of RFC 5545, section 3.3.5.
const stampLayout = "20060102T150405Z"

// Write writes the feed. Times are in UTC, which needs no VTIMEZONE: a shift is a
// stretch of time that has been worked out already, also across a change of the
// clocks, and clients show it on their own clock. A rule of a zone that ships with
// the event could only disagree with theirs.
func (f Feed) Write(w io.Writer) error {
	out := &folder{w: w}
	out.line("BEGIN:VCALENDAR")
	out.line("VERSION:2.0")
	out.line("PRODID:-//Safelight//on call//EN")
	out.line("CALSCALE:GREGORIAN")
	out.line("NAME:" + escape(f.Name))
	out.line("X-WR-CALNAME:" + escape(f.Name))
	out.line("X-WR-TIMEZONE:" + escape(f.Zone))
	out.line("REFRESH-INTERVAL;VALUE=DURATION:PT1H") // RFC 7986, section 5.7
	out.line("X-PUBLISHED-TTL:PT1H")
	for _, e := range f.Events {
		out.line("BEGIN:VEVENT")
		out.line("UID:" + escape(e.UID))
		out.line("DTSTAMP:" + e.Revised.UTC().Format(stampLayout))
		out.line("DTSTART:" + e.From.UTC().Format(stampLayout))
		out.line("DTEND:" + e.Until.UTC().Format(stampLayout))
		out.line("SUMMARY:" + escape(e.Summary))
		out.line("SEQUENCE:" + strconv.Itoa(e.Sequence))
		out.line("TRANSP:TRANSPARENT") // being on call does not make one busy
		out.line("END:VEVENT")
	}
	out.line("END:VCALENDAR")
	if out.err != nil {
		return fmt.Errorf("write the calendar %s: %w", f.Name, out.err)
	}
	return nil
}

// maxLine is the length of a line in bytes, without its end (RFC 5545, section 3.1).
const maxLine = 75

// folder writes content lines, folding those that are too long.
type folder struct {
	w   io.Writer
	err error
}

func (f *folder) line(s string) {
	room := maxLine
	var b strings.Builder
	for len(s) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(s[cut]) { // a character is not torn
			cut--
		}
		if cut == 0 { // not UTF-8
			cut = room
		}
		b.WriteString(s[:cut])
		b.WriteString("\r\n ")
		s, room = s[cut:], maxLine-1 // the blank counts
	}
	b.WriteString(s)
	b.WriteString("\r\n")
	if f.err == nil {
		_, f.err = io.WriteString(f.w, b.String())
	}
}

// escape writes a value of type TEXT (RFC 5545, section 3.3.11). Control characters have no place in one.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace(s)
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
