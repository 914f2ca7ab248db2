package runbook

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config are the runbooks of safelight.yaml by their names. One that is called default takes the place of ours.
type Config map[string]Runbook

// Limits of what is configured.
const (
	maxRunbooks  = 100
	maxSteps     = 50
	maxText      = 2000 // bytes of one text
	maxArguments = 100
	maxArgument  = 4096
	maxEnv       = 20
	// DefaultTime and MaxTime are how long a command may take.
	DefaultTime = time.Minute
	MaxTime     = 10 * time.Minute
	// DefaultNoStore and maxNoStore are how long caches store nothing.
	DefaultNoStore = time.Hour
	maxNoStore     = 24 * time.Hour
)

// Resolve gives the runbooks their names, and makes programs that are named by a path independent of the working folder.
func (c Config) Resolve(abs func(string) string) {
	for n, r := range c {
		r.Name = n
		for i, s := range r.Steps {
			if len(s.Command) > 0 && strings.Contains(s.Command[0], "/") {
				r.Steps[i].Command[0] = abs(s.Command[0])
			}
		}
		c[n] = r
	}
}

// Validate says what is wrong in one sentence; routes are the gateway's.
func (c Config) Validate(routes []string) error {
	if len(c) > maxRunbooks {
		return fmt.Errorf("runbooks: %d of them, the limit is %d: %w", len(c), maxRunbooks, journal.ErrInvalid)
	}
	for _, n := range slices.Sorted(maps.Keys(c)) {
		if !name.MatchString(n) {
			return fmt.Errorf("runbook %q: use a-z, 0-9 and dashes, a letter first: %w", n, journal.ErrInvalid)
		}
		if err := c[n].validate(routes); err != nil {
			return fmt.Errorf("runbook %s: %w", n, err)
		}
	}
	return nil
}

func (r Runbook) validate(routes []string) error {
	if len(r.Steps) == 0 || len(r.Steps) > maxSteps {
		return fmt.Errorf("%d steps: write 1 to %d: %w", len(r.Steps), maxSteps, journal.ErrInvalid)
	}
	if err := r.Title.validate("title", false); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, s := range r.Steps {
		switch {
		case !name.MatchString(s.Name):
			return fmt.Errorf("step %d: name %q: use a-z, 0-9 and dashes, a letter first: %w", i+1, s.Name, journal.ErrInvalid)
		case seen[s.Name]:
			return fmt.Errorf("step %s: there are two of this name: %w", s.Name, journal.ErrInvalid)
		}
		seen[s.Name] = true
		if err := s.validate(routes); err != nil {
			return fmt.Errorf("step %s: %w", s.Name, err)
		}
	}
	return nil
}

func (s Step) validate(routes []string) error {
	if err := s.Text.validate("text", true); err != nil {
		return err
	}
	if err := s.More.validate("more", false); err != nil {
		return err
	}
	kinds := 0
	for _, set := range []bool{s.Check != "", s.Command != nil, s.Contain != "", s.Message != nil} {
		if set {
			kinds++
		}
	}
	if kinds > 1 {
		return fmt.Errorf("it is several things at once: write one of check, command, contain and message, or none of them: %w", journal.ErrInvalid)
	}
	if err := s.validateFact(); err != nil {
		return err
	}
	switch {
	case s.Command == nil && (s.Timeout != 0 || len(s.Env) > 0):
		return fmt.Errorf("timeout and env are of a command, and it has none: %w", journal.ErrInvalid)
	case s.Contain == "" && (s.Route != "" || s.For != 0):
		return fmt.Errorf("route and for are of a containment, and it has none: %w", journal.ErrInvalid)
	case s.Check != "" && !slices.Contains([]Check{Images, Edges, Alerts}, s.Check):
		return fmt.Errorf("check %q: use images, edges or alerts: %w", s.Check, journal.ErrInvalid)
	case s.Command != nil:
		return s.validateCommand()
	case s.Contain != "":
		return s.validateContainment(routes)
	case s.Message != nil:
		return s.Message.validate()
	}
	return nil
}

// validateFact keeps what is done by a fact to what can be: a containment is done by its proof, a check by looking.
func (s Step) validateFact() error {
	facts := []Fact{Acknowledged, Rated, Contained, Told, ImpactFiled, HandedOver}
	if s.DoneBy != "" && !slices.Contains(facts, s.DoneBy) {
		return fmt.Errorf("doneBy %q: use one of %v: %w", s.DoneBy, facts, journal.ErrInvalid)
	}
	fits := s.DoneBy == "" || s.Kind() == KindManual || s.Kind() == KindMessage && s.DoneBy == Told || s.Kind() == KindContainment && s.DoneBy == Contained
	if !fits {
		return fmt.Errorf("doneBy %s: a %s is done when it has been: %w", s.DoneBy, s.Kind(), journal.ErrInvalid)
	}
	return nil
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)

