package app

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/web"
)

// scaled is the identity with a share of one channel, as a file.
func scaled(t *testing.T, name string, share float64) web.TestTable {
	t.Helper()
	var b bytes.Buffer
	if err := table(t, func(r, g, b float64) (float64, float64, float64) { return r * share, g, b }).Write(&b); err != nil {
		t.Fatal(err)
	}
	return web.TestTable{Path: "luts/" + name, Data: b.Bytes()}
}

// TestIncidentBecomesAnAcceptedTest in one command; a test that does not fail on the bad table, fails on the fix or on a good change, or was tried on
// too few, is refused with the reason, and nothing of it is written.
func TestIncidentBecomesAnAcceptedTest(t *testing.T) {
	t.Parallel()
	h, id := drifted(t, "0.png", "1.png", "2.png")
	var bad bytes.Buffer
	if err := table(t, warm).Write(&bad); err != nil {
		t.Fatal(err)
	}
	good := func() web.MakeTest {
		return web.MakeTest{
			LUT: "luts/brand.cube", Bad: web.TestTable{Path: "luts/bad.cube", Data: bad.Bytes()}, Fix: scaled(t, "fix.cube", 1),
			Controls: []web.TestTable{scaled(t, "c1.cube", 0.999), scaled(t, "c2.cube", 0.998), scaled(t, "c3.cube", 0.997)},
		}
	}
	for want, change := range map[string]func(*web.MakeTest){
		"does not fail on the bad evidence luts/fix.cube": func(m *web.MakeTest) { m.Bad = m.Fix },
		"does not pass on the fix luts/bad.cube":          func(m *web.MakeTest) { m.Fix = m.Bad },
		"fails on the good change luts/bad.cube":          func(m *web.MakeTest) { m.Controls[1] = m.Bad },
		"tried on 2 different good changes":               func(m *web.MakeTest) { m.Controls[2] = m.Controls[1] },
	} {
		m := good()
		change(&m)
		if err := h.MakeTest(t.Context(), h.as("lea"), id, m); !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want a refusal that says %q", err, want)
		}
	}
	if err := h.MakeTest(t.Context(), h.as("lea"), id, web.MakeTest{LUT: "x", Bad: web.TestTable{Path: "luts/none.cube"}}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a table of nowhere: %v", err)
	}
	if tests, err := LoadTests(h.dir, ""); err != nil || len(tests) != 0 {
		t.Fatalf("%d tests were written by what was refused, %v", len(tests), err)
	}
	if err := h.MakeTest(t.Context(), h.as("lea"), id, good()); err != nil {
		t.Fatal(err)
	}
	tests, err := LoadTests(h.dir, "incident")
	if err != nil || len(tests) != 1 || tests[0].LUT != "luts/brand.cube" {
		t.Fatalf("%d tests, %v; want the one", len(tests), err)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Prevention.Tests; len(got) != 1 || got[0].SHA256 != tests[0].SHA256 || len(got[0].Bad.Violations) == 0 || len(got[0].Controls) != 3 || c.Incident.Prevented == nil {
		t.Errorf("accepted is %+v", got)
	}
	if run, err := tests[0].Run("warm", nil, LUTChange(table(t, warm))); err != nil || run.Passed() {
		t.Errorf("the written test on the bad table: %+v, %v", run, err)
	}
}
