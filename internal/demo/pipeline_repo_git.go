package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrNoGit says that the machine has no git.
var ErrNoGit = errors.New("the demo commits to a real Git repository: install git, or put it on PATH")

// maxGitOutput bounds what is kept of one git command's output.
const maxGitOutput = 8 << 20

// signature is who commits, and when.
type signature struct {
	name, email string
	at          time.Time
}

// gitRunner runs git in one working tree, apart from the settings of the machine and of the user.
type gitRunner struct {
	program   string
	dir       string
	validator string // the safelight executable that hooks run
}

func newGitRunner(dir, validator string) (*gitRunner, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, ErrNoGit
	}
	if program, err = filepath.Abs(program); err != nil {
		return nil, fmt.Errorf("find git: %w", err)
	}
	return &gitRunner{program: program, dir: dir, validator: validator}, nil
}

// run runs git as who and returns what it and its hooks said, with an error too.
func (g *gitRunner) run(ctx context.Context, who signature, args ...string) (string, error) {
	out, said, err := g.execute(ctx, who, args)
	return string(out) + said, err
}

// output runs a reading command of git and returns what it wrote to standard output.
func (g *gitRunner) output(ctx context.Context, args ...string) ([]byte, error) {
	out, _, err := g.execute(ctx, signature{at: time.Unix(0, 0)}, args)
	return out, err
}

func (g *gitRunner) execute(ctx context.Context, who signature, args []string) (out []byte, said string, err error) {
	cmd := exec.CommandContext(ctx, g.program, args...)
	cmd.Dir = g.dir
	cmd.Env = g.environment(who)
	cmd.WaitDelay = 5 * time.Second // a hook's child must not hold the demo by keeping the pipe open
	var stdout, stderr limitedBuffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("git %s in %s: %w: %s", args[0], g.dir, err, lastLine(stdout.String()+stderr.String()))
	}
	return stdout.kept.Bytes(), stderr.String(), err
}

// environment is all that git sees of this process's: nothing of the user's configuration, identity or repository.
func (g *gitRunner) environment(who signature) []string {
	date := fmt.Sprintf("%d +0000", who.at.Unix())
	env := []string{
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_EDITOR=true",
		"GIT_AUTHOR_NAME=" + who.name, "GIT_AUTHOR_EMAIL=" + who.email, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + who.name, "GIT_COMMITTER_EMAIL=" + who.email, "GIT_COMMITTER_DATE=" + date,
		"HOME=" + g.dir, "LC_ALL=C", "TZ=UTC",
		"SAFELIGHT=" + g.validator, "SAFELIGHT_DEMO_TIME=" + who.at.UTC().Format(time.RFC3339),
	}
	for _, name := range []string{"PATH", "TMPDIR", "SYSTEMROOT", "TEMP"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// limitedBuffer keeps the first maxGitOutput bytes and drops the rest.
type limitedBuffer struct{ kept bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if room := maxGitOutput - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (b *limitedBuffer) String() string { return b.kept.String() }
