package measure

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// withText gives a PNG with text chunks, keyword and text alternating, and an XMP packet if any.
func withText(t *testing.T, xmp string, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	out := slices.Clone(whole[:33]) // signature and IHDR
	chunk := func(kind, data string) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		start := len(out)
		out = append(append(out, kind...), data...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
	}
	for i := 0; i < len(pairs); i += 2 {
		chunk("tEXt", pairs[i]+"\x00"+pairs[i+1])
	}
	if xmp != "" {
		chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp)
	}
	return append(out, whole[33:]...)
}

func packet(properties string) string {
	return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/" ` +
		`xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/">` +
		properties + `</rdf:Description></rdf:RDF></x:xmpmeta>`
}

const (
	credit   = `<dc:creator><rdf:Seq><rdf:li>Ada Martin</rdf:li></rdf:Seq></dc:creator>`
	position = `<exif:GPSLatitude>48,51.5N</exif:GPSLatitude><exif:GPSLongitude>2,21.1E</exif:GPSLongitude>`
	persons  = `<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Lou Petit</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>` +
		`<plus:ModelReleaseID><rdf:Bag><rdf:li>MR-77</rdf:li></rdf:Bag></plus:ModelReleaseID>` +
		`<plus:MinorModelAgeDisclosure>http://ns.useplus.org/ldf/vocab/AG-A16</plus:MinorModelAgeDisclosure>`
)

// kinds gives what was breached, with what it does.
func kinds(m *Metadata) string {
	var all []string
	for _, b := range m.Breaches {
		all = append(all, string(b.Kind)+" "+string(b.Reaction))
	}
	return strings.Join(all, ", ")
}

func TestMetadataPolicy(t *testing.T) {
	t.Parallel()
	policy := pipeline.DefaultMetadata()
	silent := pipeline.MetadataPolicy{}
	strict := pipeline.MetadataPolicy{
		Require: []pipeline.Selector{"XMP:dc:rights", "XMP:dc:creator"}, Strip: []pipeline.Selector{"Text:*"}, Forbid: []pipeline.Selector{"LOCATION"},
		Provenance: pipeline.RequireProvenance, Reactions: map[pipeline.Breach]pipeline.Reaction{pipeline.ForbiddenField: pipeline.Quarantine, pipeline.UnstrippedField: pipeline.Ignore},
	}
	own := pipeline.MetadataPolicy{Forbid: []pipeline.Selector{"Text:house *"}, Strip: []pipeline.Selector{"Text:other#*"}, Require: []pipeline.Selector{"Text:house name"}}
	unforgiving := pipeline.DefaultMetadata()
	unforgiving.Allow = nil
	for name, row := range map[string]struct {
		policy    pipeline.MetadataPolicy
		ref, cand []byte
		want      string
	}{
		"credit kept":                 {policy, withText(t, packet(credit)), withText(t, packet(credit)), ""},
		"credit lost":                 {policy, withText(t, packet(credit)), withText(t, ""), "lost report"},
		"credit changed":              {policy, withText(t, packet(credit)), withText(t, packet(strings.Replace(credit, "Ada", "Eve", 1))), "lost report"},
		"without a reference":         {policy, nil, withText(t, packet(credit)), ""},
		"credit not allowed":          {unforgiving, nil, withText(t, packet(credit)), "personal quarantine"},
		"position":                    {policy, withText(t, ""), withText(t, packet(position)), "personal quarantine"},
		"position in a text chunk":    {policy, nil, withText(t, "", "exif:GPSLatitude", "48/1, 51/1, 30/1"), "personal quarantine"},
		"no policy":                   {silent, withText(t, packet(credit)), withText(t, packet(position)), ""},
		"required, forbidden, ignore": {strict, nil, withText(t, packet(credit+position), "Software", "x"), "missing report, forbidden quarantine, provenance-missing report"},
		"names of one's own":          {own, nil, withText(t, "", "house name", "x"), "unstripped report, forbidden report"},
		"no image":                    {policy, nil, []byte("text"), ""},
	} {
		got := Inspector{Policy: row.policy}.Inspect(Source{Data: row.ref}, Source{Data: row.cand})
		if kinds(got) != row.want {
			t.Errorf("%s: breaches %q, want %q (%+v)", name, kinds(got), row.want, got)
		}
	}
}

