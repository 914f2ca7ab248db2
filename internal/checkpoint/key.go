package checkpoint

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/safelight-dev/safelight/internal/journal"
)

// KeyName is the file of the key in the folder that Git ignores.
const KeyName = "journal.key"

// Key signs checkpoints.
type Key struct {
	signer note.Signer
	// Public is what whoever verifies must know, as NAME+ID+KEY.
	Public string
}

// OpenKey reads the key in a folder, or makes one: readable by its owner alone.
func OpenKey(dir string) (Key, error) {
	k, err := ReadKey(dir)
	if !errors.Is(err, journal.ErrNotFound) {
		return k, err
	}
	id := make([]byte, 8)
	rand.Read(id) // never fails
	secret, public, err := note.GenerateKey(rand.Reader, "safelight/"+hex.EncodeToString(id))
	if err != nil {
		return Key{}, fmt.Errorf("make the key of the journal: %w", err)
	}
	if err := writeKey(filepath.Join(dir, KeyName), secret+"\n"+public+"\n"); err != nil {
		return Key{}, fmt.Errorf("make the key of the journal: %w", err)
	}
	return ReadKey(dir) // another process may have been first
}

// writeKey writes a file that is there whole or not at all, and leaves alone one that is there.
func writeKey(path, text string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".journal-key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadKey reads the key in a folder, or gives [journal.ErrNotFound]. No error quotes it.
func ReadKey(dir string) (Key, error) {
	path := filepath.Join(dir, KeyName)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Key{}, fmt.Errorf("read the key of the journal: there is none at %s: %w", path, journal.ErrNotFound)
	case err != nil:
		return Key{}, fmt.Errorf("read the key of the journal: %w", err)
	case !info.Mode().IsRegular() || info.Size() > MaxText:
		return Key{}, fmt.Errorf("read the key of the journal: %s is not a small regular file: %w", path, journal.ErrInvalid)
	case info.Mode().Perm()&0o077 != 0:
		return Key{}, fmt.Errorf("read the key of the journal: others may read %s: run chmod 600 on it, and make a new one if others have: %w", path, journal.ErrInvalid)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("read the key of the journal: %w", err)
	}
	secret, public, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	k := Key{Public: public}
	if k.signer, err = note.NewSigner(secret); err != nil {
		return Key{}, fmt.Errorf("read the key of the journal: %s holds none: restore it from a backup: %w", path, journal.ErrInvalid)
	}
	// What the second line says is what others are told: it must be this key's.
	if _, err := k.Sign(0, tlog.Hash{}); err != nil {
		return Key{}, fmt.Errorf("read the key of the journal: the two lines of %s do not belong together: %w", path, journal.ErrInvalid)
	}
	return k, nil
}

// Sign signs that the journal has so many entries and that root. Whoever calls
// it has made sure that it holds what was signed before.
func (k Key) Sign(size int64, root tlog.Hash) (Checkpoint, error) {
	text, err := note.Sign(&note.Note{Text: body(k.signer.Name(), size, root)}, k.signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign a checkpoint of %d entries: %w", size, err)
	}
	return Parse(text, []string{k.Public})
}
