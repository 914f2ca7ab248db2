package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/checkpoint"
	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/drill"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/rehearsal"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/retrospective"
	"github.com/safelight-dev/safelight/internal/review"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

// Options says what to build.
type Options struct {
	Dir    string // the publication repository; state lives in its folder .safelight
	Config Config
	Source []byte           // the configuration's bytes, whose digest is journalled; may be empty
	Now    func() time.Time // the injected clock; time.Now if nil
	// Replayed says that Now is not the wall clock: nothing ticks by itself
	// and the pages show clocks standing still.
	Replayed bool
	// Wall tells by the wall clock, which access logs know alone, when a replayed clock came to a moment or a later one; nil
	// where nobody knows.
	Wall     func(time.Time) time.Time
	Log      *slog.Logger     // slog.Default() if nil
	Console  notify.Channel   // where console pages go; none if nil
	Channels []notify.Channel // further channels, for tests
	Ignore   []string         // further lines of the repository's .gitignore
}

// App is a running Safelight.
type App struct {
	dir      string
	config   Config
	now      func() time.Time
	replayed bool
	wall     func(time.Time) time.Time
	log      *slog.Logger
	store    *store.Store
	blobs    *blob.Folder
	series   *telemetry.Engine
	meter    *telemetry.Meter
	exporter *telemetry.Exporter // nil where the series go nowhere else
	engine   *Engine
	edge     *delivery.Control
	buckets  map[string]*bucketed // by pipeline
	repo     *repository.Repository
	sender   notify.Sender
	channels []notify.Channel // that the options brought
	lines    lines
	pageKey  []byte // that links of pages are signed with
	key      checkpoint.Key
	schedule *scheduleDesk
	// refusedReplies counts mails that answered a page and acknowledged nothing.
	refusedReplies atomic.Int64
	deaf           atomic.Bool // replies are configured, and nothing listens for them just now
	sweeping       sweepDesk
	versions       versionDesk
	audits         auditDesk
	standsDesk     standingDesk
	mitigating     sync.Map // by incident and mitigation: what is just being changed
	checkpoints    checkpointDesk
	knowledge      knowledgeDesk
	figures        figureDesk
	backlog        backlogDesk
	watchdog       watchdogDesk
	rehearsals     rehearsalDesk
	drills         sync.Mutex    // held while an exercise starts
	testing        chan struct{} // room for one incident test that is made: the next has another name
	commands       chan struct{} // room for the commands of runbooks that run at once

	evaluating sync.Mutex
	alerts     alertDesk
	rules      ruleDesk
	signals    signalDesk
	sources    sourceDesk
	consents   consentDesk
	faces      faceDesk
	quarantine quarantineDesk
	recent     recentLogs
	stop       context.CancelFunc
	loops      sync.WaitGroup
}

// StateDir is the folder of database, series, blobs and lock inside a repository.
func StateDir(dir string) string { return filepath.Join(dir, ".safelight") }

// registry declares the event types of all packages.
func registry() (*journal.Registry, error) {
	return journal.NewRegistry(incident.Types(), postmortem.Types(), prevention.Types(), lesson.Types(), retrospective.Types(), alert.Types(), intake.Types(), oncall.Types(), drill.Types(), rehearsal.Types(), quarantine.Types(), consent.Types(), review.Types(), configTypes(), caughtTypes())
}

// OpenReader opens the store of a folder for reading, beside a server if there is one.
func OpenReader(ctx context.Context, dir string) (*store.Store, error) {
	return store.Open(ctx, store.Options{Dir: StateDir(dir), Views: store.Views(), ReadOnly: true})
}

