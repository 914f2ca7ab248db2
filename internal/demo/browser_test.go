package demo_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a real Chromium with one tab.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// openBrowser starts Chromium; CI installs it, see .ci/run.
func openBrowser(t *testing.T, base string) *browser {
	t.Helper()
	return startChromium(t, 2*patience).open(t, base)
}

// chromium is a running Chromium, in which each browser is a profile of its own: no cookie is shared.
type chromium struct{ ctx context.Context }

func startChromium(t *testing.T, most time.Duration) chromium {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("lang", "fr"), chromedp.Flag("accept-lang", "fr"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancelTime := context.WithTimeout(ctx, most)
	t.Cleanup(cancelTime)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return chromium{ctx}
}

func (c chromium) open(t *testing.T, base string) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &browser{t, ctx, base}
	b.do(chromedp.EmulateViewport(1280, 900))
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("in the browser: %v\n%s", err, b.body())
	}
}

// visit opens a page and waits until it is loaded.
func (b *browser) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// press clicks something that leads to another page.
func (b *browser) press(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("press %s: %v\n%s", selector, err, b.body())
	}
}

// body is the text that a person reads.
func (b *browser) body() string {
	// Evaluated and not asked of a node: on a busy machine the page may be laid anew between the two halves of that question.
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

func (b *browser) wants(texts ...string) {
	b.t.Helper()
	body := b.body()
	for _, text := range texts {
		if !strings.Contains(strings.ToLower(body), strings.ToLower(text)) {
			b.t.Errorf("the page lacks %q:\n%s", text, body)
		}
	}
}

func (b *browser) signIn(login, password string) {
	b.t.Helper()
	b.visit("/sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS("#login"), login), chromedp.SendKeys(chromedp.CSS("#password"), password))
	b.press("form[action='/sign-in'] button.primary")
}

// value evaluates an expression in the page.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

// shot keeps a screenshot in the folder that SAFELIGHT_SCREENSHOTS names, for
// people to look at.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SAFELIGHT_SCREENSHOTS")
	if dir == "" {
		return
	}
	for suffix, width := range map[string]int64{"": 1280, "-phone": 390} {
		b.do(chromedp.EmulateViewport(width, 900))
		png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+suffix+".png"), png, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	b.do(chromedp.EmulateViewport(1280, 900))
}

// TestPagesOfTheNight reads the demo's pages as the manager would, the morning after.
func TestPagesOfTheNight(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(safelight(t), "demo", "--images", "60", "--dir", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, output: &bytes.Buffer{}}
	cmd.Stderr = p.output
	cmd.Env = append(os.Environ(), "LC_ALL=en_GB.UTF-8")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	url, secret := demoAddress(t, out, p)
	b := openBrowser(t, url)
	b.signIn("nora", secret)
	b.wants("PM-2025-09-27-01", "S1")
	b.shot("incidents")
	b.press("a[href^='/incidents/PM-2025-09-27-01']")
	b.wants("Dérive couleur marque (catalogue)", "PM-2025-09-27-01", "Surveillance L*a*b* dépasse le seuil",
		"Analyse des chemins impactés finalisée", "Échec du hook Git", "Ajouter une validation ΔE", "publié")
	if broken := value[int](b, `[...document.images].filter(i => i.complete && i.naturalWidth === 0).length`); broken != 0 {
		t.Errorf("%d pictures of the incident are broken", broken)
	}
	if shown := value[int](b, `document.images.length`); shown < 3 {
		t.Errorf("the incident shows %d pictures, want before, after and heat map", shown)
	}
	if h1 := value[int](b, `document.querySelectorAll("h1").length`); h1 != 1 {
		t.Errorf("the page has %d h1, want one", h1)
	}
	b.shot("incident")
	b.visit("/postmortems")
	b.wants("PM-2025-09-27-01")
	b.shot("postmortems")
	b.press("a[href^='/postmortems/PM-2025-09-27-01']")
	b.wants("Cause directe", "60 images déviées de la palette de marque", "Sceau")
	b.shot("postmortem")
	b.visit("/kpis")
	b.wants("Stock d’actions ouvertes", "100 %")
	b.shot("kpis")
	b.visit("/kpis?lang=en")
	b.wants("Open actions")
}

// demoAddress reads the address and the password that the demo prints last.
func demoAddress(t *testing.T, out interface{ Read([]byte) (int, error) }, p *process) (url, secret string) {
	t.Helper()
	var seen bytes.Buffer
	buffer := make([]byte, 4096)
	for {
		n, err := out.Read(buffer)
		seen.Write(buffer[:n])
		if i := strings.Index(seen.String(), ", password "); i >= 0 && strings.HasSuffix(seen.String(), "\n") {
			secret = strings.TrimSpace(seen.String()[i+len(", password "):])
			for _, word := range strings.Fields(seen.String()) {
				if strings.HasPrefix(word, "http://") {
					url = strings.TrimSuffix(word, "/")
				}
			}
			go func() { _, _ = bytes.NewBuffer(nil).ReadFrom(out) }()
			return url, secret
		}
		if err != nil {
			t.Fatalf("the demo ended with %v:\n%s%s", err, seen.String(), p.output.String())
		}
	}
}

// TestNightInTheBrowser lives an incident with the mouse: declare,
// acknowledge, contain, see the proof, undo, resolve.
func TestNightInTheBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.serve()
	b := openBrowser(t, h.url)
	b.visit("/incidents")
	if got := value[string](b, "location.pathname"); got != "/sign-in" {
		t.Errorf("a visitor at /incidents stands at %s, want the sign-in", got)
	}
	b.signIn("nora", password)
	b.visit("/incidents/new")
	b.do(chromedp.SendKeys(chromedp.CSS("[name=title]"), "Logo vire à l’orange <script>"),
		chromedp.SetValue(chromedp.CSS("[name=pipeline]"), "catalogue"), chromedp.SetValue(chromedp.CSS("[name=severity]"), "S1"))
	b.press("main form button.primary")
	b.wants("Logo vire à l’orange <script>", "S1")
	b.shot("live-detected")
	b.press("form[action$='/acknowledge'] button")
	b.shot("live-acknowledged")
	b.press("form[action$='/disable-route'] button")
	page := value[string](b, "location.pathname")
	until(t, "the proof on the page", func() bool {
		b.visit(page)
		return strings.Contains(h.journalOf(filepath.Base(page)), "incident.mitigation-proven")
	})
	b.visit(page)
	b.shot("live-contained")
	if undo := value[int](b, `document.querySelectorAll("form[action$='/undo']").length`); undo == 0 {
		t.Error("a contained incident offers no undo")
	}
}
