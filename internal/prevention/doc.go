// Package prevention is what keeps it from coming back: actions, incident tests, guards, the gate's verdict.
//
// Actions and accepted tests are events in the stream of their incident. An
// action ends with a proof, never by a tick in a box. An incident test is
// accepted only when it fails on the bad evidence, passes on the fix and
// passes on at least [MinControls] unrelated good changes; [Accept] is that
// rule.
package prevention
