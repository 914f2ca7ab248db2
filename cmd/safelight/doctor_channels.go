package main

import (
	"context"

	"github.com/safelight-dev/safelight/internal/notify"
)

// examineChannels asks each channel whether it would work. Nothing is sent to anybody.
func examineChannels(ctx context.Context, config notify.Config) []finding {
	var list []finding
	for _, c := range config.Checkup(ctx) {
		f := finding{Mark: markOK, What: c.Kind, Name: c.Label, Target: c.Target, note: c.Note}
		switch {
		case c.Broken != nil:
			f.Mark, f.err = markError, c.Broken
		case c.Warning != nil:
			f.Mark, f.err = markWarning, c.Warning
		}
		if f.err != nil {
			f.Reason = sentence(f.err)
		}
		list = append(list, f)
	}
	return list
}
