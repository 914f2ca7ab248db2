package provenance

import (
	"crypto/x509"
	"errors"
	"time"

	"github.com/safelight-dev/safelight/cbor"
)

// signature validates the claim's signature, its credential and its time-stamp (15.7, 15.8).
func (v *validation) signature(m *manifest, said *Manifest) {
	uri := absoluteURI(or(m.claim.signature, "c2pa.signature"), m)
	of, box := v.store.resolve(m.claim.signature, m)
	data, ok := box.First("cbor")
	if of != m || !ok || box.Content != signatureType {
		v.add(SignatureMissing, uri, "the claim's signature %q is not in its manifest", m.claim.signature)
		return
	}
	s, err := parseCOSE(data, v.options.Limits)
	if err != nil {
		v.add(SignatureMismatch, uri, "%v", err)
		return
	}
	a, known := s.algorithm()
	if !known {
		v.add(AlgorithmUnsupported, uri, "the signature's algorithm is not allowed")
		return
	}
	chain, err := s.chain()
	if err != nil {
		v.add(CredentialInvalid, uri, "%v", err)
		return
	}
	said.Signature = newSignature(a, chain[0])
	if err := signer(chain[0]); err != nil {
		v.add(CredentialInvalid, uri, "%v", err)
	}
	at := v.options.Now
	trustAt, listedAt := at, time.Time{}
	if t, listed := v.timeStamp(s, m, uri); t != nil {
		at, said.Signature.Time = t.at, t.at
		if listed {
			trustAt, listedAt = t.at, t.at
		}
	}
	v.revocation(s, chain, listedAt, uri)
	v.trust(chain, trustAt, uri)
	v.holds(s, a, chain[0], m, uri, at)
}

func (v *validation) trust(chain []*x509.Certificate, at time.Time, uri string) {
	if v.options.Trust.signer(chain, at) {
		v.add(CredentialTrusted, uri, "the certificate is trusted")
	} else {
		v.add(CredentialUntrusted, uri, "the certificate leads to none of the trust list")
	}
}

// holds verifies the signature, and that it was made while the certificate was valid.
func (v *validation) holds(s *coseSignature, a algorithm, c *x509.Certificate, m *manifest, uri string, at time.Time) {
	if !s.verify(a, c.PublicKey, m.claim.data) {
		v.add(SignatureMismatch, uri, "the signature is not one of the claim by the certificate's key")
		return
	}
	if at.Before(c.NotBefore) || at.After(c.NotAfter) {
		v.add(OutsideValidity, uri, "the certificate is valid from %s to %s, not at %s", c.NotBefore.UTC().Format(time.RFC3339),
			c.NotAfter.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))
	} else {
		v.add(InsideValidity, uri, "the certificate was valid at %s", at.UTC().Format(time.RFC3339))
	}
	v.add(SignatureValidated, uri, "the signature is one of the claim")
}

func newSignature(a algorithm, c *x509.Certificate) Signature {
	s := Signature{Algorithm: a.name, CommonName: c.Subject.CommonName, Serial: c.SerialNumber.String(), NotAfter: c.NotAfter.UTC()}
	if len(c.Subject.Organization) > 0 {
		s.Issuer = c.Subject.Organization[0]
	}
	return s
}

// maxStamps bounds the time-stamps that are tried for one manifest.
const maxStamps = 8

// readStamps keeps the time-stamps that a manifest holds for others.
func (v *validation) readStamps(m *manifest) {
	for _, a := range m.declared {
		if a.name != "c2pa.time-stamp" {
			continue
		}
		for label, token := range a.value.Pairs() {
			if der, ok := token.Bytes(); ok && len(v.stamps[label.String()]) < maxStamps {
				v.stamps[label.String()] = append(v.stamps[label.String()], der)
			}
		}
	}
}

// timeStamp is the signature's time-stamp if it holds, and whether its authority is on the trust list: that of its
// headers, or else one that a later manifest keeps. What is wrong with one is informational, and it is then as if there
// were none (15.8).
func (v *validation) timeStamp(s *coseSignature, m *manifest, uri string) (t *stamp, listed bool) {
	header, parse, payload := s.unprotected.Get("sigTst2"), parseToken, cbor.AppendBytes(nil, s.signature)
	if header.Kind() == cbor.Missing {
		header, parse, payload = s.unprotected.Get("sigTst"), parseResponse, m.claim.data
	}
	if header.Kind() != cbor.Missing {
		tokens := header.Get("tstTokens")
		der, ok := tokens.At(0).Get("val").Bytes()
		if !ok || tokens.Len() != 1 {
			v.add(TimeStampMalformed, uri, "the time-stamp's header does not hold one token")
		} else if t, err := parse(der); err != nil {
			v.refuseStamp(err, uri)
		} else if t, listed = v.holdsStamp(t, s.structure("CounterSignature", payload), m, uri); t != nil {
			return t, listed
		}
	}
	for _, der := range v.stamps[m.label] {
		t, err := parseToken(der)
		if err != nil {
			v.refuseStamp(err, uri)
			continue
		}
		if t, listed = v.holdsStamp(t, s.structure("CounterSignature", cbor.AppendBytes(nil, s.signature)), m, uri); t != nil {
			return t, listed
		}
	}
	return nil, false
}

func (v *validation) refuseStamp(err error, uri string) {
	v.add(stampCode(err), uri, "%v", err)
	if errors.Is(err, errStampCredential) {
		v.add(CredentialInvalid, uri, "%v", err)
	}
}

// holdsStamp says whether a time-stamp is one of the message, made while its authority's certificate was valid, and
// trusted.
func (v *validation) holdsStamp(t *stamp, message []byte, m *manifest, uri string) (*stamp, bool) {
	c := t.chain[0]
	switch {
	case !t.covers(message):
		v.add(TimeStampMismatch, uri, "the time-stamp is one of something else")
		return nil, false
	case t.at.Before(c.NotBefore) || t.at.After(c.NotAfter):
		v.add(TimeStampOutside, uri, "the authority's certificate was not valid at %s", t.at.UTC().Format(time.RFC3339))
		return nil, false
	}
	return v.stampTrust(t, m, uri)
}

// stampTrust says whether the authority is trusted. Claims of version 1 come from the time before lists of authorities:
// there any authority does, as in the validators of others, but not to make an expired certificate a trusted one.
func (v *validation) stampTrust(t *stamp, m *manifest, uri string) (*stamp, bool) {
	listed := v.options.Trust.stamp(t.chain, t.at)
	if !listed && m.claim.version > 1 {
		v.add(TimeStampUntrusted, uri, "the authority %q is not on the trust list", t.chain[0].Subject.CommonName)
		return nil, false
	}
	v.add(TimeStampValidated, uri, "the time-stamp is one of the claim, by %q", t.chain[0].Subject.CommonName)
	v.add(TimeStampTrusted, uri, "at %s", t.at.UTC().Format(time.RFC3339))
	return t, listed
}
