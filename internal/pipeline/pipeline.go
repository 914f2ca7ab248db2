// Package pipeline names what is watched: pipelines, asset classes, budgets, routes, severity policy.
package pipeline

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/internal/journal"
)

// Class names an asset class: thumbnail, hero, ui, product, or the user's own.
type Class string

// The classes that come with a budget.
const (
	Thumbnail Class = "thumbnail"
	Hero      Class = "hero"
	UI        Class = "ui"
	Product   Class = "product"
)

// Config is the part of safelight.yaml that names what is watched.
type Config struct {
	// Pipelines by name. The name is the label "pipeline" of every series.
	Pipelines map[string]Pipeline `yaml:"pipelines"`
	// Classes by name; a class named here replaces the default of that name.
	Classes map[Class]Budget `yaml:"classes"`
	// Palette is the brand palette: names and colours as #rrggbb.
	Palette []BrandColour `yaml:"palette"`
	// Severities by name (S0 to S3); a severity named here replaces its default.
	Severities map[Severity]Policy `yaml:"severities"`
}

// Pipeline is a named flow of images from a reference to what the public gets.
type Pipeline struct {
	// Reference is the folder of approved images, or s3://BUCKET/PREFIX.
	Reference string `yaml:"reference"`
	// Delivered is the folder of images that the public gets, or s3://BUCKET/PREFIX, under the same relative names.
	Delivered string `yaml:"delivered"`
	// Poll is how often a bucket is asked what has changed: 30s by default, 1s at least. Folders need none.
	Poll time.Duration `yaml:"poll"`
	// Class selects the budget.
	Class Class `yaml:"class"`
	// Routes of the delivery gateway that carry this pipeline.
	Routes []string `yaml:"routes"`
	// Stakeholders must know of an incident; they need not sit on the board.
	Stakeholders []string `yaml:"stakeholders"`
	// Lead is the login of the postmortem lead that S0 and S1 are handed over to.
	Lead string `yaml:"lead"`
	// Runbook is the name of what is done in its incidents, among the configured runbooks; the default one where it is empty.
	Runbook string `yaml:"runbook"`
	// Channel, Use and Territory are what consents are given for: web-shop or print, advertising or editorial, a country's
	// code of two letters or * for everywhere. What is empty is not asked about.
	Channel   string `yaml:"channel"`
	Use       string `yaml:"use"`
	Territory string `yaml:"territory"`
	// Metadata is the policy of this channel in place of the class's.
	Metadata *MetadataPolicy `yaml:"metadata"`
	// Rollback is how it goes back to what it delivered before.
	Rollback Rollback `yaml:"rollback"`
}

// BrandColour is one colour of the brand palette.
type BrandColour struct {
	Name string `yaml:"name"`
	Hex  string `yaml:"hex"` // #rrggbb, sRGB
}

var name = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// WithDefaults adds the default classes and severities that c does not name.
func (c Config) WithDefaults() Config {
	classes := DefaultBudgets()
	maps.Copy(classes, c.Classes)
	severities := DefaultPolicies()
	maps.Copy(severities, c.Severities)
	c.Classes, c.Severities = classes, severities
	return c
}

// Validate says what is wrong with c in one sentence, or nil. Call it after [Config.WithDefaults].
func (c Config) Validate() error {
	for _, n := range slices.Sorted(maps.Keys(c.Pipelines)) {
		if err := c.validatePipeline(n, c.Pipelines[n]); err != nil {
			return err
		}
	}
	for _, n := range slices.Sorted(maps.Keys(c.Classes)) {
		if err := c.Classes[n].validate(); err != nil {
			return fmt.Errorf("class %s: %w", n, err)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(c.Severities)) {
		if err := c.Severities[n].validate(n); err != nil {
			return fmt.Errorf("severity %s: %w", n, err)
		}
	}
	_, err := c.Swatches()
	return err
}

func (c Config) validatePipeline(n string, p Pipeline) error {
	if !name.MatchString(n) {
		return fmt.Errorf("pipeline %q: use a-z, 0-9 and dashes, a letter first: %w", n, journal.ErrInvalid)
	}
	if p.Reference == "" || p.Delivered == "" {
		return fmt.Errorf("pipeline %s: name both a reference and a delivered folder: %w", n, journal.ErrInvalid)
	}
	if path.Clean(p.Reference) == path.Clean(p.Delivered) {
		return fmt.Errorf("pipeline %s: reference and delivered are one folder, so nothing would ever differ: %w", n, journal.ErrInvalid)
	}
	if p.Poll != 0 && p.Poll < time.Second {
		return fmt.Errorf("pipeline %s: poll %v: a bucket is asked once a second at most: %w", n, p.Poll, journal.ErrInvalid)
	}
	if _, ok := c.Classes[p.Class]; !ok {
		return fmt.Errorf("pipeline %s: class %q has no budget; use one of %v: %w",
			n, p.Class, slices.Sorted(maps.Keys(c.Classes)), journal.ErrInvalid)
	}
	if p.Metadata != nil {
		if err := p.Metadata.validate(); err != nil {
			return fmt.Errorf("pipeline %s: metadata: %w", n, err)
		}
	}
	if err := p.Rollback.validate(); err != nil {
		return fmt.Errorf("pipeline %s: %w", n, err)
	}
	return nil
}

// MetadataPolicy gives the policy of a pipeline: its channel's own, or its class's.
func (c Config) MetadataPolicy(pipeline string) MetadataPolicy {
	p := c.Pipelines[pipeline]
	if p.Metadata != nil {
		return *p.Metadata
	}
	return c.Classes[p.Class].MetadataPolicy()
}

// Swatches gives the brand palette as colours.
func (c Config) Swatches() ([]colour.Swatch, error) {
	swatches := make([]colour.Swatch, 0, len(c.Palette))
	for _, b := range c.Palette {
		lab, err := colour.ParseHex(b.Hex)
		if err != nil {
			return nil, fmt.Errorf("palette colour %q: %w: %w", b.Name, err, journal.ErrInvalid)
		}
		swatches = append(swatches, colour.Swatch{Name: b.Name, Lab: lab})
	}
	return swatches, nil
}

// ByRoute names the pipelines that a delivery route carries, sorted.
func (c Config) ByRoute(route string) []string {
	var names []string
	for _, n := range slices.Sorted(maps.Keys(c.Pipelines)) {
		if slices.Contains(c.Pipelines[n].Routes, route) {
			names = append(names, n)
		}
	}
	return names
}
