package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Digest is the SHA-256 of a blob's bytes and so its name.
type Digest [sha256.Size]byte

// String gives 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Parse reads what [Digest.String] wrote and nothing else.
func Parse(s string) (Digest, error) {
	var d Digest
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) || hex.EncodeToString(b) != s {
		return d, fmt.Errorf("read digest %q: want 64 lower-case hexadecimal digits: %w", s, journal.ErrInvalid)
	}
	copy(d[:], b)
	return d, nil
}

// DamageError says that a stored blob is not what was stored.
type DamageError struct {
	Digest Digest // its name
	Found  Digest // the SHA-256 of what is there
}

// Error names the blob.
func (e *DamageError) Error() string {
	return fmt.Sprintf("blob %s is damaged: its bytes have the SHA-256 %s", e.Digest, e.Found)
}

// Unwrap makes damage an [journal.ErrInvalid].
func (e *DamageError) Unwrap() error { return journal.ErrInvalid }
