package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/audit"
	"github.com/safelight-dev/safelight/internal/drill"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/rehearsal"
	"github.com/safelight-dev/safelight/internal/store"
)

// WatchdogConfig says how Safelight is watched.
type WatchdogConfig struct {
	// Heartbeat is another system that notices when Safelight is silent.
	Heartbeat *notify.HeartbeatConfig `yaml:"heartbeat"`
	// Synthetic holds exercises by itself.
	Synthetic *drill.Config `yaml:"synthetic"`
	// Rehearsal has containments rehearsed each week.
	Rehearsal *rehearsal.Config `yaml:"rehearsal"`
}

// Validate says what is wrong with it, or nil.
func (c WatchdogConfig) Validate() error {
	var errs []error
	if c.Heartbeat != nil {
		errs = append(errs, c.Heartbeat.Validate())
	}
	if c.Synthetic != nil {
		errs = append(errs, c.Synthetic.Validate())
	}
	if c.Rehearsal != nil {
		errs = append(errs, c.Rehearsal.Validate())
	}
	return errors.Join(errs...)
}

// startWatchdog audits, and sends heartbeats.
func (a *App) startWatchdog(ctx context.Context) {
	a.watchdog.start(a.now())
	a.loop(ctx, auditEvery, a.runAudit)
	a.startHeartbeat(ctx)
}

// watchdogDesk knows whether the machinery moves, and what has been said of it.
type watchdogDesk struct {
	mu     sync.Mutex
	since  time.Time // when the loops began
	ticked time.Time // when the last round of due deadlines ended
	told   map[string]time.Time
	toldAt time.Time // when administrators were told last, of anything
	read   bool      // told was read from the store
	beat   HeartbeatState
}

// started tells since when the loops run.
func (d *watchdogDesk) started() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.since
}

func (d *watchdogDesk) start(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.since = now
}

// ticking notes that what was due has been done.
func (d *watchdogDesk) ticking(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ticked = now
}

const (
	// tellAgain is how long a matter that lasts is not told again.
	tellAgain = time.Hour
	// tellApart is the least time between two messages of the watchdog, whatever they are about.
	tellApart = 10 * time.Minute
	// maxTold is how many matters one message names.
	maxTold = 20

	toldSetting = "watchdog/told"
	// raised stands among what was told while services keep an alert open.
	raised = "raised"
	// watchAlert is the name of that alert, whatever is wrong: it is one until all is well.
	watchAlert = "watch"
	// alarmTime is for all that an alarm sends, at once: a provider that hangs must not hold up the audit.
	alarmTime = 30 * time.Second
)

// shout says what is wrong and cannot be mended: in the log, and to the administrators by all that reaches them, each
// matter once an hour. It does not go through the queue of effects, which may be what is wrong.
func (a *App) shout(ctx context.Context, findings []audit.Finding) error {
	fresh, over := a.watchdog.fresh(ctx, a.store, findings, a.now())
	if over {
		return a.calm(ctx)
	}
	if len(fresh) == 0 {
		return nil
	}
	for _, f := range fresh {
		a.log.Error("the audit has found what it cannot mend", "what", f.Kind, "of", f.Stream, "subject", f.Subject)
	}
	lang := a.config.Language
	facts := notify.WatchFacts{Link: a.pageLink("/watch"), More: max(len(fresh)-maxTold, 0), At: a.now()}
	for _, f := range fresh[:min(len(fresh), maxTold)] {
		facts.Findings = append(facts.Findings, phrase.Say(lang, phrase.Key("watch.finding."+string(f.Kind)), f.Stream, f.Subject))
	}
	if err := a.alarm(ctx, facts); err != nil {
		return err // and try again with the next audit
	}
	return a.watchdog.note(ctx, a.store, fresh, a.now())
}

