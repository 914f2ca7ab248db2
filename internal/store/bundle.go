package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Bundle is the pages to a person that one message carries.
type Bundle struct {
	ID     string // of its content: the same pages to the same person are the same bundle
	To     people.ID
	Pages  []BundledPage // the gravest first
	MadeAt time.Time
}

// BundledPage names a page.
type BundledPage struct {
	Incident string `json:"incident"`
	Key      string `json:"key"`
}

// PutBundle keeps a bundle, and drops those that were made before a time.
func (t *Tx) PutBundle(b Bundle, before time.Time) error {
	text, err := journal.Canonical(b.Pages)
	if err != nil {
		return fmt.Errorf("keep bundle %s: %w", b.ID, err)
	}
	if _, err := t.exec("drop old bundles", `delete from bundles where made_at < ?`, before.UnixMicro()); err != nil {
		return err
	}
	_, err = t.exec("keep bundle "+b.ID, `insert into bundles (id, recipient, pages, made_at) values (?, ?, ?, ?)
		on conflict (id) do update set made_at = excluded.made_at`, b.ID, string(b.To), string(text), b.MadeAt.UnixMicro())
	return err
}

// Bundle gives a bundle, or [journal.ErrNotFound].
func (s *Store) Bundle(ctx context.Context, id string) (Bundle, error) {
	b := Bundle{ID: id}
	var text string
	var made int64
	err := s.readers.QueryRowContext(ctx, `select recipient, pages, made_at from bundles where id = ?`, id).Scan(&b.To, &text, &made)
	if err := found("find bundle "+id, err); err != nil {
		return b, err
	}
	b.MadeAt = time.UnixMicro(made)
	if err := json.Unmarshal([]byte(text), &b.Pages); err != nil {
		return b, fmt.Errorf("read bundle %s: %w", id, err)
	}
	return b, nil
}
