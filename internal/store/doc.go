// Package store keeps the journal, its views, records and durable jobs: SQLite by default, PostgreSQL to scale.
//
// # One writer
//
// A folder has one writing process: it holds the lock file, and all its
// writes go through one connection, one immediate transaction after the
// other. Readers have connections of their own that refuse to write, so a
// page never waits for an append. Inside [Store.Update] only the [Tx] may
// write: asking the store for a second write transaction there would wait
// for itself.
//
// # Three kinds of table
//
// The journal is the truth. Views are computed from it and can be dropped and
// rebuilt ([Store.RebuildViews]). Records (accounts, sessions, tokens, checks,
// effects, jobs) are backed up, not rebuilt. The header of each migration says
// which kind its tables are.
//
// # Effects
//
// An effect is queued in the transaction of the event that caused it. A job
// then moves it on:
//
//	queued → running → done      the result was journalled in the same transaction
//	           ↓  ↘ → failed     the performer said Permanent
//	        queued    → dropped  the performer said DroppedError: no longer wanted
//
// A performer may be called again after a crash or an error, so what it does
// must bear repeating under the effect's key; its result is journalled exactly
// once. Effects of some kinds have workers of their own, and among those that
// wait for the same workers kinds have ranks ([Class]). The number of the attempt fences a performer that was given up and
// comes back late: its result is thrown away.
//
// Times are stored as microseconds since 1970, UTC.
package store
