package provenance

import (
	"crypto"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// respond makes an OCSP response of the tests' root, or of a responder, about a certificate.
func (a *authority) respond(t testing.TB, of identity, by *identity, change func(*ocsp.Response)) []byte {
	t.Helper()
	c, err := x509.ParseCertificate(of.chain[0])
	if err != nil {
		t.Fatal(err)
	}
	template := ocsp.Response{Status: ocsp.Good, SerialNumber: c.SerialNumber, ThisUpdate: day.AddDate(0, 0, -1), NextUpdate: day.AddDate(0, 0, 6),
		RevokedAt: day.AddDate(0, 0, -2), RevocationReason: ocsp.KeyCompromise}
	if change != nil {
		change(&template)
	}
	responder, key := a.certificate, crypto.Signer(a.key)
	if by != nil {
		if responder, err = x509.ParseCertificate(by.chain[0]); err != nil {
			t.Fatal(err)
		}
		template.Certificate, key = responder, by.key
	}
	der, err := ocsp.CreateResponse(a.certificate, responder, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func revoked(r *ocsp.Response) { r.Status = ocsp.Revoked }

// stapledCase is an image with OCSP responses, and what validating it gives.
type stapledCase struct {
	name  string
	id    identity
	ocsp  [][]byte
	stamp time.Time // zero for none
	state State
	code  Code
	// differs says that the official tool takes it: of responses it uses the first, if that brings its responder's certificate.
	differs bool
}

func stapled(t testing.TB) []stapledCase {
	t.Helper()
	root := testRoot()
	id := root.issue(t, -7, newKey(t, -7), nil)
	use := func(u x509.ExtKeyUsage) *identity {
		made := root.issue(t, -7, newKey(t, -7), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{u} })
		return &made
	}
	responder := use(x509.ExtKeyUsageOCSPSigning)
	between := root.under(t, "Safelight Test Intermediate")
	below := between.issue(t, -7, newKey(t, -7), nil)
	below.chain = append(below.chain, between.certificate.Raw)
	good := root.respond(t, id, nil, nil)
	bad := root.respond(t, id, nil, revoked)
	altered := slices.Clone(bad)
	altered[len(altered)-1] ^= 1
	at := func(status int, days int) func(*ocsp.Response) {
		return func(r *ocsp.Response) { r.Status, r.RevokedAt = status, day.AddDate(0, 0, days) }
	}
	return []stapledCase{
		{"good", id, [][]byte{good}, time.Time{}, Trusted, OCSPNotRevoked, false},
		{"good, by a responder", id, [][]byte{root.respond(t, id, responder, nil)}, time.Time{}, Trusted, OCSPNotRevoked, false},
		{"good, by an intermediate", below, [][]byte{between.respond(t, below, nil, nil)}, time.Time{}, Trusted, OCSPNotRevoked, false},
		{"good, but of last month", id, [][]byte{root.respond(t, id, nil, func(r *ocsp.Response) {
			r.ThisUpdate, r.NextUpdate = day.AddDate(0, -1, 0), day.AddDate(0, -1, 7)
		})}, time.Time{}, Trusted, OCSPSkipped, false},
		{"good, without an end and two days old", id, [][]byte{root.respond(t, id, nil, func(r *ocsp.Response) {
			r.ThisUpdate, r.NextUpdate = day.AddDate(0, 0, -2), time.Time{}
		})}, time.Time{}, Trusted, OCSPSkipped, false},
		{"good, by the signer itself", id, [][]byte{root.respond(t, id, &id, nil)}, time.Time{}, Trusted, OCSPSkipped, false},
		{"good, of another root", id, [][]byte{newAuthority("Other").respond(t, id, nil, nil)}, time.Time{}, Trusted, OCSPSkipped, false},
		{"of another certificate", id, [][]byte{root.respond(t, *responder, nil, revoked)}, time.Time{}, Trusted, OCSPSkipped, false},
		{"no DER", id, [][]byte{[]byte("response")}, time.Time{}, Trusted, OCSPSkipped, false},
		{"unknown", id, [][]byte{root.respond(t, id, nil, func(r *ocsp.Response) { r.Status = ocsp.Unknown })}, time.Time{}, Trusted, OCSPUnknown, false},
		{"revoked", id, [][]byte{bad}, time.Time{}, Invalid, OCSPRevoked, true},
		{"revoked, by a responder", id, [][]byte{root.respond(t, id, responder, revoked)}, time.Time{}, Invalid, OCSPRevoked, false},
		{"revoked, after a good one", id, [][]byte{good, bad}, time.Time{}, Invalid, OCSPRevoked, true},
		{"revoked, and altered", id, [][]byte{altered}, time.Time{}, Trusted, OCSPSkipped, false},
		{"revoked before the time-stamp, by a responder", id, [][]byte{root.respond(t, id, responder, at(ocsp.Revoked, -2))}, day, Invalid, OCSPRevoked, false},
		{"revoked, before the time-stamp", id, [][]byte{root.respond(t, id, nil, at(ocsp.Revoked, -2))}, day, Invalid, OCSPRevoked, true},
		{"revoked, after the time-stamp", id, [][]byte{root.respond(t, id, nil, at(ocsp.Revoked, 2))}, day, Trusted, OCSPNotRevoked, false},
		{"revoked, and back from hold", id, [][]byte{root.respond(t, id, nil, func(r *ocsp.Response) {
			r.Status, r.RevocationReason = ocsp.Revoked, ocsp.RemoveFromCRL
		})}, time.Time{}, Trusted, OCSPNotRevoked, false},
		{"nothing", id, nil, time.Time{}, Trusted, OCSPSkipped, false},
	}
}

func (c stapledCase) build(t testing.TB) []byte {
	t.Helper()
	cose := coseOptions{ocsp: c.ocsp}
	if !c.stamp.IsZero() {
		cose.stamp = func(m []byte) []byte { return testRoot().stamper(t).timeStamp(t, m, c.stamp) }
	}
	return made{id: c.id, assertions: []madeAssertion{created}, cose: cose}.build(t)
}

// TestStapled holds signers' certificates against the OCSP responses that come with the signature.
func TestStapled(t *testing.T) {
	t.Parallel()
	trust := testTrust(t)
	for _, c := range stapled(t) {
		r := validate(t, c.build(t), Options{Trust: trust, Now: day.Add(time.Hour)})
		if r.State != c.state || !slices.ContainsFunc(r.Statuses, func(s Status) bool { return s.Code == c.code }) {
			t.Errorf("%s: got %v with %+v, want %v with %s", c.name, r.State, r.Statuses, c.state, c.code)
		}
	}
}

// TestCertificateStatus takes a response from an assertion that keeps it.
func TestCertificateStatus(t *testing.T) {
	t.Parallel()
	id := testRoot().issue(t, -7, newKey(t, -7), nil)
	kept := madeAssertion{label: "c2pa.certificate-status", value: pairs{{"ocspVals", []any{testRoot().respond(t, id, nil, revoked)}}}}
	r := validate(t, made{id: id, assertions: []madeAssertion{created, kept}}.build(t), Options{Trust: testTrust(t), Now: day})
	if r.State != Invalid || codes(r) != string(OCSPRevoked) {
		t.Errorf("got %v with %q, want Invalid with %s", r.State, codes(r), OCSPRevoked)
	}
}

// FuzzOCSP reads responses that are damaged: none makes it fail, and none that is altered says that the certificate is good.
func FuzzOCSP(f *testing.F) {
	id := testRoot().issue(f, -7, newKey(f, -7), nil)
	c, err := x509.ParseCertificate(id.chain[0])
	if err != nil {
		f.Fatal(err)
	}
	good := testRoot().respond(f, id, nil, nil)
	f.Add(good)
	f.Add(testRoot().respond(f, id, &id, nil))
	trust := testTrust(f)
	f.Fuzz(func(t *testing.T, der []byte) {
		v := &validation{options: Options{Trust: trust}}
		if r, err := v.response(der, []*x509.Certificate{c}); err == nil && !slices.Equal(r.TBSResponseData, tbs(t, good)) {
			t.Errorf("a response that the root never gave is taken: %x", der)
		}
	})
}

func tbs(t *testing.T, der []byte) []byte {
	t.Helper()
	r, err := ocsp.ParseResponse(der, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.TBSResponseData
}
