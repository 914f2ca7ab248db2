package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal/journaltest"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"modernc.org/sqlite"
)

var aa = strings.Repeat("a", 64)

// looked is a look at a file of the pipeline "catalogue" that found some kinds.
func looked(path string, at time.Time, kinds ...string) FileFindings {
	f := FileFindings{Pipeline: "catalogue", Path: path, SHA256: aa, At: at}
	for _, k := range kinds {
		f.Findings = append(f.Findings, Finding{Kind: k, Reaction: "report", Fields: []string{"XMP:dc:creator"}})
	}
	return f
}

func putFindings(t *testing.T, s *Store, files ...FileFindings) {
	t.Helper()
	if err := s.PutFindings(t.Context(), files); err != nil {
		t.Fatal(err)
	}
}

// listed says each finding of a query in a few words.
func listed(t *testing.T, s *Store, q FindingQuery) []string {
	t.Helper()
	rows, err := s.Findings(t.Context(), q, 100)
	if err != nil {
		t.Fatal(err)
	}
	words := []string{}
	for _, r := range rows {
		words = append(words, fmt.Sprintf("%s/%s %s %s", r.Pipeline, r.Path, r.Kind, r.Since.Sub(night)))
	}
	return words
}

func wantListed(t *testing.T, s *Store, q FindingQuery, want ...string) {
	t.Helper()
	if got := listed(t, s, q); !slices.Equal(got, want) {
		t.Errorf("findings of %+v are %q, want %q", q, got, want)
	}
}

