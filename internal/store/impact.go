package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// FileVersion tells one version of a file from the next: by its size, its modification time and the last change of its
// inode, both in nanoseconds. Changed is 0 where it was not recorded.
type FileVersion struct {
	Bytes, Modified, Changed int64
}

// EachStamp tells of each path of a pipeline which version was checked last.
func (s *Store) EachStamp(ctx context.Context, pipeline string, yield func(path string, v FileVersion)) error {
	doing := "read the last checks of " + pipeline
	rows, err := s.readers.QueryContext(ctx, `select path, bytes, modified, changed from checks
		where id in (select max(id) from checks where pipeline = ? group by path)`, pipeline)
	if err != nil {
		return explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		var path string
		var v FileVersion
		if err := rows.Scan(&path, &v.Bytes, &v.Modified, &v.Changed); err != nil {
			return explain(doing, err)
		}
		yield(path, v)
	}
	return explain(doing, rows.Err())
}

// Blast is how many images of a pipeline were checked and over since a moment.
// An image that was checked several times counts once, and as over if any of its checks was.
type Blast struct {
	Checked     int
	Affected    int // over any limit
	OverDeltaE  int
	OverPalette int
	MedianDelta float64 // of the worst ΔE00 p95 of each affected image
	First, Last time.Time
}

// Blast measures the blast radius of a pipeline since a moment.
func (s *Store) Blast(ctx context.Context, pipeline string, since time.Time) (Blast, error) {
	var b Blast
	var first, last sql.NullInt64
	var median sql.NullFloat64
	row := s.readers.QueryRowContext(ctx, `
		with images as (
			select max(over <> 0) as affected, max((over & ?) <> 0) as colour, max((over & ?) <> 0) as palette,
				max(delta_e_p95) as delta, min(iif(over <> 0, at, null)) as first, max(iif(over <> 0, at, null)) as last
			from checks where pipeline = ? and at >= ? group by path),
		affected as (select delta, row_number() over (order by delta) as place, count(*) over () as n from images where affected)
		select count(*), coalesce(sum(affected), 0), coalesce(sum(colour), 0), coalesce(sum(palette), 0), min(first), max(last),
			(select delta from affected where place = (n + 1) / 2)
		from images`, int64(OverDeltaE), int64(OverPalette), pipeline, since.UnixMicro())
	if err := row.Scan(&b.Checked, &b.Affected, &b.OverDeltaE, &b.OverPalette, &first, &last, &median); err != nil {
		return b, explain("measure the blast radius of "+pipeline, err)
	}
	b.First, b.Last, b.MedianDelta = fromMicros(first), fromMicros(last), median.Float64
	return b, nil
}

// EachOver yields the checks of a pipeline that are over any limit since a
// moment, the oldest first, one at a time.
func (s *Store) EachOver(ctx context.Context, pipeline string, since time.Time, yield func(CheckRow) error) error {
	doing := "read the checks over budget of " + pipeline
	rows, err := s.readers.QueryContext(ctx, `select id, `+checkColumns+` from checks
		where pipeline = ? and at >= ? and over <> 0 order by id`, pipeline, since.UnixMicro())
	if err != nil {
		return explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		c, err := readCheck(rows.Scan)
		if err != nil {
			return explain(doing, err)
		}
		if err := yield(c); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	return explain(doing, rows.Err())
}
