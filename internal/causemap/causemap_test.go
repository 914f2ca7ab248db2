package causemap

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// night is the map of the reference incident.
func night() []Node {
	return []Node{
		{ID: Incident, Text: "4 200 images off the brand's palette", Note: "PM-2025-09-27-01"},
		{ID: "C1", Text: "The hook's rejection did not stop the commit", Kind: "direct", Domain: "operations", LeadsTo: []string{Incident}, Standing: "confirmed"},
		{ID: "C2", Text: "No CI job validates ΔE", Kind: "contributing", Domain: "operations", LeadsTo: []string{"C1"}},
		{ID: "C3", Text: "Reviews went on in parallel", Kind: "contributing", Domain: "operations", LeadsTo: []string{"C1"}},
		{ID: "C4", Text: "CODEOWNERS asks no brand approver", Kind: "systemic", Domain: "operations", LeadsTo: []string{"C2", "C3", Incident}},
	}
}

func random(r *rand.Rand) []Node {
	words := []string{"LUT", "a \"quoted\" one", "<b>", "#35;", "é`è`", "ΔE > 2", "two  spaces", "a;b & c", "[x](y)", "-->", "|p|", "{{z}}"}
	text := func() string {
		var list []string
		for range 1 + r.IntN(9) {
			list = append(list, words[r.IntN(len(words))])
		}
		return tidy(strings.Join(list, " "))
	}
	nodes := []Node{{ID: Incident, Text: text()}}
	for i := range 1 + r.IntN(12) {
		n := Node{ID: fmt.Sprint("C", i+1), Text: text(), Kind: []string{"direct", "contributing", "systemic"}[r.IntN(3)], Domain: "data"}
		for j := range i {
			if r.IntN(4) == 0 {
				n.LeadsTo = append(n.LeadsTo, fmt.Sprint("C", j+1))
			}
		}
		if len(n.LeadsTo) == 0 {
			n.LeadsTo = []string{Incident}
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// within gives what is read back of the causes: without the incident, which they all lead to.
func within(nodes []Node, domains bool) []Node {
	var list []Node
	for _, n := range nodes[1:] {
		n.LeadsTo = slices.DeleteFunc(slices.Clone(n.LeadsTo), func(id string) bool { return id == Incident })
		if len(n.LeadsTo) == 0 {
			n.LeadsTo = nil
		}
		if !domains {
			n.Domain = ""
		}
		n.Standing, n.Note = "", ""
		list = append(list, n)
	}
	return list
}

func tidied(nodes []Node) []Node {
	for i := range nodes {
		if len(nodes[i].LeadsTo) == 0 {
			nodes[i].LeadsTo = nil
		}
	}
	return nodes
}

func TestRoundTrips(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	for i := range 2000 {
		nodes := random(r)
		text := strings.Join(Mermaid(nodes), "\n")
		got, err := ParseMermaid([]byte(text))
		if err != nil || !reflect.DeepEqual(tidied(got), within(nodes, false)) {
			t.Fatalf("round %d: Mermaid gives %+v, %v; want %+v\n%s", i, got, err, within(nodes, false), text)
		}
		scene, err := Layout(nodes).Excalidraw()
		if err != nil {
			t.Fatal(err)
		}
		got, err = ParseExcalidraw(scene)
		if err != nil || !reflect.DeepEqual(tidied(got), within(nodes, true)) {
			t.Fatalf("round %d: Excalidraw gives %+v, %v; want %+v", i, got, err, within(nodes, true))
		}
	}
}

// TestLayout holds that nothing lies on anything else, that all lies within the drawing, and that arrows lead to the right.
func TestLayout(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		d := Layout(random(r))
		for i, a := range d.Boxes {
			if a.X < 0 || a.Y < 0 || a.X+a.Wide > d.Wide+0.01 || a.Y+a.High > d.High+0.01 {
				t.Fatalf("box %s lies outside of %.0f×%.0f: %+v", a.ID, d.Wide, d.High, a)
			}
			for _, b := range d.Boxes[i+1:] {
				if a.X < b.X+b.Wide && b.X < a.X+a.Wide && a.Y < b.Y+b.High && b.Y < a.Y+a.High {
					t.Fatalf("%s lies on %s", a.ID, b.ID)
				}
			}
		}
		for _, a := range d.Arrows {
			for i, p := range a.Points[1:] {
				if p[0] < a.Points[i][0] {
					t.Fatalf("%v leads back: %v", a.Edge, a.Points)
				}
			}
			// Between its ends it passes no box.
			for i := 1; i+1 < len(a.Points)-1; i += 2 {
				for _, b := range d.Boxes {
					if y := a.Points[i][1]; b.X <= a.Points[i][0]+1 && a.Points[i][0] < b.X+b.Wide && b.Y < y && y < b.Y+b.High {
						t.Fatalf("%v passes behind %s", a.Edge, b.ID)
					}
				}
			}
		}
		wellFormed(t, d.SVG(`causes "of" <it>`))
	}
	if d := Layout(nil); d.Wide != 0 || len(d.Boxes) != 0 {
		t.Errorf("an empty map is %+v", d)
	}
}

func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	if bytes.Contains(svg, []byte("style=")) || bytes.Contains(svg, []byte("<script")) {
		t.Fatalf("the drawing has a style or a script: %s", svg)
	}
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
	}
}

