package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// nginxMap is an nginx that asks nobody: a file of two maps, which its configuration includes, says which prefixes go to the
// gateway and which generation of each route is in the cache's key. The file is written, looked at by nginx's own checker and
// read by a reload; where nginx refuses it, or anything else of its configuration, the file is as it was.
type nginxMap struct {
	name         string
	file         string
	test, reload *command
	settle       time.Duration
}

const (
	// usualSettle is as long as docs/edges.md sets worker_shutdown_timeout.
	usualSettle   = time.Second
	longestSettle = 3 * time.Second // a probe has five
)

func (n *nginxMap) abilities() Abilities {
	return Abilities{Diverts: true, Stores: true, PurgesPrefixes: true, Settles: n.settle}
}

// layered is a driver that is given all routes of its edge at once.
type layered interface {
	// lay makes the edge follow; unless anew is set, only where it was not told so before.
	lay(ctx context.Context, routes []laid, anew bool) error
}

// laid is a route as an edge has to know it.
type laid struct {
	prefix, name string
	generation   int64
	diverted     bool
}

func (n *nginxMap) divert(context.Context, []string) error { return nil }

func (n *nginxMap) purge(context.Context, Purge) error { return nil }

func (n *nginxMap) lay(ctx context.Context, routes []laid, anew bool) error {
	text := nginxMaps(routes)
	old, err := os.ReadFile(n.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(phrase.Of("edge.do.file.read", n.file), n.name, err)
	}
	if err == nil && !anew && bytes.Equal(old, text) {
		return nil
	}
	if err != nil {
		old = nginxMaps(nil) // nginx does not start without the file
	}
	if err := replace(n.file, text); err != nil {
		return fail(phrase.Of("edge.do.file.write", n.file), n.name, err)
	}
	for _, step := range []struct {
		doing phrase.Sentence
		do    *command
	}{{phrase.Of("edge.do.nginx.check"), n.test}, {phrase.Of("edge.do.nginx.reload"), n.reload}} {
		if err := step.do.run(ctx, nil); err != nil {
			err = fail(step.doing, n.name, err)
			if back := replace(n.file, old); back != nil {
				err = errors.Join(err, fail(phrase.Of("edge.do.file.back", n.file), n.name, back))
			}
			return err
		}
	}
	return nil
}

// nginxMaps writes the two maps. A prefix is a regular expression of which each byte that might mean something stands by its
// number.
func nginxMaps(routes []laid) []byte {
	var backend, generation strings.Builder
	for _, r := range routes {
		var prefix strings.Builder
		for _, c := range []byte(r.prefix) {
			if isAlnum(c) || c == '/' || c == '-' || c == '_' {
				prefix.WriteByte(c)
			} else {
				fmt.Fprintf(&prefix, `\x%02x`, c)
			}
		}
		if r.diverted {
			fmt.Fprintf(&backend, "    \"~^%s\" safelight;\n", prefix.String())
		}
		fmt.Fprintf(&generation, "    \"~^%s\" %s-%d;\n", prefix.String(), r.name, r.generation)
	}
	return []byte("# Safelight writes this file.\nmap $uri $safelight_backend {\n    default origin;\n" + backend.String() +
		"}\nmap $uri $safelight_generation {\n    default 0;\n" + generation.String() + "}\n")
}

func (n *nginxMap) check(ctx context.Context) error {
	text, err := os.ReadFile(n.file)
	if err != nil {
		return fail(phrase.Of("edge.do.file.read", n.file), n.name, cause(err))
	}
	if !bytes.Contains(text, []byte("$safelight_generation")) {
		return fail(phrase.Of("edge.do.file.read", n.file), n.name, phrase.Errorf("edge.nginx.maps"))
	}
	if err := n.test.run(ctx, nil); err != nil {
		return fail(phrase.Of("edge.do.nginx.check"), n.name, err)
	}
	return n.reload.check(ctx)
}

// cause is an error without the path, which the configuration says.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
