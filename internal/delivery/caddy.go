package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// caddy sets the paths that one route of Caddy matches, the route with the id that leads to the gateway, over the admin API
// (Caddy, API: /id/ID/…). Caddy makes such a change whole or not at all, and keeps what it is serving.
//
// Caddy forgets it at a restart, unless it runs with --resume; [Control.Reconcile] tells it again.
type caddy struct {
	name   string
	admin  string // URL of the admin API, or unix//path of its socket
	id     string
	client *http.Client
}

func newCaddy(name, admin, id string) *caddy {
	transport := &http.Transport{DisableKeepAlives: true}
	if socket, ok := strings.CutPrefix(admin, "unix/"); ok && filepath.IsAbs(socket) {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
		admin = "http://localhost"
	}
	return &caddy{name, strings.TrimSuffix(admin, "/"), id, edgeClient(transport)}
}

// edgeClient calls the API of an edge: it follows no redirect, so that a token goes nowhere else.
func edgeClient(t http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout: edgeTime, Transport: t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (c *caddy) abilities() Abilities { return Abilities{Diverts: true} }

// nowhere is a path that no client asks for: Caddy takes an empty list of paths for all of them.
const nowhere = "/-/safelight/nothing"

func (c *caddy) divert(ctx context.Context, prefixes []string) error {
	paths := []string{nowhere}
	for _, p := range prefixes {
		paths = append(paths, p+"*")
	}
	body, err := json.Marshal([]map[string][]string{{"path": paths}})
	if err != nil {
		return err
	}
	_, err = c.call(ctx, http.MethodPatch, "/match", body)
	return err
}

func (c *caddy) purge(context.Context, Purge) error { return nil }

func (c *caddy) check(ctx context.Context) error {
	answer, err := c.call(ctx, http.MethodGet, "/match", nil)
	if err == nil && !bytes.Contains(answer, []byte(nowhere)) {
		err = fail(phrase.Of("edge.do.route.find", c.id), c.name, phrase.Errorf("edge.caddy.paths", nowhere))
	}
	return err
}

// call asks the admin API about a part of the route.
func (c *caddy) call(ctx context.Context, method, part string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.admin+"/id/"+url.PathEscape(c.id)+part, bytes.NewReader(body))
	if err != nil {
		return nil, fail(phrase.Of("edge.do.admin"), c.name, err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		return nil, fail(phrase.Of("edge.do.admin"), c.name, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err == nil && res.StatusCode != http.StatusOK {
		err = phrase.Errorf("edge.caddy.status", res.StatusCode, fmt.Sprintf("%.200s", bytes.TrimSpace(answer)))
	}
	if err != nil {
		return nil, fail(phrase.Of("edge.do.route.set", c.id), c.name, err)
	}
	return answer, nil
}
