package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// rulesModel is the page of all rules.
type rulesModel struct {
	frame
	Loaded RulesLoaded
	ruleList
}

// ruleItem is a rule in the list.
type ruleItem struct {
	frame
	ruleRow
}

// Item gives a row what its template asks of the page.
func (p rulesModel) Item(r ruleRow) ruleItem { return ruleItem{p.frame, r} }

// ruleList is the rules in the order in which somebody who is called looks at them: those that fire, are broken or are
// pending, then the rest by their groups.
type ruleList struct {
	Urgent               []ruleRow
	Groups               []ruleGroup
	All, Firing, Pending int
	Broken               int
}

// ruleGroup is a group with its rules, in the order in which they are evaluated.
type ruleGroup struct {
	Source, Name string
	Interval     time.Duration
	Rules        []ruleRow
}

// ruleRow is a rule with its words.
type ruleRow struct {
	Rule
	lang    phrase.Lang
	Summary string
	Runbook string // an address, http or https
}

// Standing is what matters most of a rule: broken, firing, pending, unknown, inactive, recording.
func (r ruleRow) Standing() string {
	switch {
	case r.Health == "bad":
		return "broken"
	case r.State == "firing", r.State == "pending":
		return r.State
	case r.Health == "unknown":
		return "unknown"
	case !r.Alerting:
		return "recording"
	}
	return "inactive"
}

// urgency orders rules: firing, whether the last evaluation worked or not, broken, pending, and all others.
func (r ruleRow) urgency() int {
	switch {
	case r.Firing > 0:
		return 0
	case r.Standing() == "broken":
		return 1
	case r.Standing() == "pending":
		return 2
	}
	return atRest
}

// atRest is the urgency of a rule that asks for nothing.
const atRest = 3

// Urgent tells whether the rule asks for something.
func (r ruleRow) Urgent() bool { return r.urgency() < atRest }

// SeverityLabel is the label severity as the rule has it.
func (r ruleRow) SeverityLabel() string { return r.Labels["severity"] }

// TookText is how long the last evaluation took.
func (r ruleRow) TookText() string {
	return phrase.Decimal(r.lang, float64(r.Took.Microseconds())/1000, 1) + " ms"
}

// LabelText writes the labels in one line.
func (r ruleRow) LabelText() string { return labelText(r.Labels) }

func rowOfRule(l phrase.Lang, r Rule) ruleRow {
	return ruleRow{Rule: r, lang: l, Summary: withoutTemplates(alert.Summary(r.Annotations, string(l))), Runbook: runbookOf(r.Annotations)}
}

// runbookOf gives the link to the runbook under either of its usual names.
func runbookOf(annotations map[string]string) string {
	return cmp.Or(runbookAddress(annotations["runbook"]), runbookAddress(annotations["runbook_url"]))
}

// runbookAddress gives where the runbook of an annotation is: ours, which it names, or one elsewhere.
func runbookAddress(annotation string) string {
	if name := runbook.Named(annotation, ""); name != "" {
		return runbook.Path + name
	}
	return webAddress(annotation)
}

// withoutTemplates puts an ellipsis where an alert has its own value: {{ $labels.pipeline }} says nothing to a reader.
func withoutTemplates(text string) string {
	var b strings.Builder
	for {
		before, rest, opens := strings.Cut(text, "{{")
		b.WriteString(before)
		_, after, closes := strings.Cut(rest, "}}")
		if !opens || !closes {
			return b.String()
		}
		b.WriteString("…")
		text = after
	}
}

