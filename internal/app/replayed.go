package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/telemetry"
)

// replayedMark is the file that says at which moment a replayed folder stands.
func replayedMark(dir string) string { return filepath.Join(StateDir(dir), "replayed") }

// MarkReplayed notes that the folder's clock is a replayed one and stands at
// a moment: whoever opens it later shows clocks as finished and sends nothing.
func MarkReplayed(dir string, at time.Time) error {
	return WriteFile(replayedMark(dir), []byte(at.UTC().Format(time.RFC3339)+"\n"))
}

// ReplayedAt gives the moment at which a replayed folder stands.
func ReplayedAt(dir string) (at time.Time, replayed bool, err error) {
	text, err := os.ReadFile(replayedMark(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return at, false, nil
	}
	if err != nil {
		return at, false, fmt.Errorf("read the replayed clock: %w", err)
	}
	at, err = time.Parse(time.RFC3339, strings.TrimSpace(string(text)))
	if err != nil {
		return at, false, fmt.Errorf("read the replayed clock in %s: %w", replayedMark(dir), err)
	}
	return at, true, nil
}

// QueryRange reads series, for evidence and pages.
func (a *App) QueryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) ([]telemetry.Series, error) {
	return a.series.QueryRange(ctx, expr, from, to, step)
}
