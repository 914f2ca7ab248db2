package app

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

// released delivers an image that names a model release, and nobody.
func (w ward) released(name string, level uint8, release string) {
	w.t.Helper()
	w.described(name, level, `<plus:ModelReleaseID><rdf:Bag><rdf:li>`+release+`</rdf:li></rdf:Bag></plus:ModelReleaseID>`)
}

// described delivers an image with properties of XMP.
func (w ward) described(name string, level uint8, properties string) {
	w.t.Helper()
	w.image("delivered/."+name, level)
	chunk := []byte("iTXtXML:com.adobe.xmp\x00\x00\x00\x00\x00" + `<x:xmpmeta xmlns:x="adobe:ns:meta/">` +
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/">` + properties + `</rdf:Description></rdf:RDF></x:xmpmeta>`)
	whole := binary.BigEndian.AppendUint32(nil, uint32(len(chunk)-4))
	whole = binary.BigEndian.AppendUint32(append(whole, chunk...), crc32.ChecksumIEEE(chunk))
	w.deliver(name, string(slices.Insert([]byte(w.read("delivered/."+name)), 8+25, whole...)))
}

// TestRevokedConsentIsQuarantined: an image may be delivered as long as its
// subject agrees, and is held when the consent was taken back, be it that it
// was delivered before or comes after.
func TestRevokedConsentIsQuarantined(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	id, err := w.AddConsent(t.Context(), w.as("lea"), janes(w.house))
	if err != nil {
		t.Fatal(err)
	}
	held := func() []quarantine.Item {
		t.Helper()
		w.sweep()
		w.idle()
		list, err := w.Quarantine(t.Context(), web.HeldQuery{Active: true})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	w.released("1.png", 120, "MR-ZABRISKIE-1")
	w.released("2.png", 121, "MR-UNKNOWN")
	if list := held(); len(list) != 0 {
		t.Fatalf("with a consent and with none on record %+v is held; the default policy reports what is missing", list)
	}
	if err := w.DecideConsent(t.Context(), w.as("lea"), id, consent.Revoke{Reason: "taken back"}); err != nil {
		t.Fatal(err)
	}
	if err := w.rejudgeConsents(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.heldFor(id)
	if w.read("delivered/1.png") != "" || w.read("delivered/2.png") == "" {
		t.Error("what was delivered before is not out, or too much is")
	}
	w.released("1.png", 122, "MR-ZABRISKIE-1")
	w.sweep()
	w.heldFor(id)
}

// heldFor wants 1.png, and nothing else, held for a consent that was taken back.
func (w ward) heldFor(id string) {
	w.t.Helper()
	w.idle()
	list, err := w.Quarantine(w.t.Context(), web.HeldQuery{Active: true})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(list) != 1 || list[0].Path != "1.png" || list[0].Findings[0].Kind != string(pipeline.RevokedConsent) || !slices.Contains(list[0].Findings[0].Fields, id) {
		w.t.Errorf("held are %+v, want 1.png for the consent %s", list, id)
	}
}
