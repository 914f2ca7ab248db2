package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/safelight-dev/safelight/internal/demo"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// demoImages is how many images the reference incident had.
const demoImages = 4200

// runDemo replays the reference incident and then serves its pages.
func runDemo(c *cli, ctx context.Context, args []string) error {
	f := newFlags("demo [--dir D] [--images N] [--edge nginx|varnish] [--no-serve]")
	dir := f.String("dir", "safelight-demo", "flag.demo.dir")
	images := f.Int("images", demoImages, "flag.demo.images")
	edge := f.String("edge", "", "flag.demo.edge")
	noServe := f.Bool("no-serve", false, "flag.demo.no-serve")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	folder, err := filepath.Abs(*dir)
	if err != nil {
		return fmt.Errorf("find folder %s: %w", *dir, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", *dir, inputError(err))
	}
	started := time.Now()
	o := demo.Options{
		Dir: folder, Images: *images, Edge: *edge, Executable: executable, Say: c.sayDemo,
		Log:     slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Console: &notify.Console{W: c.stdout},
	}
	result, err := demo.Run(ctx, o)
	if err != nil {
		return err
	}
	l := c.lang()
	fmt.Fprintln(c.stdout, phrase.Say(l, "demo.end", result.Incident, result.Affected, time.Since(started).Round(time.Second)))
	if *noServe {
		return nil
	}
	return c.serve(ctx, folder, func(url string) {
		fmt.Fprintln(c.stdout, phrase.Say(l, "demo.serve", url, result.Password))
	})
}

// sayDemo prints one line of the night.
func (c *cli) sayDemo(at time.Time, what phrase.Sentence) {
	stamp := "     "
	if !at.IsZero() {
		stamp = at.UTC().Format("15:04")
	}
	fmt.Fprintf(c.stdout, "%s  %s\n", stamp, what.In(c.lang()))
}
