package provenance

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"

	"github.com/safelight-dev/safelight/cbor"
)

// Labels of COSE headers (RFC 9052, 3.1; RFC 9360) and the tag of COSE_Sign1.
const (
	headerAlgorithm   = 1
	headerCritical    = 2
	headerContentType = 3
	headerKeyID       = 4
	headerPartialIV   = 6 // and the whole one before it
	headerX5Chain     = 33
	tagSign1          = 18
)

// algorithm is one of those of C2PA 2.4, 13.2.1.
type algorithm struct {
	name string
	hash crypto.Hash // 0 for Ed25519
	pss  bool
}

var algorithms = map[int64]algorithm{
	-7:  {"ES256", crypto.SHA256, false},
	-35: {"ES384", crypto.SHA384, false},
	-36: {"ES512", crypto.SHA512, false},
	-37: {"PS256", crypto.SHA256, true},
	-38: {"PS384", crypto.SHA384, true},
	-39: {"PS512", crypto.SHA512, true},
	-8:  {"Ed25519", 0, false},
}

// coseSignature is a COSE_Sign1 structure (RFC 9052, 4.2).
type coseSignature struct {
	protected   []byte // encoded: what is signed
	headers     cbor.Value
	unprotected cbor.Value
	payload     []byte // nil if it is detached
	signature   []byte
}

var (
	errCOSE        = errors.New("the signature is no COSE_Sign1 structure")
	errCredentials = errors.New("the signature has no certificate, or has it twice")
)

func parseCOSE(data []byte, limits Limits) (*coseSignature, error) {
	v, err := cbor.Parse(data, limits.CBOR)
	if err != nil {
		return nil, fmt.Errorf("read the signature: %w", err)
	}
	tag, body, tagged := v.Tagged()
	protected, ok := body.At(0).Bytes()
	signature, signed := body.At(3).Bytes()
	if !tagged || tag != tagSign1 || body.Len() != 4 || !ok || !signed || body.At(1).Kind() != cbor.Map {
		return nil, errCOSE
	}
	s := &coseSignature{protected: protected, unprotected: body.At(1), signature: signature}
	switch payload := body.At(2); payload.Kind() {
	case cbor.Null:
	case cbor.Bytes:
		s.payload, _ = payload.Bytes()
	default:
		return nil, errCOSE
	}
	if s.headers, err = cbor.Parse(protected, limits.CBOR); err != nil || s.headers.Kind() != cbor.Map {
		return nil, fmt.Errorf("read the protected headers: %w", errors.Join(errCOSE, err))
	}
	if !labelled(s.headers) || !labelled(s.unprotected) {
		return nil, fmt.Errorf("read the headers: %w", errCOSE)
	}
	if s.headers.GetInt(headerCritical).Kind() != cbor.Missing {
		return nil, fmt.Errorf("a header that is not known is declared critical: %w", errCOSE)
	}
	return s, nil
}

// labelled tells whether headers are named as RFC 9052, 1.5, demands, by integers or texts, and whether those that COSE knows
// itself have their type (3.1).
func labelled(headers cbor.Value) bool {
	for label, value := range headers.Pairs() {
		number, integer := label.Int()
		switch {
		case !integer && label.Kind() != cbor.Text:
			return false
		case integer && number == headerContentType && value.Kind() != cbor.Text && value.Kind() != cbor.Unsigned:
			return false
		case integer && number >= headerKeyID && number <= headerPartialIV && value.Kind() != cbor.Bytes:
			return false
		}
	}
	return true
}

// algorithm is that of the protected headers, the only place where it counts (13.2.3).
func (s *coseSignature) algorithm() (algorithm, bool) {
	n, ok := s.headers.GetInt(headerAlgorithm).Int()
	a, known := algorithms[n]
	return a, ok && known
}

// chain are the certificates, that of the signer first (14.5): by the integer label before the old name, and in only
// one of the two buckets.
func (s *coseSignature) chain() ([]*x509.Certificate, error) {
	in, out := s.headers.GetInt(headerX5Chain), s.unprotected.GetInt(headerX5Chain)
	if in.Kind() == cbor.Missing && out.Kind() == cbor.Missing {
		in, out = s.headers.Get("x5chain"), s.unprotected.Get("x5chain")
	}
	if (in.Kind() == cbor.Missing) == (out.Kind() == cbor.Missing) {
		return nil, errCredentials
	}
	if in.Kind() == cbor.Missing {
		in = out
	}
	var encoded [][]byte
	if der, ok := in.Bytes(); ok {
		encoded = append(encoded, der)
	}
	for _, item := range in.Items() {
		der, ok := item.Bytes()
		if !ok {
			return nil, errCredentials
		}
		encoded = append(encoded, der)
	}
	if len(encoded) == 0 || len(encoded) > maxChain {
		return nil, errCredentials
	}
	chain := make([]*x509.Certificate, len(encoded))
	for i, der := range encoded {
		var err error
		if chain[i], err = parseCertificate(der); err != nil {
			return nil, err
		}
	}
	return chain, nil
}

// structure is the Sig_structure of a context and a payload (RFC 9052, 4.4): the bytes that are signed.
func (s *coseSignature) structure(context string, payload []byte) []byte {
	b := cbor.AppendHead(make([]byte, 0, len(s.protected)+len(payload)+40), cbor.MajorArray, 4)
	b = cbor.AppendText(b, context)
	b = cbor.AppendBytes(b, s.protected)
	b = cbor.AppendBytes(b, nil)
	return cbor.AppendBytes(b, payload)
}

// verify says whether the signature is that of the key over the claim. A payload that is attached must be the claim:
// otherwise the signature would cover bytes that nobody looks at.
func (s *coseSignature) verify(a algorithm, key crypto.PublicKey, claim []byte) bool {
	if s.payload != nil && !bytes.Equal(s.payload, claim) {
		return false
	}
	return verify(a, key, s.structure("Signature1", claim), s.signature)
}

func verify(a algorithm, key crypto.PublicKey, message, signature []byte) bool {
	if k, ok := key.(ed25519.PublicKey); ok {
		return a.hash == 0 && len(signature) == ed25519.SignatureSize && ed25519.Verify(k, message, signature)
	}
	if a.hash == 0 {
		return false
	}
	h := a.hash.New()
	h.Write(message)
	digest := h.Sum(nil)
	switch k := key.(type) {
	case *rsa.PublicKey:
		return a.pss && rsa.VerifyPSS(k, a.hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	case *ecdsa.PublicKey:
		size := (k.Curve.Params().BitSize + 7) / 8
		if a.pss || len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(k, digest, r, s)
	}
	return false
}