// webAddress gives what may stand in a link: annotations come from whoever writes rules, and from their templates.
func webAddress(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

func (s *Server) rulesPage(w http.ResponseWriter, v *visit) error {
	if s.rules == nil {
		return errNoPage
	}
	p := rulesModel{frame: s.frame(v, phrase.Say(v.lang, "rules.title")), Loaded: s.rules.RulesLoaded(), ruleList: listRules(v.lang, s.rules.Rules())}
	return s.render(w, "rules", http.StatusOK, p)
}

func listRules(l phrase.Lang, rules []Rule) ruleList {
	p := ruleList{All: len(rules)}
	for _, r := range rules {
		row := rowOfRule(l, r)
		switch row.Standing() {
		case "broken":
			p.Broken++
		case "firing":
			p.Firing++
		case "pending":
			p.Pending++
		}
		if row.Urgent() {
			p.Urgent = append(p.Urgent, row)
			continue
		}
		n := len(p.Groups)
		if n == 0 || p.Groups[n-1].Name != r.Group || p.Groups[n-1].Source != r.Source {
			p.Groups = append(p.Groups, ruleGroup{Source: r.Source, Name: r.Group, Interval: r.Interval})
			n++
		}
		p.Groups[n-1].Rules = append(p.Groups[n-1].Rules, row)
	}
	slices.SortStableFunc(p.Urgent, func(a, b ruleRow) int { return a.urgency() - b.urgency() })
	return p
}

// ruleModel is the page of one rule.
type ruleModel struct {
	frame
	ruleRow
	Notes     []note // annotations but for the summary
	Alerts    []alertView
	Graph     graphView
	GraphExpr string
	Failed    string // why there is no graph
	Span      int    // hours
	Spans     []int
}

// Hours writes a span of the graph.
func (p ruleModel) Hours(n int) string {
	return phrase.Duration(p.frame.Lang, time.Duration(n)*time.Hour)
}

type note struct{ Name, Text, Link string }

type alertView struct {
	RuleAlert
	Name, Words, Value string
}

// ruleSpans are the hours that a graph may show.
func ruleSpans() []int { return []int{1, 6, 24, 168} }

func (s *Server) rulePage(w http.ResponseWriter, v *visit) error {
	if s.rules == nil {
		return errNoPage
	}
	r, alerts, err := s.rules.Rule(v.PathValue("id"))
	if err != nil {
		return err
	}
	p := ruleModel{frame: s.frame(v, r.Name), ruleRow: rowOfRule(v.lang, r), Span: 6, Spans: ruleSpans()}
	if n, err := strconv.Atoi(v.URL.Query().Get("hours")); err == nil && slices.Contains(p.Spans, n) {
		p.Span = n
	}
	for _, name := range sortedKeys(r.Annotations) {
		if !alert.IsSummary(name) {
			link := webAddress(r.Annotations[name])
			if strings.HasPrefix(name, "runbook") {
				link = runbookAddress(r.Annotations[name])
			}
			p.Notes = append(p.Notes, note{name, r.Annotations[name], link})
		}
	}
	for _, a := range alerts {
		p.Alerts = append(p.Alerts, alertView{a, labelText(a.Labels), alert.Summary(a.Annotations, string(v.lang)), valueText(v.lang, a.Value)})
	}
	g, err := s.rules.RuleGraph(v.Context(), r, time.Duration(p.Span)*time.Hour)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil: // the page is about the rule, whether it can be drawn or not
		p.Failed, _, _ = strings.Cut(err.Error(), "\n")
	default:
		p.Graph = graphOf(v.lang, r, g)
	}
	p.GraphExpr = g.Expr
	return s.render(w, "rule", http.StatusOK, p)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// RuleReport is a rule in the API. Durations are in seconds.
type RuleReport struct {
	ID            string            `json:"id"`
	Source        string            `json:"source"`
	Group         string            `json:"group"`
	Name          string            `json:"name"`
	Kind          string            `json:"kind" doc:"alerting or recording"`
	Expr          string            `json:"expr"`
	For           float64           `json:"for"`
	KeepFiringFor float64           `json:"keepFiringFor"`
	Interval      float64           `json:"interval"`
	Labels        map[string]string `json:"labels"`
	Annotations   map[string]string `json:"annotations"`
	Health        string            `json:"health" doc:"unknown, good or bad"`
	Error         string            `json:"error,omitempty"`
	State         string            `json:"state" doc:"inactive, pending or firing"`
	Pending       int               `json:"pending"`
	Firing        int               `json:"firing"`
	EvaluatedAt   *time.Time        `json:"evaluatedAt,omitempty"`
	Took          float64           `json:"took"`
}

// RuleList is what GET /api/v1/rules answers.
type RuleList struct {
	LoadedAt time.Time    `json:"loadedAt"`
	FailedAt *time.Time   `json:"failedAt,omitempty" doc:"of newer rules that were not taken"`
	Error    string       `json:"error,omitempty"`
	Restart  []string     `json:"restart,omitempty" doc:"parts of the configuration that have changed and wait for a restart"`
	Rules    []RuleReport `json:"rules"`
}

func (a *api) rules() {
	s := a.server.rules
	if s == nil {
		return
	}
	get(a, "list-rules", "/api/v1/rules", func(context.Context, *struct{}) (RuleList, error) {
		loaded := s.RulesLoaded()
		list := RuleList{LoadedAt: loaded.At, FailedAt: known(loaded.FailedAt), Error: loaded.Error, Restart: loaded.Restart, Rules: []RuleReport{}}
		for _, r := range s.Rules() {
			list.Rules = append(list.Rules, reportOf(r))
		}
		return list, nil
	})
	get(a, "show-rule", "/api/v1/rules/{id}", func(_ context.Context, in *ruleInput) (RuleReport, error) {
		r, _, err := s.Rule(in.ID)
		return reportOf(r), err
	})
}

type ruleInput struct {
	ID string `path:"id" maxLength:"16"`
}

// known is a time that may not be there.
func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func reportOf(r Rule) RuleReport {
	kind := "recording"
	if r.Alerting {
		kind = "alerting"
	}
	return RuleReport{
		r.ID, r.Source, r.Group, r.Name, kind, r.Expr, r.For.Seconds(), r.KeepFiringFor.Seconds(), r.Interval.Seconds(), r.Labels, r.Annotations,
		r.Health, r.Error, r.State, r.Pending, r.Firing, known(r.EvaluatedAt), r.Took.Seconds(),
	}
}
