package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Over says which limits of its class an image is over.
type Over uint32

// The limits that a check is counted by.
const (
	OverDeltaE Over = 1 << iota
	OverPalette
	OverSSIM
	OverLPIPS
	OverBytes
	OverFormat
	OverMetadata
)

// CheckRow is the measurement of one delivered image, as kept for lists and
// counts; JSON holds all of it. NaN stands for what was not measured.
type CheckRow struct {
	ID           int64 // given by the store, rising
	Pipeline     string
	Class        string
	Path         string  // of the delivered image
	Reference    string  // SHA-256, hexadecimal
	Candidate    string  // SHA-256, hexadecimal
	DeltaEP95    float64 // ΔE00, 95th percentile over the pixels
	PaletteWorst float64 // ΔE00 of the brand colour that drifted most
	SSIM         float64 // 1 is identical
	Over         Over
	Bytes        int64
	At           time.Time
	Modified     int64 // the file's modification time in nanoseconds, and the last change of its inode; see [FileVersion]
	Changed      int64
	Software     string // that made the image, by its own metadata; empty where they do not say
	Model        string // that generated it, likewise
	Run          string // of the pipeline, in which it was made, as far as the pipeline has said so
	LUT          string // the version of the colour transform of that run
	Traits       string // what it says of itself and what is read off its file, in canonical JSON; see [Store.EachTrait]
	JSON         []byte
}

// CheckQuery selects checks; zero fields select all.
type CheckQuery struct {
	Pipeline string
	Class    string
	Since    time.Time // at or after
	Until    time.Time // before
	Over     Over      // over any of these limits
}

// CheckTotals sums up checks.
type CheckTotals struct {
	Count       int64
	Over        int64 // over any limit
	OverBy      map[Over]int64
	Bytes       int64   // of all images; divide by Count for the average
	WorstDeltaE float64 // of DeltaEP95; NaN if none was measured
	First, Last time.Time
}

const checkColumns = `pipeline, class, path, reference, candidate, delta_e_p95, palette_worst, ssim, over, bytes, at, modified, changed, software, model, run, lut, traits, json`

