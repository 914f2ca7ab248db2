package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/trend"
)

// signalsModel is the page of user signals: what wants a decision above what is to be read.
type signalsModel struct {
	frame
	Declares   pipeline.Severity
	Queue      []verificationRow // open
	Trends     []trendView
	Sources    []sourceView
	Signals    []intake.Heard
	Next       string // address of the page of older signals
	Query      signalsInput
	Pipelines  []option
	Labels     []option
	Overlooked bool // no stream at all
}

// trendView is one stream with its charts, those with an alarm first.
type trendView struct {
	intake.Stream
	Signals int
	Charts  []chartView
	Alarm   bool
}

// verificationRow is a verification in a list.
type verificationRow struct {
	intake.Verification
	Alarm string
}

func rowsOf(l phrase.Lang, list []intake.Verification) []verificationRow {
	rows := make([]verificationRow, len(list))
	for i, v := range list {
		rows[i] = verificationRow{v, v.Say(l)}
	}
	return rows
}

// Score writes a score with its sign.
func (f frame) Score(o intake.Opinion) string {
	text := phrase.Decimal(f.Lang, o.Score, 2)
	if o.Score > 0 {
		text = "+" + text
	}
	return text
}

func (s *Server) signalsPage(w http.ResponseWriter, v *visit) error {
	if s.signals == nil {
		return errNoPage
	}
	asked := v.URL.Query()
	p := signalsModel{
		frame: s.frame(v, phrase.Say(v.lang, "signal.title")), Declares: s.signals.DeclaresSignals(),
		Query: signalsInput{Pipeline: asked.Get("pipeline"), Source: asked.Get("source"), Label: asked.Get("label"), After: asked.Get("after")},
	}
	q, err := p.Query.query()
	if err != nil {
		return err
	}
	if p.Signals, err = s.signals.Signals(v.Context(), q); err != nil {
		return err
	}
	if next := nextPage(p.Signals, q.Limit); next != "" {
		p.Next = "/signals?" + url.Values{"pipeline": {q.Pipeline}, "source": {q.Source}, "label": {string(q.Label)}, "after": {next}}.Encode() + "#recent"
	}
	list, err := s.signals.Verifications(v.Context())
	if err != nil {
		return err
	}
	follows := follower{v.lang, list, p.Now, s.signals.SignalRest()}
	list = slices.DeleteFunc(slices.Clone(list), func(v intake.Verification) bool { return v.Status != intake.StatusOpen })
	p.Queue = rowsOf(v.lang, list)
	trends, err := s.signals.SignalTrends(v.Context())
	if err != nil {
		return err
	}
	for i, t := range trends {
		p.Trends = append(p.Trends, trendViewOf(follows, i, t))
	}
	p.Sources = p.sourceViews(s.signals.SignalSources())
	p.Overlooked = len(trends) == 0
	p.Pipelines, p.Labels = s.filters(v.lang, p.Query)
	return s.render(w, "signals", http.StatusOK, p)
}

func trendViewOf(f follower, i int, t SignalTrend) trendView {
	view := trendView{Stream: t.Stream, Signals: t.Signals}
	for j, c := range t.Charts {
		chart := chartOf(f.lang, fmt.Sprintf("chart-%d-%d", i, j), c)
		chart.Follow = f.of(t.Stream, c)
		view.Charts = append(view.Charts, chart)
		view.Alarm = view.Alarm || chart.Alarm
	}
	return view
}

func (s *Server) filters(l phrase.Lang, in signalsInput) (pipelines, labels []option) {
	for _, n := range s.service.Pipelines() {
		pipelines = append(pipelines, option{n, n, n == in.Pipeline})
	}
	for _, label := range intake.Labels() {
		labels = append(labels, option{string(label), phrase.Say(l, phrase.Key("signal.label."+string(label))), string(label) == in.Label})
	}
	return pipelines, labels
}

// verificationsModel is the whole queue with the detector's record.
type verificationsModel struct {
	frame
	Open, Past []verificationRow
	Reports    []reportLine
	who        names
}

