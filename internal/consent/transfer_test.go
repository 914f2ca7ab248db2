package consent

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// varied are records of every sort, with values that are hard to write.
func varied(t *testing.T) []Record {
	t.Helper()
	return records(t,
		plainly,
		func(m *Terms, v *Values) []Command {
			m.Kind, m.Level, m.Type, m.AI, m.ValidUntil = Property, Unlimited, Explicit, AIAllowed, time.Time{}
			v.Name, v.Note, v.Contact = `=HYPERLINK("http://evil.example";"x")`, "one,\ntwo; \"three\" | four", "'+33 6 12 34 56 78"
			return []Command{Revoke{Reason: "=cmd()"}}
		},
		func(m *Terms, v *Values) []Command {
			m.Age, m.Guardian, m.Language, m.Uses = AgeUnder14, "S-99999999", "fr-FR", []string{"press", "social/stories"}
			v.GuardianName, v.GuardianContact, v.External = "Doe, John", "@john", "-1"
			return nil
		},
		func(m *Terms, _ *Values) []Command { m.Level = Refused; return nil },
		func(*Terms, *Values) []Command { return []Command{Erase{OnRequest}} },
	)
}

func drafts(records []Record) []Draft {
	list := make([]Draft, len(records))
	for i, r := range records {
		list[i] = DraftOf(r)
	}
	return list
}

