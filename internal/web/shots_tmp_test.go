package web

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestShots(t *testing.T) {
	if os.Getenv("SHOTS") == "" {
		t.Skip()
	}
	dir := "/tmp/h/shots"
	_ = os.MkdirAll(dir, 0o755)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("/usr/bin/chromium"),
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-gpu", true))
	if os.Getenv("DARK") != "" {
		opts = append(opts, chromedp.Flag("blink-settings", "preferredColorScheme=0"))
	}
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	for _, p := range gallery() {
		if f := os.Getenv("SHOTS"); f != "all" && !strings.Contains(";"+f+";", ";"+p.name+";") {
			continue
		}
		site := open(t, tell(t, p.at))
		ctx, stop := chromedp.NewContext(alloc)
		ctx, stop2 := context.WithTimeout(ctx, 60*time.Second)
		if p.login != "" {
			err := chromedp.Do(ctx, chromedp.Navigate(site.url+"/sign-in?lang="+os.Getenv("L")), chromedp.SendKeys(chromedp.ID("login"), p.login),
				chromedp.SendKeys(chromedp.ID("password"), p.login), chromedp.Submit(chromedp.ID("password")), chromedp.Sleep(500*time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, w := range []int64{1280, 390} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(w, 844), chromedp.Navigate(site.url+p.path), chromedp.Sleep(300*time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			over, err := chromedp.Run(ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth"))
			if err != nil {
				t.Fatal(err)
			}
			if over > int(w) {
				t.Errorf("%s is %d wide at %d", p.name, over, w)
			}
			_ = os.WriteFile(fmt.Sprintf("%s/%s-%d.png", dir, strings.NewReplacer(" ", "_", ",", "", ":", "").Replace(p.name), w), b, 0o644)
		}
		stop2()
		stop()
	}
}