// New opens everything. The folder's lock is held until [App.Close].
func New(ctx context.Context, o Options) (a *App, err error) {
	a = &App{dir: o.Dir, config: o.Config, now: o.Now, replayed: o.Replayed, wall: o.Wall, log: o.Log, meter: telemetry.NewMeter(), engine: NewEngine(o.Dir, o.Config), commands: make(chan struct{}, maxCommands), testing: make(chan struct{}, 1)}
	if a.now == nil {
		a.now = time.Now
	}
	if a.log == nil {
		a.log = slog.Default()
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
			a = nil
		}
	}()
	if err := a.openStores(ctx, o.Source); err != nil {
		return a, err
	}
	if err := a.openSchedules(ctx); err != nil {
		return a, err
	}
	if err := a.openEdges(o); err != nil {
		return a, err
	}
	if err := a.openBuckets(); err != nil {
		return a, err
	}
	if err := a.openSignals(ctx); err != nil {
		return a, err
	}
	if err := a.openPageKey(ctx); err != nil {
		return a, err
	}
	if err := a.journalConfig(ctx, o.Source); err != nil {
		return a, err
	}
	return a, a.noteRevision(ctx)
}

// Warnings says what would hurt at night and can be mended by day: a person on
// call or a lead without an account, a time at which nobody is on call, nobody to
// reach but the terminal, a severity that no policy knows, a rule file that is broken.
func (a *App) Warnings(ctx context.Context) ([]error, error) {
	persons, err := a.People(ctx)
	if err != nil {
		return nil, err
	}
	known := func(login string) bool {
		return slices.ContainsFunc(persons, func(p people.Person) bool { return p.Login == login })
	}
	list := a.ruleWarnings()
	for _, member := range a.config.OnCall.Members() {
		if !known(member) {
			list = append(list, phrase.Errorf("ready.rotation", member, phrase.Of("ready.no-account", member)))
		}
	}
	for name, p := range a.config.Watch.Pipelines {
		if p.Lead != "" && !known(p.Lead) {
			list = append(list, phrase.Errorf("ready.lead.no-account", p.Lead, name))
		}
	}
	list = append(list, a.severityWarnings()...)
	list = append(list, a.runbookWarnings()...)
	schedules, err := a.scheduleWarnings(ctx)
	if err != nil {
		return nil, err
	}
	contacts, err := a.ContactWarnings(ctx)
	if err != nil {
		return nil, err
	}
	list = slices.Concat(list, a.config.Notify.Warnings(), schedules, contacts)
	if !a.replayed && !a.config.Notify.ReachesPeople() {
		list = append(list, phrase.Errorf("ready.terminal"))
	}
	if !a.replayed && a.config.Watchdog.Heartbeat == nil {
		list = append(list, phrase.Errorf("ready.heartbeat"))
	}
	if c := a.config.Watchdog.Heartbeat; !a.replayed && c != nil {
		if _, err := c.Open(); err != nil {
			list = append(list, phrase.Errorf("ready.heartbeat.none", err))
		}
	}
	text := func(err error) string { return err.Error() }
	slices.SortFunc(list, func(x, y error) int { return cmp.Compare(text(x), text(y)) })
	return slices.CompactFunc(list, func(x, y error) bool { return text(x) == text(y) }), nil
}

func (a *App) openStores(ctx context.Context, source []byte) error {
	var err error
	if err = a.openAlerts(); err != nil {
		return err
	}
	types, err := registry()
	if err != nil {
		return err
	}
	state := StateDir(a.dir)
	a.store, err = store.Open(ctx, store.Options{Dir: state, Registry: types, Views: store.Views(), Log: quiet(a.log), Classes: classes})
	if err != nil {
		return err
	}
	if a.key, err = checkpoint.OpenKey(state); err != nil {
		return err
	}
	if a.blobs, err = blob.Open(filepath.Join(state, "blobs")); err != nil {
		return err
	}
	a.openQuarantine()
	groups, err := a.openRules(source)
	if err != nil {
		return err
	}
	if a.series, err = telemetry.Open(telemetry.Options{
		Dir: filepath.Join(state, "series"), Groups: groups, Log: quiet(a.log), Config: a.config.Series, Now: a.now, Meter: a.meter,
	}); err != nil {
		return err
	}
	if c := a.config.Series.Export; c != nil {
		if a.exporter, err = telemetry.NewExporter(a.meter, *c, quiet(a.log), a.now); err != nil {
			return err
		}
	}
	for name, p := range a.config.Watch.Pipelines {
		a.meter.Declare(name, string(p.Class), reactions(a.config.Watch.MetadataPolicy(name)))
	}
	return nil
}

