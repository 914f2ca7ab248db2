package provenance

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/cbor"
	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/jumbf"
)

// made is an image to sign by hand, for what no honest signer writes.
type made struct {
	format     string // jpg, png or avif
	id         identity
	label      string // of the manifest
	letters    string // of its box, c2ma without
	v1         bool
	assertions []madeAssertion                                 // beside the data hash
	exclusions func(start, length int) [][2]int                // nil: the manifest
	hash       func(plain []byte, at int) []byte               // nil: of the file without the manifest
	binding    func(file []byte, at, length int) madeAssertion // instead of the data hash; the manifest is file[at:at+length]
	noHash     bool                                            // no data hash assertion
	claim      func(pairs) pairs                               // changes the claim's fields before it is signed
	cose       coseOptions                                     // the size is 6 000
	before     [][]byte                                        // manifests of ingredients
	store      func(boxes [][]byte) []byte                     // nil: a store of the boxes
	swap       func(claim []byte) []byte                       // the claim that stands in the box, if it is another than the signed one
	file       []byte                                          // with room for the manifest at at, for binding
	at, length int
	extra      [][]byte // boxes that the claim does not declare
}

// madeAssertion is an assertion of CBOR, or of a box of its own.
type madeAssertion struct {
	label   string
	value   any
	box     []byte
	omit    bool   // declared and not there
	url     string // another than the assertion's own
	badHash bool
}

// fixed is an integer that is written in five bytes.
type fixed uint32

func jumbfBox(boxType string, parts ...[]byte) []byte {
	payload := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(payload))), boxType...), payload...)
}

func superBox(letters, label string, parts ...[]byte) []byte {
	u := jumbf.Four(letters)
	return jumbfBox("jumb", append([][]byte{jumbfBox("jumd", u[:], []byte{3}, []byte(label), []byte{0})}, parts...)...)
}

func cborBox(label string, value any) []byte {
	return superBox("cbor", label, jumbfBox("cbor", encode(value)))
}

// ref is a hashed URI to a superbox.
func ref(url string, box []byte) pairs {
	sum := sha256.Sum256(box[8:])
	return pairs{{"url", url}, {"hash", sum[:]}}
}

// plainJPEG and plainPNG are the pictures without a manifest, and where it goes.
var plainJPEG = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
})

var plainPNG = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		panic(err)
	}
	return b.Bytes()
})

// plainAVIF is the official tool's AVIF without its manifest. Its offsets are wrong, which no hash minds.
var plainAVIF = sync.OnceValue(func() []byte {
	data, err := os.ReadFile(filepath.Join("testdata", "signed.avif"))
	if err != nil {
		panic(err)
	}
	f, err := container.Parse(data, container.Limits{})
	if err != nil {
		panic(err)
	}
	part, _ := f.First(container.C2PA)
	return slices.Concat(data[:part.Spans[0].Offset], data[part.Spans[0].End():])
})

func picture() image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, 24, 16))
	for y := range 16 {
		for x := range 24 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 9), uint8(y * 13), uint8(x ^ y*5), 255})
		}
	}
	return img
}

// manifest builds the boxes of a manifest with a data hash of the exclusions and the hash.
func (m made) manifest(t testing.TB, exclusions [][2]int, sum []byte) []byte {
	t.Helper()
	list := m.assertions
	switch {
	case m.binding != nil:
		list = append(list[:len(list):len(list)], m.binding(m.file, m.at, m.length))
	case !m.noHash:
		var ranges []any
		for _, e := range exclusions {
			ranges = append(ranges, pairs{{"start", fixed(e[0])}, {"length", fixed(e[1])}})
		}
		list = append(list[:len(list):len(list)], madeAssertion{label: "c2pa.hash.data", value: pairs{{"exclusions", ranges},
			{"alg", "sha256"}, {"hash", sum}, {"pad", []byte{}}}})
	}
	var refs []any
	var boxes [][]byte
	for _, a := range list {
		box := a.box
		if box == nil {
			box = cborBox(a.label, a.value)
		}
		r := ref(or(a.url, "self#jumbf=c2pa.assertions/"+a.label), box)
		if a.badHash {
			r[1][1] = make([]byte, 32)
		}
		refs = append(refs, r)
		if !a.omit {
			boxes = append(boxes, box)
		}
	}
	label, claim := "c2pa.claim.v2", pairs{{"instanceID", "xmp:iid:1"}, {"claim_generator_info", pairs{{"name", "safelight"}, {"version", "1"}}},
		{"signature", "self#jumbf=c2pa.signature"}, {"created_assertions", refs}, {"dc:title", "made"}, {"alg", "sha256"}}
	if m.v1 {
		label, claim = "c2pa.claim", pairs{{"alg", "sha256"}, {"claim_generator", "safelight/1"}, {"signature", "self#jumbf=c2pa.signature"},
			{"assertions", refs}, {"dc:format", "image/jpeg"}, {"instanceID", "xmp:iid:1"}}
	}
	if m.claim != nil {
		claim = m.claim(claim)
	}
	data := encode(claim)
	o := m.cose
	o.size = 6000
	signature := m.id.sign(t, data, o)
	if m.swap != nil {
		data = m.swap(data)
	}
	return superBox(or(m.letters, "c2ma"), m.name(), superBox("c2as", "c2pa.assertions", append(boxes, m.extra...)...),
		superBox("c2cl", label, jumbfBox("cbor", data)), superBox("c2cs", "c2pa.signature", jumbfBox("cbor", signature)))
}

