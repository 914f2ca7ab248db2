package review

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestRemindsUntilItIsHeld(t *testing.T) {
	t.Parallel()
	q := kpi.Quarter(2025, 3)
	var s State
	for _, test := range []struct {
		on   string
		told bool
	}{{"2025-10-07", false}, {"2025-10-08", true}, {"2025-10-14", false}, {"2025-10-15", true}} {
		change, err := Decide(s, Remind{q}, Env{Now: day(test.on), By: people.Monitor()})
		if err != nil || (len(change.Effects) == 1) != test.told || len(change.Events) != len(change.Effects) {
			t.Errorf("on %s: %+v, %v; want told %v", test.on, change, err, test.told)
		}
		if test.told {
			s.Reminded = append(s.Reminded, day(test.on))
		}
	}
	s.Held = &HeldMark{}
	if change, err := Decide(s, Remind{q}, Env{Now: day("2025-11-15"), By: people.Monitor()}); err != nil || len(change.Events) > 0 {
		t.Errorf("a review that was held is recalled: %+v, %v", change, err)
	}
	if _, err := Decide(s, Remind{q}, Env{Now: day("2025-11-15"), By: people.Actor{ID: "u", Role: people.Lead}}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a person reminds: %v", err)
	}
}

func TestWhatIsRecorded(t *testing.T) {
	t.Parallel()
	good := Hold{Quarter: kpi.Quarter(2025, 3), On: "2025-10-09", People: []people.ID{"u-2", "u-1", "u-2"}, Minutes: " A1 gets another owner.\n"}
	env := Env{Now: day("2025-10-10"), By: people.Actor{ID: "u-1", Role: people.Lead}}
	change, err := Decide(State{}, good, env)
	if err != nil || len(change.Events) != 1 {
		t.Fatalf("hold: %+v, %v", change, err)
	}
	if got := change.Events[0].Data.(Held); len(got.People) != 2 || got.Minutes != "A1 gets another owner." || change.Events[0].Stream != "REVIEW-2025-Q3" {
		t.Errorf("recorded %+v in %s", got, change.Events[0].Stream)
	}
	for name, bad := range map[string]func(*Hold){
		"before the quarter is over": func(h *Hold) { h.On = "2025-09-30" },
		"in the future":              func(h *Hold) { h.On = "2025-10-11" },
		"no day":                     func(h *Hold) { h.On = "yesterday" },
		"nobody":                     func(h *Hold) { h.People = nil },
		"no minutes":                 func(h *Hold) { h.Minutes = " \n" },
		"minutes without end":        func(h *Hold) { h.Minutes = strings.Repeat("x", maxMinutes+1) },
		"no quarter":                 func(h *Hold) { h.Quarter = kpi.Period{} },
	} {
		h := good
		bad(&h)
		_, err := Decide(State{}, h, env)
		if !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want a refusal", name, err)
			continue
		}
		if fr, known := phrase.Error(phrase.French, err); !known || !strings.HasPrefix(fr, "noter la revue de ") || strings.Contains(fr+err.Error(), "!") {
			t.Errorf("%s: refused by %v, in French %q", name, err, fr)
		}
	}
	env.By.Role = people.Viewer
	if _, err := Decide(State{}, good, env); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a viewer records: %v", err)
	}
}

// theQuarter is two incidents of one cause, one of them of the quarter before, and an action that is late.
func theQuarter() Input {
	cause := postmortem.State{Causes: []postmortem.Cause{{CauseFields: postmortem.CauseFields{ID: "C1", Kind: postmortem.Direct, Domain: postmortem.Operations, Text: "The hook | lost its <b>exit status</b>"}}}}
	at := func(d time.Time, after time.Duration) *incident.Mark { return &incident.Mark{At: d.Add(after)} }
	one := func(id, on string, contained time.Duration) kpi.Case {
		d := day(on).Add(4 * time.Hour)
		return kpi.Case{Analysis: cause, Incident: incident.State{ID: id, Severity: pipeline.S1, DetectedAt: d, FirstContained: at(d, contained), Opened: incident.Opened{Title: "Dérive couleur marque", Pipeline: "catalogue"},
			Ack: at(d, time.Minute), PublishedAt: at(d, 30*time.Hour), Resolved: at(d, 20*time.Hour)}}
	}
	first, second := one("PM-2025-05-02-01", "2025-05-02", 50*time.Minute), one("PM-2025-09-27-01", "2025-09-27", 5*time.Minute)
	second.Prevention.Actions = []prevention.Action{
		{ActionAdded: prevention.ActionAdded{ID: "A1", Title: "Hold the LUT against the palette", Owner: "u-lea", Due: "2025-10-01"}, AddedAt: day("2025-09-28")},
		{ActionAdded: prevention.ActionAdded{ID: "A2", Title: "Check the exit status", Owner: "u-lea", Due: "2025-10-01"}, AddedAt: day("2025-09-28"), Closed: at(day("2025-09-29"), 0)},
	}
	cases := []kpi.Case{second, first}
	return Input{Quarter: kpi.Quarter(2025, 3), At: day("2025-10-09"), Facts: kpi.Facts{Cases: cases}, Cases: cases, Owner: func(id people.ID) string { return strings.TrimPrefix(string(id), "u-") }}
}

