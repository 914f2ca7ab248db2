// Package delivery controls what an edge serves, and the quarantine: built-in gateway, nginx, Varnish, HAProxy, Caddy, CDNs.
//
// A driver of an edge has four verbs: plan (what would change), disable and
// enable (both idempotent; hold and lift for one path), and probe (requests from
// outside until the answer proves the change). [Edge] is the driver of the built-in gateway.
//
// # Gateway
//
// The [Gateway] is a process of its own. It shares nothing with the server but
// the state file, which is replaced atomically and looked at on each request,
// so that a change is effective with the next request. A route is in one of
// three states, which each answer says in the header X-Safelight-Route:
//
//	enabled   the delivered image, cacheable for a short time
//	disabled  the reference, or a placeholder where there is none; no-store
//	fallback  the same as disabled, because the origin or the state file cannot be read
//
// Of a route that is enabled, single paths may be held ([Held]): they answer as
// if the route were disabled, or with the placeholder where the reference must
// not be served either.
//
// Whatever goes wrong, the reference is served: it was approved once, and the
// delivered image may be the harm.
//
// # State file
//
// JSON of [State], version 1. Fields may be added; no released field is
// renamed, retyped or given a new meaning. Folders are absolute paths.
package delivery
