package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/web"
)

func (h *house) read(name string) []byte {
	h.t.Helper()
	data, err := os.ReadFile(filepath.Join(h.dir, filepath.FromSlash(name)))
	if err != nil {
		h.t.Fatal(err)
	}
	return data
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// blob reads one piece of evidence.
func (h *house) blob(digest string) []byte {
	h.t.Helper()
	f, err := h.Blob(h.t.Context(), digest)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		h.t.Fatal(err)
	}
	return data
}

func (h *house) impact(id string) incident.Impact {
	h.t.Helper()
	if err := h.FileImpact(h.t.Context(), h.as("nora"), id, "seen on the shop"); err != nil {
		h.t.Fatal(err)
	}
	return *h.state(id).Impact
}

func TestImpactCountsDistinctImagesAndKeepsTheirPictures(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.image("delivered/0.png", 140)
	h.sweep()
	h.image("delivered/0.png", 160) // the same image, bad once more
	h.image("delivered/1.png", 170)
	h.sweep()
	got := h.impact(h.declare())
	if got.Checked != 3 || got.Affected != 2 || got.OverDeltaE != 2 || got.Text != "seen on the shop" {
		t.Errorf("checked %d, affected %d, over ΔE %d; want 3 distinct images, 2 of them bad", got.Checked, got.Affected, got.OverDeltaE)
	}
	if got.WorstPath != "1.png" || got.WorstDelta <= 2 {
		t.Errorf("the worst is %s with %.2f, want 1.png beyond the limit of 2", got.WorstPath, got.WorstDelta)
	}
	if len(got.Images) != 2 || got.Images[0].Path != "1.png" || got.Images[1].Path != "0.png" {
		t.Fatalf("pictures of %+v, want 1.png and 0.png, the worst first", got.Images)
	}
	for _, proof := range got.Images {
		for folder, digest := range map[string]string{"reference": proof.Reference, "delivered": proof.Candidate} {
			data := h.read(folder + "/" + proof.Path)
			if digest != digestOf(data) || !bytes.Equal(h.blob(digest), data) {
				t.Errorf("the kept %s of %s is not the file", folder, proof.Path)
			}
		}
		heat := h.blob(proof.Heatmap)
		if m, err := png.Decode(bytes.NewReader(heat)); err != nil || m.Bounds().Dx() < 32 || digestOf(heat) != proof.Heatmap {
			t.Errorf("the heat map of %s: %v", proof.Path, err)
		}
	}
}

// TestImpactKeepsAContactSheet draws the worst images on one sheet, the worst on top, a row an image.
func TestImpactKeepsAContactSheet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.image("delivered/0.png", 140)
	h.image("delivered/1.png", 200)
	h.sweep()
	id := h.declare()
	got := h.impact(id)
	sheet := h.blob(got.Sheet)
	m, err := jpeg.Decode(bytes.NewReader(sheet))
	if err != nil || digestOf(sheet) != got.Sheet || m.Bounds().Dy() < 2*240 || m.Bounds().Dy() >= 3*270 {
		t.Fatalf("the sheet is %v, %v; want two rows", m.Bounds(), err)
	}
	red := func(y int) uint32 { r, _, _, _ := m.At(12+320+12+10, y).RGBA(); return r >> 8 } // in the delivered picture
	if top, below := red(12+10), red(12+270+10); top < 180 || below > 160 {
		t.Errorf("the first row is of red %d, the second of %d; want the worst, 200, above 140", top, below)
	}
	if again := h.impact(id); again.Sheet != got.Sheet {
		t.Errorf("filed again, the sheet is %s, want the same", again.Sheet)
	}
	h.idle()
	if text := h.git("show", "draft/"+strings.ToLower(id)+":"+h.config.Root+"/"+id+".impact.md"); !strings.Contains(text, "- Contact sheet (SHA-256): "+got.Sheet+"\n") {
		t.Errorf("the report does not name the sheet:\n%s", text)
	}
}

