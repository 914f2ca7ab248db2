package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented finds a command in a block of the documentation, up to what is piped, redirected, chained or said about it.
var documented = regexp.MustCompile(`(?m)^(?:    |\$ |[A-Z_]+=\S+ )*(?:\./)?safelight ([^#\n|><;&]*)`)

// TestDocumentedCommands: the commands that the documentation shows are there, with the flags that it shows.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	flag := regexp.MustCompile(`^--[a-z][a-z0-9-]*`)
	read := 0
	for _, page := range append(pages, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range documented.FindAllStringSubmatch(string(text), -1) {
			words := strings.Fields(m[1])
			read++
			help := helpOf(t, words)
			if help == "" {
				t.Errorf("%s: safelight %s: there is no such command", filepath.Base(page), m[1])
				continue
			}
			for _, w := range words {
				if f := flag.FindString(w); f != "" && !regexp.MustCompile(`-`+strings.TrimLeft(f, "-")+`\b`).MatchString(help) {
					t.Errorf("%s: safelight %s: there is no %s in\n%s", filepath.Base(page), m[1], f, help)
				}
			}
		}
	}
	if read < 100 {
		t.Errorf("%d commands were found", read)
	}
}

// helpOf gives the help of the command that begins with these words; empty where there is none.
func helpOf(t *testing.T, words []string) string {
	t.Helper()
	plain := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
	if plain < 0 {
		plain = len(words)
	}
	for n := min(plain, 5); n > 0; n-- {
		var out, complaints bytes.Buffer
		c := &cli{stdin: strings.NewReader(""), stdout: &out, stderr: &complaints, env: func(string) string { return "" }}
		if c.main(t.Context(), append(slices.Clone(words[:n]), "--help")) == exitGood {
			return out.String()
		}
	}
	return ""
}