func TestPackSaysWhatAManagerAsks(t *testing.T) {
	t.Parallel()
	in := theQuarter()
	in.State.Held = &HeldMark{Held: Held{On: "2025-10-08", People: []people.ID{"u-lea"}, Minutes: "A1: new owner.\n<script>"}}
	p, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	english := p.Markdown(phrase.English)
	for _, want := range []string{
		"# Quarterly review 2025-Q3", "from 2025-07-01 to 2025-09-30", "- [ ] A1 of PM-2025-09-27-01, “Hold the LUT against the palette” (lea), was due on 2025-10-01, 8 d ago",
		`“The hook \| lost its &lt;b>exit status&lt;/b>” came back: 2 incidents (PM-2025-05-02-01, PM-2025-09-27-01)`, "| Share contained in 30 min | 100% | 0% | 1 | 0 | better (few cases) |",
		"- Detect to contain: from 50 min to 5 min (n = 1)", "- PM-2025-09-27-01, done and proven: A2 Check the exit status", "PM-2025-09-27-01 has left no accepted test",
		"| PM-2025-09-27-01 | 2025-09-27 04:00 | S1 | Dérive couleur marque | — | 5 min | 1 d 6 h |", "Held on 2025-10-08. There were: lea.", "> &lt;script>",
	} {
		if !strings.Contains(english, want) {
			t.Errorf("the pack lacks %q", want)
		}
	}
	french := p.Markdown(phrase.French)
	for l, text := range map[string]string{"fr": french, "en": english} {
		if strings.Contains(text, "!review") || strings.Contains(text, "!kpi") || strings.Contains(text, "%!") {
			t.Errorf("in %s a sentence is missing:\n%s", l, text)
		}
	}
	if !strings.Contains(french, "Contenus en 30 min : 100 %") || !strings.Contains(french, "mieux (peu de cas)") {
		t.Error("the French pack says nothing of the figures")
	}
	names := []string{}
	for _, f := range p.Files(phrase.French) {
		names = append(names, f.Name)
		if strings.HasSuffix(f.Name, ".csv") && !strings.Contains(string(f.Data), "\r\n") {
			t.Errorf("%s has no rows as RFC 4180 writes them", f.Name)
		}
	}
	if got := strings.Join(names, " "); got != "review.md figures.csv incidents.csv actions.csv causes.csv" {
		t.Errorf("the pack has %s", got)
	}
}

// TestWithheldActionsAreCountedOnly: who may not read a restricted incident gets its late actions as a number.
func TestWithheldActionsAreCountedOnly(t *testing.T) {
	t.Parallel()
	in := theQuarter()
	in.Cases = []kpi.Case{{Incident: in.Cases[0].Incident}, in.Cases[1]}
	p, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	text := p.Markdown(phrase.English)
	if p.Withheld != 1 || strings.Contains(text, "Hold the LUT") || !strings.Contains(text, "1 overdue action(s) of restricted incidents") || !strings.Contains(text, "overdue today: 1") {
		t.Errorf("%d withheld; the pack says\n%s", p.Withheld, text)
	}
	if len(p.Causes) != 0 || strings.Contains(strings.Split(text, "## Definitions")[0], "exit status") {
		t.Errorf("a cause that is withheld is named: %+v", p.Causes)
	}
}

func TestReportsAlone(t *testing.T) {
	t.Parallel()
	const file = "id,detectedAt,severity,pipeline,impactImages,directCause,contributingFactors,systemicCauses,actionsTotal,actionsOpen,containedMinutes,publishedHours,revision,sha256,markdown,more\r\n" +
		"PM-2025-05-02-01,2025-05-02T04:00:00Z,S1,catalogue,12,Échec du hook Git.,,,2,1,45.0,60.0,1,aa,run/_/postmortems/PM-2025-05-02-01.md,x\r\n" +
		"PM-2025-09-27-01,2025-09-27T04:12:00Z,S1,catalogue,4200,échec du hook Git,,,3,2,5.0,30.5,2,bb,run/_/postmortems/PM-2025-09-27-01.md,\r\n"
	rows, err := ReadReports(strings.NewReader(file))
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	p, err := New(Input{Quarter: kpi.Quarter(2025, 3), At: day("2025-10-09"), Rows: rows, Owner: func(id people.ID) string { return string(id) }})
	if err != nil {
		t.Fatal(err)
	}
	text := p.Markdown(phrase.French)
	for _, want := range []string{"Faite de reports.csv seul", "| PM-2025-09-27-01 | 2025-09-27 04:12 | S1 | catalogue | 4 200 | 5 min | 1 j 6 h | échec du hook Git |", "| Part contenue en 30 min | 100 % | 0 % |", "« échec du hook Git » est revenue : 2 incidents"} {
		if !strings.Contains(text, want) {
			t.Errorf("the pack of reports.csv alone lacks %q in\n%s", want, text)
		}
	}
	for _, lacks := range []string{"prise en charge |", "Actions en retard", "aucun test"} {
		if strings.Contains(strings.Split(text, "## Définitions")[0], lacks) {
			t.Errorf("the pack of reports.csv alone tells of %q, which it cannot know", lacks)
		}
	}
	for _, bad := range []string{"a,b\r\n1,2\r\n", "id,detectedAt\r\nPM-1,yesterday\r\n", "id,detectedAt\r\n\"PM-1"} {
		if rows, err := ReadReports(strings.NewReader(bad)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%q gives %v, %v; want a refusal", bad, rows, err)
		}
	}
}
