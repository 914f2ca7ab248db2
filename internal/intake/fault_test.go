package intake

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func TestCheckNamesAllFaults(t *testing.T) {
	r := NewRouter(Config{}, []string{"catalogue"})
	bad := Signal{Source: "Zen desk", Kind: "rumour", Pipeline: "other", Lang: "?", Tags: make([]string, MaxTags+1)}
	_, err := r.Check(Told{Signal: bad}, now)
	if !errors.Is(err, journal.ErrInvalid) {
		t.Fatalf("Check = %v, want invalid", err)
	}
	english := `source "Zen desk": use a-z, 0-9, dot, dash and underscore, 63 at most, beginning with a letter or a digit; the signal has no id of its source; ` +
		`kind "rumour": use one of [ticket post review]; language "?": write it as fr or en-GB; the signal has no time; the signal has 51 tags, the limit is 50; ` +
		`the signal has no text; pipeline "other" is not configured`
	if got := journal.Sentence(err); got != english {
		t.Errorf("in English\n%s\nwant\n%s", got, english)
	}
	french, known := phrase.Error(phrase.French, err)
	if !known || strings.Count(french, " ; ") != 7 || !strings.HasSuffix(french, `le pipeline "other" n’est pas configuré`) || strings.Contains(french, "the ") {
		t.Errorf("in French %q, want all eight", french)
	}
}

func TestCheckKeepsWhatCouldNotBeRead(t *testing.T) {
	r := NewRouter(Config{}, []string{"catalogue"})
	unread := Faults{FaultOf("at", "signal.fault.at", `"soon"`)}
	_, err := r.Check(Told{Signal: Signal{Source: "a", SourceID: "1"}, Err: unread}, now)
	if want := `the time "soon" is not as 2025-09-27T04:12:00Z; the signal has no text`; err == nil || err.Error() != want {
		t.Errorf("Check = %v, want %q", err, want)
	}
	broken := fmt.Errorf("it is no JSON: %w", journal.ErrInvalid)
	if _, err := r.Check(Told{Err: broken}, now); !errors.Is(err, broken) || err.Error() != broken.Error() {
		t.Errorf("Check of a broken line = %v, want what was wrong with it alone", err)
	}
	s, err := r.Check(Told{Signal: good()}, now)
	if err != nil || s.Pipeline != "catalogue" {
		t.Errorf("Check of a good one = %+v, %v", s, err)
	}
	long := good()
	long.Text = strings.Repeat("x", MaxText+1)
	if err := long.Validate(now); !errors.Is(err, journal.ErrTooLarge) || errors.Is(err, journal.ErrInvalid) {
		t.Errorf("Validate of a long text = %v, want too large", err)
	}
}

// TestFaultsAreBounded: nobody is answered with what they sent.
func TestFaultsAreBounded(t *testing.T) {
	long := strings.Repeat("é", 100_000)
	s := Signal{Source: long, SourceID: long, Kind: Kind(long), Pipeline: long, Lang: long, URL: long, Text: long, Tags: []string{long}, At: time.Unix(0, 0)}
	_, err := NewRouter(Config{}, []string{"catalogue"}).Check(Told{Signal: s}, now)
	if n := len(err.Error()); n > 1500 {
		t.Errorf("the sentence has %d bytes", n)
	}
}
