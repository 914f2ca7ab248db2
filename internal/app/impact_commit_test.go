package app

import (
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/store"
)

// git asks the real program about the house's repository.
func (h *house) git(args ...string) string {
	h.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", h.dir}, args...)...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return string(out)
}

// TestImpactIsCommitted files the report twice: each filing is a commit on the draft branch, and main knows nothing of it.
func TestImpactIsCommitted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.checked("catalogue", "product", h.clock().Add(-10*time.Minute), 10, 2, store.OverDeltaE, 5, "gen 2")
	id := h.declare()
	h.impact(id)
	h.idle()
	h.move(5 * time.Minute)
	h.checked("catalogue", "product", h.clock().Add(-2*time.Minute), 12, 4, store.OverDeltaE, 6, "gen 2")
	h.impact(id)
	h.idle()
	branch := "draft/" + strings.ToLower(id)
	if log := h.git("log", "--format=%an: %s", branch); !strings.HasPrefix(log, "nora: "+id+": impact report 2\nnora: "+id+": impact report 1\n") {
		t.Errorf("the draft branch has\n%s\nwant the two filings, the second on top", log)
	}
	file := path.Join(h.config.Root, id+".impact.md")
	first, second := h.git("show", branch+"~1:"+file), h.git("show", branch+":"+file)
	for text, want := range map[string][]string{
		first:  {"- Filed: no. 1, 2025-09-27 04:00 UTC\n", "- Impact: Over budget since 03:50 UTC: 2 of 10 images checked, worst ΔE00 5.09, on route catalogue.", "- Harm: goes on\n", "| catalogue | catalogue | 10 | 2 | 20 | 0 | yes | 5.08 | 5.09 | 2025-09-27 03:50 UTC catalogue/008.png | 2025-09-27 03:50 UTC catalogue/007.png |\n"},
		second: {"- Filed: no. 2, 2025-09-27 04:05 UTC\n", ": 4 of 12 images checked,", "| – | gen 2 | 12 | 4 | 33.3 |\n"},
	} {
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("the file lacks %q:\n%s", w, text)
			}
		}
	}
	if h.git("log", "--format=%s", "--all", "--not", branch) != "" || strings.Contains(h.git("status", "--porcelain"), "impact") {
		t.Error("the report is in the work tree or on another branch too")
	}
	s := h.state(id)
	commits := strings.Fields(h.git("log", "--format=%H", "-2", branch))
	if len(s.Filings) != 2 || s.Filings[0].Commit != commits[1] || s.Filings[1].Commit != commits[0] || s.Filings[1].Path != file || s.Filings[1].Affected != 4 {
		t.Errorf("filings %+v, want the commits %v", s.Filings, commits)
	}

	// A repeated effect finds its commit, whatever has happened since.
	h.do("nora", id, incident.Acknowledge{})
	again, err := h.commitImpact(t.Context(), incident.ImpactEffect{Incident: id, Number: 1})
	if err != nil || again.command != (incident.RecordImpactCommitted{ImpactCommitted: incident.ImpactCommitted{Number: 1, Commit: commits[1], Path: file}}) {
		t.Errorf("committing the first once more gives %+v, %v", again, err)
	}
	if err := h.Do(t.Context(), h.as("nora"), id, again.command); err == nil {
		t.Error("a person recorded a commit")
	}
	if _, err := h.commitImpact(t.Context(), incident.ImpactEffect{Incident: id, Number: 3}); err == nil {
		t.Error("a report that was not filed was committed")
	}
}
