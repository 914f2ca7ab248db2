package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

// MaxRuleFile bounds a file of rules.
const MaxRuleFile = 1 << 20

// groups parses all rules of the configuration; the error joins every fault of every file.
func (c Config) groups() ([]telemetry.Group, error) {
	groups, broken, err := c.heldGroups()
	if err := errors.Join(err, errors.Join(broken...)); err != nil {
		return nil, err
	}
	return groups, nil
}

// heldGroups parses the rules of the configuration but for those of broken rule files, each of which is one error in
// broken. What stands in the configuration itself must be right.
func (c Config) heldGroups() (groups []telemetry.Group, broken []error, err error) {
	groups, err = c.ownGroups()
	paths, wrong := globs(c.RuleFiles)
	if err := errors.Join(err, wrong); err != nil {
		return nil, nil, err
	}
	more, broken := fileGroups(paths)
	return append(groups, more...), broken, nil
}

// ownGroups parses the rules that are in no file of their own.
func (c Config) ownGroups() ([]telemetry.Group, error) {
	var groups []telemetry.Group
	var errs []error
	if c.StarterRules {
		_, starter, err := telemetry.Starter()
		errs = append(errs, err)
		groups = append(groups, starter...)
	}
	if len(c.AlertRules) > 0 {
		g, err := telemetry.ParseShort(c.AlertRules)
		errs = append(errs, err)
		groups = append(groups, g.From(ConfigName))
	}
	return groups, errors.Join(errs...)
}

// validateRules checks what the configuration says of rules, and reads no rule file: whoever only acknowledges an
// incident has nothing to do with those.
func (c Config) validateRules() error {
	for _, pattern := range c.RuleFiles {
		if _, err := filepath.Match(pattern, ""); err != nil {
			return fmt.Errorf("rule files %q: %w: %w", pattern, err, journal.ErrInvalid)
		}
	}
	_, err := c.ownGroups()
	return err
}

func fileGroups(paths []string) (groups []telemetry.Group, broken []error) {
	for _, path := range paths {
		data, err := readRuleFile(path)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		more, err := telemetry.ParseFile(data)
		if err != nil {
			broken = append(broken, inFile(path, err))
			continue
		}
		groups = append(groups, from(more, path)...)
	}
	return groups, broken
}

// inFile says of each fault in which file it is.
func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	faults := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		faults = slices.Clone(joined.Unwrap())
	}
	for i, fault := range faults {
		faults[i] = fmt.Errorf("rule file %s: %w", path, fault)
	}
	return errors.Join(faults...)
}

func from(groups []telemetry.Group, source string) []telemetry.Group {
	for i, g := range groups {
		groups[i] = g.From(source)
	}
	return groups
}

// globs gives the files that patterns name, each once. A name without a pattern in it stays, whether there is such a
// file or not: reading it says so.
func globs(patterns []string) ([]string, error) {
	var paths []string
	for _, pattern := range patterns {
		if !strings.ContainsAny(pattern, `*?[`) {
			paths = append(paths, pattern)
			continue
		}
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("rule files %q: %w: %w", pattern, err, journal.ErrInvalid)
		}
		paths = append(paths, found...)
	}
	var once []string
	for _, p := range paths {
		if !slices.Contains(once, p) {
			once = append(once, p)
		}
	}
	return once, nil
}

func readRuleFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read rule file: %w", err)
	}
	if info.IsDir() || info.Size() > MaxRuleFile {
		return nil, fmt.Errorf("read rule file %s: a file of at most %d bytes is wanted: %w", path, MaxRuleFile, journal.ErrInvalid)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read rule file: %w", err)
	}
	return data, nil
}

// LoadRules reads the rules of a Prometheus rule file or of a safelight.yaml, its rule files included. What the file
// says decides which of the two it is, and where it says neither, its name.
func LoadRules(path string) ([]telemetry.Group, error) {
	data, err := readRuleFile(path)
	if err != nil {
		return nil, err
	}
	return ParseRules(data, path)
}

// ParseRules is [LoadRules] of what has been read already.
func ParseRules(data []byte, path string) ([]telemetry.Group, error) {
	if !isConfig(data, path) {
		groups, err := telemetry.ParseFile(data)
		return from(groups, path), err
	}
	c, err := decode(data, filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		paths, _ := globs(c.RuleFiles) // a wrong pattern is among what is not valid
		_, broken := fileGroups(paths)
		return nil, errors.Join(err, errors.Join(broken...))
	}
	return c.groups()
}

