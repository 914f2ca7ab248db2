package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/journal/journaltest"
	"github.com/safelight-dev/safelight/internal/people"
)

var _ scs.CtxStore = (*Sessions)(nil)

func person(id, login string) PersonRecord {
	return PersonRecord{
		Person: people.Person{
			ID: people.ID(id), Login: login, Name: "Zoé Ætt", Email: login + "@example.org", Role: people.Board, Domain: people.Brand,
		},
		PasswordHash: "$argon2id$…", Created: night,
	}
}

func TestPersons(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	zoe, ann := person("p-1", "zoe"), person("p-2", "ann")
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutPerson(zoe), tx.PutPerson(ann)) })
	if got, err := s.Person(t.Context(), "p-1"); err != nil || got != zoe {
		t.Errorf("Person = %+v, %v; want %+v", got, err, zoe)
	}
	if got, err := s.PersonByLogin(t.Context(), "ann"); err != nil || got != ann {
		t.Errorf("PersonByLogin = %+v, %v; want %+v", got, err, ann)
	}
	zoe.Disabled, zoe.Login = true, "zoe.a"
	update(t, s, func(tx *Tx) error { return tx.PutPerson(zoe) })
	if got, err := s.Persons(t.Context()); err != nil || len(got) != 2 || got[0] != ann || got[1] != zoe {
		t.Errorf("Persons = %+v, %v; want ann and the changed zoe", got, err)
	}
	thief := person("p-3", "ann")
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutPerson(thief) }); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a second person with a login = %v, want ErrConflict", err)
	}
	if _, err := s.Person(t.Context(), "p-3"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("Person(p-3) = %v, want ErrNotFound", err)
	}
	if _, err := s.PersonByLogin(t.Context(), "' or 1=1 --"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("PersonByLogin with SQL = %v, want ErrNotFound", err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	k := Token{ID: "t-1", Person: "p-1", Hash: sha256.Sum256([]byte("secret")), Name: "CI", Created: night, Expires: night.Add(time.Hour)}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.AddToken(k) }); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("a token of nobody = %v, want ErrConflict", err)
	}
	update(t, s, func(tx *Tx) error { return errors.Join(tx.PutPerson(person("p-1", "zoe")), tx.AddToken(k)) })
	if got, err := s.TokenByHash(t.Context(), k.Hash); err != nil || got != k {
		t.Errorf("TokenByHash = %+v, %v; want %+v", got, err, k)
	}
	used := night.Add(time.Minute)
	for _, at := range []time.Time{used, used.Add(30 * time.Second)} {
		now, err := s.TokenByHash(t.Context(), k.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.TouchToken(t.Context(), now, at); err != nil {
			t.Fatalf("TouchToken: %v", err)
		}
	}
	list, err := s.Tokens(t.Context(), "p-1")
	if err != nil || len(list) != 1 || !list[0].Used.Equal(used) {
		t.Errorf("Tokens = %+v, %v; want one used at %v, the second use within a minute not written", list, err, used)
	}
	// Replacing the person must not take the tokens away, as an "insert or replace" would.
	update(t, s, func(tx *Tx) error { return tx.PutPerson(person("p-1", "zoe")) })
	if _, err := s.TokenByHash(t.Context(), k.Hash); err != nil {
		t.Errorf("after the person was saved again the token is gone: %v", err)
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteToken("t-1") })
	if _, err := s.TokenByHash(t.Context(), k.Hash); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a deleted token = %v, want ErrNotFound", err)
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.DeleteToken("t-1") }); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("DeleteToken again = %v, want ErrNotFound", err)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	now := night
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Registry: journaltest.Registry(t), Wall: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	m := s.Sessions()
	find := func(token, want string) {
		t.Helper()
		data, ok, err := m.Find(token)
		if err != nil || ok != (want != "") || string(data) != want {
			t.Errorf("Find(%q) = %q, %v, %v; want %q", token, data, ok, err, want)
		}
	}
	commit := func(token, data string, expiry time.Time) {
		t.Helper()
		if err := m.Commit(token, []byte(data), expiry); err != nil {
			t.Fatalf("Commit: %v", err)
		}
	}
	find("one", "")
	commit("one", "a", night.Add(time.Minute))
	commit("two", "b", night.Add(time.Hour))
	find("one", "a")
	commit("one", "c", night.Add(2*time.Minute))
	find("one", "c")
	if strings.Contains(dump(t, s, "sessions"), "one") {
		t.Error("the token itself is stored")
	}
	now = night.Add(2 * time.Minute)
	find("one", "")
	find("two", "b")
	commit("three", "d", night.Add(time.Hour))
	if n := strings.Count(dump(t, s, "sessions"), "\n"); n != 2 {
		t.Errorf("%d sessions are stored, want 2: the expired one goes", n)
	}
	if err := m.Delete("two"); err != nil {
		t.Errorf("Delete: %v", err)
	}
	find("two", "")
	if err := m.Delete("two"); err != nil {
		t.Errorf("Delete of no session: %v", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for _, v := range []string{"one", "two", ""} {
		update(t, s, func(tx *Tx) error { return tx.SetSetting("k", v) })
		if got, err := s.Setting(t.Context(), "k"); err != nil || got != v {
			t.Errorf("Setting = %q, %v; want %q", got, err, v)
		}
	}
}

// checks makes n rows, one a second; row i has ΔE i/100 and is over from n/2 on.
func checks(n int) []CheckRow {
	list := make([]CheckRow, n)
	for i := range list {
		list[i] = CheckRow{
			Pipeline: []string{"packshot-eu", "hero"}[i%2], Class: "thumbnail", Path: fmt.Sprintf("img/%04d.jpg", i),
			Reference: strings.Repeat("a", 64), Candidate: strings.Repeat("b", 64),
			DeltaEP95: float64(i) / 100, PaletteWorst: float64(i) / 50, SSIM: 0.99, Bytes: 1000,
			At: night.Add(time.Duration(i) * time.Second), JSON: []byte(`{"ssim":0.99}`),
		}
		if i >= n/2 {
			list[i].Over = OverDeltaE
		}
		if i >= 3*n/4 {
			list[i].Over |= OverPalette
		}
	}
	return list
}

func TestChecks(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	const n = 1000
	rows := checks(n)
	rows[1].DeltaEP95, rows[1].PaletteWorst, rows[1].SSIM = math.NaN(), math.Inf(1), math.NaN()
	if err := s.AddChecks(t.Context(), rows); err != nil {
		t.Fatalf("AddChecks: %v", err)
	}
	var seen []CheckRow
	for before := int64(0); ; {
		page, err := s.Checks(t.Context(), CheckQuery{}, before, 150)
		if err != nil {
			t.Fatalf("Checks: %v", err)
		}
		if len(page) == 0 {
			break
		}
		seen, before = append(seen, page...), page[len(page)-1].ID
	}
	if len(seen) != n {
		t.Fatalf("the pages have %d checks, want %d", len(seen), n)
	}
	for i, c := range seen {
		want := rows[n-1-i]
		want.ID = c.ID
		if fmt.Sprint(c) != fmt.Sprint(want) && n-1-i != 1 {
			t.Fatalf("check %d = %+v, want %+v", i, c, want)
		}
	}
	if c := seen[n-2]; !math.IsNaN(c.DeltaEP95) || !math.IsNaN(c.PaletteWorst) || !math.IsNaN(c.SSIM) {
		t.Errorf("what was not measured comes back as %v, %v, %v; want NaN", c.DeltaEP95, c.PaletteWorst, c.SSIM)
	}
}

func TestCheckQueries(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	if got, err := s.CheckTotals(t.Context(), CheckQuery{}); err != nil || got.Count != 0 || !math.IsNaN(got.WorstDeltaE) || !got.First.IsZero() {
		t.Errorf("CheckTotals of nothing = %+v, %v", got, err)
	}
	if err := s.AddChecks(t.Context(), nil); err != nil {
		t.Errorf("AddChecks of none: %v", err)
	}
	if err := s.AddChecks(t.Context(), checks(1000)); err != nil {
		t.Fatalf("AddChecks: %v", err)
	}
	for _, test := range []struct {
		q                    CheckQuery
		count, over, palette int64
		worst                float64
	}{
		{CheckQuery{}, 1000, 500, 250, 9.99},
		{CheckQuery{Pipeline: "hero"}, 500, 250, 125, 9.99},
		{CheckQuery{Pipeline: "packshot-eu", Class: "thumbnail"}, 500, 250, 125, 9.98},
		{CheckQuery{Class: "none"}, 0, 0, 0, math.NaN()},
		{CheckQuery{Since: night.Add(700 * time.Second)}, 300, 300, 250, 9.99},
		{CheckQuery{Until: night.Add(700 * time.Second)}, 700, 200, 0, 6.99},
		{CheckQuery{Over: OverPalette}, 250, 250, 250, 9.99},
		{CheckQuery{Over: OverPalette | OverDeltaE, Until: night.Add(510 * time.Second)}, 10, 10, 0, 5.09},
	} {
		got, err := s.CheckTotals(t.Context(), test.q)
		if err != nil || got.Count != test.count || got.Over != test.over || got.OverBy[OverPalette] != test.palette ||
			got.Bytes != test.count*1000 || fmt.Sprint(got.WorstDeltaE) != fmt.Sprint(test.worst) {
			t.Errorf("CheckTotals(%+v) = %+v, %v; want %d, over %d, palette %d, worst %v",
				test.q, got, err, test.count, test.over, test.palette, test.worst)
		}
	}
	worst, err := s.WorstChecks(t.Context(), CheckQuery{Pipeline: "packshot-eu"}, 3)
	if err != nil || len(worst) != 3 || worst[0].DeltaEP95 != 9.98 || worst[2].DeltaEP95 != 9.94 {
		t.Errorf("WorstChecks = %+v, %v; want ΔE 9.98, 9.96, 9.94", worst, err)
	}
}

func BenchmarkAddChecks(b *testing.B) {
	s := benchStore(b)
	rows := checks(1000)
	for b.Loop() {
		if err := s.AddChecks(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(rows))/b.Elapsed().Seconds(), "checks/s")
}
