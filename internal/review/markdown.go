package review

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// small is a population of which a share says little.
const small = 5

// page writes Markdown in a language.
type page struct {
	strings.Builder
	lang phrase.Lang
}

func (w *page) say(k phrase.Key, args ...any) string { return phrase.Say(w.lang, k, args...) }

func (w *page) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

func (w *page) title(k phrase.Key) { w.line("\n## %s\n", w.say(k)) }

// row writes a row of a table; a first row needs its rule.
func (w *page) row(cells ...string) { w.line("| %s |", strings.Join(cells, " | ")) }

func (w *page) head(keys ...phrase.Key) {
	var cells, rule []string
	for _, k := range keys {
		cells, rule = append(cells, w.say(k)), append(rule, "---")
	}
	w.row(cells...)
	w.row(rule...)
}

// plain keeps people's words from being taken for Markdown.
var plain = strings.NewReplacer("\n", " ", "\r", " ", "|", `\|`, "<", "&lt;", "[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, "_", `\_`)

func dash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// Markdown writes what is read in the review.
func (p Pack) Markdown(l phrase.Lang) string {
	w := &page{lang: l}
	w.line("# %s\n", w.say("review.title", p.Quarter.Name))
	w.line("%s\n", w.say("review.as-of", p.At.UTC().Format("2006-01-02 15:04 UTC"), p.Quarter.From.Format(time.DateOnly), p.Quarter.Until.AddDate(0, 0, -1).Format(time.DateOnly)))
	if p.ReportsOnly {
		w.line("> %s\n", w.say("review.reports-only"))
	}
	if p.At.Before(p.Quarter.Until) {
		w.line("> %s\n", w.say("review.going-on"))
	}
	w.line("%s", p.summary(w))
	w.agenda()
	w.decisions(p)
	w.figures(p)
	w.moved(p)
	w.incidents(p)
	w.overdue(p)
	w.causes(p)
	w.held(p)
	w.definitions(p)
	return w.String()
}

// summary is the quarter in a few sentences.
func (p Pack) summary(w *page) string {
	value := func(key string) string {
		if f := kpi.Find(p.Now.Figures, key, ""); f != nil {
			return f.Text(w.lang)
		}
		return "—"
	}
	text := []string{w.say("review.summary.incidents", len(p.Incidents), value("containedIn30Min"), value("publishedIn48H"))}
	if !p.ReportsOnly {
		text = append(text, w.say("review.summary.actions", value("openActions"), len(p.Overdue)+p.Withheld))
	}
	text = append(text, w.say("review.summary.causes", len(p.Causes)))
	return strings.Join(text, " ")
}

func (w *page) agenda() {
	w.title("review.agenda")
	for i := 1; i <= 6; i++ {
		w.line("%d. %s", i, w.say(phrase.Key("review.agenda."+strconv.Itoa(i))))
	}
}

// decisions lists what somebody has to decide on, as boxes to tick.
func (w *page) decisions(p Pack) {
	w.title("review.decisions")
	n := 0
	ask := func(k phrase.Key, args ...any) { n++; w.line("- [ ] %s", w.say(k, args...)) }
	for _, a := range p.Overdue {
		ask("review.decide.action", a.ID, plain.Replace(a.Title), a.Incident, plain.Replace(a.Owner), a.Due, a.Days)
	}
	if p.Withheld > 0 {
		ask("review.decide.withheld", p.Withheld)
	}
	for _, c := range p.Causes {
		ask("review.decide.cause", plain.Replace(c.Text.In(w.lang)), len(c.Incidents), strings.Join(c.Incidents, ", "))
	}
	for _, i := range p.Incidents {
		switch {
		case p.ReportsOnly:
		case i.Published == nil && i.Severity != "S3": // S3 demands no publication
			ask("review.decide.unpublished", i.ID)
		case i.Phase != incident.PhaseClosed:
			ask("review.decide.open", i.ID, w.say(phrase.Key("phase."+string(i.Phase))))
		}
		if !p.ReportsOnly && len(i.Tests) == 0 {
			ask("review.decide.untested", i.ID)
		}
	}
	for _, c := range p.Changes() {
		if c.Moved < 0 && c.Now.Key != "incidents" {
			ask("review.decide.worse", name(c.Now, w.lang), c.Was.Text(w.lang), c.Now.Text(w.lang), c.Now.N)
		}
	}
	if n == 0 {
		w.line("%s", w.say("review.none"))
	}
}

func name(f kpi.Figure, l phrase.Lang) string {
	if f.Of == "" {
		return f.Name().In(l)
	}
	return f.Name().In(l) + ", " + plain.Replace(f.OfText(l))
}

// figures is the table of both quarters. What nothing is known of in either is left out, and counted.
func (w *page) figures(p Pack) {
	w.title("review.figures")
	w.line("| %s | %s | %s | n | %s | %s |", w.say("review.figure"), p.Quarter.Name, p.Before.Name, w.say("review.open"), w.say("review.change"))
	w.row("---", "---:", "---:", "---:", "---:", "---")
	left := 0
	for _, c := range p.Changes() {
		if c.Now.Value == nil && c.Was.Value == nil {
			left++
			continue
		}
		now := c.Now.Text(w.lang)
		if c.Now.P90 != nil && c.Now.N >= small {
			now += " (" + w.say("kpi.p90", c.Now.P90Text(w.lang)) + ")"
		}
		moved := w.say(phrase.Key("review.moved." + strconv.Itoa(c.Moved)))
		if c.Moved != 0 && (c.Now.N < small || c.Was.N < small) {
			moved += " " + w.say("review.small")
		}
		w.row(name(c.Now, w.lang), now, c.Was.Text(w.lang), w.say("review.number", c.Now.N), w.say("review.number", c.Now.Open), moved)
	}
	if before := kpi.Find(p.Was.Figures, "incidents", ""); before != nil && before.N == 0 {
		w.line("\n%s", w.say("review.nothing-before", p.Before.Name))
	}
	if left > 0 {
		w.line("\n%s", w.say("review.left-out", left))
	}
}

func (w *page) moved(p Pack) {
	w.title("review.improved")
	n := 0
	for _, c := range p.Changes() {
		if c.Moved > 0 {
			n++
			w.line("- %s", w.say("review.from-to", name(c.Now, w.lang), c.Was.Text(w.lang), c.Now.Text(w.lang), c.Now.N))
		}
	}
	for _, i := range p.Incidents {
		if changed := i.changed(w.lang); changed != "" {
			n++
			w.line("- %s", w.say("review.changed", i.ID, plain.Replace(changed)))
		}
	}
	if n == 0 {
		w.line("%s", w.say("review.none"))
	}
}

func (w *page) incidents(p Pack) {
	w.title("review.incidents")
	if len(p.Incidents) == 0 {
		w.line("%s", w.say("review.none"))
	} else {
		w.head("review.incident", "review.detected", "review.severity", "review.what", "review.images", "review.contained", "review.published", "review.cause", "review.done", "review.open-actions")
	}
	for _, i := range p.Incidents {
		cause, what := "—", plain.Replace(i.Title)
		if i.Cause != nil {
			cause = plain.Replace(i.Cause.In(w.lang))
		}
		if what == "" {
			what = plain.Replace(i.Pipeline)
		}
		w.row(i.ID, i.DetectedAt.UTC().Format("2006-01-02 15:04"), i.Severity, what, dash(plain.Replace(i.images(w.lang))), w.after(i.Contained), w.after(i.Published),
			cause, dash(plain.Replace(i.changed(w.lang))), strconv.Itoa(i.Open))
	}
	if len(p.Unknown) > 0 {
		w.line("\n%s", w.say("review.unknown", plain.Replace(strings.Join(p.Unknown, ", "))))
	}
}

// changed says what was done with proof since.
func (i Incident) changed(l phrase.Lang) string {
	var list []string
	for _, t := range i.Tests {
		list = append(list, phrase.Say(l, "review.test", t))
	}
	return strings.Join(append(list, i.Changed...), " ; ")
}

func (i Incident) images(l phrase.Lang) string {
	n, err := strconv.Atoi(i.Images)
	if err != nil {
		return i.Images
	}
	return phrase.Integer(l, int64(n))
}

func (w *page) after(d *time.Duration) string {
	if d == nil {
		return "—"
	}
	return phrase.Duration(w.lang, *d)
}

func (w *page) overdue(p Pack) {
	if p.ReportsOnly {
		return
	}
	w.title("review.overdue")
	if len(p.Overdue) == 0 {
		w.line("%s", w.say("review.none"))
	} else {
		w.head("review.action", "review.what", "review.owner", "review.due", "review.days")
	}
	for _, a := range p.Overdue {
		w.row(a.Incident+" "+a.ID, plain.Replace(a.Title), plain.Replace(a.Owner), a.Due, strconv.Itoa(a.Days))
	}
	if p.Withheld > 0 {
		w.line("\n%s", w.say("review.withheld", p.Withheld))
	}
	if len(p.Coming) > 0 {
		w.line("\n%s\n", w.say("review.coming"))
	}
	for _, a := range p.Coming {
		w.line("- %s", w.say("review.coming.one", a.ID, plain.Replace(a.Title), a.Incident, plain.Replace(a.Owner), a.Due))
	}
}

func (w *page) causes(p Pack) {
	w.title("review.causes")
	if len(p.Causes) == 0 {
		w.line("%s", w.say("review.none"))
	} else {
		w.head("review.cause", "review.domain", "review.times", "review.incidents-of")
	}
	for _, c := range p.Causes {
		w.row(plain.Replace(c.Text.In(w.lang)), domain(c.Domain, w.lang), strconv.Itoa(len(c.Incidents)), strings.Join(c.Incidents, ", "))
	}
}

func domain(d postmortem.Domain, l phrase.Lang) string {
	if d == "" {
		return "—"
	}
	return phrase.Say(l, phrase.Key("document.domain."+string(d)))
}

func (w *page) held(p Pack) {
	w.title("review.minutes")
	if p.Held == nil {
		w.line("%s", w.say("review.not-held", DueAt(p.Quarter).Format(time.DateOnly), p.Quarter.Name))
		return
	}
	w.line("%s\n", w.say("review.held-on", p.Held.On, plain.Replace(strings.Join(p.There, ", "))))
	for _, line := range strings.Split(p.Held.Minutes, "\n") {
		w.line("> %s", strings.ReplaceAll(line, "<", "&lt;"))
	}
}

// definitions say what the figures of the table are. A formula that several have is written once.
func (w *page) definitions(p Pack) {
	w.title("review.definitions")
	seen, first := map[string]bool{}, map[string]string{}
	for _, c := range p.Changes() {
		f := c.Now
		if seen[f.Key] || f.Value == nil && c.Was.Value == nil {
			continue
		}
		seen[f.Key] = true
		formula := f.Formula().In(w.lang)
		text := w.say("kpi.formula", "`"+formula+"`")
		if same := first[formula]; same != "" {
			text = w.say("review.same-formula", same)
		} else {
			first[formula] = f.Name().In(w.lang)
		}
		w.line("- **%s.** %s %s", f.Name().In(w.lang), f.Definition().In(w.lang), text)
	}
	w.line("\n%s %s", w.say("kpi.cohort"), w.say("kpi.at-least"))
}

// File is one of a pack.
type File struct {
	Name string
	Data []byte
}

// Files gives the pack as files: review.md, and what it lists as CSV (RFC 4180).
func (p Pack) Files(l phrase.Lang) []File {
	files := []File{{"review.md", []byte(p.Markdown(l))}}
	now, was := p.Now, p.Was
	now.Months = nil
	was.Months = nil
	files = append(files, File{"figures.csv", table(append([][]string{kpi.Header()}, append(now.Rows(l), was.Rows(l)...)...))})
	incidents := [][]string{{"incident", "detectedAt", "severity", "pipeline", "title", "phase", "images", "containedSeconds", "publishedSeconds", "directCause", "actionsDone", "actionsOpen", "tests", "markdown"}}
	for _, i := range p.Incidents {
		cause := ""
		if i.Cause != nil {
			cause = i.Cause.In(l)
		}
		incidents = append(incidents, []string{i.ID, i.DetectedAt.UTC().Format(time.RFC3339), i.Severity, i.Pipeline, i.Title, string(i.Phase), i.Images,
			seconds(i.Contained), seconds(i.Published), cause, strings.Join(i.Changed, "; "), strconv.Itoa(i.Open), strings.Join(i.Tests, "; "), i.Path})
	}
	actions := [][]string{{"incident", "action", "title", "owner", "due", "daysLate"}}
	for _, a := range slices.Concat(p.Overdue, p.Coming) {
		late := ""
		if a.Days > 0 {
			late = strconv.Itoa(a.Days)
		}
		actions = append(actions, []string{a.Incident, a.ID, a.Title, a.Owner, a.Due, late})
	}
	causes := [][]string{{"cause", "domain", "times", "incidents"}}
	for _, c := range p.Causes {
		causes = append(causes, []string{c.Text.In(l), string(c.Domain), strconv.Itoa(len(c.Incidents)), strings.Join(c.Incidents, " ")})
	}
	return append(files, File{"incidents.csv", table(incidents)}, File{"actions.csv", table(actions)}, File{"causes.csv", table(causes)})
}

func seconds(d *time.Duration) string {
	if d == nil {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}

func table(rows [][]string) []byte {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	out.UseCRLF = true // RFC 4180
	for _, row := range rows {
		for i := range row {
			row[i] = kpi.Cell(row[i])
		}
		_ = out.Write(row) // a buffer takes all
	}
	out.Flush()
	return b.Bytes()
}
