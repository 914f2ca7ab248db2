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
//	publish.go  the documents and files of a postmortem
package app
