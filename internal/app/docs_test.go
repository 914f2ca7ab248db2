package app

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// around is what the pieces of configuration in the documentation take for granted.
const around = `
pipelines:
  catalogue: {class: product, reference: reference, delivered: delivered}
  thumbnails: {class: thumbnail, reference: reference, delivered: thumbnails}
`

// TestDocumentedConfiguration: what the documentation tells people to write into safelight.yaml can be read.
func TestDocumentedConfiguration(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{"pipelines": true, "classes": true, "palette": true}
	for f := range reflect.TypeFor[Config]().Fields() {
		keys[f.Tag.Get("yaml")] = true
	}
	read := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range codeBlocks(string(text)) {
			first, _, ok := strings.Cut(block, ":")
			if !ok || !keys[first] {
				continue
			}
			read++
			if _, err := Parse(within(t, block), t.TempDir()); err != nil {
				t.Errorf("%s: %v\n%s", filepath.Base(page), err, block)
			}
		}
	}
	if read < 30 {
		t.Errorf("%d pieces of configuration were found", read)
	}
}

// within lays a piece of configuration over what is around it.
func within(t *testing.T, block string) []byte {
	t.Helper()
	var whole, piece map[string]any
	if err := errors.Join(yaml.Unmarshal([]byte(around), &whole), yaml.Unmarshal([]byte(block), &piece)); err != nil {
		t.Fatalf("%v\n%s", err, block)
	}
	lay(whole, piece)
	data, err := yaml.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func lay(under, over map[string]any) {
	for key, value := range over {
		below, ok1 := under[key].(map[string]any)
		above, ok2 := value.(map[string]any)
		if ok1 && ok2 {
			lay(below, above)
		} else {
			under[key] = value
		}
	}
}

// codeBlocks are the blocks of a page that are indented or fenced, without their indentation.
func codeBlocks(text string) (list []string) {
	var block strings.Builder
	fenced := false
	flush := func() {
		if block.Len() > 0 {
			list = append(list, strings.TrimSpace(block.String())+"\n")
		}
		block.Reset()
	}
	for line := range strings.Lines(text) {
		switch code, indented := strings.CutPrefix(line, "    "); {
		case strings.HasPrefix(line, "```"):
			flush()
			fenced = !fenced
		case fenced:
			block.WriteString(line)
		case indented, strings.TrimSpace(line) == "" && block.Len() > 0:
			block.WriteString(code)
		default:
			flush()
		}
	}
	flush()
	return list
}
