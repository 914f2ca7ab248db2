package metadata

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/safelight-dev/safelight/icc"
	"github.com/safelight-dev/safelight/internal/corpora"
)

// madeProfile is a profile of a header and two tags.
func madeProfile(desc, cprt string) []byte {
	p := make([]byte, profileHeader+4+24)
	binary.BigEndian.PutUint32(p, uint32(len(p)+len(desc)+len(cprt)))
	copy(p[8:], "\x04\x30\x00\x00mntrRGB XYZ ")
	for i, n := range []uint16{2024, 2, 29, 12, 34, 56} {
		binary.BigEndian.PutUint16(p[24+2*i:], n)
	}
	copy(p[36:], "acsp")
	copy(p[48:], "EPSOsRGB")
	copy(p[80:], "ADBE")
	table := p[profileHeader:]
	binary.BigEndian.PutUint32(table, 2)
	at := len(p)
	for i, tag := range []string{desc, cprt} {
		e := table[4+12*i:]
		copy(e, []string{"desc", "cprt"}[i])
		binary.BigEndian.PutUint32(e[4:], uint32(at))
		binary.BigEndian.PutUint32(e[8:], uint32(len(tag)))
		at += len(tag)
	}
	return append(append(p, desc...), cprt...)
}

// localizedText is a multiLocalizedUnicodeType of texts, each behind its language.
func localizedText(texts ...string) string {
	head := "mluc\x00\x00\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(texts)))) + "\x00\x00\x00\x0c"
	at := len(head) + 12*len(texts)
	var body []byte
	for _, t := range texts {
		var units []byte
		for _, u := range utf16.Encode([]rune(t[2:])) {
			units = binary.BigEndian.AppendUint16(units, u)
		}
		head += t[:2] + "XX" + string(binary.BigEndian.AppendUint32(nil, uint32(len(units)))) + string(binary.BigEndian.AppendUint32(nil, uint32(at+len(body))))
		body = append(body, units...)
	}
	return head + string(body)
}

// TestProfile reads header, name and notice, in the types of versions 2 and 4.
func TestProfile(t *testing.T) {
	t.Parallel()
	v2 := "desc\x00\x00\x00\x00\x00\x00\x00\x06Plain\x00"
	for name, c := range map[string]struct{ desc, cprt, wantName, wantNotice string }{
		"version 2": {v2, "text\x00\x00\x00\x00(c) 2024\x00", "Plain", "(c) 2024"},
		"version 4": {localizedText("frÉté", "enSummer"), localizedText("fr(c) Zoé"), "Summer", "(c) Zoé"},
		"damaged":   {"desc\x00\x00\x00\x00\xff\xff\xff\xffA", "mluc\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x0c", "A", ""},
	} {
		segments := segment(0xe2, "ICC_PROFILE\x00\x01\x01"+string(madeProfile(c.desc, c.cprt)))
		p := mustRead(t, madeJPEG(segments)).Profile
		if p == nil {
			t.Errorf("%s: no profile", name)
			continue
		}
		if p.Description != c.wantName || p.Copyright != c.wantNotice || p.Version != "4.3.0" || p.Class != "mntr" || p.Space != "RGB" ||
			p.PCS != "XYZ" || p.Creator != "ADBE" || p.Device != "EPSO sRGB" || p.Created != "2024-02-29 12:34:56" {
			t.Errorf("%s: the profile is %+v", name, *p)
		}
	}
	if d := mustRead(t, madeJPEG(segment(0xe2, "ICC_PROFILE\x00\x01\x01no profile"))); d.Profile != nil || len(d.Problems) == 0 {
		t.Errorf("of what is no profile %v is read, problems %v", d.Profile, d.Problems)
	}
}

// TestProfilesOfOthers has the names that package icc reads.
func TestProfilesOfOthers(t *testing.T) {
	t.Parallel()
	n := 0
	err := filepath.WalkDir(corpora.Dir(t, "formats", "icc"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".icc" {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		want, err := icc.Parse(raw)
		if err != nil {
			return nil
		}
		n++
		r := &reader{budget: &budget{Limits: Limits{}.orDefault()}, doc: &Document{}}
		r.icc(raw, 0)
		if p := r.doc.Profile; p == nil || !strings.HasPrefix(p.Description, want.Description()) {
			t.Errorf("%s: the profile is %+v, want the name %q", filepath.Base(name), p, want.Description())
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d profiles, error %v", n, err)
	}
}
