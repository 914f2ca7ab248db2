package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// tamper does what an intruder with the file would: it takes the guards away first.
func tamper(t *testing.T, s *Store, query string, args ...any) {
	t.Helper()
	for _, q := range []string{`drop trigger if exists journal_no_update`, `drop trigger if exists journal_no_delete`} {
		if _, err := s.writer.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.writer.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestAppendOnly(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1)}})
	for _, q := range []string{`update journal set stream = 'b'`, `delete from journal`} {
		if _, err := s.writer.Exec(q); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s = %v, want a refusal", q, err)
		}
	}
}

// TestDamage: each change of the journal's table is found and the entry named.
func TestDamage(t *testing.T) {
	t.Parallel()
	const n = 300 // more than a batch of Scan
	forged := func(seq int64) journal.Entry {
		e, err := journal.Seal(draft("a", 9999), journal.Head{Size: seq - 1}, night)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	own := forged(7)
	for _, test := range []struct {
		name, query string
		args        []any
		want        int64
	}{
		{"text", `update journal set text = replace(text, '"n":5', '"n":6') where seq = 5`, nil, 5},
		{"case of a key", `update journal set text = replace(text, '"actor"', '"Actor"') where seq = 5`, nil, 5},
		{"white space", `update journal set text = text || ' ' where seq = 299`, nil, 299},
		{"hash", `update journal set hash = zeroblob(32) where seq = 260`, nil, 260},
		{"short hash", `update journal set hash = substr(hash, 1, 31) where seq = 260`, nil, 260},
		{"long hash", `update journal set hash = cast(hash || x'00' as blob) where seq = 260`, nil, 260},
		{"text and hash", `update journal set text = ?, hash = ? where seq = 7`, []any{string(own.Text), own.Hash[:]}, 7},
		{"stream", `update journal set stream = 'c' where seq = 8`, nil, 8},
		{"first removed", `delete from journal where seq = 1`, nil, 1},
		{"one removed", `delete from journal where seq = 256`, nil, 256},
		{"many removed", `delete from journal where seq between 20 and 280`, nil, 20},
		{"renumbered", `update journal set seq = 1000 where seq = 300`, nil, 300},
		{"swapped", `update journal set seq = case seq when 10 then -11 when 11 then -10 end where seq in (10, 11)`, nil, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir)
			var c journal.Change
			for i := range n {
				c.Events = append(c.Events, draft([]string{"a", "b"}[i%2], i+1))
			}
			mustAppend(t, s, c)
			tamper(t, s, test.query, test.args...)
			if test.name == "swapped" {
				tamper(t, s, `update journal set seq = -seq where seq < 0`)
			}
			head, err := openReadOnly(t, dir).Verify(t.Context())
			var damage *journal.DamageError
			if !errors.As(err, &damage) || damage.Seq != test.want {
				t.Fatalf("Verify = %v, want damage at entry %d", err, test.want)
			}
			if head.Size >= test.want {
				t.Errorf("Verify says that %d entries are whole, the damage is at %d", head.Size, test.want)
			}
		})
	}
}

// TestDamageInStream: a scan of one stream and a transaction see damage in it, too.
func TestDamageInStream(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1), draft("b", 2), draft("a", 3)}})
	tamper(t, s, `update journal set text = replace(text, '"n":3', '"n":4') where seq = 3`)
	var damage *journal.DamageError
	err := s.Scan(t.Context(), journal.Query{Stream: "a"}, func(journal.Entry) error { return nil })
	if !errors.As(err, &damage) || damage.Seq != 3 {
		t.Errorf("Scan of the stream = %v, want damage at entry 3", err)
	}
	if err := s.Scan(t.Context(), journal.Query{Stream: "b"}, func(journal.Entry) error { return nil }); err != nil {
		t.Errorf("Scan of a whole stream = %v", err)
	}
	err = s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Stream("a"); return err })
	if !errors.As(err, &damage) || damage.Seq != 3 {
		t.Errorf("Stream = %v, want damage at entry 3", err)
	}
}

