package delivery

import (
	"os"
	"sync"
)

// known is the state file as [Control] has read it last. Thousands of held paths
// make a file that takes milliseconds to read, and each of them is asked about
// several times. Nothing of it is ever changed.
type known struct {
	mu    sync.Mutex
	state State
	info  os.FileInfo // of the file that was read; nil to read it again at once
	byKey map[string]map[Held]bool
	holds map[string]holds
}

// read gives the state file as it is now. One stat is enough, since the file is
// replaced and never written in place. What it gives is read-only.
func (e *Control) read() (State, error) {
	e.known.mu.Lock()
	defer e.known.mu.Unlock()
	err := e.known.refresh(e.StateFile)
	return e.known.state, err
}

func (k *known) refresh(file string) error {
	info, err := os.Stat(file)
	if err == nil && k.info != nil && sameFile(info, k.info) {
		return nil
	}
	s, info, err := readState(file)
	if err != nil {
		info = nil // whatever it was, the next look is a fresh one
	}
	k.state, k.info, k.byKey, k.holds = s, info, map[string]map[Held]bool{}, map[string]holds{}
	return err
}

// sameFile tells whether a file that is only ever replaced is still the same.
func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// holds gives what the gateway looks up of a route.
func (e *Control) holds(route string) (Route, holds, error) {
	e.known.mu.Lock()
	defer e.known.mu.Unlock()
	if err := e.known.refresh(e.StateFile); err != nil {
		return Route{}, nil, err
	}
	r, err := e.known.state.Route(route)
	if err != nil {
		return Route{}, nil, err
	}
	h, ok := e.known.holds[route]
	if !ok {
		h = r.holds()
		e.known.holds[route] = h
	}
	return r, h, nil
}

// holdsAll tells whether a route holds all of some paths already, and nothing needs to be written.
func (e *Control) holdsAll(route string, held []Held) bool {
	e.known.mu.Lock()
	defer e.known.mu.Unlock()
	if e.known.refresh(e.StateFile) != nil {
		return false
	}
	keys, ok := e.known.byKey[route]
	if !ok {
		r, err := e.known.state.Route(route)
		if err != nil {
			return false
		}
		keys = make(map[Held]bool, len(r.Held))
		for _, h := range r.Held {
			keys[h.key()] = true
		}
		e.known.byKey[route] = keys
	}
	for _, h := range held {
		if goodName(h.Path) && !keys[h.key()] {
			return false
		}
	}
	return true
}
