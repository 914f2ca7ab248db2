package repository

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/42wim/sshsig"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/safelight-dev/safelight/internal/journal"
)

// maxKeyFile is more than any private key in OpenSSH's format, in bytes.
const maxKeyFile = 64 << 10

// readSecretKey reads a private SSH key without a passphrase, which nobody but
// its owner may read. No error quotes it.
func readSecretKey(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read the SSH key %s: there is none: %w", name, journal.ErrNotFound)
	case err != nil:
		return nil, fmt.Errorf("read the SSH key: %w", err)
	case !info.Mode().IsRegular() || info.Size() > maxKeyFile:
		return nil, fmt.Errorf("read the SSH key %s: not a small regular file: %w", name, journal.ErrInvalid)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("read the SSH key %s: others may read it: run chmod 600 on it: %w", name, journal.ErrInvalid)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the SSH key: %w", err)
	}
	return text, nil
}

// signCommit signs what git hashes of a commit, as `git commit -S` does with gpg.format ssh.
func signCommit(key []byte, c *object.Commit) error {
	plain := &plumbing.MemoryObject{}
	if err := c.EncodeWithoutSignature(plain); err != nil {
		return err
	}
	r, err := plain.Reader()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	signature, err := sshsig.Sign(key, bytes.NewReader(text), "git")
	if err != nil {
		return fmt.Errorf("sign the commit: %w", err)
	}
	c.PGPSignature = string(signature)
	return nil
}

// openKey reads the key that commits are signed with, and tries it.
func (r *Repository) openKey(name string) error {
	if name == "" {
		return nil
	}
	key, err := readSecretKey(name)
	if err != nil {
		return err
	}
	if _, err := sshsig.Sign(key, bytes.NewReader(nil), "git"); err != nil {
		return fmt.Errorf("use the SSH key %s: want a private key without a passphrase, as ssh-keygen -t ed25519 makes: %w: %w", name, err, journal.ErrInvalid)
	}
	r.key = key
	return nil
}
