package checkpoint

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/safelight-dev/safelight/internal/journal"
)

// MaxText bounds a checkpoint, its signatures included.
const MaxText = 16 << 10

// Checkpoint says what a signer has seen of the journal.
type Checkpoint struct {
	Origin string
	Size   int64 // entries
	Root   tlog.Hash
	Signer string // name and id of the key whose signature was verified, as "name+01234567"
	Text   []byte // all of it, signatures included
}

// body is what is signed.
func body(origin string, size int64, root tlog.Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
}

// Parse reads a checkpoint and verifies that one of the keys has signed it.
// Signatures by others, a witness's for instance, may stand beside it; lines that
// follow the root are allowed, as in C2SP tlog-checkpoint, and mean nothing here.
func Parse(text []byte, keys []string) (Checkpoint, error) {
	refuse := func(err error) (Checkpoint, error) {
		return Checkpoint{}, fmt.Errorf("read the checkpoint: %w: %w", err, journal.ErrInvalid)
	}
	if len(text) > MaxText {
		return Checkpoint{}, fmt.Errorf("read the checkpoint: %d bytes, the limit is %d: %w", len(text), MaxText, journal.ErrTooLarge)
	}
	verifiers, err := verifiers(keys)
	if err != nil {
		return Checkpoint{}, err
	}
	n, err := note.Open(text, verifiers)
	if err != nil {
		return refuse(err)
	}
	c := Checkpoint{Text: slices.Clone(text), Signer: fmt.Sprintf("%s+%08x", n.Sigs[0].Name, n.Sigs[0].Hash)}
	lines := strings.SplitN(n.Text, "\n", 4)
	if len(lines) < 4 {
		return refuse(fmt.Errorf("it has fewer than three lines"))
	}
	c.Origin = lines[0]
	if c.Origin != n.Sigs[0].Name {
		return refuse(fmt.Errorf("it is of %q and signed by %q", c.Origin, n.Sigs[0].Name))
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return refuse(fmt.Errorf("%.40q is not a size", lines[1]))
	}
	if c.Root, err = parseRoot(lines[2]); err != nil {
		return refuse(err)
	}
	return c, nil
}

func parseRoot(s string) (tlog.Hash, error) {
	var h tlog.Hash
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != len(h) || base64.StdEncoding.EncodeToString(b) != s {
		return h, fmt.Errorf("%.60q is not a root in base64", s)
	}
	copy(h[:], b)
	return h, nil
}

// maxKeys is more than a folder ever has.
const maxKeys = 64

func verifiers(keys []string) (note.Verifiers, error) {
	if len(keys) == 0 || len(keys) > maxKeys {
		return nil, fmt.Errorf("read the checkpoint: name 1 to %d keys that may have signed it, got %d: %w", maxKeys, len(keys), journal.ErrInvalid)
	}
	var list []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return nil, fmt.Errorf("read the key %.80q: want NAME+ID+KEY, as `safelight journal key` prints it: %w", k, journal.ErrInvalid)
		}
		list = append(list, v)
	}
	return note.VerifierList(list...), nil
}

// ParseKeys reads a file of public keys: one a line; empty lines and those that begin with # mean nothing.
func ParseKeys(text []byte) ([]string, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("read keys: %d bytes, the limit is %d: %w", len(text), MaxText, journal.ErrTooLarge)
	}
	var keys []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !slices.Contains(keys, line) {
			keys = append(keys, line)
		}
	}
	_, err := verifiers(keys)
	return keys, err
}
