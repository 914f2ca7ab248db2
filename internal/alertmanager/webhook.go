package alertmanager

import (
	"fmt"
	"net/http"

	"github.com/safelight-dev/safelight/internal/alert"
)

// truncatedNote is the annotation that says what a webhook has left out.
const truncatedNote = "truncated_alerts"

// Webhook serves POST /api/v1/alertmanager/webhook: what another Alertmanager,
// or a contact point of Grafana, notifies a webhook of.
func (s *Server) Webhook(w http.ResponseWriter, r *http.Request) {
	text, err := body(w, r, MaxBody, "webhook")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list, truncated, err := parseWebhook(text, s.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if truncated > 0 && len(list) > 0 {
		// The incident must not look smaller than it is.
		if list[0].Annotations == nil {
			list[0].Annotations = alert.Labels{}
		}
		list[0].Annotations[truncatedNote] = fmt.Sprint(truncated)
	}
	if err := s.Service.TakeAlerts(r.Context(), list); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"alerts": len(list), "truncated": truncated})
}
