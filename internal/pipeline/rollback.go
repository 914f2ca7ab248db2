package pipeline

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Rollback says how what is delivered goes back to what it was: by the good versions that are kept, or as the house does it.
type Rollback struct {
	// Keep is how many good versions of each delivered image are kept to go back to; 0 keeps none. Each is as large as the image.
	Keep int `yaml:"keep"`
	// Command is the program, by its absolute path, and its arguments, that has the pipeline deliver what it did before; Undo
	// takes that back. Without one it cannot be undone.
	Command []string `yaml:"command"`
	Undo    []string `yaml:"undo"`
	// Env names the variables of the environment that the programs are given.
	Env []string `yaml:"env"`
	// Webhook is posted to instead; SecretEnv names the variable of its secret. Undoable says that it knows the way back.
	Webhook   string `yaml:"webhook"`
	SecretEnv string `yaml:"secretEnv"`
	Undoable  bool   `yaml:"undoable"`
	// Git is the repository that the images are made from: a commit is reverted there.
	Git *GitRollback `yaml:"git"`
	// Within is how long after it the images may take until they are delivered within budget; 15 minutes where it is 0.
	Within time.Duration `yaml:"within"`
}

// GitRollback names a branch of a repository on this machine.
type GitRollback struct {
	Repository string `yaml:"repository"` // its folder
	Branch     string `yaml:"branch"`     // main where it is empty
}

const (
	// MaxKeep is the largest number of versions that are kept of an image.
	MaxKeep       = 20
	defaultWithin = 15 * time.Minute
	maxWithin     = 24 * time.Hour
	maxArgs       = 100
)

// Patience is how long the images may take.
func (r Rollback) Patience() time.Duration {
	if r.Within > 0 {
		return r.Within
	}
	return defaultWithin
}

// Line is the branch that commits are reverted on.
func (g GitRollback) Line() string {
	if g.Branch == "" {
		return "main"
	}
	return g.Branch
}

var webAddress = regexp.MustCompile(`^https?://[^\s/@?#]+(/[^\s@#]*)?$`)

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)

func (r Rollback) validate() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("rollback: %s: %w", fmt.Sprintf(format, args...), journal.ErrInvalid)
	}
	program := func(args []string) bool { return len(args) > 0 && len(args) <= maxArgs && path.IsAbs(args[0]) }
	switch {
	case r.Keep < 0 || r.Keep > MaxKeep:
		return bad("keep %d: keep 0 to %d good versions of each image", r.Keep, MaxKeep)
	case r.ways() > 1:
		return bad("name one of command, webhook and git")
	case len(r.Command) > 0 && !program(r.Command):
		return bad("command is a program by its absolute path and its arguments, such as [/usr/local/bin/back, --last]")
	case len(r.Undo) > 0 && (len(r.Command) == 0 || !program(r.Undo)):
		return bad("undo is a program by its absolute path and its arguments, beside command")
	case slices.ContainsFunc(r.Env, func(name string) bool { return !variable.MatchString(name) }):
		return bad("env must be names of environment variables")
	case r.Webhook != "" && !webAddress.MatchString(r.Webhook):
		return bad("webhook is the http or https address that is posted to, without user and password")
	case r.Webhook != "" && !variable.MatchString(r.SecretEnv):
		return bad("secretEnv must be the name of an environment variable")
	case r.Git != nil && r.Git.Repository == "":
		return bad("git: name the folder of the repository")
	case r.Within < 0 || r.Within > maxWithin:
		return bad("within %v: give up to %v", r.Within, maxWithin)
	}
	return nil
}

// ways counts the ways of the house.
func (r Rollback) ways() (n int) {
	for _, named := range []bool{len(r.Command) > 0, r.Webhook != "", r.Git != nil} {
		if named {
			n++
		}
	}
	return n
}
