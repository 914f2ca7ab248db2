package journal

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

var night = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

type sample struct {
	Name  string  `json:"name"`
	Worst float64 `json:"worst"`
	Count int     `json:"count"`
}

func sampleDraft(n int) Draft {
	return Draft{
		Stream: "PM-2025-09-27-01", Type: "incident.opened", Version: 1, Actor: "monitor",
		OccurredAt: night.Add(time.Duration(n) * time.Minute), Data: sample{"Dérive « marque »", 5.25, n},
	}
}

func mustSeal(t testing.TB, d Draft, prev Head) Entry {
	t.Helper()
	e, err := Seal(d, prev, night.Add(time.Hour))
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	return e
}

// chain gives n entries that follow each other.
func chain(t testing.TB, n int) []Entry {
	t.Helper()
	var head Head
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = mustSeal(t, sampleDraft(i), head)
		head = Head{Size: entries[i].Seq, Hash: entries[i].Hash}
	}
	return entries
}

// TestStoredForm pins the bytes: changing them would break every journal.
func TestStoredForm(t *testing.T) {
	t.Parallel()
	e := mustSeal(t, sampleDraft(4200), Head{})
	text := `{"actor":"monitor","data":{"count":4200,"name":"Dérive « marque »","worst":5.25},` +
		`"occurredAt":"2025-09-30T02:12:00.000Z","prev":"` + strings.Repeat("0", 64) + `",` +
		`"recordedAt":"2025-09-27T05:12:00.000Z","seq":1,"stream":"PM-2025-09-27-01","type":"incident.opened","version":1}`
	if string(e.Text) != text {
		t.Errorf("stored text =\n%s, want\n%s", e.Text, text)
	}
	const hash = "59d9d51906563fe109272c4bc50dbc836a96773a27def4d8d6f51cb0ce8fb2ba"
	if e.Hash.String() != hash {
		t.Errorf("hash = %s, want %s", e.Hash, hash)
	}
	if want := `{"entry":` + text + `,"hash":"` + hash + "\"}\n"; string(e.Line()) != want {
		t.Errorf("line = %s, want %s", e.Line(), want)
	}
}

func TestSealParse(t *testing.T) {
	t.Parallel()
	d := sampleDraft(3)
	d.OccurredAt = time.Date(2025, 9, 27, 6, 12, 0, 123_456_789, time.FixedZone("CEST", 7200))
	e := mustSeal(t, d, Head{Size: 41, Hash: Hash{1, 2, 3}})
	if e.Seq != 42 || e.Prev != (Hash{1, 2, 3}) || e.Stream != d.Stream || e.Type != d.Type || e.Version != 1 || e.Actor != d.Actor {
		t.Errorf("Seal = %+v, want the fields of %+v after entry 41", e, d)
	}
	if want := night.Add(123 * time.Millisecond); e.OccurredAt != want {
		t.Errorf("occurredAt = %v, want %v: UTC, cut to milliseconds", e.OccurredAt, want)
	}
	again, err := Parse(e.Text)
	if err != nil || again.Hash != e.Hash || string(again.Data) != string(e.Data) {
		t.Errorf("Parse = %+v, %v; want %+v", again, err, e)
	}
	got, err := Decode[sample](again)
	if err != nil || got != d.Data {
		t.Errorf("Decode = %+v, %v; want %+v", got, err, d.Data)
	}
	if _, err := Decode[[]int](again); !errors.Is(err, ErrInvalid) {
		t.Errorf("Decode into another type = %v, want ErrInvalid", err)
	}
}

// TestParseKeepsNothing: the entry does not change with the caller's buffer.
func TestParseKeepsNothing(t *testing.T) {
	t.Parallel()
	text := append([]byte(nil), mustSeal(t, sampleDraft(1), Head{}).Text...)
	e, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	clear(text)
	if string(e.Text) != want || !strings.Contains(want, string(e.Data)) {
		t.Errorf("entry = %s with data %s, want %s", e.Text, e.Data, want)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Draft){
		"no stream":       func(d *Draft) { d.Stream = "" },
		"stream no UTF-8": func(d *Draft) { d.Stream = "PM-\xff" },
		"actor no UTF-8":  func(d *Draft) { d.Actor = "\xff" },
		"no type":         func(d *Draft) { d.Type = "" },
		"no actor":        func(d *Draft) { d.Actor = "" },
		"version 0":       func(d *Draft) { d.Version = 0 },
		"no data":         func(d *Draft) { d.Data = nil },
		"data a list":     func(d *Draft) { d.Data = []int{1} },
		"data a text":     func(d *Draft) { d.Data = "x" },
		"year 10000":      func(d *Draft) { d.OccurredAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"year -1":         func(d *Draft) { d.OccurredAt = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		d := sampleDraft(1)
		change(&d)
		if e, err := Seal(d, Head{}, night); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: Seal = %s, %v; want ErrInvalid", name, e.Text, err)
		}
	}
	d := sampleDraft(1)
	d.Data = sample{Name: strings.Repeat("x", MaxEntry)}
	if _, err := Seal(d, Head{}, night); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large event: %v, want ErrTooLarge", err)
	}
}