// TestDiskFull: a full disk is said in a sentence, nothing is half-written,
// and all goes on once there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 1)}})
	limit := func(pages string) {
		t.Helper()
		if _, err := s.writer.Exec(`pragma max_page_count = ` + pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // SQLite takes it as the size that the file has now
	large := draft("a", 2)
	large.Data = map[string]string{"text": strings.Repeat("x", 100_000)}
	_, err := s.Append(t.Context(), journal.Change{
		Events: []journal.Draft{draft("a", 2), large}, Effects: []journal.Effect{{Kind: "page", Key: "k", Stream: "a"}},
	})
	if err == nil || !strings.Contains(err.Error(), "the disk is full and nothing was written") {
		t.Errorf("Append on a full disk = %v", err)
	}
	if head, err := s.Verify(t.Context()); err != nil || head.Size != 1 {
		t.Errorf("after a full disk the journal has %d entries, %v; want 1", head.Size, err)
	}
	if effects, err := s.Effects(t.Context(), "a"); err != nil || len(effects) != 0 {
		t.Errorf("after a full disk %d effects are queued, %v; want none", len(effects), err)
	}
	limit("1000000")
	mustAppend(t, s, journal.Change{Events: []journal.Draft{draft("a", 2), large}})
	if head, err := s.Verify(t.Context()); err != nil || head.Size != 3 {
		t.Errorf("with room again the journal has %d entries, %v; want 3", head.Size, err)
	}
}

// TestDurability: the settings that make an acknowledged append survive a
// power cut are really in force on the connection that writes.
func TestDurability(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := s.writer.QueryRow(`pragma ` + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("pragma %s = %q, %v; want %s", pragma, got, err, want)
		}
	}
	if n := s.writer.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("the writer may have %d connections, want 1", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	s := benchStore(b)
	for i := range b.N {
		c := journal.Change{Events: []journal.Draft{draft("PM-2025-09-27-01", i)}}
		c.Events[0].Stream = fmt.Sprintf("s%d", i/10)
		if _, err := s.Append(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := benchStore(b)
	var c journal.Change
	for i := range 10_000 {
		c.Events = append(c.Events, draft("a", i))
	}
	if _, err := s.Append(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Verify(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	r, err := journal.NewRegistry([]journal.Type{{Name: "test.happened", Version: 1}})
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(b.Context(), Options{Dir: b.TempDir(), Registry: r})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// TestRandomBits flips random bits of every column of the journal's rows, one at a time: each is found, and the entry named.
func TestRandomBits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	const n = 40
	var c journal.Change
	for i := range n {
		c.Events = append(c.Events, draft([]string{"a", "b"}[i%2], i+1))
	}
	mustAppend(t, s, c)
	tamper(t, s, `pragma user_version`) // takes the guards away
	reader := openReadOnly(t, dir)
	r := rand.New(rand.NewPCG(8, 9))
	for range 400 {
		seq := 1 + r.Int64N(n)
		column := []string{"text", "hash", "stream", "seq"}[r.IntN(4)]
		back := flip(t, s, column, seq, r)
		_, err := reader.Verify(t.Context())
		var damage *journal.DamageError
		// A row that was renumbered is missing where it was, or stands where it must not.
		if !errors.As(err, &damage) || column != "seq" && damage.Seq != seq || column == "seq" && damage.Seq > seq {
			t.Fatalf("a bit of the %s of entry %d flipped: Verify = %v, want damage there", column, seq, err)
		}
		back()
	}
	if head, err := reader.Verify(t.Context()); err != nil || head.Size != n {
		t.Errorf("mended again: Verify = %+v, %v; want it whole", head, err)
	}
}

// flip flips a bit of a column of a row, and gives what mends it.
func flip(t *testing.T, s *Store, column string, seq int64, r *rand.Rand) (back func()) {
	t.Helper()
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := s.writer.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if column == "seq" {
		moved := seq ^ (1 << (6 + r.IntN(56))) // beyond the others: two rows cannot have one number
		exec(`update journal set seq = ? where seq = ?`, moved, seq)
		return func() { exec(`update journal set seq = ? where seq = ?`, seq, moved) }
	}
	var old []byte
	if err := s.writer.QueryRow(`select `+column+` from journal where seq = ?`, seq).Scan(&old); err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(old)
	changed[r.IntN(len(changed))] ^= 1 << r.IntN(8)
	value := func(b []byte) any {
		if column == "hash" {
			return b
		}
		return string(b)
	}
	exec(`update journal set `+column+` = ? where seq = ?`, value(changed), seq)
	return func() { exec(`update journal set `+column+` = ? where seq = ?`, value(old), seq) }
}
