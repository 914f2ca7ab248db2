package web

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/safelight-dev/safelight/internal/incident"
)

func TestLiveTmp(t *testing.T) {
	if os.Getenv("LIVE") == "" {
		t.Skip()
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("/usr/bin/chromium"),
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true))
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	m := tell(t, detected)
	m.replayed = false
	site := open(t, m)
	ctx, stop := chromedp.NewContext(alloc)
	defer stop()
	err := chromedp.Do(ctx, chromedp.Navigate(site.url+"/sign-in"), chromedp.SendKeys(chromedp.ID("login"), "ana"),
		chromedp.SendKeys(chromedp.ID("password"), "ana"), chromedp.Submit(chromedp.ID("password")), chromedp.Sleep(500*time.Millisecond),
		chromedp.Navigate(site.url+"/incidents/"+theIncident), chromedp.Sleep(1500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	say := func() {
		v, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.querySelector('.clock .says').textContent + ' | ' + document.querySelector('.phase').textContent + ' | ' + document.getElementById('changed').hidden + ' | ' + Array.from(document.querySelectorAll('details[open]'), d => d.id)"))
		t.Log(v, err)
	}
	say()
	_ = chromedp.Do(ctx, chromedp.Sleep(2*time.Second))
	say()
	_, _ = chromedp.Run(ctx, chromedp.Evaluate[string]("document.getElementById('do-severity').open = true; ''"))
	m.do(3*time.Minute, "paul", incident.Acknowledge{})
	_ = chromedp.Do(ctx, chromedp.Sleep(5*time.Second))
	say()
	_, _ = chromedp.Run(ctx, chromedp.Evaluate[string]("document.getElementById('do-note').open = true; document.getElementById('note-text').value = 'half a sent'; ''"))
	m.do(4*time.Minute, "ana", incident.DisableRoute{Route: "shop"})
	_ = chromedp.Do(ctx, chromedp.Sleep(5*time.Second))
	say()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.getElementById('note-text').value"))
	t.Log(v, err)
	// the button by hand
	err = chromedp.Do(ctx, chromedp.Navigate(site.url+"/incidents/"+theIncident), chromedp.Sleep(500*time.Millisecond))
	say()
	t.Log(err)
	b, _ := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	_ = os.WriteFile("/tmp/h/shots/live.png", b, 0o644)
}
