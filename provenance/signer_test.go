package provenance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/cbor"
)

// identity is a key with its certificates, made for the tests.
type identity struct {
	alg   int64 // of COSE
	key   crypto.Signer
	chain [][]byte // DER, without the root
}

// authority is a root with which the tests issue certificates.
type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

var serial = struct {
	sync.Mutex
	n int64
}{n: 1000}

func nextSerial() *big.Int {
	serial.Lock()
	defer serial.Unlock()
	serial.n++
	return big.NewInt(serial.n)
}

var testRoot = sync.OnceValue(func() *authority { return newAuthority("Safelight Test Root") })

func newAuthority(name string) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: nextSerial(), Subject: pkix.Name{CommonName: name, Organization: []string{"Safelight"}},
		NotBefore: day.AddDate(-2, 0, 0), NotAfter: day.AddDate(20, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte(name)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &authority{key, c}
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// issue makes a certificate for a key. change may alter what is usual for a signer of claims.
func (a *authority) issue(t testing.TB, alg int64, key crypto.Signer, change func(*x509.Certificate)) identity {
	t.Helper()
	template := &x509.Certificate{SerialNumber: nextSerial(), Subject: pkix.Name{CommonName: "Safelight Test Signer", Organization: []string{"Safelight"}},
		NotBefore: day.AddDate(-1, 0, 0), NotAfter: day.AddDate(10, 0, 0), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, SubjectKeyId: []byte("signer")}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return identity{alg, key, [][]byte{der}}
}

// rsaKey is one for all: it takes long to make.
var rsaKey = sync.OnceValues(func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// newKey makes a key for an algorithm of COSE.
func newKey(t testing.TB, alg int64) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch alg {
	case -7:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case -35:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case -36:
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case -8:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsaKey()
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// coseOptions change what sign writes.
type coseOptions struct {
	payload []byte // attached
	stamp   func(message []byte) []byte
	ocsp    [][]byte // responses that are stapled
	size    int      // to which padding fills it up
}

// sign makes a COSE_Sign1 over a claim.
func (id identity) sign(t testing.TB, claim []byte, o coseOptions) []byte {
	t.Helper()
	var chain []any
	for _, der := range id.chain {
		chain = append(chain, der)
	}
	protected := encode(pairs{{int64(1), id.alg}, {int64(33), chain}})
	s := &coseSignature{protected: protected}
	signature := id.raw(t, s.structure("Signature1", claim))
	unprotected := pairs{}
	if o.stamp != nil {
		token := o.stamp(s.structure("CounterSignature", cbor.AppendBytes(nil, signature)))
		unprotected = pairs{{"sigTst2", pairs{{"tstTokens", []any{pairs{{"val", token}}}}}}}
	}
	if len(o.ocsp) > 0 {
		var all []any
		for _, der := range o.ocsp {
			all = append(all, der)
		}
		unprotected = append(unprotected, [2]any{"rVals", pairs{{"ocspVals", all}}})
	}
	var payload any
	if o.payload != nil {
		payload = o.payload
	}
	write := func(more ...[2]any) []byte {
		return append([]byte{0xd2}, encode([]any{protected, append(unprotected[:len(unprotected):len(unprotected)], more...), payload, signature})...)
	}
	if o.size == 0 {
		return write()
	}
	// A length that one string cannot have, two can (C2PA 2.4, 10.4.4).
	for second := range 40 {
		for less := range 16 {
			if b := write([2]any{"pad", make([]byte, max(0, o.size-len(write())-second-less))}, [2]any{"pad2", make([]byte, second)}); len(b) == o.size {
				return b
			}
		}
	}
	t.Fatalf("a signature of %d bytes cannot be made one of %d", len(write()), o.size)
	return nil
}

func (id identity) raw(t testing.TB, message []byte) []byte {
	t.Helper()
	a := algorithms[id.alg]
	if a.hash == 0 {
		sig, err := id.key.Sign(rand.Reader, message, crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	h := a.hash.New()
	h.Write(message)
	if a.pss {
		sig, err := id.key.Sign(rand.Reader, h.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash})
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	k := id.key.(*ecdsa.PrivateKey)
	r, s, err := ecdsa.Sign(rand.Reader, k, h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	size := (k.Curve.Params().BitSize + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

// pairs is a map for encode, in its order.
type pairs [][2]any

// encode writes a value as CBOR.
func encode(v any) []byte {
	switch v := v.(type) {
	case nil:
		return []byte{0xf6}
	case bool:
		if v {
			return []byte{0xf5}
		}
		return []byte{0xf4}
	case int:
		return encode(int64(v))
	case int64:
		if v < 0 {
			return cbor.AppendHead(nil, cbor.MajorNegative, uint64(-1-v))
		}
		return cbor.AppendHead(nil, cbor.MajorUnsigned, uint64(v))
	case fixed:
		return v.append(nil)
	case string:
		return cbor.AppendText(nil, v)
	case []byte:
		return cbor.AppendBytes(nil, v)
	case []any:
		b := cbor.AppendHead(nil, cbor.MajorArray, uint64(len(v)))
		for _, item := range v {
			b = append(b, encode(item)...)
		}
		return b
	case pairs:
		b := cbor.AppendHead(nil, cbor.MajorMap, uint64(len(v)))
		for _, p := range v {
			b = append(append(b, encode(p[0])...), encode(p[1])...)
		}
		return b
	}
	panic("encode: a type that is not known")
}

// timeStamp makes a time-stamp token of RFC 3161 over a message, by an authority's certificate.
func (id identity) timeStamp(t testing.TB, message []byte, at time.Time) []byte {
	t.Helper()
	sum := sha256.Sum256(message)
	sha := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, Parameters: asn1.NullRawValue}
	marshal := func(v any, params string) []byte {
		der, err := asn1.MarshalWithParams(v, params)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	info := marshal(struct {
		Version int
		Policy  asn1.ObjectIdentifier
		Imprint messageImprint
		Serial  int
		Time    time.Time `asn1:"generalized"`
	}{1, asn1.ObjectIdentifier{1, 2, 3}, messageImprint{sha, sum[:]}, 7, at.UTC()}, "")
	digest := sha256.Sum256(info)
	var attributes []byte
	for _, a := range []struct {
		Type  asn1.ObjectIdentifier
		Value any
	}{{oidContentType, oidTSTInfo}, {oidMessageDigest, digest[:]}} {
		attributes = append(attributes, marshal(struct {
			Type   asn1.ObjectIdentifier
			Values asn1.RawValue
		}{a.Type, asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: marshal(a.Value, "")}}, "")...)
	}
	hashed := sha256.Sum256(marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attributes}, ""))
	signature, err := id.key.Sign(rand.Reader, hashed[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(id.chain[0])
	if err != nil {
		t.Fatal(err)
	}
	issuer := marshal(struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}{asn1.RawValue{FullBytes: c.RawIssuer}, c.SerialNumber}, "")
	signer := marshal(struct {
		Version    int
		ID         asn1.RawValue
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
	}{1, asn1.RawValue{FullBytes: issuer}, sha, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: attributes},
		pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, signature}, "")
	set := func(der []byte) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: der} }
	data := marshal(struct {
		Version      int
		Digests      asn1.RawValue
		Content      any
		Certificates asn1.RawValue
		Signers      asn1.RawValue
	}{3, set(marshal(sha, "")), struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}{oidTSTInfo, info}, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: id.chain[0]}, set(signer)}, "")
	return marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{oidSignedData, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: data}}, "")
}

// stamper makes an authority's identity for time-stamps.
func (a *authority) stamper(t testing.TB) identity {
	return a.issue(t, -7, newKey(t, -7), func(c *x509.Certificate) {
		c.Subject.CommonName = "Safelight Test Time-stamps"
		c.ExtKeyUsage = nil
		value, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: value}}
	})
}
