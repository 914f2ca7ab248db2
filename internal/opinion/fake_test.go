package opinion

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// memory is a network of one server inside the process: in a bubble of
// synctest, where time passes when all wait, a real socket counts as work.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), done: make(chan struct{})} }

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case m.conns <- theirs:
		return ours, nil
	case <-m.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error   { m.once.Do(func() { close(m.done) }); return nil }
func (m *memory) Addr() net.Addr { return &net.TCPAddr{} }

func mask(s string) string { return strings.ReplaceAll(s, "ada@example.org", "[EMAIL_ADDRESS]") }

// serve gives a client of the configuration whose service is the handler.
func serve(t *testing.T, c Config, h http.HandlerFunc) *Client {
	t.Helper()
	m := newMemory()
	c.dial = m.dial
	if c.URL == "" {
		c.URL = "http://localhost"
	}
	client, err := New(c, mask)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	var stopped sync.WaitGroup
	stopped.Go(func() { server.Serve(m) })
	t.Cleanup(func() {
		client.Close()
		server.Close()
		stopped.Wait()
	})
	return client
}

// texts makes texts of one language.
func texts(lang string, list ...string) []Text {
	ts := make([]Text, len(list))
	for i, s := range list {
		ts[i] = Text{s, lang}
	}
	return ts
}

func body(t *testing.T, r *http.Request) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}
