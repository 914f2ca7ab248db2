package intake

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

var now = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

func good() Signal {
	return Signal{Source: "zendesk", SourceID: "4711", Kind: Ticket, At: now, Text: "the colours are off"}
}

func TestValidate(t *testing.T) {
	nan, rating := math.NaN(), 4.5
	tests := []struct {
		name   string
		change func(*Signal)
		kind   error
	}{
		{"good", func(*Signal) {}, nil},
		{"all fields", func(s *Signal) {
			s.Lang, s.Rating, s.URL, s.Tags = "en-GB", &rating, "https://example.org/1", []string{"a"}
		}, nil},
		{"no source", func(s *Signal) { s.Source = "" }, journal.ErrInvalid},
		{"source with a space", func(s *Signal) { s.Source = "zen desk" }, journal.ErrInvalid},
		{"no id", func(s *Signal) { s.SourceID = "" }, journal.ErrInvalid},
		{"long id", func(s *Signal) { s.SourceID = strings.Repeat("x", MaxID+1) }, journal.ErrInvalid},
		{"id of two lines", func(s *Signal) { s.SourceID = "a\nb" }, journal.ErrInvalid},
		{"unknown kind", func(s *Signal) { s.Kind = "rumour" }, journal.ErrInvalid},
		{"no text", func(s *Signal) { s.Text = "" }, journal.ErrInvalid},
		{"longest text", func(s *Signal) { s.Text = strings.Repeat("x", MaxText) }, nil},
		{"long text", func(s *Signal) { s.Text = strings.Repeat("x", MaxText+1) }, journal.ErrTooLarge},
		{"no UTF-8", func(s *Signal) { s.Text = "a\xff" }, journal.ErrInvalid},
		{"zero byte", func(s *Signal) { s.Text = "a\x00" }, journal.ErrInvalid},
		{"no time", func(s *Signal) { s.At = time.Time{} }, journal.ErrInvalid},
		{"ahead within the limit", func(s *Signal) { s.At = now.Add(MaxAhead) }, nil},
		{"ahead", func(s *Signal) { s.At = now.Add(MaxAhead + time.Second) }, journal.ErrInvalid},
		{"ten years ahead", func(s *Signal) { s.At = now.AddDate(10, 0, 0) }, journal.ErrInvalid},
		{"long ago", func(s *Signal) { s.At = now.AddDate(-3, 0, 0) }, journal.ErrInvalid},
		{"language", func(s *Signal) { s.Lang = "le français" }, journal.ErrInvalid},
		{"rating", func(s *Signal) { s.Rating = &nan }, journal.ErrInvalid},
		{"long address", func(s *Signal) { s.URL = "https://example.org/" + strings.Repeat("x", maxURL) }, journal.ErrTooLarge},
		{"many tags", func(s *Signal) { s.Tags = make([]string, MaxTags+1) }, journal.ErrTooLarge},
		{"long tag", func(s *Signal) { s.Tags = []string{strings.Repeat("x", maxTag+1)} }, journal.ErrInvalid},
	}
	for _, test := range tests {
		s := good()
		test.change(&s)
		if err := s.Validate(now); !errors.Is(err, test.kind) || (err == nil) != (test.kind == nil) {
			t.Errorf("%s: Validate = %v, want %v", test.name, err, test.kind)
		}
	}
}

func TestCleanKeepsNoAuthor(t *testing.T) {
	s := Signal{SourceID: "https://mastodon.example/users/jane/statuses/1", URL: "https://mastodon.example/@jane/1", Text: " x "}.Clean()
	if s.Kind != Ticket || s.Text != "x" || s.URL != "" || !strings.HasPrefix(s.SourceID, "sha256:") {
		t.Errorf("Clean = %+v; want a ticket without anything that names jane", s)
	}
	if again := s.Clean(); fmt.Sprint(again) != fmt.Sprint(s) {
		t.Errorf("cleaning twice gives %+v, want %+v", again, s)
	}
	for address, want := range map[string]string{
		"https://shop.zendesk.com/agent/tickets/1":       "https://shop.zendesk.com/agent/tickets/1",
		"https://example.org/a?user=jane#jane":           "https://example.org/a",
		"https://jane@example.org/a":                     "",
		"https://example.org/users/jane":                 "",
		"https://x.com/jane/status/1":                    "",
		"https://x.com/jane/statuses/1":                  "",
		"https://www.facebook.com/jane/posts/1":          "",
		"https://www.linkedin.com/posts/jane_activity-1": "",
		"https://example.org/%40jane/1":                  "",
		"javascript:alert(1)":                            "",
		"https://example.org/a b":                        "",
		"ftp://example.org/":                             "",
		"HTTPS://example.org/\u0000":                     "",
		"https://www.reddit.com/r/x/comments/1/in_title": "https://www.reddit.com/r/x/comments/1/in_title",
	} {
		if got := (Signal{URL: address}).Clean().URL; got != want {
			t.Errorf("the address %q is kept as %q, want %q", address, got, want)
		}
	}
}

