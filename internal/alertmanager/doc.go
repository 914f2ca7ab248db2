// Package alertmanager takes alerts as Alertmanager and PagerDuty do: API v2, webhook v4, Events v2.
//
// Whoever sends alerts to Prometheus Alertmanager (Prometheus, vmalert,
// Grafana), or asks it (amtool, Grafana), needs a changed address and nothing
// else. Structure, status codes and the form of errors are those of
// Alertmanager 0.25; what later versions added (mutedBy, 404 for ending a
// silence that does not exist, names of labels in UTF-8) is there too. There
// is one receiver, named safelight.
//
// Three things are deliberately milder: unknown fields are passed over, a link
// that is no URL does not cost its alert, and a start in the future is taken
// for now. One is stricter: a time that lies more than a year ahead is refused,
// for it comes from a clock that is wrong.
package alertmanager

import (
	"context"
	"log/slog"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/people"
)

// Limits of requests.
const (
	MaxBody      = 5 << 20   // bytes of a batch of alerts
	MaxAlerts    = 1000      // in a batch; Prometheus sends 64 at most
	MaxEventBody = 512 << 10 // bytes of one event, as PagerDuty has it
	maxSilence   = 64 << 10  // bytes of a silence
	maxFilters   = 32        // matchers of a query
	maxQuery     = 1024      // bytes of an expression in a query
)

// Standing is an alert that has not ended, and what suppresses it.
type Standing struct {
	alert.Alert
	By alert.Suppression
}

// Silence is a silence with the name of its author.
type Silence struct {
	alert.Silence
	Author string
}

// Service is what the endpoints ask of the rest. Errors are of the kinds of
// package journal.
type Service interface {
	// TakeAlerts keeps the valid ones, and says what is wrong with the others.
	TakeAlerts(ctx context.Context, told []alert.Alert) error
	// Firing lists the alerts that have not ended.
	Firing(ctx context.Context) ([]Standing, error)
	// ListSilences gives the silences that are not over, or ended lately.
	ListSilences(ctx context.Context) ([]Silence, error)
	FindSilence(ctx context.Context, id string) (Silence, error)
	// SetSilence makes a silence where id is empty, else it changes one; it
	// gives the id that the silence then has.
	SetSilence(ctx context.Context, by people.Actor, id string, terms alert.Terms, author string) (string, error)
	ExpireSilence(ctx context.Context, by people.Actor, id string) error
	// ByRoutingKey tells whose token a routing key of PagerDuty's clients is.
	ByRoutingKey(ctx context.Context, key string) (people.Actor, error)
	// AcknowledgeAlert acknowledges the incident of an alert, if it has one.
	AcknowledgeAlert(ctx context.Context, by people.Actor, source alert.Source, fingerprint string) error
}

// Options are what the endpoints need.
type Options struct {
	Service Service
	Policy  *alert.Policy
	Now     func() time.Time
	Started time.Time // of the process, for the status
	Log     *slog.Logger
}

// Server serves the endpoints; mount its handlers.
type Server struct{ Options }

// New makes the endpoints.
func New(o Options) *Server { return &Server{o} }
