package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// WatchService is what the page and the API on Safelight itself ask of the application.
type WatchService interface {
	// Watch says how Safelight sees itself.
	Watch(context.Context) (WatchReport, error)
	// ContactWarnings says who cannot be reached, and which board can never agree.
	ContactWarnings(context.Context) ([]error, error)
	// StartDrill holds an exercise now and gives its id.
	StartDrill(ctx context.Context, by people.Actor) (string, error)
}

// WatchReport is how Safelight sees itself.
type WatchReport struct {
	Audit     WatchAudit     `json:"audit"`
	Journal   WatchJournal   `json:"journal"`
	Heartbeat WatchHeartbeat `json:"heartbeat"`
	Drill     *WatchDrill    `json:"drill,omitempty"`     // the last one
	NextDrill *time.Time     `json:"nextDrill,omitempty"` // planned
	Warnings  []phrase.Said  `json:"warnings"`            // what would hurt at night and can be mended by day
}

// WatchAudit is what the last audit found.
type WatchAudit struct {
	At        *time.Time      `json:"at,omitempty"` // missing: there was none yet
	Passed    bool            `json:"passed"`
	Incidents int             `json:"incidents"` // open
	Effects   int             `json:"effects"`   // to be performed
	Mended    []audit.Finding `json:"mended"`
	Open      []audit.Finding `json:"open"`
}

// WatchJournal is how the journal stands.
type WatchJournal struct {
	Entries    int              `json:"entries"`
	Since      *time.Time       `json:"since,omitempty"`      // when the first was recorded
	VerifiedAt *time.Time       `json:"verifiedAt,omitempty"` // when it was last read through; missing: not yet
	Whole      bool             `json:"whole"`                // nothing was wrong then
	Verified   int              `json:"verified"`             // entries that were whole then
	Problem    phrase.Said      `json:"problem,omitempty"`
	Checkpoint *WatchCheckpoint `json:"checkpoint,omitempty"` // the last one
	Key        string           `json:"key"`                  // that checkpoints are verified by
}

// WatchCheckpoint is a signed checkpoint of the journal.
type WatchCheckpoint struct {
	Size int        `json:"size"` // entries
	At   *time.Time `json:"at,omitempty"`
	Text string     `json:"text"`
}

// WatchHeartbeat is what became of the last heartbeats.
type WatchHeartbeat struct {
	On      bool        `json:"on"`
	Every   string      `json:"every,omitempty"`
	At      *time.Time  `json:"at,omitempty"`     // of the last that was taken
	Failed  *time.Time  `json:"failed,omitempty"` // since it, of the last that was not sent or not taken
	Problem phrase.Said `json:"problem,omitempty"`
}

// WatchDrill is an exercise.
type WatchDrill struct {
	ID        string      `json:"id"`
	At        time.Time   `json:"at"`
	Scheduled bool        `json:"scheduled"`
	EndedAt   *time.Time  `json:"endedAt,omitempty"`
	Passed    bool        `json:"passed"` // it is over, and everything got through
	Copies    []WatchCopy `json:"copies"`
}

// WatchCopy is one message of an exercise.
type WatchCopy struct {
	To      string     `json:"to,omitempty"` // a login; empty: a service that several people read
	Channel string     `json:"channel"`
	TakenAt *time.Time `json:"takenAt,omitempty"`
	Latency *float64   `json:"latencySeconds,omitempty"`
	Refused string     `json:"refused,omitempty"`
	Missing bool       `json:"missing,omitempty"` // nothing came in time
}

// watchModel is the page.
type watchModel struct {
	frame
	Report   WatchReport
	Findings []string
	MayDrill bool
}

// Moment writes a moment that may be missing.
func (m watchModel) Moment(t *time.Time) string {
	if t == nil {
		return m.Say("watch.never")
	}
	return m.Time(*t)
}

// Became says what became of a message.
func (c WatchCopy) Became(l phrase.Lang) string {
	switch {
	case c.Latency != nil:
		return phrase.Say(l, "watch.copy.taken", phrase.Decimal(l, *c.Latency, 2))
	case c.Refused != "":
		return phrase.Say(l, "watch.copy.refused", c.Refused)
	case c.Missing:
		return phrase.Say(l, "watch.copy.missing")
	}
	return phrase.Say(l, "watch.copy.open")
}

// FindingText says a finding of the audit in a sentence.
func FindingText(l phrase.Lang, f audit.Finding) string {
	return phrase.Say(l, phrase.Key("watch.finding."+string(f.Kind)), f.Stream, f.Subject)
}

func (s *Server) watchRoutes() []route {
	return []route{
		{"GET /watch", person, 0, s.ifWatch(s.watchPage)},
		{"POST /watch/drills", person, 0, s.ifWatch(s.startDrill)},
	}
}

// ifWatch answers that there is no such page where nobody knows.
func (s *Server) ifWatch(serve func(http.ResponseWriter, *visit) error) func(http.ResponseWriter, *visit) error {
	return func(w http.ResponseWriter, v *visit) error {
		if s.watch == nil {
			return errNoPage
		}
		return serve(w, v)
	}
}

func (s *Server) watchPage(w http.ResponseWriter, v *visit) error {
	report, err := s.watch.Watch(v.Context())
	if err != nil {
		return err
	}
	m := watchModel{frame: s.frame(v, v.say("watch.title")), Report: report, MayDrill: v.actor().May(people.ManageUser)}
	for _, f := range report.Audit.Open {
		m.Findings = append(m.Findings, FindingText(v.lang, f))
	}
	return s.render(w, "watch", http.StatusOK, m)
}

func (s *Server) startDrill(w http.ResponseWriter, v *visit) error {
	if _, err := s.watch.StartDrill(v.Context(), v.actor()); err != nil {
		return err
	}
	return s.back(w, v, "/watch#drill", "watch.done.drill")
}

// watching are the calls on Safelight itself.
func (a *api) watching() {
	s := a.server.watch
	if s == nil {
		return
	}
	get(a, "watch", "/api/v1/watch", func(ctx context.Context, _ *struct{}) (WatchReport, error) { return s.Watch(ctx) })
	operation := huma.Operation{OperationID: "start-drill", Method: http.MethodPost, Path: "/api/v1/watch/drills", DefaultStatus: http.StatusCreated, MaxBodyBytes: formLimit}
	huma.Register(a.huma, operation, answering(a, func(ctx context.Context, _ *struct{}) (Declared, error) {
		id, err := s.StartDrill(ctx, visitIn(ctx).actor())
		return Declared{id}, err
	}))
}
