package consent

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

var now = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

const jane = "S-00112233445566778899"

// book is the stream of one record in memory, with its values beside it.
type book struct {
	t       *testing.T
	head    journal.Head
	entries []journal.Entry
	record  Record
	effects []journal.Effect
}

func salt(b byte) []byte { return bytes.Repeat([]byte{b}, SaltSize) }

func as(role people.Role, domain people.Domain) people.Actor {
	return people.Actor{ID: "p-" + people.ID(role), Role: role, Domain: domain}
}

func (b *book) do(c Command, at time.Time, by people.Actor) error {
	b.t.Helper()
	o, err := Decide(b.record, c, Env{Now: at, By: by})
	if err != nil {
		return err
	}
	for _, d := range o.Events {
		e, err := journal.Seal(d, b.head, at)
		if err != nil {
			b.t.Fatal(err)
		}
		b.head, b.entries = journal.Head{Size: e.Seq, Hash: e.Hash}, append(b.entries, e)
	}
	b.effects = append(b.effects, o.Effects...)
	s, err := Fold(b.entries)
	if err != nil {
		b.t.Fatal(err)
	}
	b.record = Record{s, o.Values}
	return nil
}

func (b *book) must(c Command, at time.Time, by people.Actor) {
	b.t.Helper()
	if err := b.do(c, at, by); err != nil {
		b.t.Fatalf("%T: %v", c, err)
	}
}

// terms is a consent that everything in it can be told by.
func terms() Terms {
	return Terms{
		Subject: jane, Uses: []string{"advertising"}, Channels: []string{"web", "social"}, Territories: []string{"FR", "EU"},
		AI: AIProhibited, GivenAt: now.Add(-24 * time.Hour), ValidUntil: now.Add(60 * 24 * time.Hour), Notice: "2026-03", Method: "paper",
	}
}

func values() Values {
	return Values{
		Salt: salt(7), Name: "Jane Doe", Aliases: []string{"J. Doe"}, Contact: "jane@example.org", Controller: "Studio Martin",
		EvidenceLink: "https://vault.example.org/jane-doe.pdf", EvidenceSHA256: strings.Repeat("ab", 32), Note: "met at the fair",
		External: "crm-jane-4711", Releases: []string{"MR-JANE-1"}, Paths: []Place{{"catalogue", "jane-doe/"}}, Images: []string{strings.Repeat("cd", 32)},
	}
}

func given(t *testing.T) *book {
	t.Helper()
	b := &book{t: t}
	b.must(Give{ID: "C-2026-11-26-01", Terms: terms(), Values: values()}, now, as(people.Lead, ""))
	return b
}

func TestLifeOfAConsent(t *testing.T) {
	b := given(t)
	if s := b.record.State; s.ID != "C-2026-11-26-01" || s.Kind != Model || s.Level != Limited || s.Type != Expressed || s.Standing(now) != Valid {
		t.Fatalf("it begins as %+v", s)
	}
	changed := terms()
	changed.Channels = []string{"web"}
	b.must(Change{Terms: changed, Values: b.record.Values, Reason: "Jane asked by telephone"}, now.Add(time.Hour), as(people.Administrator, ""))
	b.must(Change{Terms: b.record.Terms, Values: b.record.Values, Reason: "again"}, now.Add(time.Hour), as(people.Administrator, ""))
	if len(b.entries) != 2 || b.record.Changes != 1 || !slices.Equal(b.record.Channels, []string{"web"}) {
		t.Errorf("after a change and a repetition there are %d entries, %+v", len(b.entries), b.record.State)
	}
	b.must(Revoke{Reason: "Jane wrote: jane@example.org"}, now.Add(2*time.Hour), as(people.Board, people.Legal))
	if b.record.Standing(now.Add(2*time.Hour)) != Withdrawn || b.record.Standing(now) != Revoking || b.record.Revoked.By != "p-board" {
		t.Errorf("revoked it is %+v", b.record.State)
	}
	if got := b.record.Values.Reasons; len(got) != 2 || got[1].Text != "Jane wrote: jane@example.org" || got[1].Doing != "revoke" {
		t.Errorf("the reasons are %+v", got)
	}
	for _, c := range []Command{Revoke{Reason: "x"}, Expire{}, Change{Terms: terms(), Values: values()}} {
		if err := b.do(c, now.Add(3*time.Hour), as(people.Lead, "")); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("%T of a revoked one: %v, want ErrConflict", c, err)
		}
	}
	b.must(Erase{Ground: OnRequest}, now.Add(4*time.Hour), as(people.Lead, ""))
	if !b.record.Values.Erased() || b.record.Standing(now.Add(9*time.Hour)) != Gone || len(b.record.Values.Images) != 1 {
		t.Errorf("erased it is %+v", b.record)
	}
	b.must(Erase{Ground: OnRequest}, now.Add(5*time.Hour), as(people.Lead, ""))
	if len(b.entries) != 4 {
		t.Errorf("erasing twice gives %d entries, want 4", len(b.entries))
	}
}

