package delivery

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// command runs a program of the house for each change, which it reads as JSON from its standard input. No shell reads the
// arguments. It is told nothing of our environment but what the configuration names, and nothing of it is left afterwards.
type command struct {
	hooked
	name  string
	args  []string // the program by its absolute path, and its arguments
	env   []string // names of variables that are passed on
	limit time.Duration
	given attempts
}

const (
	commandTime = 10 * time.Second
	longestTime = 20 * time.Second // an attempt of an effect has half a minute, and the probe needs some of it
	maxArgs     = 100
	maxSaid     = 4 << 10 // bytes of output that are kept; the end of them stands in an error
	afterEnd    = time.Second
)

func newCommand(name string, c EdgeConfig) *command {
	return &command{name: name, args: c.Command, env: c.Env, limit: cmp.Or(c.Timeout, commandTime)}
}

func (c *command) change(ctx context.Context, what Change) error {
	return c.given.give(what, func(what Change) error {
		text, err := what.asEvent(eventChanged).encode(time.Now())
		if err == nil {
			err = c.run(ctx, append(text, '\n'))
		}
		if err != nil {
			return fail("run its command", c.name, err)
		}
		return nil
	})
}

func (c *command) purge(ctx context.Context, p Purge) error {
	return c.change(ctx, Change{Edge: c.name, Purge: p})
}

func (c *command) run(ctx context.Context, input []byte) error {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	said := &tail{hide: c.secrets()}
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env = "/", c.environment()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd) }
	cmd.WaitDelay = afterEnd
	if err := cmd.Start(); err != nil {
		return cause(err)
	}
	err := cmd.Wait()
	_ = endGroup(cmd) // what it left behind, if anything
	return c.failure(ctx, err, said)
}

// failure says why a command that was waited for has not done it.
func (c *command) failure(ctx context.Context, err error, said *tail) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &Later{soon, fmt.Errorf("it has not ended within %v%s", c.limit, said.quoted())}
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return fmt.Errorf("it ends with %s%s", exit.ProcessState, said.quoted())
	case errors.Is(err, exec.ErrWaitDelay):
		return fmt.Errorf("it leaves a process behind that holds its output: %w", journal.ErrInvalid)
	}
	return cause(err)
}

// environment is where programs are, the language, and what the configuration names.
func (c *command) environment() (env []string) {
	for _, name := range append([]string{"PATH", "LANG"}, c.env...) {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// secrets are the values of the variables that the configuration names: a program may write one, and it must stand in no error.
func (c *command) secrets() (list []string) {
	for _, name := range c.env {
		if value := strings.TrimSpace(os.Getenv(name)); len(value) >= 4 {
			list = append(list, value)
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

// cause is an error without the path, which the configuration says.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// check looks whether the program is there. It is not run: nobody knows what it would do.
func (c *command) check(context.Context) error {
	info, err := os.Stat(c.args[0])
	switch {
	case err != nil:
		return fail("find its command", c.name, cause(err))
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
		return fail("find its command", c.name, errors.New("it is no program"))
	}
	return nil
}

// tail keeps the last bytes of what is written, where a program says what went wrong.
type tail struct {
	text []byte
	hide []string
}

// Write takes everything.
func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p[max(0, len(p)-maxSaid):]...)
	t.text = t.text[max(0, len(t.text)-maxSaid):]
	return len(p), nil
}

func (t *tail) quoted() string {
	text := strings.TrimSpace(string(t.text))
	for _, s := range t.hide {
		text = strings.ReplaceAll(text, s, "…")
	}
	if text == "" {
		return ""
	}
	return ": " + printable(text[max(0, len(text)-maxQuoted):])
}