func TestCSVComesBack(t *testing.T) {
	list := varied(t)
	var b bytes.Buffer
	if err := WriteCSV(&b, list); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCSV(b.Bytes())
	if err != nil || !reflect.DeepEqual(got, drafts(list)) {
		t.Errorf("what was written comes back as\n%+v, %v; want\n%+v", got, err, drafts(list))
	}
	rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
	if err != nil || len(rows) != len(list)+1 || !strings.HasSuffix(b.String(), "\r\n") {
		t.Fatalf("%d rows, %v; want RFC 4180", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	if strings.Contains(b.String(), "salt") || strings.Contains(b.String(), "cmd()") {
		t.Error("the table holds a salt or a reason")
	}
}

func TestCSVOfOthers(t *testing.T) {
	text := "\ufeffName;Channels;valid_until;uses;territories\r\nJane Doe;web|print;2027-01-31;press;FR\r\n"
	got, err := ReadCSV([]byte(text))
	if err != nil || len(got) != 1 || got[0].Name != "Jane Doe" || len(got[0].Channels) != 2 || !got[0].ValidUntil.Equal(time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("ReadCSV = %+v, %v; want the whole last day in it", got, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "a column nobody knows": "name,shoe_size\nx,44\n", "a column twice": "name,name\nx,y\n", "a day": "name,valid_until\nx,31.1.2027\n",
		"a path": "name,paths\nx,summer\n", "an open quote": "name\n\"x\n", "too many cells": "name\nx,y\n",
	} {
		if got, err := ReadCSV([]byte(text)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %+v, %v; want ErrInvalid", name, got, err)
		}
	}
	if _, err := ReadCSV(make([]byte, MaxImport+1)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("too much: %v", err)
	}
	if _, err := ReadCSV([]byte("name\n" + strings.Repeat("x\n", MaxRecords+1))); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("too many: %v", err)
	}
}

// TestColumnsAreToldAndWritten: whoever misspells a column learns the names of all, in both languages, and so does a reader
// of the documentation.
func TestColumnsAreToldAndWritten(t *testing.T) {
	_, err := ReadCSV([]byte("name,use\nx,press\n"))
	if !errors.Is(err, journal.ErrInvalid) {
		t.Fatalf("the column use: %v, want ErrInvalid", err)
	}
	french, known := phrase.Error(phrase.French, err)
	if !known || !strings.Contains(err.Error(), `column "use" is not known`) {
		t.Errorf("the column use: %v, in French %q", err, french)
	}
	guide, err2 := os.ReadFile("../../docs/consent.md")
	if err2 != nil {
		t.Fatal(err2)
	}
	if len(Columns()) < 30 {
		t.Errorf("%d columns: %v", len(Columns()), Columns())
	}
	for _, name := range Columns() {
		for where, text := range map[string]string{"the error": err.Error() + ",", "the French error": french + ":", "docs/consent.md": string(guide)} {
			if !strings.Contains(text, " "+name) && !strings.Contains(text, "`"+name+"`") {
				t.Errorf("%s does not name the column %s", where, name)
			}
		}
	}
}

func TestJSONComesBack(t *testing.T) {
	list := varied(t)
	var b bytes.Buffer
	if err := WriteJSON(&b, list, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	got, err := ReadJSON(b.Bytes())
	if err != nil || !reflect.DeepEqual(got, drafts(list)) {
		t.Errorf("what was written comes back as\n%+v, %v; want\n%+v", got, err, drafts(list))
	}
	if strings.Contains(b.String(), "cmd()") || strings.Contains(b.String(), `"salt"`) {
		t.Error("the records hold a salt or a reason")
	}
	var raw []map[string]any
	if err := json.Unmarshal(b.Bytes(), &raw); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"schema_version", "record_id", "pii_principal_id", "pii_processing", "party_identification", "event"} {
		if raw[0][field] == nil {
			t.Errorf("a record has no %s", field)
		}
	}
	for _, want := range []string{
		`"lawful_basis": "dpv:ExpressedConsent"`, `"purpose_type": "dpv:Advertising"`, `"event_state": "dpv:ConsentWithdrawn"`, `"event_state": "dpv:ConsentRefused"`,
		`"event_state": "dpv:ConsentInvalidated"`, `"party_role": "dpv:GuardianOfDataSubject"`, `"validity_duration": "P61D"`,
		`"ModelReleaseStatus": "MR-LMR"`, `"PropertyReleaseStatus": "PR-UPR"`, `"MinorModelAgeDisclosure": "AG-U14"`, `"DataMining": "DMI-ALLOWED"`, `"ModelReleaseID"`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the records do not say %s", want)
		}
	}
}

// TestJSONOfOthers reads the fields of the standard where ours are not there.
func TestJSONOfOthers(t *testing.T) {
	list := varied(t)[:3]
	var b bytes.Buffer
	if err := WriteJSON(&b, list, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	var raw []map[string]any
	if err := json.Unmarshal(b.Bytes(), &raw); err != nil {
		t.Fatal(err)
	}
	for _, r := range raw {
		delete(r, "safelight")
		r["record_id"] = "other-1"
	}
	text, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadJSON(text)
	if err != nil || len(got) != 3 {
		t.Fatalf("ReadJSON = %+v, %v", got, err)
	}
	if d := got[0]; d.External != "other-1" || d.Name != "Jane Doe" || d.Subject != jane || d.Level != Limited || !d.ValidUntil.Equal(list[0].ValidUntil) ||
		!reflect.DeepEqual(d.Channels, list[0].Channels) || !reflect.DeepEqual(d.Releases, []string{"MR-JANE-1"}) || d.Controller != "Studio Martin" {
		t.Errorf("the first is %+v", d)
	}
	if d := got[1]; d.Kind != Property || d.RevokedSince.IsZero() {
		t.Errorf("the second is %+v, want a property that is revoked", d)
	}
	if d := got[2]; d.GuardianName != "Doe, John" || d.Age != AgeUnder14 {
		t.Errorf("the third is %+v, want a minor with a guardian", d)
	}
	for name, text := range map[string]string{
		"nothing": "", "no records": `"x"`, "no event": `[{"record_id":"1"}]`, "asked only": `{"event":[{"event_time":"2026-01-01T00:00:00Z","event_state":"dpv:ConsentRequested"}]}`,
		"a month": `{"event":[{"event_time":"2026-01-01T00:00:00Z","event_state":"dpv:ConsentGiven","validity_duration":"P1M"}]}`,
	} {
		if got, err := ReadJSON([]byte(text)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %+v, %v; want ErrInvalid", name, got, err)
		}
	}
}

func TestTrail(t *testing.T) {
	b := given(t)
	changed := b.record.Terms
	changed.Channels = []string{"web"}
	values := b.record.Values
	values.Contact, values.Note = "new@example.org", ""
	b.must(Change{Terms: changed, Values: values, Reason: "moved"}, now.Add(time.Hour), b.keeper())
	b.must(Erase{OnRequest}, now.Add(2*time.Hour), b.keeper())
	steps, err := Trail(b.entries)
	if err != nil || len(steps) != 3 {
		t.Fatalf("Trail = %+v, %v", steps, err)
	}
	if got := strings.Join(steps[1].Fields, " "); got != "channels contact note" {
		t.Errorf("the change names %q, want channels, contact, note", got)
	}
	if s := steps[2]; s.Ground != OnRequest || s.Type != TypeErased || s.By != "p-lead" || len(s.Hash) != 64 {
		t.Errorf("the last step is %+v", s)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("name,channels,uses,territories\nJane,web,press,FR\n"))
	f.Add([]byte("\ufeffname;paths\r\n'=x;a:b/|c:d\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ReadCSV(text)
		if err != nil && !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) {
			t.Fatalf("ReadCSV(%q) = %v", text, err)
		}
		for _, d := range got {
			if Rearm(Disarm(d.Name)) != d.Name {
				t.Fatalf("%q comes back as %q", d.Name, Rearm(Disarm(d.Name)))
			}
		}
	})
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`[{"record_id":"1","event":[{"event_time":"2026-01-01T00:00:00Z","event_state":"dpv:ConsentGiven","validity_duration":"P30D"}]}]`))
	f.Add([]byte(`{"safelight":{"name":"x"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := ReadJSON(text); err != nil && !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) {
			t.Fatalf("ReadJSON(%q) = %v", text, err)
		}
	})
}
