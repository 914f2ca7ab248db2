package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Gap is a time in which a source was not heard: what it said then is unknown.
type Gap struct {
	From  time.Time `json:"from"` // it was read then
	Until time.Time `json:"until"`
}

const (
	maxGaps  = 200
	keepGaps = 120 * 24 * time.Hour // as long as charts look back
	// shortestGap is what a reading may be late without a gap: sources tell what was new in the last hours, and one
	// bad hour should not cost the charts a day.
	shortestGap = time.Hour
)

// heard is what is kept of a source's readings.
type heard struct {
	At   time.Time `json:"at"`  // of the last one that succeeded
	Due  time.Time `json:"due"` // of the one after it
	Gaps []Gap     `json:"gaps,omitempty"`
}

// heardKey keeps this beside the source's place; no source has a slash in its name.
func heardKey(source string) string { return source + "/heard" }

// readHeard gives zero for a source that was never read.
func readHeard(ctx context.Context, c Cursors, source string) (heard, error) {
	var h heard
	text, err := c.Cursor(ctx, heardKey(source))
	if errors.Is(err, journal.ErrNotFound) {
		return h, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &h)
	}
	if err != nil {
		return heard{}, fmt.Errorf("read when source %s was heard: %w", source, err)
	}
	return h, nil
}

// read notes a reading, and a gap where it came much later than it was due:
// the source was down, or nobody asked.
func (h *heard) read(now time.Time, every time.Duration, until time.Time) {
	if !h.At.IsZero() && now.Sub(h.Due) > max(every, shortestGap) {
		h.Gaps = append(h.Gaps, Gap{h.At, now})
	}
	for len(h.Gaps) > maxGaps || len(h.Gaps) > 0 && h.Gaps[0].Until.Before(now.Add(-keepGaps)) {
		h.Gaps = h.Gaps[1:]
	}
	h.At, h.Due = now, now.Add(every)
	if until.After(h.Due) {
		h.Due = until
	}
}

// unheard gives the gaps, with the one that lasts. A reading is late by a tenth
// of its interval by plan, and by the time that it takes.
func (h *heard) unheard(now time.Time) []Gap {
	if !h.At.IsZero() && now.Sub(h.Due) > h.Due.Sub(h.At)/4 {
		return append(h.Gaps[:len(h.Gaps):len(h.Gaps)], Gap{h.At, now})
	}
	return h.Gaps
}

// Unheard gives the times of the last 120 days in which a source was not heard,
// the earliest first; the last one ends now while it lasts. A source that was
// never read has none: nothing is known of it.
func Unheard(ctx context.Context, c Cursors, source string, now time.Time) ([]Gap, error) {
	h, err := readHeard(ctx, c, source)
	return h.unheard(now), err
}

// note keeps that a source was read now.
func (r *Runner) note(ctx context.Context, w *watched, now, until time.Time) error {
	h, err := readHeard(ctx, r.cursors, w.status.Name)
	if err != nil {
		return err
	}
	h.read(now, w.every, until)
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return r.cursors.SetCursor(ctx, heardKey(w.status.Name), string(text))
}

// recall takes up what was known of a source before the start.
func (r *Runner) recall(ctx context.Context, w *watched) {
	h, err := readHeard(ctx, r.cursors, w.status.Name)
	if err != nil {
		return // the first reading says so
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status.LastSuccess = h.At
}
