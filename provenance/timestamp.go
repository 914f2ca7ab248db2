package provenance

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Object identifiers of RFC 5652 and RFC 3161.
var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
)

// stamp is a time-stamp token whose signature holds.
type stamp struct {
	at      time.Time
	chain   []*x509.Certificate // of the authority, its own first
	imprint []byte
	hash    crypto.Hash
}

var (
	errStampMalformed = errors.New("the time-stamp is not one of RFC 3161")
	errStampMismatch  = errors.New("the time-stamp's signature does not hold")
	errStampUntrusted = errors.New("the time-stamp uses an algorithm that is not allowed, or has no certificate")
	// errStampCredential is a failure of the signature too, as in the official tool: a time-stamp with a certificate that
	// is not what it should be was tampered with.
	errStampCredential = errors.New("the authority's certificate is not one for time-stamps")
)

// covers says whether the time-stamp is one of the message.
func (s *stamp) covers(message []byte) bool {
	h := s.hash.New()
	h.Write(message)
	return bytes.Equal(h.Sum(nil), s.imprint)
}

// Structures of RFC 5652, section 5, and RFC 3161, section 2.4.2.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version          int
		DigestAlgorithms asn1.RawValue
		Content          struct {
			Type    asn1.ObjectIdentifier
			Content []byte `asn1:"explicit,tag:0"`
		}
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		CRLs         asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	signerInfo struct {
		Version    int
		ID         asn1.RawValue // issuer and serial number, or [0] subject key identifier
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue `asn1:"optional,tag:0"`
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
		Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue `asn1:"set"`
	}
	messageImprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}
)

// parseResponse is the token of a TimeStampResp that grants one (RFC 3161, 2.4.2), which old signatures keep whole.
func parseResponse(der []byte) (*stamp, error) {
	var outer struct {
		Status asn1.RawValue
		Token  asn1.RawValue `asn1:"optional"`
	}
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 {
		return nil, errStampMalformed
	}
	var status int // 0 granted, 1 granted with modifications
	if _, err := asn1.Unmarshal(outer.Status.Bytes, &status); err != nil || status < 0 || status > 1 {
		return nil, fmt.Errorf("no time-stamp was granted: %w", errStampMalformed)
	}
	return parseToken(outer.Token.FullBytes)
}

// parseToken reads a TimeStampToken and verifies the authority's signature on it.
func parseToken(der []byte) (*stamp, error) {
	var info contentInfo
	var data signedData
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(bytes.Trim(rest, "\x00")) > 0 || !info.Type.Equal(oidSignedData) {
		return nil, errStampMalformed
	}
	if _, err := asn1.Unmarshal(info.Content.Bytes, &data); err != nil || len(data.Signers) != 1 || !data.Content.Type.Equal(oidTSTInfo) {
		return nil, errStampMalformed
	}
	s, err := parseInfo(data.Content.Content)
	if err != nil {
		return nil, err
	}
	if len(data.Certificates.Bytes) == 0 {
		return nil, errStampUntrusted
	}
	certificates, all := parseSet(data.Certificates.Bytes)
	by := slices.IndexFunc(certificates, data.Signers[0].identifies)
	switch {
	case by < 0 && all:
		return nil, errStampUntrusted
	case by < 0:
		return nil, fmt.Errorf("a certificate cannot be read: %w", errStampCredential)
	}
	if err := timeStamper(certificates[by]); err != nil {
		return nil, fmt.Errorf("%w: %w", errStampCredential, err)
	}
	certificates[0], certificates[by] = certificates[by], certificates[0]
	s.chain = certificates
	return s, data.Signers[0].verify(s.chain[0], data.Content.Content)
}

// parseInfo reads what the authority signed.
func parseInfo(der []byte) (*stamp, error) {
	var outer asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 || !outer.IsCompound {
		return nil, errStampMalformed
	}
	var version int
	var policy asn1.ObjectIdentifier
	var imprint messageImprint
	var serial *big.Int
	var at time.Time
	rest := outer.Bytes
	for _, field := range []struct {
		to     any
		params string
	}{{&version, ""}, {&policy, ""}, {&imprint, ""}, {&serial, ""}, {&at, "generalized"}} {
		var err error
		if rest, err = asn1.UnmarshalWithParams(rest, field.to, field.params); err != nil {
			return nil, errStampMalformed
		}
	}
	h, ok := hashOf(imprint.Algorithm.Algorithm)
	if !ok {
		return nil, errStampUntrusted
	}
	if version != 1 || len(imprint.Hash) != h.Size() {
		return nil, errStampMalformed
	}
	return &stamp{at: at, imprint: imprint.Hash, hash: h}, nil
}

