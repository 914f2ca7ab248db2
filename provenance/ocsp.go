package provenance

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/safelight-dev/safelight/cbor"
)

// Limits of the OCSP responses that are tried for one signature.
const (
	maxResponses = 8
	maxResponse  = 64 << 10
)

// lasts is how long a response without a next update counts (C2PA 2.4, 15.9).
const lasts = 24 * time.Hour

// revocation says what OCSP responses (RFC 6960) that came with the image say of the signer's certificate: those of the
// signature's headers, and those that manifests keep (15.9). Nobody is asked. signed is the time of a trusted time-stamp,
// or else zero. A revocation that is proven counts whatever other responses say; what is wrong with a response makes it as
// if it were not there.
func (v *validation) revocation(s *coseSignature, chain []*x509.Certificate, signed time.Time, uri string) {
	code, why := OCSPSkipped, "no OCSP response came with the image"
	at := signed
	if at.IsZero() {
		at = v.options.Now
	}
	stapled := byteStrings(s.unprotected.Get("rVals").Get("ocspVals"))
	for _, der := range slices.Concat(stapled, v.responses)[:min(maxResponses, len(stapled)+len(v.responses))] {
		r, err := v.response(der, chain)
		switch {
		case err != nil:
			why = err.Error()
		case r.Status == ocsp.Unknown:
			code, why = better(code, OCSPUnknown), "the responder does not know the certificate"
		case r.Status == ocsp.Revoked && r.RevocationReason != ocsp.RemoveFromCRL && (signed.IsZero() || !signed.Before(r.RevokedAt)):
			v.add(OCSPRevoked, uri, "the certificate was revoked at %s", r.RevokedAt.UTC().Format(time.RFC3339))
			return
		case r.Status == ocsp.Good && !covers(r, at):
			why = "the OCSP response does not speak of " + at.UTC().Format(time.RFC3339)
		default:
			code, why = OCSPNotRevoked, "the certificate was not revoked at "+at.UTC().Format(time.RFC3339)
		}
	}
	v.add(code, uri, "%s", why)
}

// better keeps that a certificate is not revoked against a responder that does not know it.
func better(have, code Code) Code {
	if have == OCSPNotRevoked {
		return have
	}
	return code
}

func covers(r *ocsp.Response, at time.Time) bool {
	until := r.NextUpdate
	if until.IsZero() {
		until = r.ThisUpdate.Add(lasts)
	}
	return !at.Before(r.ThisUpdate) && !at.After(until)
}

// response reads one that the issuer of the first certificate answers for.
func (v *validation) response(der []byte, chain []*x509.Certificate) (*ocsp.Response, error) {
	if len(der) > maxResponse {
		return nil, fmt.Errorf("the OCSP response of %d bytes is longer than %d", len(der), maxResponse)
	}
	r, err := ocsp.ParseResponseForCert(der, chain[0], nil)
	if err != nil {
		return nil, fmt.Errorf("the OCSP response is none for the certificate: %w", err)
	}
	for _, issuer := range slices.Concat(chain[1:], v.options.Trust.authorities(chain[0])) {
		if bytes.Equal(issuer.RawSubject, chain[0].RawIssuer) && chain[0].CheckSignatureFrom(issuer) == nil && answersFor(r, issuer) == nil {
			return r, nil
		}
	}
	return nil, errors.New("the OCSP response is not one of the certificate's issuer, nor of whom it appointed")
}

// answersFor says whether a response is signed by the issuer, or by a responder that the issuer appointed (RFC 6960,
// 4.2.2.2). Without its purpose a certificate of the same issuer, the signer's own, could answer for itself.
func answersFor(r *ocsp.Response, issuer *x509.Certificate) error {
	if r.Certificate == nil || r.Certificate.Equal(issuer) {
		return r.CheckSignatureFrom(issuer)
	}
	c := r.Certificate // whose signature on the response was verified when it was parsed
	if !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || r.ProducedAt.Before(c.NotBefore) || r.ProducedAt.After(c.NotAfter) {
		return errors.New("the responder's certificate is not one for OCSP, or was not valid")
	}
	return c.CheckSignatureFrom(issuer)
}

// readResponses keeps the OCSP responses that a manifest holds for any signature.
func (v *validation) readResponses(m *manifest) {
	for _, a := range m.declared {
		if a.name == "c2pa.certificate-status" && len(v.responses) < maxResponses {
			v.responses = append(v.responses, byteStrings(a.value.Get("ocspVals"))...)
		}
	}
}

func byteStrings(list cbor.Value) (all [][]byte) {
	for _, item := range list.Items() {
		if b, ok := item.Bytes(); ok && len(all) < maxResponses {
			all = append(all, b)
		}
	}
	return all
}
