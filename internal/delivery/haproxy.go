package delivery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// haproxy keeps the prefixes that HAProxy sends to the gateway in a map, by its Runtime API (HAProxy Management Guide, 9.3).
// The map is replaced as a whole, in a version of its own that is committed at once, so that no request meets half of it.
// HAProxy forgets at a restart what the Runtime API has told it: the file of the map is written first.
type haproxy struct {
	name   string
	socket string // path of a Unix socket, or host:port
	file   string // of the map, as HAProxy's configuration names it
}

func (h *haproxy) abilities() Abilities { return Abilities{Diverts: true} }

// chunk bounds one command, which must fit into HAProxy's buffer of 16 KiB.
const chunk = 8 << 10

func (h *haproxy) divert(ctx context.Context, prefixes []string) error {
	if err := replace(h.file, []byte(mapLines(prefixes))); err != nil {
		return fail("write the map "+h.file, h.name, err)
	}
	version, err := h.prepare(ctx)
	if err != nil {
		return err
	}
	for len(prefixes) > 0 {
		n, size := 0, 0
		for n < len(prefixes) && size+len(prefixes[n]) < chunk {
			size += len(prefixes[n]) + len(" yes\n")
			n++
		}
		if err := h.silent(ctx, fmt.Sprintf("add map @%s %s <<\n%s\n", version, h.file, mapLines(prefixes[:n]))); err != nil {
			return err
		}
		prefixes = prefixes[n:]
	}
	return h.silent(ctx, fmt.Sprintf("commit map @%s %s\n", version, h.file))
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
		return "", fail("replace its map "+h.file, h.name, fmt.Errorf("it answers %.200q", answer))
	}
	return version, nil
}

// silent gives a command that is answered by nothing where it is obeyed.
func (h *haproxy) silent(ctx context.Context, command string) error {
	answer, err := h.ask(ctx, command)
	if err == nil && answer != "" {
		err = fail("replace its map "+h.file, h.name, fmt.Errorf("it answers %.200q", answer))
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
		return "", fail("use the Runtime API at "+h.socket, h.name, err)
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
		err = errors.New("it answers without end")
	}
	return string(answer), err
}

// purge has nothing to do: what HAProxy's small object cache holds is beside the backend of the gateway.
func (h *haproxy) purge(context.Context, Purge) error { return nil }

func (h *haproxy) check(ctx context.Context) error {
	answer, err := h.ask(ctx, "show map "+h.file+"\n")
	if err == nil && strings.HasPrefix(answer, "Unknown map") {
		err = fail("find the map "+h.file, h.name, errors.New("HAProxy's configuration uses no map of this file"))
	}
	return err
}