func hashOf(oid asn1.ObjectIdentifier) (crypto.Hash, bool) {
	switch oid.String() {
	case "2.16.840.1.101.3.4.2.1":
		return crypto.SHA256, true
	case "2.16.840.1.101.3.4.2.2":
		return crypto.SHA384, true
	case "2.16.840.1.101.3.4.2.3":
		return crypto.SHA512, true
	}
	return 0, false
}

// parseSet reads the certificates of a token, at most maxChain, passes over those that cannot be read, and says whether
// those were all.
func parseSet(rest []byte) (certificates []*x509.Certificate, all bool) {
	all = true
	for n := 0; len(rest) > 0 && n < maxChain; n++ {
		var raw asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &raw); err != nil {
			return certificates, false
		}
		if c, err := parseCertificate(raw.FullBytes); err == nil {
			certificates = append(certificates, c)
		} else {
			all = false
		}
	}
	return certificates, all
}

// identifies says whether the certificate is that of the signer.
func (s *signerInfo) identifies(c *x509.Certificate) bool {
	if s.ID.Class == asn1.ClassContextSpecific && s.ID.Tag == 0 {
		return len(s.ID.Bytes) > 0 && bytes.Equal(s.ID.Bytes, c.SubjectKeyId)
	}
	var id struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	_, err := asn1.Unmarshal(s.ID.FullBytes, &id)
	return err == nil && id.Serial.Cmp(c.SerialNumber) == 0 && bytes.Equal(id.Issuer.FullBytes, c.RawIssuer)
}

// verify holds the signed attributes against the content and the signature against the attributes (RFC 5652, 5.4).
func (s *signerInfo) verify(c *x509.Certificate, content []byte) error {
	h, ok := hashOf(s.Digest.Algorithm)
	if !ok {
		return errStampUntrusted
	}
	digest := h.New()
	digest.Write(content)
	wantType, _ := asn1.Marshal(oidTSTInfo)
	wantDigest, _ := asn1.Marshal(digest.Sum(nil))
	if err := s.attributes(wantType, wantDigest); err != nil {
		return err
	}
	signed := append([]byte{asn1.TagSet | 0x20}, s.Attributes.FullBytes[1:]...) // signed as a SET, not as [0]
	if c.CheckSignature(s.signatureAlgorithm(c, h), signed, s.Signature) != nil {
		return errStampMismatch
	}
	return nil
}

// attributes holds that the signed attributes have one content type and one digest of the content, and that they are these.
func (s *signerInfo) attributes(wantType, wantDigest []byte) error {
	types, digests := 0, 0
	for rest := s.Attributes.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return errStampMalformed
		}
		var want []byte
		switch {
		case a.Type.Equal(oidContentType):
			types, want = types+1, wantType
		case a.Type.Equal(oidMessageDigest):
			digests, want = digests+1, wantDigest
		default:
			continue
		}
		if !bytes.Equal(a.Values.Bytes, want) {
			return errStampMismatch
		}
	}
	if types != 1 || digests != 1 {
		return errStampMalformed
	}
	return nil
}

func (s *signerInfo) signatureAlgorithm(c *x509.Certificate, h crypto.Hash) x509.SignatureAlgorithm {
	i := map[crypto.Hash]int{crypto.SHA256: 0, crypto.SHA384: 1, crypto.SHA512: 2}[h]
	switch c.PublicKey.(type) {
	case *rsa.PublicKey:
		if s.Algorithm.Algorithm.Equal(oidPSS) {
			return [...]x509.SignatureAlgorithm{x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS}[i]
		}
		return [...]x509.SignatureAlgorithm{x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA}[i]
	case *ecdsa.PublicKey:
		return [...]x509.SignatureAlgorithm{x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512}[i]
	case ed25519.PublicKey:
		return x509.PureEd25519
	}
	return x509.UnknownSignatureAlgorithm
}

// stampCode is the status code of an error of parseToken and parseResponse.
func stampCode(err error) Code {
	switch {
	case errors.Is(err, errStampMismatch):
		return TimeStampMismatch
	case errors.Is(err, errStampUntrusted):
		return TimeStampUntrusted
	case errors.Is(err, errStampCredential):
		return TimeStampInvalid
	}
	return TimeStampMalformed
}
