package store

import "context"

// Cursors keeps where sources of signals were left, by name.
type Cursors struct{ s *Store }

// Cursors gives the places of the sources.
func (s *Store) Cursors() *Cursors { return &Cursors{s} }

// cursorKey keeps the names of sources apart from other settings.
func cursorKey(source string) string { return "cursor/" + source }

// Cursor gives where a source was left, or [journal.ErrNotFound].
func (c *Cursors) Cursor(ctx context.Context, source string) (string, error) {
	return c.s.Setting(ctx, cursorKey(source))
}

// SetCursor says where a source was left.
func (c *Cursors) SetCursor(ctx context.Context, source, cursor string) error {
	return c.s.Update(ctx, func(t *Tx) error { return t.SetSetting(cursorKey(source), cursor) })
}
