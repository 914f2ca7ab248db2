package app

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/review"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// Reader reads the journal and the records of a folder, beside a server if
// there is one. It needs no configuration and takes no lock.
type Reader struct{ app *App }

// NewReader opens a folder for reading, on the replayed clock where one was
// left. A folder without a database is journal.ErrNotFound.
func NewReader(ctx context.Context, dir string) (*Reader, error) {
	at, replayed, err := ReplayedAt(dir)
	if err != nil {
		return nil, err
	}
	s, err := OpenReader(ctx, dir)
	if err != nil {
		return nil, err
	}
	a := &App{dir: dir, store: s, now: time.Now, replayed: replayed}
	if replayed {
		a.now = func() time.Time { return at }
	}
	return &Reader{a}, nil
}

// Close gives back what was opened.
func (r *Reader) Close() error { return r.app.store.Close() }

// Now is the clock of the folder.
func (r *Reader) Now() time.Time { return r.app.now() }

// Incidents lists all incidents, the newest first.
func (r *Reader) Incidents(ctx context.Context) ([]incident.State, error) {
	return r.app.Incidents(ctx)
}

// Case reads one incident, or gives journal.ErrNotFound.
func (r *Reader) Case(ctx context.Context, id string) (web.Case, error) { return r.app.Case(ctx, id) }

// Document tells how the document of a case stands, by the template and in the language of the folder.
func (r *Reader) Document(ctx context.Context, c web.Case) (web.Draft, error) {
	config, err := LoadWatch(r.app.dir)
	if err != nil {
		return web.Draft{}, err
	}
	r.app.config.Language, r.app.config.Root = config.Language, config.Root
	return r.app.Document(ctx, c)
}

// KPIs computes the figures of a query as of now.
func (r *Reader) KPIs(ctx context.Context, q kpi.Query) (kpi.Report, error) {
	return r.app.KPIs(ctx, q)
}

// Review makes the pack of a quarter; whoever reads the folder reads all of it.
func (r *Reader) Review(ctx context.Context, quarter string) (review.Pack, error) {
	config, err := LoadWatch(r.app.dir)
	if err != nil {
		return review.Pack{}, err
	}
	r.app.config.Root = config.Root
	return r.app.Review(ctx, people.Monitor(), quarter)
}

// People lists the accounts.
func (r *Reader) People(ctx context.Context) ([]people.Person, error) { return r.app.People(ctx) }

// Actions lists the actions of all incidents, the earliest due first.
func (r *Reader) Actions(ctx context.Context, openOnly bool) ([]store.ActionRow, error) {
	return r.app.store.Actions(ctx, openOnly)
}

// Roadmap lists the actions of all incidents; whoever reads the folder reads all of it.
func (r *Reader) Roadmap(ctx context.Context, openOnly bool) ([]web.RoadmapAction, error) {
	return r.app.Roadmap(ctx, people.Monitor(), openOnly)
}

// SignalTrends gives the charts of user signals, read as a configuration says.
func (r *Reader) SignalTrends(ctx context.Context, c Config) ([]web.SignalTrend, error) {
	r.app.signals.config, r.app.config.Sources = c.Signals.WithDefaults(), c.Sources
	return r.app.SignalTrends(ctx)
}

// Verifications lists the verifications, the open ones first.
func (r *Reader) Verifications(ctx context.Context) ([]intake.Verification, error) {
	return r.app.Verifications(ctx)
}

// Search finds incidents by what is written of them; whoever reads the folder reads all of it.
func (r *Reader) Search(ctx context.Context, q web.Search) (web.Found, error) {
	return r.app.Search(ctx, people.Monitor(), q)
}

// Lessons lists the lessons of all incidents, as they are for somebody; whoever reads the folder reads all of them.
func (r *Reader) Lessons(ctx context.Context, by people.Actor) ([]web.ListedLesson, error) {
	return r.app.lessonsFor(ctx, by, false)
}

// Retrospectives lists those of all incidents; whoever reads the folder reads all of them.
func (r *Reader) Retrospectives(ctx context.Context) ([]web.ListedRetrospective, error) {
	return r.app.retrospectivesFor(ctx, people.Monitor(), false)
}

// Similar gives the incidents that are most like another, the likest first.
func (r *Reader) Similar(ctx context.Context, id string) ([]web.Similar, error) {
	return r.app.Similar(ctx, people.Monitor(), id)
}

// Blob opens an evidence file by digest.
func (r *Reader) Blob(digest string) (io.ReadCloser, error) {
	blobs, err := blob.Open(filepath.Join(StateDir(r.app.dir), "blobs"))
	if err != nil {
		return nil, err
	}
	d, err := blob.Parse(digest)
	if err != nil {
		return nil, err
	}
	return blobs.Open(d)
}

// Rehearsals lists the last rehearsals; what is planned only a server knows.
func (r *Reader) Rehearsals(ctx context.Context) (web.Rehearsals, error) {
	return r.app.Rehearsals(ctx)
}

// Rehearsal reads the report of one, or gives journal.ErrNotFound.
func (r *Reader) Rehearsal(ctx context.Context, id string) (web.Rehearsal, error) {
	return r.app.Rehearsal(ctx, id)
}