// fresh picks what has not been told within the hour; nothing while the last message is too young. over says that
// nothing is wrong any more of what services were told.
func (d *watchdogDesk) fresh(ctx context.Context, s *store.Store, findings []audit.Finding, now time.Time) (fresh []audit.Finding, over bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.read {
		d.told, d.read = map[string]time.Time{}, true
		// What cannot be read is told once more.
		if text, err := s.Setting(ctx, toldSetting); err == nil && json.Unmarshal([]byte(text), &d.told) != nil {
			d.told = map[string]time.Time{}
		}
		for _, at := range d.told {
			if at.After(d.toldAt) {
				d.toldAt = at
			}
		}
	}
	if _, raised := d.told[raised]; len(findings) == 0 {
		return nil, raised
	}
	if now.Sub(d.toldAt) < tellApart && !now.Before(d.toldAt) {
		return nil, false
	}
	for _, f := range findings {
		if at, told := d.told[f.Matter()]; !told || now.Sub(at) >= tellAgain || now.Before(at) {
			fresh = append(fresh, f)
		}
	}
	return fresh, false
}

// note keeps what has been told, over a restart too.
func (d *watchdogDesk) note(ctx context.Context, s *store.Store, told []audit.Finding, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.toldAt, d.told[raised] = now, now
	for _, f := range told {
		d.told[f.Matter()] = now
	}
	for matter, at := range d.told {
		if matter != raised && now.Sub(at) >= tellAgain {
			delete(d.told, matter)
		}
	}
	return d.keep(ctx, s)
}

// lower notes that the services were told that it is over.
func (d *watchdogDesk) lower(ctx context.Context, s *store.Store) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.told, raised)
	return d.keep(ctx, s)
}

func (d *watchdogDesk) keep(ctx context.Context, s *store.Store) error {
	text, err := json.Marshal(d.told)
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(toldSetting, string(text)) })
}

// alarm pages the administrators by each of their methods, and the services that several people read once. It fails
// where nothing took it.
func (a *App) alarm(ctx context.Context, f notify.WatchFacts) error {
	records, err := a.store.Persons(ctx)
	if err != nil {
		return err
	}
	subject, text := notify.WatchMessage(a.config.Language, f)
	page := notify.PageFacts{Title: subject, Severity: string(pipeline.S1), Purpose: "watch", DetectedAt: f.At, Link: f.Link}
	at := watchAlert + "/" + f.At.UTC().Format(time.RFC3339)
	var admins []people.Person
	for _, r := range records {
		if r.Role == people.Administrator && !r.Disabled {
			admins = append(admins, r.Person)
		}
	}
	persons := map[people.ID]people.Person{}
	for _, p := range admins {
		persons[p.ID] = p
	}
	ctx, cancel := context.WithTimeout(ctx, alarmTime)
	defer cancel()
	ways := a.ways(admins)
	if len(admins) == 0 {
		for _, m := range a.config.Notify.Shared() {
			ways = append(ways, way{"", m, m})
		}
	}
	errs, sends := make([]error, len(ways)), sync.WaitGroup{}
	for i, w := range ways {
		sends.Go(func() {
			m := notify.Message{To: notify.Recipient{Lang: a.config.Language}, Subject: subject, Text: text, Key: at + "/" + w.key, Page: &page}
			if p, known := persons[w.to]; known {
				m.To = a.recipient(p)
			}
			errs[i] = a.alarmBy(ctx, w.method, m)
		})
	}
	sends.Wait()
	if err := errors.Join(errs...); err != nil {
		a.log.Error("the watchdog does not reach everybody", "error", journal.Sentence(err))
	}
	if !slices.Contains(errs, nil) {
		return errors.New("tell the administrators what is wrong: no channel has taken it; see the log and /watch")
	}
	return nil
}

// alarmBy sends by one channel. A service that keeps alerts open has one of the watchdog.
func (a *App) alarmBy(ctx context.Context, method string, m notify.Message) error {
	channels, err := a.channelsOf(method)
	if err != nil {
		return err
	}
	if _, keeps := channels[0].(settler); keeps {
		m.Key = watchAlert
	}
	_, err = channels[0].Send(ctx, m)
	return err
}

// calm tells the services that keep an alert open that nothing is wrong any more.
func (a *App) calm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, alarmTime)
	defer cancel()
	for _, c := range a.sender.Channels {
		if err := a.settleDrill(ctx, c, watchAlert, a.pageLink("/watch")); err != nil {
			return err // and try again with the next audit
		}
	}
	return a.watchdog.lower(ctx, a.store)
}