// A delivered file that is no longer the measured one gives no picture, however
// it went, and does not keep the report from being filed.
func TestImpactSkipsWhatHasBeenReplaced(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range []string{"reference/3.png", "reference/4.png"} {
		h.image(name, 100)
	}
	for i, name := range []string{"0", "1", "2", "3", "4"} {
		h.image("delivered/"+name+".png", uint8(150+10*i))
	}
	h.sweep()
	h.image("delivered/0.png", 100)                     // repaired
	h.write("delivered/1.png", []byte("damaged since")) // cannot even be decoded
	for _, name := range []string{"delivered/2.png", "reference/3.png"} {
		if err := os.Remove(filepath.Join(h.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	id := h.declare()
	got := h.impact(id)
	if got.Affected != 5 {
		t.Errorf("%d affected, want all 5 that were measured as bad", got.Affected)
	}
	if len(got.Images) != 1 || got.Images[0].Path != "4.png" {
		t.Errorf("pictures of %+v, want only of 4.png, which is still there", got.Images)
	}
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Analysis.Evidence {
		if !strings.Contains(e.Path, "4.png") {
			t.Errorf("evidence %s of a pair that is not whole was kept", e.Path)
		}
	}
	if len(c.Analysis.Evidence) != 3 {
		t.Errorf("%d files of evidence, want reference, delivered and heat map of 4.png", len(c.Analysis.Evidence))
	}
	if again := h.impact(id); len(again.Images) != 1 {
		t.Errorf("filed again, it has %d pictures, want 1", len(again.Images))
	}
	if c, err = h.Case(t.Context(), id); err != nil || len(c.Analysis.Evidence) != 3 {
		t.Errorf("filed again, it has %d files of evidence, %v; want the same 3", len(c.Analysis.Evidence), err)
	}
	// What is delivered next is another version of the same name, and filed again all the same.
	h.image("delivered/4.png", 220)
	h.sweep()
	if again := h.impact(id); len(again.Images) != 1 || again.Images[0].Candidate != digestOf(h.read("delivered/4.png")) {
		t.Errorf("after another bad delivery it shows %+v, want the new version", again.Images)
	}
}

func TestImpactCountsDeliveriesFromTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.image("delivered/0.png", 160)
	h.sweep()
	id := h.declare()
	if got := h.impact(id); got.Deliveries != nil {
		t.Errorf("without a log %d deliveries were counted, want none said", *got.Deliveries)
	}
	g, err := delivery.NewGateway(delivery.Options{StateFile: GatewayState(h.dir), AccessLog: AccessLog(h.dir), Config: h.config.Gateway})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(g)
	for _, name := range []string{"0.png", "0.png", "1.png", "missing.png"} {
		r, err := http.Get(s.URL + "/catalogue/" + name)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	s.Close()
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if got := h.impact(id); got.Deliveries == nil || *got.Deliveries != 2 {
		t.Errorf("deliveries = %v, want the 2 of the bad image", got.Deliveries)
	}
}

// TestImpactCountsTheEdgesLogs counts what the outermost edge has answered, and names every log with what it says.
func TestImpactCountsTheEdgesLogs(t *testing.T) {
	t.Parallel()
	logs := t.TempDir()
	edge := func(name string) delivery.EdgeConfig {
		return delivery.EdgeConfig{Kind: "nginx", AccessLog: delivery.AccessLogConfig{Path: filepath.Join(logs, name), Format: "combined"}}
	}
	h := newHouseWith(t, func(h *house) {
		h.config.Gateway.Edges = map[string]delivery.EdgeConfig{"inner": edge("inner.log"), "outer": edge("outer.log"), "gone": edge("gone.log")}
		r := h.config.Gateway.Routes["catalogue"]
		r.URL, r.Edges = "http://img.example.org/catalogue/", []string{"inner", "outer", "gone"}
		h.config.Gateway.Routes["catalogue"] = r
	})
	h.image("delivered/0.png", 160)
	h.sweep()
	line := func(request string, status, bytes int) string {
		return fmt.Sprintf("192.0.2.7 - ana [27/Sep/2025:04:00:00 +0000] %q %d %d \"-\" \"curl\"\n", request, status, bytes)
	}
	for name, text := range map[string]string{
		"inner.log": line("GET /catalogue/0.png HTTP/1.1", 200, 9),
		"outer.log": line("GET /catalogue/0.png HTTP/1.1", 200, 9) + line("GET /catalogue/0.png?w=1 HTTP/1.1", 206, 9) + line("GET /catalogue/0.png HTTP/1.1", 304, 0) +
			line("GET /catalogue/1.png HTTP/1.1", 200, 9) + "garbage\n",
	} {
		if err := os.WriteFile(filepath.Join(logs, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	id := h.declare()
	got := h.impact(id)
	if got.Deliveries == nil || *got.Deliveries != 2 || *got.Unchanged != 1 {
		t.Fatalf("deliveries %v, had already %v; want the outer edge's 2 and 1", got.Deliveries, got.Unchanged)
	}
	if len(got.Logs) != 3 || got.Logs[2].Log != "gone" || got.Logs[2].Problem == "" || got.Logs[2].Counted {
		t.Fatalf("logs %+v, want inner, outer, and gone with its problem", got.Logs)
	}
	if got.Logs[0] != (incident.DeliveryLog{Log: "inner", Route: "catalogue", Full: 1}) ||
		got.Logs[1] != (incident.DeliveryLog{Log: "outer", Route: "catalogue", Full: 1, Partial: 1, Unchanged: 1, Counted: true, Damaged: 1, Inner: true}) {
		t.Errorf("logs %+v", got.Logs[:2])
	}
	h.idle()
	for _, secret := range []string{"192.0.2.7", "ana ", "curl"} {
		if strings.Contains(h.git("show", "draft/"+strings.ToLower(id)+":"+h.config.Root+"/"+id+".impact.md"), secret) {
			t.Errorf("the report has %q, which is a visitor's", secret)
		}
	}
}

// TestCountedLog: the outermost log counts where it tells of the whole time; else the one that has counted most, and the report says so.
func TestCountedLog(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 28, 4, 20, 0, 0, time.UTC)
	gateway := incident.DeliveryLog{Log: web.GatewayLog, Full: 50}
	for name, c := range map[string]struct {
		outer incident.DeliveryLog
		want  string
		sum   int
		least bool
	}{
		"tells of all":         {incident.DeliveryLog{Log: "outer", Full: 90}, "outer", 90, false},
		"saw none, all along":  {incident.DeliveryLog{Log: "outer"}, "outer", 0, false},
		"begins later":         {incident.DeliveryLog{Log: "outer", Begins: &began}, "gateway", 50, true},
		"begins later, more":   {incident.DeliveryLog{Log: "outer", Full: 90, Begins: &began}, "outer", 90, true},
		"nobody writes to it":  {incident.DeliveryLog{Log: "outer", Silent: true}, "gateway", 50, true},
		"not to its end":       {incident.DeliveryLog{Log: "outer", Full: 40, Problem: "it is torn"}, "gateway", 50, true},
		"cannot be read":       {incident.DeliveryLog{Log: "outer", Problem: "it is gone"}, "gateway", 50, true},
		"further in, no other": {incident.DeliveryLog{Log: "inner", Full: 60}, "inner", 60, true},
	} {
		a := &App{}
		a.config.Gateway.Routes = map[string]delivery.RouteConfig{"catalogue": {Edges: []string{"inner", "outer"}}}
		sum, _, logs := a.sumDeliveries(map[string][]incident.DeliveryLog{"catalogue": {gateway, c.outer}})
		counted := ""
		for _, l := range logs {
			if l.Counted {
				counted += l.Log
			}
		}
		if counted != c.want || sum == nil || *sum != c.sum || (incident.Impact{Logs: logs}).AtLeast() != c.least {
			t.Errorf("%s: %s counts, of %+v; want %s, %d, at least: %v", name, counted, logs, c.want, c.sum, c.least)
		}
	}
	a := &App{}
	a.config.Gateway.Routes = map[string]delivery.RouteConfig{"catalogue": {}}
	if _, _, logs := a.sumDeliveries(map[string][]incident.DeliveryLog{"catalogue": {gateway}}); (incident.Impact{Logs: logs}).AtLeast() {
		t.Error("where no edge stands before it, the gateway sees all")
	}
	from := began.Add(-time.Minute)
	for name, c := range map[string]struct {
		log            string
		r              delivery.LogReport
		begins, silent bool
	}{
		"from before":    {"outer", delivery.LogReport{Begins: from.Add(-time.Hour), Last: began}, false, false},
		"rotated before": {"outer", delivery.LogReport{Begins: began, Last: began, Older: true}, false, false},
		"begun later":    {"outer", delivery.LogReport{Begins: began, Last: began}, true, false},
		"left alone":     {"outer", delivery.LogReport{Older: true}, false, true},
		"empty":          {"outer", delivery.LogReport{}, false, true},
		"the gateway's":  {web.GatewayLog, delivery.LogReport{}, false, false},
	} {
		if l := deliveryLog(c.log, "catalogue", c.r, from, nil); (l.Begins != nil) != c.begins || l.Silent != c.silent {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

func TestEvidenceIsKeptBeforeItIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare()
	add := func(path, text string) error {
		return h.AddEvidence(t.Context(), h.as("nora"), id, web.EvidenceUpload{Path: path, Kind: "hook-log", Source: "ci", Data: strings.NewReader(text)})
	}
	if err := add("ci-logs/hook.log", "exit 1"); err != nil {
		t.Fatal(err)
	}
	if err := add("ci-logs/hook.log", "exit 1"); err != nil {
		t.Errorf("the same evidence again gave %v, want nothing", err)
	}
	for name, err := range map[string]error{
		"another file of that name": add("ci-logs/hook.log", "exit 0"),
		"a path that climbs":        add("../hook.log", "x"),
		"the manifest":              add("manifest.json", "{}"),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	c, err := h.Case(t.Context(), id)
	if err != nil || len(c.Analysis.Evidence) != 1 {
		t.Fatalf("%d files of evidence, %v; want one", len(c.Analysis.Evidence), err)
	}
	if got := h.blob(c.Analysis.Evidence[0].SHA256); string(got) != "exit 1" {
		t.Errorf("it holds %q, want the bytes that were added", got)
	}
	for _, bad := range []string{"", "zz", strings.Repeat("0", 64)} {
		if f, err := h.Blob(t.Context(), bad); err == nil {
			f.Close()
			t.Errorf("evidence %q was found", bad)
		}
	}
}