// CheckRules is [ParseRules], and also names what the policy of alerts does not know: that of a configuration that is
// checked, or for a rule file that of the folder dir. Nothing is said where that one's configuration is broken itself.
func CheckRules(data []byte, path, dir string) ([]telemetry.Group, []UnknownSeverity, error) {
	groups, err := ParseRules(data, path)
	if err != nil {
		return nil, nil, err
	}
	var c Config
	if isConfig(data, path) {
		c, err = decode(data, filepath.Dir(path))
	} else {
		c, err = LoadWatch(dir)
	}
	if err != nil {
		return groups, nil, nil
	}
	policy, err := alert.NewPolicy(c.Alerts)
	if err != nil {
		return nil, nil, err
	}
	return groups, unknownSeverities(policy, groups), nil
}

// UnknownSeverity is a value of the label severity that no policy knows, and the rules that have it: their incidents are S2.
type UnknownSeverity struct {
	Label string
	Rules []string
}

func unknownSeverities(policy *alert.Policy, groups []telemetry.Group) []UnknownSeverity {
	var all []UnknownSeverity
	for _, g := range groups {
		for _, r := range g.Rules() {
			label, ok := r.Labels[alert.SeverityLabel]
			if _, known := severityOf(policy, label); !ok || known || r.Kind != telemetry.Alerting {
				continue
			}
			i := slices.IndexFunc(all, func(u UnknownSeverity) bool { return u.Label == label })
			if i < 0 {
				i, all = len(all), append(all, UnknownSeverity{Label: label})
			}
			if !slices.Contains(all[i].Rules, r.Rule) {
				all[i].Rules = append(all[i].Rules, r.Rule)
			}
		}
	}
	return all
}

// severityOf is what the policy makes of a rule's label. That of a template is known only when an alert fires; nothing is
// said of it.
func severityOf(policy *alert.Policy, label string) (s pipeline.Severity, known bool) {
	if strings.Contains(label, "{{") {
		return "", true
	}
	return policy.Severity(alert.Labels{alert.SeverityLabel: label})
}

// ConfiguredRules reads the rules of a folder's configuration as a server does that starts with them: without those of
// broken rule files, each of which is one error in broken.
func ConfiguredRules(dir string) (groups []telemetry.Group, broken []error, err error) {
	c, _, err := Load(dir)
	if err != nil {
		return nil, nil, err
	}
	return c.heldGroups()
}

func isConfig(data []byte, path string) bool {
	keys := topKeys(data)
	if slices.Contains(keys, "groups") {
		return false
	}
	for _, key := range []string{"alertRules", "ruleFiles", "starterRules"} {
		if slices.Contains(keys, key) {
			return true
		}
	}
	return filepath.Base(path) == ConfigName
}

// topKeys lists the keys of a YAML mapping without decoding their values; none of what is no mapping.
func topKeys(data []byte) []string {
	f, err := parser.ParseBytes(data, 0)
	if err != nil || len(f.Docs) == 0 {
		return nil
	}
	mapping, ok := f.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		return nil
	}
	var keys []string
	for _, v := range mapping.Values {
		keys = append(keys, strings.Trim(v.Key.String(), `"'`))
	}
	return keys
}

// RuleTests are the unit tests of one file with the rules that they are about.
type RuleTests struct {
	*telemetry.UnitTests
	Groups []telemetry.Group
	// Missing are the patterns of rule files that name no file: tests run without them, as promtool does.
	Missing []string
}

// LoadRuleTests reads a file of unit tests in promtool's format, and its rule files, which may be rule files or
// configurations.
func LoadRuleTests(data []byte, path string) (RuleTests, error) {
	u, err := telemetry.ParseUnitTests(data)
	if err != nil {
		return RuleTests{}, err
	}
	t := RuleTests{UnitTests: u}
	read := map[string]bool{}
	var errs []error
	for _, pattern := range u.RuleFiles {
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(path), pattern)
		}
		found, err := filepath.Glob(pattern)
		if err != nil {
			return RuleTests{}, fmt.Errorf("rule_files %q: %w: %w", pattern, err, journal.ErrInvalid)
		}
		if len(found) == 0 {
			t.Missing = append(t.Missing, pattern)
		}
		for _, rules := range found {
			if read[rules] {
				continue
			}
			read[rules] = true
			groups, err := LoadRules(rules)
			errs = append(errs, inFile(rules, err))
			t.Groups = append(t.Groups, groups...)
		}
	}
	return t, errors.Join(errs...)
}
