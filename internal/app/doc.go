// Package app builds everything from Options: New, Start, Stop.
//
// It is the only place, besides cmd, that sees every package. It holds the
// write path: [App.Do] folds an incident, lets the domain decide on a command
// and appends what was decided in one transaction; the performers in
// perform.go do the effects afterwards and journal their outcome.
//
//	config.go   decodes safelight.yaml into each package's own Config
//	app.go      New, Start, Stop; what runs in the background
//	do.go       the write path, one function for every command
//	cases.go    what may be read of an incident
//	observe.go  checks become series, series become alerts, alerts become incidents
//	perform.go  effects: pages, route changes, commits
//	impact.go   the blast radius, measured from the recorded checks
//	document.go drafts and edits; publish.go the commits of a postmortem
//	replay.go   falsification: a colour table replayed on the references
//	gate.go     incident tests; maketest.go makes one of an incident
//	account.go  passwords and tokens; read.go what commands read beside a server
package app