// TestEventsHoldNoValue: whatever is written, no entry has a part of it, and
// each digest is different under another salt.
func TestEventsHoldNoValue(t *testing.T) {
	b := given(t)
	b.must(Expire{Until: now.Add(time.Hour), Reason: "Jane Doe phoned"}, now, as(people.Lead, ""))
	b.must(Revoke{Reason: "Jane Doe phoned again"}, now, as(people.Lead, ""))
	var all string
	for _, e := range b.entries {
		all += strings.ToLower(string(e.Text))
	}
	for _, secret := range []string{"jane", "doe", "example.org", "studio", "fair", "4711", "mr-jane", "catalogue", strings.Repeat("ab", 32), strings.Repeat("cd", 32), "phoned"} {
		if strings.Contains(all, secret) {
			t.Errorf("the journal holds %q: %s", secret, all)
		}
	}
	digests := b.record.Digests
	for _, field := range []string{"name", "aliases", "contact", "controller", "evidenceLink", "evidenceSHA256", "note", "external", "releases", "paths", "images"} {
		if len(digests[field]) != 64 {
			t.Errorf("the digest of %s is %q", field, digests[field])
		}
	}
	other := values()
	other.Salt = salt(8)
	for field, d := range other.Digests() {
		if d == digests[field] {
			t.Errorf("%s has the same digest under another salt", field)
		}
	}
	if again := values(); again.Digests()["name"] != digests["name"] {
		t.Error("the digest of the name cannot be proven with the salt")
	}
	text, err := json.Marshal(b.record.State)
	if err != nil || strings.Contains(strings.ToLower(string(text)), "jane") {
		t.Errorf("the state is %s, %v", text, err)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	writers := map[people.Actor]bool{
		as(people.Lead, ""): true, as(people.Administrator, ""): true, as(people.Board, people.Legal): true,
		as(people.Board, people.Brand): false, as(people.Viewer, ""): false, as(people.Responder, ""): false, as(people.Watcher, ""): false,
		people.Monitor(): false, {}: false,
	}
	for by, may := range writers {
		for _, c := range []Command{
			Give{ID: "C-2026-11-26-02", Terms: terms(), Values: values()}, Revoke{Reason: "x"}, Expire{}, Erase{Ground: OnRequest}, Change{Terms: terms(), Values: values(), Reason: "x"},
		} {
			b := given(t)
			if _, giving := c.(Give); giving {
				b = &book{t: t}
			}
			if err := b.do(c, now, by); may != (err == nil) || !may && !errors.Is(err, journal.ErrForbidden) {
				t.Errorf("%T by %+v: %v, want it allowed: %v", c, by, err, may)
			}
		}
	}
	b := given(t)
	if err := b.do(Warn{}, now.Add(59*24*time.Hour), as(people.Administrator, "")); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a person warns: %v", err)
	}
}

// TestRefusalNamesWhoMay: a refusal names one's own role, where it is known, and just the roles that may.
func TestRefusalNamesWhoMay(t *testing.T) {
	for by, want := range map[people.Actor]string{
		as(people.Responder, ""):        "keep the register of consents: the role responder may not do this; these may: lead, board (legal), administrator",
		as(people.Board, people.Brand):  "keep the register of consents: the role board (brand) may not do this; these may: lead, board (legal), administrator",
		{ID: "somebody behind a token"}: "keep the register of consents: the role of this account may not do this; these may: lead, board (legal), administrator",
	} {
		err := Keeps(by)
		if !errors.Is(err, journal.ErrForbidden) || journal.Sentence(err) != want {
			t.Errorf("%+v: %v, want %q of kind forbidden", by, err, want)
		}
		if said, known := phrase.Error(phrase.French, err); !known || !strings.Contains(said, "lead, board (legal), administrator") {
			t.Errorf("%+v: in French %q, want the roles", by, said)
		}
	}
}

func TestWarnsOnceForEachEnd(t *testing.T) {
	b := given(t)
	at := func(days int) time.Time { return now.Add(time.Duration(days) * 24 * time.Hour) }
	b.must(Warn{}, at(29), people.Monitor())
	if len(b.effects) != 0 || b.record.Standing(at(29)) != Valid {
		t.Fatalf("31 days ahead: %d effects, %s", len(b.effects), b.record.Standing(at(29)))
	}
	for range 3 {
		b.must(Warn{}, at(30), people.Monitor())
	}
	if len(b.effects) != 1 || b.effects[0].Kind != EffectTell || b.record.Standing(at(30)) != Expiring || !b.record.WarnAt().IsZero() {
		t.Fatalf("30 days ahead: %+v", b.effects)
	}
	longer := b.record.Terms
	longer.ValidUntil = at(400)
	b.must(Change{Terms: longer, Values: b.record.Values}, at(31), as(people.Lead, ""))
	b.must(Warn{}, at(375), people.Monitor())
	if len(b.effects) != 2 || b.effects[0].Key == b.effects[1].Key {
		t.Errorf("prolonged and near its end again: %+v", b.effects)
	}
	late := given(t)
	late.must(Warn{}, at(61), people.Monitor())
	if len(late.entries) != 1 || late.record.Standing(at(61)) != Expired {
		t.Errorf("after its end it is told of: %d entries", len(late.entries))
	}
}

