package telemetry

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// The rules that come with the program, a file for each layer. Beside each lie its unit tests.
//
//go:embed starter/*.yaml
var starterFiles embed.FS

// StarterFile is one file of the rules that come with the program.
type StarterFile struct {
	Name string
	Text []byte
}

// Starter gives the rules that come with the program, for the three layers, as files and as groups whose source is
// "starter/" and the file's name.
func Starter() ([]StarterFile, []Group, error) {
	names, err := fs.Glob(starterFiles, "starter/*.yaml")
	if err != nil {
		return nil, nil, fmt.Errorf("list the starter rules: %w", err)
	}
	var files []StarterFile
	var all []Group
	for _, name := range names {
		if strings.HasSuffix(name, "_test.yaml") {
			continue
		}
		text, err := starterFiles.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("read the starter rules: %w", err)
		}
		groups, err := ParseFile(text)
		if err != nil {
			return nil, nil, fmt.Errorf("read the starter rules %s: %w", name, err)
		}
		files = append(files, StarterFile{strings.TrimPrefix(name, "starter/"), text})
		for _, g := range groups {
			all = append(all, g.From(name))
		}
	}
	return files, all, nil
}
