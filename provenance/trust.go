package provenance

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// TrustList says whose signatures and time-stamps are trusted. It is immutable and safe for concurrent use.
type TrustList struct {
	signers     *x509.CertPool
	anchors     []*x509.Certificate // those of signers
	stamps      *x509.CertPool
	credentials map[[sha256.Size]byte]bool // certificates of signers themselves, the private credential store (14.4.3)
}

// maxTrustList bounds the bytes of one list. The C2PA's has about 50 000.
const maxTrustList = 8 << 20

// NewTrustList reads two lists of certificates in PEM: anchors for signers of claims, and anchors for time-stamping
// authorities, which may be empty. A certificate among the signers that is not an authority's is trusted as the signer
// itself, and nobody by it. Text around the certificates, such as their names, is passed over.
func NewTrustList(signers, timeStamping []byte) (*TrustList, error) {
	t := &TrustList{signers: x509.NewCertPool(), stamps: x509.NewCertPool(), credentials: map[[sha256.Size]byte]bool{}}
	certificates, err := parsePEM(signers)
	if err == nil && len(certificates) == 0 {
		err = errors.New("it holds no certificate")
	}
	if err != nil {
		return nil, fmt.Errorf("read the trust list: %w", err)
	}
	for _, c := range certificates {
		if c.IsCA || bytes.Equal(c.RawSubject, c.RawIssuer) {
			t.signers.AddCert(c)
			t.anchors = append(t.anchors, c)
		} else {
			t.credentials[sha256.Sum256(c.Raw)] = true
		}
	}
	if certificates, err = parsePEM(timeStamping); err != nil {
		return nil, fmt.Errorf("read the trust list of time-stamping authorities: %w", err)
	}
	for _, c := range certificates {
		t.stamps.AddCert(c)
	}
	return t, nil
}

func parsePEM(data []byte) ([]*x509.Certificate, error) {
	if len(data) > maxTrustList {
		return nil, fmt.Errorf("its %d bytes are more than %d", len(data), maxTrustList)
	}
	var certificates []*x509.Certificate
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return certificates, nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := parseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(certificates)+1, err)
		}
		certificates = append(certificates, c)
	}
}

// signer says whether a chain of certificates leads from the first to an anchor at a time, or is trusted itself.
func (t *TrustList) signer(chain []*x509.Certificate, at time.Time) bool {
	if t == nil {
		return false
	}
	if t.credentials[sha256.Sum256(chain[0].Raw)] {
		return !at.Before(chain[0].NotBefore) && !at.After(chain[0].NotAfter)
	}
	return leads(t.signers, chain, at)
}

// authorities are the anchors by the name of a certificate's issuer.
func (t *TrustList) authorities(c *x509.Certificate) (named []*x509.Certificate) {
	if t == nil {
		return nil
	}
	for _, a := range t.anchors {
		if bytes.Equal(a.RawSubject, c.RawIssuer) {
			named = append(named, a)
		}
	}
	return named
}

// stamp is signer for time-stamping authorities.
func (t *TrustList) stamp(chain []*x509.Certificate, at time.Time) bool {
	return t != nil && leads(t.stamps, chain, at)
}

// leads builds a path by RFC 5280, section 6. Uses of authorities' certificates are ignored (14.5.1.2).
func leads(anchors *x509.CertPool, chain []*x509.Certificate, at time.Time) bool {
	between := x509.NewCertPool()
	subjects := map[string]bool{} // one certificate a subject: paths to try would multiply
	for _, c := range chain[1:] {
		if sound(c) == nil && !subjects[string(c.RawSubject)] {
			subjects[string(c.RawSubject)] = true
			between.AddCert(c)
		}
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: anchors, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err == nil
}