func TestRefusesWhatIsNoConsent(t *testing.T) {
	for name, change := range map[string]func(*Terms, *Values){
		"no subject":           func(m *Terms, _ *Values) { m.Subject = "" },
		"a name as subject":    func(m *Terms, _ *Values) { m.Subject = "Jane" },
		"no use":               func(m *Terms, _ *Values) { m.Uses = nil },
		"a name as use":        func(m *Terms, _ *Values) { m.Uses = []string{"for Jane Doe"} },
		"no channel":           func(m *Terms, _ *Values) { m.Channels = []string{" "} },
		"territory":            func(m *Terms, _ *Values) { m.Territories = []string{"France"} },
		"level":                func(m *Terms, _ *Values) { m.Level = "some" },
		"AI":                   func(m *Terms, _ *Values) { m.AI = "maybe" },
		"age":                  func(m *Terms, _ *Values) { m.Age = "12" },
		"notice":               func(m *Terms, _ *Values) { m.Notice = "the one for Jane" },
		"method":               func(m *Terms, _ *Values) { m.Method = "By hand" },
		"ends before":          func(m *Terms, _ *Values) { m.ValidUntil = m.GivenAt },
		"given tomorrow":       func(m *Terms, _ *Values) { m.GivenAt = now.Add(48 * time.Hour) },
		"no salt":              func(_ *Terms, v *Values) { v.Salt = nil },
		"evidence digest":      func(_ *Terms, v *Values) { v.EvidenceSHA256 = "abc" },
		"image digest":         func(_ *Terms, v *Values) { v.Images = []string{"abc"} },
		"two lines of name":    func(_ *Terms, v *Values) { v.Name = "Jane\nDoe" },
		"a name of no UTF-8":   func(_ *Terms, v *Values) { v.Name = "\xff" },
		"a long name":          func(_ *Terms, v *Values) { v.Name = strings.Repeat("x", maxValue+1) },
		"pattern":              func(_ *Terms, v *Values) { v.Paths = []Place{{"catalogue", "[a"}} },
		"neither who nor what": func(_ *Terms, v *Values) { *v = Values{Salt: salt(1), Note: "x"} },
	} {
		m, v := terms(), values()
		change(&m, &v)
		b := &book{t: t}
		err := b.do(Give{ID: "C-1", Terms: m, Values: v}, now, as(people.Lead, ""))
		if !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "jane@") || strings.Contains(err.Error(), "Studio")) {
			t.Errorf("%s: the error tells a value: %v", name, err)
		}
	}
	b := given(t)
	for name, c := range map[string]Command{
		"revoke without a reason":   Revoke{Reason: " "},
		"revoke before it is given": Revoke{Reason: "x", Since: now.Add(-72 * time.Hour)},
		"erase without a ground":    Erase{},
		"expire before it begins":   Expire{Until: now.Add(-72 * time.Hour)},
	} {
		if err := b.do(c, now, as(people.Lead, "")); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	if err := b.do(Expire{Until: now.Add(90 * 24 * time.Hour)}, now, as(people.Lead, "")); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("expire later than it ends: %v, want ErrConflict", err)
	}
	if err := (&book{t: t}).do(Revoke{Reason: "x"}, now, as(people.Lead, "")); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("revoke none: %v, want ErrNotFound", err)
	}
}

// TestRefusedInFrench says to the keeper of the register why a command is refused.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	b := given(t)
	refused := func(c Command, want string) {
		t.Helper()
		err := b.do(c, now, as(people.Lead, ""))
		if said, known := phrase.Error(phrase.French, err); !known || !strings.HasPrefix(said, want) {
			t.Errorf("%T: %q, want %q", c, said, want)
		}
	}
	id := b.record.ID
	refused(Revoke{Reason: " "}, "révoquer "+id+" : dites pourquoi en quelques mots")
	refused(Expire{Until: now.Add(-72 * time.Hour)}, "faire expirer "+id+" : il ne commence que le ")
	refused(Erase{}, "effacer "+id+" : motif \"\" : prenez un de ceux-ci : [")
	b.must(Revoke{Reason: "x"}, now, as(people.Lead, ""))
	refused(Expire{}, "faire expirer "+id+" : il est révoqué ; un nouvel accord est une nouvelle fiche")
}

func (b *book) keeper() people.Actor { return as(people.Lead, "") }
