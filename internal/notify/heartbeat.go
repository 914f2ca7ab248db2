package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// HeartbeatConfig names another system that raises the alarm when it hears nothing of us: healthchecks.io, Dead Man's
// Snitch, Uptime Kuma and the like.
type HeartbeatConfig struct {
	// URLEnv names the environment variable with the address: whoever knows it can feign that all is well.
	URLEnv string `yaml:"urlEnv"`
	// Every is how often it is told; a minute if it is 0.
	Every time.Duration `yaml:"every"`
	// Method is GET, POST or HEAD; GET, which all of them take, where it is empty.
	Method string `yaml:"method"`
}

// Interval is how often it is told.
func (c HeartbeatConfig) Interval() time.Duration {
	if c.Every == 0 {
		return time.Minute
	}
	return c.Every
}

// Validate says what is wrong with it, or nil.
func (c HeartbeatConfig) Validate() error {
	mistakes := variableMistake("urlEnv", c.URLEnv)
	if c.Every != 0 && (c.Every < 10*time.Second || c.Every > time.Hour) {
		mistakes = append(mistakes, "every: from 10s to 1h")
	}
	switch c.Method {
	case "", http.MethodGet, http.MethodPost, http.MethodHead:
	default:
		mistakes = append(mistakes, "method is none of GET, POST, HEAD")
	}
	var errs []error
	for _, m := range mistakes {
		errs = append(errs, fmt.Errorf("watchdog.heartbeat: %s: %w", m, journal.ErrInvalid))
	}
	return errors.Join(errs...)
}

// Open reads the address from the environment.
func (c HeartbeatConfig) Open() (*Heartbeat, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	url := strings.TrimSpace(os.Getenv(c.URLEnv))
	if !webURL(url) {
		return nil, fmt.Errorf("watchdog.heartbeat: the environment variable %s holds no address of http or https, without user and password: %w", c.URLEnv, journal.ErrInvalid)
	}
	method := c.Method
	if method == "" {
		method = http.MethodGet
	}
	return &Heartbeat{provider: newProvider("the heartbeat"), method: method, url: func() string { return url }}, nil
}

// Heartbeat tells another system that all is well.
type Heartbeat struct {
	provider
	method string
	url    func() string // so that no way of printing it prints the address
}

// Beat tells it once. It follows no redirect and does not read what is answered.
func (h *Heartbeat) Beat(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, h.method, h.url(), nil)
	if err != nil {
		return errors.New("send a heartbeat: its address is none")
	}
	req.Header.Set("User-Agent", "safelight")
	res, err := h.client.Do(req)
	if err != nil {
		return fmt.Errorf("send a heartbeat: %w", withoutURL(err))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // so that the connection is used again
	_ = res.Body.Close()                                            // only read from
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("send a heartbeat: it was answered %d", res.StatusCode)
	}
	return nil
}
