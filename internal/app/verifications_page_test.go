package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/trend"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestDecidedVerificationShowsWhatWasDecidedOn: weeks after the decision the
// page shows the chart of the alarm, not that of the day.
func TestDecidedVerificationShowsWhatWasDecidedOn(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(*house) {})
	open, err := h.VerificationChart(t.Context(), v)
	if err != nil || open.State != trend.Alarm || len(open.Points) != chartDays {
		t.Fatalf("the chart of the open one is %s with %d points, %v", open.State, len(open.Points), err)
	}
	if err := h.DismissVerification(t.Context(), h.as("nora"), v.ID, intake.Dismissed{Reason: "a newsletter went out"}); err != nil {
		t.Fatal(err)
	}
	s := newShop("zendesk", 77)
	s.count = 1_000_000 // ids that are not taken
	for range 20 {
		today := s.day(h.clock())
		h.move(24 * time.Hour)
		if taken, err := h.takeFrom(t.Context(), today); err != nil || taken.Accepted != len(today) {
			t.Fatalf("took %+v, %v", taken, err)
		}
	}
	if v, err = h.Verification(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	c, err := h.VerificationChart(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	if c.State != trend.Alarm || c.Value != v.Value || c.Limit != v.Limit || !c.Since.Equal(v.Since) || !c.Until.Equal(v.Until) {
		t.Errorf("the chart of the decided one is %+v, want the figures that it was opened with", c)
	}
	if fmt.Sprint(c.Points) != fmt.Sprint(open.Points) {
		t.Errorf("its points are\n%v, want those of the opening\n%v", c.Points, open.Points)
	}
	status, page := h.visitor("vera", people.Viewer).get("/signals/verifications/" + v.ID)
	for _, want := range []string{"they are what was decided on", `<rect class="since"`, `<span class="status alarm">alarm</span>`, `class="limit"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page (%d) lacks %q", status, want)
		}
	}
	if status != http.StatusOK || strings.Contains(page, ">quiet<") {
		t.Errorf("the page (%d) of a decided verification says quiet", status)
	}
}

// TestAlarmLinksToWhatPeopleDo: the chart of an alarm leads to its verification, and once that is confirmed to its incident.
func TestAlarmLinksToWhatPeopleDo(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(*house) {})
	vera := h.visitor("vera", people.Viewer)
	_, page := vera.get("/signals")
	if want := `to verify: <a href="/signals/verifications/` + v.ID + `">` + v.ID + "</a>"; !strings.Contains(page, want) {
		t.Errorf("with an open verification the page lacks %s", want)
	}
	id, err := h.ConfirmVerification(t.Context(), h.as("nora"), v.ID, web.Confirmation{Severity: "S2"})
	if err != nil {
		t.Fatal(err)
	}
	_, page = vera.get("/signals")
	if want := `confirmed: <a href="/incidents/` + id + `">` + id + "</a>"; !strings.Contains(page, want) {
		t.Errorf("after the confirmation the page lacks %s", want)
	}
}
