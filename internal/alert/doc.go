// Package alert is the life of an alert: its identity, grouping into incidents, silences, maintenance windows, inhibition.
//
// An alert is one set of labels for which somebody's condition holds; what is
// sent again is the same alert. [Policy.Judge] says what is to happen to it: it
// opens an incident, joins the one of its group, is suppressed by a [Silence],
// a maintenance window or another alert, or is known. Everything is a function
// of the time that it is given.
//
// Fingerprints, matchers, silences and inhibition are those of Prometheus
// Alertmanager, so that its clients and people's habits go on working.
//
// # Silences
//
// A silence is a journal stream of its own, named by [Stream]: the events
// [TypeCreated], [TypeChanged] and [TypeExpired]. Pending, active or expired
// is a question of time, not an event: a silence that runs out does so even
// while no process runs. Who made it is the actor of its first event.
package alert
