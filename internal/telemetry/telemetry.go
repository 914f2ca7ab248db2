// Package telemetry takes OTLP in, keeps the series, evaluates the rules: embedded Prometheus, or the user's own.
//
// # Time
//
// No function reads the wall clock to decide anything: [Engine.Append],
// [Engine.Evaluate], [Engine.Restore] and the queries take their time as an
// argument. The server passes the wall clock, the demo a replayed one of its
// own, each with a folder of its own. The HTTP handlers have Options.Now, which
// samples may not be far ahead of. Retention counts back from the newest
// sample that is stored and not from today, so a replay of last year is kept.
// Only the time limit of a query runs on the wall clock.
//
// # Alerts
//
// The rules are Prometheus' own: its parser, its engine, its alert states and
// its templates. An alert moves
//
//	(nothing) → pending → firing → resolved
//	            pending → inactive    the condition ended before the rule's "for" was over
//	            firing  → pending     only where a restart or a limit made the engine start anew
//
// and [Engine.Evaluate] reports each move once. A rule that cannot be evaluated
// keeps the alerts it had: a broken rule is no reason to call a fire put out.
//
// # Restart
//
// After a restart, alerts that are still active are reported again, since the
// process may have died between an evaluation and its taking effect: delivery
// is at least once. Whoever acts on alerts tells a repetition by Fingerprint and
// ActiveAt, which for a firing alert are the same before and after. Alerts that
// fired before and ended meanwhile are reported as resolved.
package telemetry

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage/remote/otlptranslator/prometheusremotewrite"
	"github.com/prometheus/prometheus/tsdb"
	"golang.org/x/sync/semaphore"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	// DefaultInterval is how often rules are evaluated that do not say so themselves.
	DefaultInterval = time.Minute

	// lookback is Prometheus' own: how old the last sample of a series may be to count as its value now.
	lookback = 5 * time.Minute
	// outageTolerance is the longest outage after which a running "for" is taken up again.
	outageTolerance = time.Hour
	// forGracePeriod is the least time that must pass between a restart and a firing alert. Prometheus waits 10
	// minutes for its scrapes to come back, which would begin a "for: 10m" anew at each restart, and it does not
	// restore rules with a shorter "for" at all. Our series are on disk when the restoration runs: nothing to wait for.
	forGracePeriod = 0
)

// Options says how an [Engine] is opened. Dir is required.
type Options struct {
	// Dir is the folder of the series; it is made if it is missing. One engine at a time owns it.
	Dir string
	// Config is what safelight.yaml says of the series.
	Config Config
	// Now is the clock that the samples of clients are held against, and that queries without a time are answered for;
	// nil is the wall clock.
	Now func() time.Time
	// Meter also counts what comes in; nil counts nothing.
	Meter *Meter
	// Groups are the rules, from [ParseShort] and [ParseFile].
	Groups []Group
	// Log receives what the storage and the rules have to say; nil discards it.
	Log *slog.Logger
	// MaxSamples limits what one query holds in memory; 0 means 2 million samples (about 32 MB).
	MaxSamples int
	// QueryTimeout limits the duration of one query, on the wall clock; 0 means 15 s.
	QueryTimeout time.Duration
}

// Engine keeps series and evaluates rules over them. It is safe for concurrent use.
type Engine struct {
	db      *tsdb.DB
	promql  *promql.Engine
	groups  []*group // in the order given; set under evaluating and view, read under either
	log     *slog.Logger
	queries chan struct{} // one slot for each page query that may run at once

	upstream *upstream // the user's own Prometheus; nil where the series are here

	config      Config // with defaults
	now         func() time.Time
	slots       chan struct{}       // one for each request that may bring samples at once
	memory      *semaphore.Weighted // bytes of the bodies that are decoded at once
	clients     *clients
	metadata    *families
	translation prometheusremotewrite.Settings
	counts      *counts

	open   sync.RWMutex // held for reading by every call, for writing by Close
	closed bool

	evaluating sync.Mutex // one evaluation at a time; guards what follows, up to view
	restored   bool
	last       time.Time         // of the last evaluation
	reported   map[slot]reported // the state of each active alert as Evaluate last told it
	ended      []reported        // alerts of rules that Reload took away, to be told by the next evaluation
	leavers    []*rules.Group    // what is left of groups that Reload took away: series to be marked as ended

	view   sync.Mutex // guards what the pages read
	active []Alert
	status []RuleStatus
}

