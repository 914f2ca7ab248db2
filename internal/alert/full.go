package alert

import (
	"fmt"

	"github.com/safelight-dev/safelight/internal/journal"
)

// FullError says that alerts were refused for want of room: what is wrong is
// not with them, and whoever sends them may send them again later.
type FullError struct {
	Refused int
	First   string // the name of the first that was refused
	Source  Source
	Limit   int // of alerts of the source that have not ended
}

// Add counts a refused alert; nil is none so far.
func (e *FullError) Add(a Alert, limit int) *FullError {
	if e == nil {
		e = &FullError{First: a.Name(), Source: a.Source, Limit: limit}
	}
	e.Refused++
	return e
}

// Error is one sentence.
func (e *FullError) Error() string {
	return fmt.Sprintf("keep %d alerts, the first %.60q: %d of the source %s fire already: end some there, or send these again later: %v",
		e.Refused, e.First, e.Limit, e.Source, journal.ErrTooLarge)
}

// Unwrap makes it an [journal.ErrTooLarge].
func (e *FullError) Unwrap() error { return journal.ErrTooLarge }
