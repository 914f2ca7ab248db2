package prevention

import (
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/pipeline"
)

// MaxNamed is how many false alarms a measurement names; the others are counted.
const MaxNamed = 100

// Caught says whether today's guards would have caught the incidents of the past, and how many good changes they would have stopped.
type Caught struct {
	At    time.Time    `json:"at"`
	Cases []CaughtCase `json:"cases"`
	// Controls is how many good changes were tried.
	Controls int `json:"controls"`
	// Alarms is how many of them a guard would have stopped; FalseAlarms names the first of them.
	Alarms      int          `json:"alarms"`
	FalseAlarms []FalseAlarm `json:"falseAlarms,omitempty"`
}

// CaughtCase is what today's guards say of the evidence of an incident.
type CaughtCase struct {
	Incident string            `json:"incident"`
	Severity pipeline.Severity `json:"severity"`
	Pipeline string            `json:"pipeline,omitempty"`
	Images   int               `json:"images"` // bad images that were tried
	Tables   int               `json:"tables"` // colour tables that were tried
	// By is what fails, by the name of each guard: gate, guards.luts, test NAME.
	By []CaughtBy `json:"by,omitempty"`
}

// CaughtBy is a guard that fails, with the first of what it says.
type CaughtBy struct {
	Guard string `json:"guard"`
	Text  string `json:"text"`
}

// FalseAlarm is a good change that a guard would have stopped.
type FalseAlarm struct {
	Subject string `json:"subject"`
	Guard   string `json:"guard"`
	Text    string `json:"text"`
}

// Tried tells whether there was anything to try.
func (c CaughtCase) Tried() bool { return c.Images+c.Tables > 0 }

// Caught tells whether a guard would have stopped it.
func (c CaughtCase) Caught() bool { return len(c.By) > 0 }

// Add notes that a guard fails; the first text of each guard stays.
func (c *CaughtCase) Add(guard, text string) {
	if !slices.ContainsFunc(c.By, func(b CaughtBy) bool { return b.Guard == guard }) {
		c.By = append(c.By, CaughtBy{guard, text})
	}
}

// Alarm counts a good change that a guard would have stopped.
func (c *Caught) Alarm(a FalseAlarm) {
	if c.Alarms++; len(c.FalseAlarms) < MaxNamed {
		c.FalseAlarms = append(c.FalseAlarms, a)
	}
}

// Count gives how many incidents would have been caught, of how many that left something to try, and how many left nothing.
func (c Caught) Count() (caught, of, untried int) {
	for _, one := range c.Cases {
		switch {
		case !one.Tried():
			untried++
		case one.Caught():
			caught++
			of++
		default:
			of++
		}
	}
	return caught, of, untried
}

// Share is the share of the incidents that would have been caught, 0 to 1; 1 of none.
func (c Caught) Share() float64 {
	caught, of, _ := c.Count()
	if of == 0 {
		return 1
	}
	return float64(caught) / float64(of)
}
