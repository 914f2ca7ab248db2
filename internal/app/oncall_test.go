package app

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

// twoOnCall is a house in which nora and lea take turns by the week; it is nora's turn.
func twoOnCall(h *house) {
	h.config.OnCall.Rotation.Members = []string{"lea", "nora"}
}

// TestAnOverrideIsPaged: whoever an override puts on call is whom an incident pages, after a restart too.
func TestAnOverrideIsPaged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if who, _ := h.schedule.Who(h.clock()); who != "nora" {
		t.Fatalf("%s is on call", who)
	}
	id, err := h.ChangeOnCall(t.Context(), h.persons["lea"].Actor(), "", oncall.SetOverride{
		Person: h.persons["ada"].ID, From: h.clock(), Until: h.clock().Add(time.Hour), Reason: "nora is ill"})
	if err != nil || id != "O-2025-09-27-01" {
		t.Fatalf("the override is %s, %v", id, err)
	}
	for range 2 {
		crew := h.crew(h.records(), h.clock())
		if got := crew.Schedules[oncall.Primary]; len(got) != 1 || got[0] != h.persons["ada"].ID {
			t.Errorf("the primary schedule pages %v, want ada", got)
		}
		h.Close()
		h.open()
	}
	h.move(time.Hour)
	if who, _ := h.schedule.Who(h.clock()); who != "nora" {
		t.Errorf("after the override %s is on call", who)
	}
	if err := h.store.RebuildViews(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := h.Overrides(t.Context()); err != nil || len(list) != 1 || list[0].Reason != "nora is ill" {
		t.Errorf("after the views were rebuilt the overrides are %+v, %v", list, err)
	}
	if _, err := h.ChangeOnCall(t.Context(), h.persons["nora"].Actor(), "PM-2025-09-27-01", oncall.End{}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("ending an incident as an override gives %v", err)
	}
}

// TestPageOfOnCall: the page says who is on call, swaps are proposed and accepted on it, and a calendar program reads the
// secret address until there is a new one.
func TestPageOfOnCall(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, twoOnCall)
	grace := h.visitor("grace", people.Responder)
	rita := h.visitor("rita", people.Responder)
	status, page := grace.get("/oncall")
	grace.wants(page, "Schedule primary", "Times of Europe/Paris", "On call now", "Sat 2025-09-27", "Make my address")
	if status != http.StatusOK {
		t.Fatalf("the page answers %d", status)
	}
	_, page = grace.post("/oncall/override", url.Values{"schedule": {"primary"}, "from": {"2025-09-28T08:00"}, "until": {"2025-09-28T20:00"}, "reason": {"a secret reason"}})
	grace.wants(page, "The override is set.", "GRACE takes over from 2025-09-28 08:00 until 2025-09-28 20:00", "in force", "08:00–20:00")
	if status, page = grace.post("/oncall/override", url.Values{"person": {string(h.persons["rita"].ID)}, "from": {"2025-09-28T08:00"}, "until": {"2025-09-28T20:00"}, "reason": {"x"}}); status != http.StatusForbidden {
		t.Errorf("putting another on call answers %d\n%s", status, page)
	}
	_, page = grace.post("/oncall/swap", url.Values{"schedule": {"primary"}, "to": {string(h.persons["rita"].ID)}, "from": {"2025-09-28T10:00"}, "until": {"2025-09-28T12:00"}, "reason": {"lunch"}})
	grace.wants(page, "Nothing changes before the answer", "proposed", "Withdraw")
	h.told("swap.proposed", "rita")
	before, _ := h.Schedules()[0].Who(time.Date(2025, 9, 28, 9, 0, 0, 0, time.UTC))
	_, page = rita.get("/oncall")
	rita.wants(page, "You are asked", "RITA takes over from 2025-09-28 10:00")
	answer := regexp.MustCompile(`/oncall/(O-[0-9-]+)/accept`).FindStringSubmatch(page)
	if len(answer) != 2 {
		t.Fatal("the page has no button that accepts")
	}
	_, page = rita.post(answer[0], url.Values{})
	rita.wants(page, "The swap is accepted and in force.")
	h.told("swap.accepted", "grace")
	if after, _ := h.Schedules()[0].Who(time.Date(2025, 9, 28, 9, 0, 0, 0, time.UTC)); before != "grace" || after != "rita" {
		t.Errorf("at 11:00 in Paris %s was on call before the consent and %s after it", before, after)
	}
	readsCalendars(t, grace)
}

