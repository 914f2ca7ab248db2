// Package consent is the register of who agreed to what, for which use, until when.
//
// Each agreement is a record with a journal stream of its own: C-2026-11-26-01.
// Its events hold pseudonyms, tokens and salted digests, never a value that says
// who somebody is. The values (names, contacts, evidence, links, free text) are
// the record's [Values], which the store keeps beside the journal with the salt
// of the digests. Erasing them leaves a chain that still verifies and digests
// that nobody can guess any more.
//
// What a command does to a record is decided by [Decide] on what [Fold] gives;
// time, chance and the doer are arguments. Whether a delivered image may show
// whom it shows is judged by [Register.Judge].
//
// Words are those of ISO/IEC TS 27560:2023, of the W3C Data Privacy Vocabulary
// (DPV 2) and of the PLUS licence data format.
package consent
