package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// AlertsService is what the pages of alerts and silences ask of the application.
type AlertsService interface {
	// FiringAlerts lists the alerts that have not ended, by group, the gravest
	// first.
	FiringAlerts(ctx context.Context) ([]AlertGroup, error)
	// ListedSilences gives the silences in force, to come, and ended lately.
	ListedSilences(ctx context.Context) ([]ListedSilence, error)
	// OpenWindows names the maintenance windows that are open, and until when.
	OpenWindows() map[string]time.Time
	// SetSilence makes a silence; see package alert for what it refuses.
	SetSilence(ctx context.Context, by people.Actor, id string, terms alert.Terms, author string) (string, error)
	ExpireSilence(ctx context.Context, by people.Actor, id string) error
}

// AlertGroup is the alerts that are one incident.
type AlertGroup struct {
	Labels alert.Labels // that they have in common
	Alerts []FiringAlert
}

// FiringAlert is an alert that has not ended.
type FiringAlert struct {
	alert.Alert
	Severity pipeline.Severity
	Incident string // empty: none
	By       alert.Suppression
}

// ListedSilence is a silence with the name of who made it.
type ListedSilence struct {
	alert.Silence
	Author string
}

const (
	shownAlerts = 20  // of one group: a storm is one line with a count
	shownLabels = 8   // before the rest is folded away
	shownValue  = 200 // bytes of a label's value
)

// alertsModel is the page of alerts and silences.
type alertsModel struct {
	frame
	Firing, Held    int
	Groups          []alertGroupView
	Current, Recent []silenceView
	Windows         []phrase.Sentence
}

type alertGroupView struct {
	Name, Summary, Source string
	Origin, OriginHost    string // where the source shows the alert: an address, http or https, and its host
	Runbook               string // an address, http or https
	Severity              pipeline.Severity
	Incidents             []string
	Held                  bool
	Reasons               []phrase.Sentence
	Since                 time.Time
	Count, Rest           int
	Labels, MoreLabels    []string // that all of them have, those of the group in front
	Alerts                []string // labels of each beyond these
	Match                 string   // matchers of the whole group, for the form
}

type silenceView struct {
	ID, Matchers, Comment, Author string
	State                         alert.SilenceState
	From, Until                   time.Time
}

// ifAlerts serves a page of alerts where there is anything to ask.
func (s *Server) ifAlerts(serve func(http.ResponseWriter, *visit) error) func(http.ResponseWriter, *visit) error {
	return func(w http.ResponseWriter, v *visit) error {
		if s.alerts == nil {
			return errNoPage
		}
		return serve(w, v)
	}
}

func (s *Server) alertsPage(w http.ResponseWriter, v *visit) error {
	groups, err := s.alerts.FiringAlerts(v.Context())
	if err != nil {
		return err
	}
	silences, err := s.alerts.ListedSilences(v.Context())
	if err != nil {
		return err
	}
	m := alertsModel{frame: s.frame(v, phrase.Say(v.lang, "nav.alerts"))}
	windows := s.alerts.OpenWindows()
	for _, name := range slices.Sorted(maps.Keys(windows)) {
		m.Windows = append(m.Windows, phrase.Of("maintenance.open", name, m.Time(windows[name])))
	}
	because := reasonsOf(silences, groups)
	because.windows, because.frame = windows, m.frame
	for _, g := range groups {
		view := because.view(g)
		m.Firing += view.Count
		for _, a := range g.Alerts {
			if a.By.Any() {
				m.Held++
			}
		}
		m.Groups = append(m.Groups, view)
	}
	for _, silence := range silences {
		view := viewOf(silence, m.Now)
		if view.State == alert.SilenceExpired {
			m.Recent = append(m.Recent, view)
		} else {
			m.Current = append(m.Current, view)
		}
	}
	return s.render(w, "alerts", http.StatusOK, m)
}

func viewOf(s ListedSilence, now time.Time) silenceView {
	texts := make([]string, len(s.Matchers))
	for i, m := range s.Matchers {
		texts[i] = m.String()
	}
	return silenceView{s.ID, strings.Join(texts, ", "), s.Comment, s.Author, s.State(now), s.StartsAt, s.EndsAt}
}

