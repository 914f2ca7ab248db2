package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	// shortGroup is the name of the group that ParseShort makes: the key of the short form.
	shortGroup = "alertRules"

	maxRuleFile  = 1 << 20 // bytes
	maxRules     = 1000    // in one short list
	maxExprBytes = 16 << 10
)

var noLabels = labels.EmptyLabels()

// ShortRule is one entry of the short form, the list alertRules of
// safelight.yaml. Durations are written as Prometheus writes them ("10m").
type ShortRule struct {
	Name string `yaml:"name"`
	Expr string `yaml:"expr"`
	// For is how long the condition must hold before the alert fires; empty means at once.
	For string `yaml:"for"`
	// KeepFiringFor is how long the alert goes on firing after the condition has ended.
	KeepFiringFor string            `yaml:"keepFiringFor"`
	Labels        map[string]string `yaml:"labels"`
	Annotations   map[string]string `yaml:"annotations"`
}

// Group is a list of rules that are evaluated one after the other. Only
// [ParseShort] and [ParseFile] make one, so its rules are valid.
type Group struct {
	spec   rulefmt.RuleGroup
	source string
}

// Name is the name of the group; two groups may share one.
func (g Group) Name() string { return g.spec.Name }

// Source is where the group was read from, as [Group.From] was told; empty if it was not.
func (g Group) Source() string { return g.source }

// From gives the group the name of its file. Two groups of one name are told apart by it when rules are reloaded.
func (g Group) From(source string) Group {
	g.source = source
	return g
}

// Len is the number of rules in the group.
func (g Group) Len() int { return len(g.spec.Rules) }

// Rules describes the rules as they are written; what only an evaluation knows is left empty.
func (g Group) Rules() []RuleStatus {
	all := make([]RuleStatus, len(g.spec.Rules))
	for i, r := range g.spec.Rules {
		s := RuleStatus{
			Source: g.source, Group: g.spec.Name, Rule: r.Record, Kind: Recording, Expr: r.Expr, Interval: time.Duration(g.spec.Interval),
			For: time.Duration(r.For), KeepFiringFor: time.Duration(r.KeepFiringFor), Labels: maps.Clone(g.spec.Labels), Annotations: maps.Clone(r.Annotations),
		}
		if r.Alert != "" {
			s.Rule, s.Kind = r.Alert, Alerting
		}
		if s.Labels == nil {
			s.Labels = map[string]string{}
		}
		maps.Copy(s.Labels, r.Labels)
		if s.Interval == 0 {
			s.Interval = DefaultInterval
		}
		all[i] = s
	}
	return all
}

// RuleError says which rule is wrong. It is of kind [journal.ErrInvalid].
type RuleError struct {
	Group string
	Index int // of the rule in its group, from 1
	Rule  string
	Err   error // a wrong expression names its line and column
}

func (e *RuleError) Error() string {
	return fmt.Sprintf("group %q, rule %d, %q: %v", e.Group, e.Index, e.Rule, e.Err)
}

// Unwrap gives the reason and the kind.
func (e *RuleError) Unwrap() []error { return []error{e.Err, journal.ErrInvalid} }

// ParseShort makes a group of the short form, checked by Prometheus' own rules:
// expression, durations, names of labels, templates. Every broken rule is one
// [*RuleError] in the joined error.
func ParseShort(short []ShortRule) (Group, error) {
	if len(short) > maxRules {
		return Group{}, fmt.Errorf("%s: %d rules, at most %d: %w", shortGroup, len(short), maxRules, journal.ErrTooLarge)
	}
	g := Group{spec: rulefmt.RuleGroup{Name: shortGroup, Rules: make([]rulefmt.Rule, len(short))}}
	seen := map[string]int{}
	var errs []error
	for i, s := range short {
		rule, err := s.rule()
		if err == nil {
			// Two rules that agree in name and labels give alerts that nobody can tell apart.
			identity := s.Name + labels.FromMap(s.Labels).String()
			if first, ok := seen[identity]; ok {
				err = fmt.Errorf("same name and labels as rule %d", first)
			}
			seen[identity] = i + 1
		}
		if err != nil {
			errs = append(errs, &RuleError{Group: shortGroup, Index: i + 1, Rule: s.Name, Err: err})
		}
		g.spec.Rules[i] = rule
	}
	if len(errs) > 0 {
		return Group{}, errors.Join(errs...)
	}
	return g, nil
}

