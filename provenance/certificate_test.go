package provenance

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
)

// certificateCase is a certificate that signs a picture which is sound otherwise.
type certificateCase struct {
	name  string
	id    identity
	state State
	want  string
	// stricter says that the official tool takes it.
	stricter bool
}

// under makes an authority below another one.
func (a *authority) under(t testing.TB, name string) *authority {
	t.Helper()
	sub := newAuthority(name)
	template := *sub.certificate
	template.AuthorityKeyId = a.certificate.SubjectKeyId
	der, err := x509.CreateCertificate(rand.Reader, &template, a.certificate, sub.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if sub.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return sub
}

func certificates(t testing.TB) []certificateCase {
	t.Helper()
	key := newKey(t, -7)
	issue := func(change func(*x509.Certificate)) identity { return testRoot().issue(t, -7, key, change) }
	uses := func(uses ...x509.ExtKeyUsage) identity {
		return issue(func(c *x509.Certificate) { c.ExtKeyUsage = uses })
	}
	const invalid = "signingCredential.invalid"
	between := testRoot().under(t, "Safelight Test Intermediate")
	below := between.issue(t, -7, key, nil)
	self := newAuthority("Self")
	return []certificateCase{
		{"as it should be", issue(nil), Trusted, "", false},
		{"below an intermediate", identity{-7, key, [][]byte{below.chain[0], between.certificate.Raw}}, Trusted, "", false},
		{"below an intermediate that is not there", below, Valid, "", false},
		{"below an intermediate of another root", identity{-7, key, [][]byte{below.chain[0], newAuthority("Safelight Test Intermediate").certificate.Raw}}, Valid, "", false},
		{"of another root", newAuthority("Another Root").issue(t, -7, key, nil), Valid, "", false},
		{"of another root of the same name", newAuthority("Safelight Test Root").issue(t, -7, key, nil), Valid, "", false},
		{"after its time", issue(func(c *x509.Certificate) { c.NotAfter = day.AddDate(0, 0, -1) }), Invalid, "claimSignature.outsideValidity", false},
		{"before its time", issue(func(c *x509.Certificate) { c.NotBefore = day.AddDate(1, 0, 0) }), Invalid, "claimSignature.outsideValidity", false},
		{"an authority", issue(func(c *x509.Certificate) { c.IsCA = true }), Invalid, invalid, false},
		{"for servers", uses(x509.ExtKeyUsageServerAuth), Invalid, invalid, false},
		{"for any use", uses(x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageAny), Invalid, invalid, false},
		{"for time-stamps too", uses(x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageTimeStamping), Invalid, invalid, false},
		{"for time-stamps", uses(x509.ExtKeyUsageTimeStamping), Invalid, invalid, true},
		{"without a use", uses(), Invalid, invalid, false},
		{"for encryption", issue(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), Invalid, invalid, false},
		{"for claims", issue(func(c *x509.Certificate) {
			c.ExtKeyUsage, c.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{oidClaims}
		}), Trusted, "", false},
		{"with a critical extension", issue(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}), Invalid, invalid, false},
		{"another key's", identity{-7, newKey(t, -7), issue(nil).chain}, Invalid, "claimSignature.mismatch", false},
		{"not there", identity{-7, key, nil}, Invalid, invalid, false},
		{"that cannot be read", identity{-7, key, [][]byte{[]byte("DER")}}, Invalid, invalid, false},
		{"signed by itself", identity{-7, self.key, [][]byte{self.certificate.Raw}}, Invalid, invalid, false},
	}
}

// TestCertificates holds certificates against the profile and the trust list.
func TestCertificates(t *testing.T) {
	t.Parallel()
	trust := testTrust(t)
	for _, c := range certificates(t) {
		r := validate(t, made{id: c.id, assertions: []madeAssertion{created}}.build(t), Options{Trust: trust})
		if r.State != c.state || codes(r) != c.want {
			t.Errorf("a certificate %s: got %v with %q, want %v with %q", c.name, r.State, codes(r), c.state, c.want)
		}
	}
}

// TestPrivateCredential trusts a signer's own certificate, and nobody by it.
func TestPrivateCredential(t *testing.T) {
	t.Parallel()
	id := testSigner(t)
	c, err := x509.ParseCertificate(id.chain[0])
	if err != nil {
		t.Fatal(err)
	}
	trust, err := NewTrustList((&authority{certificate: c}).pem(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := validate(t, made{assertions: []madeAssertion{created}}.build(t), Options{Trust: trust}); r.State != Trusted {
		t.Errorf("got %v, want Trusted", r.State)
	}
	// Somebody who has the expired key backdates an old claim by an authority of their own.
	other := newAuthority("Other").stamper(t)
	backdated := made{v1: true, assertions: []madeAssertion{created}, cose: coseOptions{stamp: func(m []byte) []byte { return other.timeStamp(t, m, day) }}}
	if r := validate(t, backdated.build(t), Options{Trust: trust, Now: day.AddDate(11, 0, 0)}); r.State != Valid {
		t.Errorf("a backdated claim: got %v, want Valid", r.State)
	}
	if _, err := NewTrustList([]byte("no certificates"), nil); err == nil {
		t.Error("an empty trust list is no error")
	}
}
