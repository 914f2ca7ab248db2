package store

import (
	"context"
	"time"
)

// Version is one version of a delivered image whose bytes are kept, to go back to.
type Version struct {
	Pipeline  string
	Path      string
	SHA256    string
	Bytes     int64
	FirstGood time.Time // when it was measured within budget for the first time
	LastGood  time.Time // and for the last
}

const versionColumns = `pipeline, path, sha256, bytes, first_good, last_good`

func readVersion(scan func(...any) error) (v Version, err error) {
	var first, last int64
	err = scan(&v.Pipeline, &v.Path, &v.SHA256, &v.Bytes, &first, &last)
	v.FirstGood, v.LastGood = time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
	return v, err
}

// KeepVersion notes a version that was good, and drops those of its path that are more than keep; the ones that were good last stay.
func (t *Tx) KeepVersion(v Version, keep int) error {
	_, err := t.exec("keep the version "+v.SHA256+" of "+v.Path, `insert into versions (`+versionColumns+`) values (?, ?, ?, ?, ?, ?)
		on conflict do update set last_good = max(last_good, excluded.last_good), dropped_at = null`,
		v.Pipeline, v.Path, v.SHA256, v.Bytes, v.FirstGood.UnixMicro(), v.LastGood.UnixMicro())
	if err != nil {
		return err
	}
	_, err = t.exec("drop old versions of "+v.Path, `update versions set dropped_at = ? where pipeline = ? and path = ? and dropped_at is null and sha256 not in
		(select sha256 from versions where pipeline = ? and path = ? and dropped_at is null order by last_good desc, rowid desc limit ?)`,
		v.LastGood.UnixMicro(), v.Pipeline, v.Path, v.Pipeline, v.Path, keep)
	return err
}

// ReplacedVersion notes a version that gave way to a better one, so that its bytes are not forgotten, nor kept for ever.
func (t *Tx) ReplacedVersion(v Version, at time.Time) error {
	_, err := t.exec("note the replaced version "+v.SHA256+" of "+v.Path, `insert into versions (`+versionColumns+`, dropped_at) values (?, ?, ?, ?, 0, 0, ?)
		on conflict do nothing`, v.Pipeline, v.Path, v.SHA256, v.Bytes, at.UnixMicro())
	return err
}

// EachGoodVersion gives, of each path of a pipeline, the version that was good last among those first found good before a time;
// of a path that has none such, the one that was first found good after it.
func (s *Store) EachGoodVersion(ctx context.Context, pipeline string, before time.Time, yield func(Version)) error {
	rows, err := s.readers.QueryContext(ctx, `select `+versionColumns+` from versions v where pipeline = ? and dropped_at is null and rowid =
		(select rowid from versions where pipeline = v.pipeline and path = v.path and dropped_at is null
			order by first_good < ? desc, iif(first_good < ?, -last_good, first_good), rowid desc limit 1)
		order by path`, pipeline, before.UnixMicro(), before.UnixMicro())
	_, err = collect(rows, err, "read the versions of "+pipeline, func(scan func(...any) error) (none struct{}, err error) {
		v, err := readVersion(scan)
		if err == nil {
			yield(v)
		}
		return none, err
	})
	return err
}

// DroppedVersions gives versions that were dropped before a time, limit at most.
func (s *Store) DroppedVersions(ctx context.Context, before time.Time, limit int) ([]Version, error) {
	rows, err := s.readers.QueryContext(ctx, `select `+versionColumns+` from versions where dropped_at < ? order by dropped_at limit ?`, before.UnixMicro(), limit)
	return collect(rows, err, "find the versions that were dropped", readVersion)
}

// Versioned tells whether a digest is that of a version one may go back to.
func (t *Tx) Versioned(sha256 string) (is bool, err error) {
	err = t.fail(t.tx.QueryRowContext(t.ctx, `select exists (select 1 from versions where sha256 = ? and dropped_at is null)`, sha256).Scan(&is))
	return is, err
}

// ForgetVersion forgets the versions of a digest: its bytes are erased.
func (t *Tx) ForgetVersion(sha256 string) error {
	_, err := t.exec("forget the version "+sha256, `delete from versions where sha256 = ?`, sha256)
	return err
}

// ForgetDropped forgets one version that was dropped.
func (t *Tx) ForgetDropped(v Version) error {
	_, err := t.exec("forget the version "+v.SHA256+" of "+v.Path, `delete from versions where pipeline = ? and path = ? and sha256 = ? and dropped_at is not null`, v.Pipeline, v.Path, v.SHA256)
	return err
}

// GoodCheck is a check that found an image within budget.
type GoodCheck struct {
	ID int64
	Version
}

// UnkeptChecks gives the last checks of a pipeline's images, from an ID on, that found them good while their bytes are not kept
// as good since. What is in quarantine, or was discarded there, is not good.
func (s *Store) UnkeptChecks(ctx context.Context, pipeline string, after int64, limit int) ([]GoodCheck, error) {
	rows, err := s.readers.QueryContext(ctx, `select id, path, candidate, bytes, at from checks c where pipeline = ? and id > ? and over = 0
		and id = (select max(id) from checks where pipeline = c.pipeline and path = c.path)
		and not exists (select 1 from versions v where v.pipeline = c.pipeline and v.path = c.path and v.sha256 = c.candidate and dropped_at is null and last_good >= c.at)
		and not exists (select 1 from quarantine q where q.sha256 = c.candidate and status <> 'restored')
		order by id limit ?`, pipeline, after, limit)
	return collect(rows, err, "find the good versions of "+pipeline, func(scan func(...any) error) (c GoodCheck, err error) {
		var at int64
		err = scan(&c.ID, &c.Path, &c.SHA256, &c.Bytes, &at)
		c.Pipeline, c.FirstGood = pipeline, time.UnixMicro(at).UTC()
		c.LastGood = c.FirstGood
		return c, err
	})
}
