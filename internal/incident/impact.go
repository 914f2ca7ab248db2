package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TypeImpactCommitted says that a filed impact report stands on the draft branch.
const TypeImpactCommitted = "incident.impact-committed"

// ImpactEffect asks for the impact report of that filing, counted from 1, to be committed. 0, of before filings were
// counted, is the last one.
type ImpactEffect struct {
	Incident string `json:"incident"`
	Number   int    `json:"number,omitempty"`
}

// ImpactCommitted names the commit of a filing.
type ImpactCommitted struct {
	Number int    `json:"number"`
	Commit string `json:"commit"`
	Path   string `json:"path"` // relative to the repository
}

// Filing is one time that the impact report was filed, and what it said.
type Filing struct {
	Mark
	Number     int     `json:"number"`
	Seq        int64   `json:"seq"` // of its entry
	Checked    int     `json:"checked"`
	Affected   int     `json:"affected"`
	WorstDelta float64 `json:"worstDeltaE00"`
	Deliveries *int    `json:"deliveries,omitempty"`
	Commit     string  `json:"commit,omitempty"` // empty while it is on its way
	Path       string  `json:"path,omitempty"`
}

// applyImpact folds the filings of the impact report.
func (s *State) applyImpact(e journal.Entry, mark *Mark) error {
	switch e.Type {
	case TypeImpactFiled:
		return on(e, func(v Impact) {
			s.Impact = &v
			s.Filings = append(s.Filings, Filing{
				Mark: *mark, Number: len(s.Filings) + 1, Seq: e.Seq,
				Checked: v.Checked, Affected: v.Affected, WorstDelta: v.WorstDelta, Deliveries: v.Deliveries,
			})
		})
	case TypeImpactCommitted:
		return on(e, func(v ImpactCommitted) {
			if v.Number >= 1 && v.Number <= len(s.Filings) {
				f := &s.Filings[v.Number-1]
				f.Commit, f.Path = v.Commit, v.Path
			}
		})
	}
	return nil
}

// RecordImpactCommitted is the outcome of the commit of a filing.
type RecordImpactCommitted struct{ ImpactCommitted }

func (c RecordImpactCommitted) decide(s State, env Env) (journal.Change, error) {
	if !env.By.System || c.Number < 1 || c.Number > len(s.Filings) || c.Commit == "" {
		return journal.Change{}, fmt.Errorf("record the commit of impact report %d of %s: %w", c.Number, s.ID, journal.ErrInvalid)
	}
	if s.Filings[c.Number-1].Commit != "" || s.Closed != nil {
		return journal.Change{}, nil // the late report of a repeated effect, or of what is closed: the branch has it all the same
	}
	return decideOn(s.ID, env).event(TypeImpactCommitted, c.ImpactCommitted).change, nil
}

// ImageAt names an image by the version that was checked, and when.
type ImageAt struct {
	Path   string    `json:"path"`
	SHA256 string    `json:"sha256"`
	At     time.Time `json:"at"`
}

// PipelineImpact is the blast radius in one pipeline.
type PipelineImpact struct {
	Pipeline    string   `json:"pipeline"`
	Routes      []string `json:"routes,omitempty"`
	Checked     int      `json:"checked"`
	Affected    int      `json:"affected"`
	MedianDelta float64  `json:"medianDeltaE00"`
	WorstDelta  float64  `json:"worstDeltaE00"`
	FirstBad    *ImageAt `json:"firstBad,omitempty"`
	LastGood    *ImageAt `json:"lastGood,omitempty"` // the last within all limits before the first bad one
	// EarlierChecked and EarlierAffected are of the same span before, where it is another pipeline than the incident's.
	EarlierChecked  int `json:"earlierChecked,omitempty"`
	EarlierAffected int `json:"earlierAffected,omitempty"`
	// AsBefore says that it was over the same limits as often before: it is listed, and counted nowhere else.
	AsBefore bool `json:"asBefore,omitempty"`
}

// Share is how many of some images are affected: of an asset class, or of those that one version made.
type Share struct {
	Class    string `json:"class,omitempty"`
	Software string `json:"software,omitempty"` // by the image's own metadata
	Model    string `json:"model,omitempty"`
	Others   bool   `json:"others,omitempty"` // all that the list has no room for
	Checked  int    `json:"checked"`
	Affected int    `json:"affected"`
}

// chronic is how many times as large as before a share must be for another pipeline to count as struck by the same harm.
const chronic = 2

// SameAsBefore tells whether a pipeline was over the same limits as often in the same span before: that is its own, older
// trouble and no part of this incident.
func (p PipelineImpact) SameAsBefore() bool {
	return p.EarlierChecked > 0 && p.Checked > 0 &&
		float64(p.Affected)/float64(p.Checked) < chronic*float64(p.EarlierAffected)/float64(p.EarlierChecked)
}

// DeliveryLog is what one access log says of the affected images of a route, from the first bad one to the containment.
type DeliveryLog struct {
	Log       string     `json:"log"` // the edge's name, or "gateway"
	Route     string     `json:"route"`
	Full      int        `json:"full"`              // answers 200
	Partial   int        `json:"partial"`           // answers 206
	Unchanged int        `json:"unchanged"`         // answers 304: the client had it already
	Counted   bool       `json:"counted,omitempty"` // the outermost log of the route: what it counts, the others have seen in part again
	Damaged   int        `json:"damaged,omitempty"` // lines of the log that could not be read
	Begins    *time.Time `json:"begins,omitempty"`  // where the log does not go back to the first bad image
	Silent    bool       `json:"silent,omitempty"`  // no line was written since the first bad image
	Inner     bool       `json:"inner,omitempty"`   // an edge stands further out, which answers from its cache without being seen here
	Problem   string     `json:"problem,omitempty"` // why it was not read, or not to its end
}

// Answers is how many answers it counts.
func (l DeliveryLog) Answers() int { return l.Full + l.Partial + l.Unchanged }

// Partly tells whether the log does not tell of the whole time.
func (l DeliveryLog) Partly() bool { return l.Begins != nil || l.Silent || l.Problem != "" }

// AtLeast tells whether more may have been delivered than is counted: a log that counts does not tell of the whole time, or not of all.
func (i Impact) AtLeast() bool {
	return slices.ContainsFunc(i.Logs, func(l DeliveryLog) bool { return l.Counted && (l.Partly() || l.Inner) })
}