type reportLine struct{ Text, Policy string }

// Name says who decided.
func (p verificationsModel) Name(v verificationRow) string { return p.who.Of(v.DecidedBy) }

func (s *Server) verificationsPage(w http.ResponseWriter, v *visit) error {
	if s.signals == nil {
		return errNoPage
	}
	list, err := s.signals.Verifications(v.Context())
	if err != nil {
		return err
	}
	persons, err := s.service.People(v.Context())
	if err != nil {
		return err
	}
	p := verificationsModel{frame: s.frame(v, phrase.Say(v.lang, "signal.queue")), who: namesOf(persons)}
	for _, r := range rowsOf(v.lang, list) {
		if r.Status == intake.StatusOpen {
			p.Open = append(p.Open, r)
		} else {
			p.Past = append(p.Past, r)
		}
	}
	for _, r := range intake.Reports(list) {
		line := reportLine{Text: phrase.Say(v.lang, "verification.report.line",
			phrase.Of(phrase.Key("signal.metric."+string(r.Metric))), r.Confirmed, r.Confirmed+r.Dismissed, r.Open)}
		if r.ByPolicy > 0 {
			line.Policy = phrase.Say(v.lang, "verification.report.policy", r.ByPolicy)
		}
		p.Reports = append(p.Reports, line)
	}
	return s.render(w, "verifications", http.StatusOK, p)
}

// verificationModel is one verification: what the figures say, what people wrote, and the decision.
type verificationModel struct {
	frame
	V          intake.Verification
	Alarm      string
	Figures    []figureView
	Chart      chartView
	Worst      []worstText
	Title      string
	Severities []option
	Incidents  []option // open ones of the pipeline
	Outcomes   []option
	who        names
}

type figureView struct{ Name, Value string }

// Decision says what was decided, by whom.
func (p verificationModel) Decision() string {
	v, at := p.V, p.Time(p.V.DecidedAt)
	switch {
	case v.Status == intake.StatusConfirmed && v.ByPolicy:
		return p.Say("verification.confirmed.policy", at)
	case v.Status == intake.StatusConfirmed:
		return p.Say("verification.confirmed", p.who.Of(v.DecidedBy), at)
	}
	return p.Say("verification.dismissed", p.who.Of(v.DecidedBy), at, p.Say("signal.outcome."+string(v.Outcome)), v.Reason)
}

// By names the author of a note.
func (p verificationModel) By(n intake.Note) string { return p.who.Of(n.By) }

// worstText is a text with how often it came among the most negative ones.
type worstText struct {
	intake.Heard
	Times int
}

const (
	worstRead  = 200
	worstShown = 12
)

// distinct puts repetitions together, in the order of their first.
func distinct(list []intake.Heard) []worstText {
	var texts []worstText
	at := map[string]int{}
	for _, h := range list {
		if i, known := at[h.Text]; known {
			texts[i].Times++
			continue
		}
		at[h.Text] = len(texts)
		texts = append(texts, worstText{h, 1})
	}
	return texts[:min(len(texts), worstShown)]
}

