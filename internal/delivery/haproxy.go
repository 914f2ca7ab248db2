package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// haproxy keeps the prefixes that HAProxy sends to the gateway in a map, by its Runtime API (HAProxy Management Guide, 9.3).
// The map is replaced as a whole, in a version of its own that is committed at once, so that no request meets half of it.
// HAProxy forgets at a restart what the Runtime API has told it: the file of the map is written first, and put back where the
// running server does not take the map. What is written are prefixes without spaces, which every version takes.
type haproxy struct {
	name   string
	socket string // path of a Unix socket, or host:port
	file   string // of the map, as HAProxy's configuration names it
}

func (h *haproxy) abilities() Abilities { return Abilities{Diverts: true} }

// chunk bounds one command, which must fit into HAProxy's buffer of 16 KiB.
const chunk = 8 << 10

func (h *haproxy) divert(ctx context.Context, prefixes []string) error {
	text := []byte(mapLines(prefixes))
	old, err := os.ReadFile(h.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(phrase.Of("edge.do.map.read", h.file), h.name, err)
	}
	if err != nil || !bytes.Equal(old, text) {
		if err := replace(h.file, text); err != nil {
			return fail(phrase.Of("edge.do.map.write", h.file), h.name, err)
		}
	}
	err = h.tell(ctx, prefixes)
	var refused *refusedError
	if errors.As(err, &refused) {
		// It goes on with what it has, and so it must after a restart. One that cannot be reached finds the new map when it starts.
		if back := replace(h.file, old); back != nil {
			err = errors.Join(err, fail(phrase.Of("edge.do.map.back", h.file), h.name, back))
		}
	}
	return err
}

// refusedError says that HAProxy runs and does not do what it is told.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

func (h *haproxy) refused(err error) error {
	return &refusedError{fail(phrase.Of("edge.do.map.replace", h.file), h.name, err)}
}

// tell replaces the map in the running server, and looks at what it has then.
func (h *haproxy) tell(ctx context.Context, prefixes []string) error {
	version, err := h.prepare(ctx)
	if err != nil {
		return err
	}
	for left := prefixes; len(left) > 0; {
		n, size := 0, 0
		for n < len(left) && size+len(left[n]) < chunk {
			size += len(left[n]) + len(" yes\n")
			n++
		}
		if err := h.silent(ctx, fmt.Sprintf("add map @%s %s <<\n%s\n", version, h.file, mapLines(left[:n]))); err != nil {
			return err
		}
		left = left[n:]
	}
	if err := h.silent(ctx, fmt.Sprintf("commit map @%s %s\n", version, h.file)); err != nil {
		return err
	}
	answer, err := h.ask(ctx, "show map "+h.file+"\n")
	if err == nil && !sameEntries(answer, prefixes) {
		err = h.refused(phrase.Errorf("edge.map.other", printable(answer)))
	}
	return err
}

// sameEntries reads the answer to show map: a line of an address, a key and a value for each entry.
func sameEntries(answer string, prefixes []string) bool {
	var keys []string
	for line := range strings.Lines(answer) {
		if f := strings.Fields(line); len(f) == 3 && f[2] == "yes" {
			keys = append(keys, f[1])
		} else if len(f) > 0 {
			return false
		}
	}
	slices.Sort(keys)
	return slices.Equal(keys, slices.Sorted(slices.Values(prefixes)))
}

func mapLines(prefixes []string) string {
	var b strings.Builder
	for _, p := range prefixes {
		b.WriteString(p + " yes\n")
	}
	return b.String()
}

// prepare begins a new version of the map.
func (h *haproxy) prepare(ctx context.Context) (version string, err error) {
	answer, err := h.ask(ctx, "prepare map "+h.file+"\n")
	if err != nil {
		return "", err
	}
	version, ok := strings.CutPrefix(answer, "New version created: ")
	if !ok {
		return "", h.refused(phrase.Errorf("edge.map.answer", fmt.Sprintf("%.200q", answer)))
	}
	return version, nil
}

// silent gives a command that is answered by nothing where it is obeyed.
func (h *haproxy) silent(ctx context.Context, command string) error {
	answer, err := h.ask(ctx, command)
	if err == nil && answer != "" {
		err = h.refused(phrase.Errorf("edge.map.answer", fmt.Sprintf("%.200q", answer)))
	}
	return err
}

// ask gives one command on a connection of its own, which HAProxy ends after its answer.
func (h *haproxy) ask(ctx context.Context, command string) (string, error) {
	network := "tcp"
	if filepath.IsAbs(h.socket) {
		network = "unix"
	}
	answer, err := exchangeOnce(ctx, network, h.socket, command)
	if err != nil {
		return "", fail(phrase.Of("edge.do.runtime", h.socket), h.name, err)
	}
	return strings.TrimSpace(answer), nil
}

// exchangeOnce sends a text and reads until the other side ends the connection.
func exchangeOnce(ctx context.Context, network, address, text string) (string, error) {
	conn, hangUp, err := dialEdge(ctx, network, address)
	if err != nil {
		return "", err
	}
	defer hangUp()
	if _, err := io.WriteString(conn, text); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, maxReply+1))
	if err == nil && len(answer) > maxReply {
		err = phrase.Errorf("edge.endless")
	}
	return string(answer), err
}

// purge has nothing to do: what HAProxy's small object cache holds is beside the backend of the gateway.
func (h *haproxy) purge(context.Context, Purge) error { return nil }

func (h *haproxy) check(ctx context.Context) error {
	answer, err := h.ask(ctx, "show map "+h.file+"\n")
	if err == nil && strings.HasPrefix(answer, "Unknown map") {
		err = fail(phrase.Of("edge.do.map.find", h.file), h.name, phrase.Errorf("edge.map.unknown"))
	}
	return err
}
