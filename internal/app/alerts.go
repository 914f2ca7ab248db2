package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/store"
)

// alertDesk is where alerts of all sources arrive, one batch after the other.
type alertDesk struct {
	policy *alert.Policy

	mu     sync.Mutex // held while alerts are heard and judged
	judged time.Time  // when suppressed alerts were judged last
	pruned time.Time  // when old alerts were forgotten last
}

const (
	maxAlerts  = 50_000          // that have not ended, of all sources
	judgeEvery = 5 * time.Second // how soon an alert opens after its silence has ended
	pruneEvery = time.Hour
)

// TakeAlerts hears alerts of an edge. Those that are valid are kept even where
// others of the batch are not: these give an error of kind [journal.ErrInvalid]
// or [journal.ErrTooLarge]. When it returns nil the alerts are durable, and
// their incidents are opened or will be by the next tick.
func (a *App) TakeAlerts(ctx context.Context, told []alert.Alert) error {
	now := a.now()
	valid := make([]alert.Alert, 0, len(told))
	var invalid []error
	for _, t := range told {
		t = t.Settled(now, a.timeoutOf(t.Source))
		if err := t.Validate(); err != nil {
			invalid = append(invalid, err)
			continue
		}
		valid = append(valid, t)
	}
	a.alerts.mu.Lock()
	defer a.alerts.mu.Unlock()
	if err := a.keepAlerts(ctx, valid, now); err != nil {
		return err
	}
	if err := a.settleAlerts(ctx, now); err != nil {
		a.log.Error("alerts are kept and not all settled; the next tick tries again", "error", err)
	}
	return errors.Join(invalid...)
}

// timeoutOf is after how long an alert of a source ends that named no end. The
// webhook of another Alertmanager comes again after hours only, and PagerDuty's
// events do not come again: both tell the end.
func (a *App) timeoutOf(s alert.Source) time.Duration {
	if s == alert.FromAPI {
		return a.alerts.policy.ResolveTimeout()
	}
	return 0
}

// takeAlerts is the way of our own rules' alerts.
func (a *App) takeAlerts(ctx context.Context, told []alert.Alert, at time.Time) error {
	for i := range told {
		told[i] = told[i].Settled(at, 0)
	}
	a.alerts.mu.Lock()
	defer a.alerts.mu.Unlock()
	if err := a.keepAlerts(ctx, told, at); err != nil {
		return err
	}
	return a.settleAlerts(ctx, at)
}

// keepAlerts writes what was told, in one transaction.
func (a *App) keepAlerts(ctx context.Context, told []alert.Alert, at time.Time) error {
	if len(told) == 0 {
		return nil
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.CountAlerts()
		if err != nil {
			return err
		}
		h := hearing{tx: tx, policy: a.alerts.policy, at: at, index: map[string]int{}, over: resolutions{}}
		for _, t := range told {
			row, known, err := h.row(t)
			if err != nil {
				return err
			}
			if !known && n+len(h.rows) >= maxAlerts {
				return fmt.Errorf("keep alert %s: %d alerts fire already: end or silence some at their source: %w", t.Name(), maxAlerts, journal.ErrTooLarge)
			}
			if err := h.hear(row, t); err != nil {
				return err
			}
		}
		return tx.PutAlerts(h.rows)
	})
}

// hearing is the keeping of one batch within a transaction.
type hearing struct {
	tx     *store.Tx
	policy *alert.Policy
	at     time.Time
	rows   []store.AlertRow // to be written
	index  map[string]int   // in rows, by the alerts' keys: one may be told twice
	over   resolutions
}

// row gives what is known of an alert, and whether anything is.
func (h *hearing) row(told alert.Alert) (store.AlertRow, bool, error) {
	if i, ok := h.index[told.Key()]; ok {
		return h.rows[i], true, nil
	}
	return h.tx.Alert(told.Source, told.Fingerprint)
}

func (h *hearing) hear(row store.AlertRow, told alert.Alert) error {
	over, err := h.over.of(h.tx, row.Incident)
	if err != nil {
		return err
	}
	row, changed := hear(row, told, h.at, over)
	if !changed {
		return nil
	}
	row.Group = h.policy.GroupKey(row.Labels)
	i, ok := h.index[told.Key()]
	if !ok {
		i, h.rows = len(h.rows), append(h.rows, store.AlertRow{})
		h.index[told.Key()] = i
	}
	h.rows[i] = row
	return nil
}

// resolutions says when incidents were resolved, which they are before they
// are closed; zero for one that is not. A storm asks of one a thousand times.
type resolutions map[string]time.Time

