package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"log/slog"
)

// TestContrast computes the contrast of every pair of colours that text
// stands on, as WCAG 2 defines it (relative luminance), in both palettes.
func TestContrast(t *testing.T) {
	t.Parallel()
	sheet, err := staticFiles.ReadFile("static/safelight.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(sheet), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark palette")
	}
	dark, _, _ = strings.Cut(dark, "* { box-sizing")
	pairs := [][2]string{
		{"ink", "ground"}, {"ink", "paper"}, {"ink", "well"}, {"soft", "ground"}, {"soft", "paper"}, {"soft", "well"},
		{"accent", "ground"}, {"accent", "paper"}, {"accent-ink", "accent"}, {"ink", "bad-soft"}, {"ink", "risk-soft"}, {"ink", "good-soft"},
		{"bad", "bad-soft"}, {"bad", "paper"}, {"risk", "risk-soft"}, {"risk", "paper"}, {"good", "good-soft"}, {"good", "paper"},
	}
	for name, palette := range map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			if c := contrast(luminance(t, palette, p[0]), luminance(t, palette, p[1])); c < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want 4.5", name, p[0], p[1], c)
			}
		}
	}
	if c := contrast(1, 0); math.Abs(c-21) > 1e-9 {
		t.Errorf("white on black = %g, want 21", c)
	}
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

func luminance(t *testing.T, palette, name string) float64 {
	t.Helper()
	m := regexp.MustCompile(`--` + name + `: #([0-9a-f]{6});`).FindStringSubmatch(palette)
	if m == nil {
		t.Fatalf("the palette lacks %s", name)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(m[1][2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestAssets(t *testing.T) {
	t.Parallel()
	b := open(t, tell(t, calm)).as("")
	page := b.get("/sign-in").body
	for _, m := range regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		r := b.get(m[1])
		if r.status != 200 || !strings.Contains(r.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, kept %q", m[1], r.status, r.header.Get("Cache-Control"))
		}
	}
	for _, name := range []string{"missing.css", "..%2Fdoc.go", ".."} {
		if r := b.get("/static/" + name); r.status == 200 {
			t.Errorf("/static/%s is served", name)
		}
	}
	if r := b.get("/static/safelight.css"); strings.Contains(r.header.Get("Cache-Control"), "immutable") {
		t.Error("a file asked for without its version may be kept for ever")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := Options{Service: tell(t, calm), Sessions: sessions{}, Log: slog.New(slog.DiscardHandler)}
	if _, err := New(good); err != nil {
		t.Fatalf("good options: %v", err)
	}
	for name, change := range map[string]func(*Options){
		"no service":  func(o *Options) { o.Service = nil },
		"no sessions": func(o *Options) { o.Sessions = nil },
		"no log":      func(o *Options) { o.Log = nil },
		"bad address": func(o *Options) { o.Base = "localhost:8321" },
		"bad scheme":  func(o *Options) { o.Base = "ftp://host" },
	} {
		bad := good
		change(&bad)
		if _, err := New(bad); err == nil {
			t.Errorf("%s: New takes it", name)
		}
	}
}

func TestSecureCookies(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Service: tell(t, calm), Sessions: sessions{}, Log: slog.New(slog.DiscardHandler), Base: "https://safelight.example"})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.sessions.Cookie; !c.Secure || c.Name != "__Host-safelight" || c.Path != "/" || c.Domain != "" {
		t.Errorf("session cookie = %+v, want one that only TLS carries", c)
	}
}
