package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// PurgePlan is what a purge would have the edges of a route forget.
type PurgePlan struct {
	Route    string           `json:"route"`
	URLs     []string         `json:"urls"` // all that is meant is below them
	Paths    []string         `json:"paths,omitempty"`
	Tags     []string         `json:"tags,omitempty"`
	Images   int              `json:"images"`            // of the origin, that are meant; -1 where it is a server and they cannot be counted
	Unfound  int              `json:"unfound,omitempty"` // paths that are named and that the origin does not have
	Disabled bool             `json:"disabled"`          // the route serves references
	Edges    []ForgettingEdge `json:"edges,omitempty"`
	Recent                    // of the images that are meant
}

// NoStorePlan is what keeping caches from storing a route would change.
type NoStorePlan struct {
	Route    string           `json:"route"`
	URLs     []string         `json:"urls"`
	Lasting  time.Duration    `json:"lasting"`         // nanoseconds
	Until    time.Time        `json:"until"`           // if it is asked for now
	Kept     *time.Time       `json:"kept,omitempty"`  // until when caches are kept from storing it already
	Images   int              `json:"images"`          // of the origin; -1 where it is a server and they cannot be counted
	Disabled bool             `json:"disabled"`        // the route serves references
	Edges    []ForgettingEdge `json:"edges,omitempty"` // what each forgets, once
	Recent                    // of the route
}

// ForgettingEdge is a server in front of the route, and what it forgets.
type ForgettingEdge struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	// How is nothing (it stores nothing), cannot (it cannot be told to forget), key (the whole route at once, by another key of its cache),
	// hook (it is told, and does as it does), route (the whole route) or named (what is named, and no more).
	How string `json:"how"`
	// By says by which names it is told: tags, paths, prefixes.
	By []string `json:"by,omitempty"`
	// Wider: less than the route was named, and it forgets the whole route. Behind: because it was never told of the route, or has missed a change.
	Wider  bool `json:"wider,omitempty"`
	Behind bool `json:"behind,omitempty"`
	// Untagged: what it has stored past the gateway it cannot be told to forget.
	Untagged bool `json:"untagged,omitempty"`
	// Meanwhile is how it gets each image while caches are kept from storing: asks, diverts or fetches.
	Meanwhile string `json:"meanwhile,omitempty"`
}

// Whole tells whether all of the route is meant.
func (p PurgePlan) Whole() bool { return len(p.Paths)+len(p.Tags) == 0 }

// Said is the plan in sentences.
func (p PurgePlan) Said() (list []phrase.Sentence) {
	add := func(k phrase.Key, args ...any) { list = append(list, phrase.Of(k, args...)) }
	for _, u := range p.URLs {
		if p.Whole() {
			add("caches.purge.whole", u)
		} else {
			add("caches.purge.named", u)
		}
	}
	if len(p.Paths) > 0 {
		add("caches.purge.paths", len(p.Paths), someOf(p.Paths))
	}
	if p.Unfound > 0 {
		add("caches.unfound", p.Unfound)
	}
	if len(p.Tags) > 0 {
		add("caches.purge.tags", len(p.Tags), someOf(p.Tags))
	}
	list = append(list, cached(p.Images, p.Disabled, p.Edges, p.Recent)...)
	add("caches.contains-nothing")
	add("caches.purge.proof")
	return list
}

// someOf are as many of a list as a plan names.
func someOf(list []string) string {
	text := strings.Join(list[:min(len(list), PlanSample)], ", ")
	if len(list) > PlanSample {
		text += ", …"
	}
	return text
}

// Said is the plan in sentences.
func (p NoStorePlan) Said() (list []phrase.Sentence) {
	add := func(k phrase.Key, args ...any) { list = append(list, phrase.Of(k, args...)) }
	for _, u := range p.URLs {
		add("caches.no-store.until", u, p.Until.UTC().Format("2006-01-02 15:04 MST"), p.Lasting)
	}
	if p.Kept != nil {
		add("caches.no-store.kept", p.Kept.UTC().Format("2006-01-02 15:04 MST"))
	}
	list = append(list, cached(p.Images, p.Disabled, p.Edges, p.Recent)...)
	add("caches.no-store.load")
	add("caches.contains-nothing")
	add("caches.no-store.proof")
	return list
}

