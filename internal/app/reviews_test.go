package app

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestLeadsAreTold: the leads hear of a quarter's review a week after its end, again each week, and no more once it is held.
func TestLeadsAreTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	remind := func() {
		t.Helper()
		if err := h.RemindReview(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.idle()
	}
	remind() // nothing has happened yet
	h.declare()
	told := func() int { return h.channel.count("2025-Q3/review/" + string(h.as("lea").ID)) }
	remind()
	if n := told(); n != 0 {
		t.Fatalf("told %d times while the quarter goes on", n)
	}
	h.move(12 * 24 * time.Hour) // 9 October
	for range 3 {
		remind()
	}
	if n := told(); n != 1 {
		t.Errorf("the lead was told %d times on the first days, want once", n)
	}
	if n := h.channel.count("2025-Q3/review/"); n != 1 {
		t.Errorf("%d people were told; want the lead alone", n)
	}
	h.move(8 * 24 * time.Hour)
	remind()
	if n := told(); n != 2 {
		t.Errorf("the lead was told %d times after another week, want twice", n)
	}
	held := web.HeldReview{Quarter: "2025-Q3", On: "2025-10-16", People: []string{"lea", "nora"}, Minutes: "A1 gets another owner."}
	if err := h.HoldReview(t.Context(), h.as("nora"), held); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a responder records a review: %v", err)
	}
	stranger := held
	stranger.People = []string{"nobody"}
	if err := h.HoldReview(t.Context(), h.as("lea"), stranger); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("somebody without an account was there: %v", err)
	}
	if err := h.HoldReview(t.Context(), h.as("lea"), held); err != nil {
		t.Fatal(err)
	}
	h.move(8 * 24 * time.Hour)
	remind()
	if n := told(); n != 2 {
		t.Errorf("the lead was told of a review that was held")
	}
	list, err := h.Reviews(t.Context())
	if err != nil || len(list) != 1 || list[0].Held == nil || list[0].Held.On != "2025-10-16" {
		t.Errorf("reviews = %+v, %v; want that of the third quarter, held", list, err)
	}
	pack, err := h.Review(t.Context(), h.as("lea"), "2025-Q3")
	if err != nil || strings.Join(pack.There, " ") != "nora lea" && strings.Join(pack.There, " ") != "lea nora" {
		t.Errorf("there were %v, %v", pack.There, err)
	}
}

// TestReviewWithholds: the pack names to nobody what is withheld from them, and counts it.
func TestReviewWithholds(t *testing.T) {
	t.Parallel()
	h, id, _ := restrictedHouse(t, func(h *house) {
		h.config.Restricted = postmortem.RestrictPolicy{Severities: []pipeline.Severity{pipeline.S0, pipeline.S1, pipeline.S2, pipeline.S3}, Withhold: postmortem.Restriction{
			Reason: "customer data", Sections: []string{"whys", "actions", "causes", "rca"}, Evidence: []string{postmortem.AllEvidence}}}
	})
	h.do("lea", id, prevention.AddAction{Title: "Ask customer Blumberg for other pictures", Domain: postmortem.Data, Owner: h.as("lea").ID,
		Due: h.clock().Format(prevention.DateLayout), Impact: prevention.Large, Effort: prevention.Small})
	h.move(20 * 24 * time.Hour)
	v, r := h.visitor("vera", people.Viewer), h.visitor("rita", people.Responder)
	for _, path := range []string{"/reviews/2025-Q3", "/reviews/2025-Q3.md", "/reviews"} {
		status, page := v.get(path)
		if status != http.StatusOK || strings.Contains(strings.ToLower(page), "blumberg") {
			t.Errorf("%s gives a viewer %d and the secret", path, status)
		}
		if _, page = r.get(path); path != "/reviews" && !strings.Contains(page, "Blumberg") {
			t.Errorf("%s says nothing of it to a responder: the test looks at nothing", path)
		}
	}
	if pack, err := h.Review(t.Context(), h.persons["nora"].Actor(), "2025-Q3"); err != nil || pack.Withheld != 0 {
		t.Errorf("a responder is told of %d withheld actions, %v", pack.Withheld, err)
	}
}
