package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	schemaVersion = 28 // the newest migration that this program knows
	riverVersion  = 8  // the newest of River's own that migration 4 applies
)

// migrate brings the schema up to a version, each step in a transaction.
func migrate(ctx context.Context, db *sql.DB, to int64) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithGoMigrations(goose.NewGoMigration(4, &goose.GoFunc{RunTx: migrateJobs}, nil)))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.UpTo(ctx, to); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// migrateJobs is migration 4. Kind: records. Its tables are River's job queue.
func migrateJobs(ctx context.Context, tx *sql.Tx) error {
	migrator, err := rivermigrate.New(riversqlite.New(nil), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("prepare the job tables: %w", err)
	}
	// River's warning is for PostgreSQL, where some statements cannot share a
	// transaction. SQLite's can, and a half-made queue must not be left behind.
	//lint:ignore SA1019 see above
	_, err = migrator.MigrateTx(ctx, tx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: riverVersion})
	if err != nil {
		return fmt.Errorf("create the job tables: %w", err)
	}
	return nil
}

// version is the schema version of a database, 0 for a new one.
func version(ctx context.Context, db *sql.DB) (int64, error) {
	var v sql.NullInt64
	err := db.QueryRowContext(ctx, `select max(version_id) from goose_db_version where is_applied`).Scan(&v)
	if err != nil && strings.Contains(err.Error(), "no such table") {
		return 0, nil
	}
	return v.Int64, err
}
