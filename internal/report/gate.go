package report

import (
	"bytes"
	_ "embed" // for the template
	"fmt"
	"html/template"
	"io"

	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// GateEntry is an image that the gate stops or warns of, with its pictures.
type GateEntry struct {
	gate.Result
	Pictures Pictures
}

// Gate is what the page of a gate shows.
type Gate struct {
	gate.Report
	Version string
	Entries []GateEntry
}

//go:embed gate.html
var gatePage string

// Stops are the places of the slider between before and after, in per cent.
func (Gate) Stops() []int { return []int{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100} }

// Undrawn lists the images with findings that have no pictures, such as those that could not be measured.
func (g Gate) Undrawn() (list []gate.Result) {
	drawn := map[string]bool{}
	for _, e := range g.Entries {
		drawn[e.Path] = true
	}
	for _, r := range g.Results {
		if len(r.Findings) > 0 && !drawn[r.Path] && len(list) < MostBroken {
			list = append(list, r)
		}
	}
	return list
}

// WriteGate writes the page of a gate: complete in itself, without a script.
func WriteGate(w io.Writer, g Gate) error {
	t, err := template.New("gate").Funcs(template.FuncMap{
		"say":      func(l phrase.Lang, key string, args ...any) string { return phrase.Say(l, phrase.Key(key), args...) },
		"duration": took,
		"photo":    photo,
		"map":      heatmap,
		"rest":     func(percent int) int { return 100 - percent },
		"add":      func(a, b int) int { return a + b },
	}).Parse(gatePage)
	if err != nil {
		return fmt.Errorf("read the template of the gate's report: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, g); err != nil {
		return fmt.Errorf("write the gate's report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}
