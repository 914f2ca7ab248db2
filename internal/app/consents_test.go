package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/web"
)

// janes is a consent that everything in it can be told by.
func janes(h *house) consent.Draft {
	return consent.Draft{
		Terms: consent.Terms{
			Level: consent.Limited, Uses: []string{"advertising"}, Channels: []string{"web"}, Territories: []string{"FR"},
			GivenAt: h.clock().Add(-time.Hour), ValidUntil: h.clock().Add(60 * 24 * time.Hour), Notice: "2025-03", Method: "paper",
		},
		Values: consent.Values{
			Name: "Jane Zabriskie", Contact: "jane.zabriskie@example.org", EvidenceLink: "https://vault.example.org/zabriskie.pdf",
			Note: "zabriskie was met at the fair", External: "crm-zabriskie", Releases: []string{"MR-ZABRISKIE-1"}, Images: []string{strings.Repeat("cd", 32)},
		},
	}
}

func (h *house) judgeImage(i consent.Image) string {
	h.t.Helper()
	g, err := h.ConsentRegister(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	var kinds []string
	for _, f := range g.Judge(i, consent.Delivery{Use: "advertising", Channel: "web", Territories: []string{"FR"}, At: h.clock()}) {
		kinds = append(kinds, string(f.Kind))
	}
	return strings.Join(kinds, " ")
}

// TestConsentIsKeptJudgedRevokedErased goes the whole way, and finds none of
// the values in any file of the folder afterwards.
func TestConsentIsKeptJudgedRevokedErased(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	image := consent.Image{Persons: []string{"jane ZABRISKIE"}, Releases: []string{"MR-ZABRISKIE-1"}}
	if got := h.judgeImage(image); got != "consent-missing consent-missing" {
		t.Fatalf("before anything is on record an image has %q", got)
	}
	id, err := h.AddConsent(t.Context(), h.as("lea"), janes(h))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AddConsent(t.Context(), h.as("lea"), janes(h)); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("the same record again: %v, want ErrConflict", err)
	}
	if got := h.judgeImage(image); got != "" {
		t.Errorf("with a consent the image has %q", got)
	}
	list, err := h.Consents(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != id || list[0].Standing != consent.Valid || !consent.IsSubject(list[0].Subject) {
		t.Fatalf("the list is %+v, %v", list, err)
	}
	h.readsOfConsents(id)
	if err := h.DecideConsent(t.Context(), h.as("lea"), id, consent.Revoke{Reason: "Jane Zabriskie phoned"}); err != nil {
		t.Fatal(err)
	}
	if got := h.judgeImage(image); got != "consent-revoked" {
		t.Errorf("revoked, the image has %q", got)
	}
	before := h.everyFile()
	for _, value := range []string{"Zabriskie phoned", "zabriskie@example.org", "crm-zabriskie"} {
		if !bytes.Contains(before, []byte(value)) {
			t.Errorf("before the erasure %q is in no file; the test looks in the wrong place", value)
		}
	}
	ids, err := h.EraseConsents(t.Context(), h.as("ada"), list[0].Subject, consent.OnRequest)
	if err != nil || fmt.Sprint(ids) != fmt.Sprint([]string{id}) {
		t.Fatalf("erasing the subject gives %v, %v", ids, err)
	}
	for file, text := range h.files() {
		if bytes.Contains(bytes.ToLower(text), []byte("zabriskie")) {
			t.Errorf("after the erasure %s holds the name", file)
		}
	}
	if head, err := h.Store().Verify(t.Context()); err != nil || head.Size == 0 {
		t.Errorf("after the erasure the journal is %+v, %v", head, err)
	}
	if got := h.judgeImage(consent.Image{SHA256: strings.Repeat("cd", 32)}); got != "consent-revoked" {
		t.Errorf("a picture of whom was erased has %q", got)
	}
}

// readsOfConsents: who does not keep the register reads states, and no value.
func (h *house) readsOfConsents(id string) {
	h.t.Helper()
	for login, may := range map[string]bool{"nora": false, "lea": true, "ada": true} {
		c, err := h.Consent(h.t.Context(), h.as(login), id)
		if err != nil || (c.Values != nil) != may || len(c.Trail) != 1 || c.Standing != consent.Valid {
			h.t.Errorf("%s reads %+v, %v", login, c, err)
		}
		if _, err := h.ExportConsents(h.t.Context(), h.as(login)); (err == nil) != may {
			h.t.Errorf("%s exports: %v", login, err)
		}
	}
	for name, err := range map[string]error{
		"add":    second(h.AddConsent(h.t.Context(), h.as("nora"), janes(h))),
		"import": second(h.ImportConsents(h.t.Context(), h.as("nora"), []consent.Draft{janes(h)})),
		"erase":  second(h.EraseConsents(h.t.Context(), h.as("nora"), id, consent.OnRequest)),
		"revoke": h.DecideConsent(h.t.Context(), people.Actor{ID: "u-1", Role: people.Viewer}, id, consent.Revoke{Reason: "x"}),
	} {
		if !errors.Is(err, journal.ErrForbidden) {
			h.t.Errorf("%s by who may not: %v, want ErrForbidden", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// files gives all files of the folder but the pictures.
func (h *house) files() map[string][]byte {
	h.t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		all[path], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(all) == 0 {
		h.t.Fatalf("read the folder: %d files, %v", len(all), err)
	}
	return all
}

func (h *house) everyFile() (all []byte) {
	for _, text := range h.files() {
		all = append(all, text...)
	}
	return all
}

// TestConsentImport: what is known is changed, what is the same is left, and
// what is refused does not hold up the rest.
func TestConsentImport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, two, three := janes(h), janes(h), janes(h)
	two.External, two.Releases, two.Channels = "crm-2", []string{"MR-2"}, nil // names no channel
	three.External, three.RevokedSince = "crm-3", h.clock()
	taken, err := h.ImportConsents(t.Context(), h.as("lea"), []consent.Draft{one, two, three})
	if err != nil || taken.Added != 2 || taken.Refused != 1 || taken.Refusals[0].Number != 2 || !strings.Contains(taken.Refusals[0].Reason, "channel") {
		t.Fatalf("the first import: %+v, %v", taken, err)
	}
	records, err := h.ExportConsents(t.Context(), h.as("lea"))
	if err != nil || len(records) != 2 || records[0].Subject != records[1].Subject || records[1].Revoked == nil {
		t.Fatalf("on record are %+v, %v; want two of one subject, the second revoked", records, err)
	}
	one.Channels = []string{"web", "print"}
	taken, err = h.ImportConsents(t.Context(), h.as("lea"), []consent.Draft{one, three})
	if err != nil || taken.Changed != 1 || taken.Same != 1 {
		t.Errorf("the second import: %+v, %v; want one changed, one the same", taken, err)
	}
	var table bytes.Buffer
	if records, err = h.ExportConsents(t.Context(), h.as("lea")); err != nil {
		t.Fatal(err)
	}
	if err := consent.WriteCSV(&table, records); err != nil {
		t.Fatal(err)
	}
	drafts, err := consent.ReadCSV(table.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if taken, err = h.ImportConsents(t.Context(), h.as("lea"), drafts); err != nil || taken.Same != 2 {
		t.Errorf("our own export imported: %+v, %v; want all the same", taken, err)
	}
	if taken, err = newHouse(t).ImportConsents(t.Context(), h.as("lea"), drafts); err != nil || taken.Added != 2 {
		t.Errorf("into another folder: %+v, %v; want two added", taken, err)
	}
}

// TestConsentImportRevoked: a consent that was withdrawn elsewhere is never in force here, whatever the row leaves out.
func TestConsentImportRevoked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	undated, early := janes(h), janes(h)
	undated.GivenAt, undated.ValidFrom, undated.RevokedSince = time.Time{}, time.Time{}, h.clock().Add(-48*time.Hour)
	early.External, early.RevokedSince = "crm-2", early.GivenAt.Add(-time.Hour)
	taken, err := h.ImportConsents(t.Context(), h.as("lea"), []consent.Draft{undated, early})
	if err != nil || taken.Added != 1 || taken.Refused != 1 || taken.Refusals[0].Number != 2 || !strings.Contains(taken.Refusals[0].Reason, "given only on") {
		t.Fatalf("the import: %+v, %v", taken, err)
	}
	records, err := h.ExportConsents(t.Context(), h.as("lea"))
	if err != nil || len(records) != 1 || records[0].Revoked == nil || !records[0].RevokedSince.Equal(undated.RevokedSince) {
		t.Errorf("on record are %+v, %v; want one, revoked", records, err)
	}
}

// TestConsentWarning: each end is told once, to those who keep the register, and names nobody.
func TestConsentWarning(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, err := h.AddConsent(t.Context(), h.as("lea"), janes(h))
	if err != nil {
		t.Fatal(err)
	}
	tick := func() {
		t.Helper()
		if err := h.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.idle()
	}
	h.move(29 * 24 * time.Hour)
	tick()
	if n := h.channel.count(id); n != 0 {
		t.Fatalf("31 days ahead %d messages were sent", n)
	}
	var tries atomic.Int32
	h.channel.begin = func(context.Context, notify.Message) error {
		if tries.Add(1) == 2 { // so that a retry could tell the first person again
			return errors.New("the line is busy")
		}
		return nil
	}
	h.move(24 * time.Hour)
	for range 3 {
		tick()
	}
	if n := h.channel.count(id); n != 2 || tries.Load() != 3 {
		t.Errorf("30 days ahead %d messages were sent, want one to the lead and one to the administrator", n)
	}
	for _, m := range h.channel.sent {
		if strings.Contains(strings.ToLower(m.Subject+m.Text), "zabriskie") || !strings.Contains(m.Text, "/consents/"+id) {
			t.Errorf("the message is %q\n%s", m.Subject, m.Text)
		}
	}
	if list, err := h.Consents(t.Context()); err != nil || list[0].Standing != consent.Expiring {
		t.Errorf("the list is %+v, %v", list, err)
	}
}

// TestConsentAudit verifies a trail alone and against the journal, and refuses every change of either.
func TestConsentAudit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, err := h.AddConsent(t.Context(), h.as("lea"), janes(h))
	if err != nil {
		t.Fatal(err)
	}
	h.declare()
	if err := h.DecideConsent(t.Context(), h.as("lea"), id, consent.Revoke{Reason: "asked"}); err != nil {
		t.Fatal(err)
	}
	h.declare()
	if _, err := h.EraseConsents(t.Context(), h.as("lea"), id, consent.OnRequest); err != nil {
		t.Fatal(err)
	}
	h.idle()
	audit, err := h.ConsentAudit(t.Context(), id)
	if err != nil || len(audit.Entries) != 3 {
		t.Fatalf("the audit is %+v, %v", audit, err)
	}
	var export bytes.Buffer
	err = h.Store().Scan(t.Context(), journal.Query{}, func(e journal.Entry) error { _, err := export.Write(e.Line()); return err })
	if err := errors.Join(err, VerifyAudit(audit), VerifyAuditBy(audit, bytes.NewReader(export.Bytes()))); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*web.ConsentAudit){
		"another record": func(a *web.ConsentAudit) { a.Record = "C-2025-09-27-09" },
		"another root":   func(a *web.ConsentAudit) { a.Root = strings.Repeat("0", 64) },
		"a changed entry": func(a *web.ConsentAudit) {
			a.Entries[0].Text = strings.Replace(a.Entries[0].Text, "2025-03", "2025-04", 1)
		},
		"entries swapped":  func(a *web.ConsentAudit) { a.Entries[0], a.Entries[1] = a.Entries[1], a.Entries[0] },
		"a proof cut":      func(a *web.ConsentAudit) { a.Entries[0].Proof = a.Entries[0].Proof[1:] },
		"no entry":         func(a *web.ConsentAudit) { a.Entries = nil },
		"another format":   func(a *web.ConsentAudit) { a.Format = "2" },
		"a proof no hash":  func(a *web.ConsentAudit) { a.Entries[1].Proof[0] = "x" },
		"an entry forged":  func(a *web.ConsentAudit) { a.Entries[1].Hash = a.Entries[0].Hash },
		"a sequence moved": func(a *web.ConsentAudit) { a.Entries[2].Seq-- },
	} {
		changed, err := h.ConsentAudit(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		change(&changed)
		if err := VerifyAudit(changed); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	smaller := audit
	smaller.Size-- // the way to the root may be as long in a tree of another size
	if err := VerifyAuditBy(smaller, bytes.NewReader(export.Bytes())); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a trail of another size: %v, want ErrInvalid", err)
	}
	missing := audit
	missing.Entries = audit.Entries[:2]
	if err := VerifyAudit(missing); err != nil {
		t.Errorf("a part of the trail by itself: %v", err)
	}
	if err := VerifyAuditBy(missing, bytes.NewReader(export.Bytes())); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a trail that leaves an entry out: %v, want ErrInvalid", err)
	}
	lines := bytes.SplitAfter(export.Bytes(), []byte("\n"))
	if err := VerifyAuditBy(audit, bytes.NewReader(bytes.Join(lines[:len(lines)-2], nil))); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a journal that was cut: %v, want ErrInvalid", err)
	}
	if _, err := h.ConsentAudit(t.Context(), "C-none"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("an unknown record: %v, want ErrNotFound", err)
	}
}
