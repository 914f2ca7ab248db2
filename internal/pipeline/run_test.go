package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestMade has two hosts side by side, under a release that both work by, and the release after it.
func TestMade(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2025, 9, 27, 4, minute, 0, 0, time.UTC) }
	runs := NewRuns([]Run{ // the last first
		{ID: "813", LUT: "v9", At: at(30)},
		{Attributes: map[string]string{"host": "b", "stripper": "2.0"}, Paths: []string{"shoes/", "bags/0?.jpg", "odd[1].jpg"}, At: at(11)},
		{ID: "812-a", Attributes: map[string]string{"host": "a"}, Paths: []string{"hats/1.jpg"}, At: at(10)},
		{ID: "812", LUT: "v8", Attributes: map[string]string{"stripper": "1.0"}, At: at(5)},
		{ID: "811", LUT: "v7", At: at(0)},
	})
	for _, c := range []struct {
		minute int
		image  string
		want   string
	}{
		{2, "hats/1.jpg", "811 v7 map[]"},
		{12, "hats/1.jpg", "812-a v8 map[host:a stripper:1.0]"},
		{12, "hats/2.jpg", "812 v8 map[stripper:1.0]"},
		{12, "shoes/a/b.jpg", "812 v8 map[host:b stripper:2.0]"},
		{12, "bags/07.jpg", "812 v8 map[host:b stripper:2.0]"},
		{12, "bags/007.jpg", "812 v8 map[stripper:1.0]"},
		{12, "odd[1].jpg", "812 v8 map[host:b stripper:2.0]"}, // called like a pattern
		{30, "shoes/a/b.jpg", "813 v9 map[]"},                 // ended by the next release
		{-1, "shoes/a/b.jpg", "  map[]"},
	} {
		r := runs.Made(at(c.minute), c.image)
		if got := fmt.Sprint(r.ID, " ", r.LUT, " ", maps.Clone(r.Attributes)); got != c.want {
			t.Errorf("%s of 04:%02d: %q, want %q", c.image, c.minute, got, c.want)
		}
	}
	if a, b := runs.Find(at(12), "shoes/1.jpg"), runs.Find(at(13), "bags/01.jpg"); a != b {
		t.Errorf("images made alike have the origins %v and %v", a, b)
	}
	all := runs.Made(at(12), "hats/1.jpg").All()
	if want := map[string]string{"run": "812-a", "lut": "v8", "host": "a", "stripper": "1.0"}; !maps.Equal(all, want) {
		t.Errorf("all of it is %v, want %v", all, want)
	}
}

func TestRunValidate(t *testing.T) {
	good := Run{Pipeline: "p", Attributes: map[string]string{"encoder": "mozjpeg 4.1 -quality 82"}, Paths: []string{"a.jpg", "a/", "a/*.jpg", ".hidden/x"}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	many := map[string]string{}
	for i := range maxAttributes + 1 {
		many[fmt.Sprintf("a%d", i)] = "x"
	}
	for name, r := range map[string]Run{
		"says nothing":       {Pipeline: "p"},
		"paths alone":        {Paths: []string{"a"}},
		"a place of its own": {Attributes: map[string]string{"lut": "v8"}},
		"a bad key":          {Attributes: map[string]string{"Host Name": "a"}},
		"no value":           {Attributes: map[string]string{"host": ""}},
		"a line break":       {Attributes: map[string]string{"host": "a\nb"}},
		"no text":            {Attributes: map[string]string{"host": "a\xff"}},
		"spaces around":      {ID: " 8"},
		"too many":           {Attributes: many},
		"climbs":             {ID: "1", Paths: []string{"../a"}},
		"absolute":           {ID: "1", Paths: []string{"/a"}},
		"unclean":            {ID: "1", Paths: []string{"a//b"}},
		"a broken pattern":   {ID: "1", Paths: []string{"a/[b"}},
		"an empty path":      {ID: "1", Paths: []string{""}},
		"too many paths":     {ID: "1", Paths: make([]string, maxRunPaths+1)},
	} {
		if err := r.Validate(); !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
