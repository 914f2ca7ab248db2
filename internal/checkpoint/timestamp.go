package checkpoint

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"

	"github.com/safelight-dev/safelight/internal/journal"
)

// MaxTimestamp bounds the answer of a timestamping service. They are some kilobytes.
const MaxTimestamp = 256 << 10

// askTime is for one request to a timestamping service.
const askTime = 30 * time.Second

// parsing is held while an answer is parsed: package pkcs7 counts the depth of its encoding in a variable that all share.
var parsing sync.Mutex

// Authority is a timestamping service (RFC 3161), asked over HTTP.
type Authority struct {
	URL string
	// Client is [http.DefaultClient] if nil.
	Client *http.Client
}

// CheckURL says whether a service may be asked under an address. An address
// holds no password: it would be in every log.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("timestamping service: want an address that begins with http:// or https://: %w", journal.ErrInvalid)
	case u.User != nil:
		return fmt.Errorf("timestamping service %s: an address with a password is not taken: %w", u.Host, journal.ErrInvalid)
	}
	return nil
}

// Stamp asks for a timestamp of the text of a checkpoint and gives the answer
// as it came (DER), once it has been verified.
func (a Authority) Stamp(ctx context.Context, text []byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("ask for a timestamp: %w", err)
	}
	question, err := timestamp.CreateRequest(bytes.NewReader(text), &timestamp.RequestOptions{Hash: crypto.SHA256, Certificates: true, Nonce: nonce})
	if err != nil {
		return nil, fmt.Errorf("ask for a timestamp: %w", err)
	}
	answer, err := a.post(ctx, question)
	if err != nil {
		return nil, fmt.Errorf("ask %s for a timestamp: %w", a.host(), err)
	}
	stamp, err := parseStamp(answer, text)
	if err == nil && (stamp.Nonce == nil || stamp.Nonce.Cmp(nonce) != 0) {
		err = fmt.Errorf("it answers another question: %w", journal.ErrInvalid)
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s for a timestamp: %w", a.host(), err)
	}
	return answer, nil
}

func (a Authority) host() string {
	u, err := url.Parse(a.URL)
	if err != nil {
		return "the service"
	}
	return u.Host
}

func (a Authority) post(ctx context.Context, question []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	client := a.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address may hold a token
		}
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", resp.Status)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "application/timestamp-reply" {
		return nil, fmt.Errorf("it answers with %.40q instead of a timestamp", kind)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, MaxTimestamp+1))
	if err == nil && len(answer) > MaxTimestamp {
		err = fmt.Errorf("its answer is longer than %d bytes: %w", MaxTimestamp, journal.ErrTooLarge)
	}
	return answer, err
}

// Stamped is what a verified timestamp says.
type Stamped struct {
	At      time.Time
	By      string // subject of the certificate
	Trusted bool   // the certificate leads to a root that the reader named
}

// ReadStamp verifies a timestamp of a checkpoint: that it is of this text, and
// signed by the certificate in it. Roots, if there are any, are what that
// certificate has to lead to, at the time that it states.
func ReadStamp(answer, text []byte, roots *x509.CertPool) (Stamped, error) {
	stamp, err := parseStamp(answer, text)
	if err != nil {
		return Stamped{}, fmt.Errorf("read the timestamp: %w", err)
	}
	parsing.Lock()
	token, err := pkcs7.Parse(stamp.RawToken)
	parsing.Unlock()
	if err != nil {
		return Stamped{}, fmt.Errorf("read the timestamp: %w: %w", err, journal.ErrInvalid)
	}
	signer := token.GetOnlySigner()
	if signer == nil {
		return Stamped{}, fmt.Errorf("read the timestamp: it has not one signer: %w", journal.ErrInvalid)
	}
	s := Stamped{At: stamp.Time.UTC(), By: signer.Subject.String()}
	if roots == nil {
		return s, nil
	}
	between := x509.NewCertPool()
	for _, c := range token.Certificates {
		between.AddCert(c)
	}
	if _, err := signer.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: stamp.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	}); err != nil {
		return Stamped{}, fmt.Errorf("read the timestamp: its certificate is none of a service that is trusted here: %w: %w", err, journal.ErrInvalid)
	}
	s.Trusted = true
	return s, nil
}

func parseStamp(answer, text []byte) (*timestamp.Timestamp, error) {
	if len(answer) > MaxTimestamp {
		return nil, fmt.Errorf("%d bytes, the limit is %d: %w", len(answer), MaxTimestamp, journal.ErrTooLarge)
	}
	parsing.Lock()
	stamp, err := timestamp.ParseResponse(answer)
	parsing.Unlock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, journal.ErrInvalid)
	}
	digest := sha256.Sum256(text)
	switch {
	case len(stamp.Certificates) == 0:
		return nil, fmt.Errorf("it brings no certificate, and nothing shows who signed it: %w", journal.ErrInvalid)
	case stamp.HashAlgorithm != crypto.SHA256 || !bytes.Equal(stamp.HashedMessage, digest[:]):
		return nil, fmt.Errorf("it is of another text: %w", journal.ErrConflict)
	}
	return stamp, nil
}

// Config is what safelight.yaml says of checkpoints.
type Config struct {
	// Timestamp is the address of a timestamping service (RFC 3161) that states when published checkpoints were there; none if empty.
	Timestamp string `yaml:"timestamp"`
}

// Validate says what is wrong with it, or nil.
func (c Config) Validate() error {
	if c.Timestamp == "" {
		return nil
	}
	return CheckURL(c.Timestamp)
}
