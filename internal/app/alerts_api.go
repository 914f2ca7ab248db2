package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/alertmanager"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// alertMounts are alerts in, and what their clients ask of them.
func (a *App) alertMounts() []web.Mount {
	s := alertmanager.New(alertmanager.Options{
		Service: alertService{a}, Policy: a.alerts.policy, Now: a.now, Started: a.now(), Log: a.log,
	})
	const api = "/api/v2"
	return []web.Mount{
		{Pattern: "POST " + api + "/alerts", Need: people.Ingest, Limit: alertmanager.MaxBody + 1, Handler: http.HandlerFunc(s.PostAlerts)},
		{Pattern: "GET " + api + "/alerts", Need: people.Read, Handler: http.HandlerFunc(s.GetAlerts)},
		{Pattern: "GET " + api + "/alerts/groups", Need: people.Read, Handler: http.HandlerFunc(s.GetGroups)},
		{Pattern: "GET " + api + "/silences", Need: people.Read, Handler: http.HandlerFunc(s.GetSilences)},
		{Pattern: "POST " + api + "/silences", Need: people.Respond, Handler: http.HandlerFunc(s.PostSilences)},
		{Pattern: "GET " + api + "/silence/{id}", Need: people.Read, Handler: http.HandlerFunc(s.GetSilence)},
		{Pattern: "DELETE " + api + "/silence/{id}", Need: people.Respond, Handler: http.HandlerFunc(s.DeleteSilence)},
		{Pattern: "GET " + api + "/status", Need: people.Read, Handler: http.HandlerFunc(s.GetStatus)},
		{Pattern: "GET " + api + "/receivers", Need: people.Read, Handler: http.HandlerFunc(s.GetReceivers)},
		{Pattern: api + "/", Need: people.Read, Handler: http.HandlerFunc(s.Unknown)},
		{Pattern: "POST /api/v1/alertmanager/webhook", Need: people.Ingest, Limit: alertmanager.MaxBody + 1, Handler: http.HandlerFunc(s.Webhook)},
		// PagerDuty's clients have their credentials in the body.
		{Pattern: "POST /v2/enqueue", Limit: alertmanager.MaxEventBody + 1, Handler: http.HandlerFunc(s.Events)},
	}
}

// alertService is what the endpoints for alerts see of the app.
type alertService struct{ *App }

var _ alertmanager.Service = alertService{}

// Firing lists the alerts that have not ended, each with what suppresses it.
func (s alertService) Firing(ctx context.Context) ([]alertmanager.Standing, error) {
	rows, scene, err := s.firing(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]alertmanager.Standing, len(rows))
	for i, r := range rows {
		list[i] = alertmanager.Standing{Alert: r.Alert, By: s.alerts.policy.Suppression(r.Labels, scene)}
	}
	return list, nil
}

// firing gives the alerts that have not ended, and what may suppress them.
func (a *App) firing(ctx context.Context) ([]store.AlertRow, alert.Scene, error) {
	now := a.now()
	rows, err := a.store.AlertsFiring(ctx, now, maxFiring)
	if err != nil {
		return nil, alert.Scene{}, err
	}
	scene, err := a.scene(ctx, now)
	return rows, scene, err
}

// ListSilences gives the silences that are not over, or ended lately.
func (s alertService) ListSilences(ctx context.Context) ([]alertmanager.Silence, error) {
	rows, err := s.silences(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]alertmanager.Silence, len(rows))
	for i, r := range rows {
		if list[i], err = s.signed(ctx, r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s alertService) FindSilence(ctx context.Context, id string) (alertmanager.Silence, error) {
	r, err := s.store.Silence(ctx, id)
	if err != nil {
		return alertmanager.Silence{}, err
	}
	return s.signed(ctx, r)
}

// signed names the author: as the client did, else by the account.
func (s alertService) signed(ctx context.Context, r store.SilenceRow) (alertmanager.Silence, error) {
	if r.Author != "" {
		return alertmanager.Silence{Silence: r.Silence, Author: r.Author}, nil
	}
	p, err := s.Person(ctx, r.By)
	if errors.Is(err, journal.ErrNotFound) {
		p.Login, err = string(r.By), nil // the account is gone, or was never one
	}
	return alertmanager.Silence{Silence: r.Silence, Author: p.Login}, err
}

// ByRoutingKey tells whose token a routing key is.
func (s alertService) ByRoutingKey(ctx context.Context, key string) (people.Actor, error) {
	p, err := s.ByToken(ctx, key)
	return p.Actor(), err
}

// AcknowledgeAlert acknowledges the incident of an alert, if it has one and
// nobody else was faster.
func (s alertService) AcknowledgeAlert(ctx context.Context, by people.Actor, source alert.Source, fingerprint string) error {
	if err := by.Require(people.Respond); err != nil {
		return err
	}
	id, err := s.store.AlertOf(ctx, source, fingerprint)
	if err != nil || id == "" {
		return err
	}
	err = s.Do(ctx, by, id, incident.Acknowledge{})
	if errors.Is(err, journal.ErrConflict) {
		return nil
	}
	return err
}

// silenceHistory is how long a silence that is over is listed, as in Alertmanager.
const silenceHistory = 120 * time.Hour

// silences lists the silences that are not over, or ended lately.
func (a *App) silences(ctx context.Context) ([]store.SilenceRow, error) {
	return a.store.Silences(ctx, a.now().Add(-silenceHistory), maxSilences)
}
