package delivery

import "context"

// nginx asks the gateway before each answer (ngx_http_auth_request_module), whether to serve it or to fetch what the gateway
// has instead, so that it has to be told nothing. The gateway's answer names the generation of the route, which is part of
// the key of nginx's cache: with another one, nothing that was stored for the route before is looked at again.
type nginx struct{}

func (nginx) abilities() Abilities {
	return Abilities{Asks: true, Stores: true, PurgesPrefixes: true}
}

func (nginx) divert(context.Context, []string) error { return nil }

func (nginx) purge(context.Context, Purge) error { return nil }

func (nginx) check(context.Context) error { return nil }