// reasons says why an alert is held back.
type reasons struct {
	silences map[string]ListedSilence // by id
	names    map[string]string        // of alerts, by fingerprint
	windows  map[string]time.Time
	frame    frame
}

func reasonsOf(silences []ListedSilence, groups []AlertGroup) reasons {
	r := reasons{silences: map[string]ListedSilence{}, names: map[string]string{}}
	for _, s := range silences {
		r.silences[s.ID] = s
	}
	for _, g := range groups {
		for _, a := range g.Alerts {
			r.names[a.Fingerprint] = a.Name()
		}
	}
	return r
}

func (r reasons) view(g AlertGroup) alertGroupView {
	first := g.Alerts[0]
	v := alertGroupView{
		Name: first.Name(), Source: string(first.Source), Severity: first.Severity, Since: first.StartsAt, Count: len(g.Alerts), Held: true,
	}
	shared := sharedLabels(g)
	v.setLabels(g.Labels, shared)
	said := map[string]bool{}
	for i, a := range g.Alerts {
		v.Held = v.Held && a.By.Any()
		if a.Severity < v.Severity { // S0 is the highest
			v.Severity = a.Severity
		}
		v.annotate(a, r.frame.Lang)
		if a.StartsAt.Before(v.Since) {
			v.Since = a.StartsAt
		}
		if a.Incident != "" && !slices.Contains(v.Incidents, a.Incident) {
			v.Incidents = append(v.Incidents, a.Incident)
		}
		for _, reason := range r.of(a.By) {
			if text := reason.In(phrase.English); !said[text] {
				said[text] = true
				v.Reasons = append(v.Reasons, reason)
			}
		}
		if i < shownAlerts {
			v.Alerts = append(v.Alerts, cmp.Or(strings.Join(labelTexts(a.Labels, shared), ", "), a.Name()))
		}
	}
	v.Rest = v.Count - len(v.Alerts)
	v.Match = matchText(g.Labels)
	if len(g.Labels) == 0 {
		v.Match = matchText(first.Labels)
	}
	return v
}

// annotate takes from an alert what those before it did not say.
func (v *alertGroupView) annotate(a FiringAlert, l phrase.Lang) {
	v.Summary = cmp.Or(v.Summary, alert.Summary(a.Annotations, string(l)), a.Annotations["description"])
	v.Runbook = cmp.Or(v.Runbook, runbookOf(a.Annotations))
	if u, err := url.Parse(webAddress(a.GeneratorURL)); v.Origin == "" && err == nil && u.Host != "" {
		v.Origin, v.OriginHost = u.String(), u.Host
	}
}

// setLabels puts the labels of the group in front of the others that all its
// alerts have; the name is the title already.
func (v *alertGroupView) setLabels(group, shared alert.Labels) {
	named := alert.Labels{alert.NameLabel: ""}
	v.Labels = labelTexts(group, named)
	maps.Copy(named, group)
	v.Labels = append(v.Labels, labelTexts(shared, named)...)
	if len(v.Labels) > shownLabels {
		v.Labels, v.MoreLabels = v.Labels[:shownLabels], v.Labels[shownLabels:]
	}
}

// sharedLabels gives the labels that all alerts of a group have in common.
func sharedLabels(g AlertGroup) alert.Labels {
	shared := maps.Clone(g.Alerts[0].Labels)
	for _, a := range g.Alerts[1:] {
		maps.DeleteFunc(shared, func(name, value string) bool { other, ok := a.Labels[name]; return !ok || other != value })
	}
	return shared
}

func (r reasons) of(by alert.Suppression) []phrase.Sentence {
	var list []phrase.Sentence
	for _, id := range by.SilencedBy {
		if s, ok := r.silences[id]; ok {
			comment := cmp.Or(s.Comment, r.frame.Say("alert.no-reason"))
			list = append(list, phrase.Of("alert.by.silence", r.frame.Time(s.EndsAt), comment))
		}
	}
	for _, name := range by.MutedBy {
		list = append(list, phrase.Of("alert.by.window", name, r.frame.Time(r.windows[name])))
	}
	for _, fingerprint := range by.InhibitedBy {
		list = append(list, phrase.Of("alert.by.alert", cmp.Or(r.names[fingerprint], fingerprint)))
	}
	return list
}

