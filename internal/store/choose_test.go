package store

import (
	"strings"
	"testing"
	"time"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	at := time.Date(2025, 9, 28, 4, 0, 0, 0, time.UTC)
	check := func(pipeline, path, digest, model string, over Over, minute int) CheckRow {
		return CheckRow{Pipeline: pipeline, Path: path, Candidate: digest, Over: over, At: at.Add(time.Duration(minute) * time.Minute), Bytes: 7, Modified: 9,
			Model: model, Software: "tool of " + model, Run: "run of " + model, LUT: "lut of " + model, JSON: []byte("{}")}
	}
	if err := s.AddChecks(t.Context(), []CheckRow{
		check("catalogue", "a.jpg", "d1", "sdxl", 0, 0),
		check("catalogue", "a.jpg", "d2", "flux", OverDeltaE, 1), // another version
		check("catalogue", "shoes/b.jpg", "d3", "flux", 0, 2),
		check("catalogue", "shoes/c.jpg", "d4", "sdxl", OverMetadata, 3),
		check("catalogue", "shoes0.jpg", "d5", "", OverDeltaE, 4),
		check("catalogue", "z.jpg", "d6", "", OverDeltaE, 5),
		check("catalogue", "z.jpg", "d7", "", 0, 6), // mended
		check("hero", "a.jpg", "d2", "flux", OverDeltaE, 7),
	}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		choice Choice
		want   string
	}{
		"all":            {Choice{}, "a.jpg:d2 shoes/b.jpg:d3 shoes/c.jpg:d4 shoes0.jpg:d5 z.jpg:d7"},
		"over budget":    {Choice{Over: true}, "a.jpg:d2 shoes/c.jpg:d4 shoes0.jpg:d5"},
		"since":          {Choice{Over: true, Since: at.Add(3 * time.Minute)}, "shoes/c.jpg:d4 shoes0.jpg:d5"},
		"a path":         {Choice{Paths: []string{"z.jpg", "none.jpg"}}, "z.jpg:d7"},
		"a folder":       {Choice{Paths: []string{"shoes/"}}, "shoes/b.jpg:d3 shoes/c.jpg:d4"},
		"a digest":       {Choice{Digests: []string{"d3", "d7", "d1"}}, "shoes/b.jpg:d3 z.jpg:d7"},
		"a model":        {Choice{Model: "flux"}, "a.jpg:d2 shoes/b.jpg:d3"},
		"a run":          {Choice{Run: "run of flux"}, "a.jpg:d2 shoes/b.jpg:d3"},
		"a LUT's over":   {Choice{LUT: "lut of flux", Over: true}, "a.jpg:d2"},
		"a software":     {Choice{Software: "tool of sdxl", Over: true}, "shoes/c.jpg:d4"},
		"a model's over": {Choice{Model: "flux", Over: true}, "a.jpg:d2"},
		"nothing":        {Choice{Model: "'; drop table checks; --"}, ""},
	} {
		c.choice.Pipeline = "catalogue"
		list, err := s.Choose(t.Context(), c.choice, 100)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range list {
			got = append(got, x.Path+":"+x.SHA256)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if list, err := s.Choose(t.Context(), Choice{Pipeline: "catalogue"}, 2); err != nil || len(list) != 2 || list[0].Bytes != 7 || list[0].Modified != 9 {
		t.Errorf("limited to 2: %+v, %v", list, err)
	}
}
