package causemap

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// scene is a file of Excalidraw (docs.excalidraw.com, JSON Schema), as far as a map needs it.
type scene struct {
	Type     string         `json:"type"`
	Version  int            `json:"version"`
	Source   string         `json:"source"`
	Elements []element      `json:"elements"`
	AppState map[string]any `json:"appState"`
	Files    map[string]any `json:"files"`
}

type element struct {
	ID              string       `json:"id"`
	Type            string       `json:"type"`
	X               float64      `json:"x"`
	Y               float64      `json:"y"`
	Width           float64      `json:"width"`
	Height          float64      `json:"height"`
	Angle           float64      `json:"angle"`
	StrokeColor     string       `json:"strokeColor"`
	BackgroundColor string       `json:"backgroundColor"`
	FillStyle       string       `json:"fillStyle"`
	StrokeWidth     float64      `json:"strokeWidth"`
	StrokeStyle     string       `json:"strokeStyle"`
	Roughness       float64      `json:"roughness"`
	Opacity         float64      `json:"opacity"`
	GroupIDs        []string     `json:"groupIds"`
	FrameID         *string      `json:"frameId"`
	Roundness       *roundness   `json:"roundness"`
	Seed            uint32       `json:"seed"`
	Version         int          `json:"version"`
	VersionNonce    uint32       `json:"versionNonce"`
	IsDeleted       bool         `json:"isDeleted"`
	BoundElements   []bound      `json:"boundElements"`
	Updated         int64        `json:"updated"`
	Link            *string      `json:"link"`
	Locked          bool         `json:"locked"`
	CustomData      *customData  `json:"customData,omitempty"`
	Text            string       `json:"text,omitempty"`
	OriginalText    string       `json:"originalText,omitempty"`
	FontSize        float64      `json:"fontSize,omitempty"`
	FontFamily      int          `json:"fontFamily,omitempty"`
	TextAlign       string       `json:"textAlign,omitempty"`
	VerticalAlign   string       `json:"verticalAlign,omitempty"`
	ContainerID     *string      `json:"containerId,omitempty"`
	LineHeight      float64      `json:"lineHeight,omitempty"`
	Points          [][2]float64 `json:"points,omitempty"`
	StartBinding    *binding     `json:"startBinding,omitempty"`
	EndBinding      *binding     `json:"endBinding,omitempty"`
	StartArrowhead  *string      `json:"startArrowhead,omitempty"`
	EndArrowhead    *string      `json:"endArrowhead,omitempty"`
}

type roundness struct {
	Type int `json:"type"`
}

type bound struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type binding struct {
	ElementID string  `json:"elementId"`
	Focus     float64 `json:"focus"`
	Gap       float64 `json:"gap"`
}

// customData is what Excalidraw keeps with an element and does not read.
type customData struct {
	Safelight *marked `json:"safelight,omitempty"`
}

// marked says which cause an element is.
type marked struct {
	ID     string `json:"id"`
	Kind   string `json:"kind,omitempty"`
	Domain string `json:"domain,omitempty"`
}

// Excalidraw writes a drawing as a scene that can be edited there: boxes with their texts, and arrows that hold on to them.
func (d Drawing) Excalidraw() ([]byte, error) {
	s := scene{Type: "excalidraw", Version: 2, Source: "safelight", Elements: []element{}, AppState: map[string]any{"viewBackgroundColor": "#ffffff"}, Files: map[string]any{}}
	at := map[string]int{}
	for _, b := range d.Boxes {
		look := b.Look()
		box := basic("box-"+b.ID, "rectangle", b.X, b.Y, b.Wide, b.High)
		box.BackgroundColor, box.StrokeColor, box.Roundness = hex(look.Fill), hex(look.Stroke), &roundness{3}
		box.CustomData = &customData{&marked{b.ID, b.Kind, b.Domain}}
		label := basic("text-"+b.ID, "text", b.X+boxPad, b.Y+boxPad, b.Wide-2*boxPad, lineHigh*float64(len(b.Lines)))
		if b.ID == Incident {
			label.StrokeColor = "#ffffff"
		}
		label.Text, label.OriginalText = strings.Join(b.Lines, "\n"), b.Text
		label.FontSize, label.FontFamily, label.TextAlign, label.VerticalAlign, label.LineHeight = 14, 2, "left", "middle", 1.25
		container := box.ID
		label.ContainerID = &container
		box.BoundElements = append(box.BoundElements, bound{label.ID, "text"})
		at[b.ID] = len(s.Elements)
		s.Elements = append(s.Elements, box, label)
	}
	for _, a := range d.Arrows {
		first, last := a.Points[0], a.Points[len(a.Points)-1]
		line := basic("arrow-"+a.From+"-"+a.To, "arrow", first[0], first[1], last[0]-first[0], last[1]-first[1])
		head := "arrow"
		line.EndArrowhead, line.Roundness = &head, &roundness{2}
		for _, p := range a.Points {
			line.Points = append(line.Points, [2]float64{p[0] - first[0], p[1] - first[1]})
		}
		from, to := &s.Elements[at[a.From]], &s.Elements[at[a.To]]
		line.StartBinding, line.EndBinding = &binding{ElementID: from.ID, Gap: 1}, &binding{ElementID: to.ID, Gap: 1}
		from.BoundElements = append(from.BoundElements, bound{line.ID, "arrow"})
		to.BoundElements = append(to.BoundElements, bound{line.ID, "arrow"})
		s.Elements = append(s.Elements, line)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the Excalidraw scene: %w", err)
	}
	return append(text, '\n'), nil
}

