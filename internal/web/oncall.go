package web

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func (s *Server) onCallRoutes() []route {
	return []route{
		{"GET /oncall", person, 0, s.ifOnCall(s.onCallPage)},
		{"GET /oncall/escalation", person, 0, s.ifOnCall(s.escalationPage)},
		{"POST /oncall/override", person, 0, s.ifOnCall(s.setOverride)},
		{"POST /oncall/swap", person, 0, s.ifOnCall(s.proposeSwap)},
		{"POST /oncall/calendar", person, 0, s.ifOnCall(s.newCalendarKey)},
		{"POST /oncall/{id}/{verb}", person, 0, s.ifOnCall(s.answerOnCall)},
		{"GET /calendar/{key}/{file}", machine, 0, s.ifOnCall(s.calendarFeed)},
	}
}

// ifOnCall answers that there is no such page where nobody knows of schedules.
func (s *Server) ifOnCall(serve func(http.ResponseWriter, *visit) error) func(http.ResponseWriter, *visit) error {
	return func(w http.ResponseWriter, v *visit) error {
		if s.onCall == nil {
			return errNoPage
		}
		return serve(w, v)
	}
}

func (s *Server) onCallPage(w http.ResponseWriter, v *visit) error {
	return s.showOnCall(w, v, "")
}

// showOnCall writes the page; key is a secret address that was made just now.
func (s *Server) showOnCall(w http.ResponseWriter, v *visit, key string) error {
	m, err := s.onCallModel(v)
	if err != nil {
		return err
	}
	if key != "" {
		m.Fresh = append(m.Fresh, address{v.say("oncall.calendar.mine"), s.feedAddress(v, key, ownFeed)})
		for _, sc := range s.onCall.Schedules() {
			m.Fresh = append(m.Fresh, address{v.say("oncall.schedule", sc.Name()), s.feedAddress(v, key, sc.Name())})
		}
	}
	return s.render(w, "oncall", http.StatusOK, m)
}

func (v *visit) say(key phrase.Key, args ...any) string { return phrase.Say(v.lang, key, args...) }

// feedAddress is the address of a calendar as people's programs reach it.
func (s *Server) feedAddress(v *visit, key, name string) string {
	base := s.base
	if base == "" {
		base = map[bool]string{true: "https://", false: "http://"}[v.TLS != nil] + v.Host
	}
	return strings.TrimSuffix(base, "/") + "/calendar/" + key + "/" + name + feedSuffix
}

const (
	feedSuffix = ".ics"
	ownFeed    = "mine.shifts" // no schedule can be named so
)

func (s *Server) setOverride(w http.ResponseWriter, v *visit) error {
	f := fields{v.PostForm}
	from, until, err := s.span(f, "from", "until")
	if err != nil {
		return err
	}
	c := oncall.SetOverride{
		Schedule: f.text("schedule"), Person: people.ID(cmp.Or(f.text("person"), string(v.actor().ID))), From: from, Until: until, Reason: f.text("reason"),
	}
	if _, err := s.onCall.ChangeOnCall(v.Context(), v.actor(), "", c); err != nil {
		return err
	}
	return s.back(w, v, "/oncall#changes", "oncall.done.override")
}

func (s *Server) proposeSwap(w http.ResponseWriter, v *visit) error {
	f := fields{v.PostForm}
	from, until, err := s.span(f, "from", "until")
	if err != nil {
		return err
	}
	c := oncall.ProposeSwap{Schedule: f.text("schedule"), To: people.ID(f.text("to")), From: from, Until: until, Reason: f.text("reason")}
	if f.text("back-from")+f.text("back-until") != "" {
		if c.BackFrom, c.BackUntil, err = s.span(f, "back-from", "back-until"); err != nil {
			return err
		}
	}
	if _, err := s.onCall.ChangeOnCall(v.Context(), v.actor(), "", c); err != nil {
		return err
	}
	return s.back(w, v, "/oncall#changes", "oncall.done.swap")
}

// span reads two local times of the schedule that the form names.
func (s *Server) span(f fields, from, until string) (a, b time.Time, err error) {
	list := s.onCall.Schedules()
	i := max(0, slices.IndexFunc(list, func(sc *oncall.Schedule) bool { return sc.Name() == f.text("schedule") }))
	a, err1 := time.ParseInLocation(momentLayout, f.text(from), list[i].Zone())
	b, err2 := time.ParseInLocation(momentLayout, f.text(until), list[i].Zone())
	if err1 != nil || err2 != nil {
		err = phrase.Refusal(journal.ErrInvalid, "refusal.duty.times")
	}
	return a, b, err
}

// answerOnCall carries out a button beside an override or a swap.
func (s *Server) answerOnCall(w http.ResponseWriter, v *visit) error {
	verb := v.PathValue("verb")
	c := OnCallAnswer(verb, fields{v.PostForm}.text("reason"))
	if c == nil {
		return errNoPage
	}
	if _, err := s.onCall.ChangeOnCall(v.Context(), v.actor(), v.PathValue("id"), c); err != nil {
		return err
	}
	done := map[string]phrase.Key{"accept": "oncall.done.accepted", "refuse": "oncall.done.refused", "end": "oncall.done.ended"}
	return s.back(w, v, "/oncall#changes", done[verb])
}

func (s *Server) newCalendarKey(w http.ResponseWriter, v *visit) error {
	key, err := s.onCall.NewCalendarKey(v.Context(), v.actor())
	if err != nil {
		return err
	}
	return s.showOnCall(w, v, key)
}

// calendarFeed answers a calendar program, which knows nothing but the secret address.
func (s *Server) calendarFeed(w http.ResponseWriter, v *visit) error {
	who, err := s.onCall.ByCalendarKey(v.Context(), v.PathValue("key"))
	if errors.Is(err, journal.ErrNotFound) {
		return errNoPage
	}
	if err != nil {
		return err
	}
	name, ok := strings.CutSuffix(v.PathValue("file"), feedSuffix)
	c := CalendarOf{Schedule: name, Lang: v.lang}
	if name == ownFeed {
		c.Schedule, c.Login = "", who.Login
	}
	if !ok || name == "" {
		return errNoPage
	}
	var b bytes.Buffer
	if err := s.onCall.WriteCalendar(v.Context(), &b, c); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // the client may have gone
	return nil
}
