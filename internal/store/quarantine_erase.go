package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/quarantine"
)

// Discarded gives the discarded images whose copy is kept and may be erased one
// day: neither does an event outside the quarantine name it, nor is there an
// item of the same bytes that is neither discarded nor put back.
func (s *Store) Discarded(ctx context.Context) ([]quarantine.Item, error) {
	rows, err := s.readers.QueryContext(ctx, discarded)
	return collect(rows, err, "find the copies that may be erased", readItem)
}

const discarded = `select json from quarantine q where status = 'discarded' and json ->> 'kept' and json ->> 'retained' is null
	and not exists (select 1 from quarantine h where h.sha256 = q.sha256 and h.status not in ('discarded', 'restored'))`

const holders = `select json from quarantine where sha256 = ? and (status not in ('discarded', 'restored') or json ->> 'kept') order by held_at, rowid`

// Holders gives the items whose copy is the one kept under a digest, or is to
// be, the oldest first.
func (s *Store) Holders(ctx context.Context, sha256 string) ([]quarantine.Item, error) {
	rows, err := s.readers.QueryContext(ctx, holders, sha256)
	return collect(rows, err, "find who has the bytes "+sha256, readItem)
}

// Holders is [Store.Holders] as the transaction sees it.
func (t *Tx) Holders(sha256 string) ([]quarantine.Item, error) {
	rows, err := t.tx.QueryContext(t.ctx, holders, sha256)
	return collect(rows, err, "find who has the bytes "+sha256, readItem)
}

// Naming is which streams outside the quarantine name a digest, one each, in
// the journal up to an entry.
type Naming struct {
	Streams map[string]string // by digest
	Until   int64
}

// NamedElsewhere looks through the whole journal for events outside the
// quarantine that name one of some digests, as evidence of an incident does.
func (s *Store) NamedElsewhere(ctx context.Context, digests map[string]bool) (Naming, error) {
	n := Naming{Streams: map[string]string{}}
	return n, n.lookOn(ctx, s.readers, digests)
}

// NamedElsewhere adds what was appended since n was found, as the transaction
// sees it: nothing is added after it before the transaction ends.
func (t *Tx) NamedElsewhere(n *Naming, digests map[string]bool) error {
	return t.fail(n.lookOn(t.ctx, t.tx, digests))
}

// namingBatch is how many entries are read at once, as scanBatch is.
const namingBatch = 1000

func (n *Naming) lookOn(ctx context.Context, q querier, digests map[string]bool) error {
	for {
		before := n.Until
		rows, err := q.QueryContext(ctx, `select seq, stream, text from journal where seq > ? order by seq limit ?`, n.Until, namingBatch)
		_, err = collect(rows, err, "look for what names the bytes", func(scan func(...any) error) (none struct{}, err error) {
			var stream string
			var text []byte
			if err := scan(&n.Until, &stream, &text); err != nil {
				return none, fmt.Errorf("read the journal: %w", err)
			}
			if !quarantine.IsStream(stream) {
				n.note(stream, text, digests)
			}
			return none, nil
		})
		if err != nil || n.Until-before < namingBatch {
			return err
		}
	}
}

// note finds the digests in the text of an entry.
func (n *Naming) note(stream string, text []byte, digests map[string]bool) {
	const digits = 64
	for _, word := range bytes.FieldsFunc(text, notHex) {
		for ; len(word) >= digits; word = word[1:] {
			if d := string(word[:digits]); digests[d] && n.Streams[d] == "" {
				n.Streams[d] = stream
			}
		}
	}
}

func notHex(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }
