// Package opinion asks an outside service what a text's sentiment is.
//
// A [Client] speaks to one service over plain HTTP; each kind of service is a
// file that knows how a request is written and an answer read, and nothing of
// limits, retries or secrets.
//
// # What goes out
//
// Only what the mask has gone over: the client masks every text itself,
// so no caller can forget to. Names, addresses and ids of signals are never sent.
//
// # What can go wrong
//
// Nothing that a service does makes [Client.Score] fail: a text that it does
// not answer for in time has the zero [Result], so that the caller asks the
// embedded scorer. An answer is believed whole or not at all: wrong
// length, a missing text or a number out of range throws the batch away.
//
//	429, 5xx, network   tried again, three times in all, Retry-After honoured up to five seconds
//	no answer in time   not tried again: signals wait for it
//	longer Retry-After  nobody asks again before it has passed
//	400, 413, 422       this batch is left to the caller; the service is not to blame
//	401, 403, 404, 3xx  the batch is left, and counts against the service
//	many failures       the breaker opens: half a minute of no requests, then one to see
//
// The service's clock is the wall clock: retries and the breaker wait for a
// second system, which knows no other.
package opinion
