package delivery

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Look asks for a route once, at the gateway and where the public does, whether it serves what the state file says. It is
// [Control.Probe] without insisting, and changes nothing: no edge is told anything again.
func (e *Control) Look(ctx context.Context, route string) (incident.Probe, error) {
	s, err := ReadState(e.StateFile)
	if err != nil {
		return incident.Probe{}, phrase.Errorf("edge.look", route, err)
	}
	r, err := s.Route(route)
	if err != nil {
		return incident.Probe{}, err
	}
	p := prober{control: e, route: r, held: r.holds(), disabled: len(r.Disabled) > 0, nowhere: r.storedNowhere(time.Now()), began: time.Now(), client: probeClient()}
	defer p.client.CloseIdleConnections()
	p.names = p.sample()
	var last incident.Probe
	for _, p.place = range e.places(r) {
		if last, err = p.askAll(ctx); err != nil {
			return last, phrase.Errorf("edge.look.at", route, last.URL, err)
		}
	}
	return last, nil
}
