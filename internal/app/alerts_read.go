package app

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/web"
)

// FiringAlerts lists the alerts that have not ended, each with what suppresses
// it, as a server with this configuration would show them.
func (r *Reader) FiringAlerts(ctx context.Context, c Config) ([]web.AlertGroup, error) {
	var err error
	if r.app.alerts.policy, err = alert.NewPolicy(c.Alerts); err != nil {
		return nil, err
	}
	return r.app.FiringAlerts(ctx)
}

// Silences gives what holds alerts back: the silences that are not over, and
// the maintenance windows of a configuration.
func (r *Reader) Silences(ctx context.Context, c Config) ([]web.ListedSilence, []Window, error) {
	listed, err := r.app.ListedSilences(ctx)
	if err != nil {
		return nil, nil, err
	}
	var silences []web.ListedSilence
	for _, s := range listed {
		if s.State(r.Now()) != alert.SilenceExpired {
			silences = append(silences, s)
		}
	}
	var windows []Window
	for _, m := range c.Alerts.Maintenance {
		until, _ := m.Open(r.Now())
		windows = append(windows, Window{m, until})
	}
	return silences, windows, nil
}

// Window is a maintenance window that returns every week.
type Window struct {
	alert.Maintenance
	Until time.Time // when it closes; zero: it is not open
}
