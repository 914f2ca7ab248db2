package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Severity is policy, not a label: it sets who is paged, the clocks, the
// containment and the board.
type Severity string

// The severities.
const (
	S0 Severity = "S0" // leak, legal breach
	S1 Severity = "S1" // major brand impact
	S2 Severity = "S2" // limited scope
	S3 Severity = "S3" // minor
)

// ParseSeverity reads a label. A label that no policy knows is S2, and known
// says so: an alert must not be lost for a spelling mistake.
func ParseSeverity(label string) (s Severity, known bool) {
	s = Severity(strings.ToUpper(strings.TrimSpace(label)))
	if slices.Contains([]Severity{S0, S1, S2, S3}, s) {
		return s, true
	}
	return S2, false
}

// Containment says who decides that a route is disabled.
type Containment string

// The ways to containment.
const (
	Automatic Containment = "automatic" // at once, undone by people
	Suggested Containment = "suggested" // one decision of the on-call
	Manual    Containment = "manual"
)

// Policy is what a severity does. A zero duration means that there is no such clock.
type Policy struct {
	Page        []people.Duty `yaml:"page" json:"page,omitempty"`            // at once
	HandOver    bool          `yaml:"handOver" json:"handOver,omitempty"`    // to the lead once acknowledged
	AckWithin   time.Duration `yaml:"ackWithin" json:"ackWithin,omitempty"`  // then the lead is paged too
	Escalation  Escalation    `yaml:"escalation" json:"escalation,omitzero"` // in steps, where Page and AckWithin do not say enough
	Containment Containment   `yaml:"containment" json:"containment"`        // who decides
	// ApproveContainment says that a second person agrees before a route or an image is touched. What is automatic waits for nobody.
	ApproveContainment bool          `yaml:"approveContainment" json:"approveContainment,omitempty"`
	Contain            time.Duration `yaml:"contain" json:"contain,omitempty"`       // from detection
	Publish            time.Duration `yaml:"publish" json:"publish,omitempty"`       // from detection
	Prevent            time.Duration `yaml:"prevent" json:"prevent,omitempty"`       // from containment
	Legal              time.Duration `yaml:"legal" json:"legal,omitempty"`           // where personal data leaked
	AtRisk             int           `yaml:"atRisk" json:"atRisk,omitempty"`         // percentage of a clock's time after which it is at risk; 75 where it is 0
	Pause              []string      `yaml:"pause" json:"pause,omitzero"`            // clocks that may be paused; see Pausable
	Board              Quorum        `yaml:"board" json:"board"`                     // who approves
	Lint               Lint          `yaml:"lint" json:"lint,omitempty"`             // what a postmortem's problems do when it is submitted
	Postmortem         bool          `yaml:"postmortem" json:"postmortem,omitempty"` // closing demands publication
	// Retrospective is how long after publication, or resolution, a blameless retrospective is to be held; 0 is never.
	Retrospective time.Duration `yaml:"retrospective" json:"retrospective,omitempty"`
}

// Lint says what happens when a postmortem with problems is submitted to the board.
type Lint string

// What the lint may do.
const (
	LintWarn   Lint = "warn"   // says so; also where nothing is written
	LintRefuse Lint = "refuse" // refuses, until they are mended or each is overruled with a reason
)

// Quorum is what the control board must give: an approval from each domain,
// and at least Members approvals in all.
type Quorum struct {
	Domains []people.Domain `yaml:"domains" json:"domains,omitempty"`
	Members int             `yaml:"members" json:"members,omitempty"`
}

// Met tells whether approvals by members of the given domains, one person each, suffice.
func (q Quorum) Met(approvals []people.Domain) bool {
	for _, d := range q.Domains {
		if !slices.Contains(approvals, d) {
			return false
		}
	}
	return len(approvals) >= max(q.Members, len(q.Domains))
}

// Pausable names the clocks that may be paused: publish and prevent where the policy says nothing. Harm and the law do not wait.
func (p Policy) Pausable() []string {
	if p.Pause == nil {
		return mayPause
	}
	return p.Pause
}

var mayPause = []string{"publish", "prevent"}

func (p Policy) validate(s Severity) error {
	if got, known := ParseSeverity(string(s)); !known || got != s {
		return fmt.Errorf("use S0, S1, S2 or S3: %w", journal.ErrInvalid)
	}
	if !slices.Contains([]Containment{Automatic, Suggested, Manual}, p.Containment) {
		return fmt.Errorf("containment %q: use automatic, suggested or manual: %w", p.Containment, journal.ErrInvalid)
	}
	for _, d := range p.Page {
		if !slices.Contains([]people.Duty{people.OnCall, people.LeadDuty, people.Admin}, d) {
			return fmt.Errorf("duty %q to page: use on-call, lead or administrator: %w", d, journal.ErrInvalid)
		}
	}
	if err := p.Escalation.validate(); err != nil {
		return err
	}
	for _, d := range []time.Duration{p.AckWithin, p.Contain, p.Publish, p.Prevent, p.Legal, p.Retrospective} {
		if d < 0 {
			return fmt.Errorf("clock of %v: a deadline lies in the future: %w", d, journal.ErrInvalid)
		}
	}
	if p.AtRisk < 0 || p.AtRisk > 99 {
		return fmt.Errorf("atRisk %d: write the percentage of a clock's time after which it is at risk, 1 to 99: %w", p.AtRisk, journal.ErrInvalid)
	}
	for _, name := range p.Pause {
		if !slices.Contains(mayPause, name) {
			return fmt.Errorf("pause %q: only %v can be paused: harm and the law do not wait: %w", name, mayPause, journal.ErrInvalid)
		}
	}
	if !slices.Contains([]Lint{"", LintWarn, LintRefuse}, p.Lint) {
		return fmt.Errorf("lint %q: use warn or refuse: %w", p.Lint, journal.ErrInvalid)
	}
	for _, d := range p.Board.Domains {
		if !slices.Contains(people.Domains(), d) {
			return fmt.Errorf("board domain %q: use one of %v: %w", d, people.Domains(), journal.ErrInvalid)
		}
	}
	return nil
}

// DefaultPolicies is the table of the design (section 9).
func DefaultPolicies() map[Severity]Policy {
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	return map[Severity]Policy{
		S0: {
			Page: []people.Duty{people.OnCall, people.LeadDuty, people.Admin}, HandOver: true, AckWithin: 5 * minute,
			Containment: Automatic, Contain: 30 * minute, Publish: 48 * hour, Prevent: 24 * hour, Legal: 72 * hour,
			Board: Quorum{Domains: people.Domains()}, Postmortem: true, Retrospective: 5 * day,
		},
		S1: {
			Page: []people.Duty{people.OnCall}, HandOver: true, AckWithin: 5 * minute,
			Containment: Suggested, Contain: 30 * minute, Publish: 48 * hour, Prevent: 24 * hour,
			Board: Quorum{Domains: []people.Domain{people.Brand, people.SRE}}, Postmortem: true, Retrospective: 5 * day,
		},
		S2: {
			Page: []people.Duty{people.OnCall}, AckWithin: 30 * minute, Escalation: Escalation{Quiet: &QuietHours{From: "22:00", Until: "07:00"}},
			Containment: Suggested, Contain: 4 * hour, Publish: 5 * day,
			Board: Quorum{Members: 1}, Postmortem: true,
		},
		S3: {Containment: Manual},
	}
}