func (s *Server) verificationPage(w http.ResponseWriter, v *visit) error {
	if s.signals == nil {
		return errNoPage
	}
	one, err := s.signals.Verification(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	persons, err := s.service.People(v.Context())
	if err != nil {
		return err
	}
	p := verificationModel{
		frame: s.frame(v, phrase.Say(v.lang, "verification.title", one.ID)), V: one, Alarm: one.Say(v.lang), Title: one.Title(v.lang),
		Figures: figuresOf(v.lang, one.Opened), Severities: severityOptions(v.lang, pipeline.S2), who: namesOf(persons),
	}
	until := one.OpenedAt
	if one.Status == intake.StatusOpen {
		until = p.Now
	}
	worst, err := s.signals.Signals(v.Context(), intake.Query{
		Stream: one.Stream, Label: intake.Negative, From: one.Since, Until: until.Add(intake.MaxAhead), MostNegative: true, Limit: worstRead,
	})
	if err != nil {
		return err
	}
	p.Worst = distinct(worst)
	chart, err := s.signals.VerificationChart(v.Context(), one)
	if err != nil {
		return err
	}
	p.Chart, p.Outcomes = chartOf(v.lang, "chart", chart), outcomeOptions(v.lang)
	if p.Incidents, err = s.openIncidents(v, one.Pipeline); err != nil {
		return err
	}
	return s.render(w, "verification", http.StatusOK, p)
}

func outcomeOptions(l phrase.Lang) []option {
	var list []option
	for _, o := range []trend.Outcome{trend.Noise, trend.Accepted} {
		list = append(list, option{string(o), phrase.Say(l, phrase.Key("verification.outcome."+string(o))), o == trend.Noise})
	}
	return list
}

func figuresOf(l phrase.Lang, o intake.Opened) []figureView {
	say := func(k phrase.Key, args ...any) string { return phrase.Say(l, k, args...) }
	return []figureView{
		{say("verification.value"), intake.Figure(l, o.Metric, o.Value)},
		{say("verification.baseline"), intake.Figure(l, o.Metric, o.Baseline)},
		{say("verification.limit"), intake.Figure(l, o.Metric, o.Limit)},
		{say("verification.z"), say("verification.sigmas", phrase.Decimal(l, o.Z, 1))},
		{say("verification.days"), phrase.Integer(l, int64(o.Days))},
		{say("verification.false"), phrase.Integer(l, int64(o.FalseAlarmDays))},
	}
}

// openIncidents lists the incidents of a pipeline that can take signals.
func (s *Server) openIncidents(v *visit, name string) ([]option, error) {
	states, err := s.service.Incidents(v.Context())
	var list []option
	for _, st := range states {
		if st.Resolved == nil && st.Opened.Pipeline == name {
			list = append(list, option{Value: st.ID, Label: incidentLabel(st)})
		}
	}
	return list, err
}

func incidentLabel(st incident.State) string {
	return st.ID + " · " + string(st.Severity) + " · " + st.Opened.Title
}

func (s *Server) confirmVerification(w http.ResponseWriter, v *visit) error {
	if s.signals == nil {
		return errNoPage
	}
	f := fields{v.PostForm}
	id, err := s.signals.ConfirmVerification(v.Context(), v.actor(), v.PathValue("id"), Confirmation{
		Severity: pipeline.Severity(f.text("severity")), Title: f.text("title"), Incident: f.text("incident"),
	})
	if err != nil {
		return err
	}
	return s.back(w, v, incidentPath(id, ""), "verification.done.confirmed")
}

func (s *Server) dismissVerification(w http.ResponseWriter, v *visit) error {
	if s.signals == nil {
		return errNoPage
	}
	f := fields{v.PostForm}
	err := s.signals.DismissVerification(v.Context(), v.actor(), v.PathValue("id"), intake.Dismissed{
		Outcome: trend.Outcome(f.text("outcome")), Reason: f.text("reason"),
	})
	if err != nil {
		return err
	}
	return s.back(w, v, "/signals/verifications", "verification.done.dismissed")
}

func (s *Server) noteVerification(w http.ResponseWriter, v *visit) error {
	if s.signals == nil {
		return errNoPage
	}
	id := v.PathValue("id")
	if err := s.signals.NoteVerification(v.Context(), v.actor(), id, fields{v.PostForm}.text("text")); err != nil {
		return err
	}
	return s.back(w, v, "/signals/verifications/"+url.PathEscape(id), "verification.done.noted")
}

func (s *Server) eraseSignal(w http.ResponseWriter, v *visit) error {
	if s.signals == nil {
		return errNoPage
	}
	f := fields{v.PostForm}
	number, err := strconv.ParseInt(f.text("number"), 10, 64)
	if err != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.signals.number", fmt.Sprintf("%.20q", f.text("number")))
	}
	if err := s.signals.EraseSignal(v.Context(), v.actor(), number, f.text("reason")); err != nil {
		return err
	}
	return s.back(w, v, "/signals", "signal.done.erased")
}
