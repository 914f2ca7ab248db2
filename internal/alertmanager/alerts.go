package alertmanager

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
)

// receiver is the one receiver that all alerts go to.
const receiver = "safelight"

// PostAlerts serves POST /api/v2/alerts.
func (s *Server) PostAlerts(w http.ResponseWriter, r *http.Request) {
	text, err := body(w, r, MaxBody, "alerts")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	posted, err := parseAlerts(text)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list := make([]alert.Alert, len(posted))
	for i, p := range posted {
		list[i] = p.alert(alert.FromAPI)
	}
	if err := s.Service.TakeAlerts(r.Context(), list); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// gettable is an alert as the API shows it.
type gettable struct {
	Annotations  alert.Labels `json:"annotations"`
	EndsAt       moment       `json:"endsAt"`
	Fingerprint  string       `json:"fingerprint"`
	Receivers    []named      `json:"receivers"`
	StartsAt     moment       `json:"startsAt"`
	Status       status       `json:"status"`
	UpdatedAt    moment       `json:"updatedAt"`
	GeneratorURL string       `json:"generatorURL,omitempty"`
	Labels       alert.Labels `json:"labels"`
}

type named struct {
	Name string `json:"name"`
}

type status struct {
	State       string   `json:"state"`
	SilencedBy  []string `json:"silencedBy"`
	InhibitedBy []string `json:"inhibitedBy"`
	MutedBy     []string `json:"mutedBy"`
}

// gettable shows an alert. One that goes on until its end is told has the end
// that it would have if it were not told again.
func (s *Server) gettable(a Standing, now time.Time) gettable {
	g := gettable{
		Annotations: a.Annotations, EndsAt: moment{a.EndsAt}, Fingerprint: a.Fingerprint, Receivers: []named{{receiver}},
		StartsAt: moment{a.StartsAt}, UpdatedAt: moment{a.UpdatedAt}, GeneratorURL: a.GeneratorURL, Labels: a.Labels,
		Status: status{State: "active", SilencedBy: full(a.By.SilencedBy), InhibitedBy: full(a.By.InhibitedBy), MutedBy: full(a.By.MutedBy)},
	}
	if a.EndsAt.IsZero() {
		g.EndsAt = moment{now.Add(s.Policy.ResolveTimeout())}
	}
	if a.By.Any() {
		g.Status.State = "suppressed"
	}
	if g.Annotations == nil {
		g.Annotations = alert.Labels{}
	}
	return g
}

// full makes a list that is written as [] where it is empty.
func full(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// query is what a client asks of the alerts.
type query struct {
	active, silenced, inhibited, muted bool
	filter                             alert.Matchers
	receiver                           *regexp.Regexp // nil: all
}

func parseQuery(v url.Values) (query, error) {
	q := query{
		active: yes(v, "active"), silenced: yes(v, "silenced"), inhibited: yes(v, "inhibited"), muted: yes(v, "muted"),
	}
	var err error
	if q.filter, err = parseFilter(v["filter"]); err != nil {
		return q, err
	}
	text := v.Get("receiver")
	if text == "" {
		return q, nil
	}
	if len(text) > maxQuery {
		return q, fmt.Errorf("failed to parse receiver param: it has %d bytes, the limit is %d: %w", len(text), maxQuery, journal.ErrTooLarge)
	}
	if q.receiver, err = regexp.Compile("^(?:" + text + ")$"); err != nil {
		return q, fmt.Errorf("failed to parse receiver param: %w: %w", err, journal.ErrInvalid)
	}
	return q, nil
}

// yes reads a parameter that is true unless it is given and says otherwise.
func yes(v url.Values, name string) bool {
	if !v.Has(name) {
		return true
	}
	return slices.Contains([]string{"true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"}, strings.ToLower(v.Get(name)))
}

func parseFilter(texts []string) (alert.Matchers, error) {
	if len(texts) > maxFilters {
		return nil, fmt.Errorf("%d filters, the limit is %d: %w", len(texts), maxFilters, journal.ErrTooLarge)
	}
	list := make(alert.Matchers, len(texts))
	for i, text := range texts {
		var err error
		if list[i], err = alert.ParseMatcher(text); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// wants tells whether an alert is asked for.
func (q query) wants(a Standing) bool {
	switch {
	case q.receiver != nil && !q.receiver.MatchString(receiver),
		!q.active && !a.By.Any(),
		!q.silenced && len(a.By.SilencedBy) > 0,
		!q.inhibited && len(a.By.InhibitedBy) > 0,
		!q.muted && len(a.By.MutedBy) > 0:
		return false
	}
	return q.filter.Match(a.Labels)
}

// asked gives the alerts that a request asks for.
func (s *Server) asked(r *http.Request) ([]gettable, error) {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	firing, err := s.Service.Firing(r.Context())
	if err != nil {
		return nil, err
	}
	now := s.Now()
	list := []gettable{}
	for _, a := range firing {
		if q.wants(a) {
			list = append(list, s.gettable(a, now))
		}
	}
	return list, nil
}

// GetAlerts serves GET /api/v2/alerts.
func (s *Server) GetAlerts(w http.ResponseWriter, r *http.Request) {
	list, err := s.asked(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	slices.SortStableFunc(list, func(a, b gettable) int { return strings.Compare(a.Fingerprint, b.Fingerprint) })
	writeJSON(w, http.StatusOK, list)
}

// group is the alerts that have the labels of a group in common.
type group struct {
	Alerts   []gettable   `json:"alerts"`
	Labels   alert.Labels `json:"labels"`
	Receiver named        `json:"receiver"`
}

// GetGroups serves GET /api/v2/alerts/groups.
func (s *Server) GetGroups(w http.ResponseWriter, r *http.Request) {
	list, err := s.asked(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	groups := []group{}
	index := map[string]int{}
	for _, g := range list {
		key := s.Policy.GroupKey(g.Labels)
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key] = i
			groups = append(groups, group{Labels: s.Policy.Group(g.Labels), Receiver: named{receiver}})
		}
		groups[i].Alerts = append(groups[i].Alerts, g)
	}
	slices.SortFunc(groups, func(a, b group) int { return a.Labels.Compare(b.Labels) })
	for _, g := range groups {
		slices.SortFunc(g.Alerts, compareInGroup)
	}
	writeJSON(w, http.StatusOK, groups)
}

// compareInGroup orders by job, then instance, then all labels; who has them
// comes before who does not.
func compareInGroup(a, b gettable) int {
	for _, name := range []string{"job", "instance"} {
		mine, has := a.Labels[name]
		theirs, have := b.Labels[name]
		switch {
		case has && !have:
			return -1
		case have && !has:
			return 1
		case mine != theirs:
			return strings.Compare(mine, theirs)
		}
	}
	return a.Labels.Compare(b.Labels)
}
