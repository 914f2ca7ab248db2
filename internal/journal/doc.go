// Package journal is the append-only, hash-chained event log that every stage writes and every view reads.
//
// The package knows the envelope and nothing of what an event means: each
// domain package declares its own event types as [Type] values and app puts
// them together into a [Registry].
//
// # Stored form
//
// An entry is stored as one text: the canonical JSON (RFC 8785) of
//
//	{"actor","data","occurredAt","prev","recordedAt","seq","stream","type","version"}
//
// where seq counts from 1 without gaps, prev is the SHA-256 of the text of the
// entry before it (64 zeros for the first) and the times are UTC in
// milliseconds. The hash of an entry is the SHA-256 of its text, so what is
// hashed is what is stored. An export is one line per entry, the canonical JSON
// of {"entry": text, "hash": hex}, each ended by a newline.
//
// # Strictness
//
// encoding/json ignores the case of keys and accepts white space and duplicate
// keys, so a flipped bit can leave the decoded value unchanged. [Parse]
// therefore encodes what it read again and demands the very same bytes.
//
// A hash chain cannot see a log that was cut cleanly after an entry; that is
// why the [Head] (size and hash) is published with each postmortem.
//
// # Compatibility
//
// Fields may be added to an event; no released field is renamed, retyped or
// given a new meaning. Verification needs no Go type of an event; unknown
// event types are kept and shown, never dropped.
package journal
