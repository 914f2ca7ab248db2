package app

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// withPrograms configures the programs by which the plants are tested.
func withPrograms(h *house) {
	h.config.Tests = experiment.Config{
		"encode": {Replay: []string{"sh", "-ec", `djpeg "$1" | cjpeg -quality "$3" -outfile "$2"`, "sh", "{in}", "{out}", "{quality}"}, Parameters: map[string]string{"quality": "[0-9]{1,3}"}},
		"strip":  {Replay: []string{"jpegtran", "-copy", "{what}", "-outfile", "{out}", "{in}"}, Parameters: map[string]string{"what": "none|all"}},
		"broken": {Replay: []string{"sh", "-c", `echo "no such profile" >&2; exit 3`, "{in}", "{out}"}},
		"lazy":   {Replay: []string{"true", "{in}", "{out}"}},
		"escape": {Replay: []string{"sh", "-ec", `ln -s /etc/hostname "$1"`, "sh", "{out}", "{in}"}},
		"grep":   {Command: []string{"grep", "-q", "{word}", "logs/ci.log"}, Parameters: map[string]string{"word": "[a-z]+"}},
		"slow":   {Command: []string{"sleep", "60"}, Timeout: 200 * time.Millisecond},
		"spy":    {Command: []string{"sh", "-c", `cat "$1"`, "sh", filepath.Join(StateDir(h.dir), "safelight.db")}},
	}
	h.config.Tests.Resolve(func(p string) string { return filepath.Join(h.dir, p) })
	if err := h.config.Tests.Validate(); err != nil {
		h.t.Fatal(err)
	}
}

// hypothesis states one on a cause of its own and gives its id.
func (h *house) hypothesis(id, text string) string {
	h.t.Helper()
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	n := fmt.Sprint(len(c.Analysis.Causes) + 1)
	h.do("lea", id, postmortem.SetCause{CauseFields: postmortem.CauseFields{ID: "C" + n, Kind: postmortem.Direct, Text: text, Domain: postmortem.Data}})
	h.do("lea", id, postmortem.StateHypothesis{HypothesisFields: postmortem.HypothesisFields{ID: "H" + n, Text: text, RefutedIf: "it does not reproduce", Cause: "C" + n}})
	return "H" + n
}

// test runs a test of a hypothesis and gives it as it is recorded.
func (h *house) test(id, hypothesis string, r experiment.Request) postmortem.Test {
	h.t.Helper()
	result, err := h.RunTest(h.t.Context(), h.as("lea"), id, web.RunTest{Hypothesis: hypothesis, Request: r})
	if err != nil {
		h.t.Fatalf("%s: %v", r, err)
	}
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, x := range c.Analysis.Hypotheses {
		if x.ID == hypothesis {
			last := x.Tests[len(x.Tests)-1]
			if last.Result != result {
				h.t.Errorf("%s gave %s and recorded %s", r, result, last.Result)
			}
			return last
		}
	}
	h.t.Fatalf("%s is not there", hypothesis)
	return postmortem.Test{}
}

func replays(program string, parameters ...string) experiment.Request {
	r := experiment.Request{Kind: experiment.Replay, Program: program, Parameters: map[string]string{}}
	for _, p := range parameters {
		key, value, _ := strings.Cut(p, "=")
		r.Parameters[key] = value
	}
	return r
}

