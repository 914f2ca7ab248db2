package notify

import (
	"fmt"
	"strings"
	"testing"
)

// TestSectionsTearNoLink: a message of many pages is cut into the sections of Slack between its lines, and loses none of them.
func TestSectionsTearNoLink(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 25 {
		lines = append(lines, fmt.Sprintf("https://safelight.example/ack/%03d-%s", i, strings.Repeat("x", 300)))
	}
	list := sections(strings.Join(lines, "\n"))
	var found []string
	for _, s := range list {
		if n := len([]rune(s)); n > maxSection {
			t.Errorf("a section has %d characters", n)
		}
		found = append(found, strings.Split(s, "\n")...)
	}
	if strings.Join(found, "\n") != strings.Join(lines, "\n") {
		t.Errorf("%d lines came out of %d", len(found), len(lines))
	}
	if got := sections(strings.Repeat("é", 2*maxSection+1)); len(got) != 3 || len([]rune(got[0])) != maxSection {
		t.Errorf("one long line is cut into %d sections", len(got))
	}
}
