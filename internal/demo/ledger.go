package demo

import (
	"cmp"
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// ledger tells who was paged when and by what, and how each clock was met.
func (s *stage) ledger(ctx context.Context, c web.Case) error {
	persons, err := s.app.People(ctx)
	if err != nil {
		return err
	}
	tell := func(key phrase.Key, args ...any) { s.Say(time.Time{}, phrase.Of(key, args...)) }
	tell("demo.ledger")
	for _, l := range web.LedgerOf(c, persons) {
		became := phrase.Of(phrase.Key("page.paging." + string(l.Status)))
		if l.AcknowledgedAt != nil {
			became = phrase.Of("demo.ledger.ack", l.AcknowledgedAt.Sub(l.PlannedAt))
		}
		tell("demo.ledger.page", l.PlannedAt.UTC().Format("2006-01-02 15:04:05"), l.Name, phrase.Of(phrase.Key("duty."+string(l.Duty))),
			phrase.Of(phrase.Key("page.purpose."+string(l.Purpose))), phrase.Of(phrase.Key("method."+cmp.Or(l.Method, "all"))), became)
	}
	for _, clock := range c.Incident.Clocks {
		name := phrase.Of(phrase.Key("clock." + string(clock.Name)))
		switch {
		case clock.StoppedAt == nil:
			tell("demo.clock.open", name, clock.DueAt.UTC().Format("2006-01-02 15:04"))
		case clock.Met():
			tell("demo.clock", name, clock.StoppedAt.Sub(clock.StartedAt), clock.DueAt.Sub(*clock.StoppedAt))
		default:
			tell("demo.clock.missed", name)
		}
	}
	return nil
}
