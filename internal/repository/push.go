package repository

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/http"
	"github.com/go-git/go-git/v5/plumbing/transport/ssh"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Remote is another repository that publications are pushed to.
type Remote struct {
	// URL is a path, https://…, http://… or ssh://… (git@host:path too). It holds no password.
	URL string `yaml:"url"`
	// User is the account at an HTTP server, "git" where it is empty, which those that go by the token alone take.
	User string `yaml:"user"`
	// TokenEnv names the environment variable that holds the token of that account.
	TokenEnv string `yaml:"tokenEnv"`
	// SSHKey is the file of a private key without a passphrase; ssh-agent is asked where it is empty.
	SSHKey string `yaml:"sshKey"`
	// KnownHosts is the file of the hosts that are known; that of the account where it is empty. No other host is talked to.
	KnownHosts string `yaml:"knownHosts"`
	// Drafts says that draft branches are pushed too.
	Drafts bool `yaml:"drafts"`
}

// Configured says whether there is a remote.
func (m Remote) Configured() bool { return m.URL != "" }

// Validate says what is wrong with it, or nil. It quotes no address: somebody will write a password into one.
func (m Remote) Validate() error {
	if m.URL == "" {
		if m != (Remote{}) {
			return fmt.Errorf("git.remote: url is missing: %w", journal.ErrInvalid)
		}
		return nil
	}
	end, err := transport.NewEndpoint(m.URL)
	if err != nil {
		return fmt.Errorf("git.remote: url cannot be read: %w", journal.ErrInvalid)
	}
	switch {
	case end.Password != "":
		return fmt.Errorf("git.remote: the url holds a password: take it out, name the environment variable that holds it in tokenEnv, and change it: %w", journal.ErrInvalid)
	case end.Protocol != "file" && end.Protocol != "http" && end.Protocol != "https" && end.Protocol != "ssh":
		return fmt.Errorf("git.remote: %s is not spoken: use a path, https or ssh: %w", end.Protocol, journal.ErrInvalid)
	case m.TokenEnv != "" && !strings.HasPrefix(end.Protocol, "http"):
		return fmt.Errorf("git.remote: a token is for http and https, the url is %s: %w", end.Protocol, journal.ErrInvalid)
	case m.SSHKey != "" && end.Protocol != "ssh":
		return fmt.Errorf("git.remote: an SSH key is for ssh, the url is %s: %w", end.Protocol, journal.ErrInvalid)
	}
	return nil
}

// Resolve makes the paths of the configuration independent of the working folder.
func (m *Remote) Resolve(abs func(string) string) {
	if end, err := transport.NewEndpoint(m.URL); m.URL != "" && err == nil && end.Protocol == "file" {
		m.URL = abs(m.URL)
	}
	m.SSHKey, m.KnownHosts = abs(m.SSHKey), abs(m.KnownHosts)
}

// auth gives what the remote is shown, read anew each time: a token is changed without a restart of those that hold it.
func (m Remote) auth() (transport.AuthMethod, error) {
	end, err := transport.NewEndpoint(m.URL)
	if err != nil {
		return nil, err
	}
	switch {
	case m.TokenEnv != "":
		token := os.Getenv(m.TokenEnv)
		if token == "" {
			return nil, fmt.Errorf("the environment variable %s, which git.remote names, is empty: %w", m.TokenEnv, journal.ErrInvalid)
		}
		user := m.User
		if user == "" {
			user = "git"
		}
		return &http.BasicAuth{Username: user, Password: token}, nil
	case end.Protocol != "ssh":
		return nil, nil
	}
	return m.sshAuth(end.User)
}

func (m Remote) sshAuth(user string) (transport.AuthMethod, error) {
	if user == "" {
		user = "git"
	}
	var known []string
	if m.KnownHosts != "" {
		known = append(known, m.KnownHosts)
	}
	hosts, err := ssh.NewKnownHostsCallback(known...)
	if err != nil {
		return nil, fmt.Errorf("read the known hosts: %w", err)
	}
	if m.SSHKey == "" {
		agent, err := ssh.NewSSHAgentAuth(user)
		if err != nil {
			return nil, fmt.Errorf("ask ssh-agent: %w", err)
		}
		agent.HostKeyCallback = hosts
		return agent, nil
	}
	key, err := readSecretKey(m.SSHKey)
	if err != nil {
		return nil, err
	}
	keys, err := ssh.NewPublicKeys(user, key, "")
	if err != nil {
		return nil, fmt.Errorf("use the SSH key %s: want a private key without a passphrase: %w", m.SSHKey, journal.ErrInvalid)
	}
	keys.HostKeyCallback = hosts
	return keys, nil
}

// Push brings a branch to a remote. Nothing is ever forced: a branch that has
// commits there that are not here is [journal.ErrConflict], and stays as it is.
// A branch that is there already is no error.
func (r *Repository) Push(ctx context.Context, branch string, to Remote) error {
	err := r.push(ctx, branch, to)
	if err != nil {
		return fmt.Errorf("push %s to %s: %w", branch, to.host(), err)
	}
	return nil
}

func (r *Repository) push(ctx context.Context, branch string, to Remote) error {
	name := plumbing.NewBranchReferenceName(branch)
	if err := name.Validate(); err != nil {
		return fmt.Errorf("branch %q: %v: %w", branch, err, journal.ErrInvalid)
	}
	auth, err := to.auth()
	if err != nil {
		return err
	}
	g, err := r.open()
	if err != nil {
		return err
	}
	// The remote is nobody's but ours: no configuration and no references of it are written.
	const remote = "safelight"
	err = git.NewRemote(g.Storer, &config.RemoteConfig{Name: remote, URLs: []string{to.URL}}).PushContext(ctx, &git.PushOptions{
		RemoteName: remote, Auth: auth, RefSpecs: []config.RefSpec{config.RefSpec(name + ":" + name)},
	})
	return pushed(err)
}

// Tip gives the last commit of a branch; empty where there is none.
func (r *Repository) Tip(branch string) (string, error) {
	g, err := r.open()
	if err != nil {
		return "", err
	}
	ref, err := g.Reference(plumbing.NewBranchReferenceName(branch), true)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read branch %s: %w", branch, err)
	}
	return ref.Hash().String(), nil
}

// pushed says what became of a push, without the address that some errors quote.
func pushed(err error) error {
	var u *url.Error
	switch {
	case err == nil || errors.Is(err, git.NoErrAlreadyUpToDate):
		return nil
	case strings.Contains(err.Error(), "non-fast-forward") || strings.Contains(err.Error(), "object not found"):
		return fmt.Errorf("the branch has commits there that are not here; nothing was overwritten: fetch and merge them here (git pull), and it is pushed again: %w", journal.ErrConflict)
	case errors.Is(err, transport.ErrAuthenticationRequired) || errors.Is(err, transport.ErrAuthorizationFailed):
		return fmt.Errorf("the remote does not let us in: check git.remote in safelight.yaml and its token or key: %w", journal.ErrForbidden)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return fmt.Errorf("there is no repository, or none that we may see: %w", journal.ErrNotFound)
	case errors.As(err, &u):
		return u.Err
	}
	return err
}

// host names the remote for people, without account, path and query.
func (m Remote) host() string {
	end, err := transport.NewEndpoint(m.URL)
	if err != nil {
		return "the remote"
	}
	if end.Host == "" {
		return end.Path
	}
	return end.Host
}