// TestUnreadMetadata: what nobody could see is treated as what it may be.
func TestUnreadMetadata(t *testing.T) {
	t.Parallel()
	policy, kept, forbidding, deaf := pipeline.DefaultMetadata(), pipeline.DefaultMetadata(), pipeline.MetadataPolicy{}, pipeline.MetadataPolicy{Keep: []pipeline.Selector{"rights"}}
	kept.Reactions = map[pipeline.Breach]pipeline.Reaction{pipeline.PersonalData: pipeline.Quarantine, pipeline.UnreadMetadata: pipeline.Report}
	forbidding.Forbid = []pipeline.Selector{"Exif:*"}
	clean := withText(t, packet(credit))
	fault := withText(t, strings.Replace(packet(credit), "</dc:creator>", "</dc:creator></x>", 1))
	var many []string
	for range 5_000 {
		many = append(many, "Software", "x")
	}
	tooMany := withText(t, "", many...)
	for name, row := range map[string]struct {
		policy pipeline.MetadataPolicy
		cand   Source
		want   string
	}{
		"all read":               {policy, Source{Data: clean}, ""},
		"cut short":              {policy, Source{Data: clean[:len(clean)-20]}, ""},
		"a fault":                {policy, Source{Data: fault}, "unread quarantine"},
		"too many parts":         {policy, Source{Data: tooMany}, "unread quarantine"},
		"larger than the limit":  {policy, Source{Data: clean, Cut: true}, "unread quarantine"},
		"a picture of no format": {policy, Source{Data: []byte("BM"), Image: &pixels.Image{}}, "unread quarantine"},
		"no picture":             {policy, Source{Data: []byte("BM")}, ""},
		"reported":               {kept, Source{Data: fault}, "unread report"},
		"something forbidden":    {forbidding, Source{Data: fault}, "unread report"},
		"nothing to fear":        {deaf, Source{Data: tooMany}, ""},
	} {
		m := Inspector{Policy: row.policy}.Inspect(Source{}, row.cand)
		if kinds(m) != row.want || row.want != "" && len(m.Problems) == 0 {
			t.Errorf("%s: breaches %q, want %q; problems %v", name, kinds(m), row.want, m.Problems)
		}
		for _, b := range m.Breaches {
			if len(b.Reasons) == 0 || !slices.Contains(m.Problems, b.Reasons[0]) {
				t.Errorf("%s: it could not be read because of %q, want one of the problems %q", name, b.Reasons, m.Problems)
			}
		}
	}
	for name, ref := range map[string]Source{"a fault": {Data: fault}, "too many parts": {Data: tooMany}, "larger than the limit": {Data: clean, Cut: true}} {
		if m := (Inspector{Policy: policy}).Inspect(ref, Source{Data: fault}); !m.ReferenceToo {
			t.Errorf("a reference with %s may stand in", name)
		}
	}
}

// TestMetadataKeepsNoValue keeps what is personal out of what is stored.
func TestMetadataKeepsNoValue(t *testing.T) {
	t.Parallel()
	m := Inspector{Policy: pipeline.DefaultMetadata()}.Inspect(Source{Data: withText(t, packet(credit))},
		Source{Data: withText(t, packet(position+persons), "Comment", "call 06 12 34 56 78", "Latitude of eve@example.org", "48")})
	if len(m.Personal) < 4 || len(m.Quarantined()) != 1 {
		t.Fatalf("found %+v, want position, person and telephone", m)
	}
	if c := m.Claims; !slices.Equal(c.Persons, []string{"Lou Petit"}) || !slices.Equal(c.ModelReleases, []string{"MR-77"}) || c.MinorAge != "AG-A16" {
		t.Errorf("claims are %+v", c)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"48,51", "Lou", "Ada", "MR-77", "06 12", "eve@"} {
		if strings.Contains(string(text), value) {
			t.Errorf("the stored form quotes %q: %s", value, text)
		}
	}
	for _, l := range phrase.Langs() {
		if said := m.Breaches[0].Finding("hero").In(l); !strings.Contains(said, "dc:creator") || strings.Contains(said, "!") {
			t.Errorf("said %q", said)
		}
	}
}

