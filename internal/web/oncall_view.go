package web

import (
	"cmp"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// onCallModel is the page of who is on call.
type onCallModel struct {
	frame
	List      []scheduleView
	Asked     []overrideView // proposals that wait for the reader's answer
	Current   []overrideView
	Past      []overrideView
	Choices   []option // schedules
	Persons   []option // who may be put on call
	Others    []option // without the reader
	From      string   // proposed in the forms
	Until     string
	Made      time.Time // of the secret address; zero for never
	Fresh     []address // of the secret address that was made just now
	MayRoster bool
	// Unreachable says whom a page would not reach, and which board can never agree.
	Unreachable []string
}

// address is a named secret address.
type address struct{ Name, URL string }

// scheduleView is one schedule: now, next, and the days to come.
type scheduleView struct {
	Name, Zone string
	Now, Next  turnView
	HasNext    bool
	Gap        phrase.Sentence // zero if somebody always is on call
	Days       []dayView
}

// turnView is a shift as it is said: who, and until or from when.
type turnView struct {
	Who      string
	Gap, You bool
	Override bool
	Span     string
}

// dayView is a day of a schedule.
type dayView struct {
	Day   string
	Today bool
	Parts []turnView
}

// overrideView is an override or a swap.
type overrideView struct {
	ID        string
	KindText  string
	State     oncall.Status
	StateText string
	Takes     []string
	Reason    string
	Facts     string
	Remark    string
	Endable   bool
	Answers   bool
	Withdraws bool
}

const (
	shownDays   = 14
	shownParts  = 24 // of a day: hourly turns
	localLayout = "2006-01-02 15:04"
)

func (s *Server) onCallModel(v *visit) (onCallModel, error) {
	m := onCallModel{frame: s.frame(v, v.say("oncall.title"))}
	persons, err := s.service.People(v.Context())
	if err != nil {
		return m, err
	}
	overrides, err := s.onCall.Overrides(v.Context())
	if err != nil {
		return m, err
	}
	if m.Made, err = s.onCall.CalendarKeyMade(v.Context(), v.who.ID); err != nil {
		return m, err
	}
	m.MayRoster = v.actor().May(people.Roster)
	if s.watch != nil {
		unreachable, err := s.watch.ContactWarnings(v.Context())
		if err != nil {
			return m, err
		}
		for _, w := range unreachable {
			m.Unreachable = append(m.Unreachable, phrase.SaidOf(w).In(v.lang))
		}
	}
	names := map[string]string{}
	for _, p := range persons {
		names[p.Login] = cmp.Or(p.Name, p.Login)
		if !p.Actor().May(people.Respond) {
			continue
		}
		choice := option{Value: string(p.ID), Label: names[p.Login], Selected: p.ID == v.who.ID}
		if m.Persons = append(m.Persons, choice); p.ID != v.who.ID {
			m.Others = append(m.Others, choice)
		}
	}
	for _, sc := range s.onCall.Schedules() {
		m.List = append(m.List, m.schedule(sc, names))
		m.Choices = append(m.Choices, option{Value: sc.Name(), Label: sc.Name() + " (" + sc.Zone().String() + ")"})
	}
	zone := s.onCall.Schedules()[0].Zone()
	next := m.Now.In(zone).Truncate(time.Hour).Add(time.Hour)
	m.From, m.Until = next.Format(momentLayout), next.Add(8*time.Hour).Format(momentLayout)
	m.sort(overrides, persons, zone)
	return m, nil
}

// schedule is what the page says of one schedule.
func (m *onCallModel) schedule(s *oncall.Schedule, names map[string]string) scheduleView {
	view := scheduleView{Name: s.Name(), Zone: s.Zone().String()}
	now := s.At(m.frame.Now)
	view.Now = m.turn(now, names)
	view.Now.Span = m.Say("oncall.without-end")
	if !now.Until.IsZero() {
		view.Now.Span = m.Say("oncall.until", now.Until.In(s.Zone()).Format(localLayout))
		next := s.At(now.Until)
		view.Next, view.HasNext = m.turn(next, names), true
		view.Next.Span = m.Say("oncall.from", now.Until.In(s.Zone()).Format(localLayout))
	}
	gaps := s.Gaps(m.frame.Now, m.frame.Now.AddDate(0, 0, shownDays))
	if n := len(gaps); n > 0 {
		from, until := gaps[0].From.In(s.Zone()).Format(localLayout), gaps[0].Until.In(s.Zone()).Format(localLayout)
		view.Gap = phrase.Of("oncall.gaps", from, until)
		if n > 1 {
			view.Gap = phrase.Of("oncall.gaps.more", from, until, n-1)
		}
	}
	y, month, d := m.frame.Now.In(s.Zone()).Date()
	for i := range shownDays {
		from, until := time.Date(y, month, d+i, 0, 0, 0, 0, s.Zone()), time.Date(y, month, d+i+1, 0, 0, 0, 0, s.Zone())
		day := dayView{Day: phrase.Weekday(m.Lang, time.Date(y, month, d+i, 12, 0, 0, 0, time.UTC)), Today: i == 0}
		for _, shift := range s.Between(from, until) {
			if len(day.Parts) == shownParts {
				break
			}
			part := m.turn(shift, names)
			part.Span = m.hours(shift, from, until)
			day.Parts = append(day.Parts, part)
		}
		view.Days = append(view.Days, day)
	}
	return view
}

func (m *onCallModel) turn(s oncall.Shift, names map[string]string) turnView {
	if s.Gap() {
		return turnView{Who: m.Say("oncall.nobody"), Gap: true}
	}
	return turnView{Who: cmp.Or(names[s.Login], s.Login), You: s.Login == m.Who.Login, Override: s.Override != ""}
}

// hours writes what a shift takes of a day.
func (m *onCallModel) hours(s oncall.Shift, from, until time.Time) string {
	begin, end := "00:00", "24:00"
	if s.From.After(from) {
		begin = s.From.In(from.Location()).Format("15:04")
	}
	if !s.Until.IsZero() && s.Until.Before(until) {
		end = s.Until.In(from.Location()).Format("15:04")
	}
	if begin == "00:00" && end == "24:00" {
		return m.Say("oncall.all-day")
	}
	return begin + "–" + end
}

// sort puts overrides where the page shows them.
func (m *onCallModel) sort(list []oncall.Override, persons []people.Person, zone *time.Location) {
	names := map[people.ID]string{}
	for _, p := range persons {
		names[p.ID] = cmp.Or(p.Name, p.Login)
	}
	for _, o := range list {
		view := m.override(o, func(id people.ID) string { return cmp.Or(names[id], string(id)) }, m.zoneOf(o.Schedule, zone))
		switch {
		case view.Answers:
			m.Asked = append(m.Asked, view)
		case view.State == oncall.StatusProposed || view.State == oncall.StatusInForce:
			m.Current = append(m.Current, view)
		default:
			m.Past = append(m.Past, view)
		}
	}
	slices.Reverse(m.Asked)
	slices.Reverse(m.Current) // what ends next comes first
}

// zoneOf is the time zone of a schedule that may have left the configuration.
func (m *onCallModel) zoneOf(schedule string, otherwise *time.Location) *time.Location {
	for _, s := range m.List {
		if s.Name == schedule {
			if zone, err := time.LoadLocation(s.Zone); err == nil {
				return zone
			}
		}
	}
	return otherwise
}

func (m *onCallModel) override(o oncall.Override, name func(people.ID) string, zone *time.Location) overrideView {
	me, by := m.Who.ID, name(o.By)
	view := overrideView{ID: o.ID, KindText: m.Say("oncall.kind.override"), State: o.State(m.frame.Now), Reason: o.Reason, Remark: o.Remark}
	view.StateText = m.Say("oncall.state." + string(view.State))
	view.Facts = o.Schedule + " · " + m.Say("oncall.set-by", by, o.At.In(zone).Format(localLayout))
	if o.Swap {
		view.KindText = m.Say("oncall.kind.swap")
		view.Facts = o.Schedule + " · " + m.Say("oncall.proposed-by", by, name(o.To), o.AnswerBy.In(zone).Format(localLayout))
	}
	for _, t := range o.Terms.Terms {
		view.Takes = append(view.Takes, m.Say("oncall.takes", name(t.Person), t.From.In(zone).Format(localLayout), t.Until.In(zone).Format(localLayout)))
	}
	switch view.State {
	case oncall.StatusProposed:
		view.Answers, view.Withdraws = o.To == me, o.By == me
	case oncall.StatusInForce:
		view.Endable = m.MayRoster || !o.Swap && (o.By == me || o.Terms.Terms[0].Person == me) && m.May(string(people.Respond))
	}
	return view
}
