package feed

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hashes are what senders sign with. SHA-1 is no worse in an HMAC than it was.
var hashes = map[string]func() hash.Hash{"": sha256.New, "sha256": sha256.New, "sha1": sha1.New, "sha512": sha512.New}

// holds tells whether a request was signed with the secret, lately.
func (s SignatureConfig) holds(h http.Header, body []byte, secret string, now time.Time) bool {
	if s.TimestampHeader != "" && !s.fresh(h.Get(s.TimestampHeader), now) {
		return false
	}
	want := s.sum(h, body, secretBytes(secret))
	for _, got := range strings.FieldsFunc(h.Get(s.Header), func(r rune) bool { return r == ' ' || r == '\t' }) {
		for _, part := range candidates(got, s.Prefix) {
			if sum, err := s.decode(part); err == nil && hmac.Equal(sum, want) {
				return true
			}
		}
	}
	return false
}

// candidates cuts the prefix off: of the whole, or of its parts where several
// signatures are divided by commas (t=1,v1=…,v1=…). A prefix may itself end in a comma (v1,…).
func candidates(value, prefix string) []string {
	var list []string
	if rest, ok := strings.CutPrefix(value, prefix); ok {
		list = append(list, rest)
	}
	if prefix != "" && strings.Contains(value, ",") {
		for part := range strings.SplitSeq(value, ",") {
			if rest, ok := strings.CutPrefix(part, prefix); ok {
				list = append(list, rest)
			}
		}
	}
	return list
}

func (s SignatureConfig) decode(text string) ([]byte, error) {
	if s.Encoding == "base64" {
		return base64.StdEncoding.DecodeString(text)
	}
	return hex.DecodeString(text)
}

// secretBytes gives the key: that of Standard Webhooks is encoded and says so.
func secretBytes(secret string) []byte {
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return key
		}
	}
	return []byte(secret)
}

// sum is the HMAC over what the sender signs.
func (s SignatureConfig) sum(h http.Header, body, key []byte) []byte {
	m := hmac.New(hashes[s.Algorithm], key)
	rest := s.Signed
	if rest == "" {
		rest = "{body}"
	}
	for {
		before, after, open := strings.Cut(rest, "{")
		m.Write([]byte(before))
		if !open {
			return m.Sum(nil)
		}
		name, after, _ := strings.Cut(after, "}")
		if name == "body" {
			m.Write(body)
		} else {
			m.Write([]byte(h.Get(name)))
		}
		rest = after
	}
}

// fresh tells whether a time of signing is near enough to now.
func (s SignatureConfig) fresh(stamp string, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil || seconds < 0 || seconds > 1<<40 {
			return false
		}
		at = time.Unix(seconds, 0)
	}
	tolerance := s.Tolerance
	if tolerance == 0 {
		tolerance = defaultTolerance
	}
	return now.Sub(at).Abs() <= tolerance
}

// sameSecret compares in a time that tells nothing of the secret, its length included.
func sameSecret(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
