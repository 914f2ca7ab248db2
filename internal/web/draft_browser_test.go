package web

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/safelight-dev/safelight/internal/postmortem"
)

// chromium is a real browser of one person.
type chromium struct {
	t    *testing.T
	ctx  context.Context
	base string
}

func (s *site) chromium(t *testing.T, login string) *chromium {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("lang", "fr"))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancelTime := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancelTime)
	c := &chromium{t, ctx, s.url}
	c.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(c.base+"/sign-in?lang=fr"))
	c.do(chromedp.SendKeys(chromedp.CSS("#login"), login), chromedp.SendKeys(chromedp.CSS("#password"), login))
	c.press("form[action='/sign-in'] button.primary")
	return c
}

func (c *chromium) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, steps...); err != nil {
		c.t.Fatalf("in the browser: %v\n%s", err, c.text())
	}
}

func (c *chromium) press(selector string) {
	c.t.Helper()
	if _, err := chromedp.RunResponse(c.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		c.t.Fatalf("press %s: %v\n%s", selector, err, c.text())
	}
}

func (c *chromium) text() string {
	text, err := chromedp.Run(c.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// run evaluates an expression for what it does.
func (c *chromium) run(expression string) {
	c.t.Helper()
	if _, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool]("("+expression+", true)")); err != nil {
		c.t.Fatalf("evaluate %s: %v", expression, err)
	}
}

// shot keeps a picture of the page in the folder that SAFELIGHT_SCREENSHOTS names, for people to look at.
func (c *chromium) shot(name string) {
	c.t.Helper()
	dir := os.Getenv("SAFELIGHT_SCREENSHOTS")
	if dir == "" {
		return
	}
	for suffix, width := range map[string]int64{"": 1280, "-phone": 390} {
		c.do(chromedp.EmulateViewport(width, 900))
		png, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+suffix+".png"), png, 0o644)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	c.do(chromedp.EmulateViewport(1280, 900))
}

// TestTwoLeadsEdit has two people edit one draft in two browsers: the second sees three texts and what was merged, and saves both.
func TestTwoLeadsEdit(t *testing.T) {
	t.Parallel()
	m := tell(t, drafted)
	s := open(t, m)
	paul, rita := s.chromium(t, "paul"), s.chromium(t, "root")
	page := "/incidents/" + theIncident
	edit := func(c *chromium, old, new string) {
		c.do(chromedp.Navigate(c.base + page))
		c.run(`document.getElementById("do-edit").open = true`)
		c.run(`((e) => { e.value = e.value.replace("` + old + `", "` + new + `") })(document.getElementById("edit-markdown"))`)
	}
	edit(rita, "lacune de tests CI", "aucun test de couleur en CI")
	edit(paul, "Documenter les étapes de revue", "Documenter chaque étape de revue")
	// Both change the impact too, in different ways.
	for c, words := range map[*chromium]string{rita: "toutes les images du catalogue", paul: "4 200 images, rouges déviés"} {
		c.run(`((e) => { e.value = e.value.replace("4 200 images déviées de la palette de marque", "` + words + `") })(document.getElementById("edit-markdown"))`)
	}
	paul.shot("edit")
	rita.press("#do-edit button")
	paul.press("#do-edit button")
	paul.shot("conflict")
	body := paul.text()
	for _, want := range []string{"Deux versions du postmortem", "Rita Adam", "toutes les images du catalogue", "4 200 images, rouges déviés", "Changé par les deux, différemment", "Changé par vous"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of the conflict does not say %q", want)
		}
	}
	paul.run(`((e) => { e.value = e.value.replace(/<<<<<<< [^\n]*\n([^]*?)=======\n[^]*?>>>>>>> [^\n]*\n/, "$1") })(document.getElementById("merged"))`)
	paul.press("form button.primary")
	c, err := m.Case(t.Context(), theIncident)
	if err != nil {
		t.Fatal(err)
	}
	text := string(c.Analysis.Document.Markdown("fr"))
	for _, want := range []string{"aucun test de couleur en CI", "Documenter chaque étape de revue", "Impact : 4 200 images, rouges déviés"} {
		if !strings.Contains(text, want) {
			t.Errorf("the saved text lacks %q:\n%s", want, text)
		}
	}
	m.do(6*time.Hour, "paul", postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: "Prévenir la marque plus tôt"}})
	paul.do(chromedp.Navigate(paul.base + page))
	paul.run(`document.querySelectorAll("#problems, #news, #news details").forEach((e) => { e.open = true })`)
	paul.shot("document")
	paul.do(chromedp.Navigate(paul.base + "/actions"))
	paul.shot("actions")
	if !strings.Contains(paul.text(), "2025-Q4") {
		t.Error("the roadmap does not show the action in its quarter")
	}
}
