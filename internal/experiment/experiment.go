// Package experiment is how a hypothesis is tested: by what kind of test, of what, and when the outcome confirms or refutes it.
//
// A test is a Request, which is kept with its result, so that it can be run again. Programs of the house are configured by name and
// are given parameters that match a pattern: nobody runs a command by writing one into a page.
package experiment

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Kind is what a test does.
type Kind string

// The kinds.
const (
	// ReplayLUT applies a colour table of the evidence to the references, and compares with what was delivered.
	ReplayLUT Kind = "replay-lut"
	// Replay has a program of the house make the images again from their references, and compares with what was delivered.
	Replay Kind = "replay"
	// Remeasure measures the delivered images again, as this version measures or by a program of the house, such as another version:
	// is what was found still found?
	Remeasure Kind = "remeasure"
	// Compare counts whether an attribute separates bad images from good ones.
	Compare Kind = "compare"
	// Series asks whether a condition on the series held while the harm lasted.
	Series Kind = "series"
	// Command runs a program of the house in a folder of its own and takes its exit status for the answer.
	Command Kind = "command"
	// Generate has a program of the house make an image from its parameters alone: a prompt, a model, a seed. It tests no hypothesis;
	// incident tests are made of it.
	Generate Kind = "generate"
	// ByHand is a test that a person ran elsewhere.
	ByHand Kind = "by-hand"
)

// Kinds lists those that are run here.
func Kinds() []Kind { return []Kind{ReplayLUT, Replay, Remeasure, Compare, Series, Command} }