// TestFindingsAreThoseOfTheLastLook: what is gone goes, what stays keeps since when it is there.
func TestFindingsAreThoseOfTheLastLook(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	later := night.Add(time.Hour)
	putFindings(t, s)
	putFindings(t, s, looked("a.jpg", night, "lost", "missing"), looked("b.jpg", night, "lost"), looked("c.jpg", night))
	wantListed(t, s, FindingQuery{}, "catalogue/a.jpg lost 0s", "catalogue/a.jpg missing 0s", "catalogue/b.jpg lost 0s")

	again := looked("a.jpg", later, "lost", "thumbnail")
	again.SHA256, again.Findings[0].Fields, again.Findings[0].Entities = "bb", []string{"IPTC:By-line"}, []string{"PERSON"}
	putFindings(t, s, again, looked("b.jpg", later))
	wantListed(t, s, FindingQuery{}, "catalogue/a.jpg lost 0s", "catalogue/a.jpg thumbnail 1h0m0s")
	rows, err := s.Findings(t.Context(), FindingQuery{Kind: "lost"}, 1)
	want := FindingRow{FileName{"catalogue", "a.jpg"}, Finding{"lost", "report", []string{"IPTC:By-line"}, []string{"PERSON"}}, "bb", night, later, false}
	if err != nil || len(rows) != 1 || !reflect.DeepEqual(rows[0], want) {
		t.Errorf("it is %+v, %v; want %+v", rows, err, want)
	}

	some := looked("a.jpg", later, "consent-expired")
	some.Sought = []string{"consent-expired", "consent-missing"}
	putFindings(t, s, some)
	wantListed(t, s, FindingQuery{}, "catalogue/a.jpg consent-expired 1h0m0s", "catalogue/a.jpg lost 0s", "catalogue/a.jpg thumbnail 1h0m0s")
	some.Findings = nil
	putFindings(t, s, some)
	wantListed(t, s, FindingQuery{}, "catalogue/a.jpg lost 0s", "catalogue/a.jpg thumbnail 1h0m0s")

	// In one batch the last look counts.
	putFindings(t, s, looked("d.jpg", later, "lost"), looked("d.jpg", later))
	if err := s.DropFindings(t.Context(), []FileName{{"catalogue", "a.jpg"}, {"catalogue", "never.jpg"}}); err != nil {
		t.Fatal(err)
	}
	wantListed(t, s, FindingQuery{})
	if err := s.DropFindings(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// TestFindingsTurnPages: by pipeline, path and kind, each once, whatever the names are made of.
func TestFindingsTurnPages(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	var files []FileFindings
	for _, name := range []string{"b.jpg", "é.jpg", "a/\xff.jpg", "a.jpg"} {
		files = append(files, looked(name, night, "missing", "lost"))
	}
	hero := looked("a.jpg", night, "lost")
	hero.Pipeline = "hero"
	putFindings(t, s, append(files, hero)...)
	var q FindingQuery
	var got []string
	for {
		rows, err := s.Findings(t.Context(), q, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			got = append(got, r.Pipeline+"/"+r.Path+" "+r.Kind)
		}
		q.After = rows[len(rows)-1].Place()
	}
	want := []string{
		"catalogue/a.jpg lost", "catalogue/a.jpg missing", "catalogue/a/\xff.jpg lost", "catalogue/a/\xff.jpg missing", "catalogue/b.jpg lost", "catalogue/b.jpg missing",
		"catalogue/é.jpg lost", "catalogue/é.jpg missing", "hero/a.jpg lost",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the pages have %q, want %q", got, want)
	}
	wantListed(t, s, FindingQuery{Pipelines: []string{"hero", "other"}}, "hero/a.jpg lost 0s")
	wantListed(t, s, FindingQuery{Pipelines: []string{}})
	wantListed(t, s, FindingQuery{Kind: "missing", After: FindingPlace{"catalogue", "b.jpg", "missing"}}, "catalogue/é.jpg missing 0s")
	for _, c := range []struct {
		q    FindingQuery
		want []FindingCount
	}{
		{FindingQuery{}, []FindingCount{{"catalogue", "lost", 4}, {"catalogue", "missing", 4}, {"hero", "lost", 1}}},
		{FindingQuery{Pipelines: []string{"hero"}}, []FindingCount{{"hero", "lost", 1}}},
		{FindingQuery{Kind: "missing"}, []FindingCount{{"catalogue", "missing", 4}}},
	} {
		if got, err := s.CountFindings(t.Context(), c.q); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v counts %+v, %v; want %+v", c.q, got, err, c.want)
		}
	}
}

// TestHeldImagesAreNotListed: what is out of delivery is the quarantine's to list, and what was put back is listed again.
func TestHeldImagesAreNotListed(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	name := "a/\xff.jpg"
	id := holdImage(t, s, night, func(h *quarantine.Held) { h.Path, h.SHA256 = name, aa })
	putFindings(t, s, looked(name, night, "personal", "lost"), looked("b.jpg", night, "lost"))
	wantListed(t, s, FindingQuery{}, "catalogue/b.jpg lost 0s")
	if n, err := s.CountFindings(t.Context(), FindingQuery{}); err != nil || len(n) != 1 || n[0].Images != 1 {
		t.Errorf("counted are %+v, %v", n, err)
	}
	command(t, s, id, people.Monitor(), quarantine.RecordMoved{Moved: quarantine.Moved{Found: quarantine.TheImage, Kept: true}})
	command(t, s, id, people.Actor{ID: "p-1", Role: people.Responder}, quarantine.Release{Reason: "a statue"})
	command(t, s, id, people.Monitor(), quarantine.RecordRestored{Restored: quarantine.Restored{SHA256: aa}})
	wantListed(t, s, FindingQuery{}, "catalogue/"+name+" lost 0s", "catalogue/"+name+" personal 0s", "catalogue/b.jpg lost 0s")
	rows, err := s.Findings(t.Context(), FindingQuery{}, 10)
	if err != nil || len(rows) != 3 || !rows[0].Released || rows[2].Released {
		t.Errorf("listed are %+v, %v; want the first image released and the second not", rows, err)
	}
}

// TestFindingsOfWhatWasDeliveredBefore: a database of the version before knows from its checks what is delivered, and a
// check that says nothing of it, or cannot be read, stops no start.
func TestFindingsOfWhatWasDeliveredBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := openWriter(filepath.Join(dir, "safelight.db"), sqlite.NewConnector)
	if err != nil {
		t.Fatal(err)
	}
	err = migrate(t.Context(), db, 15)
	for _, c := range []struct{ path, text string }{
		{"a.jpg", `{"metadata":{"breaches":[{"kind":"lost","reaction":"report"}]}}`},
		{"b.jpg", `{"metadata":{"breaches":[{"kind":"missing","reaction":"report"}]}}`},
		{"a.jpg", `{"metadata":{"breaches":[{"kind":"personal","reaction":"quarantine","fields":["Exif:GPSLatitude"],"entities":["LOCATION"]},{"kind":"missing","reaction":"report"}]}}`},
		{"b.jpg", `{"metadata":{"breaches":[]}}`}, {"c.jpg", `{}`}, {"d.jpg", `{"metadata":`}, {"e.jpg", `{"metadata":{"breaches":[{"kind":"lost"},7,"x"]}}`},
	} {
		_, failed := db.Exec(`insert into checks (pipeline, class, path, reference, candidate, over, bytes, at, modified, json) values ('catalogue', 'product', ?, 'aa', 'bb', 0, 1, ?, 1, ?)`,
			c.path, night.UnixMicro(), c.text)
		err = errors.Join(err, failed)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Dir: dir, Registry: journaltest.Registry(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wantListed(t, s, FindingQuery{}, "catalogue/a.jpg missing 0s", "catalogue/a.jpg personal 0s")
	rows, err := s.Findings(t.Context(), FindingQuery{Kind: "personal"}, 1)
	want := FindingRow{FileName{"catalogue", "a.jpg"}, Finding{"personal", "quarantine", []string{"Exif:GPSLatitude"}, []string{"LOCATION"}}, "bb", night, night, false}
	if err != nil || len(rows) != 1 || !reflect.DeepEqual(rows[0], want) {
		t.Errorf("it is %+v, %v; want %+v", rows, err, want)
	}
}

// BenchmarkFindings stores a batch of looks at images that are known already, turns to the last page of 100 000 and counts them.
func BenchmarkFindings(b *testing.B) {
	s := benchStore(b)
	var all []FileFindings
	for i := range 100_000 {
		all = append(all, looked(fmt.Sprintf("images/%06d.jpg", i), night, "lost"))
	}
	for batch := range slices.Chunk(all, 10_000) {
		if err := s.PutFindings(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	clean := []FileFindings{}
	for i := range 500 {
		clean = append(clean, looked(fmt.Sprintf("clean/%06d.jpg", i), night))
	}
	for name, batch := range map[string][]FileFindings{"put 500": all[:500], "put 500 clean": clean} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := s.PutFindings(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			rows, err := s.Findings(b.Context(), FindingQuery{Kind: "lost", Pipelines: []string{"catalogue"}, After: FindingPlace{"catalogue", "images/099700.jpg", "lost"}}, 200)
			if err != nil || len(rows) != 200 {
				b.Fatal(len(rows), err)
			}
		}
	})
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.CountFindings(b.Context(), FindingQuery{Pipelines: []string{"catalogue"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