// basic is an element with what each must have. Its seed is made of its id, so that a map is drawn alike each time.
func basic(id, kind string, x, y, wide, high float64) element {
	h := fnv.New32a()
	h.Write([]byte(id))
	return element{
		ID: id, Type: kind, X: x, Y: y, Width: wide, Height: high, StrokeColor: "#1e1e1e", BackgroundColor: "transparent", FillStyle: "solid",
		StrokeWidth: 1, StrokeStyle: "solid", Roughness: 0, Opacity: 100, GroupIDs: []string{}, Seed: h.Sum32(), Version: 1, VersionNonce: h.Sum32(),
		BoundElements: []bound{}, Updated: 1,
	}
}

// ParseExcalidraw reads a scene: boxes of any shape with the texts that are bound to them, and the arrows that are bound to two of them. What is
// deleted, drawn freely or not bound is passed over. A box of ours keeps its id, kind and domain; a new one is given an id, and a kind as
// in [ParseMermaid].
func ParseExcalidraw(src []byte) ([]Node, error) {
	if len(src) > MaxBytes {
		return nil, phrase.Refusal(journal.ErrTooLarge, "refusal.scene.bytes", len(src), MaxBytes)
	}
	var s struct {
		Type     string `json:"type"`
		Elements []struct {
			ID           string                     `json:"id"`
			Type         string                     `json:"type"`
			IsDeleted    bool                       `json:"isDeleted"`
			CustomData   map[string]json.RawMessage `json:"customData"` // others keep their own there
			Text         string                     `json:"text"`
			OriginalText string                     `json:"originalText"`
			ContainerID  *string                    `json:"containerId"`
			StartBinding *binding                   `json:"startBinding"`
			EndBinding   *binding                   `json:"endBinding"`
		} `json:"elements"`
	}
	if err := json.Unmarshal(src, &s); err != nil {
		return nil, phrase.Errorf("refusal.scene", fmt.Errorf("%w: %w", err, journal.ErrInvalid))
	}
	if s.Type != "excalidraw" {
		return nil, phrase.Refusal(journal.ErrInvalid, "refusal.scene.type", fmt.Sprintf("%.30q", s.Type))
	}
	texts := map[string]string{}
	for _, e := range s.Elements {
		if e.Type == "text" && !e.IsDeleted && e.ContainerID != nil {
			text := e.OriginalText
			if text == "" {
				text = e.Text
			}
			texts[*e.ContainerID] = tidy(text)
		}
	}
	g := graph{at: map[string]int{}, edges: map[Edge]bool{}}
	ids := map[string]string{} // of nodes, by those of elements
	taken := map[string]bool{}
	var fresh []string
	domains := map[string]string{}
	for _, e := range s.Elements {
		if e.IsDeleted || e.Type != "rectangle" && e.Type != "ellipse" && e.Type != "diamond" {
			continue
		}
		var m marked
		if raw, ok := e.CustomData["safelight"]; ok {
			if err := json.Unmarshal(raw, &m); err != nil {
				return nil, phrase.Errorf("refusal.scene.box", fmt.Sprintf("%.40q", e.ID), fmt.Errorf("%w: %w", err, journal.ErrInvalid))
			}
		}
		if texts[e.ID] == "" && m.ID == "" {
			continue // decoration
		}
		if m.ID == "" || taken[m.ID] || m.ID != Incident && !ownID.MatchString(m.ID) { // new, or a copy of another
			fresh = append(fresh, e.ID)
			continue
		}
		taken[m.ID], ids[e.ID], domains[m.ID] = true, m.ID, m.Domain
		if err := g.add(Node{ID: m.ID, Text: texts[e.ID], Kind: m.Kind}, true); err != nil {
			return nil, phrase.Errorf("refusal.scene", err)
		}
	}
	for _, id := range fresh {
		n := 1
		for taken[fmt.Sprint("C", n)] {
			n++
		}
		name := fmt.Sprint("C", n)
		taken[name], ids[id] = true, name
		if err := g.add(Node{ID: name, Text: texts[id]}, true); err != nil {
			return nil, phrase.Errorf("refusal.scene", err)
		}
	}
	for _, e := range s.Elements {
		if e.Type != "arrow" || e.IsDeleted || e.StartBinding == nil || e.EndBinding == nil {
			continue
		}
		from, to := ids[e.StartBinding.ElementID], ids[e.EndBinding.ElementID]
		if from == "" || to == "" || from == Incident {
			continue
		}
		if err := g.join(from, to); err != nil {
			return nil, phrase.Errorf("refusal.scene", err)
		}
	}
	list, err := g.causes()
	for i := range list {
		list[i].Domain = domains[list[i].ID]
	}
	return list, err
}
