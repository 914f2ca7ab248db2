package web

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2/memstore"

	"github.com/safelight-dev/safelight/internal/people"
)

// TestMachineEndpoints is the table of who reaches an endpoint for machines, and as whom.
func TestMachineEndpoints(t *testing.T) {
	t.Parallel()
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		fmt.Fprint(w, people.FromContext(r.Context()).Role)
	})
	mounts := []Mount{
		{Pattern: "POST /v1/metrics", Need: people.Ingest, Limit: 10, Handler: echo},
		{Pattern: "GET /metrics", Need: people.Read, Handler: echo},
		{Pattern: "POST /v2/enqueue", Handler: echo},
	}
	handler := func(open bool) http.Handler {
		s, err := New(Options{
			Service: tell(t, detected), Sessions: sessions{memstore.NewWithCleanupInterval(0)},
			Log: slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)), Mounts: mounts, OpenLoopback: open,
		})
		if err != nil {
			t.Fatal(err)
		}
		return s.Handler()
	}
	open, shut := handler(true), handler(false)
	const here, away = "127.0.0.1:50000", "192.0.2.7:50000"
	for _, row := range []struct {
		name, request, from, host string
		header                    [2]string
		body                      string
		open                      bool
		status                    int
		want                      string
	}{
		{name: "no credentials", request: "POST /v1/metrics", from: here, host: "localhost:8321", status: 401},
		{name: "open on loopback", request: "POST /v1/metrics", from: here, host: "localhost:8321", open: true, status: 200, want: "responder"},
		{name: "open, IPv6", request: "GET /metrics", from: "[::1]:9", host: "[::1]:8321", open: true, status: 200, want: "responder"},
		{name: "open, from elsewhere", request: "POST /v1/metrics", from: away, host: "localhost:8321", open: true, status: 401},
		{name: "open, by another name", request: "POST /v1/metrics", from: here, host: "evil.example", open: true, status: 401},
		{name: "open, through a proxy", request: "POST /v1/metrics", from: here, host: "localhost", header: [2]string{"X-Forwarded-For", "192.0.2.7"}, open: true, status: 401},
		{name: "open, from a page of another site", request: "POST /v1/metrics", from: here, host: "localhost:8321", header: [2]string{"Sec-Fetch-Site", "cross-site"}, open: true, status: 403},
		{name: "bearer", request: "POST /v1/metrics", from: away, host: "x", header: [2]string{"Authorization", "Bearer token-of-ana"}, status: 200, want: "responder"},
		{name: "basic, the token as password", request: "POST /v1/metrics", from: away, host: "x", header: [2]string{"Authorization", basicOf("any", "token-of-ana")}, status: 200, want: "responder"},
		{name: "wrong token, even on loopback", request: "POST /v1/metrics", from: here, host: "localhost", header: [2]string{"Authorization", "Bearer nothing"}, open: true, status: 401},
		{name: "a machine sends", request: "POST /v1/metrics", from: away, host: "x", header: [2]string{"Authorization", "Bearer token-of-robot"}, status: 200, want: "watcher"},
		{name: "a machine reads the API", request: "GET /api/v1/incidents", from: away, host: "x", header: [2]string{"Authorization", "Bearer token-of-robot"}, status: 403},
		{name: "a reader sends", request: "POST /v1/metrics", from: away, host: "x", header: [2]string{"Authorization", "Bearer token-of-vic"}, status: 403},
		{name: "a reader reads", request: "GET /metrics", from: away, host: "x", header: [2]string{"Authorization", "Bearer token-of-vic"}, status: 200, want: "viewer"},
		{name: "too large", request: "POST /v1/metrics", from: here, host: "localhost", body: strings.Repeat("x", 11), open: true, status: 413},
		{name: "credentials in the body", request: "POST /v2/enqueue", from: away, host: "x", status: 200, want: ""},
	} {
		method, path, _ := strings.Cut(row.request, " ")
		r := httptest.NewRequest(method, path, strings.NewReader(row.body))
		r.RemoteAddr, r.Host = row.from, row.host
		if row.header[0] != "" {
			r.Header.Set(row.header[0], row.header[1])
		}
		h := shut
		if row.open {
			h = open
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != row.status || w.Code == http.StatusOK && w.Body.String() != row.want {
			t.Errorf("%s: %d %q, want %d %q", row.name, w.Code, w.Body, row.status, row.want)
		}
	}
}

func basicOf(user, password string) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}