func TestRoute(t *testing.T) {
	c := Config{Default: "catalogue", Route: []Rule{
		{Pipeline: "thumbnails", Sources: []string{"app"}},
		{Pipeline: "hero", Tags: []string{"Bannière"}, Words: []string{"page d'accueil"}},
		{Pipeline: "thumbnails", Sources: []string{"zendesk"}, Words: []string{"vignette"}},
	}}
	pipelines := []string{"catalogue", "hero", "thumbnails"}
	if err := c.Validate(pipelines); err != nil {
		t.Fatal(err)
	}
	r := NewRouter(c, pipelines)
	tests := []struct {
		name   string
		signal Signal
		want   string
	}{
		{"named", Signal{Pipeline: "hero"}, "hero"},
		{"named and unknown", Signal{Pipeline: "other"}, ""},
		{"by source", Signal{Source: "app"}, "thumbnails"},
		{"by tag, case left alone", Signal{Tags: []string{"urgent", " BANNIÈRE "}}, "hero"},
		{"by phrase", Signal{Text: "La Page d'accueil est laide"}, "hero"},
		{"by word of the source", Signal{Source: "zendesk", Text: "Vignette floue"}, "thumbnails"},
		{"word of another source", Signal{Source: "shop", Text: "Vignette floue"}, "catalogue"},
		{"part of a word", Signal{Source: "zendesk", Text: "les vignettes"}, "catalogue"},
		{"the word later", Signal{Source: "zendesk", Text: "vignettes : une vignette"}, "thumbnails"},
		{"nothing fits", Signal{Text: "hello"}, "catalogue"},
	}
	for _, test := range tests {
		if got, err := r.Route(test.signal); got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: Route = %q, %v; want %q", test.name, got, err, test.want)
		}
	}
	if got, err := NewRouter(Config{}, pipelines).Route(good()); err == nil {
		t.Errorf("without rules and default a signal goes to %q", got)
	}
	if got, err := NewRouter(Config{}, pipelines[:1]).Route(good()); got != "catalogue" {
		t.Errorf("with one pipeline a signal goes to %q, %v", got, err)
	}
}

func TestConfigValidate(t *testing.T) {
	for name, c := range map[string]Config{
		"default":      {Default: "other"},
		"rule":         {Route: []Rule{{Pipeline: "other", Tags: []string{"a"}}}},
		"empty rule":   {Route: []Rule{{Pipeline: "catalogue"}}},
		"blank word":   {Route: []Rule{{Pipeline: "catalogue", Words: []string{" "}}}},
		"region":       {Regions: []string{"fr"}},
		"declare":      {Declare: "urgent"},
		"tell":         {Tell: "everybody"},
		"retention":    {Retention: -time.Hour},
		"zone":         {Trend: TrendConfig{TimeZone: "Mars/Olympus"}},
		"rest":         {Trend: TrendConfig{Rest: 1000 * time.Hour * 24}},
		"ten thousand": {Route: make([]Rule, maxRules+1)},
	} {
		if err := c.Validate([]string{"catalogue"}); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: Validate = %v, want invalid", name, err)
		}
	}
	if err := (Config{}).WithDefaults().Validate(nil); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

func TestTakenTellsTheFirst(t *testing.T) {
	var taken Taken
	for _, line := range []int{30, 10, 20} {
		taken.Refuse(line, errors.New("x"))
	}
	for line := 100; line < 200; line++ {
		taken.Refuse(line, errors.New("x"))
	}
	taken.Refuse(5, errors.New("x"))
	if taken.Refused != 104 || len(taken.Refusals) != MaxRefusals || taken.Refusals[0].Line != 5 || taken.Refusals[3].Line != 30 {
		t.Errorf("taken = %+v; want the twenty first lines in order", taken)
	}
}