// cached says what the plans of both have in common: how many images, and what each edge does.
func cached(images int, disabled bool, edges []ForgettingEdge, recent Recent) (list []phrase.Sentence) {
	if images < 0 {
		list = append(list, phrase.Of("caches.uncounted"))
	} else {
		list = append(list, phrase.Of("caches.images", images))
	}
	list = append(list, recent.Lately())
	if disabled {
		list = append(list, phrase.Of("caches.disabled"))
	}
	if len(edges) == 0 {
		list = append(list, phrase.Of("caches.no-edge"))
	}
	for _, e := range edges {
		list = append(list, e.Said())
	}
	return list
}

// Said is what the edge does, all in one.
func (e ForgettingEdge) Said() phrase.Sentence {
	said := phrase.Of(phrase.Key("caches.edge."+e.How), e.Name, e.Kind)
	then := func(k phrase.Key) { said = phrase.Of("caches.then", said, phrase.Of(k)) }
	if len(e.By) > 0 && (e.How == "route" || e.How == "named") {
		said = phrase.Of(said.Key, e.Name, e.Kind, phrase.Of(phrase.Key("caches.by."+strings.Join(e.By, "-"))))
	}
	switch {
	case e.Behind:
		then("caches.edge.behind")
	case e.Wider:
		then("caches.edge.wider")
	}
	if e.Untagged {
		then("caches.edge.untagged")
	}
	if e.Meanwhile != "" {
		then(phrase.Key("caches.meanwhile." + e.Meanwhile))
	}
	return said
}

// warns tells whether a sentence of a plan must not be overlooked.
func warns(s phrase.Sentence) bool {
	switch s.Key {
	case "caches.unfound", "caches.contains-nothing", "caches.no-edge", "caches.no-store.load", "caches.disabled", "caches.edge.cannot":
		return true
	case "caches.images":
		return s.Args[0] == 0
	case "caches.then":
		before, _ := s.Args[0].(phrase.Sentence)
		then, _ := s.Args[1].(phrase.Sentence)
		return warns(before) || then.Key == "caches.edge.behind" || then.Key == "caches.edge.wider" || then.Key == "caches.edge.untagged"
	}
	return false
}

// Warns tells whether a sentence of the plan must not be overlooked.
func (c *caching) Warns(s phrase.Sentence) bool { return warns(s) }

// caching is what the page of a purge, or of a no-store, is about.
type caching struct {
	Kind        incident.MitigationKind
	Step        string   // of the runbook, that the button carries out; empty for a decision of its own
	Routes      []option // that may be chosen
	Route       string
	Paths, Tags []string
	Hours       []option
	Plans       []cachesPlan // none where nothing is chosen yet
	routes      []string     // to plan for
	lasting     time.Duration
	followed    bool // the page is about one that was asked for
}

// cachesPlan is what the page shows of either plan.
type cachesPlan struct {
	Route string
	Said  []phrase.Sentence
}

// Lines is a list as a form has it.
func (c *caching) Lines(list []string) string { return strings.Join(list, "\n") }

// Verb is that of the form, and what the page is called in its address.
func (c *caching) Verb() string { return string(c.Kind) }

// Lasting is for how long nothing is stored.
func (c *caching) Lasting() time.Duration { return c.lasting }

// Chosen is the hours that are planned for.
func (c *caching) Chosen() int { return int(c.lasting.Hours()) }

// at tells whether a mitigation is what the page would ask for, so that it is followed.
func (c *caching) at(m incident.Mitigation) bool {
	return c != nil && !c.followed && c.Step == "" && m.Kind == c.Kind && m.Route == c.Route && !m.Status.Over() && (m.Kind != incident.KindPurge || m.Status != incident.IsProven)
}

