package backlog

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestDocumentation: the configurations that the documentation shows are valid.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/backlog.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(backlog:\n.*?)```").FindAllStringSubmatch(string(text), -1) {
		var c struct {
			Backlog Config `yaml:"backlog"`
		}
		if err := yaml.NewDecoder(strings.NewReader(block[1]), yaml.Strict()).Decode(&c); err != nil {
			t.Errorf("%s\n%v", block[1], err)
		}
		if err := c.Backlog.Validate(); err != nil {
			t.Errorf("%s\n%v", block[1], err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("the documentation shows %d configurations, want 2", n)
	}
}
