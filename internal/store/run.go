package store

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/pipeline"
)

// maxRuns is how many runs of a pipeline are remembered: what they made has been checked long before it is forgotten.
const maxRuns = 1000

// AddRun notes that a run of a pipeline begins.
func (s *Store) AddRun(ctx context.Context, r pipeline.Run) error {
	return s.Update(ctx, func(t *Tx) error {
		if _, err := t.exec("note run "+r.ID, `insert into runs (pipeline, run, lut, at) values (?, ?, ?, ?)`, r.Pipeline, r.ID, r.LUT, r.At.UnixMicro()); err != nil {
			return err
		}
		_, err := t.exec("forget old runs", `delete from runs where pipeline = ? and id <= (select id from runs where pipeline = ? order by id desc limit 1 offset ?)`, r.Pipeline, r.Pipeline, maxRuns)
		return err
	})
}

// Runs gives the runs of a pipeline that are remembered, the last first.
func (s *Store) Runs(ctx context.Context, of string, limit int) ([]pipeline.Run, error) {
	rows, err := s.readers.QueryContext(ctx, `select run, lut, at from runs where pipeline = ? order by at desc, id desc limit ?`, of, limit)
	return collect(rows, err, "read the runs of "+of, func(scan func(...any) error) (r pipeline.Run, err error) {
		var at int64
		err = scan(&r.ID, &r.LUT, &at)
		r.Pipeline, r.At = of, time.UnixMicro(at).UTC()
		return r, err
	})
}
