package store

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/internal/kpi"
	"modernc.org/sqlite"
)

// TestDaysAddUpToTheChecks: batch by batch, and as the migration adds up what was checked before it.
func TestDaysAddUpToTheChecks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	rows := checks(1000)
	for batch := range slices.Chunk(rows, 300) {
		if err := s.AddChecks(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	days, err := s.CheckDays(t.Context())
	if err != nil || len(days) == 0 {
		t.Fatalf("%d days, %v", len(days), err)
	}
	var sum kpi.Day
	for _, d := range days {
		sum.Checks, sum.Over, sum.DeltaEs, sum.SSIMs = sum.Checks+d.Checks, sum.Over+d.Over, sum.DeltaEs+d.DeltaEs, sum.SSIMs+d.SSIMs
	}
	var want kpi.Day
	for _, r := range rows {
		addCheck(&want, r)
	}
	if sum.Checks != 1000 || sum.Over != want.Over || sum.DeltaEs != want.DeltaEs || sum.SSIMs != want.SSIMs {
		t.Errorf("the days add up to %+v, the checks to %+v", sum, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := openWriter(filepath.Join(dir, "safelight.db"), sqlite.NewConnector)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{`drop table check_days`, `drop table lessons`, `drop table retrospectives`, `alter table effects drop column last_said`, `delete from goose_db_version where version_id >= 25`} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	if err := migrate(t.Context(), db, schemaVersion); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := open(t, dir).CheckDays(t.Context())
	near := func(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 }
	same := slices.EqualFunc(days, again, func(a, b kpi.Day) bool {
		return a.Pipeline == b.Pipeline && a.Day.Equal(b.Day) && a.Checks == b.Checks && a.Over == b.Over && a.DeltaEs == b.DeltaEs && a.SSIMs == b.SSIMs &&
			near(a.DeltaE, b.DeltaE) && near(a.SSIM, b.SSIM)
	})
	if err != nil || !same {
		t.Errorf("the migration adds up to %+v, %v; want %+v", again, err, days)
	}
}
