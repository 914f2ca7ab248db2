// Package hook runs a command of the house within limits: a small environment, bounded time and output, its own process group.
package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Command is a program of the house. No shell reads its arguments.
type Command struct {
	Args  []string      // the program, and its arguments
	Dir   string        // where it runs
	Set   []string      // NAME=value, which it gets
	Pass  []string      // names of variables of our environment that it gets, and whose values it must not show
	Input []byte        // what it reads from its standard input
	Limit time.Duration // after which it is killed with all that it has started
	// Confined shuts it in; nil leaves it what this process may do.
	Confined *Confinement
}

// Confinement is what a command may do that is shut in. The network it has none of.
type Confinement struct {
	Write  []string // folders that it may change
	Read   []string // folders and files that it may read, beside the system's programs and libraries
	Memory int64    // bytes of each of its processes
	File   int64    // bytes of each file that it writes
}

// Outcome is how a command ended.
type Outcome struct {
	Output   []byte // what it wrote to standard output and error, up to [MaxOutput], with the values of Pass hidden
	Bytes    int64  // that it wrote
	Exit     int
	Signal   string // that it ended by, by its own doing
	Took     time.Duration
	TimedOut bool
	Stopped  bool  // ctx ended before it
	Left     bool  // it left a process behind that held its output
	Unbegun  error // why it could not start
}

const (
	// MaxOutput is how much of the output is kept, from its beginning.
	MaxOutput = 1 << 20
	// afterEnd is how long what it left behind may hold its output.
	afterEnd = 5 * time.Second
	hidden   = "…"
	// shortest is the length of a value below which hiding it would tell more than it hides.
	shortest = 4
)

// Good tells whether the command has done what it was to do, as far as it says so itself.
func (o Outcome) Good() bool { return o.Answered() && o.Exit == 0 }

// Answered tells whether it ended by itself, so that its exit status is an answer.
func (o Outcome) Answered() bool {
	return o.Unbegun == nil && !o.TimedOut && !o.Stopped && o.Signal == ""
}

// Run runs the command and waits for its end, whatever that is.
func Run(ctx context.Context, c Command) Outcome {
	limited, cancel := context.WithTimeout(ctx, c.Limit)
	defer cancel()
	secrets := c.secrets()
	said := &head{room: MaxOutput}
	for _, s := range secrets { // one that stands across the end is to be found, too
		said.room = max(said.room, MaxOutput+len(s))
	}
	cmd := exec.CommandContext(limited, c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = c.Dir, c.environment(), bytes.NewReader(c.Input)
	cmd.Stdout, cmd.Stderr = said, said // one writer: package exec gives both the same pipe, so their order stays
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd) }
	cmd.WaitDelay = afterEnd
	began := time.Now()
	if err := start(cmd, c.Confined); err != nil {
		return Outcome{Unbegun: cause(err)}
	}
	err := cmd.Wait()
	_ = endGroup(cmd) // what it left behind, if anything
	o := Outcome{Output: said.without(secrets), Bytes: said.bytes, Took: time.Since(began), Left: errors.Is(err, exec.ErrWaitDelay)}
	switch state := cmd.ProcessState.Sys().(syscall.WaitStatus); {
	case !state.Signaled(): // it has ended by itself, whatever ended meanwhile
		o.Exit = state.ExitStatus()
	case ctx.Err() != nil:
		o.Stopped = true
	case limited.Err() != nil:
		o.TimedOut = true
	default:
		o.Signal = state.Signal().String()
	}
	return o
}

// start starts a command, shut in where it is to be.
func start(cmd *exec.Cmd, within *Confinement) error {
	if within == nil {
		return cmd.Start()
	}
	return within.start(cmd)
}

// Find says whether the program is there and may be run. It is not run: nobody knows what it would do.
func (c Command) Find() error {
	path, err := exec.LookPath(c.Args[0])
	if err != nil {
		return fmt.Errorf("%w: %w", phrase.Errorf("edge.program", c.Args[0], cause(err)), journal.ErrNotFound)
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %w", phrase.Errorf("edge.program.none", c.Args[0]), journal.ErrInvalid)
	}
	return nil
}

// environment is where programs are, the language, what is passed on and what is set.
func (c Command) environment() (env []string) {
	for _, name := range append([]string{"PATH", "LANG"}, c.Pass...) {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, c.Set...)
}

func (c Command) secrets() (list [][]byte) {
	for _, name := range c.Pass {
		if value := strings.TrimSpace(os.Getenv(name)); len(value) >= shortest {
			list = append(list, []byte(value))
		}
	}
	return list
}

// endGroup ends the command with all that it started. A group that is gone already is no error.
func endGroup(cmd *exec.Cmd) error {
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// cause is an error without the path, which the step says.
func cause(err error) error {
	var path *os.PathError
	var lookup *exec.Error
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &lookup):
		return lookup.Err
	}
	return err
}

// head keeps the first bytes of what is written, and counts all.
type head struct {
	text  []byte
	room  int
	bytes int64
}

// Write takes everything.
func (h *head) Write(p []byte) (int, error) {
	h.bytes += int64(len(p))
	h.text = append(h.text, p[:min(len(p), h.room-len(h.text))]...)
	return len(p), nil
}

// without gives what is kept, with secrets hidden.
func (h *head) without(secrets [][]byte) []byte {
	text := h.text
	for _, s := range secrets {
		text = bytes.ReplaceAll(text, s, []byte(hidden))
	}
	return text[:min(len(text), MaxOutput)]
}
