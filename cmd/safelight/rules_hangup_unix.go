//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/safelight-dev/safelight/internal/app"
)

// reloadOnHangup reloads the rules at every SIGHUP until ctx ends. What is wrong with them is said, and the old ones stay.
func (c *cli) reloadOnHangup(ctx context.Context, a *app.App) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hangups)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangups:
				if err := a.ReloadRules(ctx); err != nil {
					fmt.Fprintf(c.stderr, "safelight: %s\n", sentence(err))
				}
			}
		}
	}()
}
