package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestCheckCacheKeepsWhatWasPut(t *testing.T) {
	t.Parallel()
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "deep", "checks.db")
	key := func(i int) [32]byte { return [32]byte{byte(i), byte(i >> 8)} }
	c, err := OpenCheckCache(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	const n = 2*cacheBatch + 3 // some are written by the batch, the rest by Close
	for i := range n {
		c.Put(ctx, key(i), fmt.Appendf(nil, `{"n":%d}`, i))
		if got, err := c.Get(ctx, key(i)); err != nil || !bytes.Equal(got, fmt.Appendf(nil, `{"n":%d}`, i)) {
			t.Fatalf("entry %d reads %q, %v right after Put", i, got, err)
		}
	}
	// Another process sees all but the last batch while this one is open.
	other, err := OpenCheckCache(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := other.Get(ctx, key(0)); err != nil || string(got) != `{"n":0}` {
		t.Errorf("beside the writer entry 0 reads %q, %v", got, err)
	}
	for _, c := range []*CheckCache{c, other} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if c, err = OpenCheckCache(ctx, path); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, i := range []int{0, 1, n - 1} {
		if got, err := c.Get(ctx, key(i)); err != nil || string(got) != fmt.Sprintf(`{"n":%d}`, i) {
			t.Errorf("after reopening entry %d reads %q, %v", i, got, err)
		}
	}
	if got, err := c.Get(ctx, key(n)); err != nil || got != nil {
		t.Errorf("an unknown key gave %q, %v; want nothing", got, err)
	}
}

func TestCheckCacheOfAnotherLayoutIsEmptied(t *testing.T) {
	t.Parallel()
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "checks.db")
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf(`create table checks (other text); pragma user_version = 99; pragma application_id = %d`, cacheID)); err != nil {
		t.Fatal(err)
	}
	db.Close()
	c, err := OpenCheckCache(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Put(ctx, [32]byte{1}, []byte("{}"))
	if got, err := c.Get(ctx, [32]byte{1}); err != nil || string(got) != "{}" {
		t.Errorf("it reads %q, %v", got, err)
	}
}

func TestCheckCacheThatIsNoDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "checks.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("text"), 400), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := OpenCheckCache(context.Background(), path); err == nil {
		c.Close()
		t.Error("a text file was opened as a cache")
	}
}

// TestCheckCacheThatCannotWriteSaysSoAtTheEnd loses its table: what follows is not kept, memory does not grow, and
// Close tells.
func TestCheckCacheThatCannotWriteSaysSoAtTheEnd(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c, err := OpenCheckCache(ctx, filepath.Join(t.TempDir(), "checks.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.db.Exec(`drop table checks`); err != nil {
		t.Fatal(err)
	}
	for i := range 3 * cacheBatch {
		c.Put(ctx, [32]byte{byte(i), byte(i >> 8)}, []byte("{}"))
	}
	if len(c.pending) != 0 {
		t.Errorf("%d checks wait for a cache that cannot be written", len(c.pending))
	}
	if err := c.Close(); err == nil {
		t.Error("nothing was said of what could not be written")
	}
}

// TestCheckCacheRefusesAnotherDatabase names the wrong file: its table of the same name must survive.
func TestCheckCacheRefusesAnotherDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "safelight.db")
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`create table checks (precious text); insert into checks values ('record')`); err != nil {
		t.Fatal(err)
	}
	if c, err := OpenCheckCache(context.Background(), path); err == nil {
		c.Close()
		t.Fatal("another database was taken for a cache")
	}
	var kept string
	if err := db.QueryRow(`select precious from checks`).Scan(&kept); err != nil || kept != "record" {
		t.Errorf("its record reads %q, %v", kept, err)
	}
}
