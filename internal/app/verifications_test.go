package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestPolicyDeclaresAfterAll: where an incident cannot be declared nothing is
// opened, so that the next reading declares it.
func TestPolicyDeclaresAfterAll(t *testing.T) {
	t.Parallel()
	h := upset(t, func(h *house) { h.config.Signals.Declare = "S3" })
	blobs := filepath.Join(StateDir(h.dir), "blobs")
	if err := errors.Join(os.Rename(blobs, blobs+".away"), os.WriteFile(blobs, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.JudgeSignals(t.Context()); err == nil {
		t.Fatal("without a folder for the evidence the charts were read without an error")
	}
	if err := errors.Join(os.Remove(blobs), os.Rename(blobs+".away", blobs)); err != nil {
		t.Fatal(err)
	}
	h.judge()
	list, err := h.Verifications(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatalf("%d verifications, %v; want one", len(list), err)
	}
	for _, v := range list {
		if v.Status != intake.StatusConfirmed || !v.ByPolicy || h.state(v.Incident).ID != v.Incident {
			t.Errorf("%s is %s, incident %q; want it declared by policy", v.ID, v.Status, v.Incident)
		}
	}
}

// TestConfirmNeedsAnIncidentThatLasts: where it is resolved already, the chart
// would ask the same again at once.
func TestConfirmNeedsAnIncidentThatLasts(t *testing.T) {
	t.Parallel()
	h, v := alarmed(t, func(*house) {})
	id := h.declare()
	nora := h.as("nora")
	for _, c := range []incident.Command{incident.Acknowledge{}, incident.Resolve{Text: "gone"}} {
		if err := h.Do(t.Context(), nora, id, c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.ConfirmVerification(t.Context(), nora, v.ID, web.Confirmation{Incident: id}); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("confirming into a resolved incident gives %v, want a conflict", err)
	}
	if err := h.Do(t.Context(), nora, id, incident.Reopen{Text: "back"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ConfirmVerification(t.Context(), nora, v.ID, web.Confirmation{Incident: id}); err != nil {
		t.Errorf("confirming into a reopened incident gives %v", err)
	}
	if opened := h.judge(); len(opened) > 0 {
		t.Errorf("while the incident lasts the chart opened %v", opened)
	}
}
