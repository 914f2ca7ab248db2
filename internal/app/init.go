package app

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

//go:embed safelight.yaml
var template []byte

// Init writes a commented safelight.yaml and the postmortem templates into a
// folder, for documents in a language. A file that is there already is left alone and named in the error.
func Init(dir string, l phrase.Lang) (written []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	files, err := initFiles(l)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.path))
		if _, err := os.Lstat(path); err == nil {
			return written, fmt.Errorf("write %s: it exists already and was left alone: %w", path, journal.ErrConflict)
		} else if !errors.Is(err, os.ErrNotExist) {
			return written, fmt.Errorf("write %s: %w", path, err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return written, fmt.Errorf("write %s: %w", path, err)
		}
		if err := WriteFile(path, f.data); err != nil {
			return written, err
		}
		written = append(written, path)
	}
	return written, nil
}

type initFile struct {
	path string
	data []byte
}

func initFiles(l phrase.Lang) ([]initFile, error) {
	root := DefaultConfig().Root
	doc := postmortem.Template(l)
	encoded, err := journal.Canonical(doc)
	if err != nil {
		return nil, fmt.Errorf("encode the postmortem template: %w", err)
	}
	return []initFile{
		{ConfigName, bytes.Replace(template, []byte("\nlanguage: fr\n"), []byte("\nlanguage: "+string(l)+"\n"), 1)},
		{root + "/template.md", doc.Markdown(l)},
		{root + "/template.json", append(encoded, '\n')},
	}, nil
}