func (s Step) validateCommand() error {
	switch {
	case len(s.Command) == 0 || s.Command[0] == "":
		return fmt.Errorf("command: its first part is empty: write the program, then its arguments: %w", journal.ErrInvalid)
	case len(s.Command) > maxArguments:
		return fmt.Errorf("command: %d parts, the limit is %d: %w", len(s.Command), maxArguments, journal.ErrInvalid)
	case s.Timeout < 0 || s.Timeout > MaxTime:
		return fmt.Errorf("timeout %s: write up to %s: %w", s.Timeout, MaxTime, journal.ErrInvalid)
	case len(s.Env) > maxEnv:
		return fmt.Errorf("env: %d names, the limit is %d: %w", len(s.Env), maxEnv, journal.ErrInvalid)
	}
	for _, arg := range s.Command {
		if len(arg) > maxArgument || strings.Contains(arg, "\x00") {
			return fmt.Errorf("command: an argument has at most %d bytes, and none is zero: %w", maxArgument, journal.ErrInvalid)
		}
	}
	for _, n := range s.Env {
		if !variable.MatchString(n) {
			return fmt.Errorf("env %q: name a variable of the environment: %w", n, journal.ErrInvalid)
		}
	}
	return nil
}

func (s Step) validateContainment(routes []string) error {
	switch {
	case !slices.Contains([]Containment{DisableRoute, Isolate, RollBack, NoStore, Purge}, s.Contain):
		return fmt.Errorf("contain %q: use disable-route, isolate, roll-back, no-store or purge: %w", s.Contain, journal.ErrInvalid)
	case s.Route != "" && s.Contain.OfImages():
		return fmt.Errorf("route %q: %s is about images of the incident's pipeline, and no route: %w", s.Route, s.Contain, journal.ErrInvalid)
	case s.Route != "" && !slices.Contains(routes, s.Route):
		return fmt.Errorf("route %q is not among the gateway's routes: %w", s.Route, journal.ErrInvalid)
	case s.For != 0 && s.Contain != NoStore:
		return fmt.Errorf("for is of a no-store, and this is %s: %w", s.Contain, journal.ErrInvalid)
	case s.For < 0 || s.For > maxNoStore:
		return fmt.Errorf("for %s: write up to %s: %w", s.For, maxNoStore, journal.ErrInvalid)
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

func (m Message) validate() error {
	for _, part := range []struct {
		name string
		text Words
	}{{"situation", m.Situation}, {"mitigation", m.Mitigation}, {"next", m.Next}} {
		if err := part.text.validate("message: "+part.name, true); err != nil {
			return err
		}
		for _, found := range placeholder.FindAllStringSubmatch(part.text.FR+part.text.EN, -1) {
			if !slices.Contains(Placeholders(), found[1]) {
				return fmt.Errorf("message: %s: %s is no fact of an incident: use one of %v in braces: %w", part.name, found[0], Placeholders(), journal.ErrInvalid)
			}
		}
	}
	return nil
}

// Fill puts the facts of an incident into a text.
func Fill(text string, facts map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		if fact, ok := facts[found[1:len(found)-1]]; ok {
			return fact
		}
		return found
	})
}

func (w Words) validate(what string, required bool) error {
	switch {
	case required && strings.TrimSpace(w.FR) == "" && strings.TrimSpace(w.EN) == "":
		return fmt.Errorf("%s is empty: say what to do, in one language or in both as {fr: …, en: …}: %w", what, journal.ErrInvalid)
	case len(w.FR) > maxText || len(w.EN) > maxText:
		return fmt.Errorf("%s: at most %d bytes: %w", what, maxText, journal.ErrInvalid)
	}
	return nil
}

// Get finds a runbook by its name: a configured one, or ours.
func (c Config) Get(name string) (Runbook, bool) {
	if r, ok := c[name]; ok {
		return r, true
	}
	return Default(), name == DefaultName
}

// List gives all runbooks by their names, the default one first.
func (c Config) List() []Runbook {
	first, _ := c.Get(DefaultName)
	list := []Runbook{first}
	for _, n := range slices.Sorted(maps.Keys(c)) {
		if n != DefaultName {
			list = append(list, c[n])
		}
	}
	return list
}

// Named gives the name that an alert's annotation means: NAME or /runbooks/NAME, also at the address of this server. An
// address elsewhere, and what is no name, gives "".
func Named(annotation, base string) string {
	n := strings.TrimSpace(annotation)
	if base = strings.TrimSuffix(base, "/"); base != "" {
		n = strings.TrimPrefix(n, base)
	}
	n = strings.TrimPrefix(n, Path)
	if !name.MatchString(n) {
		return ""
	}
	return n
}

// Path is where runbooks are shown.
const Path = "/runbooks/"

// Elsewhere gives the address of a runbook that is kept elsewhere, or "".
func Elsewhere(annotation, base string) string {
	text := strings.TrimSpace(annotation)
	web := strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
	odd := strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`"<>\`, r) })
	if !web || odd || len(text) > maxText || Named(annotation, base) != "" {
		return ""
	}
	return text
}
