package app

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/web"
)

// auditFormat names the form of an audit, so that a later one can differ.
const auditFormat = "safelight consent audit 1"

// auditTree is the Merkle tree of a journal, grown entry by entry.
type auditTree struct {
	hashes []tlog.Hash // in the order of tlog.StoredHashIndex
	head   journal.Head
}

// ReadHashes implements tlog.HashReader.
func (t *auditTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if n < 0 || n >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("read hash %d of a tree of %d: %w", n, len(t.hashes), journal.ErrNotFound)
		}
		list[i] = t.hashes[n]
	}
	return list, nil
}

func (t *auditTree) add(e journal.Entry) error {
	hashes, err := tlog.StoredHashes(t.head.Size, e.Text, t)
	if err != nil {
		return fmt.Errorf("grow the tree of the journal: %w", err)
	}
	t.hashes = append(t.hashes, hashes...)
	t.head = journal.Head{Size: e.Seq, Hash: e.Hash}
	return nil
}

// ConsentAudit gives the trail of a record with its proof.
func (a *App) ConsentAudit(ctx context.Context, id string) (web.ConsentAudit, error) {
	audit := web.ConsentAudit{Format: auditFormat, Record: id, At: a.now().UTC(), Entries: []web.ConsentAuditEntry{}}
	if !consent.IsStream(id) {
		return audit, fmt.Errorf("audit consent %.80q: it is none: %w", id, journal.ErrNotFound)
	}
	var tree auditTree
	err := a.store.Scan(ctx, journal.Query{}, func(e journal.Entry) error {
		if e.Stream == id {
			audit.Entries = append(audit.Entries, web.ConsentAuditEntry{Seq: e.Seq, Text: string(e.Text), Hash: e.Hash.String()})
		}
		return tree.add(e)
	})
	if err != nil {
		return audit, err
	}
	if len(audit.Entries) == 0 {
		return audit, fmt.Errorf("audit consent %s: there is none: %w", id, journal.ErrNotFound)
	}
	return audit, tree.prove(&audit)
}

// prove writes the root of the tree, and the way to it from each entry.
func (t *auditTree) prove(audit *web.ConsentAudit) error {
	root, err := tlog.TreeHash(t.head.Size, t)
	if err != nil {
		return fmt.Errorf("prove the trail of %s: %w", audit.Record, err)
	}
	audit.Size, audit.Head, audit.Root = t.head.Size, t.head.Hash.String(), hex.EncodeToString(root[:])
	for i := range audit.Entries {
		proof, err := tlog.ProveRecord(t.head.Size, audit.Entries[i].Seq-1, t)
		if err != nil {
			return fmt.Errorf("prove the trail of %s: %w", audit.Record, err)
		}
		audit.Entries[i].Proof = make([]string, len(proof))
		for j, h := range proof {
			audit.Entries[i].Proof[j] = hex.EncodeToString(h[:])
		}
	}
	return nil
}

// maxProof bounds the hashes of one proof: a tree of 2^63 entries has as many.
const maxProof = 64

// VerifyAudit checks a trail by itself: each entry is whole and canonical, is
// of the record, and leads to the root that the audit states. Whether that is
// the root of the journal is for [VerifyAuditBy] to say, or for whoever else
// knows it. Every error is of kind [journal.ErrInvalid].
func VerifyAudit(audit web.ConsentAudit) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("verify the trail of %.80q: %s: %w", audit.Record, fmt.Sprintf(format, args...), journal.ErrInvalid)
	}
	root, err := tlogHash(audit.Root)
	switch {
	case audit.Format != auditFormat:
		return bad("its format is %.80q, not %q", audit.Format, auditFormat)
	case err != nil:
		return bad("its root is none")
	case len(audit.Entries) == 0:
		return bad("it has no entry")
	}
	last := int64(0)
	for _, e := range audit.Entries {
		entry, err := journal.Parse([]byte(e.Text))
		switch {
		case err != nil:
			return bad("entry %d: %s", e.Seq, err)
		case entry.Seq != e.Seq || entry.Hash.String() != e.Hash || entry.Stream != audit.Record:
			return bad("entry %d is not what it is said to be", e.Seq)
		case e.Seq <= last || e.Seq > audit.Size || len(e.Proof) > maxProof:
			return bad("entry %d is out of its place", e.Seq)
		}
		last = e.Seq
		proof := make(tlog.RecordProof, len(e.Proof))
		for i, h := range e.Proof {
			if proof[i], err = tlogHash(h); err != nil {
				return bad("entry %d: its proof is none", e.Seq)
			}
		}
		if err := tlog.CheckRecord(proof, audit.Size, root, e.Seq-1, tlog.RecordHash([]byte(e.Text))); err != nil {
			return bad("entry %d does not lead to the root", e.Seq)
		}
	}
	return nil
}

func tlogHash(s string) (tlog.Hash, error) {
	h, err := journal.ParseHash(s)
	return tlog.Hash(h), err
}

// VerifyAuditBy checks a trail against a journal that the caller holds: it is
// whole, and at the audit's size it has the head and the root that the audit
// states and no entry of the record that the audit leaves out.
func VerifyAuditBy(audit web.ConsentAudit, export io.Reader) error {
	if err := VerifyAudit(audit); err != nil {
		return err
	}
	var tree auditTree
	var failed error
	count := 0
	_, err := journal.VerifyExportEach(export, func(e journal.Entry) {
		if failed != nil || e.Seq > audit.Size {
			return
		}
		if e.Stream == audit.Record {
			count++
		}
		failed = tree.add(e)
	})
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	}
	root, err := tlog.TreeHash(tree.head.Size, &tree)
	if err != nil {
		return fmt.Errorf("verify the trail of %s: %w", audit.Record, err)
	}
	if tree.head.Size != audit.Size || tree.head.Hash.String() != audit.Head || hex.EncodeToString(root[:]) != audit.Root {
		return fmt.Errorf("verify the trail of %s: it is not of this journal, or this journal has been cut or changed since: %w", audit.Record, journal.ErrInvalid)
	}
	if count != len(audit.Entries) {
		return fmt.Errorf("verify the trail of %s: the journal has %d entries of it, the trail %d: %w", audit.Record, count, len(audit.Entries), journal.ErrInvalid)
	}
	return nil
}