func TestLayersPutTheRootLeft(t *testing.T) {
	d := Layout(night())
	x := map[string]float64{}
	for _, b := range d.Boxes {
		x[b.ID] = b.X
	}
	if !(x["C4"] < x["C2"] && x["C2"] == x["C3"] && x["C3"] < x["C1"] && x["C1"] < x[Incident]) {
		t.Errorf("the causes stand at %v", x)
	}
}

func TestCycle(t *testing.T) {
	if c := Cycle(night()); c != nil {
		t.Errorf("a circle in a map without one: %v", c)
	}
	nodes := []Node{{ID: "C1", LeadsTo: []string{"C2"}}, {ID: "C2", LeadsTo: []string{"C3"}}, {ID: "C3", LeadsTo: []string{"C2"}}}
	if c := Cycle(nodes); !slices.Equal(c, []string{"C2", "C3", "C2"}) {
		t.Errorf("the circle is %v", c)
	}
	d := Layout(nodes) // it is drawn all the same: an older journal may hold one
	if len(d.Boxes) != 3 || len(d.Arrows) != 3 {
		t.Errorf("%+v", d)
	}
	wellFormed(t, d.SVG("x"))
}

// TestForeignMermaid reads what others write.
func TestForeignMermaid(t *testing.T) {
	got, err := ParseMermaid([]byte(`---
title: Causes
---
flowchart TD
  %% what happened
  subgraph process
  root((No owner)) -->|allows| gap[/"No test <br/> of ΔE"/]
  end
  gap & review{Two reviews?} -- at once --> hook[[Hook passes]]:::bad
  hook -.-> out(["Images off brand"]); budget ==> hook
  classDef bad fill:#f00
  style out fill:#ff0
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Node{
		{ID: "root", Text: "No owner", Kind: "systemic", LeadsTo: []string{"gap"}},
		{ID: "gap", Text: "No test of ΔE", Kind: "systemic", LeadsTo: []string{"hook"}},
		{ID: "review", Text: "Two reviews?", Kind: "systemic", LeadsTo: []string{"hook"}},
		{ID: "hook", Text: "Hook passes", Kind: "contributing", LeadsTo: []string{"out"}},
		{ID: "out", Text: "Images off brand", Kind: "direct"},
		{ID: "budget", Text: "budget", Kind: "systemic", LeadsTo: []string{"hook"}},
	}
	if !reflect.DeepEqual(tidied(got), want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for name, text := range map[string]string{
		"nothing": "", "no flowchart": "sequenceDiagram\n A->>B: x", "no cause": "graph RL\n incident", "a circle": "graph RL\n a --> b --> a",
		"an open shape": "graph RL\n a[\"x", "no arrow": "graph RL\n a ? b", "leads nowhere": "graph RL\n a -->", "no text": "graph RL\n \xff",
		"many": "graph RL\n" + strings.Join(slices.Collect(func(yield func(string) bool) {
			for i := range maxNodes + 1 {
				if !yield(fmt.Sprint("n", i)) {
					return
				}
			}
		}), "\n"),
		"long": "graph RL\n a[" + strings.Repeat("x", maxText+1) + "]", "large": strings.Repeat(" ", MaxBytes+1),
	} {
		if list, err := ParseMermaid([]byte(text)); !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

// TestEditedExcalidraw: a box is deleted, one is added and one copied; the arrow of what is gone is passed over.
func TestEditedExcalidraw(t *testing.T) {
	text, err := Layout(night()).Excalidraw()
	if err != nil {
		t.Fatal(err)
	}
	var s scene
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	for i := range s.Elements {
		if s.Elements[i].ID == "box-C3" {
			s.Elements[i].IsDeleted = true
		}
		if s.Elements[i].ID == "text-C2" {
			s.Elements[i].OriginalText = "No CI job\nlooks at colour"
		}
	}
	add := func(id, text string, of *marked) {
		container := id
		e := element{ID: id, Type: "ellipse"}
		if of != nil {
			e.CustomData = &customData{of}
		}
		s.Elements = append(s.Elements, e, element{ID: "t" + id, Type: "text", Text: text, ContainerID: &container})
	}
	add("new", "Nobody looked", nil)
	add("copy", "A copy", &marked{ID: "C1", Kind: "direct"})
	add("", "", nil)
	s.Elements = append(s.Elements,
		element{ID: "a1", Type: "arrow", StartBinding: &binding{ElementID: "new"}, EndBinding: &binding{ElementID: "box-C2"}},
		element{ID: "a2", Type: "arrow", StartBinding: &binding{ElementID: "new"}, EndBinding: &binding{ElementID: "nothing"}},
		element{ID: "f", Type: "freedraw"})
	if text, err = json.Marshal(s); err != nil {
		t.Fatal(err)
	}
	got, err := ParseExcalidraw(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []Node{
		{ID: "C1", Text: "The hook's rejection did not stop the commit", Kind: "direct", Domain: "operations"},
		{ID: "C2", Text: "No CI job looks at colour", Kind: "contributing", Domain: "operations", LeadsTo: []string{"C1"}},
		{ID: "C4", Text: "CODEOWNERS asks no brand approver", Kind: "systemic", Domain: "operations", LeadsTo: []string{"C2"}},
		{ID: "C3", Text: "Nobody looked", Kind: "systemic", LeadsTo: []string{"C2"}},
		{ID: "C5", Text: "A copy", Kind: "direct"},
	}
	if !reflect.DeepEqual(tidied(got), want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for name, text := range map[string]string{"nothing": "", "another file": `{"type":"excalidrawlib"}`, "empty": `{"type":"excalidraw","elements":[]}`, "no list": `{"type":"excalidraw","elements":3}`} {
		if _, err := ParseExcalidraw([]byte(text)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string]int{"": 0, "short": 1, "Nobody had been asked to look at the colour of the images": 2, strings.Repeat("x", 100): 4, strings.Repeat("word ", 200): maxLines} {
		lines := wrap(text)
		if len(lines) != want {
			t.Errorf("%.20q is %d lines, want %d: %q", text, len(lines), want, lines)
		}
		for _, l := range lines {
			if n := len([]rune(l)); n > perLine {
				t.Errorf("a line of %d: %q", n, l)
			}
		}
	}
}

func FuzzParseMermaid(f *testing.F) {
	f.Add(strings.Join(Mermaid(night()), "\n"))
	f.Add("flowchart TD\n a & b -- x --> c{y} ==> d;e:::f -.-> g")
	f.Fuzz(func(t *testing.T, text string) {
		nodes, err := ParseMermaid([]byte(text))
		if err != nil {
			return
		}
		wellFormed(t, Layout(nodes).SVG("map"))
		if Cycle(nodes) != nil {
			t.Error("a circle came in")
		}
	})
}

func FuzzParseExcalidraw(f *testing.F) {
	text, err := Layout(night()).Excalidraw()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		nodes, err := ParseExcalidraw(text)
		if err != nil {
			return
		}
		wellFormed(t, Layout(nodes).SVG("map"))
	})
}

// TestRefusedInFrench says to whoever brought a map what is wrong with it, and where.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"C1 --> C2":                        "lire la carte Mermaid : ligne 1, \"C1 --> C2\" : commencez par un organigramme, comme graph RL",
		"graph RL\nC1[\"open":              "lire la carte Mermaid : ligne 2 : nœud C1 : sa forme n’est pas fermée par ]",
		"graph RL\nC1 --> C2\nC2 --> C1\n": "lire la carte : ses flèches tournent en rond : ",
	} {
		_, err := ParseMermaid([]byte(src))
		said, known := phrase.Error(phrase.French, err)
		if !known || !strings.HasPrefix(said, want) || !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%q: %q, want %q", src, said, want)
		}
	}
	_, err := ParseExcalidraw([]byte(`{"type": "excalidraw", "elements": [{"id": "e", "type": "rectangle", "customData": {"safelight": 7}}]}`))
	if said, _ := phrase.Error(phrase.French, err); !strings.HasPrefix(said, "lire la scène Excalidraw : case \"e\" : ") || !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a box: %q", said)
	}
}
