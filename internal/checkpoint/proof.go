package checkpoint

import (
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/safelight-dev/safelight/internal/journal"
)

// MaxProof bounds the JSON of a proof, the text of its entry included.
const MaxProof = 2*journal.MaxEntry + 4*MaxText

// Proof is checked by whoever knows the public key, without the journal. It
// proves that a checkpoint's journal holds an entry, or that it grew from an
// older checkpoint.
type Proof struct {
	// Entry is the number of the entry, from 1; 0 in a proof of growth.
	Entry int64 `json:"entry,omitempty"`
	// Hash is the SHA-256 of the entry's stored text, in hexadecimal.
	Hash string `json:"hash,omitempty"`
	// Text is the stored text; missing where it is nobody's to read.
	Text string `json:"text,omitempty"`
	// From is the older checkpoint of a proof of growth.
	From string `json:"from,omitempty"`
	// Checkpoint is the signed note that the proof leads to.
	Checkpoint string `json:"checkpoint"`
	// Hashes are those of the proof (RFC 6962, sections 2.1.1 and 2.1.2), in base64.
	Hashes []tlog.Hash `json:"hashes"`
}

// Entry proves that the journal at a checkpoint holds an entry. The caller may put its text in.
func (t *Tree) Entry(n int64, h journal.Hash, at Checkpoint) (Proof, error) {
	if n < 1 || n > at.Size {
		return Proof{}, fmt.Errorf("prove entry %d: the checkpoint is of %d entries: %w", n, at.Size, journal.ErrNotFound)
	}
	if err := Judge(t, []Checkpoint{at}); err != nil {
		return Proof{}, fmt.Errorf("prove entry %d: %w", n, err)
	}
	hashes, err := tlog.ProveRecord(at.Size, n-1, t)
	if err != nil {
		return Proof{}, fmt.Errorf("prove entry %d: %w", n, err)
	}
	return Proof{Entry: n, Hash: h.String(), Checkpoint: string(at.Text), Hashes: hashes}, nil
}

// Growth proves that the journal at one checkpoint is the beginning of that at another.
func (t *Tree) Growth(from, to Checkpoint) (Proof, error) {
	doing := fmt.Sprintf("prove the growth from %d entries to %d", from.Size, to.Size)
	if from.Size > to.Size {
		return Proof{}, fmt.Errorf("%s: name the older checkpoint first: %w", doing, journal.ErrInvalid)
	}
	if err := Judge(t, []Checkpoint{from, to}); err != nil {
		return Proof{}, fmt.Errorf("%s: %w", doing, err)
	}
	p := Proof{From: string(from.Text), Checkpoint: string(to.Text), Hashes: []tlog.Hash{}}
	if from.Size == 0 {
		return p, nil
	}
	hashes, err := tlog.ProveTree(to.Size, from.Size, t)
	if err != nil {
		return Proof{}, fmt.Errorf("%s: %w", doing, err)
	}
	p.Hashes = append(p.Hashes, hashes...)
	return p, nil
}

// ParseProof reads the JSON of a proof and checks nothing of what it proves.
func ParseProof(text []byte) (Proof, error) {
	var p Proof
	if len(text) > MaxProof {
		return p, fmt.Errorf("read the proof: %d bytes, the limit is %d: %w", len(text), MaxProof, journal.ErrTooLarge)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("read the proof: %w: %w", err, journal.ErrInvalid)
	}
	if len(p.Hashes) > 2*64 { // twice the height of the highest tree
		return p, fmt.Errorf("read the proof: %d hashes: %w", len(p.Hashes), journal.ErrTooLarge)
	}
	if (p.Entry > 0) == (p.From != "") {
		return p, fmt.Errorf("read the proof: it is of an entry or of a growth, one of them: %w", journal.ErrInvalid)
	}
	return p, nil
}

// Check says whether the proof holds, by keys that the reader trusts, and gives
// the checkpoint that it leads to.
func (p Proof) Check(keys []string) (Checkpoint, error) {
	to, err := Parse([]byte(p.Checkpoint), keys)
	if err != nil {
		return to, err
	}
	if p.From != "" {
		from, err := Parse([]byte(p.From), keys)
		if err != nil {
			return to, err
		}
		return to, Grown(from, to, p.Hashes)
	}
	return to, p.checkEntry(to)
}

func (p Proof) checkEntry(at Checkpoint) error {
	hash, err := journal.ParseHash(p.Hash)
	if err != nil {
		return err
	}
	if p.Entry < 1 || p.Entry > at.Size {
		return fmt.Errorf("check the proof of entry %d: the checkpoint is of %d entries: %w", p.Entry, at.Size, journal.ErrConflict)
	}
	if err := tlog.CheckRecord(p.Hashes, at.Size, at.Root, p.Entry-1, leaf(hash)); err != nil {
		return fmt.Errorf("check the proof of entry %d: it does not lead to the checkpoint's root: %w", p.Entry, journal.ErrConflict)
	}
	if p.Text == "" {
		return nil
	}
	e, err := journal.Parse([]byte(p.Text))
	switch {
	case err != nil:
		return fmt.Errorf("check the proof of entry %d: %w", p.Entry, err)
	case e.Hash != hash || e.Seq != p.Entry:
		return fmt.Errorf("check the proof of entry %d: the text is not that entry's: %w", p.Entry, journal.ErrConflict)
	}
	return nil
}
