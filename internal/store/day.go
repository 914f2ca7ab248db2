package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/safelight-dev/safelight/internal/kpi"
)

// budgetOver are the limits of a budget: all but what metadata break.
const budgetOver = OverDeltaE | OverPalette | OverSSIM | OverLPIPS | OverBytes | OverFormat

const microsOfDay = int64(24 * time.Hour / time.Microsecond)

// dayKey is a row of the sums by day.
type dayKey struct {
	pipeline string
	day      int64
}

// addDays adds a batch of checks to the sums of their days.
func (t *Tx) addDays(checks []CheckRow) error {
	sums := map[dayKey]*kpi.Day{}
	for _, c := range checks {
		k := dayKey{c.Pipeline, c.At.UnixMicro() / microsOfDay}
		if sums[k] == nil {
			sums[k] = &kpi.Day{}
		}
		addCheck(sums[k], c)
	}
	for k, d := range sums {
		_, err := t.exec("add up the checks of a day", `insert into check_days (pipeline, day, checks, over, delta_e, delta_es, ssim, ssims) values (?, ?, ?, ?, ?, ?, ?, ?)
			on conflict (pipeline, day) do update set checks = checks + excluded.checks, over = over + excluded.over,
			delta_e = delta_e + excluded.delta_e, delta_es = delta_es + excluded.delta_es, ssim = ssim + excluded.ssim, ssims = ssims + excluded.ssims`,
			k.pipeline, k.day, d.Checks, d.Over, d.DeltaE, d.DeltaEs, d.SSIM, d.SSIMs)
		if err != nil {
			return err
		}
	}
	return nil
}

func addCheck(d *kpi.Day, c CheckRow) {
	d.Checks++
	if c.Over&budgetOver != 0 {
		d.Over++
	}
	if n := number(c.DeltaEP95); n.Valid {
		d.DeltaE += n.Float64
		d.DeltaEs++
	}
	if n := number(c.SSIM); n.Valid {
		d.SSIM += n.Float64
		d.SSIMs++
	}
}

// CheckDays gives what was checked by pipeline and day, in the order of days.
func (s *Store) CheckDays(ctx context.Context) ([]kpi.Day, error) {
	rows, err := s.readers.QueryContext(ctx, `select pipeline, day, checks, over, delta_e, delta_es, ssim, ssims from check_days order by day, pipeline`)
	return collect(rows, err, "read the checks by day", func(scan func(...any) error) (kpi.Day, error) {
		var d kpi.Day
		var day int64
		if err := scan(&d.Pipeline, &day, &d.Checks, &d.Over, &d.DeltaE, &d.DeltaEs, &d.SSIM, &d.SSIMs); err != nil {
			return d, err
		}
		if day < 0 || day > math.MaxInt64/microsOfDay {
			return d, fmt.Errorf("day %d is none", day)
		}
		d.Day = time.UnixMicro(day * microsOfDay).UTC()
		return d, nil
	})
}
