package postmortem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func sentence(k phrase.Key, args ...any) phrase.Sentence { return phrase.Of(k, args...) }

func parseLang(tag string) phrase.Lang { return phrase.Parse(tag) }

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// templateOnly keeps the sections of the design's template.
func templateOnly(d Document) Document {
	d.Sections = slices.DeleteFunc(slices.Clone(d.Sections), func(s Section) bool {
		return !slices.Contains([]Field{FieldTitle, FieldContext, FieldTimeline, FieldRCA, FieldActions, FieldLessons}, s.Field)
	})
	return d
}

func TestReferenceParsesCompletelyAndRendersBack(t *testing.T) {
	t.Parallel()
	for name, lang := range map[string]phrase.Lang{"reference.md": phrase.French, "reference.en.md": phrase.English} {
		src := read(t, name)
		d, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Markdown(d.Lang); !bytes.Equal(got, src) {
			t.Errorf("%s renders as\n%s", name, got)
		}
		if d.Lang != lang || d.ID != id || len(d.Sections) != 6 {
			t.Errorf("%s: lang %s, id %s, %d sections; want %s, %s, 6", name, d.Lang, d.ID, len(d.Sections), lang, id)
		}
		for _, s := range d.Sections {
			if s.Markdown != "" {
				t.Errorf("%s: %q stays verbatim", name, s.Markdown)
			}
		}
		if len(d.Timeline) != 3 || len(d.Actions) != 2 || len(d.Lessons) != 2 || len(d.RCA.Contributing) != 2 || len(d.Context.Stakeholders) != 3 {
			t.Errorf("%s: fields are not complete: %+v", name, d)
		}
		if a := d.Actions[0]; a.Due != "2025-10-01" || a.Done || !strings.HasSuffix(a.Text, "`scripts/validate-lut.mjs`") {
			t.Errorf("%s: first action = %+v", name, a)
		}
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDraftOfTheReferenceNightIsTheReference(t *testing.T) {
	t.Parallel()
	w := analysed(t)
	d := templateOnly(w.draft("fr"))
	if got, want := string(d.Markdown("fr")), string(read(t, "reference.md")); got != want {
		t.Errorf("draft:\n%s\nwant:\n%s", got, want)
	}
	// What people wrote is not translated; all else is.
	want := strings.NewReplacer(
		"Add a ΔE validation to `scripts", "Ajouter une validation ΔE dans `scripts",
		"Extend CODEOWNERS to demand a brand approver", "Étendre CODEOWNERS pour exiger un approbateur marque",
		"Document the review steps", "Documenter les étapes de revue", "Update the on-call runbook", "Mettre à jour le runbook d’astreinte",
	).Replace(string(read(t, "reference.en.md")))
	if got := string(d.Markdown("en")); got != want {
		t.Errorf("the French draft in English:\n%s\nwant:\n%s", got, want)
	}
	if got := string(templateOnly(w.draft("en")).Markdown("en")); got != want {
		t.Errorf("the English draft:\n%s\nwant:\n%s", got, want)
	}
}

// full is a draft with every section, sealed.
func full(t testing.TB, lang string) Document {
	t.Helper()
	w := analysed(t)
	d := w.draft(lang)
	w.do(lead, SaveDraft{Document: d})
	w.do(lead, Submit{SHA256: w.pm.SHA256})
	w.do(brand, Approve{w.pm.SHA256})
	w.do(sre, Approve{w.pm.SHA256})
	head := journal.Head{Size: int64(len(w.entries)), Hash: w.entries[len(w.entries)-1].Hash}
	sealed, err := Seal(d, SealInput{Checklist: ChecklistAtPublication(w.inc, w.pm, actions(), w.now), Approvals: w.pm.Approvals, Revision: w.pm.Revision, SHA256: w.pm.SHA256, Head: head})
	if err != nil {
		w.t.Fatal(err)
	}
	return sealed
}

func TestFullDraftGolden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, out string }{{"fr", "fr"}, {"fr", "en"}, {"en", "en"}} {
		name := "draft." + c.in + "." + c.out + ".md"
		got := full(t, c.in).Markdown(phrase.Lang(c.out))
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile("testdata/"+name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := read(t, name); !bytes.Equal(got, want) {
			t.Errorf("%s differs; got\n%s", name, got)
		}
	}
}

func TestFullDraftSurvivesMarkdownAndJSON(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"fr", "en"} {
		d := full(t, lang)
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", lang, err)
		}
		md := d.Markdown(d.Lang)
		again, err := Parse(md)
		if err != nil {
			t.Fatal(err)
		}
		if want := d.carried(); !reflect.DeepEqual(again, want) {
			t.Errorf("%s: section %s differs after reading the Markdown", lang, differing(want, again))
		}
		if got := again.Inherit(d); !reflect.DeepEqual(got, d) {
			t.Errorf("%s: inheriting the sentences from the draft does not give the draft back", lang)
		}
		checkJSON(t, d)
	}
}

