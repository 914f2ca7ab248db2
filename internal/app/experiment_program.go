package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/hook"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/pixels"
)

// What a program that tests a hypothesis may take.
const (
	programMemory = 4 << 30 // of addresses, which programs reserve freely
	programFile   = 512 << 20
)

// scratch makes a folder for a program, which is all that it may write to. It is below the folder for temporary files, since the
// folder of Safelight is what it must not see.
func scratch() (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "safelight-test-"); err != nil {
		return "", nil, fmt.Errorf("make a folder for the program: %w", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

// confined is a program that tests a hypothesis of an incident.
func (t trial) confined(p experiment.Program, args []string, dir string) hook.Command {
	c := confined(p, args, dir, min(p.Limit(), time.Until(t.until)))
	c.Set = append(c.Set, "SAFELIGHT_INCIDENT="+t.c.Incident.ID, "SAFELIGHT_PIPELINE="+t.c.Incident.Opened.Pipeline)
	return c
}

// confined is a program of the house with its arguments, shut in a folder.
func confined(p experiment.Program, args []string, dir string, limit time.Duration) hook.Command {
	read := p.Read
	if filepath.IsAbs(args[0]) {
		read = append([]string{args[0]}, read...)
	}
	return hook.Command{
		Args: args, Dir: dir, Pass: p.Env, Limit: limit, Set: []string{"HOME=" + dir, "TMPDIR=" + dir},
		Confined: &hook.Confinement{Write: []string{dir}, Read: read, Memory: programMemory, File: programFile},
	}
}

// replayProgram has a program of the house make the images again.
func (t trial) replayProgram(ctx context.Context) (finding, error) {
	p, err := t.program()
	if err != nil {
		return finding{}, err
	}
	if _, err := p.Args(t.request.Parameters, nil); err != nil { // before any image is read
		return finding{}, err
	}
	return t.replayEach(ctx, t.say("test.method.replay", t.request.String()), func(d delivered) ([]byte, *pixels.Image, error) {
		made, err := t.remake(ctx, p, d)
		if err != nil {
			return nil, nil, err
		}
		m, err := t.decode(made, d.row.Path)
		if err != nil {
			return made, nil, fmt.Errorf("decode what the program made: %w", err)
		}
		return made, m, nil
	})
}

// remake runs the program on one reference.
func (t trial) remake(ctx context.Context, p experiment.Program, d delivered) ([]byte, error) {
	dir, remove, err := scratch()
	if err != nil {
		return nil, err
	}
	defer remove()
	extension := p.Output
	if extension == "" {
		extension = strings.ToLower(filepath.Ext(d.row.Path))
	}
	in, out := filepath.Join(dir, "in"+strings.ToLower(filepath.Ext(referencePath(d.row)))), filepath.Join(dir, "out"+extension)
	if err := os.WriteFile(in, d.reference, 0o600); err != nil {
		return nil, fmt.Errorf("give the program its reference: %w", err)
	}
	args, err := p.Args(t.request.Parameters, map[string]string{experiment.In: in, experiment.Out: out})
	if err != nil {
		return nil, err
	}
	if o := hook.Run(ctx, t.confined(p, args, dir)); !o.Good() {
		return nil, ended(p, o)
	}
	return readMade(out, int64(t.config.Limits.MaxBytes))
}

// gaugeByProgram has a program of the house measure, such as an earlier version. Its exit status answers; the ΔE00 that it may write
// as safelight check --json does is a number beside it.
func (t trial) gaugeByProgram() (func(context.Context, delivered) (gauged, error), error) {
	p, err := t.program()
	if err != nil {
		return nil, err
	}
	if _, err := p.Args(t.request.Parameters, nil); err != nil { // before any image is read
		return nil, err
	}
	return func(ctx context.Context, d delivered) (gauged, error) {
		o, err := t.measured(ctx, p, d)
		if err != nil {
			return gauged{}, err
		}
		var said struct {
			DeltaE00 struct{ P95 *float64 } `json:"deltaE00"`
		}
		g := gauged{good: o.Exit == 0, deltaE: math.NaN()}
		if err := json.Unmarshal(o.Output, &said); err == nil && said.DeltaE00.P95 != nil {
			g.deltaE = *said.DeltaE00.P95
		}
		return g, nil
	}, nil
}

// measured runs the program on one pair.
func (t trial) measured(ctx context.Context, p experiment.Program, d delivered) (o hook.Outcome, err error) {
	dir, remove, err := scratch()
	if err != nil {
		return o, err
	}
	defer remove()
	in := filepath.Join(dir, "reference"+strings.ToLower(filepath.Ext(referencePath(d.row))))
	candidate := filepath.Join(dir, "delivered"+strings.ToLower(filepath.Ext(d.row.Path)))
	if err := errors.Join(os.WriteFile(in, d.reference, 0o600), os.WriteFile(candidate, d.candidate, 0o600)); err != nil {
		return o, fmt.Errorf("give the program its images: %w", err)
	}
	args, err := p.Args(t.request.Parameters, map[string]string{experiment.In: in, experiment.Delivered: candidate})
	if err != nil {
		return o, err
	}
	if o = hook.Run(ctx, t.confined(p, args, dir)); !o.Answered() || o.Exit != 0 && o.Exit != 1 {
		return o, ended(p, o)
	}
	return o, nil
}

// readMade reads what a program made: a file, and no link to another.
func readMade(path string, limit int64) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the program ended well and made no image: %w", journal.ErrInvalid)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > limit:
		return nil, fmt.Errorf("what the program made is no file, or larger than %d bytes: %w", limit, journal.ErrInvalid)
	}
	return os.ReadFile(path)
}

