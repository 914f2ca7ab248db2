package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestFlagsAreExplained in both languages: each is declared with the key of what help says of it, unless that is the list of its values.
func TestFlagsAreExplained(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files, declared := token.NewFileSet(), 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			usage, is := usageOf(n)
			if !is {
				return true
			}
			if declared++; !phrase.Known(phrase.Key(usage)) {
				t.Errorf("%s: the flag is explained by %q, which is no phrase", files.Position(n.Pos()), usage)
			}
			return true
		})
	}
	if declared < 300 {
		t.Errorf("only %d flags were found", declared)
	}
}

// usageOf is the last argument of a declaration of a flag, as in f.String("dir", ".", "flag.dir").
func usageOf(n ast.Node) (usage string, is bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) < 3 {
		return "", false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	switch method.Sel.Name {
	case "Bool", "BoolVar", "Duration", "DurationVar", "Float64", "Func", "Int", "IntVar", "String", "StringVar", "Var":
	default:
		return "", false
	}
	literal, ok := call.Args[len(call.Args)-1].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	usage, err := strconv.Unquote(literal.Value)
	return usage, err == nil
}
