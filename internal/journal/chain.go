package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Head names the end of a journal: how many entries it has and the hash of
// the last one. The zero Head is the empty journal.
type Head struct {
	Size int64
	Hash Hash
}

// DamageError says which entry of a journal is not what was written.
type DamageError struct {
	Seq    int64 // the entry at fault, counted from 1
	Reason string
}

// Error names the entry and what is wrong with it.
func (e *DamageError) Error() string {
	return fmt.Sprintf("journal is damaged at entry %d: %s", e.Seq, e.Reason)
}

// Unwrap makes damage an [ErrInvalid].
func (e *DamageError) Unwrap() error { return ErrInvalid }

// Verifier checks a journal entry by entry. The zero Verifier expects the
// first entry.
type Verifier struct{ head Head }

// VerifierAt expects the entry that follows head, which the caller trusts.
func VerifierAt(head Head) *Verifier { return &Verifier{head: head} }

// Head is the end of what has been verified so far.
func (v *Verifier) Head() Head { return v.head }

// Next checks that text is the next entry and has the given hash.
// Every error is a [*DamageError].
func (v *Verifier) Next(text []byte, hash Hash) (Entry, error) {
	seq := v.head.Size + 1
	e, err := Parse(text)
	switch {
	case err != nil:
		return Entry{}, &DamageError{seq, err.Error()}
	case e.Hash != hash:
		return Entry{}, &DamageError{seq, "its hash does not fit its text"}
	case e.Seq != seq:
		return Entry{}, &DamageError{seq, fmt.Sprintf("it is numbered %d", e.Seq)}
	case e.Prev != v.head.Hash:
		return Entry{}, &DamageError{seq, "it does not follow the entry before it"}
	}
	v.head = Head{Size: seq, Hash: e.Hash}
	return e, nil
}

// line is the JSON form of one line of an export.
type line struct {
	Entry json.RawMessage `json:"entry"`
	Hash  string          `json:"hash"`
}

// Line gives the entry as one line of an export, newline included.
func (e Entry) Line() []byte {
	b := make([]byte, 0, len(e.Text)+96)
	b = append(b, `{"entry":`...)
	b = append(b, e.Text...)
	b = append(b, `,"hash":"`...)
	b = append(b, e.Hash.String()...)
	return append(b, "\"}\n"...)
}

// VerifyExport checks an export to the last byte and returns its head.
// Damage is reported as [*DamageError], with the head of what is whole before it.
func VerifyExport(r io.Reader) (Head, error) {
	return VerifyExportEach(r, func(Entry) {})
}

// VerifyExportEach is [VerifyExport] and shows each entry once it has been verified.
func VerifyExportEach(r io.Reader, show func(Entry)) (Head, error) {
	var v Verifier
	in := bufio.NewReader(r)
	var text []byte
	for {
		var err error
		text, err = readLine(in, text[:0])
		seq := v.head.Size + 1
		switch {
		case err == io.EOF && len(text) == 0:
			return v.head, nil
		case err == io.EOF:
			return v.head, &DamageError{seq, "the last line has no end"}
		case errors.Is(err, ErrTooLarge):
			return v.head, &DamageError{seq, err.Error()}
		case err != nil:
			return v.head, fmt.Errorf("read journal export: %w", err)
		}
		e, err := v.nextLine(text)
		if err != nil {
			return v.head, err
		}
		show(e)
	}
}

// maxLine bounds a line of an export: an entry and what stands around it.
const maxLine = MaxEntry + 256

// readLine appends the next line to b, newline included, or what there is
// of it before the error.
func readLine(in *bufio.Reader, b []byte) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(b)+len(part) > maxLine {
			return b, fmt.Errorf("the line is longer than %d bytes: %w", maxLine, ErrTooLarge)
		}
		b = append(b, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return b, err
		}
	}
}

func (v *Verifier) nextLine(text []byte) (Entry, error) {
	seq := v.head.Size + 1
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return Entry{}, &DamageError{seq, "the line is not JSON: " + err.Error()}
	}
	hash, err := ParseHash(l.Hash)
	if err != nil {
		return Entry{}, &DamageError{seq, err.Error()}
	}
	before := v.head
	e, err := v.Next(l.Entry, hash)
	if err != nil {
		return Entry{}, err
	}
	if !bytes.Equal(e.Line(), text) {
		v.head = before // the entry is whole, but its line is not
		return Entry{}, &DamageError{seq, "the line is not what an export writes"}
	}
	return e, nil
}