func (s ShortRule) rule() (rulefmt.Rule, error) {
	r := rulefmt.Rule{
		Alert:       s.Name,
		Expr:        s.Expr,
		Labels:      maps.Clone(s.Labels),
		Annotations: maps.Clone(s.Annotations),
	}
	if s.Name == "" || !model.LabelValue(s.Name).IsValid() {
		return r, errors.New("name is needed, in UTF-8")
	}
	if len(s.Expr) > maxExprBytes {
		return r, fmt.Errorf("expr has %d bytes, at most %d", len(s.Expr), maxExprBytes)
	}
	var err error
	if r.For, err = parseDuration(s.For); err != nil {
		return r, fmt.Errorf("for: %w", err)
	}
	if r.KeepFiringFor, err = parseDuration(s.KeepFiringFor); err != nil {
		return r, fmt.Errorf("keepFiringFor: %w", err)
	}
	var errs []error
	for _, w := range r.Validate(rulefmt.RuleNode{}, model.UTF8Validation, newParser()) {
		errs = append(errs, w.Unwrap()) // without its position in a file, which there is none of
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return r, errors.Join(errs...)
}

func parseDuration(s string) (model.Duration, error) {
	if s == "" {
		return 0, nil
	}
	return model.ParseDuration(s)
}

// ParseFile reads a Prometheus rule file, alerting and recording rules alike.
// Unknown keys are errors. Each fault is one error in the joined error, of kind
// [journal.ErrInvalid], and names its group and rule, with line and column where
// the parser knows them.
func ParseFile(content []byte) ([]Group, error) {
	if len(content) > maxRuleFile {
		return nil, fmt.Errorf("rule file of %d bytes, at most %d: %w", len(content), maxRuleFile, journal.ErrTooLarge)
	}
	// The one thing that the parser only warns of is a second YAML document, which it then leaves out.
	var ignored bytes.Buffer
	parsed, errs := rulefmt.Parse(content, false, model.UTF8Validation, newParser(), slog.New(slog.NewTextHandler(&ignored, nil)))
	if ignored.Len() > 0 && len(errs) == 0 { // after a fault of the YAML it takes what follows for another
		errs = append(errs, errors.New("more than one YAML document in a file"))
	}
	if len(errs) > 0 {
		return nil, joinFileErrors(errs)
	}
	groups := make([]Group, len(parsed.Groups))
	for i, spec := range parsed.Groups {
		groups[i] = Group{spec: spec}
	}
	return groups, nil
}

// joinFileErrors drops repetitions: the parser reads the text twice and says a fault of the YAML twice.
func joinFileErrors(errs []error) error {
	var kept []error
	said := map[string]bool{}
	for _, err := range errs {
		if said[err.Error()] {
			continue
		}
		said[err.Error()] = true
		var in *rulefmt.Error
		if errors.As(err, &in) {
			err = &RuleError{Group: in.Group, Index: in.Rule, Rule: in.RuleName, Err: placed(&in.Err)}
		} else {
			err = fmt.Errorf("%w: %w", placed(err), journal.ErrInvalid)
		}
		kept = append(kept, err)
	}
	return errors.Join(kept...)
}

// placed takes away line and column where the parser does not know them and says 0:0.
func placed(err error) error {
	text := err.Error()
	for strings.HasPrefix(text, "0:0: ") {
		text = strings.TrimPrefix(text, "0:0: ")
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// Comparison takes an expression apart that compares something with a number, as most alerting rules do: left > 0. Left
// can be drawn where the condition does not hold, too. ok is false of every other expression, left is then the whole.
func Comparison(expr string) (left, op string, limit float64, ok bool) {
	parsed, err := newParser().ParseExpr(expr)
	if err != nil {
		return expr, "", 0, false
	}
	b, isBinary := unwrapped(parsed).(*parser.BinaryExpr)
	if !isBinary || !b.Op.IsComparisonOperator() || b.ReturnBool {
		return expr, "", 0, false
	}
	if n, ok := unwrapped(b.RHS).(*parser.NumberLiteral); ok {
		return b.LHS.String(), b.Op.String(), n.Val, true
	}
	if n, ok := unwrapped(b.LHS).(*parser.NumberLiteral); ok {
		return b.RHS.String(), mirrored(b.Op.String()), n.Val, true
	}
	return expr, "", 0, false
}

func unwrapped(e parser.Expr) parser.Expr {
	for {
		p, ok := e.(*parser.ParenExpr)
		if !ok {
			return e
		}
		e = p.Expr
	}
}

// mirrored is the comparison with its sides exchanged: 0 < x is x > 0.
func mirrored(op string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '<':
			return '>'
		case '>':
			return '<'
		}
		return r
	}, op)
}

func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }

// memoryLoader gives Prometheus' manager groups that have been read already, by the names of their files.
type memoryLoader map[string][]rulefmt.RuleGroup

// memoryFiles gives each group the name of the file that Prometheus' API says it is from: that of its source, and with a
// number behind it where another source, or a group of the same name, has that name already.
func memoryFiles(groups []Group) (memoryLoader, []string) {
	loader, names := memoryLoader{}, make([]string, len(groups))
	owner, taken := map[string]string{}, map[string]bool{}
	for i, g := range groups {
		first := g.source
		if filepath.IsAbs(first) {
			first = filepath.Base(first) // where the server keeps its files is nothing that readers must know
		}
		name := first
		for n := 2; ; n++ {
			if source, ok := owner[name]; (!ok || source == g.source) && !taken[rules.GroupKey(name, g.Name())] {
				break
			}
			name = fmt.Sprintf("%s (%d)", first, n)
		}
		owner[name], taken[rules.GroupKey(name, g.Name())] = g.source, true
		loader[name], names[i] = append(loader[name], g.spec), name
	}
	return loader, names
}

// Load gives the groups of a file.
func (l memoryLoader) Load(name string, _ bool, _ model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	specs, ok := l[name]
	if !ok {
		return nil, []error{fmt.Errorf("rule file %q: %w", name, journal.ErrNotFound)}
	}
	return &rulefmt.RuleGroups{Groups: specs}, nil
}

// Parse parses an expression.
func (memoryLoader) Parse(query string) (parser.Expr, error) { return newParser().ParseExpr(query) }
