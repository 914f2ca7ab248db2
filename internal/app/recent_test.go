package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestDeliveredLately: a plan counts by the log of the outermost edge, which serves from its cache; by those further in where that does not
// tell, and says so.
func TestDeliveredLately(t *testing.T) {
	t.Parallel()
	logs := t.TempDir()
	edge := func(name string) delivery.EdgeConfig {
		return delivery.EdgeConfig{Kind: "nginx", AccessLog: delivery.AccessLogConfig{Path: filepath.Join(logs, name), Format: "combined"}}
	}
	w := newWardWith(t, func(h *house) {
		h.config.Gateway.Edges = map[string]delivery.EdgeConfig{"inner": edge("inner.log"), "outer": edge("outer.log")}
		r := h.config.Gateway.Routes["catalogue"]
		r.URL, r.Edges = "http://img.example.org/catalogue/", []string{"inner", "outer"}
		h.config.Gateway.Routes["catalogue"] = r
	})
	for n := range 4 {
		w.deliver(fmt.Sprint(n, ".png"), "the image")
	}
	w.ask("0.png") // by the gateway
	id := w.declare()
	line := func(ago time.Duration, path string) string {
		return fmt.Sprintf("192.0.2.7 - - [%s] \"GET /catalogue/%s HTTP/1.1\" 200 9\n", time.Now().Add(-ago).Format("02/Jan/2006:15:04:05 -0700"), path)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(logs, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w.recent.by = nil // as after a while
	}
	planned := func(what string, want web.Recent) {
		t.Helper()
		p, err := w.PlanRoute(t.Context(), id, "catalogue")
		if got := p.Recent; err != nil || got.Delivered == nil || *got.Delivered != *want.Delivered || !slices.Equal(got.Logs, want.Logs) || got.AtLeast != want.AtLeast {
			t.Errorf("%s: %s %+v, %v; want %s", what, got.Lately().In("en"), got, err, want.Lately().In("en"))
		}
	}
	said := func(n int, least bool, logs ...string) web.Recent {
		return web.Recent{Delivered: &n, AtLeast: least, Logs: logs}
	}
	planned("the gateway alone, behind caches", said(1, true, "gateway"))
	old := line(2*time.Hour, "3.png")
	write("inner.log", old+line(time.Minute, "1.png"))
	planned("an edge further in", said(1, true, "inner"))
	write("outer.log", line(time.Minute, "2.png"))
	planned("the outermost does not go back so far", said(2, true, "outer", "inner"))
	write("outer.log", old+line(time.Minute, "1.png")+line(time.Minute, "2.png?w=200")+line(time.Minute, "2.png")+line(time.Minute, "0.png"))
	planned("the outermost tells of all", said(3, false, "outer"))
	write("outer.log", "garbage\n")
	planned("one that cannot be read", said(1, true, "inner"))
}