func (r resolutions) of(tx *store.Tx, id string) (time.Time, error) {
	at, ok := r[id]
	if ok || id == "" {
		return at, nil
	}
	s, err := foldIncident(tx, id)
	if err == nil && s.Resolved != nil {
		at = s.Resolved.At
	}
	r[id] = at
	return at, err
}

// hear gives what is known after an alert was told; row is the zero AlertRow
// where nothing was known of it, and over is when its incident was resolved,
// zero where it was not. It says whether anything is to be written.
func hear(row store.AlertRow, told alert.Alert, at, over time.Time) (store.AlertRow, bool) {
	if row.Fingerprint == "" {
		return store.AlertRow{Alert: told, FiredAt: at, Phase: store.AlertNew}, !told.Resolved(at)
	}
	merged, again := alert.Merge(row.Alert, told, at)
	switch {
	case told.Resolved(at):
	case told.Source == alert.FromEvents && (row.Resolved(at) || !over.IsZero()):
		// A trigger's timestamp may be any, the first one too; ours begins the new activation.
		merged, again = told, true
		merged.StartsAt = at
	case !over.IsZero() && told.Since(over):
		merged, again = told, true
	}
	switch {
	case again:
		return store.AlertRow{Alert: merged, FiredAt: at, Phase: store.AlertNew}, true
	case row.Phase == store.AlertEnded && merged.Resolved(at):
		return row, false
	case row.Phase == store.AlertEnded && row.Incident != "":
		row.Phase = store.AlertOpen // it was taken for ended and is not
	case row.Phase == store.AlertEnded:
		row.Phase = store.AlertNew
	}
	row.Alert = merged
	return row, true
}

// tickAlerts judges what is due, ends what was not told again, and forgets
// what ended long ago.
func (a *App) tickAlerts(ctx context.Context, at time.Time) error {
	a.alerts.mu.Lock()
	defer a.alerts.mu.Unlock()
	err := a.settleAlerts(ctx, at)
	if since := at.Sub(a.alerts.pruned); since < pruneEvery && since >= 0 {
		return err
	}
	a.alerts.pruned = at
	return errors.Join(err, a.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.PruneAlerts(at.Add(-a.alerts.policy.Retention()))
		return err
	}))
}

// settleAlerts judges the alerts that wait for it and ends those that are
// over. What goes wrong with one group does not hold up the others.
func (a *App) settleAlerts(ctx context.Context, at time.Time) error {
	waiting, err := a.store.AlertsIn(ctx, store.AlertNew)
	if err != nil {
		return err
	}
	if since := at.Sub(a.alerts.judged); since >= judgeEvery || since < 0 {
		suppressed, err := a.store.AlertsIn(ctx, store.AlertSuppressed)
		if err != nil {
			return err
		}
		a.alerts.judged = at
		waiting = append(waiting, suppressed...)
	}
	var errs []error
	if len(waiting) > 0 {
		scene, err := a.scene(ctx, at)
		if err != nil {
			return err
		}
		for _, group := range byGroup(waiting) {
			errs = append(errs, a.settleGroup(ctx, group, scene))
		}
	}
	return errors.Join(append(errs, a.endAlerts(ctx, at))...)
}

// scene is what may suppress an alert now.
func (a *App) scene(ctx context.Context, at time.Time) (alert.Scene, error) {
	s := alert.Scene{Now: at}
	rows, err := a.store.Silences(ctx, at, maxSilences)
	if err != nil {
		return s, err
	}
	for _, r := range rows {
		s.Silences = append(s.Silences, r.Silence)
	}
	if !a.alerts.policy.Inhibits() {
		return s, nil
	}
	firing, err := a.store.AlertsFiring(ctx, at, maxAlerts)
	for _, r := range firing {
		s.Firing = append(s.Firing, r.Alert)
	}
	return s, err
}

// byGroup puts the alerts of a group together, in the order of their first.
func byGroup(rows []store.AlertRow) [][]store.AlertRow {
	var groups [][]store.AlertRow
	index := map[string]int{}
	for _, r := range rows {
		i, ok := index[r.Group]
		if !ok {
			i = len(groups)
			index[r.Group] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// maxTitle keeps the title of an alert well below what an incident takes.
const maxTitle = 500

// title gives the alert's summary, or its name where it has none. It is cut
// rather than refused: no template may cost an incident.
func title(a alert.Alert) string {
	text := strings.TrimSpace(a.Annotations["summary"])
	if text == "" {
		text = a.Name()
	}
	if len(text) > maxTitle {
		text = strings.ToValidUTF8(text[:maxTitle], "") + "…"
	}
	return text
}
