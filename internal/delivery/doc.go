// Package delivery controls what an edge serves, and the quarantine: built-in gateway, nginx, Varnish, HAProxy, Caddy, CDNs.
//
// [Control] has four verbs: plan (what would change), disable and enable (both idempotent; hold and lift for one path), and
// probe (requests from outside until the answers prove the change). It writes the state file, which is the one truth about
// what a route serves, and then makes the edges in front of the gateway follow it.
//
// # Edges
//
// An edge is a server that the public reaches instead of the gateway. It fetches through the gateway (Varnish), or asks it
// before each answer (nginx), or is told by its driver which prefixes to send to it (HAProxy, Caddy). So an edge never
// decides what stands in for an image: the gateway does. What an edge has stored it is told to forget, once for each change.
// docs/edges.md says how each kind is set up.
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