// checkJSON demands that JSON gives the document, its Markdown and its hash back.
func checkJSON(t testing.TB, d Document) {
	t.Helper()
	b, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseJSON(b)
	if err != nil {
		t.Fatalf("read %s: %v", b, err)
	}
	if !reflect.DeepEqual(again, d) {
		t.Errorf("JSON gives another document back:\n%+v\nwant\n%+v", again, d)
	}
	if !bytes.Equal(again.Markdown(again.Lang), d.Markdown(d.Lang)) {
		t.Error("JSON gives another Markdown back")
	}
	if got, want := hash(t, again), hash(t, d); got != want {
		t.Errorf("JSON gives the hash %s back, want %s", got, want)
	}
}

func hash(t testing.TB, d Document) string {
	t.Helper()
	h, err := d.Hash()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHashCoversTheAuthoredPartOnly(t *testing.T) {
	t.Parallel()
	d := full(t, "fr")
	other := d
	other.Sealed = nil
	if hash(t, d) != hash(t, other) {
		t.Error("the sealed part changes the hash")
	}
	other.Lessons = append([]string{"autre"}, other.Lessons...)
	if hash(t, d) == hash(t, other) {
		t.Error("another lesson does not change the hash")
	}
}

func TestDocumentsFitTheSchema(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	docs := map[string]Document{"fr": full(t, "fr"), "en": full(t, "en"), "template": Template("fr"), "empty": mustParse(t, "")}
	docs["bare draft"] = newWorld(t, "S2").draft("en")
	docs["reference"] = mustParse(t, string(read(t, "reference.md")))
	docs["foreign"] = mustParse(t, "Status: x\r\n\r\n## Impact\nnone")
	for name, d := range docs {
		if err := fits(t, s, d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := full(t, "fr")
	bad.Causes = slices.Clone(bad.Causes)
	bad.Causes[0].Kind = "guilty"
	if fits(t, s, bad) == nil {
		t.Error("the schema accepts a cause of an unknown kind")
	}
	bad = full(t, "fr")
	bad.Lessons = []string{"two\nlines"}
	if fits(t, s, bad) == nil {
		t.Error("the schema accepts a lesson of two lines")
	}
}

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaID, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fits(t testing.TB, s *jsonschema.Schema, d Document) error {
	t.Helper()
	b, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func mustParse(t testing.TB, src string) Document {
	t.Helper()
	d, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestForeignTextStaysVerbatim(t *testing.T) {
	t.Parallel()
	ref := string(read(t, "reference.md"))
	for name, c := range map[string]struct {
		src    string
		fields int // sections read into fields, the title included
	}{
		"empty":                   {"", 0},
		"no final newline":        {strings.TrimSuffix(ref, "\n"), 5},
		"CRLF":                    {strings.ReplaceAll(ref, "\n", "\r\n"), 0},
		"blank lines":             {strings.ReplaceAll(ref, "\n## ", "\n\n## "), 6},
		"blank after heading":     {strings.Replace(ref, "## Contexte\n", "## Contexte\n\n", 1), 5},
		"foreign section":         {strings.Replace(ref, "## Timeline", "## Notes\nfree\n## Timeline", 1), 6},
		"section twice":           {ref + "## Contexte\n- Détecté : x\n- Sévérité :\n- Impact :\n- Parties prenantes :\n", 6},
		"heading in a fence":      {"```\n" + ref + "```\n", 0},
		"unclosed fence":          {ref + "~~~~\n## Lessons Learned\n```\n", 5},
		"unknown line in context": {strings.Replace(ref, "- Sévérité", "- Humeur : bonne\n- Sévérité", 1), 5},
		"order of lines":          {strings.Replace(ref, "- Sévérité : S1\n", "", 1), 5},
		"tab in a value":          {strings.Replace(ref, "S1", "S\t1", 1), 5},
		"pipe in a cell":          {strings.Replace(ref, "MonitorBot", `Monitor\|Bot`, 1), 6},
		"bare pipe in a cell":     {strings.Replace(ref, "MonitorBot", `Monitor|Bot`, 1), 5},
		"done action":             {strings.Replace(ref, "[ ] Ajouter", "[x] Ajouter", 1), 6},
		"upper case box":          {strings.Replace(ref, "[ ] Ajouter", "[X] Ajouter", 1), 5},
		"owner":                   {strings.Replace(ref, " — 2025-10-01", " — @zoé — 2025-10-01", 1), 6},
		"byte order mark":         {"\ufeff" + ref, 5},
	} {
		d := mustParse(t, c.src)
		if got := string(d.Markdown(d.Lang)); got != c.src {
			t.Errorf("%s: renders as %q, want %q", name, got, c.src)
		}
		n := 0
		for _, s := range d.Sections {
			if s.Field != "" {
				n++
			}
		}
		if n != c.fields {
			t.Errorf("%s: %d sections read into fields, want %d", name, n, c.fields)
		}
		checkJSON(t, d)
	}
	if d := mustParse(t, strings.Replace(ref, " — 2025-10-01", " — @zoé — 2025-10-01", 1)); d.Actions[0].Owner != "zoé" {
		t.Errorf("owner = %q, want zoé", d.Actions[0].Owner)
	}
}

func TestSealedPartIsReadOnlyAtTheEnd(t *testing.T) {
	t.Parallel()
	d := full(t, "fr")
	md := string(d.Markdown("fr"))
	if got := mustParse(t, md); got.Sealed == nil || got.Sealed.SHA256 != hash(t, d) {
		t.Errorf("sealed part = %+v, want the hash %s in it", got.Sealed, hash(t, d))
	}
	for name, src := range map[string]string{"text behind": md + "more\n", "cut": strings.TrimSuffix(md, "\n"), "CR": strings.TrimSuffix(md, "\n") + "\r\n"} {
		got := mustParse(t, src)
		if got.Sealed != nil {
			t.Errorf("%s: the sealed part was read", name)
		}
		if string(got.Markdown(got.Lang)) != src {
			t.Errorf("%s: does not render back", name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	if _, err := Parse(make([]byte, MaxMarkdown+1)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("too large a text: %v, want ErrTooLarge", err)
	}
	if _, err := Parse([]byte("# \xff")); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a text that is not UTF-8: %v, want ErrInvalid", err)
	}
	for _, src := range []string{
		"", "null x", `{"schema":"other","lang":"fr"}`, `{"schema":"` + SchemaID + `","lang":"de"}`,
		`{"schema":"` + SchemaID + `","lang":"fr","colour":1}`, `{"schema":"` + SchemaID + `","lang":"fr"}{}`,
		`{"schema":"` + SchemaID + `","lang":"fr","sections":[{"field":"mood"}]}`,
		`{"schema":"` + SchemaID + `","lang":"fr","sections":[{"field":"rca"},{"field":"rca"}]}`,
		`{"schema":"` + SchemaID + `","lang":"fr","sections":[{}]}`,
	} {
		if _, err := ParseJSON([]byte(src)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("ParseJSON(%s): %v, want ErrInvalid", src, err)
		}
	}
}

func TestValidateRefusesWhatMarkdownCannotCarry(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Document){
		"line break in a lesson": func(d *Document) { d.Lessons = []string{"a\nb"} },
		"date in an action":      func(d *Document) { d.Actions = []Action{{Text: "a — 2025-10-01"}} },
		"comma in a list":        func(d *Document) { d.Context.Stakeholders = []string{"a, b"} },
		"field without section":  func(d *Document) { d.Systemic = []Statement{{Text: "a"}} },
		"verbatim that is a field": func(d *Document) {
			d.Sections = append(slices.Clone(d.Sections), Section{Markdown: "## Causes systémiques\n- a\n"})
		},
		"open fence": func(d *Document) { d.Sections = append([]Section{{Markdown: "```\n"}}, d.Sections...) },
	} {
		d := Template("fr")
		spoil(&d)
		if err := d.Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	big := note(strings.Repeat("x", journal.MaxEntry))
	if err := big.Validate(); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a document larger than a journal entry: %v, want ErrTooLarge", err)
	}
}

// generated is how many documents TestGeneratedDocuments makes: SAFELIGHT_DOCUMENTS of them, or so many as take a second.
func generated(t *testing.T) uint64 {
	t.Helper()
	n, err := uint64(400), error(nil)
	if v := os.Getenv("SAFELIGHT_DOCUMENTS"); v != "" {
		n, err = strconv.ParseUint(v, 10, 32)
	}
	if err != nil {
		t.Fatalf("SAFELIGHT_DOCUMENTS: %v", err)
	}
	return n
}

// TestGeneratedDocuments reads back what random documents render to.
func TestGeneratedDocuments(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	for seed := range generated(t) {
		d := generate(rand.New(rand.NewPCG(seed, 1)))
		md := d.Markdown(d.Lang)
		again, err := ParseIn(md, d.Lang)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Markdown(again.Lang); !bytes.Equal(got, md) {
			t.Fatalf("seed %d: renders as %q, want %q", seed, got, md)
		}
		if !reflect.DeepEqual(again, d.carried()) {
			t.Fatalf("seed %d: section %s differs\n%+v\nwant\n%+v", seed, differing(d, again), again, d)
		}
		checkJSON(t, d)
		if err := fits(t, s, d); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// words are awkward on purpose, but within what a field may hold.
func words(r *rand.Rand) string {
	list := []string{"|", `\|`, `\`, "a", "é", "ΔE00", "`x`", "#", "\"", "<b>", "—", "@x", "- [ ]", ":", " :", "--- |", "**", "’", "=", "1,5", ";x", "，"}
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteString(list[r.IntN(len(list))])
	}
	return b.String()
}

func some[T any](r *rand.Rand, make func() T) []T {
	var list []T
	for range r.IntN(4) {
		list = append(list, make())
	}
	return list
}

// maybe makes a value or none.
func maybe[T any](r *rand.Rand, make func() T) *T {
	if r.IntN(2) == 0 {
		return nil
	}
	v := make()
	return &v
}

func generate(r *rand.Rand) Document {
	word := func() string { return words(r) }
	number := func() float64 { return float64(r.IntN(2_000_000)-1_000_000) / 1000 }
	count := func() int { return r.IntN(10_000_000) }
	d := Document{
		Schema: SchemaID, Lang: phrase.Langs()[r.IntN(2)], ID: fmt.Sprintf("PM-2025-01-01-%02d", r.IntN(200)),
		Context:  Context{Detected: word(), Severity: "S0", Impact: word(), Stakeholders: some(r, word)},
		Timeline: some(r, func() Row { return Row{Time: "04:12", Event: word(), Owner: word()} }),
		RCA:      RCA{Statement{Text: word()}, some(r, func() Statement { return Statement{Text: word()} })},
		Actions:  some(r, func() Action { return Action{r.IntN(2) == 0, "x" + word(), "zoé", "2025-10-01"} }),
		Lessons:  some(r, word),
		Systemic: some(r, func() Statement { return Statement{Text: word(), Say: &phrase.Sentence{Key: "cause.ci"}} }),
		Causes: some(r, func() CauseNode {
			return CauseNode{ID: fmt.Sprint("C", 1+r.IntN(9)), Kind: CauseKinds()[r.IntN(3)], Domain: Model, Text: word(), Evidence: some(r, word),
				Standing: append(Standings(), "")[r.IntN(6)]}
		}),
		Arrows: some(r, func() ArrowRow { return ArrowRow{"C2", "C1", some(r, word)} }),
		Whys: some(r, func() WhyFields {
			return WhyFields{count(), word(), word(), some(r, word), word(), append(Reaches(), "")[r.IntN(3)]}
		}),
		Tests: TestReport{
			some(r, func() HypothesisFields { return HypothesisFields{"H1", word(), "C1", word()} }),
			some(r, func() TestRow {
				return TestRow{"H1", word(), Results()[r.IntN(3)], some(r, func() Number { return Number{"n", number(), word()} }), some(r, word), word()}
			}),
			some(r, func() GapRow { return GapRow{"G1", "H1", word(), word(), word(), word()} }),
		},
		Evidence: some(r, func() EvidenceRow { return EvidenceRow{word(), LUT, int64(count()), sum, word(), word(), word()} }),
		Details:  some(r, func() ActionDetail { return ActionDetail{count(), word(), Data, "S", "M", word(), word()} }),
		Links:    some(r, func() LessonLink { return LessonLink{count(), word()} }),
		Barriers: some(r, func() Barrier { return Barrier{Text: word(), Guard: word(), Proof: word()} }),
		Impact: ImpactReport{Checked: count(), Affected: count(), MedianDelta: number(), WorstDelta: number(), WorstPath: word(),
			Pipelines: some(r, word), Filed: word(), Harm: []Harm{"", Ongoing, Stopped}[r.IntN(3)], Quiet: maybe(r, count), Sheet: word(),
			ByPipeline: some(r, func() StruckRow {
				return StruckRow{word(), some(r, word), count(), count(), number(), number(), []Counted{IsCounted, AsBefore}[r.IntN(2)], number(), number(), word(), word()}
			}),
			ByClass:   some(r, func() ClassRow { return ClassRow{word(), count(), count(), number()} }),
			ByVersion: some(r, func() VersionRow { return VersionRow{word(), word(), count(), count(), number()} }),
			Logs: some(r, func() LogRow {
				return LogRow{word(), word(), count(), count(), count(), []Counted{IsCounted, Again}[r.IntN(2)], count(), word()}
			}), Unchanged: maybe(r, count),
			Palette: some(r, func() ColourDrift { return ColourDrift{word(), count(), number(), number()} }),
			Images:  some(r, func() ImageRow { return ImageRow{word(), number(), number(), sum, sum, sum} })},
	}
	for _, k := range kinds() {
		d.Sections = append(d.Sections, Section{Field: k.field})
	}
	r.Shuffle(len(d.Sections)-1, func(i, j int) { d.Sections[i+1], d.Sections[j+1] = d.Sections[j+1], d.Sections[i+1] })
	if at := 1 + r.IntN(len(d.Sections)); r.IntN(2) == 0 {
		d.Sections = slices.Insert(d.Sections, at, Section{Markdown: "## Autre\n\n```\n## Lessons Learned\n```\n"})
	}
	if r.IntN(2) == 0 {
		d.Sealed = &Sealed{
			some(r, func() SealedLine { return SealedLine{Text: word(), Done: r.IntN(2) == 0} }),
			some(r, func() SealedApproval { return SealedApproval{"SRE", word(), count(), sum} }), count(), sum, int64(count()), sum, nil, "", ""}
		if r.IntN(2) == 0 {
			d.Sealed.Withheld, d.Sealed.Reason, d.Sealed.Redacted = []string{"persons", "whys"}, word(), sum
		}
	}
	return d
}

func FuzzParse(f *testing.F) {
	f.Add(read(f, "reference.md"))
	f.Add(read(f, "reference.en.md"))
	f.Add(full(f, "fr").Markdown("fr"))
	f.Add(full(f, "en").Markdown("en"))
	f.Add([]byte("# Incident PM-1\n\n## Impact\n```\n## Timeline\r\n"))
	f.Add([]byte("## Checklist\n## Approbations\n| Domaine | Approuvé | Révision | SHA-256 |\n| --- | --- | --- | --- |\n## Sceau\n"))
	s := compileSchema(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse(src)
		if err != nil {
			return
		}
		if got := d.Markdown(d.Lang); !bytes.Equal(got, src) {
			t.Fatalf("renders as %q, want %q", got, src)
		}
		if again := mustParse(t, string(src)); !reflect.DeepEqual(again, d) {
			t.Fatal("reading twice gives two documents")
		}
		checkJSON(t, d)
		if err := fits(t, s, d); err != nil {
			t.Fatal(err)
		}
		if err := d.Validate(); err != nil && !errors.Is(err, journal.ErrTooLarge) {
			t.Fatalf("what was read is not valid: %v", err)
		}
		d.Markdown(d.Lang.Other())
	})
}

func FuzzParseJSON(f *testing.F) {
	b, err := full(f, "fr").JSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := ParseJSON(src)
		if err != nil {
			return
		}
		d.Markdown(d.Lang.Other())
		_ = d.Validate() // must end, whatever the fields hold
		_ = Lint(d)
		b, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseJSON(b)
		if err != nil {
			t.Fatal(err)
		}
		x, _ := json.Marshal(d)
		y, _ := json.Marshal(again)
		if !bytes.Equal(x, y) {
			t.Fatalf("JSON gives %s back, want %s", y, x)
		}
	})
}