// ended says how a program ended that did not end well, with the first line of what it wrote.
func ended(p experiment.Program, o hook.Outcome) error {
	text := ""
	for _, s := range commandEnd(o, p.Limit()) {
		text = s.In("en")
	}
	line, _, _ := strings.Cut(strings.TrimSpace(printed(o.Output)), "\n")
	const most = 200
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	if line != "" {
		text += " " + line
	}
	return fmt.Errorf("%s: %w", text, journal.ErrInvalid)
}

// askProgram takes the exit status of a program for the answer.
func (t trial) askProgram(ctx context.Context) (finding, error) {
	p, err := t.program()
	if err != nil {
		return finding{}, err
	}
	args, err := p.Args(t.request.Parameters, nil)
	if err != nil {
		return finding{}, err
	}
	dir, remove, err := scratch()
	if err != nil {
		return finding{}, err
	}
	defer remove()
	for _, path := range t.request.Evidence {
		if err := t.layEvidence(path, dir); err != nil {
			return finding{}, err
		}
	}
	o := hook.Run(ctx, t.confined(p, args, dir))
	if ctx.Err() != nil {
		return finding{}, ctx.Err()
	}
	f := finding{
		verdict: experiment.Inconclusive, method: t.say("test.method.command", t.request.String()), output: []byte(printed(o.Output)), names: t.request.Evidence,
		numbers: []postmortem.Number{{Name: t.say("test.exit"), Value: float64(o.Exit)}, {Name: t.say("test.took"), Value: round(o.Took.Seconds()), Unit: "s"}},
	}
	if o.Answered() {
		f.verdict = experiment.OfExit(o.Exit)
	}
	if f.verdict == experiment.Inconclusive {
		f.missing = t.say("test.missing.command", journal.Sentence(ended(p, o)))
	}
	return f, nil
}

// layEvidence copies a file of the evidence to where a program finds it.
func (t trial) layEvidence(path, dir string) error {
	from, err := t.evidence(t.c.Analysis, path)
	if err != nil {
		return err
	}
	defer from.Close()
	to := filepath.Join(dir, filepath.FromSlash(path)) // checked when it was added
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("give the program %s: %w", path, err)
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("give the program %s: %w", path, err)
	}
	_, err = io.Copy(file, from)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("give the program %s: %w", path, err)
	}
	return nil
}
