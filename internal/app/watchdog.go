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
	"github.com/safelight-dev/safelight/internal/store"
)

// WatchdogConfig says how Safelight is watched.
type WatchdogConfig struct {
	// Heartbeat is another system that notices when Safelight is silent.
	Heartbeat *notify.HeartbeatConfig `yaml:"heartbeat"`
	// Synthetic holds exercises by itself.
	Synthetic *drill.Config `yaml:"synthetic"`
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
)

// shout says what is wrong and cannot be mended: in the log, and to the administrators by all that reaches them, each
// matter once an hour. It does not go through the queue of effects, which may be what is wrong.
func (a *App) shout(ctx context.Context, findings []audit.Finding) error {
	fresh := a.watchdog.fresh(ctx, a.store, findings, a.now())
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

// fresh picks what has not been told within the hour; nothing while the last message is too young.
func (d *watchdogDesk) fresh(ctx context.Context, s *store.Store, findings []audit.Finding, now time.Time) (fresh []audit.Finding) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.read {
		d.told, d.read = map[string]time.Time{}, true
		// What cannot be read is told once more.
		if text, err := s.Setting(ctx, toldSetting); err == nil && json.Unmarshal([]byte(text), &d.told) != nil {
			d.told = map[string]time.Time{}
		}
	}
	if now.Sub(d.toldAt) < tellApart && !now.Before(d.toldAt) {
		return nil
	}
	for _, f := range findings {
		if at, told := d.told[f.Matter()]; !told || now.Sub(at) >= tellAgain || now.Before(at) {
			fresh = append(fresh, f)
		}
	}
	return fresh
}

// note keeps what has been told, over a restart too.
func (d *watchdogDesk) note(ctx context.Context, s *store.Store, told []audit.Finding, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.toldAt = now
	for _, f := range told {
		d.told[f.Matter()] = now
	}
	for matter, at := range d.told {
		if now.Sub(at) >= tellAgain {
			delete(d.told, matter)
		}
	}
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
	m := notify.Message{Subject: subject, Text: text, Page: &page}
	shared := a.config.Notify.Shared()
	taken, errs := false, []error{}
	send := func(methods []string, to notify.Recipient, key string) {
		var by notify.Sender
		for _, c := range a.sender.Channels {
			if slices.Contains(methods, c.Name()) {
				by.Channels = append(by.Channels, c)
			}
		}
		if len(by.Channels) == 0 {
			return
		}
		m.To, m.Key = to, "watch/"+f.At.UTC().Format(time.RFC3339)+"/"+key
		_, err := by.Send(ctx, m)
		taken = taken || err == nil
		errs = append(errs, err)
	}
	for _, r := range records {
		if r.Role == people.Administrator && !r.Disabled {
			own := slices.DeleteFunc(a.methods(r.Person), func(m string) bool { return slices.Contains(shared, m) })
			send(own, a.recipient(r.Person), string(r.ID))
		}
	}
	send(shared, notify.Recipient{Lang: a.config.Language}, "all")
	if err := errors.Join(errs...); err != nil {
		a.log.Error("the watchdog does not reach everybody", "error", journal.Sentence(err))
	}
	if !taken {
		return errors.New("tell the administrators what is wrong: no channel has taken it; see the log and /watch")
	}
	return nil
}
