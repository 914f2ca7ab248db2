package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safelight-dev/safelight/internal/phrase"
)

func drawing(t *testing.T) []Drawn {
	t.Helper()
	f, err := os.Open("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	drawn, err := ParseLayout(f)
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

func TestCodeFollowsTheDrawing(t *testing.T) {
	t.Parallel()
	sources, err := ReadSources(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range Check(drawing(t), sources) {
		t.Error(problem)
	}
}

// TestViolationsAreCaught plants each kind of violation into a small module.
func TestViolationsAreCaught(t *testing.T) {
	t.Parallel()
	layout := "```layout\nkernels x\n  ink    mixes.\ndomain y\n  internal/rule  decides.\n  internal/fact  knows.\n" +
		"edges z\n  internal/disk  keeps.\n  internal/wire  sends.\nwiring\n  cmd/tool  is the tool.\n```\n"
	base := map[string]string{
		"ink/ink.go":            "// Package ink mixes.\npackage ink\n",
		"internal/rule/rule.go": "// Package rule decides.\npackage rule\n",
		"internal/fact/fact.go": "// Package fact knows.\npackage fact\nimport _ \"" + Module + "/internal/rule\"\n",
		"internal/disk/disk.go": "// Package disk keeps.\npackage disk\nimport _ \"os\"\n",
		"internal/wire/wire.go": "// Package wire sends.\npackage wire\n",
		"cmd/tool/main.go":      "// Command tool is the tool.\npackage main\n",
	}
	for name, change := range map[string][2]string{
		"":                           {"", ""},
		"is pure and imports os":     {"internal/rule/io.go", "package rule\nimport _ \"os\"\n"},
		"which is drawn below it":    {"internal/rule/up.go", "package rule\nimport _ \"" + Module + "/internal/fact\"\n"},
		"imports the edge":           {"internal/wire/peer.go", "package wire\nimport _ \"" + Module + "/internal/disk\"\n"},
		"is not in the drawing":      {"internal/util/util.go", "// Package util helps.\npackage util\n"},
		"its comment must begin":     {"internal/rule/rule.go", "// Package rule rules.\npackage rule\n"},
		"package comments, want one": {"internal/rule/two.go", "// Package rule decides.\npackage rule\n"},
		"the kernel ink imports":     {"ink/dep.go", "package ink\nimport _ \"example.com/x\"\n"},
		"imports testing":            {"internal/disk/t.go", "package disk\nimport _ \"testing\"\n"},
		"stays in internal/telem":    {"internal/disk/p.go", "package disk\nimport _ \"github.com/prometheus/prometheus/tsdb\"\n"},
		"is drawn but not there":     {"internal/wire/wire.go", ""},
	} {
		module := fstest.MapFS{}
		for p, text := range base {
			module[p] = &fstest.MapFile{Data: []byte(text)}
		}
		if change[1] != "" {
			module[change[0]] = &fstest.MapFile{Data: []byte(change[1])}
		} else if change[0] != "" {
			delete(module, change[0])
		}
		drawn, err := ParseLayout(strings.NewReader(layout))
		if err != nil {
			t.Fatal(err)
		}
		sources, err := ReadSources(module)
		if err != nil {
			t.Fatal(err)
		}
		problems := Check(drawn, sources)
		if name == "" && len(problems) != 0 {
			t.Errorf("a module without violations gave %q", problems)
		}
		if name != "" && (len(problems) != 1 || !strings.Contains(problems[0], name)) {
			t.Errorf("violation %q gave %q, want exactly that one", name, problems)
		}
	}
}

// phraseKey finds what templates say.
var phraseKey = regexp.MustCompile(`\b(?:say|Say)\b(?: \.Lang| \$\.Lang)? "([a-z]+\.[A-Za-z0-9.-]+)"`)

// TestEverySentenceIsKnown looks for literal phrase keys in code and
// templates: a key without a sentence would reach a person as "!key!".
func TestEverySentenceIsKnown(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../..")
	n := 0
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(p, "_test.go") {
			return err
		}
		switch path.Ext(p) {
		case ".go":
			n += checkKeys(t, root, p)
		case ".html", ".tmpl", ".gohtml":
			text, err := fs.ReadFile(root, p)
			if err != nil {
				return err
			}
			for _, m := range phraseKey.FindAllSubmatch(text, -1) {
				n++
				if !phrase.Known(phrase.Key(m[1])) {
					t.Errorf("%s says %q, which no table knows", p, m[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 50 {
		t.Errorf("only %d keys were found: the search itself must be broken", n)
	}
}

// checkKeys finds the literal keys in calls of phrase.Say, phrase.Of and in command tables.
func checkKeys(t *testing.T, root fs.FS, p string) (n int) {
	t.Helper()
	text, err := fs.ReadFile(root, p)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("internal/phrase")) {
		return 0
	}
	f, err := parser.ParseFile(token.NewFileSet(), p, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if pkg, isIdent := fun0(fun, ok); !isIdent || pkg != "phrase" {
			return true
		}
		at := map[string]int{"Say": 1, "Of": 0}[fun.Sel.Name]
		if fun.Sel.Name != "Say" && fun.Sel.Name != "Of" || len(call.Args) <= at {
			return true
		}
		if lit, ok := call.Args[at].(*ast.BasicLit); ok {
			n++
			if key := strings.Trim(lit.Value, `"`); !phrase.Known(phrase.Key(key)) {
				t.Errorf("%s says %q, which no table knows", p, key)
			}
		}
		return true
	})
	return n
}

func fun0(fun *ast.SelectorExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	id, ok := fun.X.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
}
