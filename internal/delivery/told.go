package delivery

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// told is what the edges have been told: by edge and route, the generation that they follow. It is kept in a file, so that a
// change that a crash has cut off is told after it, and one that was told is not: an edge forgets what it has stored only
// where something has changed. Without the file, all is told again.
type told struct {
	file string
	mu   sync.Mutex
	by   map[string]map[string]int64 // nil until it is read
	// When an answer first showed what a route serves now.
	shown map[string]shown
}

type shown struct {
	generation int64
	at         time.Time
}

// seen gives when a generation of a route was first seen at its edges, which is now if it was not before.
func (t *told) seen(route string, generation int64, now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.shown[route]; ok && s.generation == generation {
		return s.at
	}
	if t.shown == nil {
		t.shown = map[string]shown{}
	}
	t.shown[route] = shown{generation, now}
	return now
}

// generation gives the one that an edge follows for a route.
func (t *told) generation(edge, route string) (n int64, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.load()
	n, known = t.by[edge][route]
	return n, known
}

func (t *told) set(edge, route string, generation int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.load()
	if t.by[edge] == nil {
		t.by[edge] = map[string]int64{}
	}
	t.by[edge][route] = generation
	text, err := json.MarshalIndent(t.by, "", "  ")
	if err == nil {
		err = replace(t.file, append(text, '\n'))
	}
	if err != nil {
		delete(t.by[edge], route)
		return phrase.Errorf("edge.told", edge, t.file, err)
	}
	return nil
}

// forget has an edge told again of a route, in this process.
func (t *told) forget(edge, route string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.load()
	delete(t.by[edge], route)
	delete(t.shown, route)
}

// load reads the file. One that cannot be read counts as none.
func (t *told) load() {
	if t.by != nil {
		return
	}
	t.by = map[string]map[string]int64{}
	text, err := os.ReadFile(t.file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		err = json.Unmarshal(text, &t.by)
	}
	if err != nil || t.by == nil {
		t.by = map[string]map[string]int64{}
	}
}