// TestPlantedCauseIsConfirmedAndWrongOnesAreRefuted is the trial of three plants: the comparison names the attribute, a test confirms
// it, and two beliefs that sounded as well are refuted.
func TestPlantedCauseIsConfirmedAndWrongOnesAreRefuted(t *testing.T) {
	t.Parallel()
	byLUT := func(path string) experiment.Request { return experiment.Request{Kind: experiment.ReplayLUT, LUT: path} }
	by := func(key, value string) experiment.Request {
		return experiment.Request{Kind: experiment.Compare, Attribute: key, Value: value}
	}
	for name, c := range map[string]struct {
		plant func(*testing.T, func(*house)) plant
		right []experiment.Request
		wrong []experiment.Request
	}{
		"a colour table": {
			lutPlant,
			[]experiment.Request{byLUT("luts/v8.cube"), by("lut", "v8")},
			[]experiment.Request{byLUT("luts/v7.cube"), replays("encode", "quality=5"), by("host", "render-3"), {Kind: experiment.Remeasure}},
		},
		"an encoder's quality": {
			encoderPlant,
			[]experiment.Request{replays("encode", "quality=5"), by("encoder", "q5")},
			[]experiment.Request{byLUT("luts/v8.cube"), replays("encode", "quality=92"), by("lut", "v7"), {Kind: experiment.Remeasure}},
		},
		"a stripper on one host": {
			stripperPlant,
			[]experiment.Request{replays("strip", "what=none"), by("host", "render-3")},
			[]experiment.Request{replays("strip", "what=all"), by("host", "render-1"), by("encoder", "q97"), {Kind: experiment.Remeasure}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := c.plant(t, withPrograms)
			id := p.declare()
			p.suspect(id, "luts/v7.cube", table(t, func(r, g, b float64) (float64, float64, float64) { return r, g, b }))
			p.suspect(id, "luts/v8.cube", table(t, warm))
			for _, x := range []struct {
				requests []experiment.Request
				want     postmortem.Result
			}{{c.right, postmortem.Confirmed}, {c.wrong, postmortem.Refuted}} {
				for _, r := range x.requests {
					h := p.hypothesis(id, r.String())
					got := p.test(id, h, r)
					t.Logf("%s: %s; %v; %s", r, got.Result, got.Numbers, got.Text)
					if got.Result != x.want {
						t.Errorf("%s is %s, want %s; %s", r, got.Result, x.want, got.Missing)
					}
					if len(got.Evidence) == 0 || got.Request.String() != r.String() {
						t.Errorf("%s keeps the proof %v and the request %v", r, got.Evidence, got.Request)
					}
				}
			}
		})
	}
}

