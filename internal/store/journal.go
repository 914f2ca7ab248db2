package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// scanBatch is how many entries Scan holds at once. Rows are not left open
// while they are handed out: an open read would keep the write-ahead log from
// being folded back.
const scanBatch = 256

// Append implements [journal.Log].
func (s *Store) Append(ctx context.Context, c journal.Change) ([]journal.Entry, error) {
	var entries []journal.Entry
	err := s.Update(ctx, func(t *Tx) (err error) {
		entries, err = t.Append(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// Append seals and appends the events, brings the views up to date and queues
// the effects. It gives the entries back. An error undoes the whole Update.
func (t *Tx) Append(c journal.Change) ([]journal.Entry, error) {
	entries, err := t.append(c)
	return entries, t.fail(err)
}

func (t *Tx) append(c journal.Change) ([]journal.Entry, error) {
	for _, d := range c.Events {
		if err := t.s.registry.Check(d); err != nil {
			return nil, err
		}
	}
	head, err := t.head()
	if err != nil {
		return nil, err
	}
	entries := make([]journal.Entry, 0, len(c.Events))
	for _, d := range c.Events {
		e, err := t.appendOne(d, head)
		if err != nil {
			return nil, err
		}
		head = journal.Head{Size: e.Seq, Hash: e.Hash}
		entries = append(entries, e)
	}
	if err := t.updateViews(entries); err != nil {
		return nil, err
	}
	return entries, t.queue(c.Effects, entries, head)
}

func (t *Tx) appendOne(d journal.Draft, head journal.Head) (journal.Entry, error) {
	e, err := journal.Seal(d, head, t.s.wall())
	if err != nil {
		return e, err
	}
	_, err = t.exec("append to the journal", `insert into journal (seq, stream, text, hash) values (?, ?, ?, ?)`,
		e.Seq, e.Stream, string(e.Text), e.Hash[:])
	if known, ok := t.streams[e.Stream]; ok {
		t.streams[e.Stream] = append(known, e)
	}
	t.taken(e.Stream)
	return e, err
}

// Stream gives the entries of a stream as the transaction sees them, verified.
// The stream of an unknown incident is empty. Entries are read-only.
func (t *Tx) Stream(stream string) ([]journal.Entry, error) {
	if entries, ok := t.streams[stream]; ok {
		return slices.Clip(entries), nil
	}
	entries, err := readEntries(t.ctx, t.tx, window{stream: stream, limit: -1})
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	t.streams[stream] = entries
	return slices.Clip(entries), nil
}

func (t *Tx) head() (journal.Head, error) { return readHead(t.ctx, t.tx) }

// NextIncidentID allots the id of an incident detected on the given UTC day:
// PM-2025-09-27-01 and so on. It counts the streams that exist, so the id is
// taken once an event is appended to it in the same transaction.
func (t *Tx) NextIncidentID(day time.Time) (string, error) { return t.nextID("PM-", day) }

// nextID counts the streams of a kind and a day. Of a flood it looks through
// them once in a transaction, and then at what the transaction has appended.
func (t *Tx) nextID(kind string, day time.Time) (string, error) {
	prefix := kind + day.UTC().Format(time.DateOnly) + "-"
	last, known := t.ids[prefix]
	if !known {
		var err error
		if last, err = t.lastID(prefix); err != nil {
			return "", fmt.Errorf("allot an id: %w", err)
		}
		t.ids[prefix] = last
	}
	return fmt.Sprintf("%s%02d", prefix, last+1), nil
}

func (t *Tx) lastID(prefix string) (int, error) {
	rows, err := t.tx.QueryContext(t.ctx, `select distinct stream from journal where stream >= ? and stream < ?`,
		prefix, strings.TrimSuffix(prefix, "-")+".") // '.' follows '-'
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	last := 0
	for rows.Next() {
		var stream string
		if err := rows.Scan(&stream); err != nil {
			return 0, err
		}
		last = max(last, numberOf(stream, prefix))
	}
	return last, rows.Err()
}

// numberOf gives the number of a stream of a kind and a day; 0 of any other.
func numberOf(stream, prefix string) int {
	number, ok := strings.CutPrefix(stream, prefix)
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return 0
	}
	return n
}

// taken notes that an id is not free any more.
func (t *Tx) taken(stream string) {
	for prefix, last := range t.ids {
		t.ids[prefix] = max(last, numberOf(stream, prefix))
	}
}

// Head implements [journal.Log].
func (s *Store) Head(ctx context.Context) (journal.Head, error) {
	h, err := readHead(ctx, s.readers)
	return h, explain("read "+s.path(), err)
}

// Scan implements [journal.Log]. It yields what was in the journal when it
// began. Each entry is verified against its hash and the hash of the entry
// before it; damage is a [*journal.DamageError].
func (s *Store) Scan(ctx context.Context, q journal.Query, yield func(journal.Entry) error) error {
	head, err := s.Head(ctx)
	if err != nil {
		return err
	}
	w := window{stream: q.Stream, after: max(q.After, 0), until: head.Size, limit: scanBatch}
	for {
		entries, err := readEntries(ctx, s.readers, w)
		// What was read before the damage is whole and is handed out.
		for _, e := range entries {
			if err := yield(e); err != nil {
				return err
			}
		}
		if err != nil {
			return explain("read "+s.path(), err)
		}
		if len(entries) < scanBatch {
			return nil
		}
		w.after = entries[len(entries)-1].Seq
	}
}

// Verify walks the whole journal and returns the head that it found, or a
// [*journal.DamageError] and the head up to the damage.
func (s *Store) Verify(ctx context.Context) (journal.Head, error) {
	var head journal.Head
	err := s.Scan(ctx, journal.Query{}, func(e journal.Entry) error {
		head = journal.Head{Size: e.Seq, Hash: e.Hash}
		return nil
	})
	return head, err
}

// Hashes yields the hashes of the entries in their order, as they are kept. It reads no entry: whether they fit their
// entries is for [Store.Verify] to say.
func (s *Store) Hashes(ctx context.Context, yield func(journal.Hash)) error {
	rows, err := s.readers.QueryContext(ctx, `select seq, hash from journal order by seq`)
	if err != nil {
		return explain("read "+s.path(), err)
	}
	defer rows.Close()
	for n := int64(1); rows.Next(); n++ {
		var seq int64
		var hash []byte
		if err := rows.Scan(&seq, &hash); err != nil {
			return explain("read "+s.path(), err)
		}
		var h journal.Hash
		switch {
		case seq != n:
			return &journal.DamageError{Seq: n, Reason: "it is missing"}
		case copy(h[:], hash) != len(h) || len(hash) != len(h):
			return &journal.DamageError{Seq: n, Reason: "its hash has the wrong length"}
		}
		yield(h)
	}
	return explain("read "+s.path(), rows.Err())
}

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readHead(ctx context.Context, q querier) (journal.Head, error) {
	var h journal.Head
	var hash []byte
	err := q.QueryRowContext(ctx, `select seq, hash from journal order by seq desc limit 1`).Scan(&h.Size, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Head{}, nil
	}
	if err != nil {
		return journal.Head{}, fmt.Errorf("read the end of the journal: %w", err)
	}
	if len(hash) != len(h.Hash) {
		return journal.Head{}, &journal.DamageError{Seq: h.Size, Reason: "its hash has the wrong length"}
	}
	copy(h.Hash[:], hash)
	return h, nil
}

// window is the part of the journal to read: of one stream or of all ("").
type window struct {
	stream       string
	after, until int64 // until 0 is the end
	limit        int   // -1 is none
}

// query joins each entry with the one before it, so that an entry can be
// checked against the chain although its stream leaves others out.
func (w window) query() (string, []any) {
	const (
		fields = `select j.seq, j.stream, j.text, j.hash, p.hash from journal j left join journal p on p.seq = j.seq - 1`
		order  = ` order by j.seq limit ?`
	)
	until := w.until
	if until == 0 {
		until = 1<<63 - 1
	}
	if w.stream == "" {
		return fields + ` where j.seq > ? and j.seq <= ?` + order, []any{w.after, until, w.limit}
	}
	return fields + ` where j.stream = ? and j.seq > ? and j.seq <= ?` + order, []any{w.stream, w.after, until, w.limit}
}

// readEntries reads and verifies. At damage it gives the entries before it, too.
func readEntries(ctx context.Context, q querier, w window) ([]journal.Entry, error) {
	text, args := w.query()
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	defer rows.Close()
	var list []row
	var damage error
	expected := w.after
	for rows.Next() && damage == nil {
		var r row
		if err := rows.Scan(&r.seq, &r.stream, &r.text, &r.hash, &r.prev); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		expected++
		if w.stream == "" && r.seq != expected {
			damage = &journal.DamageError{Seq: expected, Reason: "it is missing"}
			break
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	entries, err := verifyRows(list)
	if err == nil {
		err = damage
	}
	return entries, err
}

// verifyAlone is how many rows are verified without help.
const verifyAlone = 32

// verifyRows verifies rows on all cores, since each knows the hash before it. At damage it gives the entries before the first.
func verifyRows(list []row) ([]journal.Entry, error) {
	entries, errs := make([]journal.Entry, len(list)), make([]error, len(list))
	part := max(verifyAlone, (len(list)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	var work sync.WaitGroup
	for from := 0; from < len(list); from += part {
		until := min(from+part, len(list))
		work.Go(func() {
			for i := from; i < until; i++ {
				entries[i], errs[i] = list[i].verify()
			}
		})
	}
	work.Wait()
	for i, err := range errs {
		if err != nil {
			return entries[:i], err
		}
	}
	return entries, nil
}

type row struct {
	seq        int64
	stream     string
	text       []byte
	hash, prev []byte
}

func (r row) verify() (journal.Entry, error) {
	if r.prev == nil && r.seq > 1 {
		return journal.Entry{}, &journal.DamageError{Seq: r.seq - 1, Reason: "it is missing"}
	}
	before := journal.Head{Size: r.seq - 1}
	copy(before.Hash[:], r.prev)
	var hash journal.Hash
	if copy(hash[:], r.hash) != len(r.hash) || len(r.hash) != len(hash) {
		return journal.Entry{}, &journal.DamageError{Seq: r.seq, Reason: "its hash has the wrong length"}
	}
	e, err := journal.VerifierAt(before).Next(r.text, hash)
	if err != nil {
		return e, err
	}
	if e.Stream != r.stream {
		return e, &journal.DamageError{Seq: r.seq, Reason: "it is filed under stream " + strconv.Quote(r.stream)}
	}
	return e, nil
}
