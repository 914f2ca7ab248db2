package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
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

// BlastQuery selects checks of a pipeline from Since to Until, both included.
type BlastQuery struct {
	Pipeline     string
	Since, Until time.Time
	// Over is which limits count; an image that is over none of them counts as checked and no more.
	Over Over
}

// AnyOver is being over any limit.
const AnyOver = OverDeltaE | OverPalette | OverSSIM | OverLPIPS | OverBytes | OverFormat | OverMetadata

// CheckedImage is what the checks of one image amount to. Where it is over, its class and what made it are those of the
// worst check that was over; otherwise those of the last check.
type CheckedImage struct {
	Path, Class, Software, Model string
	Over                         Over     // each limit that any of its checks was over
	DeltaE                       float64  // the worst p95; NaN where none was measured
	First, Last                  CheckRef // of its checks that were over
	Drifted                      int64    // the ID of the check whose brand colours drifted most, 0 where none is over the palette limit
}

// CheckRef names a check by its place in time.
type CheckRef struct {
	ID int64
	At time.Time
}

// Before tells which of two checks was made first.
func (r CheckRef) Before(o CheckRef) bool {
	return r.At.Before(o.At) || r.At.Equal(o.At) && r.ID < o.ID
}

// EachImage yields the images that were checked, each once, one at a time and in the order of their names. It reads an
// index and sorts on disk, so that its memory does not grow with their number.
func (s *Store) EachImage(ctx context.Context, q BlastQuery, yield func(CheckedImage) error) error {
	doing := "measure the blast radius of " + q.Pipeline
	rows, err := s.readers.QueryContext(ctx, `select path, id, at, over, class, delta_e_p95, palette_worst, software, model from checks
		where pipeline = ? and at >= ? and at <= ? order by path, at, id`, q.Pipeline, q.Since.UnixMicro(), q.Until.UnixMicro())
	if err != nil {
		return explain(doing, err)
	}
	defer rows.Close()
	var one imageFold
	for rows.Next() {
		var c blastRow
		if err := c.scan(rows); err != nil {
			return explain(doing, err)
		}
		if one.checks > 0 && c.Path != one.Path {
			if err := yield(one.CheckedImage); err != nil {
				return fmt.Errorf("%s: %w", doing, err)
			}
			one = imageFold{}
		}
		one.add(c, q.Over)
	}
	if err := rows.Err(); err != nil || one.checks == 0 {
		return explain(doing, err)
	}
	return yield(one.CheckedImage)
}

// blastRow is what the index holds of a check.
type blastRow struct {
	CheckRef
	Path, Class, Software, Model string
	Over                         Over
	deltaE, palette              float64
}

func (c *blastRow) scan(rows *sql.Rows) error {
	var at int64
	var deltaE, palette sql.NullFloat64
	err := rows.Scan(&c.Path, &c.ID, &at, &c.Over, &c.Class, &deltaE, &palette, &c.Software, &c.Model)
	c.At, c.deltaE, c.palette = time.UnixMicro(at).UTC(), fromNumber(deltaE), fromNumber(palette)
	return err
}

// imageFold takes the checks of one image in their order.
type imageFold struct {
	CheckedImage
	checks         int
	worst, drifted float64 // of the checks that were over, and of those over the palette limit
}

func (f *imageFold) add(c blastRow, counts Over) {
	if f.checks == 0 {
		f.Path, f.DeltaE = c.Path, math.NaN()
	}
	f.checks++
	if !(f.DeltaE >= c.deltaE) && !math.IsNaN(c.deltaE) {
		f.DeltaE = c.deltaE
	}
	over := c.Over & counts
	switch {
	case over == 0 && f.Over == 0:
		f.Class, f.Software, f.Model = c.Class, c.Software, c.Model
		return
	case over == 0:
		return
	}
	if f.Over == 0 {
		f.First = c.CheckRef
	}
	if f.Over == 0 || c.deltaE > f.worst {
		f.worst, f.Class, f.Software, f.Model = c.deltaE, c.Class, c.Software, c.Model
	}
	f.Over, f.Last = f.Over|over, c.CheckRef
	if over&OverPalette != 0 && (f.Drifted == 0 || c.palette > f.drifted) {
		f.Drifted, f.drifted = c.ID, c.palette
	}
}

// CheckedPipelines names the pipelines that have checks, sorted.
func (s *Store) CheckedPipelines(ctx context.Context) ([]string, error) {
	// One jump in the index for each name, where "distinct" would walk all of it.
	rows, err := s.readers.QueryContext(ctx, `
		with recursive names(name) as (
			select min(pipeline) from checks
			union all
			select (select min(pipeline) from checks where pipeline > name) from names where name is not null)
		select name from names where name is not null`)
	return collect(rows, err, "list the pipelines that were checked", func(scan func(...any) error) (string, error) {
		var name string
		err := scan(&name)
		return name, err
	})
}

// Check gives one check.
func (s *Store) Check(ctx context.Context, id int64) (CheckRow, error) {
	rows, err := s.readers.QueryContext(ctx, `select id, `+checkColumns+` from checks where id = ?`, id)
	return oneCheck(rows, err, "read a check")
}

// LastGood gives the last check of a pipeline before another that was over no limit, or [journal.ErrNotFound].
func (s *Store) LastGood(ctx context.Context, pipeline string, before CheckRef) (CheckRow, error) {
	at := before.At.UnixMicro()
	rows, err := s.readers.QueryContext(ctx, `select id, `+checkColumns+` from checks where id = (select id from checks
		where pipeline = ? and at <= ? and (at < ? or id < ?) and over = 0 order by at desc, id desc limit 1)`, pipeline, at, at, before.ID)
	return oneCheck(rows, err, "find the last good image of "+pipeline)
}

// oneCheck reads the only row of a query.
func oneCheck(rows *sql.Rows, err error, doing string) (CheckRow, error) {
	list, err := collect(rows, err, doing, readCheck)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s: %w", doing, journal.ErrNotFound)
	}
	if err != nil {
		return CheckRow{}, err
	}
	return list[0], nil
}

// checksAtOnce is how many checks one query reads by their IDs.
const checksAtOnce = 500

// EachCheck yields the JSON of checks by their IDs, which it sorts: in the order of the table its pages are read once. What is yielded is overwritten by the next.
func (s *Store) EachCheck(ctx context.Context, ids []int64, yield func(json []byte) error) error {
	slices.Sort(ids)
	for some := range slices.Chunk(ids, checksAtOnce) {
		if err := s.eachCheck(ctx, some, yield); err != nil {
			return explain("read checks", err)
		}
	}
	return nil
}

func (s *Store) eachCheck(ctx context.Context, ids []int64, yield func(json []byte) error) error {
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	rows, err := s.readers.QueryContext(ctx, `select json from checks where id in (select value from json_each(?)) order by id`, string(list))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text sql.RawBytes
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if err := yield(text); err != nil {
			return err
		}
	}
	return rows.Err()
}
