package checkpoint

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// authority is a timestamping service that OpenSSL answers for.
type authority struct {
	t    *testing.T
	dir  string
	root []byte // PEM
}

const tsaConfig = `
[tsa]
default_tsa = tsa1
[tsa1]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
[ext]
extendedKeyUsage = critical,timeStamping
`

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	if err := errors.Join(os.WriteFile(filepath.Join(a.dir, "tsa.cnf"), []byte(tsaConfig), 0o600), os.WriteFile(filepath.Join(a.dir, "serial"), []byte("01\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	a.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Test root", "-days", "2")
	a.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA")
	a.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", "tsa.pem", "-days", "2", "-extfile", "tsa.cnf", "-extensions", "ext")
	var err error
	if a.root, err = os.ReadFile(filepath.Join(a.dir, "root.pem")); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) openssl(args ...string) {
	a.t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = a.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
	}
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	question, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "no question", http.StatusBadRequest)
		return
	}
	if err := os.WriteFile(filepath.Join(a.dir, "q.tsq"), question, 0o600); err != nil {
		a.t.Error(err)
	}
	a.openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr")
	answer, err := os.ReadFile(filepath.Join(a.dir, "r.tsr"))
	if err != nil {
		a.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(answer)
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(a.root) {
		a.t.Fatal("the root is no certificate")
	}
	return pool
}

// TestTimestamp asks OpenSSL for a timestamp, reads it, and has OpenSSL verify it.
func TestTimestamp(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	server := httptest.NewServer(a)
	defer server.Close()
	c := sign(t, key(t), tree(t, chain(t, 3, "a")), 3)
	answer, err := Authority{URL: server.URL}.Stamp(t.Context(), c.Text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadStamp(answer, c.Text, a.pool())
	if err != nil || !s.Trusted || s.By != "CN=Test TSA" || s.At.IsZero() {
		t.Errorf("ReadStamp = %+v, %v; want the time, by the service, trusted", s, err)
	}
	if s, err := ReadStamp(answer, c.Text, nil); err != nil || s.Trusted {
		t.Errorf("without roots = %+v, %v; want it read and not trusted", s, err)
	}
	if _, err := ReadStamp(answer, c.Text, newAuthority(t).pool()); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("by another root = %v, want invalid", err)
	}
	if _, err := ReadStamp(answer, append(bytes.Clone(c.Text), '\n'), nil); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("of another text = %v, want a conflict", err)
	}
	for i := 0; i < len(answer); i += 7 {
		flipped := bytes.Clone(answer)
		flipped[i] ^= 0x10
		if got, err := ReadStamp(flipped, c.Text, a.pool()); err == nil && got != s {
			t.Errorf("byte %d changed: ReadStamp = %+v, want %+v or an error", i, got, s)
		}
	}
	if err := errors.Join(os.WriteFile(filepath.Join(a.dir, "checkpoint"), c.Text, 0o600), os.WriteFile(filepath.Join(a.dir, "kept.tsr"), answer, 0o600)); err != nil {
		t.Fatal(err)
	}
	a.openssl("ts", "-verify", "-data", "checkpoint", "-in", "kept.tsr", "-CAfile", "root.pem")
}

// TestTimestampRefused: what a service may answer instead of a timestamp.
func TestTimestampRefused(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	text := []byte("a checkpoint\n")
	reply := func(kind string, status int, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write(body)
		}
	}
	first := httptest.NewServer(a)
	defer first.Close()
	old, err := Authority{URL: first.URL}.Stamp(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	const kind = "application/timestamp-reply"
	for name, h := range map[string]http.HandlerFunc{
		"down":       reply("text/plain", http.StatusServiceUnavailable, nil),
		"a page":     reply("text/html", http.StatusOK, []byte("<html>")),
		"no answer":  reply(kind, http.StatusOK, nil),
		"too long":   reply(kind, http.StatusOK, make([]byte, MaxTimestamp+1)),
		"an old one": reply(kind, http.StatusOK, old), // right text, wrong nonce
	} {
		server := httptest.NewServer(h)
		if _, err := (Authority{URL: server.URL + "/?token=hush"}).Stamp(t.Context(), text); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: Stamp = %v, want an error that does not quote the address", name, err)
		}
		server.Close()
	}
	for _, address := range []string{"", "tsa.example.com", "ftp://tsa.example.com", "https://me:hush@tsa.example.com"} {
		if err := CheckURL(address); !errors.Is(err, journal.ErrInvalid) || strings.Contains(err.Error(), "hush") {
			t.Errorf("CheckURL(%q) = %v, want invalid", address, err)
		}
	}
}

func FuzzStamp(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x02})
	f.Fuzz(func(t *testing.T, answer []byte) {
		if s, err := ReadStamp(answer, []byte("x"), nil); err == nil {
			t.Errorf("ReadStamp(%x) = %+v, want an error", answer, s)
		}
	})
}