// TestProgramsAreShutIn has programs that fail, make nothing, link to what they must not give away, read what is ours, and take too long.
func TestProgramsAreShutIn(t *testing.T) {
	t.Parallel()
	p := encoderPlant(t, withPrograms)
	id := p.declare()
	if err := p.AddEvidence(t.Context(), p.as("lea"), id, web.EvidenceUpload{Path: "logs/ci.log", Kind: "other", Data: strings.NewReader("the profile was changed\n")}); err != nil {
		t.Fatal(err)
	}
	command := func(name string, parameters map[string]string, evidence ...string) experiment.Request {
		return experiment.Request{Kind: experiment.Command, Program: name, Parameters: parameters, Evidence: evidence}
	}
	for name, c := range map[string]struct {
		request experiment.Request
		want    postmortem.Result
		missing string
	}{
		"fails":           {replays("broken"), postmortem.Inconclusive, "no such profile"},
		"makes nothing":   {replays("lazy"), postmortem.Inconclusive, "made no image"},
		"makes a link":    {replays("escape"), postmortem.Inconclusive, "no file"},
		"answers yes":     {command("grep", map[string]string{"word": "profile"}, "logs/ci.log"), postmortem.Confirmed, ""},
		"answers no":      {command("grep", map[string]string{"word": "nothing"}, "logs/ci.log"), postmortem.Refuted, ""},
		"cannot tell":     {command("grep", map[string]string{"word": "profile"}), postmortem.Inconclusive, "0 confirms"},
		"takes too long":  {command("slow", nil), postmortem.Inconclusive, "0.2"},
		"reads the store": {command("spy", nil), postmortem.Refuted, ""}, // cat cannot open it and ends with 1
	} {
		h := p.hypothesis(id, name)
		got := p.test(id, h, c.request)
		if got.Result != c.want || !strings.Contains(got.Missing, c.missing) {
			t.Errorf("%s: %s, %q, %v; want %s and %q", name, got.Result, got.Missing, got.Numbers, c.want, c.missing)
		}
		for _, e := range got.Evidence {
			if !strings.HasSuffix(e, ".txt") {
				continue
			}
			if text := p.evidenceText(id, e); strings.Contains(text, "SQLite") {
				t.Errorf("%s: it has read %q", name, text[:40])
			}
		}
	}
	for name, r := range map[string]experiment.Request{
		"no such program":   replays("none"),
		"the other kind":    replays("grep", "word=a"),
		"a bad parameter":   replays("encode", "quality=5;rm"),
		"no such table":     {Kind: experiment.ReplayLUT, LUT: "luts/none.cube"},
		"no such evidence":  command("grep", map[string]string{"word": "a"}, "none"),
		"no condition":      {Kind: experiment.Series, Expr: "image_checks_total"},
		"no PromQL":         {Kind: experiment.Series, Expr: "rate(("},
		"no kind":           {},
		"by hand from afar": {Kind: experiment.ByHand},
	} {
		_, err := p.RunTest(t.Context(), p.as("lea"), id, web.RunTest{Hypothesis: "H1", Request: r})
		if !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.RunTest(t.Context(), p.as("lea"), id, web.RunTest{Hypothesis: "H99", Request: replays("encode", "quality=5")}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a hypothesis that nobody has stated: %v", err)
	}
}

func (h *house) evidenceText(id, path string) string {
	h.t.Helper()
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	f, err := h.evidence(c.Analysis, path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// TestSeriesTellWhetherAConditionHeld asks the series that the sweeps have written.
func TestSeriesTellWhetherAConditionHeld(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.image("delivered/1.png", 180)
	from := h.clock()
	for range 40 {
		h.sweep()
		if err := h.AppendSeries(t.Context(), h.clock()); err != nil {
			t.Fatal(err)
		}
		h.move(15 * time.Second)
	}
	id, to := h.declare(), h.clock().Add(-15*time.Second)
	for name, c := range map[string]struct {
		expr string
		want postmortem.Result
	}{
		"held":                 {"sum(image_delta_e_over_threshold_total) > 0", postmortem.Confirmed},
		"never held":           {"sum(image_delta_e_over_threshold_total) > 100", postmortem.Refuted},
		"held for a part":      {fmt.Sprintf("(sum(image_delta_e_over_threshold_total) > 0) and (vector(time()) > %d)", from.Add(5*time.Minute).Unix()), postmortem.Inconclusive},
		"nothing to look at":   {"sum(no_such_series) > 0", postmortem.Inconclusive},
		"absence is an answer": {"absent(no_such_series)", postmortem.Confirmed},
	} {
		hypothesis := h.hypothesis(id, name)
		got := h.test(id, hypothesis, experiment.Request{Kind: experiment.Series, Expr: c.expr, Since: &from, Until: &to})
		if got.Result != c.want || (got.Missing != "") != (c.want == postmortem.Inconclusive) {
			t.Errorf("%s: %s, missing %q, %v; want %s", name, got.Result, got.Missing, got.Numbers, c.want)
		}
	}
}

// TestGapIsOpenedAndClosed: a test that cannot tell leaves a task, and the test that tells ends it.
func TestGapIsOpenedAndClosed(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "a.png")
	h.suspect(id, "warm.cube", table(t, warm))
	if got := h.test(id, "H1", experiment.Request{Kind: experiment.ReplayLUT, LUT: "warm.cube"}); got.Result != postmortem.Inconclusive || got.Missing == "" {
		t.Fatalf("of one image: %+v", got)
	}
	gaps := func() []postmortem.Gap {
		t.Helper()
		c, err := h.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Analysis.Gaps
	}
	g := gaps()
	if len(g) != 1 || g[0].Owner != h.as("lea").ID || g[0].Hypothesis != "H1" || g[0].Test == nil || g[0].Test.LUT != "warm.cube" || g[0].Due != "2025-09-28" {
		t.Fatalf("the gap is %+v", g)
	}
	h.do("lea", id, postmortem.SetGap{ID: "G1", Owner: h.as("nora").ID, Due: "2025-10-02", Missing: "two more images"})
	if err := h.Do(t.Context(), h.as("lea"), id, postmortem.SetGap{ID: "G1", Owner: "nobody"}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("an owner without an account: %v", err)
	}
	for i, name := range []string{"b.png", "c.png"} {
		h.gradient(name, uint8(5*i), table(t, warm))
	}
	h.sweep()
	if got := h.test(id, "H1", *g[0].Test); got.Result != postmortem.Confirmed {
		t.Fatalf("of three images: %+v", got)
	}
	if g := gaps(); g[0].Closed == nil || g[0].Result != postmortem.Confirmed || g[0].Missing != "two more images" || g[0].Owner != h.as("nora").ID {
		t.Errorf("the gap is %+v", g[0])
	}
	if err := h.Do(t.Context(), h.as("lea"), id, postmortem.SetGap{ID: "G1", Due: "2025-10-03"}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a closed gap changed: %v", err)
	}
}

// TestReplayUsesWhatIsKept: after a repair the delivered images are others, and the bad ones are still among the evidence.
func TestReplayUsesWhatIsKept(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "a.png", "b.png", "c.png", "d.png")
	h.suspect(id, "warm.cube", table(t, warm))
	if err := h.FileImpact(t.Context(), h.as("nora"), id, ""); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a.png", "b.png", "c.png", "d.png"} {
		h.gradient(name, uint8(3*i), nil)
	}
	got := h.test(id, "H1", experiment.Request{Kind: experiment.ReplayLUT, LUT: "warm.cube"})
	if got.Result != postmortem.Confirmed || got.Numbers[0].Value != 4 {
		t.Errorf("%s, %v", got.Result, got.Numbers)
	}
}