// ignored keeps state out of Git, and evidence but its manifests: whether
// pictures and logs may be published is for people to decide.
var ignored = [...]string{"/.safelight/", "/evidence/**", "!/evidence/**/", "!/evidence/**/manifest.json"}

func (a *App) openEdges(o Options) error {
	var err error
	a.edge, err = delivery.NewControl(a.config.Gateway, GatewayState(a.dir))
	if err != nil {
		return err
	}
	a.edge.Now = a.now
	if a.repo, err = repository.Open(a.dir, repository.Options{Root: a.config.Root, SigningKey: a.config.Git.SigningKey, Ignore: slices.Concat(ignored[:], o.Ignore)}); err != nil {
		return err
	}
	channels := slices.Clone(o.Channels)
	if o.Console != nil {
		channels = append(channels, o.Console)
	}
	a.sender, a.channels = notify.Sender{Channels: channels}, channels
	return nil
}

// GatewayState is the file that rules the built-in gateway.
func GatewayState(dir string) string { return filepath.Join(StateDir(dir), "gateway.json") }

// Start opens the sources and the outside scorer, runs effects and, unless the
// clock is replayed, the loops of tick and watch. Before it there are no
// sources and no [App.Mounts] of theirs: whoever opens the folder for one
// change needs no secret of them.
func (a *App) Start(ctx context.Context) error {
	if err := a.openSources(); err != nil {
		return err
	}
	if err := a.openOpinion(); err != nil {
		return err
	}
	if err := os.RemoveAll(rehearsalsDir(a.dir)); err != nil {
		a.log.Error("what an interrupted rehearsal has left cannot be removed", "error", err)
	}
	if err := a.reconcileRoutes(ctx); err != nil {
		a.log.Error("the gateway may serve what an incident has disabled", "error", err) // the audit tries again
	}
	if err := a.reconcileHolds(ctx); err != nil {
		a.log.Error("the gateway may not hold all that is in quarantine", "error", err) // their effects try again
	}
	if err := a.pushWhatIsHere(ctx); err != nil {
		a.log.Error("what was published before is not pushed", "error", journal.Sentence(err))
	}
	ctx, err := a.startEffects(ctx)
	if err != nil {
		return err
	}
	if a.replayed {
		return a.countKPIs(ctx)
	}
	a.loop(ctx, kpisEvery, a.countKPIs)
	a.loop(ctx, verifyEvery, a.verifyJournal)
	a.loop(ctx, checkpointEvery, a.keepCheckpoint)
	a.startReplies(ctx)
	a.startWatchdog(ctx)
	a.loop(ctx, time.Second, a.tickIncidents)
	a.loop(ctx, time.Second, a.settleDue)
	a.loop(ctx, remindEvery, a.RemindLate)
	a.loop(ctx, remindEvery, a.RemindReview)
	a.loop(ctx, specimensEvery, a.keepSpecimens)
	a.loop(ctx, caughtLook, a.measureCaught)
	a.loop(ctx, sweepEvery, a.sweepAll)
	a.startBuckets(ctx)
	a.startNotices(ctx)
	a.loop(ctx, eraseEvery, a.EraseDiscarded)
	a.loop(ctx, versionsEvery, a.KeepVersions)
	a.loop(ctx, eraseVersionsEvery, a.EraseVersions)
	a.loop(ctx, forgetEvery, a.store.ForgetMessages)
	a.loop(ctx, deliveriesEvery, a.readDeliveries)
	a.loop(ctx, edgesEvery, a.edge.Reconcile)
	a.loop(ctx, sweepEvery, a.rejudgeConsents)
	a.loop(ctx, sweepEvery, a.lookAgain)
	a.loop(ctx, appendEvery, a.appendSeries)
	a.loop(ctx, evaluateEvery, a.evaluateDue)
	if a.rules.watched {
		a.loop(ctx, watchRulesEvery, a.watchRules)
	}
	a.loop(ctx, calendarsEvery, a.readCalendars)
	a.loop(ctx, trendEvery, a.watchSignals)
	a.loop(ctx, newsEvery, a.readNews)
	a.startSources(ctx)
	a.startBacklog(ctx)
	if a.exporter != nil {
		a.loops.Go(func() { a.exporter.Run(ctx) })
	}
	return nil
}