// TestReferenceToo tells that a reference with the same data cannot stand in.
func TestReferenceToo(t *testing.T) {
	t.Parallel()
	i := Inspector{Policy: pipeline.DefaultMetadata()}
	bad, good := withText(t, packet(position)), withText(t, packet(credit))
	if m := i.Inspect(Source{Data: bad}, Source{Data: bad}); !m.ReferenceToo {
		t.Error("a reference with a position may stand in")
	}
	if m := i.Inspect(Source{Data: good}, Source{Data: bad}); m.ReferenceToo || len(m.Quarantined()) != 1 {
		t.Errorf("a clean reference may not stand in: %+v", m)
	}
}

// TestEachBreachIsSaid has a sentence for each kind in both languages.
func TestEachBreachIsSaid(t *testing.T) {
	t.Parallel()
	for _, kind := range pipeline.Breaches() {
		f := Breach{Kind: kind, Fields: []string{"a", "b", "c", "d", "e"}}.Finding("hero")
		if !phrase.Known(f.Key) || f.In(phrase.French) == f.In(phrase.English) {
			t.Errorf("%s is said %q and %q", kind, f.In(phrase.French), f.In(phrase.English))
		}
	}
}

// TestSummaryCountsMetadata counts an image once, however much is wrong with its metadata.
func TestSummaryCountsMetadata(t *testing.T) {
	t.Parallel()
	var s Summary
	lost, personal := Breach{Kind: pipeline.LostField}.Finding("hero"), Breach{Kind: pipeline.PersonalData}.Finding("hero")
	s.Add(Check{Findings: []Finding{lost, personal}})
	s.Add(Check{})
	if s.OffMetadata != 1 || s.Failed != 1 || s.OffFormat != 0 || s.OverDeltaE != 0 {
		t.Errorf("the summary is %+v", s)
	}
}

// TestBrokenImagesCount: an image that could not be measured is no less a leak; each kind is counted once an image and
// has words in both languages.
func TestBrokenImagesCount(t *testing.T) {
	t.Parallel()
	var leaking Metadata
	leaking.Add(pipeline.PersonalData, pipeline.Quarantine, "Exif:GPSLatitude", "")
	leaking.Add(pipeline.PersonalData, pipeline.Quarantine, "Exif:GPSLongitude", "")
	leaking.Add(pipeline.LostField, pipeline.Report, "XMP:dc:creator", "")
	var s Summary
	s.AddBroken(&leaking)
	s.AddBroken(&Metadata{})
	s.AddBroken(nil)
	s.Add(Check{Metadata: &leaking, Findings: leaking.Findings(pipeline.Product)})
	want := []Tally{{pipeline.PersonalData, pipeline.Quarantine, 2}, {pipeline.LostField, pipeline.Report, 2}}
	if s.Broken != 3 || s.Checked != 1 || s.Failed != 1 || s.OffMetadata != 2 || !slices.Equal(s.Breaches, want) || s.Good() {
		t.Errorf("counted %+v; want 3 broken, 2 against the policy: %+v", s, want)
	}
	if list := (*Metadata)(nil).Findings(pipeline.Product); list != nil {
		t.Errorf("no metadata have findings: %v", list)
	}
	for _, kind := range pipeline.Breaches() {
		for _, to := range []pipeline.Reaction{pipeline.Report, pipeline.Quarantine} {
			for _, l := range phrase.Langs() {
				if said := (Tally{kind, to, 2}).In(l); strings.Contains(said, "!") {
					t.Errorf("%s: %s is said as %q", l, kind, said)
				}
			}
		}
	}
}
