// Package collect brings evidence from where it lies: CI logs, Git, exports of chats.
//
// A collector hands over one file after the other as a stream, within limits,
// and keeps nothing. What it asks is named in the configuration: a person
// chooses by name, and no address of theirs is ever asked.
package collect

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// File is a piece of evidence on its way. Data is read before the next one comes.
type File struct {
	Path   string // below the evidence folder
	Kind   string
	Source string // where it came from, without any secret
	Data   io.Reader
}

// Take keeps one file.
type Take func(File) error

// MaxFiles bounds the files of one collection.
const MaxFiles = 200

// Config is what safelight.yaml says of sources of evidence, by their names.
type Config struct {
	Git map[string]GitSource `yaml:"git"`
	CI  map[string]CISource  `yaml:"ci"`
}

// Validate says what is wrong with it, or nil.
func (c Config) Validate() error {
	for name, s := range c.Git {
		if err := checkName(name); err != nil {
			return err
		}
		if s.Repository == "" {
			return fmt.Errorf("evidence.git.%s: repository is missing: %w", name, journal.ErrInvalid)
		}
	}
	for name, s := range c.CI {
		if err := checkName(name); err != nil {
			return err
		}
		if err := s.validate(); err != nil {
			return fmt.Errorf("evidence.ci.%s: %w", name, err)
		}
	}
	return nil
}

// Resolve makes the paths independent of the working folder.
func (c Config) Resolve(abs func(string) string) {
	for name, s := range c.Git {
		s.Repository = abs(s.Repository)
		c.Git[name] = s
	}
}

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func checkName(name string) error {
	if !sourceName.MatchString(name) {
		return fmt.Errorf("evidence: name %q: use lower-case letters, digits and hyphens: %w", name, journal.ErrInvalid)
	}
	return nil
}

// fileName makes one name of a path out of a text from outside.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, s)
	s = strings.Trim(s, ".-")
	if s = s[:min(len(s), 80)]; s == "" {
		return "unnamed"
	}
	return s
}

// limited gives an error where a stream is longer than it may be, instead of its end.
type limited struct {
	r    io.Reader
	left int64
	what string
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("%s is longer than it may be: %w", l.what, journal.ErrTooLarge)
	}
	return n, err
}
