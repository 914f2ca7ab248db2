package faces

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config names the detector. Without a command no picture is shown to anybody.
type Config struct {
	// Command is the program with its arguments; no shell reads it. It runs in the folder of the configuration.
	Command []string `yaml:"command"`
	// Timeout is how long the command may take for one picture; 10 s where it is 0.
	Timeout time.Duration `yaml:"timeout"`
	// MaxSide is the longer side, in pixels, of the pictures that it is shown; 1280 where it is 0.
	MaxSide int `yaml:"maxSide"`
	// AtOnce is how many may run; 1 where it is 0.
	AtOnce int `yaml:"atOnce"`
	// Confidence is the least at which a face counts, above 0 to 1; 0.5 where it is 0.
	Confidence float64 `yaml:"confidence"`

	dir string // where it runs
}

const (
	defaultTimeout    = 10 * time.Second
	maxTimeout        = 5 * time.Minute
	defaultSide       = 1280
	minSide, maxSide  = 64, 4096
	maxAtOnce         = 64
	defaultConfidence = 0.5
	maxArguments      = 100
)

// On tells whether a detector is named.
func (c Config) On() bool { return len(c.Command) > 0 }

// Resolve makes the command independent of the working folder.
func (c *Config) Resolve(dir string) {
	if !c.On() {
		return
	}
	if full, err := filepath.Abs(dir); err == nil {
		dir = full // else a program beside the configuration would be looked for on PATH
	}
	c.dir = dir
	if strings.Contains(c.Command[0], "/") && !filepath.IsAbs(c.Command[0]) {
		c.Command[0] = filepath.Join(dir, c.Command[0])
	}
}

// Validate refuses what makes no sense. Whether the program is there is not asked: see [Detector.Try].
func (c Config) Validate() error {
	switch {
	case c.On() && c.Command[0] == "":
		return fmt.Errorf("faces: command: its first part is empty: write the program, then its arguments: %w", journal.ErrInvalid)
	case len(c.Command) > maxArguments:
		return fmt.Errorf("faces: command: %d parts, the limit is %d: %w", len(c.Command), maxArguments, journal.ErrInvalid)
	case strings.Contains(strings.Join(c.Command, ""), "\x00"):
		return fmt.Errorf("faces: command: no argument can hold a zero byte: %w", journal.ErrInvalid)
	case c.Timeout < 0 || c.Timeout > maxTimeout:
		return fmt.Errorf("faces: timeout %s: write up to %s: %w", c.Timeout, maxTimeout, journal.ErrInvalid)
	case c.MaxSide != 0 && (c.MaxSide < minSide || c.MaxSide > maxSide):
		return fmt.Errorf("faces: maxSide %d: write %d to %d pixels: %w", c.MaxSide, minSide, maxSide, journal.ErrInvalid)
	case c.AtOnce < 0 || c.AtOnce > maxAtOnce:
		return fmt.Errorf("faces: atOnce %d: write 1 to %d: %w", c.AtOnce, maxAtOnce, journal.ErrInvalid)
	case !(c.Confidence >= 0 && c.Confidence <= 1):
		return fmt.Errorf("faces: confidence %v: write a number above 0, up to 1: %w", c.Confidence, journal.ErrInvalid)
	}
	return nil
}
