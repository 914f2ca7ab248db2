// Package feed brings signals from where users speak: RSS and Atom feeds, Mastodon, Zendesk, mapped JSON, CSV.
//
// There are three ways in. A [Runner] asks feeds and Mastodon servers at
// intervals and keeps its place in each; [Hooks] is told by Zendesk and by
// whatever posts JSON; [ReadCSV] reads a file. All of them give signals with an
// id that the source gave, so that reading the same thing twice is harmless.
//
// # Addresses
//
// A source's address comes from the configuration, but where its name resolves
// to and where it redirects to is up to others. So the address is checked when
// the connection is made: one of this machine or of a private network is
// refused unless the source says allowPrivate. At most five redirects are
// followed, and none to another scheme.
//
// # Bounds
//
// An answer may have 5 MB and 50,000 elements, a webhook's body 1 MB and 1,000
// signals, a line of a CSV file 1 MB and 500 columns.
//
// # When a source is down
//
// Each source has a goroutine of its own. One that fails is asked again after
// its interval, doubled with each failure up to an hour (or the interval, if
// that is longer), and not before the time that it names itself. What it kept
// saying meanwhile is read afterwards as far as it still tells it.
package feed