// longestHours is the most that the form offers.
const longestHours = int(incident.MaxNoStore / time.Hour)

// readCaches reads what the page is asked for, where it is about caches: a step of the runbook, or a route with what is to be forgotten of it.
func (m *containModel) readCaches(q fields) error {
	c := &caching{
		Kind: incident.MitigationKind(q.Get("what")), Step: q.text("step"), Route: q.text("route"), Paths: q.lines("paths"), Tags: q.lines("tags"),
		lasting: time.Hour, followed: q.text("mitigation") != "",
	}
	if c.Kind != incident.KindPurge && c.Kind != incident.KindNoStore {
		return nil
	}
	m.Caches = c
	if h := q.number("hours"); h > 0 {
		c.lasting = time.Duration(min(h, longestHours)) * time.Hour
	}
	for _, h := range []int{1, 4, longestHours} {
		c.Hours = append(c.Hours, option{Value: strconv.Itoa(h), Label: strconv.Itoa(h) + " h", Selected: h == c.Chosen()})
	}
	routes := m.Incident.Opened.Routes
	if len(routes) == 1 && c.Route == "" {
		c.Route = routes[0]
	}
	for _, r := range routes {
		c.Routes = append(c.Routes, option{Value: r, Label: r, Selected: r == c.Route})
	}
	if c.routes = []string{c.Route}; c.Route == "" {
		c.routes = nil
	}
	if c.Step == "" {
		return nil
	}
	st, err := m.Incident.StepToPlan(c.Step)
	if err != nil {
		return err
	}
	if st.Contain != runbook.Containment(c.Kind) {
		m.Caches = nil // not what the runbook page links to
		return nil
	}
	c.routes, c.lasting, c.Paths, c.Tags = st.Routes, st.Lasting(), nil, nil
	return nil
}

// planCaches finds out what a purge or a no-store would change.
func (s *Server) planCaches(ctx context.Context, m *containModel) error {
	c := m.Caches
	for _, route := range c.routes {
		var said []phrase.Sentence
		if c.Kind == incident.KindPurge {
			plan, err := s.service.PlanPurge(ctx, m.ID, incident.PurgeRoute{Route: route, Paths: c.Paths, Tags: c.Tags})
			if err != nil {
				return err
			}
			said = plan.Said()
		} else {
			plan, err := s.service.PlanNoStore(ctx, m.ID, incident.NoStoreRoute{Route: route, Lasting: c.lasting})
			if err != nil {
				return err
			}
			said = plan.Said()
		}
		c.Plans = append(c.Plans, cachesPlan{route, said})
	}
	return nil
}

func (a *api) planningCaches() {
	s := a.server.service
	get(a, "plan-purge", "/api/v1/incidents/{id}/plans/purge", func(ctx context.Context, in *struct {
		ID    string   `path:"id"`
		Route string   `query:"route" required:"true"`
		Paths []string `query:"path,explode" doc:"below the route; with no tag either, all of it"`
		Tags  []string `query:"tag,explode"`
	}) (PurgePlan, error) {
		return s.PlanPurge(ctx, in.ID, incident.PurgeRoute{Route: in.Route, Paths: in.Paths, Tags: in.Tags})
	})
	get(a, "plan-no-store", "/api/v1/incidents/{id}/plans/no-store", func(ctx context.Context, in *struct {
		ID    string `path:"id"`
		Route string `query:"route" required:"true"`
		For   string `query:"for" default:"1h" doc:"for how long, as 90m or 2h; 24h at most"`
	}) (NoStorePlan, error) {
		lasting, err := time.ParseDuration(in.For)
		if err != nil {
			return NoStorePlan{}, fmt.Errorf("plan a no-store of %s: for %.40q: write a time such as 2h: %w", in.ID, in.For, journal.ErrInvalid)
		}
		return s.PlanNoStore(ctx, in.ID, incident.NoStoreRoute{Route: in.Route, Lasting: lasting})
	})
}