func (m made) name() string { return or(m.label, "urn:c2pa:00000000-0000-4000-8000-000000000001") }

// embed puts a manifest store into the picture, and says where.
func (m made) embed(store []byte) (file []byte, at, length int) {
	plain, at := plainJPEG(), 2
	segment := append([]byte{0xff, 0xeb}, binary.BigEndian.AppendUint16(nil, uint16(len(store)+10))...)
	segment = append(append(segment, "JP\x00\x01\x00\x00\x00\x01"...), store...)
	if m.format == "avif" {
		plain, at = plainAVIF(), 32
		segment = jumbfBox("uuid", manifestUUID, make([]byte, 4), []byte("manifest\x00"), make([]byte, 8), store)
	}
	if m.format == "png" {
		plain, at = plainPNG(), 33
		segment = append(binary.BigEndian.AppendUint32(nil, uint32(len(store))), "caBX"...)
		segment = append(segment, store...)
		segment = binary.BigEndian.AppendUint32(segment, crc32.ChecksumIEEE(segment[4:]))
	}
	return bytes.Join([][]byte{plain[:at], segment, plain[at:]}, nil), at, len(segment)
}

// build signs the picture.
func (m made) build(t testing.TB) []byte {
	t.Helper()
	if m.id.key == nil {
		m.id = testSigner(t)
	}
	pack := func(manifest []byte) []byte {
		boxes := append(m.before[:len(m.before):len(m.before)], manifest)
		if m.store != nil {
			return m.store(boxes)
		}
		return superBox("c2pa", "c2pa", boxes...)
	}
	if m.exclusions == nil {
		m.exclusions = func(start, length int) [][2]int { return [][2]int{{start, length}} }
	}
	m.file, m.at, m.length = m.embed(make([]byte, 100))
	_, at, length := m.embed(pack(m.manifest(t, m.exclusions(1, 1), make([]byte, 32))))
	exclusions := m.exclusions(at, length)
	file, _, _ := m.embed(make([]byte, len(pack(m.manifest(t, exclusions, make([]byte, 32))))))
	m.file, m.at, m.length = file, at, length
	h := sha256.New()
	from := 0
	for _, e := range exclusions {
		h.Write(file[min(from, len(file)):min(max(from, e[0]), len(file))])
		from = e[0] + e[1]
	}
	h.Write(file[min(from, len(file)):])
	sum := h.Sum(nil)
	if m.hash != nil {
		sum = m.hash(file, at)
	}
	file, _, _ = m.embed(pack(m.manifest(t, exclusions, sum)))
	return file
}

var signerOnce = struct {
	sync.Mutex
	id identity
}{}

// testSigner is an identity under the test root.
func testSigner(t testing.TB) identity {
	t.Helper()
	signerOnce.Lock()
	defer signerOnce.Unlock()
	if signerOnce.id.key == nil {
		signerOnce.id = testRoot().issue(t, -7, newKey(t, -7), nil)
	}
	return signerOnce.id
}

// created is the first action of a picture that was made of nothing.
var created = madeAssertion{label: "c2pa.actions.v2", value: pairs{{"actions", []any{pairs{{"action", "c2pa.created"},
	{"digitalSourceType", "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"}}}}}}

func validate(t testing.TB, data []byte, o Options) *Report {
	t.Helper()
	f, err := container.Parse(data, container.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Now.IsZero() {
		o.Now = day
	}
	return Validate(data, f, o)
}

// codes are the failures of a report without that of trust, in their order.
func codes(r *Report) string {
	var list []string
	for _, s := range r.Failures() {
		if s.Code != CredentialUntrusted {
			list = append(list, string(s.Code))
		}
	}
	return strings.Join(list, " ")
}

func testTrust(t testing.TB) *TrustList {
	t.Helper()
	trust, err := NewTrustList(testRoot().pem(), testRoot().pem())
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func (f fixed) append(b []byte) []byte {
	return binary.BigEndian.AppendUint32(append(b, cbor.MajorUnsigned<<5|26), uint32(f))
}