const (
	sweepEvery      = 10 * time.Second // how soon a delivered image is measured that no notice told of
	deliveriesEvery = 10 * time.Second
	edgesEvery      = 20 * time.Second // how long an edge that was restarted serves what it must not
	appendEvery     = 15 * time.Second // Prometheus' usual scrape interval
	forgetEvery     = time.Hour
)

// loop calls f every so often until ctx ends. An error is logged: the next round may do better.
func (a *App) loop(ctx context.Context, every time.Duration, f func(context.Context) error) {
	a.loops.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		var last complaint
		for {
			if err := f(ctx); ctx.Err() == nil && last.news(err, time.Now()) {
				a.log.Error("background work", "error", journal.Sentence(err))
			}
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
}

// complaint is the error that a loop has told last. What goes wrong every ten
// seconds would bury in the log what goes wrong beside it.
type complaint struct {
	text string
	at   time.Time
}

// sayAgain is how often an error that lasts is told.
const sayAgain = time.Hour

// news tells whether the outcome of a round is to be logged.
func (c *complaint) news(err error, now time.Time) bool {
	switch {
	case err == nil:
		*c = complaint{}
		return false
	case err.Error() == c.text && now.Sub(c.at) < sayAgain:
		return false
	}
	*c = complaint{err.Error(), now}
	return true
}

// Tick does what is due: clocks, unanswered pages, alerts and silences that end,
// copies whose time is over.
func (a *App) Tick(ctx context.Context) error {
	return errors.Join(a.tickIncidents(ctx), a.settleDue(ctx), a.EraseDiscarded(ctx))
}

func (a *App) tickIncidents(ctx context.Context) error {
	due, err := a.store.Deadlines(ctx, a.now())
	if err != nil {
		return err
	}
	var errs []error
	streams := map[string]bool{}
	for _, d := range due {
		if !streams[d.Stream] {
			streams[d.Stream] = true
			errs = append(errs, a.Do(ctx, monitor, d.Stream, incident.Tick{}), a.Do(ctx, monitor, d.Stream, postmortem.RemindBoard{}))
		}
	}
	errs = append(errs, a.tickConsents(ctx, a.now()))
	a.watchdog.ticking(a.now())
	return errors.Join(errs...)
}

// Idle returns when no effect is on its way.
func (a *App) Idle(ctx context.Context) error { return a.store.Idle(ctx) }

// Close stops what runs and gives the folder back.
func (a *App) Close() error {
	if a.stop != nil {
		a.stop()
	}
	a.loops.Wait()
	a.engine.Close()
	a.signals.close()
	var errs []error
	if a.quarantine.deliveries != nil {
		errs = append(errs, a.quarantine.deliveries.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close()) // which lets effects end
	}
	errs = append(errs, a.rehearsals.close())
	if a.series != nil {
		errs = append(errs, a.series.Close())
	}
	return errors.Join(errs...)
}

// Store gives the records that pages and commands of people need.
func (a *App) Store() *store.Store { return a.store }

// Now gives the injected clock, and whether it is a replayed one.
func (a *App) Now() (time.Time, bool) { return a.now(), a.replayed }

// Pipelines names the configured pipelines, sorted.
func (a *App) Pipelines() []string {
	return slices.Sorted(maps.Keys(a.config.Watch.Pipelines))
}

// Head tells where the journal ends.
func (a *App) Head(ctx context.Context) (journal.Head, error) { return a.store.Head(ctx) }

// Healthy says what does not work, or nil.
func (a *App) Healthy(ctx context.Context) error {
	if _, err := a.store.Head(ctx); err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	return nil
}