// Open opens the folder and loads the rules. A folder that another engine has
// open gives an error of kind [journal.ErrConflict].
func Open(o Options) (*Engine, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open series: %w", err)
	}
	e := &Engine{
		promql:      newQueryEngine(o),
		log:         o.Log,
		queries:     make(chan struct{}, maxQueries),
		config:      o.Config,
		now:         o.Now,
		slots:       make(chan struct{}, maxIngests()),
		memory:      semaphore.NewWeighted(maxBody),
		clients:     newClients(o.Config.MaxSeriesPerClient),
		metadata:    newFamilies(),
		translation: translation(o.Config.Promote),
		counts:      newCounts(),
		reported:    map[slot]reported{},
	}
	if o.Config.Prometheus != nil {
		if e.upstream, err = newUpstream(*o.Config.Prometheus); err != nil {
			return nil, fmt.Errorf("open series: %w", err)
		}
	}
	if e.db, err = openStorage(o, e.counts.storage); err != nil {
		return nil, err
	}
	if e.groups, err = e.load(o.Groups); err != nil {
		return nil, errors.Join(fmt.Errorf("load rules: %w", err), e.db.Close())
	}
	e.publish(time.Time{})
	if o.Meter != nil {
		o.Meter.include(e.counts)
	}
	return e, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" || o.MaxSamples < 0 || o.QueryTimeout < 0 {
		return o, fmt.Errorf("a folder and limits of 0 or more are needed: %w", journal.ErrInvalid)
	}
	if err := o.Config.Validate(); err != nil {
		return o, err
	}
	o.Config = o.Config.withDefaults()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

func openStorage(o Options, tells prometheus.Registerer) (*tsdb.DB, error) {
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("open series: %w", err)
	}
	db, err := tsdb.Open(o.Dir, o.Log, tells, storageOptions(o.Config), nil)
	if err == nil {
		return db, nil
	}
	// The locker has no error of its own to ask for, and what the system says differs from one to the next.
	if strings.HasPrefix(err.Error(), "lock DB directory") {
		return nil, fmt.Errorf("open series in %s: another process has them open: %w", o.Dir, journal.ErrConflict)
	}
	return nil, fmt.Errorf("open series in %s: %w", o.Dir, err)
}

func storageOptions(c Config) *tsdb.Options {
	opts := tsdb.DefaultOptions()
	opts.RetentionDuration = c.Retention.Milliseconds()
	opts.MaxBytes = int64(c.MaxSize)
	// As Prometheus does: a block of a tenth of the retention, so that little is kept too long.
	opts.MaxBlockDuration = max(opts.MinBlockDuration, min(c.Retention/10, 31*24*time.Hour).Milliseconds())
	opts.OutOfOrderTimeWindow = c.OutOfOrder.Milliseconds()
	// A counter first seen at 1 never rises for rate(); the zero at its start makes it rise.
	opts.EnableSTAsZeroSample = true
	return opts
}

// Close waits for what is running, writes what is pending and gives the folder
// free. Calling it again does nothing.
func (e *Engine) Close() error {
	e.open.Lock()
	defer e.open.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	e.clients.close()
	if err := e.db.Close(); err != nil {
		return fmt.Errorf("close series: %w", err)
	}
	return nil
}

// enter keeps the storage open until leave is called.
func (e *Engine) enter() (leave func(), err error) {
	e.open.RLock()
	if e.closed {
		e.open.RUnlock()
		return nil, os.ErrClosed
	}
	return e.open.RUnlock, nil
}
