package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
)

// AlertPhase is how far an alert has come.
type AlertPhase string

// The phases of an alert.
const (
	AlertNew        AlertPhase = "new"        // to be judged
	AlertSuppressed AlertPhase = "suppressed" // to be judged again
	AlertOpen       AlertPhase = "open"       // it has its incident
	AlertEnded      AlertPhase = "ended"      // and nothing is left to do
)

// AlertRow is an alert with what became of its present activation.
type AlertRow struct {
	alert.Alert
	Group    string    // the key of its group
	FiredAt  time.Time // when this activation was told first
	Incident string    // of this activation; empty: none
	Phase    AlertPhase
}

const alertFields = `source, fingerprint, labels, annotations, generator_url, starts_at, ends_at, updated_at, timeout,
	group_key, fired_at, incident, phase`

func readAlert(scan func(...any) error) (AlertRow, error) {
	var r AlertRow
	var labels, annotations []byte
	var starts, updated, fired int64
	var ends sql.NullInt64
	err := scan(&r.Source, &r.Fingerprint, &labels, &annotations, &r.GeneratorURL, &starts, &ends, &updated, &r.Timeout,
		&r.Group, &fired, &r.Incident, &r.Phase)
	if err != nil {
		return r, err
	}
	r.StartsAt, r.EndsAt = time.UnixMicro(starts).UTC(), fromMicros(ends)
	r.UpdatedAt, r.FiredAt = time.UnixMicro(updated).UTC(), time.UnixMicro(fired).UTC()
	return r, errors.Join(json.Unmarshal(labels, &r.Labels), json.Unmarshal(annotations, &r.Annotations))
}

// PutAlerts adds alerts or replaces those with the same source and fingerprint.
func (t *Tx) PutAlerts(rows []AlertRow) error {
	if len(rows) == 0 {
		return nil
	}
	put, err := t.tx.PrepareContext(t.ctx, `insert into alerts (`+alertFields+`) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		on conflict (source, fingerprint) do update set labels = excluded.labels, annotations = excluded.annotations,
			generator_url = excluded.generator_url, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
			updated_at = excluded.updated_at, timeout = excluded.timeout, group_key = excluded.group_key,
			fired_at = excluded.fired_at, incident = excluded.incident, phase = excluded.phase`)
	if err != nil {
		return t.fail(fmt.Errorf("save alerts: %w", err))
	}
	defer put.Close()
	for _, r := range rows {
		labels, err := json.Marshal(r.Labels)
		annotations, err2 := json.Marshal(r.Annotations)
		if err := errors.Join(err, err2); err != nil {
			return t.fail(fmt.Errorf("encode alert %s: %w", r.Name(), err))
		}
		_, err = put.ExecContext(t.ctx, string(r.Source), r.Fingerprint, string(labels), string(annotations), r.GeneratorURL,
			r.StartsAt.UnixMicro(), micros(r.EndsAt), r.UpdatedAt.UnixMicro(), r.Timeout,
			r.Group, r.FiredAt.UnixMicro(), r.Incident, string(r.Phase))
		if err != nil {
			return t.fail(fmt.Errorf("save alert %s: %w", r.Name(), err))
		}
	}
	return nil
}

// Alert gives an alert as the transaction sees it; ok tells whether it is known.
func (t *Tx) Alert(source alert.Source, fingerprint string) (r AlertRow, ok bool, err error) {
	r, err = readAlert(t.tx.QueryRowContext(t.ctx, `select `+alertFields+` from alerts where source = ? and fingerprint = ?`,
		string(source), fingerprint).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return AlertRow{}, false, nil
	}
	if err != nil {
		return r, false, t.fail(fmt.Errorf("read alert %s: %w", fingerprint, err))
	}
	return r, true, nil
}

