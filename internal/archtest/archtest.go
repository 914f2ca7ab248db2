// Package archtest keeps the code in the layout that ARCHITECTURE.md draws.
package archtest

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Module is the module's path.
const Module = "github.com/safelight-dev/safelight"

// Drawn is one package of the drawing.
type Drawn struct {
	Dir      string // relative to the module
	Layer    string // kernels, domain, edges, wiring
	Sentence string // what follows "Package name " in its comment
	Rank     int    // position from the top
}

// ParseLayout reads the fenced block named layout of a Markdown file.
func ParseLayout(r io.Reader) ([]Drawn, error) {
	var drawn []Drawn
	inside, layer := false, ""
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "```layout":
			inside = true
		case inside && line == "```":
			return drawn, nil
		case inside && !strings.HasPrefix(line, " "):
			layer, _, _ = strings.Cut(line, " ")
		case inside:
			dir, sentence, ok := strings.Cut(strings.TrimSpace(line), " ")
			if !ok {
				return nil, fmt.Errorf("layout line %q has no sentence", line)
			}
			drawn = append(drawn, Drawn{dir, layer, strings.TrimSpace(sentence), len(drawn)})
		}
	}
	return nil, fmt.Errorf("no closed block named layout: %w", io.ErrUnexpectedEOF)
}

// Source is one package as it stands in the code.
type Source struct {
	Dir     string
	Name    string
	Doc     []string // its package comments, one expected
	Imports []string // of its files without tests
}

// ReadSources reads all packages below a folder, tests and nested modules left out.
func ReadSources(root fs.FS) ([]Source, error) {
	found := map[string]*Source{}
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); p != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return fs.SkipDir
			}
			if _, err := fs.Stat(root, path.Join(p, "go.mod")); p != "." && err == nil {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		return readFile(root, p, found)
	})
	sources := make([]Source, 0, len(found))
	for _, s := range found {
		sources = append(sources, *s)
	}
	slices.SortFunc(sources, func(a, b Source) int { return strings.Compare(a.Dir, b.Dir) })
	return sources, err
}

func readFile(root fs.FS, p string, found map[string]*Source) error {
	text, err := fs.ReadFile(root, p)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parse %s: %w", p, err)
	}
	dir := path.Dir(filepath.ToSlash(p))
	s := found[dir]
	if s == nil {
		s = &Source{Dir: dir, Name: f.Name.Name}
		found[dir] = s
	}
	s.add(f)
	return nil
}

func (s *Source) add(f *ast.File) {
	if f.Doc != nil {
		s.Doc = append(s.Doc, f.Doc.Text())
	}
	for _, i := range f.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err == nil && !slices.Contains(s.Imports, p) {
			s.Imports = append(s.Imports, p)
		}
	}
}

// Check compares code and drawing and says each difference in one sentence.
func Check(drawn []Drawn, sources []Source) []string {
	var problems []string
	byDir := map[string]Drawn{}
	for _, d := range drawn {
		byDir[d.Dir] = d
	}
	seen := map[string]bool{}
	for _, s := range sources {
		seen[s.Dir] = true
		d, ok := byDir[s.Dir]
		if !ok {
			problems = append(problems, s.Dir+" is not in the drawing")
			continue
		}
		problems = append(problems, s.sentence(d)...)
		problems = append(problems, s.imports(d, byDir)...)
	}
	for _, d := range drawn {
		if !seen[d.Dir] {
			problems = append(problems, d.Dir+" is drawn but not there")
		}
	}
	return problems
}

// sentence checks the one package comment against the drawing's line.
func (s Source) sentence(d Drawn) []string {
	if len(s.Doc) != 1 {
		return []string{fmt.Sprintf("%s has %d package comments, want one", s.Dir, len(s.Doc))}
	}
	want := "Package " + s.Name + " " + d.Sentence
	if s.Name == "main" {
		want = "Command " + path.Base(s.Dir) + " " + d.Sentence
	}
	// A comment may break the line where the drawing does not.
	if got := strings.Join(strings.Fields(s.Doc[0]), " "); !strings.HasPrefix(got+" ", want+" ") {
		return []string{fmt.Sprintf("%s: its comment must begin with %q", s.Dir, want)}
	}
	return nil
}

// impure lists what domain packages must not import: the world, the clock's
// drivers and the log. Package time itself is needed for its types.
var impure = [...]string{
	"os", "os/exec", "os/signal", "net", "net/http", "net/smtp", "net/url", "log", "log/slog", "database/sql",
	"math/rand", "math/rand/v2", "crypto/rand", "sync", "sync/atomic", "runtime", "io/ioutil", "syscall", "testing",
}

func (s Source) imports(d Drawn, byDir map[string]Drawn) []string {
	var problems []string
	for _, imported := range s.Imports {
		dir, ours := strings.CutPrefix(imported, Module+"/")
		if !ours {
			problems = append(problems, s.foreign(d, imported)...)
			continue
		}
		other, known := byDir[dir]
		switch {
		case !known:
			problems = append(problems, fmt.Sprintf("%s imports %s, which is not in the drawing", s.Dir, dir))
		case other.Rank > d.Rank:
			problems = append(problems, fmt.Sprintf("%s imports %s, which is drawn below it", s.Dir, dir))
		case d.Layer == "edges" && other.Layer == "edges":
			problems = append(problems, fmt.Sprintf("the edge %s imports the edge %s", s.Dir, dir))
		}
	}
	return problems
}

// kernelMay lists what kernels take from others: codecs and compression, the responses of OCSP, the question which
// instructions this processor has, and the world's numbering plans and top-level domains.
func kernelMay(imported string) bool {
	return strings.HasPrefix(imported, "golang.org/x/image/") || slices.Contains([]string{"github.com/andybalholm/brotli",
		"golang.org/x/crypto/ocsp", "golang.org/x/sys/cpu", "golang.org/x/net/publicsuffix", "github.com/nyaruka/phonenumbers"}, imported)
}

// foreign checks imports from outside the module.
func (s Source) foreign(d Drawn, imported string) []string {
	first, _, _ := strings.Cut(imported, "/")
	thirdParty := strings.Contains(first, ".")
	switch {
	case imported == "testing" && d.Layer != "wiring":
		return []string{s.Dir + " imports testing into shipped code"}
	case d.Layer == "domain" && slices.Contains(impure[:], imported):
		return []string{fmt.Sprintf("%s is pure and imports %s", s.Dir, imported)}
	case d.Layer == "domain" && thirdParty:
		return []string{fmt.Sprintf("%s is pure and imports %s", s.Dir, imported)}
	case d.Layer == "kernels" && thirdParty && !kernelMay(imported):
		return []string{fmt.Sprintf("the kernel %s imports %s", s.Dir, imported)}
	case strings.HasPrefix(imported, "github.com/prometheus/") && s.Dir != "internal/telemetry":
		return []string{fmt.Sprintf("%s imports %s: all of Prometheus stays in internal/telemetry", s.Dir, imported)}
	}
	return nil
}
