package opinion

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestDocumentation: the configurations that the documentation shows are valid.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/signals-sources.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(opinion:\n.*?)```").FindAllStringSubmatch(string(text), -1) {
		var c struct {
			Opinion Config `yaml:"opinion"`
		}
		if err := yaml.NewDecoder(strings.NewReader(block[1]), yaml.Strict()).Decode(&c); err != nil {
			t.Errorf("%s\n%v", block[1], err)
		}
		if err := c.Opinion.Validate(); err != nil {
			t.Errorf("%s\n%v", block[1], err)
		}
		n++
	}
	if n == 0 {
		t.Error("the documentation shows no configuration")
	}
}
