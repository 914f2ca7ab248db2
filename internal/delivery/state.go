package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// stateVersion is the version of the state file that this program writes and reads.
const stateVersion = 1

// maxState bounds the state file: a thousand routes of a few hundred bytes fit
// tenfold, and so do thousands of held paths.
const maxState = 16 << 20

// State is what the state file holds.
type State struct {
	Version int     `json:"version"`
	Routes  []Route `json:"routes"`
}

// Route is one delivery route with its switch.
type Route struct {
	Name        string     `json:"name"`
	Prefix      string     `json:"prefix"`
	Origin      string     `json:"origin"`
	Fallback    string     `json:"fallback"`
	Placeholder string     `json:"placeholder,omitempty"`
	Disabled    []Disabled `json:"disabled,omitempty"`  // who holds it disabled; none while the route serves its origin
	ChangedAt   *time.Time `json:"changedAt,omitempty"` // wall clock of the last disabling or enabling
	Held        []Held     `json:"held,omitempty"`      // single paths that do not serve their origin
	NoStore     []NoStore  `json:"noStore,omitempty"`   // who keeps caches from storing its answers
	// Generation is another one after each change of what the route serves. A cache that asks the gateway has it in its keys.
	Generation int64 `json:"generation,omitempty"`
}

// Disabled says why a route serves references. Several incidents may hold one
// route; it serves its origin again when the last lets go.
type Disabled struct {
	Since      time.Time `json:"since"`
	Incident   string    `json:"incident"`
	Mitigation string    `json:"mitigation"`
}

// Route finds a route by its name.
func (s State) Route(name string) (Route, error) {
	for _, r := range s.Routes {
		if r.Name == name {
			return r, nil
		}
	}
	return Route{}, fmt.Errorf("%w: %w", phrase.Errorf("edge.no-route", strconv.Quote(name)), journal.ErrNotFound)
}

// ReadState reads the state file strictly: whole, of this version, without unknown fields.
func ReadState(file string) (State, error) {
	s, _, err := readState(file)
	return s, err
}

// readState also gives what the file system says of the very file that was
// read, even when its text is damaged; nil when it could not be read.
func readState(file string) (State, os.FileInfo, error) {
	text, info, err := readLimited(file)
	if errors.Is(err, os.ErrNotExist) {
		return State{}, nil, fmt.Errorf("%w: %w", phrase.Errorf("edge.state.missing", file), journal.ErrNotFound)
	}
	if err != nil {
		return State{}, nil, phrase.Errorf("edge.state.unopened", err)
	}
	s, err := parseState(text)
	if err != nil {
		return State{}, info, phrase.Errorf("edge.state.read", file, err)
	}
	return s, info, nil
}

func readLimited(file string) ([]byte, os.FileInfo, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxState+1))
	return text, info, err
}

func parseState(text []byte) (State, error) {
	if len(text) > maxState {
		return State{}, fmt.Errorf("%w: %w", phrase.Errorf("edge.state.large", maxState), journal.ErrTooLarge)
	}
	var s State
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return State{}, fmt.Errorf("%w: %w", err, journal.ErrInvalid)
	}
	if _, err := dec.Token(); err != io.EOF {
		return State{}, fmt.Errorf("%w: %w", phrase.Errorf("edge.state.after"), journal.ErrInvalid)
	}
	if s.Version != stateVersion {
		return State{}, fmt.Errorf("%w: %w", phrase.Errorf("edge.state.version", s.Version, stateVersion), journal.ErrInvalid)
	}
	if err := checkRoutes(s.Routes); err != nil {
		return State{}, err
	}
	return s, nil
}

// WriteState replaces the state file atomically and durably. Who changes a
// state that others may change too uses [Control].
func WriteState(file string, s State) error {
	s.Version = stateVersion
	if err := checkRoutes(s.Routes); err != nil {
		return phrase.Errorf("edge.state.unmade", err)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return phrase.Errorf("edge.state.unmade", err)
	}
	if len(text) >= maxState {
		return fmt.Errorf("%w: %w", phrase.Errorf("edge.state.size", len(text)+1, maxState), journal.ErrTooLarge)
	}
	if err := replace(file, append(text, '\n')); err != nil {
		return phrase.Errorf("edge.state.write", file, err)
	}
	return nil
}

// replace writes beside the file, syncs and renames, so that readers see the
// old text or the new one, and a crash leaves one of them.
func replace(file string, text []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Chmod(0o644) // the gateway may run as another user
	}
	if err == nil {
		err = tmp.Sync()
	}
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
