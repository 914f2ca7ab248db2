package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/intake"
)

// sourceID gives an id within its limits: itself, or its digest where it is
// longer or holds what no id should.
func sourceID(id string) string {
	if len(id) > intake.MaxID || !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl) {
		return digest(id)
	}
	return id
}

// digest stands for what has no id of its own.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// dated gives the time of reading to signals that have none or one that has
// not come: posts are dated ahead to be shown first.
func dated(signals []intake.Signal, now time.Time) []intake.Signal {
	for i, s := range signals {
		if s.At.IsZero() || s.At.After(now) {
			signals[i].At = now
		}
	}
	return signals
}
