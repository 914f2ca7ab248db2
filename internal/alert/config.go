package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// Config is the part alerts of safelight.yaml.
type Config struct {
	// GroupBy names the labels by which alerts are one incident; ["..."] takes
	// all labels, so that each alert is its own. Default: alertname, pipeline.
	GroupBy []string `yaml:"groupBy"`
	// Severities gives values of the label severity a severity, beside S0 to
	// S3 themselves. What is named here comes on top of the defaults: critical
	// and page are S1, error and warning S2, info S3.
	Severities map[string]pipeline.Severity `yaml:"severities"`
	// Inhibit says which alerts make which others needless.
	Inhibit []Inhibition `yaml:"inhibit"`
	// Maintenance are the windows that return every week.
	Maintenance []Maintenance `yaml:"maintenance"`
	// ResolveTimeout ends an alert that came without an end and is not sent
	// again; 5 minutes if 0.
	ResolveTimeout time.Duration `yaml:"resolveTimeout"`
	// Retention is how long alerts that have ended are kept; 30 days if 0.
	Retention time.Duration `yaml:"retention"`
}

// Inhibition mutes targets while a source fires whose labels named in Equal
// have the same values, as Alertmanager's inhibit_rules do.
type Inhibition struct {
	Source []string `yaml:"source"` // matchers
	Target []string `yaml:"target"` // matchers
	Equal  []string `yaml:"equal"`  // names of labels
}

// The defaults of [Config].
const (
	DefaultResolveTimeout = 5 * time.Minute
	DefaultRetention      = 30 * 24 * time.Hour
)

// allLabels groups by all labels, as in Alertmanager.
const allLabels = "..."

// maxRules bounds the lists of the configuration.
const maxRules = 200

func defaultSeverities() map[string]pipeline.Severity {
	return map[string]pipeline.Severity{
		"critical": pipeline.S1, "page": pipeline.S1, "error": pipeline.S2, "warning": pipeline.S2, "info": pipeline.S3,
	}
}

// Validate says in one sentence what is wrong with c, or nil.
func (c Config) Validate() error {
	_, err := NewPolicy(c)
	return err
}

// Policy is what a [Config] demands. It does not change.
type Policy struct {
	groupBy    []string // sorted; nil: all labels
	severities map[string]pipeline.Severity
	inhibit    []inhibition
	windows    []window
	timeout    time.Duration
	retention  time.Duration
}

// NewPolicy parses a configuration.
func NewPolicy(c Config) (*Policy, error) {
	p := &Policy{severities: defaultSeverities(), timeout: DefaultResolveTimeout, retention: DefaultRetention}
	if c.ResolveTimeout != 0 {
		p.timeout = c.ResolveTimeout
	}
	if c.Retention != 0 {
		p.retention = c.Retention
	}
	switch {
	case p.timeout < time.Second:
		return nil, fmt.Errorf("alerts: resolveTimeout %v: write a second or more: %w", c.ResolveTimeout, journal.ErrInvalid)
	case p.retention < time.Hour:
		return nil, fmt.Errorf("alerts: retention %v: write an hour or more: %w", c.Retention, journal.ErrInvalid)
	case len(c.Inhibit) > maxRules || len(c.Maintenance) > maxRules:
		return nil, fmt.Errorf("alerts: more than %d rules of inhibition or windows of maintenance: %w", maxRules, journal.ErrTooLarge)
	}
	if err := p.setGroupBy(c.GroupBy); err != nil {
		return nil, err
	}
	for _, label := range slices.Sorted(maps.Keys(c.Severities)) {
		s, known := pipeline.ParseSeverity(string(c.Severities[label]))
		if !known {
			return nil, fmt.Errorf("alerts: severity %q of label %q: use S0, S1, S2 or S3: %w", c.Severities[label], label, journal.ErrInvalid)
		}
		p.severities[strings.ToLower(label)] = s
	}
	return p, p.setRules(c)
}

func (p *Policy) setGroupBy(names []string) error {
	switch {
	case len(names) == 0:
		names = []string{NameLabel, PipelineLabel}
	case len(names) == 1 && names[0] == allLabels:
		return nil
	}
	for _, n := range names {
		if n == "" || n == allLabels {
			return fmt.Errorf("alerts: groupBy %q: name labels, or write [\"...\"] alone: %w", names, journal.ErrInvalid)
		}
	}
	p.groupBy = slices.Compact(slices.Sorted(slices.Values(names)))
	return nil
}

func (p *Policy) setRules(c Config) error {
	for i, rule := range c.Inhibit {
		parsed, err := rule.parse()
		if err != nil {
			return fmt.Errorf("alerts: inhibit %d: %w", i+1, err)
		}
		p.inhibit = append(p.inhibit, parsed)
	}
	for _, m := range c.Maintenance {
		w, err := m.parse()
		if err != nil {
			return fmt.Errorf("alerts: %w", err)
		}
		p.windows = append(p.windows, w)
	}
	return nil
}

// ResolveTimeout is when an alert without an end is taken for ended.
func (p *Policy) ResolveTimeout() time.Duration { return p.timeout }

// Retention is how long alerts that have ended are kept.
func (p *Policy) Retention() time.Duration { return p.retention }

// GroupBy names the labels of a group; nil stands for all.
func (p *Policy) GroupBy() []string { return slices.Clone(p.groupBy) }

// Group gives the labels that an alert's group has in common.
func (p *Policy) Group(l Labels) Labels {
	if p.groupBy == nil {
		return maps.Clone(l)
	}
	group := Labels{}
	for _, name := range p.groupBy {
		if v, ok := l[name]; ok {
			group[name] = v
		}
	}
	return group
}

// GroupKey names a group: {alertname="a", pipeline="b"}.
func (p *Policy) GroupKey(l Labels) string {
	group := p.Group(l)
	matchers := make(Matchers, 0, len(group))
	for _, name := range slices.Sorted(maps.Keys(group)) {
		matchers = append(matchers, Matcher{Name: name, Op: Equal, Value: group[name]})
	}
	return matchers.String()
}

// Severity reads the label severity. A value that no policy knows is S2, and
// known says so.
func (p *Policy) Severity(l Labels) (s pipeline.Severity, known bool) {
	if s, ok := p.severities[strings.ToLower(strings.TrimSpace(l[SeverityLabel]))]; ok {
		return s, true
	}
	return pipeline.ParseSeverity(l[SeverityLabel])
}
