package notify

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestHeartbeat is not parallel: it changes the environment.
func TestHeartbeat(t *testing.T) {
	var got []string
	answer := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(answer)
	}))
	defer server.Close()
	t.Setenv("HEARTBEAT_TEST_URL", server.URL+"/ping/secret-id")
	for method, want := range map[string]string{"": "GET", "POST": "POST", "HEAD": "HEAD"} {
		h, err := HeartbeatConfig{URLEnv: "HEARTBEAT_TEST_URL", Method: method}.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, answer = nil, http.StatusOK
		if err := h.Beat(t.Context()); err != nil || len(got) != 1 || got[0] != want+" /ping/secret-id" {
			t.Errorf("method %q: the other system was told %v, %v", method, got, err)
		}
		for _, answer = range []int{http.StatusFound, http.StatusNotFound, http.StatusBadGateway} {
			got = nil
			if err := h.Beat(t.Context()); err == nil || len(got) != 1 || strings.Contains(err.Error(), "secret") {
				t.Errorf("an answer of %d gives %v after %v", answer, err, got)
			}
		}
	}
	h, err := HeartbeatConfig{URLEnv: "HEARTBEAT_TEST_URL"}.Open()
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	if err := h.Beat(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody there gives %v", err)
	}
}

func TestHeartbeatMistakes(t *testing.T) {
	for name, c := range map[string]HeartbeatConfig{
		"no variable":      {},
		"address in place": {URLEnv: "https://hc-ping.example/abc"},
		"too often":        {URLEnv: "X", Every: time.Second},
		"too seldom":       {URLEnv: "X", Every: 2 * time.Hour},
		"method":           {URLEnv: "X", Method: "PATCH"},
	} {
		if err := c.Validate(); err == nil || strings.Contains(err.Error(), "hc-ping") {
			t.Errorf("%s gives %v", name, err)
		}
	}
	t.Setenv("HEARTBEAT_TEST_URL", "hc-ping.example/secret")
	if _, err := (HeartbeatConfig{URLEnv: "HEARTBEAT_TEST_URL"}).Open(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("no address gives %v", err)
	}
}
