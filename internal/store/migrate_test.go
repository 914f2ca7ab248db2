package store

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"modernc.org/sqlite"
)

// TestMigrationResumes: a start that was cut off between two migrations is
// finished by the next one.
func TestMigrationResumes(t *testing.T) {
	t.Parallel()
	for reached := range int64(schemaVersion) {
		dir := t.TempDir()
		db, err := openWriter(filepath.Join(dir, "safelight.db"), sqlite.NewConnector)
		if err != nil {
			t.Fatal(err)
		}
		if reached > 0 {
			err = migrate(t.Context(), db, reached)
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatalf("migrate to %d: %v", reached, err)
		}
		s := open(t, dir)
		if v, err := version(t.Context(), s.readers); err != nil || v != schemaVersion {
			t.Errorf("after a start from schema %d the schema is %d, %v; want %d", reached, v, err, schemaVersion)
		}
		mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1)}})
	}
}