// AddChecks stores checks, all or none. Thousands at once cost little more
// than one, so callers collect them. What follows from them is queued with them.
func (s *Store) AddChecks(ctx context.Context, checks []CheckRow, effects ...journal.Effect) error {
	if len(checks) == 0 {
		return nil
	}
	return s.Update(ctx, func(t *Tx) error {
		insert, err := t.tx.PrepareContext(ctx, `insert into checks (`+checkColumns+`) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return fmt.Errorf("save checks: %w", err)
		}
		defer insert.Close()
		known := map[string]int64{}
		for _, c := range checks {
			traits, err := t.traits(c.Traits, known)
			if err != nil {
				return err
			}
			_, err = insert.ExecContext(ctx, c.Pipeline, c.Class, c.Path, c.Reference, c.Candidate,
				number(c.DeltaEP95), number(c.PaletteWorst), number(c.SSIM), int64(c.Over), c.Bytes, c.At.UnixMicro(), c.Modified, c.Changed, c.Software, c.Model, c.Run, c.LUT, traits, string(c.JSON))
			if err != nil {
				return fmt.Errorf("save check of %s: %w", c.Path, err)
			}
		}
		if err := t.addDays(checks); err != nil {
			return err
		}
		_, err = t.Append(journal.Change{Effects: effects})
		return err
	})
}

// number is how a measurement is stored: NaN as null. An infinite one does
// not occur in any metric and is stored as null too, for SQL cannot sort it.
func number(f float64) sql.NullFloat64 {
	return sql.NullFloat64{Float64: f, Valid: !math.IsNaN(f) && !math.IsInf(f, 0)}
}

func fromNumber(n sql.NullFloat64) float64 {
	if !n.Valid {
		return math.NaN()
	}
	return n.Float64
}

func (q CheckQuery) where() (string, []any) {
	var terms []string
	var args []any
	add := func(wanted bool, term string, arg any) {
		if wanted {
			terms, args = append(terms, term), append(args, arg)
		}
	}
	add(q.Pipeline != "", `pipeline = ?`, q.Pipeline)
	add(q.Class != "", `class = ?`, q.Class)
	add(!q.Since.IsZero(), `at >= ?`, q.Since.UnixMicro())
	add(!q.Until.IsZero(), `at < ?`, q.Until.UnixMicro())
	add(q.Over != 0, `(over & ?) <> 0`, int64(q.Over))
	if len(terms) == 0 {
		return ` where 1 = 1`, nil
	}
	return ` where ` + strings.Join(terms, ` and `), args
}

func readCheck(scan func(...any) error) (CheckRow, error) {
	var c CheckRow
	var deltaE, palette, ssim sql.NullFloat64
	var at int64
	var traits int64
	err := scan(&c.ID, &c.Pipeline, &c.Class, &c.Path, &c.Reference, &c.Candidate,
		&deltaE, &palette, &ssim, &c.Over, &c.Bytes, &at, &c.Modified, &c.Changed, &c.Software, &c.Model, &c.Run, &c.LUT, &traits, &c.JSON)
	c.DeltaEP95, c.PaletteWorst, c.SSIM = fromNumber(deltaE), fromNumber(palette), fromNumber(ssim)
	c.At = time.UnixMicro(at).UTC()
	return c, err
}

// Checks gives up to limit checks with an ID below before, the newest first;
// before 0 begins at the newest. The last row's ID is the next before.
func (s *Store) Checks(ctx context.Context, q CheckQuery, before int64, limit int) ([]CheckRow, error) {
	where, args := q.where()
	if before > 0 {
		where, args = where+` and id < ?`, append(args, before)
	}
	rows, err := s.readers.QueryContext(ctx,
		`select id, `+checkColumns+` from checks`+where+` order by id desc limit ?`, append(args, max(limit, 0))...)
	return collect(rows, err, "read checks", readCheck)
}

// WorstChecks gives the limit checks with the highest DeltaEP95, the worst first. They are found by an index alone, and
// only their rows are read.
func (s *Store) WorstChecks(ctx context.Context, q CheckQuery, limit int) ([]CheckRow, error) {
	where, args := q.where()
	rows, err := s.readers.QueryContext(ctx, `select id, `+checkColumns+` from checks`+where+
		` and delta_e_p95 is not null order by delta_e_p95 desc, id limit ?`, append(args, max(limit, 0))...)
	return collect(rows, err, "read the worst checks", readCheck)
}

// overAll lists the limits that CheckTotals counts by.
func overAll() []Over {
	return []Over{OverDeltaE, OverPalette, OverSSIM, OverLPIPS, OverBytes, OverFormat, OverMetadata}
}

// CheckTotals sums up the checks of a query.
func (s *Store) CheckTotals(ctx context.Context, q CheckQuery) (CheckTotals, error) {
	t := CheckTotals{OverBy: map[Over]int64{}}
	var worst sql.NullFloat64
	var first, last sql.NullInt64
	counts := make([]int64, len(overAll()))
	columns := []string{`count(*)`, `coalesce(sum(over <> 0), 0)`, `coalesce(sum(bytes), 0)`, `max(delta_e_p95)`, `min(at)`, `max(at)`}
	targets := []any{&t.Count, &t.Over, &t.Bytes, &worst, &first, &last}
	for i, o := range overAll() {
		columns = append(columns, fmt.Sprintf(`coalesce(sum((over & %d) <> 0), 0)`, o))
		targets = append(targets, &counts[i])
	}
	where, args := q.where()
	row := s.readers.QueryRowContext(ctx, `select `+strings.Join(columns, `, `)+` from checks`+where, args...)
	if err := row.Scan(targets...); err != nil {
		return t, explain("sum up checks", err)
	}
	for i, o := range overAll() {
		t.OverBy[o] = counts[i]
	}
	t.WorstDeltaE, t.First, t.Last = fromNumber(worst), fromMicros(first), fromMicros(last)
	return t, nil
}