// Request says which test, of what. Only the fields of its kind are set.
type Request struct {
	Kind Kind `json:"kind"`
	// LUT is the path of a colour table among the evidence (ReplayLUT).
	LUT string `json:"lut,omitempty"`
	// Program is a name of the configuration, with its parameters (Replay, Command; Remeasure where another than this one measures).
	Program    string            `json:"program,omitempty"`
	Parameters map[string]string `json:"parameters,omitempty"`
	// Evidence are paths that the program finds in its folder (Command).
	Evidence []string `json:"evidence,omitempty"`
	// Attribute and Value are what may separate bad images from good ones (Compare).
	Attribute string `json:"attribute,omitempty"`
	Value     string `json:"value,omitempty"`
	// Expr is a condition in PromQL (Series).
	Expr string `json:"expr,omitempty"`
	// Since and Until bound what is looked at (Compare, Series); the incident's own time where they are nil.
	Since *time.Time `json:"since,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	// Sample is how many images are taken, the worst first (ReplayLUT, Replay, Remeasure); 0 is [DefaultSample].
	Sample int `json:"sample,omitempty"`
}

// Limits of a request.
const (
	DefaultSample = 40 // enough that one odd image does not decide
	MaxSample     = 1000
	maxField      = 2000 // bytes
	maxEvidence   = 100
)

// Validate says what is wrong in one sentence, as far as it can be told without the configuration and the incident.
func (r Request) Validate() error {
	needs := map[Kind]map[string]string{
		ReplayLUT: {"a colour table of the evidence": r.LUT},
		Replay:    {"a program of the configuration": r.Program},
		Command:   {"a program of the configuration": r.Program},
		Compare:   {"an attribute": r.Attribute},
		Series:    {"a condition in PromQL": r.Expr},
	}
	if !slices.Contains(Kinds(), r.Kind) {
		return fmt.Errorf("test of kind %q: use one of %v: %w", r.Kind, Kinds(), journal.ErrInvalid)
	}
	for what, value := range needs[r.Kind] {
		if strings.TrimSpace(value) == "" {
			return fmt.Errorf("test by %s: name %s: %w", r.Kind, what, journal.ErrInvalid)
		}
	}
	for _, s := range []string{r.LUT, r.Program, r.Attribute, r.Value, r.Expr} {
		if len(s) > maxField || !utf8.ValidString(s) {
			return fmt.Errorf("test by %s: a field has %d bytes or is no text, the limit is %d: %w", r.Kind, len(s), maxField, journal.ErrInvalid)
		}
	}
	if r.Sample < 0 || r.Sample > MaxSample || len(r.Evidence) > maxEvidence {
		return fmt.Errorf("test by %s: %d images and %d files, the limits are %d and %d: %w", r.Kind, r.Sample, len(r.Evidence), MaxSample, maxEvidence, journal.ErrInvalid)
	}
	if r.Since != nil && r.Until != nil && !r.Since.Before(*r.Until) {
		return fmt.Errorf("test by %s: it ends before it begins: name the earlier time first: %w", r.Kind, journal.ErrInvalid)
	}
	return nil
}

// Images is how many images are wanted.
func (r Request) Images() int {
	if r.Sample == 0 {
		return DefaultSample
	}
	return r.Sample
}

// String names the test and what it is of: "replay encode quality=40".
func (r Request) String() string {
	words := []string{string(r.Kind)}
	for _, w := range []string{r.LUT, r.Program} {
		if w != "" {
			words = append(words, w)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Parameters)) {
		words = append(words, key+"="+r.Parameters[key])
	}
	if r.Attribute != "" {
		words = append(words, r.Attribute+"="+r.Value)
	}
	if r.Expr != "" {
		words = append(words, r.Expr)
	}
	return strings.Join(words, " ")
}

// Config are the programs of safelight.yaml by their names.
type Config map[string]Program

// Program makes images, measures them, or answers by its exit status. No shell reads its arguments; it runs in a folder of its own, which is
// all that it may write to, within limits of time, memory and output.
type Program struct {
	Name string `yaml:"-" json:"name"`
	// Text says in a few words what it does.
	Text string `yaml:"text" json:"text,omitempty"`
	// Replay is the command that makes an image from its reference. {in} is the reference, {out} the file that is wanted,
	// {NAME} a parameter.
	Replay []string `yaml:"replay" json:"replay,omitempty"`
	// Generate is the command that makes an image from parameters alone, such as a prompt, a model and a seed; {out} is the file that is
	// wanted. Incident tests run it.
	Generate []string `yaml:"generate" json:"generate,omitempty"`
	// Measure is the command that measures an image: {in} is the reference, {delivered} the image. Its exit status answers as
	// that of safelight check does: 0 within budget, 1 not; any other means that it could not measure.
	Measure []string `yaml:"measure" json:"measure,omitempty"`
	// Command is the command whose exit status answers: 0 confirms, 1 refutes, any other says nothing. Evidence lies in its folder
	// under the names that it has.
	Command []string `yaml:"command" json:"command,omitempty"`
	// Parameters are their names and the patterns that a value must match from its beginning to its end.
	Parameters map[string]string `yaml:"parameters" json:"parameters,omitempty"`
	// Output is the extension of {out}; that of the delivered image where it is empty.
	Output string `yaml:"output" json:"output,omitempty"`
	// Timeout is how long it may take, for each image of a replay: 30 seconds where none is written.
	Timeout time.Duration `yaml:"timeout" json:"timeout,omitempty"`
	// Env names variables of the server's environment that it gets; their values are hidden where it writes them.
	Env []string `yaml:"env" json:"env,omitempty"`
	// Read are folders and files that it may read, beside the system's programs and libraries and its own folder.
	Read []string `yaml:"read" json:"read,omitempty"`
}

// Limits of what is configured.
const (
	maxPrograms   = 100
	maxArguments  = 100
	maxArgument   = 4096
	maxParameters = 20
	maxList       = 50
	// MaxValue bounds a parameter, in bytes.
	MaxValue = 4000 // a prompt
	// DefaultTime and MaxTime are how long a program may take.
	DefaultTime = 30 * time.Second
	MaxTime     = 10 * time.Minute
)

// The placeholders that are no parameters.
const (
	In        = "in"
	Out       = "out"
	Delivered = "delivered"
)

var (
	name        = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	placeholder = regexp.MustCompile(`\{([a-z][a-z0-9-]*)\}`)
	extension   = regexp.MustCompile(`^\.[a-z0-9]{1,8}$`)
)

// Resolve gives the programs their names, and makes paths independent of the working folder.
func (c Config) Resolve(abs func(string) string) {
	for n, p := range c {
		p.Name = n
		for _, args := range p.commands() {
			if len(args) > 0 && strings.Contains(args[0], "/") {
				args[0] = abs(args[0])
			}
		}
		for i, r := range p.Read {
			p.Read[i] = abs(r)
		}
		c[n] = p
	}
}

// Validate says what is wrong in one sentence.
func (c Config) Validate() error {
	if len(c) > maxPrograms {
		return fmt.Errorf("tests: %d of them, the limit is %d: %w", len(c), maxPrograms, journal.ErrInvalid)
	}
	for _, n := range slices.Sorted(maps.Keys(c)) {
		if !name.MatchString(n) {
			return fmt.Errorf("test %q: use a-z, 0-9 and dashes, a letter first: %w", n, journal.ErrInvalid)
		}
		if err := c[n].validate(); err != nil {
			return fmt.Errorf("test %s: %w", n, err)
		}
	}
	return nil
}

func (p Program) validate() error {
	given := slices.DeleteFunc(p.commands(), func(a []string) bool { return len(a) == 0 })
	if len(given) != 1 {
		return fmt.Errorf("write one of replay, which makes an image again, generate, which makes one from parameters, measure, which measures it, and command, whose exit status answers: %w", journal.ErrInvalid)
	}
	args := given[0]
	switch {
	case args[0] == "" || placeholder.MatchString(args[0]):
		return fmt.Errorf("begin with the program, which is no parameter: %w", journal.ErrInvalid)
	case len(args) > maxArguments || slices.ContainsFunc(args, func(a string) bool { return len(a) > maxArgument || strings.ContainsRune(a, 0) }):
		return fmt.Errorf("at most %d arguments of %d bytes: %w", maxArguments, maxArgument, journal.ErrInvalid)
	case p.Timeout < 0 || p.Timeout > MaxTime:
		return fmt.Errorf("timeout %v: at most %v: %w", p.Timeout, MaxTime, journal.ErrInvalid)
	case p.Output != "" && !extension.MatchString(p.Output):
		return fmt.Errorf("output %q: write an extension such as .jpg: %w", p.Output, journal.ErrInvalid)
	case len(p.Parameters) > maxParameters || len(p.Env) > maxList || len(p.Read) > maxList:
		return fmt.Errorf("at most %d parameters, %d variables and %d folders: %w", maxParameters, maxList, maxList, journal.ErrInvalid)
	}
	for _, key := range slices.Sorted(maps.Keys(p.Parameters)) {
		if !name.MatchString(key) || key == In || key == Out || key == Delivered {
			return fmt.Errorf("parameter %q: use a-z, 0-9 and dashes, and none of in, out and delivered: %w", key, journal.ErrInvalid)
		}
		if len(p.Parameters[key]) > maxField {
			return fmt.Errorf("parameter %s: its pattern has %d bytes: use at most %d: %w", key, len(p.Parameters[key]), maxField, journal.ErrInvalid)
		}
		if _, err := regexp.Compile(p.Parameters[key]); err != nil {
			return fmt.Errorf("parameter %s: %w: write a regular expression such as [0-9]{1,3}: %w", key, err, journal.ErrInvalid)
		}
	}
	return p.validatePlaces(args)
}

// validatePlaces looks for what a placeholder stands for.
func (p Program) validatePlaces(args []string) error {
	used := map[string]bool{}
	for _, a := range args {
		for _, m := range placeholder.FindAllStringSubmatch(a, -1) {
			used[m[1]] = true
		}
	}
	for _, place := range p.places() {
		if !used[place] {
			return fmt.Errorf("name {%s} among the arguments ({in} is the reference, {out} the image that is wanted, {delivered} the one to measure): %w", place, journal.ErrInvalid)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		_, declared := p.Parameters[key]
		if !declared && !slices.Contains(p.places(), key) {
			return fmt.Errorf("{%s} stands for no parameter: write its pattern under parameters: %w", key, journal.ErrInvalid)
		}
	}
	return nil
}

func (p Program) commands() [][]string { return [][]string{p.Replay, p.Generate, p.Measure, p.Command} }

// Limit is how long it may take.
func (p Program) Limit() time.Duration {
	if p.Timeout == 0 {
		return DefaultTime
	}
	return p.Timeout
}

// Kind is the test that the program is for.
func (p Program) Kind() Kind {
	switch {
	case len(p.Replay) > 0:
		return Replay
	case len(p.Generate) > 0:
		return Generate
	case len(p.Measure) > 0:
		return Remeasure
	}
	return Command
}

// places are the placeholders that are files and no parameters.
func (p Program) places() []string {
	return map[Kind][]string{Replay: {In, Out}, Generate: {Out}, Remeasure: {In, Delivered}}[p.Kind()]
}

// Args gives the command with its parameters in place; files are what its other placeholders stand for: [In] and [Out] of a replay, [Out] of a generation,
// [In] and [Delivered] of a measurement.
func (p Program) Args(parameters, files map[string]string) ([]string, error) {
	if err := p.check(parameters); err != nil {
		return nil, err
	}
	args := map[Kind][]string{Replay: p.Replay, Generate: p.Generate, Remeasure: p.Measure, Command: p.Command}[p.Kind()]
	filled := make([]string, len(args))
	for i, a := range args {
		filled[i] = placeholder.ReplaceAllStringFunc(a, func(m string) string {
			key := m[1 : len(m)-1]
			if slices.Contains(p.places(), key) {
				return files[key]
			}
			return parameters[key]
		})
	}
	return filled, nil
}

// check demands a value that fits for each parameter and for nothing else. A value that begins with a dash could be an option
// that nobody has thought of: the pattern must allow it by its first character.
func (p Program) check(parameters map[string]string) error {
	for key := range parameters {
		if _, ok := p.Parameters[key]; !ok {
			return fmt.Errorf("run the test %s: it has no parameter %.60q: use %v: %w", p.Name, key, slices.Sorted(maps.Keys(p.Parameters)), journal.ErrInvalid)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Parameters)) {
		pattern, value := p.Parameters[key], parameters[key]
		fits := len(value) <= MaxValue && utf8.ValidString(value) && !strings.ContainsFunc(value, unicode.IsControl)
		if fits {
			whole, err := regexp.Compile(`^(?:` + pattern + `)$`)
			fits = err == nil && whole.MatchString(value)
		}
		if !fits || strings.HasPrefix(value, "-") && !strings.HasPrefix(pattern, "-") {
			return fmt.Errorf("run the test %s: parameter %s = %.60q does not fit %s: %w", p.Name, key, value, pattern, journal.ErrInvalid)
		}
	}
	return nil
}
