package app

import (
	"fmt"
	"sync"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
)

// maxStreams bounds the pairs of pipeline and source that one account sends, and
// those of all sources that are configured: each is three charts and several series.
const maxStreams = 1000

// beforeRestart stands for whoever sent the streams that were there when we
// started. No account has this id: what they sent is held against nobody.
const beforeRestart = "?"

// roster is the streams that there are. Its zero value has none.
type roster struct {
	mu      sync.Mutex
	streams map[intake.Stream]member
	sent    map[string]int // streams, by sender
}

// member is a stream with the account that sent it first; empty: a source that is configured.
type member struct {
	sender string
	kept   bool // it has signals in the store
}

// arrival is signals that come in together.
type arrival struct {
	sender string
	fresh  []intake.Stream // those that it brought, guarded by the roster
}

// admit lets a stream in while its sender has room for another one.
func (r *roster) admit(s intake.Stream, in *arrival) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.streams[s]; ok {
		return nil
	}
	if r.sent[in.sender] >= maxStreams {
		return fmt.Errorf("source %s of %s is new and you send %d already: send them under fewer names: %w", s.Source, s.Pipeline, maxStreams, journal.ErrTooLarge)
	}
	r.set(s, member{sender: in.sender})
	in.fresh = append(in.fresh, s)
	return nil
}

// release gives the places of the streams back of which nothing was kept.
func (r *roster) release(in *arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range in.fresh {
		if m, ok := r.streams[s]; ok && !m.kept {
			r.unset(s)
		}
	}
}

// keep says that a stream has signals.
func (r *roster) keep(s intake.Stream, sender string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m, ok := r.streams[s]; ok {
		sender = m.sender
		r.unset(s)
	}
	r.set(s, member{sender, true})
}

// drop forgets a stream.
func (r *roster) drop(s intake.Stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unset(s)
}

func (r *roster) set(s intake.Stream, m member) {
	if r.streams == nil {
		r.streams, r.sent = map[intake.Stream]member{}, map[string]int{}
	}
	r.streams[s] = m
	r.sent[m.sender]++
}

func (r *roster) unset(s intake.Stream) {
	m, ok := r.streams[s]
	if !ok {
		return
	}
	delete(r.streams, s)
	if r.sent[m.sender]--; r.sent[m.sender] == 0 {
		delete(r.sent, m.sender)
	}
}
