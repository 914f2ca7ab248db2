// Package causemap lays the map of causes out, draws it, and reads and writes it as Mermaid and Excalidraw.
//
// A map is a graph whose arrows lead from a cause to what it leads to, and in the end to the incident. It is drawn in layers, the
// incident at the right: each cause stands left of all that it leads to, so that one reads from the root to the harm. An arrow over several
// layers keeps a lane free in each, and the order within a layer is that which crosses the fewest arrows by the barycentre of its
// neighbours (Sugiyama, Tagawa and Toda, IEEE SMC-11, 1981).
package causemap

import (
	"cmp"
	"slices"
)

// Incident is the id of what all causes lead to.
const Incident = "incident"

// Node is a cause, or the incident.
type Node struct {
	ID       string
	Text     string
	Kind     string   // direct, contributing or systemic; empty for the incident
	Domain   string   // model, data or operations
	Standing string   // how well it is founded
	LeadsTo  []string // ids; of the incident none
	Note     string   // a line beside its id, as "operations · confirmed"
}

// Edge is an arrow.
type Edge struct{ From, To string }

// Edges lists the arrows between nodes that are there, each once, in the order of the nodes.
func Edges(nodes []Node) []Edge {
	var list []Edge
	there := index(nodes)
	for _, n := range nodes {
		for _, to := range n.LeadsTo {
			e := Edge{n.ID, to}
			if _, ok := there[to]; ok && to != n.ID && !slices.Contains(list, e) {
				list = append(list, e)
			}
		}
	}
	return list
}

func index(nodes []Node) map[string]int {
	at := make(map[string]int, len(nodes))
	for i, n := range nodes {
		at[n.ID] = i
	}
	return at
}

// Cycle gives a way along the arrows that comes back to where it began, or nil.
func Cycle(nodes []Node) []string {
	next := map[string][]string{}
	for _, e := range Edges(nodes) {
		next[e.From] = append(next[e.From], e.To)
	}
	const entered, left = 1, 2
	state := map[string]int{}
	var way []string
	var visit func(id string) []string
	visit = func(id string) []string {
		state[id], way = entered, append(way, id)
		for _, to := range next[id] {
			switch state[to] {
			case entered:
				return append(slices.Clone(way[slices.Index(way, to):]), to)
			case left:
				continue
			}
			if c := visit(to); c != nil {
				return c
			}
		}
		state[id], way = left, way[:len(way)-1]
		return nil
	}
	for _, n := range nodes {
		if state[n.ID] == 0 {
			if c := visit(n.ID); c != nil {
				return c
			}
		}
	}
	return nil
}

// layers gives each node the number of arrows of the longest way to the end of the map. Arrows that close a circle do not count.
func layers(nodes []Node, edges []Edge) map[string]int {
	next := map[string][]string{}
	for _, e := range edges {
		next[e.From] = append(next[e.From], e.To)
	}
	layer, busy := map[string]int{}, map[string]bool{}
	var of func(id string) int
	of = func(id string) int {
		if l, ok := layer[id]; ok {
			return l
		}
		busy[id] = true
		l := 0
		for _, to := range next[id] {
			if !busy[to] {
				l = max(l, of(to)+1)
			}
		}
		busy[id] = false
		layer[id] = l
		return l
	}
	for _, n := range nodes {
		of(n.ID)
	}
	return layer
}

// slot is a place in a layer: of a node, or of an arrow that passes through.
type slot struct {
	node  int // of nodes; -1 for a passing arrow
	layer int
	order float64
	left  []*slot // where its arrows come from
	right []*slot // where they go
	y     float64 // its middle
	high  float64
}

// sweeps is how often the layers are ordered by their neighbours, to and fro.
const sweeps = 8

// arrange puts the slots of each layer into an order of few crossings. The result has the layers by their numbers, the incident's first.
func arrange(nodes []Node, edges []Edge) (columns [][]*slot, ways map[Edge][]*slot) {
	layer := layers(nodes, edges)
	own := map[string]*slot{}
	put := func(s *slot) {
		for len(columns) <= s.layer {
			columns = append(columns, nil)
		}
		s.order = float64(len(columns[s.layer]))
		columns[s.layer] = append(columns[s.layer], s)
	}
	for i, n := range nodes {
		own[n.ID] = &slot{node: i, layer: layer[n.ID]}
		put(own[n.ID])
	}
	ways = map[Edge][]*slot{}
	for _, e := range edges {
		from, to := own[e.From], own[e.To]
		way := []*slot{from}
		for l := from.layer - 1; l > to.layer; l-- {
			pass := &slot{node: -1, layer: l}
			put(pass)
			way = append(way, pass)
		}
		way = append(way, to)
		for i := range way[1:] {
			if way[i].layer > way[i+1].layer {
				way[i].right, way[i+1].left = append(way[i].right, way[i+1]), append(way[i+1].left, way[i])
			}
		}
		ways[e] = way
	}
	for i := range sweeps {
		if i%2 == 0 {
			for l := 1; l < len(columns); l++ {
				reorder(columns[l], func(s *slot) []*slot { return s.right })
			}
			continue
		}
		for l := len(columns) - 2; l >= 0; l-- {
			reorder(columns[l], func(s *slot) []*slot { return s.left })
		}
	}
	return columns, ways
}

// reorder sorts a layer by the barycentre of each slot's neighbours; one that has none keeps its place.
func reorder(column []*slot, neighbours func(*slot) []*slot) {
	centre := make(map[*slot]float64, len(column))
	for _, s := range column {
		centre[s] = s.order
		if list := neighbours(s); len(list) > 0 {
			sum := 0.0
			for _, n := range list {
				sum += n.order
			}
			centre[s] = sum / float64(len(list))
		}
	}
	slices.SortStableFunc(column, func(a, b *slot) int { return cmp.Compare(centre[a], centre[b]) })
	for i, s := range column {
		s.order = float64(i)
	}
}
