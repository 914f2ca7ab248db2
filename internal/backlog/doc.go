// Package backlog syncs actions with GitHub, GitLab and Jira issues.
//
// A [Client] speaks to one project of one tracker over plain HTTP. It knows how a request is written and an answer read, and nothing of
// incidents: what is merged with what is the domain's matter, and when is the application's.
//
// # What can go wrong
//
//	*WaitError      the tracker asked for a pause (429, 403 with a limit used up), or rests after failures: not before Until
//	*RefusedError   400 or 422: the same request will be refused again
//	ErrGone         the issue was deleted or moved, or may not be seen
//	everything else is tried again later: 5xx, an answer lost on its way, a token that somebody has to renew
//
// An answer that was lost may have been a success. So a [Client.Create] comes after a [Client.Find] of the marker that the draft carries, and
// where the tracker's search lags behind its writes, not before [Client.Lag] has passed since the last try.
//
// The tracker's clock is the wall clock: pauses wait for a second system, which knows no other.
package backlog