// TestAcceptedNotConfirmed: without a test that confirms it, two people make a cause accepted, and nothing makes it confirmed.
func TestAcceptedNotConfirmed(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "a.png")
	standing := func(cause string) postmortem.Standing {
		t.Helper()
		c, err := h.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Analysis.Standing(cause)
	}
	judge := func(login string) error {
		return h.Do(t.Context(), h.as(login), id, postmortem.JudgeCause{Cause: "C1", Reason: "the log says so"})
	}
	if s := standing("C1"); s != postmortem.Untested {
		t.Errorf("at first it is %s", s)
	}
	if err := judge("lea"); err != nil || standing("C1") != postmortem.Untested {
		t.Fatalf("one person: %s, %v", standing("C1"), err)
	}
	if err := judge("lea"); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("the same person again: %v", err)
	}
	if err := judge("nora"); err != nil || standing("C1") != postmortem.Accepted {
		t.Errorf("two people: %s, %v", standing("C1"), err)
	}
	h.do("lea", id, postmortem.SetCause{CauseFields: postmortem.CauseFields{ID: "C1", Kind: postmortem.Direct, Domain: postmortem.Data, Text: "something else"}})
	if s := standing("C1"); s != postmortem.Untested {
		t.Errorf("in other words it is %s", s)
	}
	if err := h.Do(t.Context(), h.as("lea"), id, postmortem.NoteTest{Hypothesis: "H1", Method: "looked at it", Result: postmortem.Confirmed}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a test by hand without evidence: %v", err)
	}
	viewer := people.Actor{ID: "v", Role: people.Viewer}
	for _, c := range []any{postmortem.JudgeCause{Cause: "C1", Reason: "x"}, postmortem.CloseGap{ID: "G1", Reason: "x"}, postmortem.SetGap{ID: "G1"}} {
		if err := h.Do(t.Context(), viewer, id, c); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("%T by a viewer: %v", c, err)
		}
	}
}
