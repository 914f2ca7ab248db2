package repository

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/journal"
)

// maxFolder bounds the files of an evidence folder.
const maxFolder = 100_000

// FolderFile is what lies in an evidence folder under a name.
type FolderFile struct {
	SHA256 string // empty for what is no regular file
	Size   int64
}

// ReadEvidence hashes all that lies in an evidence folder, by path with slashes, and reads its manifest, which is no part
// of it. Symbolic links are not followed. A folder that is not there is empty; a manifest that is not there has no
// files; one that cannot be read, or names a file twice, is [journal.ErrInvalid].
func ReadEvidence(dir string) (map[string]FolderFile, []ManifestFile, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the evidence folder: %w", err)
	}
	defer root.Close()
	files, err := hashFolder(root)
	if err != nil {
		return nil, nil, fmt.Errorf("read the evidence folder %s: %w", dir, err)
	}
	rows, err := readManifest(root)
	if err != nil {
		err = fmt.Errorf("read %s: %w", filepath.Join(dir, manifestName), err)
	}
	return files, rows, err
}

func hashFolder(root *os.Root) (map[string]FolderFile, error) {
	files := map[string]FolderFile{}
	err := fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() || name == manifestName:
			return nil
		case len(files) == maxFolder:
			return fmt.Errorf("more than %d files: %w", maxFolder, journal.ErrTooLarge)
		case !e.Type().IsRegular():
			files[name] = FolderFile{}
			return nil
		}
		files[name], err = hashFile(root, name)
		return err
	})
	return files, err
}

func hashFile(root *os.Root, name string) (FolderFile, error) {
	f, err := root.Open(name)
	if err != nil {
		return FolderFile{}, err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	return FolderFile{SHA256: hex.EncodeToString(h.Sum(nil)), Size: n}, errors.Join(err, f.Close())
}

func readManifest(root *os.Root) ([]ManifestFile, error) {
	text, err := worktree{root}.read(manifestName, maxManifest)
	if err != nil || text == nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%v: %w", err, journal.ErrInvalid)
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if err := f.validate(); err != nil {
			return nil, err
		}
		if seen[f.Path] {
			return nil, fmt.Errorf("path %q: twice: %w", f.Path, journal.ErrInvalid)
		}
		seen[f.Path] = true
	}
	return m.Files, nil
}
