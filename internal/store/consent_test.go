package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

var keeper = people.Actor{ID: "p-lead", Role: people.Lead}

// agree records a consent and gives its id.
func agree(t *testing.T, s *Store, n int, change func(*consent.Give)) string {
	t.Helper()
	c := consent.Give{
		Terms: consent.Terms{
			Subject: fmt.Sprintf("S-%08x", n), Level: consent.Unlimited, GivenAt: night.Add(-time.Hour), ValidUntil: night.Add(time.Duration(n+1) * 24 * time.Hour),
		},
		Values: consent.Values{
			Salt: saltOf(n), Name: fmt.Sprintf("Person Number %05d", n), External: fmt.Sprintf("crm-%05d", n), Images: []string{fmt.Sprintf("%064x", n)},
		},
	}
	if change != nil {
		change(&c)
	}
	update(t, s, func(tx *Tx) (err error) {
		if c.ID, err = tx.NextConsentID(night); err != nil {
			return err
		}
		return decideConsent(tx, c.ID, c, night)
	})
	return c.ID
}

func saltOf(n int) []byte {
	return binary.BigEndian.AppendUint64(bytes.Repeat([]byte{0xa5}, consent.SaltSize-8), uint64(n))
}

func decideConsent(tx *Tx, id string, c consent.Command, at time.Time) error {
	r, err := tx.ConsentRecord(id)
	if err != nil {
		return err
	}
	o, err := consent.Decide(r, c, consent.Env{Now: at, By: keeper})
	if err != nil {
		return err
	}
	if _, err := tx.Append(o.Change); err != nil {
		return err
	}
	return tx.SetConsentValues(id, o.Values)
}

func changeConsent(t *testing.T, s *Store, id string, c consent.Command) {
	t.Helper()
	update(t, s, func(tx *Tx) error { return decideConsent(tx, id, c, night.Add(time.Hour)) })
}

// TestConsentView: lists, finds and is the same after a rebuild; the values stay what they are.
func TestConsentView(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	var ids []string
	for n := range 4 {
		ids = append(ids, agree(t, s, n, func(c *consent.Give) {
			if n == 3 {
				c.ValidUntil = time.Time{}
			}
		}))
	}
	changeConsent(t, s, ids[0], consent.Revoke{Reason: "asked by Person Number 00000"})
	list, err := s.Consents(t.Context(), 10)
	if err != nil || len(list) != 4 || list[0].ID != ids[1] || list[2].ID != ids[3] || list[3].ID != ids[0] {
		t.Fatalf("the list is %+v, %v; want the first to end on top, the open-ended last, the revoked below", list, err)
	}
	if got, err := s.ConsentsToWarnOf(t.Context(), night, 10); err != nil || fmt.Sprint(got) != fmt.Sprint(ids[1:3]) {
		t.Errorf("to warn of are %v, %v; want %v", got, err, ids[1:3])
	}
	before := dump(t, s, "consents")
	if _, err := s.writer.Exec(`delete from consents`); err != nil {
		t.Fatal(err)
	}
	if err := s.RebuildViews(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, s, "consents"); after != before || before == "" {
		t.Errorf("rebuilt it is\n%swant\n%s", after, before)
	}
	r, err := s.ConsentRecord(t.Context(), ids[0])
	if err != nil || r.Values.Name != "Person Number 00000" || r.Revoked == nil || len(r.Values.Reasons) != 1 || !bytes.Equal(r.Values.Salt, saltOf(0)) {
		t.Errorf("the record is %+v, %v", r, err)
	}
	if r.Values.Digests()["name"] != r.Digests["name"] {
		t.Error("the kept values are not those that the journal has the digests of")
	}
	update(t, s, func(tx *Tx) error {
		id, err := tx.ConsentFrom("crm-00002")
		if id != ids[2] {
			t.Errorf("from crm-00002 came %q, want %s", id, ids[2])
		}
		return err
	})
	if _, err := s.Consent(t.Context(), "C-none"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("an unknown one: %v, want ErrNotFound", err)
	}
}

// TestErasureLeavesNoValue erases records among many that were changed often,
// and looks for their values in all files of the database, byte for byte.
func TestErasureLeavesNoValue(t *testing.T) {
	t.Parallel()
	s := openIncidents(t)
	const many = 300
	var ids []string
	for n := range many {
		ids = append(ids, agree(t, s, n, nil))
	}
	for n, id := range ids { // rows grow and move from page to page
		r, err := s.ConsentRecord(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		r.Values.Note = strings.Repeat(fmt.Sprintf("note of Person Number %05d ", n), 1+n%9)
		changeConsent(t, s, id, consent.Change{Terms: r.Terms, Values: r.Values, Reason: fmt.Sprintf("Person Number %05d moved", n)})
	}
	erased := func(n int) bool { return n%3 == 1 }
	for n, id := range ids {
		if erased(n) {
			changeConsent(t, s, id, consent.Erase{Ground: consent.OnRequest})
		}
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, err := s.Verify(t.Context())
	if err != nil || head.Size != many*2+many/3 {
		t.Errorf("the journal has %d entries, %v; want it whole", head.Size, err)
	}
	files := everyFile(t, s.dir)
	for n, id := range ids {
		if _, err := s.Consent(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for _, value := range [][]byte{fmt.Appendf(nil, "Person Number %05d", n), fmt.Appendf(nil, "crm-%05d", n), saltOf(n)} {
			if there := bytes.Contains(files, value); there == erased(n) {
				t.Errorf("%s: %q is in the files: %v", id, value, there)
			}
		}
	}
}

// everyFile gives the bytes of all files below a folder.
func everyFile(t *testing.T, dir string) (all []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, text...)
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("read %s: %d bytes, %v", dir, len(all), err)
	}
	return all
}
