package alertmanager

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
)

// GetReceivers serves GET /api/v2/receivers.
func (s *Server) GetReceivers(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, []named{{receiver}})
}

// speaks is the version of Alertmanager whose API this is: clients choose by it
// what to ask for.
const speaks = "0.25.0"

// GetStatus serves GET /api/v2/status. The configuration is what Alertmanager
// would need to group as we do; its clients parse it.
func (s *Server) GetStatus(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"cluster": map[string]any{"status": "disabled", "peers": []string{}},
		"config":  map[string]string{"original": s.configuration()},
		"uptime":  moment{s.Started},
		"versionInfo": map[string]string{
			"version": speaks, "revision": "", "branch": "safelight", "buildUser": "", "buildDate": "", "goVersion": runtime.Version(),
		},
	})
}

func (s *Server) configuration() string {
	names := s.Policy.GroupBy()
	if names == nil {
		names = []string{"..."}
	}
	for i, n := range names {
		text, err := json.Marshal(n) // JSON's strings are YAML's, too
		if err == nil {
			names[i] = string(text)
		}
	}
	return fmt.Sprintf("global:\n  resolve_timeout: %s\nroute:\n  receiver: %s\n  group_by: [%s]\nreceivers:\n- name: %s\n",
		s.Policy.ResolveTimeout(), receiver, strings.Join(names, ", "), receiver)
}
