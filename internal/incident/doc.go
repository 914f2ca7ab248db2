// Package incident is the life of an incident: declare, acknowledge, contain, resolve, close; its clocks.
//
// The state of an incident is the [Fold] of its journal entries. A command is
// decided by [Decide] on that state: it gives events and effects, or an error,
// and touches nothing. Time and the doer come in [Env].
//
// Acknowledgement, containment, resolution and publication are independent
// facets: an S0 is contained before anyone acknowledges, undoing a mitigation
// goes back. The displayed [Phase] is derived from them:
//
//	closed > published > resolved > contained > acknowledged > detected
//
// An incident is contained while a mitigation is proven, or once its images are in quarantine. From the request to
// undo it until its probe nobody knows what the route serves, so it is not. An
// incident is closed only once every route is restored, and nothing changes
// after closing. Which command is possible in which phase is a matrix in the tests.
//
// # Clocks
//
// The clocks contain and publish count from detection to the first passing
// probe and to the publishing commit; prevent counts from that first probe; legal
// from detection where personal data leaked, or from when that was found. A clock is at risk after three
// quarters of its time and breached after all of it. [State.Deadlines] lists
// what is to happen when; a tick at that time issues [Tick].
//
// # Pages
//
// A page is planned by an event and sent by an effect of kind [EffectPage].
// Its performer asks [State.PageWanted] on the latest state before it sends,
// so no send begins after the acknowledgement has committed.
package incident