// TestLargest: an entry of exactly the limit can be sealed and exported.
func TestLargest(t *testing.T) {
	t.Parallel()
	d := sampleDraft(1)
	size := func(n int) Draft { d.Data = sample{Name: strings.Repeat("x", n)}; return d }
	fixed := len(mustSeal(t, size(0), Head{}).Text)
	e := mustSeal(t, size(MaxEntry-fixed), Head{})
	if len(e.Text) != MaxEntry {
		t.Fatalf("the entry has %d bytes, want %d", len(e.Text), MaxEntry)
	}
	if _, err := VerifyExport(strings.NewReader(string(e.Line()))); err != nil {
		t.Errorf("VerifyExport of the largest entry: %v", err)
	}
	if _, err := Seal(size(MaxEntry-fixed+1), Head{}, night); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more: %v, want ErrTooLarge", err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	good := string(mustSeal(t, sampleDraft(1), Head{}).Text)
	for name, edit := range map[string][2]string{
		"white space":      {`{"actor"`, `{ "actor"`},
		"key case":         {`"actor"`, `"Actor"`},
		"unknown key":      {`{"actor"`, `{"aaa":1,"actor"`},
		"key missing":      {`"type":"incident.opened",`, ``},
		"key twice":        {`"seq":1,`, `"seq":1,"seq":1,`},
		"data key twice":   {`"count":1,`, `"count":1,"count":1,`},
		"data keys swap":   {`"count":1,"name":"Dérive « marque »"`, `"name":"Dérive « marque »","count":1`},
		"number form":      {`5.25`, `5.250`},
		"escape":           {`incident`, `\u0069ncident`},
		"seq 0":            {`"seq":1`, `"seq":0`},
		"seq a fraction":   {`"seq":1`, `"seq":1.5`},
		"seq negative":     {`"seq":1`, `"seq":-1`},
		"upper-case hash":  {strings.Repeat("0", 64), strings.Repeat("A", 64)},
		"short hash":       {strings.Repeat("0", 64), strings.Repeat("0", 62)},
		"time zone":        {`05:12:00.000Z`, `05:12:00.000+00:00`},
		"microseconds":     {`05:12:00.000Z`, `05:12:00.000000Z`},
		"no such day":      {`2025-09-27T05`, `2025-02-30T05`},
		"data null":        {`{"count":1,"name":"Dérive « marque »","worst":5.25}`, `null`},
		"text after":       {`"version":1}`, `"version":1} `},
		"value after":      {`"version":1}`, `"version":1}{}`},
		"bracket after":    {`"version":1}`, `"version":1}]`},
		"lone surrogate":   {`monitor`, `\ud800`},
		"text cut":         {`"version":1}`, `"version":1`},
		"no UTF-8":         {`monitor`, "\xff"},
		"data no UTF-8":    {`marque`, "\xff"},
		"replacement char": {`monitor`, "\\ufffd"},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		if bad == good {
			t.Fatalf("%s: the edit changes nothing", name)
		}
		if e, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%s: Parse(%s) = %+v, want an error", name, bad, e)
		}
	}
	for _, bad := range []string{"", "null", "[]", "{}", "1", strings.Repeat("[", 100_000)} {
		if _, err := Parse([]byte(bad)); !errors.Is(err, ErrInvalid) {
			t.Errorf("Parse(%.20q) = %v, want ErrInvalid", bad, err)
		}
	}
	if _, err := Parse([]byte(strings.Repeat(" ", MaxEntry+1))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Parse of too much = %v, want ErrTooLarge", err)
	}
}

