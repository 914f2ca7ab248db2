package app

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
)

// alertDesk is where alerts of all sources arrive, one batch after the other.
type alertDesk struct {
	policy   *alert.Policy
	limit    int           // of alerts of one source that have not ended
	silences int           // at most, that are not over
	spell    time.Duration // how long one settling may take; 0: as long as it takes

	mu     sync.Mutex // held while alerts are heard and judged
	judged time.Time  // when suppressed alerts were judged last
	pruned time.Time  // when old alerts were forgotten last
}

const (
	maxAlerts  = 20_000          // of one source that have not ended: none may shut out the others
	maxFiring  = 4 * maxAlerts   // that are listed and may inhibit, of all sources
	judgeEvery = 5 * time.Second // how soon an alert opens after its silence has ended
	pruneEvery = time.Hour
	// settleSpell bounds how long who tells of alerts waits for those of others.
	settleSpell = 2 * time.Second
)

func (a *App) openAlerts() error {
	policy, err := alert.NewPolicy(a.config.Alerts)
	a.alerts.policy, a.alerts.limit, a.alerts.silences = policy, maxAlerts, maxSilences
	if !a.replayed {
		a.alerts.spell = settleSpell
	}
	return err
}

// TakeAlerts hears alerts of an edge. Those that are valid are kept even where
// others of the batch are not: these give an error of kind [journal.ErrInvalid]
// or [journal.ErrTooLarge], an [alert.FullError] among them where it is not for
// what they say that they were refused. Unless there is another error, what is
// kept is durable, and its incidents are opened or will be by the next tick.
func (a *App) TakeAlerts(ctx context.Context, told []alert.Alert) error {
	now := a.now()
	valid := make([]alert.Alert, 0, len(told))
	var refused []error
	for _, t := range told {
		t = t.Settled(now, a.timeoutOf(t.Source))
		if err := t.Validate(); err != nil {
			refused = append(refused, err)
			continue
		}
		valid = append(valid, t)
	}
	a.alerts.mu.Lock()
	defer a.alerts.mu.Unlock()
	full, err := a.keepAlerts(ctx, valid, now)
	if err != nil {
		return err
	}
	if full != nil {
		refused = append(refused, full)
	}
	if err := a.settleAlerts(ctx, now); err != nil {
		a.log.Error("alerts are kept and not all settled; the next tick tries again", "error", err)
	}
	return errors.Join(refused...)
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
	if _, err := a.keepAlerts(ctx, told, at); err != nil { // there is room for our own, always
		return err
	}
	return a.settleAlerts(ctx, at)
}

// keepAlerts writes what was told, in one transaction. Where a source has as
// many alerts as it may have, its new ones are left out and full says so.
func (a *App) keepAlerts(ctx context.Context, told []alert.Alert, at time.Time) (full *alert.FullError, err error) {
	if len(told) == 0 {
		return nil, nil
	}
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		full = nil
		room, err := a.room(tx, told[0].Source) // a batch is of one source
		if err != nil {
			return err
		}
		h := hearing{tx: tx, policy: a.alerts.policy, at: at, index: map[string]int{}, over: resolutions{}}
		for _, t := range told {
			row, err := h.row(t)
			if err != nil {
				return err
			}
			fresh := row.Fingerprint == "" && !t.Resolved(at)
			if fresh && room <= 0 {
				full = full.Add(t, a.alerts.limit)
				continue
			}
			if fresh {
				room--
			}
			if err := h.hear(row, t); err != nil {
				return err
			}
		}
		return tx.PutAlerts(h.rows)
	})
	return full, err
}

// room is how many more alerts a source may have. Our own rules have their
// limits where they are evaluated.
func (a *App) room(tx *store.Tx, source alert.Source) (int, error) {
	if source == alert.FromRules {
		return math.MaxInt, nil
	}
	n, err := tx.CountAlerts(source)
	return a.alerts.limit - n, err
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

// row gives what is known of an alert; the zero AlertRow if nothing is.
func (h *hearing) row(told alert.Alert) (store.AlertRow, error) {
	if i, ok := h.index[told.Key()]; ok {
		return h.rows[i], nil
	}
	row, _, err := h.tx.Alert(told.Source, told.Fingerprint)
	return row, err
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

// settleDue is [App.tickAlerts] now: a loop of its own, since a storm of alerts
// must not hold up clocks and escalation.
func (a *App) settleDue(ctx context.Context) error { return a.tickAlerts(ctx, a.now()) }

// settleAlerts judges the alerts that wait for it and ends those that are
// over. What goes wrong with one group does not hold up the others; what is
// left when the time for it has passed is for the next tick.
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
	enough := a.alerts.begin()
	var errs []error
	if len(waiting) > 0 {
		scene, err := a.scene(ctx, at)
		if err != nil {
			return err
		}
		for _, group := range byGroup(a.alerts.changing(waiting, scene)) {
			errs = append(errs, a.settleGroup(ctx, group, scene))
			if enough() {
				a.alerts.judged = time.Time{} // the suppressed ones that are left, too
				break
			}
		}
	}
	return errors.Join(append(errs, a.endAlerts(ctx, at, enough))...)
}

// begin begins a settling; enough tells whether its time has passed.
func (d *alertDesk) begin() (enough func() bool) {
	began := time.Now()
	return func() bool { return d.spell > 0 && time.Since(began) >= d.spell }
}

// changing leaves out the suppressed alerts that stay so: of each settling in
// bounded time only those that go on may be a part, or it would not come to the rest.
func (d *alertDesk) changing(waiting []store.AlertRow, scene alert.Scene) []store.AlertRow {
	return slices.DeleteFunc(waiting, func(r store.AlertRow) bool {
		return r.Phase == store.AlertSuppressed && !r.Resolved(scene.Now) && d.policy.Suppression(r.Labels, scene).Any()
	})
}

// scene is what may suppress an alert now.
func (a *App) scene(ctx context.Context, at time.Time) (alert.Scene, error) {
	rows, err := a.store.Silences(ctx, at, maxSilences)
	if err != nil {
		return alert.Scene{}, err
	}
	silences := make([]alert.Silence, len(rows))
	for i, r := range rows {
		silences[i] = r.Silence
	}
	var firing []alert.Alert
	if a.alerts.policy.Inhibits() {
		rows, err := a.store.AlertsFiring(ctx, at, maxFiring)
		if err != nil {
			return alert.Scene{}, err
		}
		for _, r := range rows {
			firing = append(firing, r.Alert)
		}
	}
	return a.alerts.policy.Scene(at, silences, firing), nil
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

// title gives the alert's summary in the language of documents, or its name where it has none. It is cut
// rather than refused: no template may cost an incident.
func title(a alert.Alert, l phrase.Lang) string {
	text := strings.TrimSpace(alert.Summary(a.Annotations, string(l)))
	if text == "" {
		text = a.Name()
	}
	if len(text) > maxTitle {
		text = strings.ToValidUTF8(text[:maxTitle], "") + "…"
	}
	return text
}
