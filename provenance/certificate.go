package provenance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
)

// Limits of certificates.
const (
	maxChain       = 10
	maxCertificate = 32 << 10
	minRSA, maxRSA = 2048, 16384 // bits
)

// Object identifiers.
var (
	oidPSS       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidAKI       = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidKeyUsage  = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidDocuments = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}
	oidClaims    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 62558, 2, 1}
	oidMicrosoft = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 76, 59, 1, 9}
)

// parseCertificate reads a certificate. Unlike crypto/x509 it reads RSA keys too that may only be used with RSASSA-PSS
// (RFC 4055, 1.2).
func parseCertificate(der []byte) (*x509.Certificate, error) {
	if len(der) > maxCertificate {
		return nil, fmt.Errorf("read a certificate: its %d bytes are more than %d", len(der), maxCertificate)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read a certificate: %w", err)
	}
	if c.PublicKeyAlgorithm != x509.UnknownPublicKeyAlgorithm {
		return c, nil
	}
	var info struct {
		Algorithm struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info); err == nil && info.Algorithm.OID.Equal(oidPSS) {
		if key, err := x509.ParsePKCS1PublicKey(info.Key.RightAlign()); err == nil {
			c.PublicKey, c.PublicKeyAlgorithm = key, x509.RSA
		}
	}
	return c, nil
}

// sound says what a certificate of any use breaks of the general requirements (C2PA 2.4, 14.5.1.1), nil if nothing.
func sound(c *x509.Certificate) error {
	switch c.SignatureAlgorithm {
	case x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512, x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS, x509.PureEd25519:
	default:
		return fmt.Errorf("the certificate is signed by %v, which is not allowed", c.SignatureAlgorithm)
	}
	switch k := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if bits := k.Curve.Params().BitSize; bits < 256 {
			return fmt.Errorf("the curve of the certificate's key has %d bits", bits)
		}
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < minRSA || bits > maxRSA {
			return fmt.Errorf("the certificate's RSA key has %d bits, want %d to %d", bits, minRSA, maxRSA)
		}
	case ed25519.PublicKey:
	default:
		return errors.New("the certificate's key is of a kind that is not allowed")
	}
	if c.Version != 3 {
		return fmt.Errorf("the certificate is of version %d, not 3", c.Version)
	}
	if len(c.UnhandledCriticalExtensions) > 0 {
		return fmt.Errorf("the certificate has an extension %v that is critical and not known", c.UnhandledCriticalExtensions[0])
	}
	if uniqueIDs(c.RawTBSCertificate) {
		return errors.New("the certificate has a unique identifier of issuer or subject")
	}
	return nil
}

// uniqueIDs says whether a TBSCertificate has the fields [1] or [2].
func uniqueIDs(tbs []byte) bool {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(tbs, &outer); err != nil {
		return true
	}
	for rest := outer.Bytes; len(rest) > 0; {
		var field asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &field); err != nil {
			return true
		}
		if field.Class == asn1.ClassContextSpecific && (field.Tag == 1 || field.Tag == 2) {
			return true
		}
	}
	return false
}

// leaf says what a certificate breaks of the requirements on those that sign something else than certificates.
func leaf(c *x509.Certificate) error {
	if err := sound(c); err != nil {
		return err
	}
	has := func(oid asn1.ObjectIdentifier) bool {
		return slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oid) })
	}
	switch {
	case bytes.Equal(c.RawSubject, c.RawIssuer):
		return errors.New("the certificate is signed by itself")
	case c.IsCA || c.KeyUsage&x509.KeyUsageCertSign != 0:
		return errors.New("the certificate is that of an authority")
	case !has(oidKeyUsage) || c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return errors.New("the certificate's key is not for signatures")
	case !has(oidAKI):
		return errors.New("the certificate does not identify its authority's key")
	case slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny):
		return errors.New("the certificate is for any use")
	}
	return nil
}

// signer says what a certificate breaks of the requirements on signers of claims, nil if nothing.
func signer(c *x509.Certificate) error {
	if err := leaf(c); err != nil {
		return err
	}
	if slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageTimeStamping) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return errors.New("the certificate is for time-stamps or OCSP")
	}
	if !signsClaims(c) {
		return errors.New("the certificate is for none of the uses that may sign claims")
	}
	return nil
}

// signsClaims says whether the uses of a certificate have one of those that the specification's trust lists are for,
// and what validators took before them.
func signsClaims(c *x509.Certificate) bool {
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageEmailProtection) ||
		slices.ContainsFunc(c.UnknownExtKeyUsage, func(oid asn1.ObjectIdentifier) bool {
			return oid.Equal(oidDocuments) || oid.Equal(oidClaims) || oid.Equal(oidMicrosoft)
		})
}

// timeStamper says what a certificate breaks of the requirements on time-stamping authorities, nil if nothing.
func timeStamper(c *x509.Certificate) error {
	if err := leaf(c); err != nil {
		return err
	}
	if len(c.ExtKeyUsage) != 1 || len(c.UnknownExtKeyUsage) != 0 || c.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping {
		return errors.New("the certificate is not for time-stamps alone")
	}
	return nil
}
