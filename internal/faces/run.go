package faces

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	maxAnswer = 64 << 10 // bytes of standard output
	maxSaid   = 200      // bytes of standard error
)

// afterEnd is how long what the command left behind may hold its output open.
const afterEnd = time.Second

// errTooMuch ends a command that writes without end.
var errTooMuch = fmt.Errorf("the face detector answers with more than %d bytes: %w", maxAnswer, journal.ErrTooLarge)

// run runs the command in a process group of its own, of which nothing is left afterwards. It gives the command's standard
// output and the first line of its standard error.
func (d *Detector) run(ctx context.Context, picture io.Reader) (answer []byte, said string, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, end := context.WithTimeout(ctx, d.c.Timeout)
	defer end()
	out, words := &bounded{most: maxAnswer, over: func() { cancel(errTooMuch) }}, &bounded{most: maxSaid}
	cmd := exec.CommandContext(ctx, d.c.Command[0], d.c.Command[1:]...)
	cmd.Dir, cmd.Env = d.c.dir, environment()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = picture, out, words
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = afterEnd
	if err := cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("the face detector cannot be started: %w", cause(err))
	}
	err = cmd.Wait()
	_ = killGroup(cmd) // what it left behind, if anything
	return out.text, firstLine(words.text), d.failure(ctx, err)
}

// environment is all that the command is told of ours: where programs are, and the language.
func environment() []string {
	var env []string
	for _, name := range []string{"PATH", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// killGroup ends the command with all that it started. A group that is gone already is no error.
func killGroup(cmd *exec.Cmd) error {
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// cause is an error without the path, which the configuration says.
func cause(err error) error {
	var of *exec.Error
	if errors.As(err, &of) {
		return of.Err
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// failure says why a command that was waited for has no answer.
func (d *Detector) failure(ctx context.Context, err error) error {
	var exit *exec.ExitError
	switch {
	case errors.Is(context.Cause(ctx), errTooMuch):
		return errTooMuch
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && err != nil:
		return fmt.Errorf("the face detector has not answered within %s: %w", d.c.Timeout, context.DeadlineExceeded)
	case ctx.Err() != nil && err != nil:
		return ctx.Err()
	case errors.Is(err, exec.ErrWaitDelay):
		return fmt.Errorf("the face detector ended and left a process behind that holds its output: %w", journal.ErrInvalid)
	case errors.As(err, &exit):
		return fmt.Errorf("the face detector ended with %s: %w", exit.ProcessState, journal.ErrInvalid)
	case err != nil:
		return fmt.Errorf("ask the face detector: %w", err)
	}
	return nil
}

// bounded keeps the first bytes of what is written and takes the rest to be gone.
//
// The buffer is no embedded one: io.Copy would find its ReadFrom, which knows no bound.
type bounded struct {
	text []byte
	most int
	over func() // called when there is more; may be nil
}

func (b *bounded) Write(p []byte) (int, error) {
	room := b.most - len(b.text)
	if len(p) > room && b.over != nil {
		b.over()
	}
	b.text = append(b.text, p[:min(len(p), room)]...)
	return len(p), nil
}

// firstLine is what a person may read of it.
func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return ' '
		}
		return r
	}, strings.TrimSpace(string(line)))
}