func TestParseHash(t *testing.T) {
	t.Parallel()
	h := Hash{0xab, 31: 0xcd}
	if got, err := ParseHash(h.String()); err != nil || got != h {
		t.Errorf("ParseHash(%s) = %s, %v", h, got, err)
	}
	for _, bad := range []string{"", "00", strings.ToUpper(h.String()), h.String() + "00", h.String()[1:] + "g", " " + h.String()[1:]} {
		if _, err := ParseHash(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("ParseHash(%q) = %v, want ErrInvalid", bad, err)
		}
	}
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	r, err := NewRegistry([]Type{{"incident.opened", 1}, {"incident.status-update", 3}}, nil, []Type{{"kpi.reviewed", 2}})
	if err != nil {
		t.Fatalf("NewRegistry: %v", err)
	}
	for _, test := range []struct {
		name    string
		version int
		ok      bool
	}{
		{"incident.opened", 1, true}, {"incident.status-update", 3, true}, {"kpi.reviewed", 2, true},
		{"incident.opened", 2, false}, {"incident.status-update", 1, false}, {"kpi.opened", 1, false}, {"", 0, false},
	} {
		err := r.Check(Draft{Type: test.name, Version: test.version})
		if (err == nil) != test.ok || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("Check(%q version %d) = %v, want it declared: %v", test.name, test.version, err, test.ok)
		}
	}
	for _, bad := range []Type{{"opened", 1}, {"Incident.opened", 1}, {"incident.", 1}, {".opened", 1}, {"incident.opened ", 1}, {"a.b.c", 1}, {"incident.opened", 0}} {
		if _, err := NewRegistry([]Type{bad}); !errors.Is(err, ErrInvalid) {
			t.Errorf("NewRegistry(%+v) = %v, want ErrInvalid", bad, err)
		}
	}
	if _, err := NewRegistry([]Type{{"a.b", 1}}, []Type{{"a.b", 2}}); !errors.Is(err, ErrConflict) {
		t.Errorf("a type declared twice = %v, want ErrConflict", err)
	}
}

func TestChangeAdd(t *testing.T) {
	t.Parallel()
	c := Change{Events: []Draft{sampleDraft(1)}}
	c.Add(Change{Events: []Draft{sampleDraft(2)}, Effects: []Effect{{Key: "k"}}})
	if len(c.Events) != 2 || c.Events[1].Data.(sample).Count != 2 || len(c.Effects) != 1 {
		t.Errorf("Add = %+v", c)
	}
}

// FuzzParse: whatever is accepted is canonical, complete and seals to itself.
func FuzzParse(f *testing.F) {
	good := mustSeal(f, sampleDraft(1), Head{}).Text
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte(`{"actor":"","data":{},"occurredAt":"","prev":"","recordedAt":"","seq":1,"stream":"","type":"","version":1}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		if string(e.Text) != string(text) {
			t.Fatalf("Parse(%q) keeps %q", text, e.Text)
		}
		again, err := Seal(Draft{
			Stream: e.Stream, Type: e.Type, Version: e.Version, OccurredAt: e.OccurredAt, Actor: e.Actor, Data: json.RawMessage(e.Data),
		}, Head{Size: e.Seq - 1, Hash: e.Prev}, e.RecordedAt)
		if err != nil || again.Hash != e.Hash {
			t.Fatalf("%q seals again to %q, %v", text, again.Text, err)
		}
	})
}

// TestCanonicalEnvelope: the envelope that is written field by field is the canonical JSON of its fields.
func TestCanonicalEnvelope(t *testing.T) {
	t.Parallel()
	for _, s := range []stored{
		{},
		{Actor: "p\"1\\", Data: json.RawMessage(` { "b" : 1.50 , "a" : ["\u00e9<&>", null, true] } `), Prev: "x", Seq: 1<<53 - 1, Stream: "é\n\u2028", Type: "a.b", Version: 3},
		{Data: json.RawMessage(`null`), OccurredAt: "\x00", RecordedAt: "🙂", Seq: -1},
	} {
		want, err := Canonical(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.canonical(); err != nil || string(got) != string(want) {
			t.Errorf("canonical of %+v = %s, %v; want %s", s, got, err, want)
		}
	}
	for _, s := range []stored{{Seq: 1<<53 + 1}, {Data: json.RawMessage(`{} {}`)}, {Data: json.RawMessage(`{`)}} {
		if got, err := s.canonical(); err == nil {
			t.Errorf("canonical of %+v = %s, want an error", s, got)
		}
	}
}
