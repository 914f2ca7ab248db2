package web

import "github.com/safelight-dev/safelight/internal/phrase"

// GatewayLog is what plans and reports call the access log of the built-in gateway. No edge may be called so.
const GatewayLog = "gateway"

// Recent is how many of the images that a plan is about were delivered in the last hour, as far as access logs tell.
type Recent struct {
	Delivered *int     `json:"recentlyDelivered,omitempty"`   // missing where no log tells
	Logs      []string `json:"recentlyDeliveredBy,omitempty"` // that tell: the names of edges, or gateway
	// AtLeast says that they do not see every delivery: the log of an edge does not go back so far, or one without a log stands further out.
	AtLeast bool `json:"recentlyDeliveredAtLeast,omitempty"`
}

// Lately says how many.
func (r Recent) Lately() phrase.Sentence {
	key := phrase.Key("contain.will.recent")
	switch {
	case r.Delivered == nil:
		return phrase.Of("contain.will.unseen")
	case r.AtLeast:
		key = "contain.will.recent.least"
	}
	var by phrase.Sentence
	for n, log := range r.Logs {
		one := phrase.Of("contain.log", log)
		if log == GatewayLog {
			one = phrase.Of("contain.log.gateway")
		}
		if n > 0 {
			one = phrase.Of("contain.log.and", by, one)
		}
		by = one
	}
	return phrase.Of(key, *r.Delivered, by)
}
