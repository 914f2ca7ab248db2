package main

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/backlog"
)

// examineTracker asks the tracker whether the token works. Nothing is written there.
func examineTracker(ctx context.Context, c backlog.Config) []finding {
	if !c.Configured() {
		return nil
	}
	f := finding{Mark: markOK, What: "tracker", Name: c.Tracker()}
	client, err := backlog.Open(c, time.Now)
	if err == nil {
		f.Target, err = client.Check(ctx)
	}
	if err != nil {
		f.Mark, f.err, f.Reason = markError, err, sentence(err)
	}
	return []finding{f}
}