// told demands that one person, and nobody else, was told of a change of duties.
func (h *house) told(what, login string) {
	h.t.Helper()
	h.idle()
	if h.channel.count("/"+what+"/") != 1 || h.channel.count("/"+what+"/"+string(h.persons[login].ID)) != 1 {
		h.t.Errorf("%s: told %d messages, want one to %s", what, h.channel.count("/"+what+"/"), login)
	}
}

// readsCalendars makes secret addresses and reads them as a calendar program does, without any cookie.
func readsCalendars(t *testing.T, r *reader) {
	t.Helper()
	address := regexp.MustCompile(`http://[^<]*/calendar/[^<]*\.ics`)
	_, page := r.post("/oncall/calendar", url.Values{})
	first := address.FindAllString(page, -1)
	if len(first) != 2 {
		t.Fatalf("the page shows the addresses %v", first)
	}
	_, again := r.get("/oncall")
	if strings.Contains(again, first[0]) {
		t.Error("the secret address is shown again")
	}
	read := func(at string) (int, string) {
		answer, err := http.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, strings.ReplaceAll(string(text), "\r\n ", "")
	}
	_, mine := read(first[0])
	_, all := read(first[1])
	if !strings.Contains(mine, "DTSTART:20250928T060000Z") || strings.Contains(mine, "RITA") || !strings.Contains(all, "RITA on call") && !strings.Contains(all, "RITA d") {
		t.Errorf("the calendars are\n%s\n%s", mine, all)
	}
	if strings.Contains(mine+all, "secret reason") || strings.Contains(mine+all, "@house.example") {
		t.Error("a calendar tells more than names and times")
	}
	if _, page = r.post("/oncall/calendar", url.Values{}); strings.Contains(page, first[0]) {
		t.Error("the new address is the old one")
	}
	second := address.FindAllString(page, -1)
	for at, want := range map[string]int{first[0]: 404, first[1]: 404, second[0]: 200, second[1]: 200, strings.TrimSuffix(second[1], "primary.ics") + "other.ics": 404} {
		if got, _ := read(at); got != want {
			t.Errorf("%s answers %d, want %d", at, got, want)
		}
	}
}

// TestCalendarsOfOthers: a layer follows a calendar at an address; while that does not answer, the last good text holds,
// after a restart too, and the warning does not tell the address.
func TestCalendarsOfOthers(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:week\nATTENDEE:mailto:LEA@house.example\nDTSTART:20250901T000000Z\nDURATION:P60D\nEND:VEVENT\nEND:VCALENDAR\n")
	}))
	t.Cleanup(server.Close)
	h := newHouseWith(t, func(h *house) {
		layers := []oncall.Layer{{Rotation: h.config.OnCall.Rotation}, {Calendar: server.URL + "/private-key/team.ics"}}
		h.config.OnCall.Rotation = oncall.Rotation{}
		h.config.OnCall.Schedules = map[string]oncall.ScheduleConfig{oncall.Primary: {TimeZone: "Europe/Paris", Layers: layers}}
	})
	who := func() string { login, _ := h.schedule.Who(h.clock()); return login }
	if who() != "nora" {
		t.Errorf("before the calendar was read %s is on call", who())
	}
	if err := h.readCalendars(t.Context()); err != nil || who() != "lea" {
		t.Fatalf("with the calendar %s is on call, %v", who(), err)
	}
	broken.Store(true)
	err := h.readCalendars(t.Context())
	if err == nil || strings.Contains(err.Error(), "private-key") || who() != "lea" {
		t.Errorf("while the server is broken %s is on call, %v", who(), err)
	}
	h.Close()
	h.open()
	if who() != "lea" {
		t.Errorf("after a restart %s is on call", who())
	}
}

func (h *house) records() []store.PersonRecord {
	h.t.Helper()
	list, err := h.store.Persons(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}
