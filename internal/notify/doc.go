// Package notify sends pages and messages: Slack, Teams, e-mail, PagerDuty, webhook.
//
// A way of reaching people is a [Channel]; a [Sender] tries all of them at
// once and says which took the message. A new channel is a type of its own in
// a file of its own, with its part of [Config] and a line in [Config.Open].
//
// What a page says in words holds one person's link to acknowledge by. It goes
// to that person only; a service that several people read gets the facts.
//
// A channel's error is worth another attempt unless [IsPermanent] says
// otherwise. Sending is at least once: a message whose acceptance got lost is
// sent again under the same key, by which a receiver can tell the duplicate.
//
// What people wrote reaches a terminal or a mail header only with its control
// characters escaped. No error holds a secret or a person's address.
package notify
