package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Abilities say what an edge can do by itself. What it cannot is said in the plan.
type Abilities struct {
	// Diverts: it sends prefixes to the gateway by a table of its own. Asks: it asks the gateway before each answer. An edge
	// that does neither fetches through the gateway.
	Diverts, Asks bool
	// Stores: it keeps answers, so that it has to be told what not to serve any more.
	Stores bool
	// Which of its answers it can be told to forget.
	PurgesPrefixes, PurgesPaths, PurgesTags bool
	// MostPaths is how many paths it can be told at once; 0 means any number.
	MostPaths int
	// Settles is how long an answer of before may still come to those who keep their connections, once others get the new one.
	Settles time.Duration
}

// driver makes one edge follow the state file. All of it is idempotent, so that an edge that was restarted, or has missed
// something, is set right by doing it again.
type driver interface {
	abilities() Abilities
	// divert makes the edge send these prefixes to the gateway, and no others.
	divert(ctx context.Context, prefixes []string) error
	// purge makes it forget what it has stored. An edge that stores nothing, or asks the gateway, has nothing to do.
	purge(ctx context.Context, p Purge) error
	// check tells whether the edge can be reached and is set up for this.
	check(ctx context.Context) error
}

// Purge names answers that an edge must not serve any more, in all the ways that it understands: tags find an address however
// it is written, and paths what was stored without a tag. Paths are those of URLs, as a browser sends them without escapes.
type Purge struct {
	// Site is where the public finds the paths, such as https://img.example.org; empty where that is not known.
	Site     string   `json:"site,omitempty"`
	Prefixes []string `json:"prefixes,omitempty"` // all below them; each ends in a slash
	Paths    []string `json:"paths,omitempty"`
	Tags     []string `json:"tags,omitempty"` // as answers name them in Surrogate-Key and Cache-Tag
	scope    string   // paths, tags or route
}

// host is that of the site.
func (p Purge) host() string {
	_, host, _ := strings.Cut(p.Site, "://")
	return host
}

// Tag is what all answers of a route are tagged with.
func Tag(route string) string { return "safelight-" + route }

// tagOf is what the answers of one path of a route are tagged with beside.
func tagOf(route, path string) string {
	sum := sha256.Sum256([]byte(path))
	return Tag(route) + "-" + hex.EncodeToString(sum[:8])
}

const (
	edgeTime = 5 * time.Second // of one exchange with an edge
	maxReply = 1 << 20         // bytes of an edge's answer that are read
)

// dialEdge opens a connection for one exchange, which ends when its time is over or ctx is.
func dialEdge(ctx context.Context, network, address string) (conn net.Conn, hangUp func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, edgeTime)
	if conn, err = new(net.Dialer).DialContext(ctx, network, address); err != nil {
		cancel()
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	return conn, func() { stop(); cancel(); conn.Close() }, nil
}

// fail says what an edge did not do.
func fail(doing phrase.Sentence, edge string, err error) error {
	return phrase.Errorf("edge.failed", doing, edge, err)
}

func misconfigured(edge, format string, args ...any) error {
	return fmt.Errorf("edge %s: %s: %w", edge, fmt.Sprintf(format, args...), journal.ErrInvalid)
}
