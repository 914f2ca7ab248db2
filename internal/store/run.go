package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/pipeline"
)

// MaxRuns is how many runs of a pipeline are remembered: what they made has been checked long before it is forgotten.
const MaxRuns = 1000

// AddRun notes that a run of a pipeline begins.
func (s *Store) AddRun(ctx context.Context, r pipeline.Run) error {
	attributes, err := json.Marshal(r.Attributes)
	if err != nil {
		return fmt.Errorf("note run %s: %w", r.ID, err)
	}
	return s.Update(ctx, func(t *Tx) error {
		if _, err := t.exec("note run "+r.ID, `insert into runs (pipeline, run, lut, attributes, paths, at) values (?, ?, ?, ?, ?, ?)`,
			r.Pipeline, r.ID, r.LUT, string(attributes), list(r.Paths), r.At.UnixMicro()); err != nil {
			return err
		}
		_, err := t.exec("forget old runs", `delete from runs where pipeline = ? and id <= (select id from runs where pipeline = ? order by id desc limit 1 offset ?)`, r.Pipeline, r.Pipeline, MaxRuns)
		return err
	})
}

// Runs gives the runs of a pipeline that are remembered, the last first.
func (s *Store) Runs(ctx context.Context, of string, limit int) ([]pipeline.Run, error) {
	rows, err := s.readers.QueryContext(ctx, `select run, lut, attributes, paths, at from runs where pipeline = ? order by at desc, id desc limit ?`, of, limit)
	return collect(rows, err, "read the runs of "+of, func(scan func(...any) error) (r pipeline.Run, err error) {
		var at int64
		var attributes, paths []byte
		err = scan(&r.ID, &r.LUT, &attributes, &paths, &at)
		r.Pipeline, r.At = of, time.UnixMicro(at).UTC()
		return r, errors.Join(err, json.Unmarshal(attributes, &r.Attributes), json.Unmarshal(paths, &r.Paths))
	})
}
