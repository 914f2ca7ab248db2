package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/journal/journaltest"
)

// sumView is a view whose rows depend on all entries of a stream: their
// number and the sum of n, as a deadline.
type sumView struct{ broken *bool }

func (sumView) Name() string             { return "sums" }
func (sumView) Tables() []string         { return []string{"deadlines"} }
func (sumView) Wants(stream string) bool { return strings.HasPrefix(stream, "PM-") }

func (v sumView) Apply(ctx context.Context, tx *sql.Tx, stream string, entries []journal.Entry) error {
	if v.broken != nil && *v.broken {
		return errors.New("the view is broken")
	}
	if _, err := tx.ExecContext(ctx, `delete from deadlines where stream = ?`, stream); err != nil {
		return err
	}
	sum := 0
	for _, e := range entries {
		p, err := journal.Decode[struct{ N int }](e)
		if err != nil {
			return err
		}
		sum += p.N
	}
	_, err := tx.ExecContext(ctx, `insert into deadlines values (?, ?, ?)`, stream, fmt.Sprint(len(entries), " entries"), sum)
	return err
}

// dump gives the rows of a table as text, in the order of its key.
func dump(t *testing.T, s *Store, table string) string {
	t.Helper()
	rows, err := s.readers.Query(`select * from ` + table + ` order by 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&text, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// fill appends to several streams by turns, in changes of different sizes.
func fill(t *testing.T, s *Store) {
	t.Helper()
	for i := range 40 {
		var c journal.Change
		for j := range i%3 + 1 {
			c.Events = append(c.Events, draft([]string{"PM-1", "PM-2", "PM-3", "config"}[(i+j)%4], i))
		}
		mustAppend(t, s, c)
	}
}

func TestRebuildViews(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sumView{})
	fill(t, s)
	before := dump(t, s, "deadlines")
	if strings.Count(before, "\n") != 3 {
		t.Fatalf("the view has rows\n%swant one for each of 3 streams", before)
	}
	for _, spoil := range []string{
		`delete from deadlines`,
		`update deadlines set due_at = 1`,
		`insert into deadlines values ('PM-9', 'stale', 3)`,
	} {
		if _, err := s.writer.Exec(spoil); err != nil {
			t.Fatal(err)
		}
		if err := s.RebuildViews(t.Context()); err != nil {
			t.Fatalf("RebuildViews: %v", err)
		}
		if after := dump(t, s, "deadlines"); after != before {
			t.Errorf("after %q the rebuilt view is\n%swant\n%s", spoil, after, before)
		}
	}
}

// TestViewsOfAnotherVersion: rows that another version of the program computed are not read; opening the folder to write computes
// them anew, also where the program was killed before it had.
func TestViewsOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sumView{})
	fill(t, s)
	before := dump(t, s, "deadlines")
	if _, err := s.writer.Exec(`update deadlines set due_at = 1; pragma user_version = 7`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	read := func() error {
		s, err := Open(t.Context(), Options{Dir: dir, Views: []View{sumView{}}, ReadOnly: true})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	if err := read(); !errors.Is(err, journal.ErrConflict) || !strings.Contains(err.Error(), "start this one's server once") {
		t.Errorf("reading gives %v, want the refusal", err)
	}
	broken := true
	if s, err := Open(t.Context(), Options{Dir: dir, Registry: journaltest.Registry(t), Views: []View{sumView{&broken}}}); err == nil {
		t.Error("it opens although the view cannot be computed")
		_ = s.Close()
	}
	s = open(t, dir, sumView{})
	if after := dump(t, s, "deadlines"); after != before {
		t.Errorf("the rows are\n%swant\n%s", after, before)
	}
	if err := read(); err != nil {
		t.Errorf("reading gives %v", err)
	}
}

// TestBrokenView: a view that cannot follow undoes the append, and a rebuild that fails leaves the old rows.
func TestBrokenView(t *testing.T) {
	t.Parallel()
	broken := false
	s := open(t, t.TempDir(), sumView{&broken})
	fill(t, s)
	before := dump(t, s, "deadlines")
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	broken = true
	if _, err := s.Append(t.Context(), journal.Change{Events: []journal.Draft{draft("PM-1", 1)}}); err == nil {
		t.Error("Append succeeded although a view could not follow")
	}
	if err := s.RebuildViews(t.Context()); err == nil {
		t.Error("RebuildViews succeeded although the view is broken")
	}
	if got, _ := s.Head(t.Context()); got != head {
		t.Errorf("Head = %+v, want %+v as before", got, head)
	}
	if after := dump(t, s, "deadlines"); after != before {
		t.Errorf("rows after the errors are\n%swant\n%s", after, before)
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	contain, publish := night.Add(30*time.Minute), night.Add(48*time.Hour)
	update(t, s, func(tx *Tx) error {
		for name, at := range map[string]time.Time{"contain": contain, "publish": publish} {
			if _, err := tx.exec("add", `insert into deadlines values ('PM-1', ?, ?)`, name, at.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
	for _, test := range []struct {
		now  time.Time
		want []Deadline
	}{
		{contain.Add(-time.Microsecond), nil},
		{contain, []Deadline{{"PM-1", "contain", contain}}},
		{publish, []Deadline{{"PM-1", "contain", contain}, {"PM-1", "publish", publish}}},
	} {
		if got, err := s.Deadlines(t.Context(), test.now); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("Deadlines(%v) = %v, %v; want %v", test.now, got, err, test.want)
		}
	}
}

// TestKindsOfTables: each migration says its kind, and each table of the
// database is of the kind that it should be.
func TestKindsOfTables(t *testing.T) {
	t.Parallel()
	want := map[string]string{"00001_journal.sql": "journal", "00002_views.sql": "views", "00003_records.sql": "records",
		"00005_alerts.sql": "records", "00006_signals.sql": "records", "00007_silences.sql": "views", "00008_verifications.sql": "views",
		"00009_quarantine.sql": "views", "00010_consents.sql": "views", "00011_consent_values.sql": "records",
		"00012_quarantine_erase.sql": "views", "00013_check_changed.sql": "records", "00014_overrides.sql": "views",
		"00015_calendar_keys.sql": "records", "00016_findings.sql": "records", "00017_messages.sql": "records", "00018_bundles.sql": "records", "00019_blast.sql": "records", "00020_versions.sql": "records", "00021_runs.sql": "records", "00022_traits.sql": "records", "00023_action_links.sql": "views", "00024_knowledge.sql": "views", "00025_check_days.sql": "records", "00026_lessons.sql": "views", "00027_retrospectives.sql": "views", "00028_effect_said.sql": "records"}
	list, err := migrations.ReadDir("migrations")
	if err != nil || len(list) != len(want) {
		t.Fatalf("%d migrations, %v; want %d", len(list), err, len(want))
	}
	kind := map[string]string{}
	for _, f := range list {
		b, err := migrations.ReadFile("migrations/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		first, rest, _ := strings.Cut(string(b), "\n")
		if first != "-- kind: "+want[f.Name()] {
			t.Errorf("%s begins with %q, want its kind", f.Name(), first)
		}
		for _, line := range strings.Split(rest, "\n") {
			if table, ok := strings.CutPrefix(line, "create table "); ok {
				kind[strings.Fields(table)[0]] = want[f.Name()]
			}
		}
	}
	s := open(t, t.TempDir())
	rows, err := s.readers.Query(`select name from sqlite_master where type = 'table'`)
	tables, err := collect(rows, err, "list tables", func(scan func(...any) error) (string, error) {
		var name string
		err := scan(&name)
		return name, err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tables {
		if strings.HasPrefix(name, "knowledge_index") { // FTS5 keeps a virtual table in tables of its own
			continue
		}
		foreign := strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "sqlite_") || name == "goose_db_version"
		if kind[name] == "" && !foreign {
			t.Errorf("no migration says which kind table %s is", name)
		}
	}
	if got := kind["journal"] + " " + kind["deadlines"] + " " + kind["effects"]; got != "journal views records" {
		t.Errorf("kinds of journal, deadlines, effects = %s", got)
	}
}