// labelTexts writes labels for a person, without those that are said
// elsewhere. A long value is cut: the alert's source has all of it.
func labelTexts(l, without alert.Labels) []string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(l)) {
		if _, said := without[name]; said {
			continue
		}
		value := l[name]
		if len(value) > shownValue {
			value = strings.ToValidUTF8(value[:shownValue], "") + "…"
		}
		parts = append(parts, name+"="+value)
	}
	return parts
}

// matchText writes matchers of labels, one a line.
func matchText(l alert.Labels) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(l)) {
		lines = append(lines, alert.Matcher{Name: name, Op: alert.Equal, Value: l[name]}.String())
	}
	return strings.Join(lines, "\n")
}

// silenceModel is the form that silences alerts.
type silenceModel struct {
	frame
	Match     string
	Durations []option
}

// durations are the choices of how long; two hours cover most deploys.
func durations(l phrase.Lang) []option {
	var list []option
	for _, d := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 24 * time.Hour, 72 * time.Hour, 168 * time.Hour} {
		list = append(list, option{d.String(), phrase.Duration(l, d), d == 2*time.Hour})
	}
	return list
}

func (s *Server) silencePage(w http.ResponseWriter, v *visit) error {
	if err := v.actor().Require(people.Respond); err != nil {
		return err
	}
	m := silenceModel{frame: s.frame(v, phrase.Say(v.lang, "silence.title")), Match: v.URL.Query().Get("match"), Durations: durations(v.lang)}
	return s.render(w, "silence", http.StatusOK, m)
}

func (s *Server) setSilence(w http.ResponseWriter, v *visit) error {
	f := fields{v.PostForm}
	lasts, err := time.ParseDuration(f.text("duration"))
	if err != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.silence.long", fmt.Sprintf("%.20q", f.text("duration")))
	}
	var matchers alert.Matchers
	for line := range strings.Lines(f.text("match")) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		m, err := alert.ParseMatcher(line)
		if err != nil {
			return err
		}
		matchers = append(matchers, m)
	}
	now, _ := s.service.Now()
	terms := alert.Terms{Matchers: matchers, StartsAt: now, EndsAt: now.Add(lasts), Comment: f.text("reason")}
	if _, err := s.alerts.SetSilence(v.Context(), v.actor(), "", terms, ""); err != nil {
		return err
	}
	return s.back(w, v, "/alerts#silences", "silence.done.set")
}

func (s *Server) endSilence(w http.ResponseWriter, v *visit) error {
	if err := s.alerts.ExpireSilence(v.Context(), v.actor(), v.PathValue("id")); err != nil {
		return err
	}
	return s.back(w, v, "/alerts#silences", "silence.done.ended")
}

// maintenanceModel is the form that plans a maintenance window.
type maintenanceModel struct {
	frame
	Pipelines  []option
	From, Till string
}

// momentLayout is that of <input type="datetime-local">.
const momentLayout = "2006-01-02T15:04"

func (s *Server) maintenancePage(w http.ResponseWriter, v *visit) error {
	if err := v.actor().Require(people.Respond); err != nil {
		return err
	}
	m := maintenanceModel{frame: s.frame(v, phrase.Say(v.lang, "maintenance.title"))}
	next := m.Now.UTC().Truncate(time.Hour).Add(time.Hour)
	m.From, m.Till = next.Format(momentLayout), next.Add(2*time.Hour).Format(momentLayout)
	for _, n := range s.service.Pipelines() {
		m.Pipelines = append(m.Pipelines, option{Value: n, Label: n})
	}
	return s.render(w, "maintenance", http.StatusOK, m)
}

func (s *Server) planMaintenance(w http.ResponseWriter, v *visit) error {
	f := fields{v.PostForm}
	from, err := time.Parse(momentLayout, f.text("start"))
	till, err2 := time.Parse(momentLayout, f.text("end"))
	if err != nil || err2 != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.maintenance")
	}
	m, err := alert.NewMatcher(alert.PipelineLabel, alert.Equal, f.text("pipeline"))
	if err != nil {
		return err
	}
	terms := alert.Terms{Matchers: alert.Matchers{m}, StartsAt: from, EndsAt: till, Comment: f.text("reason")}
	if _, err := s.alerts.SetSilence(v.Context(), v.actor(), "", terms, ""); err != nil {
		return err
	}
	return s.back(w, v, "/alerts#silences", "maintenance.done")
}