// AlertOf gives the incident of an alert, empty if it has none or is not known.
func (s *Store) AlertOf(ctx context.Context, source alert.Source, fingerprint string) (incident string, err error) {
	err = s.readers.QueryRowContext(ctx, `select incident from alerts where source = ? and fingerprint = ?`,
		string(source), fingerprint).Scan(&incident)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return incident, explain("read alert "+fingerprint, err)
}

// AlertsFiring gives up to limit alerts that have not ended at a time, in the
// order of their fingerprints.
func (s *Store) AlertsFiring(ctx context.Context, now time.Time, limit int) ([]AlertRow, error) {
	rows, err := s.readers.QueryContext(ctx, `select `+alertFields+` from alerts
		where phase <> 'ended' and (ends_at is null or ends_at > ?) order by fingerprint, source limit ?`, now.UnixMicro(), max(limit, 0))
	return collect(rows, err, "read the firing alerts", readAlert)
}

// AlertsIn gives the alerts in a phase, those that fired first in front.
func (s *Store) AlertsIn(ctx context.Context, phase AlertPhase) ([]AlertRow, error) {
	rows, err := s.readers.QueryContext(ctx, `select `+alertFields+` from alerts where phase = ? order by fired_at, source, fingerprint`,
		string(phase))
	return collect(rows, err, "read the alerts that are "+string(phase), readAlert)
}

// AlertsOver gives the alerts that have an incident, have ended at a time and
// whose end is not settled.
func (s *Store) AlertsOver(ctx context.Context, now time.Time) ([]AlertRow, error) {
	rows, err := s.readers.QueryContext(ctx, `select `+alertFields+` from alerts
		where phase = 'open' and ends_at <= ? order by incident, fired_at, fingerprint`, now.UnixMicro())
	return collect(rows, err, "read the alerts that ended", readAlert)
}

// AlertsFrom gives the alerts of a source that have not ended.
func (s *Store) AlertsFrom(ctx context.Context, source alert.Source) ([]AlertRow, error) {
	rows, err := s.readers.QueryContext(ctx, `select `+alertFields+` from alerts where source = ? and phase <> 'ended'`, string(source))
	return collect(rows, err, "read the alerts of "+string(source), readAlert)
}

// IncidentAlerts counts the alerts of an incident: all, and those whose end is not settled.
func (t *Tx) IncidentAlerts(incident string) (all, open int, err error) {
	err = t.tx.QueryRowContext(t.ctx, `select count(*), count(*) filter (where phase = 'open') from alerts where incident = ?`,
		incident).Scan(&all, &open)
	if err != nil {
		err = t.fail(fmt.Errorf("count the alerts of %s: %w", incident, err))
	}
	return all, open, err
}

// CountAlerts counts the alerts of a source that have not ended.
func (t *Tx) CountAlerts(source alert.Source) (n int, err error) {
	err = t.tx.QueryRowContext(t.ctx, `select count(*) from alerts where source = ? and phase <> 'ended'`, string(source)).Scan(&n)
	if err != nil {
		err = t.fail(fmt.Errorf("count the alerts of %s: %w", source, err))
	}
	return n, err
}

// PruneAlerts forgets the alerts that ended before a time, and says how many.
func (t *Tx) PruneAlerts(before time.Time) (int64, error) {
	return t.exec("forget old alerts", `delete from alerts where phase = 'ended' and ends_at < ?`, before.UnixMicro())
}

// GroupIncident gives the last incident of a group of alerts, empty if there
// is none. Incidents of before groups were written belong to their fingerprint.
func (t *Tx) GroupIncident(group, fingerprint string) (id string, err error) {
	err = t.tx.QueryRowContext(t.ctx, `select id from (
			select id, detected_at from incidents where group_key = ? and group_key <> ''
			union all select id, detected_at from incidents where fingerprint = ? and fingerprint <> '' and group_key = '')
		order by detected_at desc, id desc limit 1`, group, fingerprint).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", t.fail(fmt.Errorf("find the incident of alerts %s: %w", group, err))
	}
	return id, nil
}
