package store

import (
	"context"
	"time"
)

// OriginRow sums up the checks of a pipeline that were made the same way, by what the images say of themselves and the pipeline of its runs.
type OriginRow struct {
	Software, Model, Run, LUT string // empty where nobody says
	Prompt                    string // the mark by which equal prompts are known
	Checked, Over             int
	First, Last               time.Time
}

// Origins sums up the checks of a pipeline between two times, both included, by what made the images; limit rows at most, the first made first.
func (s *Store) Origins(ctx context.Context, pipeline string, since, until time.Time, limit int) ([]OriginRow, error) {
	const prompt = `coalesce(json_extract(json, '$.metadata.provenance.promptMark'), '')`
	rows, err := s.readers.QueryContext(ctx, `select software, model, run, lut, `+prompt+`, count(*), sum(over <> 0), min(at), max(at) from checks
		where pipeline = ? and at >= ? and at <= ? group by 1, 2, 3, 4, 5 order by min(at), 1, 2, 3, 4, 5 limit ?`,
		pipeline, since.UnixMicro(), until.UnixMicro(), limit)
	return collect(rows, err, "sum up what made the images of "+pipeline, func(scan func(...any) error) (o OriginRow, err error) {
		var first, last int64
		err = scan(&o.Software, &o.Model, &o.Run, &o.LUT, &o.Prompt, &o.Checked, &o.Over, &first, &last)
		o.First, o.Last = time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
		return o, err
	})
}
