// Package intake is what users say: signals, their sources and the queue of manual verifications.
//
// A [Signal] is one ticket, post or review as its source tells it. What becomes
// of it is a [Heard]: routed to a pipeline, its personal data masked, its
// sentiment scored. Signals come at a high rate and stay out of the journal.
//
// Where the charts of internal/trend give an alarm, a [Verification] is opened:
// a question to people, not an incident. Somebody confirms it, which declares
// an incident with the signals as evidence, or dismisses it with a reason. Both
// are decisions, events of the verification's own stream, and what the detector
// is measured by: k confirmed of n ([Reports]).
//
// # Who said it
//
// The author of a signal is never kept. An address that names a person is left
// out, an id that does is replaced by its digest.
package intake
