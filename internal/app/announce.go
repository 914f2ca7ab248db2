package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// announcement is what a server says of itself in serve.json, so that commands
// find it while it holds the folder.
type announcement struct {
	Address string `json:"address"`
	PID     int    `json:"pid"`
}

func announcementFile(dir string) string { return filepath.Join(StateDir(dir), "serve.json") }

// Announce says at which address a folder is served; forget takes it back.
func Announce(dir, address string) (forget func() error, err error) {
	text, err := json.Marshal(announcement{address, os.Getpid()})
	if err != nil {
		return nil, fmt.Errorf("announce the server: %w", err)
	}
	if err := WriteFile(announcementFile(dir), append(text, '\n')); err != nil {
		return nil, err
	}
	return func() error { return os.Remove(announcementFile(dir)) }, nil
}

// ServedAt gives the address at which a folder was announced, or "" if it was
// not. Whether the server still lives is told by the folder's lock.
func ServedAt(dir string) (string, error) {
	text, err := os.ReadFile(announcementFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find the server: %w", err)
	}
	var a announcement
	if err := json.Unmarshal(text, &a); err != nil {
		return "", fmt.Errorf("find the server in %s: %w", announcementFile(dir), err)
	}
	return a.Address, nil
}
