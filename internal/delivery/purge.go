package delivery

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// What an edge was told to forget.
const (
	purgedPaths = "paths"
	purgedTags  = "tags"
	purgedRoute = "route"
)

// Purged is what became of a purge at one edge.
type Purged struct {
	Edge, Kind string
	Done       bool
	Scope      string // what it has forgotten: paths, tags or route, which is all of it; nothing where it stores nothing
	Err        error  // why it is not done
}

// about is what a change of a route is about: paths, tags, or all of it.
type about struct{ paths, tags []string }

// purge names it in the ways that an edge understands.
func (a about) purge(can Abilities, r Route) Purge {
	if len(a.tags) > 0 && can.PurgesTags {
		return Purge{Tags: a.tags, scope: purgedTags}
	}
	return purgeOf(can, r, a.paths)
}

// aboutOf is what a purge of some paths and tags is: what carries the tags first, then the paths; all of the route where neither is named.
func aboutOf(paths, tags []string) (list []about) {
	if len(tags) > 0 {
		list = append(list, about{tags: tags})
	}
	if len(paths) > 0 || len(tags) == 0 {
		list = append(list, about{paths: paths})
	}
	return list
}

// Purge makes the edges of a route forget what they have stored of some paths and of all that carries one of some tags; of the whole route
// where neither is named. An edge that cannot forget single ones forgets the whole route. Each edge is told, whatever became of the others;
// where one has not done it, there is an error too, and to do it again is harmless. No probe can prove a purge: what an edge says is all
// there is. [Control.PlanPurge] tells it before.
func (e *Control) Purge(ctx context.Context, route string, paths, tags []string) (list []Purged, err error) {
	if err := CheckPurge(route, paths, tags); err != nil {
		return nil, err
	}
	for _, what := range aboutOf(paths, tags) {
		done, err := e.purge(ctx, route, what)
		if list = append(list, done...); err != nil {
			return list, err
		}
	}
	return list, nil
}

// CheckPurge says whether paths and tags may be named in a purge.
func CheckPurge(route string, paths, tags []string) error {
	for _, p := range paths {
		if !goodName(p) {
			return fmt.Errorf("%w: %w", phrase.Errorf("refusal.purge.path", fmt.Sprintf("%.200q", p), route), journal.ErrInvalid)
		}
	}
	if len(tags) > MaxHeld {
		return fmt.Errorf("%w: %w", phrase.Errorf("refusal.purge.tags", len(tags), route, MaxHeld), journal.ErrInvalid)
	}
	for _, t := range tags {
		if !goodTag.MatchString(t) {
			return fmt.Errorf("%w: %w", phrase.Errorf("refusal.purge.tag", fmt.Sprintf("%.200q", t), route), journal.ErrInvalid)
		}
	}
	return nil
}

var goodTag = regexp.MustCompile(`^[a-z0-9-]{1,200}$`)

// purge gives the route another generation, by which an edge that asks the gateway forgets, and by which one that is not
// reached now is told later. Then each is told.
func (e *Control) purge(ctx context.Context, route string, what about) (list []Purged, err error) {
	err = ctx.Err()
	if err == nil {
		err = e.change(func(s *State) error {
			for i := range s.Routes {
				if s.Routes[i].Name == route {
					s.Routes[i].Generation++
					return nil
				}
			}
			_, err := s.Route(route)
			return err
		})
	}
	if err != nil {
		return nil, phrase.Errorf("edge.purge", route, err)
	}
	var failed []error
	for _, edge := range e.edges.of(route) {
		done := e.purgeAt(ctx, edge, route, what)
		list = append(list, done)
		failed = append(failed, done.Err)
	}
	if err := errors.Join(failed...); err != nil {
		return list, phrase.Errorf("edge.purge", route, err)
	}
	return list, nil
}

func (e *Control) purgeAt(ctx context.Context, at *edge, route string, what about) Purged {
	p := Purged{Edge: at.name, Kind: at.kind}
	told, err := e.tell(ctx, at, route, what)
	switch {
	case err != nil:
		p.Err = err
	case !at.abilities().Stores:
		p.Scope = ForgetsNothing
	default:
		p.Done, p.Scope = true, told.scope
	}
	if wait := at.abilities().Settles; p.Done && wait > 0 {
		select {
		case <-time.After(wait): // old workers go on with what they have
		case <-ctx.Done():
			p.Done, p.Err = false, ctx.Err()
		}
	}
	return p
}
